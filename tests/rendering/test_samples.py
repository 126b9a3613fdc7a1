"""A sample is what the Python that is printed for it makes."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
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
