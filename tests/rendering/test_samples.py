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

ONE = {"type": {"sql": '"char"', "python": "str", "example": "c"}}
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
        (
            "text?",
            "upper(it::text) = ANY (ARRAY['L'::text, 'M']) OR it IS NULL",
            {*"LM"}.__contains__,
        ),
        ("text", "(it = 'a' OR (it) = 'b') AND btrim(it) <> ''", {*"ab"}.__contains__),
        ("text", "it = 'a OR b'", lambda it: it == "a OR b"),
        ("text", "it ~ '^[[:upper:][:digit:]]{3}$'", lambda it: len(it) == 3 and it == it.upper()),
        ("char(3)", r"it ~ '^\d{2}[\dX]$'", lambda it: len(it) == 3 and it[:2].isdecimal()),
        ("text", r"it ~ '^[^\d]\W\S\s$'", lambda it: it[1] == "-" and it[3] == " "),
        (ONE, "it IN ('d', 'i')", {*"di"}.__contains__),
        ("int", "it > 50 AND (it IS NOT NULL OR it = 3)", lambda it: it > 50),
        ("int?", "(it IS NULL AND other) OR (it > 70 AND NOT other)", lambda it: it > 70),
        ("bool", "other OR it IS NOT TRUE", lambda it: it),
        ("bool", "it IS NOT TRUE", lambda it: not it),
        ("bool", "NOT it AND other", lambda it: not it),
        ("bool", "md5(other::text) = 'a' OR it = false", lambda it: not it),
        ("date", "it <= (now() - '18 years'::interval)", lambda it: it < dt.date(2008, 1, 1)),
        ("date", "it > CURRENT_DATE", lambda it: it > dt.date(2100, 1, 1)),
        ("timestamptz", "it < '2001-02-03 04:05:06+00'", lambda it: it.year < 2002),
        ("date", "it >= '2031-02-03'::date AND it IS NOT NULL", lambda it: it.year > 2030),
    ],
)
def test_samples_keep_checks(field: Any, check: str, keeps: Callable[[Any], bool]) -> None:
    model = {"fields": {"it": field, "other": "bool"}, "checks": {"rule": check}}
    spec = load({"models": {"Item": model}, "enums": {"Size": ["small", "large"]}})
    sample, _ = Facts(resources(spec)[0]).samples.values()
    assert [n for n in range(1, 41) if not keeps(sample.value(n))] == []


@pytest.mark.parametrize("limits", [{}, {"min": 0}, {"max": 0}, {"min": -2}, {"gt": 2, "lt": 9}])
@pytest.mark.parametrize("type_", ["decimal(1,0)", "decimal(2,1)", "decimal(2,0)", "decimal(4,2)"])
def test_samples_have_the_digits_that_a_column_has(type_: str, limits: dict[str, Any]) -> None:
    spec = load({"models": {"Item": {"fields": {"it": {"type": type_, **limits}}}}})
    (field,) = (it for it in spec.models[0].fields if it.name == "it")
    digits = (field.type.precision or 0) - (field.type.scale or 0)
    (sample,) = Facts(resources(spec)[0]).samples.values()
    assert [n for n in range(1, 41) if abs(sample.value(n)) >= 10**digits] == []
