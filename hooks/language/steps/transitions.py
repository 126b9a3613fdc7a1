"""Transitions: an operation that moves an enum along the edges that are allowed."""

from __future__ import annotations

from .. import grammar, names
from ..api import FIXED_PATHS, VERBS
from ..diagnostics import Code, did_you_mean, plain
from ..draft import Draft, Loading
from ..spec import Transition


def resolve_transition(loading: Loading, draft: Draft, name: str, raw: grammar.Transition) -> None:
    model, problems = draft.model, loading.problems
    where = f"{draft.name}.operations.{plain(name)}"
    taken = (*FIXED_PATHS, *VERBS)
    if not names.FIELD.fullmatch(name) or name in taken:
        what = f"the name must be in ASCII and snake_case, and not {', '.join(taken)}"
        problems.add(where, Code.OPERATION_NAME, what)
        return
    field = model.by_name.get(raw.field)
    if field is None:
        loading.unknown_field(draft, f"{where}.field", raw.field)
        return
    enum = field.type.enum
    if enum is None or field.type.array or field.optional or field.key:
        what = f"{field.name} must be a required enum that is not part of the key"
        problems.add(f"{where}.field", Code.TRANSITION, what)
        return
    values = [*raw.moves, *(value for after in raw.moves.values() for value in after)]
    for value in dict.fromkeys(values):
        if value not in enum.values:
            near = did_you_mean(value, enum.values)
            what = f"{plain(value)!r} is not a value of {enum.name}{near}"
            problems.add(f"{where}.moves", Code.TRANSITION_VALUE, what)
    if not any(raw.moves.values()):
        what = "allows no move: write one, as in {draft: [placed]}"
        problems.add(f"{where}.moves", Code.TRANSITION_MOVES, what)
    field.by_transition = True
    moves = {before: tuple(after) for before, after in raw.moves.items() if after}
    model.transitions.append(Transition(name=name, field=field, moves=moves))
