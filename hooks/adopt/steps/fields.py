"""Columns become fields, with their types, defaults and descriptions."""

from __future__ import annotations

from .. import columns
from ..catalogue import Column
from ..columns import Entry
from ..draft import Adoption, ModelDraft, one_line
from .references import reference_entry

SERIAL = {"smallint", "integer", "bigint"}


def write_fields(adoption: Adoption, draft: ModelDraft) -> None:
    added, brought = draft.added, draft.brought
    done: set[str] = set()
    for column in draft.table.columns:
        _remark_losses(draft, column)
        if column.name in added:
            if column.comment:
                draft.remarks.append(f"{column.name}: {one_line(column.comment)}")
            continue
        entry = _entry(adoption, draft, column)
        reference = brought.get(column.name)
        if reference is None and entry is not None:
            draft.entries[draft.fields[column.name]] = entry
        if reference is not None:
            if entry is not None:
                draft.plain[column.name] = entry
            if reference.name not in draft.entries:
                draft.entries[reference.name] = reference_entry(adoption, draft, reference)
        done.add(column.name)
        _write_references(adoption, draft, done | added)


def _write_references(adoption: Adoption, draft: ModelDraft, done: set[str]) -> None:
    """Write the references by declared columns, each once the last of its columns is there."""
    for reference in draft.references:
        is_due = not reference.made and set(reference.constraint.columns) <= done
        if is_due and reference.name not in draft.entries:
            draft.entries[reference.name] = reference_entry(adoption, draft, reference)


def _remark_losses(draft: ModelDraft, column: Column) -> None:
    """Say what of a column gets lost."""
    name = column.name
    if column.collation:
        draft.remarks.append(f"{name} has the collation {column.collation}")
    if column.identity == "a":
        draft.remarks.append(f"{name} is GENERATED ALWAYS AS IDENTITY, here BY DEFAULT")
    if column.generated == "v":
        draft.remarks.append(f"{name} is a VIRTUAL generated column, here STORED")
    if column.sequence_options:
        draft.remarks.append(f"the sequence of {name}: {column.sequence_options}")


def _entry(adoption: Adoption, draft: ModelDraft, column: Column) -> Entry | None:
    entry = _type(adoption, draft, column)
    if entry is None:
        _remark_left_out(draft, column)
        return None
    if not column.not_null:
        entry["optional"] = True
    if column.identity:
        entry["auto"] = "identity"
    elif column.generated and column.foreign:
        entry |= {"optional": True, "access": "read_only"}
        what = f"{column.name} is GENERATED ALWAYS AS ({column.default}), here nothing fills it"
        draft.remarks.append(f"{what}: that needs {', '.join(column.foreign)}")
    elif column.generated:
        entry["computed"] = column.default
        draft.extensions.update(column.extensions)
    elif column.default is not None:
        _write_default(draft, column, entry)
    if column.comment and (doc := one_line(column.comment)):
        entry["doc"] = doc
    if draft.fields[column.name] != column.name:
        entry["column"] = column.name
    return entry


def _remark_left_out(draft: ModelDraft, column: Column) -> None:
    not_null = " NOT NULL" if column.not_null else ""
    default = f" DEFAULT {column.default}" if column.default else ""
    what = f"the column {column.name} {column.type}{not_null}{default} is left out"
    draft.remarks.append(what)
    if column.not_null and column.default is None and not column.identity:
        draft.forbid_creates(column.name)


def _write_default(draft: ModelDraft, column: Column, entry: Entry) -> None:
    next_value = f"nextval('{column.sequence}'::regclass)"
    is_serial = column.sequence is not None and column.default == next_value
    in_key = draft.table.key.columns if draft.table.key else []
    serial = [name for name in in_key if draft.table.column(name).sequence]
    if is_serial and column.type in SERIAL and column.name in serial[:1]:
        entry["auto"] = "serial"
        if column.sequence != f"{draft.table.full_name}_{column.name}_seq":
            draft.remarks.append(f"the sequence of {column.name} is {column.sequence}")
    elif is_serial and column.name not in in_key and "array" not in entry:
        entry |= {"optional": True, "access": "read_only"}
        draft.remarks.append(f"{column.name} is a serial, here nothing fills it: {column.default}")
    elif is_serial or column.foreign:
        needs = f", which needs {', '.join(column.foreign)}" if column.foreign else ""
        draft.remarks.append(f"{column.name} has the default {column.default}{needs}")
    else:
        entry["server_default"] = column.default
        draft.extensions.update(column.extensions)


def _type(adoption: Adoption, draft: ModelDraft, column: Column) -> Entry | None:
    enums = adoption.enums
    if column.enum in enums:
        array: Entry = {"array": True} if column.array else {}
        return {"type": enums[column.enum], **array} if column.dimensions < 2 else None
    name, domain = column.type, adoption.catalogue.domains.get(column.domain or 0)
    if domain is not None:
        draft.domains[column.name] = domain.name
        if domain.enum in enums and not column.array:
            return {"type": enums[domain.enum]}
        name = f"{domain.base}[]" if column.array else domain.base
    if column.name in draft.text and name == "bpchar":
        draft.remarks.append(f"{column.name} is {name}, here text")
        return {"type": "text"}
    entry = columns.entry(name)
    if entry is not None and (column.dimensions < 2 or not column.array):
        return columns.named(draft.fields[column.name], entry)
    return None if domain is not None else columns.hatch(column)
