"""The types of request and response bodies: what PostgreSQL can store, and no more.

Numbers in bodies are numbers and dates are text: nothing is guessed. In paths and
queries everything is text, hence the types named `…Parameter`.
"""

import base64
import binascii
import datetime as dt
import ipaddress
import json
import re
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    PlainSerializer,
    StrictBool,
    StrictFloat,
    StrictInt,
    TypeAdapter,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

T = TypeVar("T")
Clock = TypeVar("Clock", dt.datetime, dt.time)
Day = TypeVar("Day", dt.date, dt.datetime)


class Input(BaseModel):
    """A request body. A field that isn't known is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Output(BaseModel):
    """A response body, filled from a row."""

    model_config = ConfigDict(from_attributes=True)


class Created(BaseModel):
    """How many rows a bulk create made."""

    created: int


Bulk = Annotated[list[T], Field(min_length=1, max_length=10_000)]


# PostgreSQL can't store NUL. (Half a surrogate pair is no text to a pattern.)
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
Char = Annotated[Text, AfterValidator(lambda value: value.rstrip(" "))]

Int16 = Field(ge=-(2**15), le=2**15 - 1)
Int32 = Field(ge=-(2**31), le=2**31 - 1)
Int64 = Field(ge=-(2**63), le=2**63 - 1)
SmallInteger = Annotated[StrictInt, Int16]
Integer = Annotated[StrictInt, Int32]
BigInteger = Annotated[StrictInt, Int64]
SmallIntegerParameter = Annotated[int, Int16]
IntegerParameter = Annotated[int, Int32]
BigIntegerParameter = Annotated[int, Int64]
Boolean = StrictBool
Float = Annotated[StrictFloat, Field(allow_inf_nan=False)]
Real = Annotated[Float, Field(ge=-3.4028234663852886e38, le=3.4028234663852886e38)]


def text_only(value: object) -> object:
    """Pydantic would read a number as seconds, since 1970 for a date."""
    if not isinstance(value, str) or re.fullmatch(r"\s*[-+]?[\d._]*\s*", value):
        raise ValueError("Input should be text in ISO 8601")
    return value


def zoned(value: Clock) -> Clock:
    if value.tzinfo is None:
        raise ValueError("Input should have a time zone")
    return value


def naive(value: Clock) -> Clock:
    if value.tzinfo is not None:
        raise ValueError("Input should not have a time zone")
    return value


def in_utc(value: dt.datetime) -> dt.datetime:
    try:
        return zoned(value).astimezone(dt.UTC)
    except OverflowError:
        raise ValueError("Input should be in the years 1 to 9999 in UTC") from None


def finite(value: Day) -> Day:
    """What Python has first and last is PostgreSQL's infinity to asyncpg."""
    if isinstance(value, dt.datetime):
        infinite = value.replace(tzinfo=None) in (dt.datetime.min, dt.datetime.max)
    else:
        infinite = value in (dt.date.min, dt.date.max)
    if infinite:
        raise ValueError("Input should be after 0001-01-01 and before 9999-12-31")
    return value


Date = Annotated[dt.date, BeforeValidator(text_only), AfterValidator(finite)]
Time = Annotated[dt.time, BeforeValidator(text_only), AfterValidator(naive)]
TimeTz = Annotated[dt.time, BeforeValidator(text_only), AfterValidator(zoned)]
Timestamp = Annotated[
    dt.datetime,
    BeforeValidator(text_only),
    AfterValidator(naive),
    AfterValidator(finite),
]
TimestampTz = Annotated[
    dt.datetime,
    BeforeValidator(text_only),
    AfterValidator(in_utc),
    AfterValidator(finite),
]


def in_range(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(value)
    except OverflowError:
        raise ValueError("Input should be within 999,999,999 days") from None


Interval = Annotated[dt.timedelta, WrapValidator(in_range), BeforeValidator(text_only)]


NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def storable_json(value: Any) -> Any:
    """JSON proper: no NaN, no NUL and no half of a surrogate pair, at any depth."""
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        encoded = json.dumps(value)
    except (ValueError, RecursionError):
        raise ValueError("Input should be JSON") from None
    if value is None or NUL.search(encoded):
        raise ValueError("Input should be JSON, without null and NUL")
    if depth(value) > DEEPEST:
        raise ValueError(f"Input should be at most {DEEPEST} levels deep")
    return value


def depth(value: Any) -> int:
    levels, layer = 0, [value]
    while layer := [it for it in layer if isinstance(it, dict | list)]:
        levels += 1
        layer = [
            child
            for it in layer
            for child in (it.values() if isinstance(it, dict) else it)
        ]
    return levels


DEEPEST = 100  # Pydantic can't write more than some 250


Json = Annotated[
    Any,
    AfterValidator(storable_json),
    WithJsonSchema({"type": ["object", "array", "string", "number", "boolean"]}),
]


def from_base64(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("Input should be base64") from None


def to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


Bytes = Annotated[
    bytes,
    BeforeValidator(from_base64),
    PlainSerializer(to_base64, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]


def inet(value: str) -> str:
    """A host, perhaps with its network: 10.0.0.1, 10.0.0.1/8, ::1."""
    try:
        if "/" in value:
            return str(ipaddress.ip_interface(value))
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise ValueError("Input should be an address: 10.0.0.1 or 10.0.0.1/8") from None


def cidr(value: str) -> str:
    """A network, with no bits set to the right of its mask: 10.0.0.0/8."""
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise ValueError("Input should be a network: 10.0.0.0/8") from None


def url(value: str) -> str:
    """An absolute http or https URL, kept as it was sent."""
    HTTP_URL.validate_python(value)
    return value


HTTP_URL = TypeAdapter(AnyHttpUrl)
MAC = r"^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$"

Inet = Annotated[Text, AfterValidator(inet)]
Cidr = Annotated[Text, AfterValidator(cidr)]
MacAddr = Annotated[str, Field(pattern=MAC), AfterValidator(str.lower)]
Email = Annotated[EmailStr, Field(max_length=254)]
Url = Annotated[
    str, Field(max_length=2048, pattern=r"^[^\s\x00]+$"), AfterValidator(url)
]


def segment(value: str) -> str:
    if value in (".", ".."):
        raise ValueError("A key can't be a dot or two")
    return value


def whole_key(value: str) -> str:
    if value in FIXED:
        raise ValueError(f"A key can't be one of {', '.join(FIXED)}")
    return value


# What stands at the place of a key in a path.
FIXED = ("bulk", "count", "export")
KeyPart = Annotated[str, Field(pattern=r"^[^/\x00]+$"), AfterValidator(segment)]
KeyText = Annotated[KeyPart, AfterValidator(whole_key)]
