"""Samples of fields for the rendered tests: each a value for any number, and the Python of it."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal
from typing import Any

from ..language.names import kebab
from ..language.spec import Field, Span
from ..language.types import info
from .code import call
from .literals import python_value
from .made import Sample, constant, countdown, counted, number, one_of, text
from .patterns import fits, matching

ROWS = 40  # how many different values of a field a test may need


def sample(field: Field, position: int = 0, *, apart: bool = False) -> Sample:
    """A valid value, another for each `n` where that can be.

    Of several dates or numbers in a model the later are the greater, by `position`: that is
    what its checks mostly ask.
    """
    one = _apart(field, position) if apart else None
    one = one or _one(field, position)
    if not field.type.array:
        return one
    return Sample(f"[{one.code}]", lambda n: [one.value(n)], one.cycle)


def _one(field: Field, position: int) -> Sample:
    entry = info(field.type)
    match entry.family:
        case "integer":
            return _integer(field, position)
        case "float":
            return _float(field, position)
        case "decimal":
            return _decimal(field, position)
        case "text":
            return _text(field)
        case "time":
            return _time(field, position)
        case "bool":
            return constant(True)
        case "uuid":
            return Sample("uuid4()", lambda n: uuid.UUID(int=n))
        case "json":
            return Sample('{"n": n}', lambda n: {"n": n})
        case "range":
            return _range(*_ends(field))
    match field.type.name:
        case "enum":
            return _enum(field)
        case "bytes":
            if field.key:  # which base64 writes otherwise than base64url
                return Sample('b"\\xfb\\xff%d" % n', lambda n: b"\xfb\xff%d" % n)
            return Sample("str(n).encode()", lambda n: str(n).encode())
        case "inet":
            return text("10.0.0.{n}")
        case "cidr":
            return text("10.{n}.0.0/16")
        case "ltree":
            return text(f"{field.name[:24]}.n{{n}}")
        case "vector":
            size = field.type.length or 0
            return Sample(f"[n + 0.5] * {size}", lambda n: [n + 0.5] * size)
        case "custom":
            return _custom(field)
    return text("08:00:2b:00:00:{n:02x}")


def _enum(field: Field) -> Sample:
    assert field.type.enum is not None
    name, values = field.type.enum.name, field.type.enum.values
    if len(values) == 1:
        return Sample(f"next(iter({name}))", lambda n: values[0], 1)
    many = len(values)
    return Sample(f"list({name})[n % {many}]", lambda n: values[n % many], many)


def _custom(field: Field) -> Sample:
    custom = field.type.custom
    assert custom is not None
    if custom.python != "str":
        return number(end="" if custom.python == "int" else ".5")
    parts = re.split(r"(\{n(?::\w+)?\})", custom.example or "")
    parts[::2] = [text.replace("{", "{{").replace("}", "}}") for text in parts[::2]]
    return text("".join(parts))


def _range(lower: Sample, upper: Sample) -> Sample:
    def value(n: int) -> Span:
        return Span(lower.value(n), upper.value(n), "[)", empty=False)

    return Sample(call("Range", lower.code, upper.code), value)


def _ends(field: Field) -> list[Sample]:
    """Of a range, as PostgreSQL gives it back."""
    bound = info(field.type).bound
    match bound:
        case "int" | "bigint":
            return [number(), number(10)]
        case "numeric":
            return [_fraction(".50"), _fraction(".75")]
    return [_day(bound or "", month) for month in (1, 3)]


def _fraction(end: str, start: int = 0) -> Sample:
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


def _apart(field: Field, position: int) -> Sample | None:
    """A range or a time in the nine days, or the ten numbers, of `n`."""
    kind = info(field.type).bound or field.type.name
    is_range = info(field.type).family == "range"
    if kind in ("int", "bigint") and is_range:
        ends = (Sample("n * 10", lambda n: n * 10), Sample("n * 10 + 9", lambda n: n * 10 + 9))
        return _range(*ends)
    if kind == "numeric" and is_range:
        return _range(*_ends(field))
    if kind not in ("date", "timestamp", "timestamptz"):
        return None
    if not is_range and any(limit is not None for limit in (_low(field), _high(field))):
        return None
    first: Any = dt.date(2026, 1, 1)
    if kind != "date":
        first = dt.datetime(2026, 1, 1, tzinfo=dt.UTC if kind == "timestamptz" else None)

    def days(more: int) -> Sample:
        many = f"n * 9 + {more}" if more else "n * 9"
        code = f"{python_value(first)} + dt.timedelta(days={many})"
        return Sample(code, lambda n: first + dt.timedelta(days=n * 9 + more))

    return _range(days(position), days(3 + position)) if is_range else days(position)


def unit(field: Field) -> Decimal:
    """The least difference of two decimals."""
    return Decimal(1).scaleb(-(field.type.scale or 0))


def _places(field: Field) -> int:
    """How many digits behind the point samples have: as many as the column, or as the limits."""
    if field.type.precision is not None:
        return field.type.scale or 0
    limits = [it for it in (field.min, field.max, field.gt, field.lt) if it is not None]
    return max([2, *(-int(it.as_tuple().exponent) for it in limits)])


def _room(field: Field) -> Decimal:
    """What samples stay below."""
    digits = 30 if field.type.precision is None else field.type.precision
    return Decimal(10) ** (digits - _places(field))


def _step(field: Field) -> Any:
    """From a limit to the first value beyond it, of numbers and times."""
    if field.type.name == "decimal":
        return Decimal(1).scaleb(-_places(field))
    return dt.timedelta(days=1) if info(field.type).family == "time" else 1


def _low(field: Field) -> Any:
    """The least value that the limits leave, of numbers and times; None for no limit."""
    return field.min if field.gt is None else field.gt + _step(field)


def _high(field: Field) -> Any:
    return field.max if field.lt is None else field.lt - _step(field)


def _float(field: Field, position: int) -> Sample:
    low, high = _low(field), _high(field)
    if high is None and (low is None or low <= 1):
        return number(position, ".5")
    if high is not None and low is not None:
        return constant((float(low) + float(high)) / 2)
    return counted(low, 1) if high is None else countdown(high)


def _integer(field: Field, position: int) -> Sample:
    low, high = _low(field), _high(field)
    if (low is None or low <= 1) and (high is None or high >= ROWS + position):
        return number(position)
    if high is None or (low is not None and high - low >= ROWS):
        return counted(low, 1)
    if low is None:
        return countdown(high)
    many = high - low + 1
    if many == 1:
        return constant(low)
    return Sample(f"{low} + n % {many}", lambda n: low + n % many, many)


def _decimal(field: Field, position: int) -> Sample:
    """With exactly the column's decimals, as PostgreSQL gives it back."""
    low, high = _low(field), _high(field)
    scale, room = _places(field), _room(field)
    start = 0 if low is None or low < 1 else int(low) + 1
    if (high is None or high > ROWS + start) and room > ROWS + start + position:
        return _fraction(f".{'0' * scale}" if scale else "", start + position)
    least = Decimal(1).scaleb(-scale)
    if low is None:
        low = Decimal(0) if high is None or high > least * ROWS else high - least * ROWS
    return counted(low.quantize(least), least)


