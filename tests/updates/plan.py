"""Which edits meet which changes."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.updates.changes import CHANGES
from tests.updates.edits import EDITS
from tests.updates.lab import TRUE_CONFLICTS, UPDATE

ALL = [*CHANGES, UPDATE]


def tries(change: str, seed: int, everything: bool = False) -> Iterator[tuple[str, ...]]:
    """Each edit once, 18 at a time; or by itself, and in many pairs and sets of ten."""
    chance = Random(f"{change} {seed}")
    if everything:
        yield from ((it,) for it in EDITS)
        for size in [2] * 50 + [10] * 20:
            yield tuple(chance.sample(list(EDITS), size))
        return
    alone = [it for it in EDITS if (it, change) in TRUE_CONFLICTS]
    yield from ((it,) for it in alone)
    names = [it for it in EDITS if it not in alone]
    chance.shuffle(names)
    yield from (tuple(names[at : at + 18]) for at in range(0, len(names), 18))


def ten(change: str, seed: int) -> tuple[str, ...]:
    """The edits of a project that lives on through a change."""
    return tuple(Random(f"{change} lives {seed}").sample(list(EDITS), 10))
