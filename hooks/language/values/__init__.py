"""Literals of models.yml as Python values of their type."""

from __future__ import annotations

import base64
import binascii
import decimal
import ipaddress
import json
import math
import re
import uuid
from collections.abc import Callable
from typing import Any

from .. import types
from ..diagnostics import Code, did_you_mean, show
from ..spec import Span, Type
from .times import convert_time
from .wrong import Wrong, quoted

__all__ = ["Wrong", "convert"]

Converter = Callable[[Type, Any], Any]


_DECIMAL = re.compile(r"-?[0-9]{1,1000}(\.[0-9]{1,1000})?")


def convert(type_: Type, value: Any) -> Any:
    """`value` as Python has it; raises `Wrong`."""
    if not type_.array:
        return _one(type_, value)
    if not isinstance(value, list):
        raise Wrong(f"{show(value)} is not a list")
    scalar = Type(type_.name, type_.length, type_.precision, type_.scale, type_.enum)
    return [_one(scalar, item) for item in value]


def _one(type_: Type, value: Any) -> Any:
    if value is None:
        raise Wrong("null is not a value here: leave it out", Code.NULL)
    convert_ = BY_NAME.get(type_.name) or BY_FAMILY[types.info(type_).family]
    return convert_(type_, value)


def _integer(type_: Type, value: Any) -> int:
    info = types.info(type_)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(f"{show(value)} is not a whole number")
    if not info.low <= value <= info.high:
        raise Wrong(f"{show(value)} is out of the range of {type_.name}", Code.OUT_OF_RANGE)
    return value


def _bool(type_: Type, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"{show(value)} is not true or false")
    return value


def _uuid(type_: Type, value: Any) -> uuid.UUID:
    try:
        return uuid.UUID(quoted(value))
    except ValueError:
        raise Wrong(f"{show(value)} is not a UUID") from None