def _text(field: Field) -> Sample:
    entry = info(field.type)
    if field.type.name == "email":
        return text(f"{kebab(field.name)}-{{n}}@example.com")
    if field.type.name == "url":
        return text(f"https://example.com/{kebab(field.name)}/{{n}}")
    lengths = [field.type.length, field.max_length, entry.length, field.shortest]
    longest = min((length for length in lengths if length is not None), default=200)
    shortest = field.min_length or 0
    if field.type.name == "char" and longest <= 60:
        shortest = longest  # or the row would have padding that the API leaves out
    name = field.name[:24].strip("_")
    short = name.replace("_", "")
    templates = [
        *(name.replace("_", " ") + " {n}", kebab(name) + "-{n}", name + "_{n}"),
        *(short + "{n}", short.upper() + "{n}", name[0] + "{n}", name[0].upper() + "{n}"),
        *(f"{{n:0{width}d}}" for width in range(1, min(longest, 60) + 1)),
        *(f"{lead}{{n:0{width}d}}" for lead in "Aa" for width in range(1, min(longest, 60) + 1)),
    ]
    values = matching(field.pattern, shortest, longest)
    templates += [re.sub("[0-9]+$", "", value) + "{n}" for value in values[:9] if "{" not in value]
    for template in templates:
        if fits(template, field.pattern, shortest, longest, ROWS):
            return text(template)
    return one_of(values[: 12 if field.key else 6])


def _time(field: Field, position: int) -> Sample:
    low, high = _low(field), _high(field)
    bound = low if low is not None else high
    day = dt.timedelta(days=1)
    match field.type.name:
        case "interval" if bound is None:
            return Sample("dt.timedelta(hours=n)", lambda n: dt.timedelta(hours=n))
        case "time" | "timetz" if bound is None:
            hour, zone = position % 24, dt.UTC if field.type.name == "timetz" else None
            code = call("dt.time", str(hour), "n % 60", tzinfo="dt.UTC" if zone else None)
            return Sample(code, lambda n: dt.time(hour, n % 60, tzinfo=zone))
        case "interval" | "time" | "timetz":
            return constant(bound)
    if bound is None:
        return _day(field.type.name, 1 + position % 12, 12)
    sign, step = ("+", day) if low is not None else ("-", -day)
    code = f"{python_value(bound)} {sign} dt.timedelta(days=n)"
    return Sample(code, lambda n: bound + n * step)
