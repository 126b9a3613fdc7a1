"""Whether a value keeps the limits of its field, and the range of its column."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from .spec import Field, Span


def is_infinite(value: Any) -> bool:
    """Whether asyncpg stores `value` as infinity, as it does with the first and the last date."""
    if isinstance(value, list):
        return any(map(is_infinite, value))
    if isinstance(value, Span):
        return is_infinite([value.lower, value.upper])
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None) in (dt.datetime.min, dt.datetime.max)
    return isinstance(value, dt.date) and value in (dt.date.min, dt.date.max)


def contradiction(field: Field) -> str | None:
    """Why no value can meet the limits of `field`."""
    low = field.min if field.gt is None else field.gt
    high = field.max if field.lt is None else field.lt
    if low is None or high is None:
        return None
    lower = "min" if field.gt is None else "gt"
    upper = "max" if field.lt is None else "lt"
    strict = field.gt is not None or field.lt is not None
    if isinstance(low, int) and field.gt is not None and field.lt is not None:
        empty = high - low < 2
    else:
        empty = low >= high if strict else low > high
    return f"no value is between {lower} and {upper}" if empty else None


def breach(field: Field, value: Any) -> str | None:
    """Which limit of `field` a value of its type breaks."""
    if field.min is not None and value < field.min:
        return f"is less than min: {field.min}"
    if field.max is not None and value > field.max:
        return f"is greater than max: {field.max}"
    if field.gt is not None and value <= field.gt:
        return f"is not greater than gt: {field.gt}"
    if field.lt is not None and value >= field.lt:
        return f"is not less than lt: {field.lt}"
    if field.min_length is not None and len(value) < field.min_length:
        return f"is shorter than min_length: {field.min_length}"
    if field.max_length is not None and len(value) > field.max_length:
        return f"is longer than max_length: {field.max_length}"
    if field.pattern is not None and not re.search(field.pattern, value):
        return "does not match the pattern"
    return None
