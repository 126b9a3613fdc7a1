"""Dates, times and intervals."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .. import types
from ..diagnostics import Code, show
from ..spec import Type
from .wrong import Wrong

_INTERVAL: TypeAdapter[dt.timedelta] = TypeAdapter(dt.timedelta)
_WRITE = {
    dt.date: "'2026-01-31'",
    dt.time: "'12:30'",
    dt.datetime: "'2026-01-31T12:30:00'",
    dt.timedelta: "P1DT12H",
}


def convert_time(type_: Type, value: Any) -> Any:
    kind = types.info(type_).literal
    assert isinstance(kind, type)
    given = value
    if isinstance(value, bool | int | float):
        raise Wrong(
            f"YAML reads a number here ({show(value)}): quote it, as in {_WRITE[kind]}", Code.QUOTE
        )
    if isinstance(value, str):
        try:
            parsed = _interval(value) if kind is dt.timedelta else kind.fromisoformat(value)  # type: ignore[attr-defined]
        except (ValueError, OverflowError):
            what = f"{show(value)} is not a {type_.name}, as in {_WRITE[kind]}"
            raise Wrong(what) from None
        value = parsed
    if type(value) is not kind:
        raise Wrong(f"{show(value)} is not a {type_.name}: quote it, as in {_WRITE[kind]}")
    unit = "microseconds" if kind is dt.timedelta else "microsecond"
    if type_.precision is not None and getattr(value, unit) % 10 ** (6 - type_.precision):
        what = f"{show(given)} has more digits after the second than {type_.precision}"
        raise Wrong(what, Code.DECIMALS)
    if type_.name in ("timestamptz", "timetz"):
        return _aware(value, type_.name)
    if getattr(value, "tzinfo", None) is not None:
        raise Wrong(f"{show(value)} has a time zone, a {type_.name} has none", Code.TIME_ZONE)
    return value


def _interval(text: str) -> dt.timedelta:
    if not re.search(r"P|:", text) or not text.isascii():
        raise ValueError
    try:
        return _INTERVAL.validate_python(text)
    except ValidationError:
        raise ValueError from None


def _aware(value: Any, name: str) -> Any:
    if value.tzinfo is None:
        raise Wrong(
            f"{show(value)} has no time zone: write one, as in …+00:00 or …Z", Code.TIME_ZONE
        )
    if isinstance(value, dt.time):
        if value.utcoffset():
            raise Wrong(f"{show(value)} is not in UTC: write it like '12:30+00:00'", Code.TIME_ZONE)
        return value.replace(tzinfo=dt.UTC)
    try:
        return value.astimezone(dt.UTC)
    except OverflowError:
        raise Wrong(f"{show(value)} is out of the range of {name}", Code.OUT_OF_RANGE) from None
