"""What the operators of filters should leave of a list, worked out in Python."""

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

from app.database import Record
from tests.factories import as_json

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def asked(rows: Sequence[Record], name: str) -> tuple[Any, list[Record]]:
    """A value for the filter `name`, and those of `rows` that it should leave."""
    field, _, by = name.rpartition("__")
    values = [row[field if field in row else f"{field}_"] for row in rows]
    value, leaves = question(by, values)
    left = [row for row, it in zip(rows, values, strict=True) if leaves(it)]
    return as_json({by: value})[by], left


def question(by: str, values: list[Any]) -> tuple[Any, Callable[[Any], bool]]:
    """The value to ask with, and whether it leaves one of `values`."""
    first = values[0]
    if by in COMPARE:
        middle = sorted(values)[1]
        return middle, lambda it: COMPARE[by](it, middle)
    if by == "in":
        return values[:2], lambda it: it in values[:2]
    if by == "ilike":
        end = first.rstrip()[1:].lower()
        escaped = re.sub(r"([\\%_])", r"\\\1", end.upper())
        return f"%{escaped}", lambda it: it.rstrip().lower().endswith(end)
    if isinstance(first, list):
        return first[:1], lambda it: first[0] in it
    if by == "contains":
        return first.lower, lambda it: first.lower in it
    ends = as_json({"lower": first.lower, "upper": first.upper})
    return "[{lower},{upper})".format(**ends), first.overlaps
