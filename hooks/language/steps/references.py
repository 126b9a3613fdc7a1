"""References: foreign keys, what happens to them, and the relations of both sides."""

from __future__ import annotations

from .. import grammar, names
from ..diagnostics import Code
from ..draft import ColumnPairs, Draft, Loading
from ..spec import Field, Inverse, Reference
from .columns import column_pairs
from .shared import description, former_name_of_field


def resolve_references(loading: Loading, draft: Draft) -> None:
    for name, raw in draft.refs().items():
        pairs = column_pairs(loading, draft, name)
        if pairs is not None:
            _reference(loading, draft, name, raw, pairs)


def _reference(
    loading: Loading, draft: Draft, name: str, raw: grammar.Ref, pairs: ColumnPairs
) -> None:
    model, target, where = draft.model, loading.drafts[raw.ref], f"{draft.name}.{name}"
    columns = [local for local, _ in pairs]
    optional = any(column.optional for column in columns)
    if raw.optional and not optional:
        what = "is optional, but its columns are not: write `?` after their types"
        loading.problems.add(where, Code.COLUMNS_OPTIONAL, what)
    by_convention = names.by_convention("fk", model.table, (it.column for it in columns))
    reference = Reference(
        name=name,
        attribute=names.attribute(name),
        model=model,
        target=target.model,
        columns=pairs,
        optional=optional,
        unique=False,
        on_delete=raw.on_delete or loading.defaults.on_delete,
        on_update=raw.on_update or loading.defaults.on_update,
        constraint=raw.constraint or by_convention,
        doc=None if raw.doc is None else description(loading, where, raw.doc),
        was=raw.was,
        deferrable=raw.deferrable,
    )
    if model.managed and not target.model.managed:
        what = (
            f"{target.name} is not managed, so no migration creates what a foreign key"
            " references: declare the column as a field"
        )
        loading.problems.add(where, Code.UNMANAGED, what)
    loading.referable(where, (remote for _, remote in pairs))
    if raw.was is not None:
        former_name_of_field(loading, draft, where, raw.was, name)
    if raw.constraint is not None:
        loading.sql_name(f"{where}.constraint", raw.constraint, "foreign key")
    loading.identifier(where, reference.constraint, "set `constraint:`")
    model.references.append(reference)
    for column in columns:
        column.reference = column.reference or reference
    _check_action(loading, f"{where}.on_delete", reference.on_delete, columns)
    _check_action(loading, f"{where}.on_update", reference.on_update, columns)
    if target is draft and not optional:
        what = "is required and references its own model, so no first row can be created: add `?`"
        loading.problems.add(where, Code.SELF, what)


def _check_action(loading: Loading, where: str, action: str, columns: list[Field]) -> None:
    required = [column for column in columns if not column.optional]
    if action == "set_null" and required:
        listed = ", ".join(it.name for it in required)
        what = f"{listed} cannot be null, so set_null refuses as restrict does: write restrict,"
        loading.problems.warn(where, f"{what} or make it optional")
    if action == "set_default":
        bare = [column.name for column in required if column.server_default is None]
        if bare:
            what = f"set_default needs a `server_default` of {', '.join(bare)}"
            loading.problems.add(where, Code.SET_DEFAULT, what)


def check_targets(loading: Loading, draft: Draft) -> None:
    """A foreign key needs a key or a unique to rest on."""
    for reference in draft.model.references:
        target = reference.target
        remote = {remote for _, remote in reference.columns}
        uniques = [set(unique.fields) for unique in target.uniques]
        referable = [set(unique.fields) for unique in target.uniques if unique.referable]
        if not target.key and not loading.drafts[target.name].keyless:
            continue  # its key is reported
        if remote in [set(target.key), *referable]:
            continue
        listed = ", ".join(column.name for _, column in reference.columns)
        what = f"({listed}) is neither the key of {target.name} nor one of its uniques"
        if target.soft_delete and remote in uniques:
            what = f"({listed}) is unique only among rows of {target.name} that are not"
            what += " deleted: reference the key, or leave out soft_delete"
        elif remote in uniques:
            what = f"({listed}) has only a unique with `where` or `deferrable`: add one without"
        loading.problems.add(f"{draft.name}.{reference.name}", Code.TARGET, what)


def resolve_inverses(loading: Loading, draft: Draft) -> None:
    for reference in draft.model.references:
        raw = draft.refs()[reference.name]
        if raw.inverse is False:
            continue
        one = reference.unique
        name = raw.inverse or (draft.model.singular if one else draft.model.plural)
        target = loading.drafts[reference.target.name]
        what = f"the inverse of {draft.name}.{reference.name}"
        attribute = loading.attribute(target, name, what)
        if attribute is not None:
            reference.inverse = Inverse(
                name=name, attribute=attribute, reference=reference, one=one
            )
            target.model.inverses.append(reference.inverse)
