"""Tests for each resource, and for each fact of it."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

from tests.support.facts import Resource, every

Test = TypeVar("Test", bound=Callable[..., Any])
Facts = Callable[[Resource], Iterable[Any]]


def for_each(
    *needs: str | Callable[[Resource], object], **facts: Facts
) -> Callable[[Test], Test]:
    """The test for each resource that has what it `needs`: an operation, or what is true of it.

    With `field=…`, it is for each of the facts that are found so, too.
    """
    names = ["resource", *facts]
    cases = [
        pytest.param(
            resource, *given, id="-".join([resource.name, *map(name_of, given)])
        )
        for resource in every()
        if all(
            it in resource.ops if isinstance(it, str) else it(resource) for it in needs
        )
        for given in facts_in(resource, *facts.values())
    ]

    def mark(test: Test) -> Test:
        if not cases:  # no such resource: nothing to test
            vars(test)["__test__"] = False
            return test
        marked: Test = pytest.mark.parametrize(names, cases)(test)
        return marked

    return mark


def room(rows: int) -> Callable[[Resource], bool]:
    """Whether samples of a resource can be stored so many side by side."""
    return lambda resource: resource.most >= rows


def facts_in(resource: Resource, of: Facts | None = None) -> Iterable[tuple[Any, ...]]:
    return [()] if of is None else [(it,) for it in of(resource)]


def name_of(fact: object) -> str:
    names = (getattr(fact, it, None) for it in ("label", "name", "reference"))
    return str(next(filter(None, names), fact))
