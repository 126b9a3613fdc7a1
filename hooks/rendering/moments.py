"""Samples of times, of ranges, and of what has to keep apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ..language.spec import Field, Span
from ..language.types import info
from .code import call
from .limits import ROWS, TICK, has_limits, high, highest, low, lowest
from .literals import python_value
from .made import Sample, number, several

FEW = 5  # how many there are between two limits


def range_(lower: Sample, upper: Sample) -> Sample:
    def value(n: int) -> Span:
        return Span(lower.value(n), upper.value(n), "[)", empty=False)

    return Sample(call("Range", lower.code, upper.code), value)


def ends(field: Field) -> list[Sample]:
    """Of a range, as PostgreSQL gives it back."""
    bound = info(field.type).bound
    match bound:
        case "int" | "bigint":
            return [number(), number(10)]
        case "numeric":
            return [fraction(".50"), fraction(".75")]
    return [_day(bound or "", month) for month in (1, 3)]


def fraction(end: str, start: int = 0) -> Sample:
    """A decimal: 1, 2, 3, … and `start` more, with what is behind the point."""
    whole = f"n + {start}" if start else "n"
    code = f'Decimal(f"{{{whole}}}{end}")' if end else f"Decimal({whole})"
    return Sample(code, lambda n: Decimal(f"{n + start}{end}"))


def _day(kind: str, month: int, hour: int = 0) -> Sample:
    """A day of a month in 2026, or a time in it."""
    given = ["2026", str(month), "n % 28 + 1"]
    if kind == "date":
        return Sample(call("dt.date", *given), lambda n: dt.date(2026, month, n % 28 + 1))
    given += [str(hour)] if hour else []
    zone = dt.UTC if kind == "timestamptz" else None
    code = call("dt.datetime", *given, tzinfo="dt.UTC" if zone else None)
    return Sample(code, lambda n: dt.datetime(2026, month, n % 28 + 1, hour, tzinfo=zone))


def apart_from_others(field: Field, position: int) -> Sample | None:
    """A range or a time in the nine days, or the ten numbers, of `n`."""
    kind = info(field.type).bound or field.type.name
    is_range = info(field.type).family == "range"
    if kind in ("int", "bigint") and is_range:
        lower = Sample("n * 10", lambda n: n * 10)
        return range_(lower, Sample("n * 10 + 9", lambda n: n * 10 + 9))
    if kind == "numeric" and is_range:
        return range_(*ends(field))
    if kind not in ("date", "timestamp", "timestamptz"):
        return None
    if not is_range and has_limits(field):
        return None
    first: Any = dt.date(2026, 1, 1)
    if kind != "date":
        first = dt.datetime(2026, 1, 1, tzinfo=dt.UTC if kind == "timestamptz" else None)

    def days(more: int) -> Sample:
        many = f"n * 9 + {more}" if more else "n * 9"
        code = f"{python_value(first)} + dt.timedelta(days={many})"
        return Sample(code, lambda n: first + dt.timedelta(days=n * 9 + more))

    return range_(days(position), days(3 + position)) if is_range else days(position)


def _interval(start: dt.timedelta | None, end: dt.timedelta | None) -> Sample:
    code, hour = "dt.timedelta(hours=n)", dt.timedelta(hours=1)
    if start is not None and end is not None:
        return several(list(_inside(start, end)))
    if start is not None:
        return Sample(f"{python_value(start)} + {code}", lambda n: start + n * hour)
    if end is not None:
        return Sample(f"{python_value(end)} - {code}", lambda n: end - n * hour)
    return Sample(code, lambda n: n * hour)


def _time_of_day(field: Field, position: int) -> Sample:
    zone = dt.UTC if field.type.name == "timetz" else None
    hour = position % 24
    if not has_limits(field):
        code = call("dt.time", str(hour), "n % 60", tzinfo="dt.UTC" if zone else None)
        return Sample(code, lambda n: dt.time(hour, n % 60, tzinfo=zone))
    day = dt.datetime(1, 1, 1)

    def since(limit: dt.time | None, otherwise: dt.timedelta) -> dt.timedelta:
        return dt.datetime.combine(day, limit.replace(tzinfo=None)) - day if limit else otherwise

    first, end = since(lowest(field), dt.timedelta()), since(highest(field), dt.timedelta(1) - TICK)
    return several([(day + it).time().replace(tzinfo=zone) for it in _inside(first, end)])


def _inside(start: dt.timedelta, end: dt.timedelta) -> Iterator[dt.timedelta]:
    """Some between two limits, in whole seconds if there is room."""
    second = dt.timedelta(seconds=1)
    for part in range(1, FEW + 1):
        made = start + (end - start) * part / (FEW + 1)
        yield made // second * second if end - start > ROWS * second else made


def moment(field: Field, position: int) -> Sample:
    if field.type.name in ("time", "timetz"):
        return _time_of_day(field, position)
    start, end, day = low(field), high(field), dt.timedelta(days=1)
    if field.type.name == "interval":
        return _interval(start, end)
    if start is not None and end is not None and end - start < ROWS * day:
        days = (end - start).days + 1
        return several([start + day * (days * part // FEW) for part in range(FEW)])
    if start is not None:
        return Sample(f"{python_value(start)} + dt.timedelta(days=n)", lambda n: start + n * day)
    if end is not None:
        return Sample(f"{python_value(end)} - dt.timedelta(days=n)", lambda n: end - n * day)
    return _day(field.type.name, 1 + position % 12, 12)
