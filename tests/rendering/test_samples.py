"""A sample is what the Python that is printed for it makes."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from hooks.language import load
from hooks.language.spec import Span
from hooks.rendering.facts import Facts
from hooks.rendering.resource import resources
from tests.support import CASES, EXAMPLES

MODELS = [*sorted(EXAMPLES.glob("*.yml")), *sorted(CASES.glob("*.yml"))]


@pytest.mark.parametrize("models", MODELS, ids=lambda path: str(path.stem))
def test_the_code_of_samples(models: Path) -> None:
    spec = load(yaml.safe_load(models.read_text()))
    names = {
        **{it.name: StrEnum(it.name, [(value, value) for value in it.values]) for it in spec.enums},
        **{"dt": dt, "Decimal": Decimal, "UUID": UUID},
        "Range": lambda lower, upper: Span(lower, upper, "[)", empty=False),
    }
    for resource in resources(spec):
        for field, sample in Facts(resource).samples.items():
            for n in (1, 2, 11):
                names |= {"n": n, "uuid4": lambda: UUID(int=n)}  # noqa: B023
                assert eval(sample.code, names) == sample.value(n), field.name
            if sample.cycle:
                assert sample.value(1) == sample.value(1 + sample.cycle), field.name


@pytest.mark.parametrize(
    ("field", "check", "keeps"),
    [
        ("decimal(5,4)", "it > 0 AND it < 1", lambda it: 0 < it < 1),
        ("decimal(5,2)", "it >= 0.5 AND it < 1", lambda it: Decimal("0.5") <= it < 1),
        ("decimal", "it > 0 AND it <= 1", lambda it: 0 < it <= 1),
        ("decimal", "it IN (0.5, 1.5)", lambda it: it in (Decimal("0.5"), Decimal("1.5"))),
        ("decimal(4,1)", "it = ANY (ARRAY[0.5, 2])", lambda it: it in (Decimal("0.5"), 2)),
        ("int", "it > 7", lambda it: it > 7),
        ("int", "it BETWEEN 3 AND 5", lambda it: 3 <= it <= 5),
        ("int", "it IS NULL OR it IN (2, 4)", lambda it: it in (2, 4)),
        ("text", "length(it) = 3", lambda it: len(it) == 3),
        ("text", "it = upper(it)", lambda it: it == it.upper()),
        ("text", "it ~ '^[a-c]{2}$'", lambda it: len(it) == 2 and {*it} <= {*"abc"}),
        ("text", "it IN ('a', 'b')", lambda it: it in ("a", "b")),
        ("Size", "it IN ('small')", lambda it: it == "small"),
    ],
)
def test_samples_keep_checks(field: str, check: str, keeps: Callable[[Any], bool]) -> None:
    model = {"fields": {"it": field}, "checks": {"rule": check}}
    spec = load({"models": {"Item": model}, "enums": {"Size": ["small", "large"]}})
    (sample,) = Facts(resources(spec)[0]).samples.values()
    assert [n for n in range(1, 41) if not keeps(sample.value(n))] == []