def _float(type_: Type, value: Any) -> float:
    info = types.info(type_)
    if isinstance(value, str):
        raise Wrong(f"{show(value)} is text: write the number bare, with a point, as in 1000.0")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(f"{show(value)} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or (info.high is not None and not info.low <= number <= info.high):
        raise Wrong(f"{show(value)} is out of the range of {type_.name}", Code.OUT_OF_RANGE)
    return number


def _decimal(type_: Type, value: Any) -> decimal.Decimal:
    if isinstance(value, float):
        raise Wrong(f"{show(value)} is inexact: quote it, as in '{show(value)}'", Code.INEXACT)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Wrong(f"{show(value)} is not a number")
    if isinstance(value, int) and value.bit_length() > 4000:
        raise Wrong("has too many digits", Code.OUT_OF_RANGE)
    if not _DECIMAL.fullmatch(str(value)):
        raise Wrong(f"{show(value)} is not a decimal number, as in '0.00'")
    number = decimal.Decimal(str(value))
    if type_.precision is None:
        return number or abs(number)
    precision, scale = type_.precision, type_.scale or 0
    _, digits, exponent = number.as_tuple()
    decimals = -int(exponent)
    if decimals > scale:
        raise Wrong(f"{show(value)} has more than {scale} decimal places", Code.DECIMALS)
    if number and len(digits) - decimals > precision - scale:
        raise Wrong(
            f"{show(value)} is out of the range of decimal({precision},{scale})", Code.OUT_OF_RANGE
        )
    return number or abs(number)  # no -0


def _text(type_: Type, value: Any) -> str:
    info, text = types.info(type_), quoted(value)
    longest = type_.length or info.length
    if longest is not None and len(text) > longest:
        raise Wrong(f"{show(value)} is longer than {longest}", Code.TOO_LONG)
    if info.pattern and not re.fullmatch(info.pattern, text):
        raise Wrong(f"{show(value)} is not a {type_.name}: {info.pattern}")
    if type_.name == "email" and not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", text):
        raise Wrong(f"{show(value)} is not an email address")
    if type_.name == "url" and not re.fullmatch(r"https?://[^/\s]+\S*", text):
        raise Wrong(f"{show(value)} is not an http or https URL")
    return text.rstrip(" ") if type_.name == "char" else text


def _json(type_: Type, value: Any) -> Any:
    try:
        text = json.dumps(value, allow_nan=False)
        _strict(value)
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        what = f"{show(value)} is not JSON: quote dates, keys and the like; no NaN, no NUL"
        raise Wrong(what) from None


def _strict(value: Any) -> None:
    """Raise for what `json` accepts and JSONB doesn't: keys that aren't text, NUL, surrogates."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError
            _strict(key)
            _strict(item)
    elif isinstance(value, list):
        for item in value:
            _strict(item)
    elif isinstance(value, tuple):
        raise TypeError
    elif isinstance(value, str) and "\0" in value.encode().decode():
        raise ValueError


def _range(type_: Type, value: Any) -> Span:
    if not isinstance(value, dict) or not value.keys() <= {"lower", "upper", "bounds", "empty"}:
        what = f"{show(value)} is not a {type_.name}, as in {{lower: …, upper: …, bounds: '[)'}}"
        raise Wrong(what)
    lower, upper = _end(type_, value.get("lower")), _end(type_, value.get("upper"))
    bounds, empty = value.get("bounds", "[)"), value.get("empty", False)
    if bounds not in ("[)", "[]", "(]", "()"):
        raise Wrong(f"bounds: {show(bounds)} is not '[)', '[]', '(]' or '()'")
    if not isinstance(empty, bool) or (empty and (lower, upper) != (None, None)):
        raise Wrong("an empty range has neither lower nor upper: write empty: true alone")
    if lower is not None and upper is not None and lower > upper:
        raise Wrong(f"lower: {lower} is greater than upper: {upper}")
    return Span(lower, upper, bounds, empty)


def _end(type_: Type, value: Any) -> Any:
    """One end of a range; None is no end."""
    bound = types.info(type_).bound
    if value is None or bound is None:
        return value
    if bound == "numeric":
        return _decimal(Type("decimal"), value)
    return _one(Type(bound), value)


def _bytes(type_: Type, value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode(quoted(value), validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(f"{show(value)} is not base64") from None


def _vector(type_: Type, value: Any) -> list[float]:
    if not isinstance(value, list) or len(value) != type_.length:
        raise Wrong(f"{show(value)} is not a list of {type_.length} numbers")
    return [_one(Type("real"), item) for item in value]


def _custom(type_: Type, value: Any) -> Any:
    if type_.custom and type_.custom.python != "str":
        return _one(Type("bigint" if type_.custom.python == "int" else "float"), value)
    return quoted(value)


def _ltree(type_: Type, value: Any) -> str:
    text = quoted(value)
    if not re.fullmatch(r"[A-Za-z0-9_]{1,255}(\.[A-Za-z0-9_]{1,255})*", text):
        raise Wrong(f"{show(text)} is not an ltree, as in 'top.science.astronomy'")
    return text


def _enum(type_: Type, value: Any) -> str:
    text = quoted(value)
    assert type_.enum is not None
    if text not in type_.enum.values:
        near = did_you_mean(text, type_.enum.values)
        raise Wrong(f"{show(text)} is not a value of {type_.enum.name}{near}", Code.NOT_IN_ENUM)
    return text


def _address(type_: Type, value: Any) -> str:
    text = quoted(value)
    try:
        if type_.name == "cidr":
            return str(ipaddress.ip_network(text))
        if "/" in text:
            return str(ipaddress.ip_interface(text))
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise Wrong(f"{show(text)} is not of type {type_.name}: {error}") from None


def _macaddr(type_: Type, value: Any) -> str:
    text = quoted(value)
    if not re.fullmatch(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", text):
        raise Wrong(f"{show(text)} is not a MAC address, as in '08:00:2b:01:02:03'")
    return text.lower()


BY_FAMILY: dict[str, Converter] = {
    "integer": _integer,
    "float": _float,
    "decimal": _decimal,
    "bool": _bool,
    "text": _text,
    "time": convert_time,
    "uuid": _uuid,
    "json": _json,
    "range": _range,
}
BY_NAME: dict[str, Converter] = {
    "bytes": _bytes,
    "vector": _vector,
    "custom": _custom,
    "tsvector": lambda _, value: quoted(value),
    "ltree": _ltree,
    "enum": _enum,
    "inet": _address,
    "cidr": _address,
    "macaddr": _macaddr,
}
