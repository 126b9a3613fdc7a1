"""Indexes that no constraint brings with it."""

from __future__ import annotations

from typing import Any

from ...language import names
from .. import columns
from ..catalogue import Index
from ..draft import ModelDraft, Reference, by_convention, is_partial_unique, is_plain_index
from .uniques import write_partial_unique


def write_indexes(draft: ModelDraft) -> None:
    table = draft.table
    free = [it for it in table.indexes if it.constraint is None and _can_be_written(draft, it)]
    explicit = _explicit(draft, free)
    listed: list[Any] = []
    for index in free:
        if index not in explicit:
            continue
        if _is_search(draft, index):
            field = draft.fields[index.keys[0].column or ""]
            draft.body.setdefault("api", {}).setdefault("search", []).append(field)
            continue
        draft.extensions.update(index.extensions)
        if index.nulls_not_distinct or (index.unique and "soft_delete" in draft.body):
            write_partial_unique(draft, index)
        else:
            _write_index(draft, index, listed)
    if listed:
        draft.body["indexes"] = listed


def _explicit(draft: ModelDraft, free: list[Index]) -> list[Index]:
    """The indexes that the file has to name: not those that references bring by themselves."""
    table = draft.table
    automatic: dict[str, Reference] = {
        index.name: reference
        for index in free
        for reference in draft.references
        if is_plain_index(index, reference.constraint.columns)
        and index.name == by_convention("ix", table, reference.constraint.columns)
    }
    explicit = [index for index in free if index.name not in automatic]
    leading = [constraint.columns for constraint in table.constraints if constraint.kind in "pu"]
    leading += [
        [key.column or "" for key in index.keys]
        for index in explicit
        if index.method == "btree" and not index.where and all(key.plain for key in index.keys)
    ]
    for reference in draft.references:
        own = reference.constraint.columns
        if any(set(it[: len(own)]) == set(own) for it in leading):
            # The language adds none, so an index that is there has to be named.
            explicit += [index for index in free if automatic.get(index.name) is reference]
        elif any(other is reference for other in automatic.values()):
            leading.append(own)
        else:
            draft.entries[reference.name]["index"] = False
    return explicit


def _can_be_written(draft: ModelDraft, index: Index) -> bool:
    """Whether the language can express `index`; if not, a remark says so."""
    if _is_search(draft, index):
        return True
    in_keys = [key.column for key in index.keys if key.column]
    lost = None
    if index.foreign:
        lost = f", which needs {', '.join(index.foreign)}"
    elif index.options:
        lost = f" WITH ({', '.join(index.options)})"
    elif not index.valid:
        lost = ", which is not valid"
    elif (index.nulls_not_distinct and not is_partial_unique(index)) or draft.lacks(
        [*in_keys, *index.include]
    ):
        lost = ""
    if lost is not None:
        draft.remarks.append(f"{index.definition}{lost}")
    return lost is None


def _is_search(draft: ModelDraft, index: Index) -> bool:
    """Whether it is the index of a field that `search` names."""
    key = index.keys[0]
    if key.column is None or key.sql != f"{names.quote(key.column)} gin_trgm_ops":
        return False
    entry = draft.entries.get(draft.fields[key.column])
    type_ = columns.type_of(entry) if entry and "type" in entry else None
    return (
        type_ is not None
        and type_.name in ("string", "text", "email", "url", "slug")
        and not type_.array
        and index.name == names.fit(f"ix_{draft.table.name}_{key.column}_trgm")
        and not (index.where or index.options)
    )


def _write_index(draft: ModelDraft, index: Index, listed: list[Any]) -> None:
    """At its field if that says it all, else into `listed`."""
    method = {} if index.method == "btree" else {"method": index.method}
    options: dict[str, Any] = {}
    if index.unique:
        options["unique"] = True
    if index.where:
        options["where"] = index.where
    options |= method
    if index.include:
        options["include"] = [draft.fields[name] for name in index.include]
    if all(key.plain for key in index.keys):
        plain = [key.column or "" for key in index.keys]
        fields = _fields(draft, index, plain)
        what: dict[str, Any] = {"fields": fields}
        is_named = index.name != by_convention("ix", draft.table, plain)
    else:
        fields, what, is_named = [], {"expr": ", ".join(key.sql for key in index.keys)}, True
    if is_named:
        options["name"] = index.name
    alone = draft.entries.get(fields[0]) if len(fields) == 1 else None
    if alone is not None and "type" in alone and options == method and "index" not in alone:
        alone["index"] = index.method if method else True
    elif options:
        listed.append(what | options)
    else:
        listed.append(fields)


def _fields(draft: ModelDraft, index: Index, plain: list[str]) -> list[str]:
    descending = {key.column for key in index.keys if key.descending}
    if not descending:
        return draft.listed(plain)
    fields = [(name, draft.fields[name]) for name in plain]
    return [f"-{field}" if name in descending else field for name, field in fields]
