"""Two models that require each other: one is created with the other, checked at COMMIT."""

from __future__ import annotations

from ..spec import Field, Model, Pair, Reference


def pairs(models: list[Model], required: list[Reference]) -> list[Pair]:
    """Those of which a first row can be, as nothing else is between the two."""
    found: list[Pair] = []
    paired: set[str] = set()
    for reference in required:
        one, other = reference.model, reference.target
        between = [it for it in required if {it.model, it.target} == {one, other}]
        if len(between) != 2 or {one.name, other.name} & paired:
            continue
        back = between[1] if between[0] is reference else between[0]
        if back.model is one or not _fits(reference, back):
            continue
        rest = [it for it in required if it not in between]
        if any(_leads(rest, start, {one.name, other.name}) for start in (one, other)):
            continue
        found.append(Pair(reference, back))
        paired |= {one.name, other.name}
    return found


def _fits(reference: Reference, back: Reference) -> bool:
    """The key that the one refers to is known before its row is there."""
    waits = reference.deferrable == "initially_deferred"
    known = all(it.reference is None and _is_known(it) for it in reference.target.key)
    apart = not (reference.unique and back.unique)  # or no row could be created after the other
    return waits and known and apart and all(_is_its_own(it) for it in (reference, back))


def _is_known(field: Field) -> bool:
    return field.creatable or field.identity or field.generated in ("uuid7", "uuid4")


def _is_its_own(reference: Reference) -> bool:
    """To the key of its target, by columns that are no other's."""
    model = reference.model
    ours = [local for local, _ in reference.columns]
    all_ = [local for it in model.references for local, _ in it.columns]
    free = all(it.creatable and not it.key and all_.count(it) == 1 for it in ours)
    return free and {it for _, it in reference.columns} == set(reference.target.key)


def _leads(references: list[Reference], start: Model, goal: set[str]) -> bool:
    """Whether a row of `start` requires, over others, one of `goal`."""
    seen: set[str] = set()
    ahead = [it.target for it in references if it.model is start]
    while ahead:
        model = ahead.pop()
        if model.name in goal:
            return True
        if model.name not in seen:
            seen.add(model.name)
            ahead += [it.target for it in references if it.model is model]
    return False
