"""Whether a list finds the rows of who asks by an index, where the rule alone decides which."""

from __future__ import annotations

from ..spec import Model
from . import nodes
from .constants import of_rows


def index_warnings(rule: nodes.Rule, model: Model) -> list[str]:
    """What is slow where rows are found by `= me` without an index."""
    left = of_rows(rule)
    parts = left.parts if isinstance(left, nodes.And) else (left,)
    mine = [
        part.left
        for part in parts
        if isinstance(part, nodes.Compare)
        and isinstance(part.left, nodes.Column)
        and isinstance(part.right, nodes.Me)
        and part.sign == "="
    ]
    found = [_missing(column, model) for column in mine]
    return [warning for warning in found if warning is not None] if all(found) else []


def _missing(column: nodes.Column, model: Model) -> str | None:
    """The index that looks up `column`, if there is none."""
    last = column.path[-1].target if column.path else model
    steps = [(it.model, [local for local, _ in it.columns]) for it in column.path]
    for owner, fields in [*steps, (last, [column.field])]:
        if not owner.leads_with(fields):
            listed = ", ".join(it.name for it in fields)
            what = f"decides which rows a list reads, and {owner.name} has no index of {listed}"
            return f"{what}: write indexes: [[{listed}]] at it"
    return None
