"""Two models that require each other: one is created with the other, checked at COMMIT."""

from __future__ import annotations

from ..spec import Field, Model, Pair, Reference


def find_pairs(required: list[Reference]) -> list[Pair]:
    """The pairs whose first rows can be created together, as nothing else is between the two."""
    pairs: list[Pair] = []
    paired: set[str] = set()
    for reference in required:
        one, other = reference.model, reference.target
        between = [it for it in required if {it.model, it.target} == {one, other}]
        if len(between) != 2 or {one.name, other.name} & paired:
            continue
        back = between[1] if between[0] is reference else between[0]
        if back.model is one or not _fits(reference, back):
            continue
        others = [it for it in required if it not in between]
        if any(_requires(others, start, {one.name, other.name}) for start in (one, other)):
            continue
        pairs.append(Pair(reference, back))
        paired |= {one.name, other.name}
    return pairs


def _fits(reference: Reference, back: Reference) -> bool:
    """Whether the key that `reference` needs is known before its target's row is there."""
    is_checked_late = reference.deferrable == "initially_deferred"
    is_known = all(it.reference is None and _is_known(it) for it in reference.target.key)
    apart = not (reference.unique and back.unique)  # or no row could be created after the other
    return is_checked_late and is_known and apart and _is_free(reference) and _is_free(back)


def _is_known(field: Field) -> bool:
    return field.creatable or field.identity or field.generated in ("uuid7", "uuid4")


def _is_free(reference: Reference) -> bool:
    """Whether it references a key, by columns that belong to no other reference."""
    model = reference.model
    columns = [local for local, _ in reference.columns]
    of_all = [local for it in model.references for local, _ in it.columns]
    free = all(it.creatable and not it.key and of_all.count(it) == 1 for it in columns)
    return free and {remote for _, remote in reference.columns} == set(reference.target.key)


def _requires(references: list[Reference], start: Model, goal: set[str]) -> bool:
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
