"""What the limits of a field leave, of numbers and times."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from ..language.spec import Field
from ..language.types import info

ROWS = 40  # how many different values of a field a test may need
TICK = dt.timedelta(microseconds=1)


def exact(field: Field, value: Decimal) -> Decimal:
    """With the digits behind the point that the column has, if it says how many."""
    return value if field.type.precision is None else value.quantize(step(field))


def places(field: Field) -> int:
    """How many digits behind the point samples have: as many as the column, or as the limits."""
    if field.type.precision is not None:
        return field.type.scale or 0
    limits = [it for it in (field.min, field.max, field.gt, field.lt) if it is not None]
    return max([2, *(-int(it.as_tuple().exponent) for it in limits)])


def room(field: Field) -> Decimal:
    """What samples stay below."""
    digits = 30 if field.type.precision is None else field.type.precision
    return Decimal(10) ** (digits - places(field))


def step(field: Field) -> Any:
    """From a value to the next one, of numbers and times."""
    if field.type.name == "decimal":
        return Decimal(1).scaleb(-places(field))
    if field.type.name == "interval":
        return TICK
    return dt.timedelta(days=1) if info(field.type).family == "time" else 1


def lowest(field: Field) -> Any:
    return field.min if field.gt is None else field.gt


def highest(field: Field) -> Any:
    return field.max if field.lt is None else field.lt


def has_limits(field: Field, *, both: bool = False) -> bool:
    found = (lowest(field) is not None, highest(field) is not None)
    return all(found) if both else any(found)


def low(field: Field) -> Any:
    """The least value that the limits leave, of numbers and times; None for no limit."""
    return field.min if field.gt is None else field.gt + step(field)


def high(field: Field) -> Any:
    return field.max if field.lt is None else field.lt - step(field)
