"""Foreign keys become references; those whose columns are bare bring their columns."""

from __future__ import annotations

from collections import Counter

from ...language import names
from .. import naming
from ..catalogue import Column
from ..columns import Entry
from ..draft import (
    ACTIONS,
    Adoption,
    ModelDraft,
    Reference,
    by_convention,
    deferrable,
    one_line,
)


def find_references(adoption: Adoption, draft: ModelDraft) -> None:
    table = draft.table
    place = {column.name: number for number, column in enumerate(table.columns)}
    foreign_keys = table.of("f")
    foreign_keys.sort(key=lambda key: [place[name] for name in key.columns])
    for constraint in foreign_keys:
        target = adoption.tables.get(constraint.target or 0)
        if target is None:
            what = f"{constraint.name}: {constraint.definition}, a table that isn't adopted here"
            draft.remarks.append(what)
        elif any("." in name for name in (target.name, *constraint.remote)):
            what = f"{constraint.name}: {constraint.definition}, a name that SQLAlchemy takes apart"
            draft.remarks.append(f"{what} at its dots: `alembic check` fails while it is there")
        else:
            draft.references.append(Reference(constraint, target))
    uses = Counter(name for it in draft.references for name in it.constraint.columns)
    taken = {draft.fields[column.name] for column in table.columns}
    for reference in draft.references:
        name = _name_that_brings(adoption, draft, reference, uses)
        if name and name not in taken:
            reference.name, reference.made = name, True
            taken.add(name)
    for reference in draft.references:
        if not reference.made:
            _bring_named(adoption, draft, reference, uses, taken)
    for reference in draft.references:
        if not reference.made:
            reference.name = _free_name(adoption, draft, reference, taken)
            taken.add(reference.name)


def _name_that_brings(
    adoption: Adoption, draft: ModelDraft, reference: Reference, uses: Counter[str]
) -> str | None:
    """The name of the reference that makes exactly these columns, if one does."""
    constraint, key = reference.constraint, reference.target.key
    local = [draft.table.column(name) for name in constraint.columns]
    if key is None or key.columns != constraint.remote:
        return None
    if not all(uses[column.name] == 1 and _is_bare(draft, column) for column in local):
        return None
    if len({column.not_null for column in local}) != 1 or not has_types_of_target(draft, reference):
        return None
    remote = adoption.target(reference).fields
    return naming.relation(constraint.columns, [remote[name] for name in constraint.remote])


def _bring_named(
    adoption: Adoption,
    draft: ModelDraft,
    reference: Reference,
    uses: Counter[str],
    taken: set[str],
) -> None:
    """Let `reference` bring its only column by the column's name, if nothing else names it."""
    constraint, target = reference.constraint, reference.target
    if len(constraint.columns) > 1 or target.key is None or target.key.columns != constraint.remote:
        return
    (local,), (remote,) = constraint.columns, constraint.remote
    rules = [*draft.table.of("p"), *draft.table.of("u")]
    known = {name for it in rules for name in it.columns}
    known |= {key.column or "" for it in draft.table.indexes if it.unique for key in it.keys}
    is_bare = uses[local] == 1 and _says_only_its_type(draft.table.column(local))
    refers = any(remote in it.columns for it in target.of("f"))
    if not is_bare or local in known or refers or not has_types_of_target(draft, reference):
        return
    field, key = draft.fields[local], adoption.target(reference).fields[remote]
    name = naming.short(field, key, adoption.target(reference).name) or field
    made = names.reference_column(name, key)
    is_short = "_" not in key and names.FIELD.fullmatch(name)  # mentor_author_id is no better
    if is_short and name != made and not {name, made} & (taken - {field}):
        reference.name, reference.made = name, True
        draft.fields[local] = made
        taken.difference_update({field})
        taken.update({name, made})


def _is_bare(draft: ModelDraft, column: Column) -> bool:
    """Whether a reference may bring a column, which it calls after itself."""
    return draft.fields[column.name] == column.name and _says_only_its_type(column)


def _says_only_its_type(column: Column) -> bool:
    return column.default is None and not (
        column.identity or column.generated or column.collation or column.domain
    )


def has_types_of_target(draft: ModelDraft, reference: Reference) -> bool:
    constraint = reference.constraint
    return all(
        draft.table.column(local).type == reference.target.column(remote).type
        for local, remote in zip(constraint.columns, constraint.remote, strict=True)
    )


def _free_name(adoption: Adoption, draft: ModelDraft, reference: Reference, taken: set[str]) -> str:
    target = adoption.target(reference)
    columns = [draft.fields[name] for name in reference.constraint.columns]
    keys = [target.fields[name] for name in reference.constraint.remote]
    name = naming.reference(columns, keys, target.name)
    while name in taken:
        name += "2" if name.endswith("_ref") else "_ref"
    return name


def reference_entry(adoption: Adoption, draft: ModelDraft, reference: Reference) -> Entry:
    """The reference as a field of models.yml."""
    constraint, table = reference.constraint, draft.table
    target = adoption.target(reference)
    table_names = {column.name for column in table.columns}
    entry: Entry = {"ref": target.name}
    if not reference.made:
        entry["columns"] = {
            draft.fields[local]: target.fields[remote]
            for local, remote in zip(constraint.columns, constraint.remote, strict=True)
        }
    elif len(constraint.columns) == 1 and draft.fields[constraint.columns[0]] not in table_names:
        entry["column"] = constraint.columns[0]
    if not all(table.column(name).not_null for name in constraint.columns):
        entry["optional"] = True
    entry["on_delete"] = ACTIONS[constraint.on_delete]
    entry["on_update"] = ACTIONS[constraint.on_update]
    if constraint.name != by_convention("fk", table, constraint.columns):
        entry["constraint"] = constraint.name
    if constraint.deferrable:
        entry["deferrable"] = deferrable(constraint)
    if not constraint.validated:
        draft.remarks.append(f"{constraint.name} is NOT VALID in the database")
    if not constraint.enforced:
        draft.remarks.append(f"{constraint.name} is NOT ENFORCED in the database")
    if constraint.match != "s" or constraint.some_columns:
        draft.remarks.append(f"{constraint.name}: {constraint.definition}")
    brought = constraint.columns if reference.made else []
    comments = [table.column(name).comment for name in brought]
    if doc := one_line(" ".join(comment for comment in comments if comment)):
        entry["doc"] = doc
    return entry
