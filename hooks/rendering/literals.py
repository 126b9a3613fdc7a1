"""Values of models.yml, written as Python."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import re
import uuid
from dataclasses import replace
from typing import Any

from ..language.spec import Field, Span, Type
from ..language.types import info
from .code import call, literal, sequence
from .enums import enum_class


def python_value(value: Any) -> str:
    """The expression that makes `value`, behind the imports that `rendering.types` names."""
    match value:
        case decimal.Decimal():
            return f'Decimal("{value}")'
        case uuid.UUID():
            return f'UUID("{value}")'
        case dt.datetime():
            zone = "dt.UTC" if value.tzinfo else None
            value = value.astimezone(dt.UTC) if value.tzinfo else value
            parts = _parts(*value.timetuple()[:6], value.microsecond)
            return call("dt.datetime", *parts, tzinfo=zone)
        case dt.date():
            return call("dt.date", *_parts(value.year, value.month, value.day))
        case dt.time():
            zone = "dt.UTC" if value.tzinfo else None
            parts = _parts(value.hour, value.minute, value.second, value.microsecond)
            return call("dt.time", *parts, tzinfo=zone)
        case dt.timedelta():
            given = {"days": value.days, "seconds": value.seconds}
            given["microseconds"] = value.microseconds
            return call("dt.timedelta", **{unit: str(n) for unit, n in given.items() if n})
        case Span(empty=True):
            return "Range(empty=True)"
        case Span():
            bounds = None if value.bounds == "[)" else literal(value.bounds)
            ends = python_value(value.lower), python_value(value.upper)
            return call("Range", *ends, bounds=bounds)
        case list():
            return sequence(map(python_value, value))
        case dict():
            pairs = (f"{python_value(k)}: {python_value(v)}" for k, v in value.items())
            return sequence(pairs, "{}")
        case _:
            return literal(value)


def field_value(field: Field, value: Any) -> str:
    """`value` of the type of `field`: a member where that is an enum."""
    if field.type.enum and isinstance(value, list):
        return sequence(field_value(field, item) for item in value)
    if field.type.enum:
        members = enum_class(field.type.enum).members
        name = next(name for name, it in members.items() if it == value)
        return f"{field.type.enum.name}.{name}"
    return python_value(value)


def factory(field: Field, value: list[Any] | dict[Any, Any]) -> str:
    """What makes `value` anew for each row."""
    made = field_value(field, value)
    return {"[]": "list", "{}": "dict"}.get(made, f"lambda: {made}")


def stored_text(type_: Type, value: Any) -> str:
    """What PostgreSQL reads as the value that it is sent for `value`."""
    if type_.array:
        inner = replace(type_, array=False)
        return f"{{{','.join(_quoted(stored_text(inner, item)) for item in value)}}}"
    if info(type_).family == "json":
        return json.dumps(value, ensure_ascii=False)
    return _text(value)


def _text(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case decimal.Decimal():
            return f"{value:f}"
        case bytes():
            return rf"\x{value.hex()}"
        case dt.datetime():
            return value.isoformat(" ")
        case dt.timedelta():
            hours, seconds = divmod(value.seconds, 3600)
            time = dt.time(0, seconds // 60, seconds % 60, value.microseconds)
            sign = "+" if value.days < 0 else ""
            return f"{value.days} days {sign}{hours:02}{time.isoformat()[2:]}"
        case Span(empty=True):
            return "empty"
        case Span():
            lower, upper = (
                "" if end is None else _quoted(_text(end)) for end in (value.lower, value.upper)
            )
            return f"{value.bounds[0]}{lower},{upper}{value.bounds[1]}"
        case _:
            return str(value)


def _quoted(text: str) -> str:
    """An element of an array, or an end of a range."""
    if re.fullmatch(r"[\w.+-]+", text, re.ASCII) and text.lower() != "null":
        return text
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _parts(*numbers: int) -> list[str]:
    """Without the zeros at the end, of which the first three or two are required."""
    kept = list(numbers)
    while len(kept) > 3 and not kept[-1]:
        kept.pop()
    return list(map(str, kept))
