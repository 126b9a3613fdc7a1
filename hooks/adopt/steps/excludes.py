"""Exclusion constraints."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from ..catalogue import Constraint, Index
from ..draft import ModelDraft, by_convention, deferrable

_OPERATOR = re.compile(r" WITH (\S+?)(?=[,)])")  # of the elements


def write_excludes(draft: ModelDraft) -> None:
    for constraint in draft.table.of("x"):
        index = next(it for it in draft.table.indexes if it.name == constraint.name)
        operators = _OPERATOR.findall(constraint.definition)
        columns = [key.column for key in index.keys if key.column]
        if len(operators) != len(index.keys) or index.include or draft.lacks(columns):
            draft.remarks.append(f"{constraint.name}: {constraint.definition}")
            continue
        exclude = _exclude(draft, constraint, index, _elements(draft, index, operators))
        draft.body.setdefault("exclude", []).append(exclude)
        draft.extensions.update(constraint.extensions, index.extensions)


def _elements(draft: ModelDraft, index: Index, operators: list[str]) -> list[list[str]]:
    """[field, operator] for each; a run of columns may be what one reference stands for."""
    elements: list[list[str]] = []
    pairs = zip(index.keys, operators, strict=True)
    for (operator, plain), run in groupby(pairs, key=lambda pair: (pair[1], pair[0].plain)):
        keys = [key for key, _ in run]
        if plain:
            names = draft.listed([key.column or "" for key in keys])
        else:
            names = [key.sql for key in keys]
        elements += [[name, operator] for name in names]
    return elements


def _exclude(
    draft: ModelDraft, constraint: Constraint, index: Index, elements: list[list[str]]
) -> dict[str, Any]:
    exclude: dict[str, Any] = {"elements": elements}
    if index.method != "gist":
        exclude["using"] = index.method
    if where := draft.condition(index):
        exclude["where"] = where
    columns = [key.column for key in index.keys if key.column]
    has_expressions = not all(key.plain for key in index.keys)
    if has_expressions or constraint.name != by_convention("ex", draft.table, columns):
        exclude["name"] = constraint.name
    if constraint.deferrable:
        exclude["deferrable"] = deferrable(constraint)
    return exclude
