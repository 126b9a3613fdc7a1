"""Which edits meet which changes: all when asked for, else a part that the seed chooses."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.updates.changes import CHANGES
from tests.updates.edits import EDITS
from tests.updates.lab import UPDATE

ALL = [*CHANGES, UPDATE]


def tries(change: str, seed: int, everything: bool = False) -> Iterator[tuple[str, ...]]:
    """Single edits, pairs, and sets of ten."""
    chance = Random(f"{change} {seed}")
    names = list(EDITS)
    part = (ALL.index(change) + seed) % 4
    yield from ((it,) for n, it in enumerate(names) if everything or n % 4 == part)
    pairs, tens = (50, 20) if everything else (3, 2)
    for _ in range(pairs):
        yield tuple(chance.sample(names, 2))
    for _ in range(tens):
        yield tuple(chance.sample(names, 10))


def ten(change: str, seed: int) -> tuple[str, ...]:
    """The edits of a project that lives on through a change."""
    return tuple(Random(f"{change} lives {seed}").sample(list(EDITS), 10))
