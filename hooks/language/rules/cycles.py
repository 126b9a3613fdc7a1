"""Rules that ask each other by can(), around a circle."""

from __future__ import annotations

from ..diagnostics import Code
from ..draft import Loading

Place = tuple[str, str]  # the names of a model and an operation


def check_cycles(loading: Loading, asks: dict[Place, list[Place]], where: dict[Place, str]) -> None:
    """Report each circle once, with its rules in order."""
    done: set[Place] = set()

    def follow(place: Place, path: list[Place]) -> None:
        if place in path:
            _report(loading, path[path.index(place) :], where)
        if place in path or place in done:
            return
        for other in asks.get(place, ()):
            follow(other, [*path, place])
        done.add(place)

    for place in asks:
        follow(place, [])


def _report(loading: Loading, circle: list[Place], where: dict[Place, str]) -> None:
    named = [f"{op} of {model}" for model, op in (*circle, circle[0])]
    what = f"asks itself by can(): {' asks '.join(named)}: write one of them without can()"
    loading.problems.add(where[circle[0]], Code.RULE_CYCLE, what)
