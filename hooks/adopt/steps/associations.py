"""Tables that are nothing but pairs become `many`."""

from __future__ import annotations

from typing import Any

from ...language import names
from .. import columns, naming
from ..catalogue import Constraint, Index
from ..draft import (
    ACTIONS,
    Adoption,
    Association,
    ModelDraft,
    Reference,
    by_convention,
    is_plain_index,
)
from .references import has_types_of_target


def find_associations(adoption: Adoption) -> None:
    referenced = {it.target.oid for draft in adoption.drafts.values() for it in draft.references}
    for draft in adoption.drafts.values():
        if draft.table.oid in referenced or not _is_pairs(adoption, draft):
            continue
        one, other = draft.references
        found = _association(adoption, draft, one, other)
        found = found or _association(adoption, draft, other, one)
        if found is not None:
            adoption.associations[draft.table.oid] = found


def _is_pairs(adoption: Adoption, draft: ModelDraft) -> bool:
    """Whether a table has two references, and nothing besides."""
    table = draft.table
    return (
        table.key is not None
        and len(draft.references) == 2
        and not (table.remarks or table.comment)
        and len(table.columns) == len(table.key.columns)
        and all(constraint.kind in "pf" for constraint in table.constraints)
        and not any(it.comment or it.default or it.collation for it in table.columns)
        and not any(it.identity or it.generated for it in table.columns)
        and all(it.enum in adoption.enums or columns.entry(it.type) for it in table.columns)
    )


def _association(
    adoption: Adoption, draft: ModelDraft, one: Reference, other: Reference
) -> Association | None:
    """The `many` of `one`'s model that makes exactly this table, if there is one."""
    table, ours, theirs = draft.table, adoption.target(one), adoption.target(other)
    local, remote = one.constraint, other.constraint
    indexes = [index for index in table.indexes if index.constraint is None]
    if not _is_usual(adoption, draft, one, other, indexes):
        return None
    if not all(map(names.is_column, (table.name, *local.columns, *remote.columns))):
        return None
    name = table.name.removeprefix(f"{ours.singular}_")
    if ours is theirs:
        if name == table.name:
            name = names.plural(_name_of_side(theirs, remote))
        prefix = names.singular(name)
        inverse = names.plural(_name_of_side(ours, local))
    else:
        name = name if name != table.name and names.is_plural(name) else theirs.plural
        prefix, inverse = theirs.singular, ours.plural
    free = _free_name(adoption, ours, (name, table.name, f"{table.name}_{theirs.plural}"))
    if free is None:
        return None
    many: dict[str, Any] = {"to": theirs.name}
    if table.name != f"{ours.singular}_{free}":
        many["table"] = table.name
    if _usual_columns(ours, theirs, local, remote, prefix) != [*local.columns, *remote.columns]:
        many["columns"] = [*local.columns, *remote.columns]
    many |= _options(draft, local, remote, indexes)
    return Association(ours, free, theirs, inverse, many)


def _is_usual(
    adoption: Adoption,
    draft: ModelDraft,
    one: Reference,
    other: Reference,
    indexes: list[Index],
) -> bool:
    """Whether key, foreign keys and index are as those of an association table are."""
    table, key = draft.table, draft.table.key
    local, remote = one.constraint, other.constraint
    return (
        key is not None
        and key.columns == [*local.columns, *remote.columns]
        and not key.deferrable
        and "INCLUDE" not in key.definition
        and table.schema == one.target.schema
        and all(_is_usual_side(reference) for reference in (one, other))
        and local.on_delete == remote.on_delete
        and local.on_delete in "arc"
        and all(has_types_of_target(draft, reference) for reference in (one, other))
        and len(indexes) <= 1
        and all(is_plain_index(index, remote.columns) for index in indexes)
    )


def _is_usual_side(reference: Reference) -> bool:
    constraint, target = reference.constraint, reference.target
    return (
        target.key is not None
        and target.key.columns == constraint.remote
        and target.kind == "table"
        and constraint.on_update == "a"
        and constraint.match == "s"
        and constraint.validated
        and constraint.enforced
        and not (constraint.deferrable or constraint.some_columns)
    )


def _name_of_side(target: ModelDraft, constraint: Constraint) -> str:
    """What the columns of a foreign key call the row that they lead to."""
    keys = [target.fields[name] for name in constraint.remote]
    name = naming.relation(constraint.columns, keys)
    return name or naming.reference(constraint.columns, keys, target.name)


def _free_name(adoption: Adoption, ours: ModelDraft, wanted: tuple[str, ...]) -> str | None:
    taken = {*ours.fields.values(), *(reference.name for reference in ours.references)}
    taken |= {it.name for it in adoption.associations.values() if it.ours is ours}
    free = (name for name in wanted if name not in taken and names.FIELD.fullmatch(name))
    return next(free, None)


def _usual_columns(
    ours: ModelDraft, theirs: ModelDraft, local: Constraint, remote: Constraint, prefix: str
) -> list[str]:
    """What the columns of the association table are called if `many` says nothing."""
    columns_ = [names.reference_column(ours.singular, ours.fields[it]) for it in local.remote]
    if ours is theirs:
        return columns_ + [f"{prefix}_{theirs.fields[name]}" for name in remote.remote]
    return columns_ + [names.reference_column(prefix, theirs.fields[it]) for it in remote.remote]


def _options(
    draft: ModelDraft, local: Constraint, remote: Constraint, indexes: list[Index]
) -> dict[str, Any]:
    table, options = draft.table, dict[str, Any]()
    if local.on_delete != "c":
        options["on_delete"] = ACTIONS[local.on_delete]
    options["pk_name"] = table.key.name if table.key else ""
    if any(it.name != by_convention("fk", table, it.columns) for it in (local, remote)):
        options["constraints"] = [local.name, remote.name]
    if not indexes:
        options["index"] = False
    elif indexes[0].name != by_convention("ix", table, remote.columns):
        options["index"] = indexes[0].name
    return options
