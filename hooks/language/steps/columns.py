"""Columns: which of them a field, a reference or a key stands for, and their order in the table.

A reference brings columns of the type of its target's key, which may itself consist of references.
So the three are looked up as they are needed, and `loading` remembers what was found.
"""

from __future__ import annotations

from .. import grammar, names, types
from ..diagnostics import Code, plain
from ..draft import ColumnPairs, Draft, Loading
from ..spec import Field
from .shared import column_name


def key_of(loading: Loading, draft: Draft) -> tuple[Field, ...] | None:
    """The key of a model, in order; None, reported, if it has none that can be used."""
    if draft.name in loading.keys:
        return loading.keys[draft.name]
    if (draft.name, "") in loading.under_way:
        _report_circle(loading, draft)
        return None
    loading.under_way.add((draft.name, ""))
    key: list[Field] = []
    complete = True
    for name in ["id"] if isinstance(draft.pk, str) else draft.pk:
        fields = fields_of(loading, draft, name)
        complete = complete and fields is not None
        key += fields or ()
    loading.under_way.discard((draft.name, ""))
    loading.keys[draft.name] = tuple(key) if complete else None
    return loading.keys[draft.name]


def fields_of(loading: Loading, draft: Draft, name: str) -> tuple[Field, ...] | None:
    """The columns of a field or reference by its name in models.yml."""
    if isinstance(draft.entries.get(name), grammar.Ref):
        pairs = column_pairs(loading, draft, name)
        return None if pairs is None else tuple(local for local, _ in pairs)
    field = _column(loading, draft, name)
    return None if field is None else (field,)


def column_pairs(loading: Loading, draft: Draft, name: str) -> ColumnPairs | None:
    """The (local, remote) columns of a reference; makes those that it brings."""
    place = (draft.name, name)
    if place in loading.column_pairs:
        return loading.column_pairs[place]
    if place in loading.under_way:
        _report_circle(loading, draft)
        return None
    loading.under_way.add(place)
    ref = draft.refs()[name]
    where = f"{draft.name}.{name}"
    target = loading.target(where, ref.ref)
    pairs: ColumnPairs | None = None
    if target is not None:
        pairs = _declared(loading, draft, target, where, ref) if ref.columns else None
        if target.keyless and not ref.columns:
            what = f"{target.name} has no key to reference: give it one"
            loading.problems.add(where, Code.KEYLESS, what)
        elif not ref.columns and (key := key_of(loading, target)) is not None:
            if ref.column is not None and len(key) > 1:
                listed = ", ".join(it.name for it in key)
                what = f"is one name, and the key of {target.name} is ({listed}): declare a field"
                what += " for each, and name them under `columns:`"
                loading.problems.add(f"{where}.column", Code.COLUMNS, what)
            pairs = tuple((_made(loading, draft, name, ref, remote), remote) for remote in key)
    loading.under_way.discard(place)
    loading.column_pairs[place] = pairs
    if pairs is None:
        draft.broken.add(name)
    return pairs


def resolve_columns(loading: Loading, draft: Draft) -> None:
    """Put the fields into the order of the table."""
    model, scalars = draft.model, draft.scalars
    if isinstance(draft.pk, str):
        model.fields.append(scalars["id"])
    for name, raw in draft.entries.items():
        if isinstance(raw, grammar.Scalar):
            model.fields.append(scalars[name])
        elif not raw.columns and (pairs := loading.column_pairs.get((draft.name, name))):
            model.fields += [local for local, _ in pairs]
    if model.version:
        model.fields.append(scalars["row_version"])
    if model.soft_delete:
        model.fields.append(scalars["deleted_at"])
    if model.timestamps:
        model.fields += [scalars["created_at"], scalars["updated_at"]]
    seen: dict[str, Field] = {}
    for field in model.fields:
        if field.column in seen and seen[field.column].name != field.name:
            what = f"{seen[field.column].name} already has the column {field.column}"
            loading.problems.add(f"{draft.name}.{field.name}", Code.COLUMN_TWICE, what)
        seen[field.column] = field


def _column(loading: Loading, draft: Draft, name: str) -> Field | None:
    """A column that is declared, added or brought by a reference; a missing one isn't reported."""
    if name in draft.scalars:
        return draft.scalars[name]
    for other, ref in draft.refs().items():
        if ref.columns or not name.startswith(f"{other}_"):
            continue
        for local, _ in column_pairs(loading, draft, other) or ():
            if local.name == name:
                return local
    return None


def _made(loading: Loading, draft: Draft, name: str, ref: grammar.Ref, remote: Field) -> Field:
    """The column that a reference brings for `remote`, a part of its target's key."""
    made = names.reference_column(name, remote.name)
    where = f"{draft.name}.{name}"
    attribute = loading.attribute(draft, made, f"the column of the reference {name}")
    column = made if ref.column is None else ref.column
    column_name(loading, where, column)
    return Field(
        name=made,
        attribute=attribute or made,
        column=column,
        type=remote.type,
        optional=ref.optional,
        access=ref.access or ("read_only" if ref.set else "rw"),
        set=ref.set,
        made_by_reference=True,
    )


def _declared(
    loading: Loading, draft: Draft, target: Draft, where: str, ref: grammar.Ref
) -> ColumnPairs | None:
    """The pairs of a reference with `columns:`."""
    pairs = []
    for local_name, remote_name in ref.columns.items():
        local = _column(loading, draft, local_name)
        remote = _column(loading, target, remote_name)
        if local is None:
            _report_missing(loading, draft, where, local_name)
        if remote is None:
            _report_missing(loading, target, where, remote_name)
        if local is None or remote is None:
            continue
        _compare(loading, where, target.name, local, remote)
        pairs.append((local, remote))
    for key in ("access", "column", "set"):
        if getattr(ref, key) is not None:
            what = f"with `columns:`, `{key}` belongs to the fields"
            loading.problems.add(where, Code.COLUMNS_ACCESS, what)
    remotes = [remote for _, remote in pairs]
    if len(set(remotes)) < len(remotes):
        what = f"two columns reference the same field of {target.name}"
        loading.problems.add(where, Code.COLUMNS_TWICE, what)
    return tuple(pairs) if len(pairs) == len(ref.columns) else None


def _compare(loading: Loading, where: str, target: str, local: Field, remote: Field) -> None:
    """Tell where the types differ, which is a mistake where PostgreSQL doesn't compare them."""
    if local.type == remote.type:
        return
    room = local.type.length or types.info(local.type).length
    if room is not None:
        remote.shortest = min(remote.shortest or room, room)
    if not types.may_refer(local.type, remote.type):
        what = f"{local.name} and {target}.{remote.name} are of different types"
        loading.problems.add(where, Code.COLUMNS, what)
    elif types.narrower(local.type, remote.type):
        what = f"{local.name} has no room for every {target}.{remote.name}: give both one type"
        loading.problems.warn(where, what)
    elif types.info(local.type).family == "integer":
        what = f"{local.name} is {local.type.name} and {target}.{remote.name} {remote.type.name}:"
        loading.problems.warn(where, f"{what} give both one type")


def _report_missing(loading: Loading, draft: Draft, where: str, name: str) -> None:
    if name in draft.broken or name.startswith(tuple(f"{broken}_" for broken in draft.broken)):
        return
    what = f"{draft.name} has no field {plain(name)!r}: `columns:` takes declared fields"
    loading.problems.add(where, Code.FIELD, what)


def _report_circle(loading: Loading, draft: Draft) -> None:
    what = "the key leads back to itself through references: write another `pk:`"
    loading.problems.add(draft.name, Code.KEY_CYCLE, what)
