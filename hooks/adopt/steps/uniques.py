"""Unique constraints, and unique indexes with a condition."""

from __future__ import annotations

from typing import Any

from ..catalogue import Constraint, Index
from ..draft import ModelDraft, by_convention, deferrable


def write_uniques(draft: ModelDraft) -> None:
    table = draft.table
    listed: list[Any] = []
    known = [table.key.columns] if table.key else []
    for constraint in table.of("u"):
        unknown = any(name not in draft.fields for name in constraint.columns)
        is_lost = unknown or draft.lacks(constraint.columns)
        if is_lost or "WITHOUT OVERLAPS" in constraint.definition:
            draft.remarks.append(f"{constraint.name}: {constraint.definition}")
            continue
        if constraint.columns in known:  # PostgreSQL makes one constraint of the two
            draft.remarks.append(
                f"{constraint.name}: {constraint.definition}, which repeats another"
            )
            continue
        known.append(constraint.columns)
        fields = draft.listed(constraint.columns)
        options = _options(draft, constraint)
        if options:
            listed.append({"fields": fields, **options})
        elif not _write_at_field(draft, fields, constraint.columns):
            listed.append(fields)
    if listed:
        draft.body["unique"] = listed
    for constraint in table.of("t"):
        draft.remarks.append(f"{constraint.name}: {constraint.definition}")


def _options(draft: ModelDraft, constraint: Constraint) -> dict[str, Any]:
    options: dict[str, Any] = {}
    index = next((it for it in draft.table.indexes if it.name == constraint.name), None)
    if constraint.name != by_convention("uq", draft.table, constraint.columns):
        options["name"] = constraint.name
    if index is not None and index.include:
        options["include"] = draft.listed(index.include)
    if index is not None and index.nulls_not_distinct:
        options["nulls_not_distinct"] = True
    if constraint.deferrable:
        options["deferrable"] = deferrable(constraint)
    return options


def _write_at_field(draft: ModelDraft, fields: list[str], columns: list[str]) -> bool:
    """Write `unique: true` at the one field that has just these columns, if it can say it."""
    entry = draft.entries.get(fields[0]) if len(fields) == 1 else None
    if entry is None or "unique" in entry:
        return False
    references = [it for it in draft.references if it.name == fields[0]]
    if any(reference.constraint.columns != columns for reference in references):
        return False
    entry["unique"] = True
    return True


def write_partial_unique(draft: ModelDraft, index: Index) -> None:
    """A unique index under `unique:`, where its condition may be what `soft_delete` adds."""
    columns = [key.column or "" for key in index.keys]
    fields = draft.listed(columns)
    options: dict[str, Any] = {}
    if where := draft.condition(index):
        options["where"] = where
    if index.nulls_not_distinct:
        options["nulls_not_distinct"] = True
    if index.include:
        options["include"] = [draft.fields[name] for name in index.include]
    if index.name != by_convention("uq", draft.table, columns):
        options["name"] = index.name
    if options or not _write_at_field(draft, fields, columns):
        unique = {"fields": fields, **options} if options else fields
        draft.body.setdefault("unique", []).append(unique)
