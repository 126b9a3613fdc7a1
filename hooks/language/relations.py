"""Many-to-many relations."""

from __future__ import annotations

from . import grammar, names
from .diagnostics import Code, plain, show
from .draft import Draft, Loading
from .spec import Field, Many, Model, Reference

Side = tuple[tuple[str, Field], ...]


def resolve_manys(loading: Loading) -> None:
    for draft in loading.drafts.values():
        for name, raw in draft.manys.items():
            _many(loading, draft, name, raw)


def _many(loading: Loading, draft: Draft, name: str, raw: grammar.Many) -> None:
    where = f"{draft.name}.{plain(name)}"
    attribute = loading.attribute(draft, name, f"the relation {plain(name)}")
    target = loading.target(where, raw.to)
    if attribute is None or target is None:
        return
    if raw.through is None and not (draft.model.managed and target.model.managed):
        unmanaged = target if draft.model.managed else draft
        what = f"{unmanaged.name} is not managed, so no migration creates a table between the two"
        loading.problems.add(where, Code.UNMANAGED, f"{what}: write a model for it with `through:`")
        return
    for it in (draft, target) if raw.through is None else ():
        if it.keyless:
            what = f"{it.name} has no key, so no pair can reference its rows: give it one"
            loading.problems.add(where, Code.KEYLESS, what)
            return
    if raw.through is not None:
        for key in sorted(raw.model_fields_set - {"to", "through", "inverse"}):
            what = f"with `through:`, `{key}` belongs to the model {plain(raw.through)}"
            loading.problems.add(f"{where}.{key}", Code.PAIRS, what)
        many = _through(loading, draft, target, where, name, attribute, raw.through)
    else:
        many = _plain(loading, draft, target, where, name, attribute, raw)
    if many is None:
        return
    if raw.inverse is not False:
        many.inverse = raw.inverse or draft.model.plural
        many.inverse_attribute = loading.attribute(target, many.inverse, f"the inverse of {where}")
        if many.inverse_attribute is None:
            many.inverse = None
    draft.model.manys.append(many)
    if many.inverse is not None:
        target.model.inverse_manys.append(many)


def _plain(
    loading: Loading,
    draft: Draft,
    target: Draft,
    where: str,
    name: str,
    attribute: str,
    raw: grammar.Many,
) -> Many | None:
    model, other = draft.model, target.model
    variable = f"{model.singular}_{name}"
    table = raw.table or variable
    local = _side(model.singular, model)
    if other is model:
        one = names.singular(name)
        remote: Side = tuple((f"{one}_{it.name}", it) for it in other.key)
    else:
        remote = _side(other.singular, other)
    if raw.columns:
        keys = [it for _, it in local + remote]
        if len(raw.columns) != len(keys):
            listed = ", ".join(it.name for it in keys)
            what = f"`columns` must name one for each part of the two keys: {listed}"
            loading.problems.add(f"{where}.columns", Code.PAIRS, what)
            return None
        both = tuple(zip(raw.columns, keys, strict=True))
        local, remote = both[: len(local)], both[len(local) :]
    columns = [column for column, _ in local + remote]
    for it in (table, *columns):
        if not names.is_column(it):
            what = f"{show(it)} cannot be a name in Python: write a model with `through:`"
            loading.problems.add(where, Code.SQL_NAME, what)
            return None
    if len(set(columns)) < len(columns):
        what = f"the association table would have two columns {columns[0]}: rename the relation"
        loading.problems.add(where, Code.COLUMN_TWICE, what)
        return None
    constraints = [_convention("fk", table, it) for it in (local, remote)]
    if len(raw.constraints) not in (0, 2):
        what = f"`constraints` must name two foreign keys: to {model.name} and to {other.name}"
        loading.problems.add(f"{where}.constraints", Code.PAIRS, what)
        return None
    index = _convention("ix", table, remote) if raw.index is True else raw.index or None
    pattern = loading.defaults.pk_name if raw.pk_name is None else raw.pk_name
    key = pattern.replace("{table}", table)
    many = Many(
        name=name,
        attribute=attribute,
        model=model,
        target=other,
        inverse=None,
        inverse_attribute=None,
        table=table,
        variable=variable,
        local=local,
        remote=remote,
        local_constraint=(raw.constraints or constraints)[0],
        remote_constraint=(raw.constraints or constraints)[1],
        constraints_named=bool(raw.constraints),
        key_constraint=key,
        key_named=key != f"pk_{table}",
        index=index,
        on_delete=raw.on_delete,
        schema=model.schema,
    )
    for it in (*raw.constraints, *filter(None, (raw.pk_name, index))):
        loading.sql_name(where, it, "constraint")
    shorter = "name it under `many:`, with a shorter one"
    for it in (table, *columns, many.local_constraint, many.remote_constraint, key, index or ""):
        loading.identifier(where, it, shorter)
    loading.relation(where, table, "the association table", model.schema)
    loading.relation(where, key, "the key", model.schema)
    if index:
        loading.relation(where, index, "the index", model.schema)
    return many


def _side(prefix: str, model: Model) -> Side:
    return tuple((names.reference_column(prefix, it.name), it) for it in model.key)


def _convention(kind: str, table: str, side: Side) -> str:
    return "_".join([kind, table, *(column for column, _ in side)])


def _through(
    loading: Loading,
    draft: Draft,
    target: Draft,
    where: str,
    name: str,
    attribute: str,
    through: str,
) -> Many | None:
    model, other = draft.model, target.model
    middle = loading.target(where, through)
    if middle is None:
        return None
    references = middle.model.references
    if draft is target:
        both = [it for it in references if it.target is model]
        sides = both if len(both) == 2 else None
        wanted = f"two references to {model.name}"
    else:
        ours = [it for it in references if it.target is model]
        theirs = [it for it in references if it.target is other]
        sides = [*ours, *theirs] if len(ours) == len(theirs) == 1 else None
        wanted = f"one reference to {model.name} and one to {other.name}"
    if sides is None:
        if not middle.broken:
            what = f"{through} needs {wanted}{_has(references)}"
            loading.problems.add(where, Code.THROUGH, what)
        return None
    first, second = sides
    return Many(
        name=name,
        attribute=attribute,
        model=model,
        target=other,
        inverse=None,
        inverse_attribute=None,
        table=middle.model.table,
        schema=middle.model.schema,
        local=tuple((it.column, remote) for it, remote in first.columns),
        remote=tuple((it.column, remote) for it, remote in second.columns),
        local_constraint=first.constraint,
        remote_constraint=second.constraint,
        key_constraint=middle.model.key_name,
        index=None,
        through=middle.model,
        through_local=first,
        through_remote=second,
    )


def _has(references: list[Reference]) -> str:
    if not references:
        return "; it has none"
    return "; it has " + ", ".join(f"{it.name} -> {it.target.name}" for it in references)
