"""Values by the type and the limits of a field: what nothing may accept, and unknown keys."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from tests.factories import as_json
from tests.support.facts import Field, Resource

BITS = {"smallint": 15, "int": 31, "bigint": 63}
FLOATS = {"float", "real"}
NUMBERS = {*BITS, *FLOATS, "decimal"}
TEXTS = {"string", "char", "varchar", "text", "citext", "email", "url", "slug"}
MOMENTS = {"date", "timestamp", "timestamptz"}
TIMES = {*MOMENTS, "time", "timetz", "interval"}
JSONS = {"json", "json_text"}
# Of no type that has them: a number, an array, …
ODD: dict[str, Sequence[Any]] = {
    **dict.fromkeys(BITS, ("one", 1.5, True)),
    **dict.fromkeys(FLOATS, ("one", True)),
    **dict.fromkeys(TEXTS, (1, "\0")),
    "decimal": ("one", "NaN", "Infinity"),
    "email": (1, "\0", "?", "A <a@example.com>"),
    "url": (1, "\0", "?"),
    "date": ("soon", 1),
    "time": ("soon", 1, "10:00:00.1234567"),
    "timetz": ("soon", 1),
    "timestamp": (
        *("soon", 1),
        *("2026-01-02T03:04:05.1234567", "2026-01-02T03:04:05Z"),
    ),
    "timestamptz": (
        *("soon", 1, "2026-01-02T03:04:05.1234567Z", "2026-01-02T03:04:05"),
        "0001-01-01T00:00:00+01:00",
    ),
    # The last is one day more than Python has.
    "interval": ("soon", 1, "PT0.1234567S", "-P999999999DT23H"),
    "bool": ("yes", 1),
    "uuid": ("1", 1),
    **dict.fromkeys(JSONS, ({"deep": ["\0"]},)),
    "ltree": ("", "a..b", "a b", 1),
    "str": (1, "\0"),  # of types that only PostgreSQL knows
    "integer": ("one", 1.5),
    "number": ("one",),
}


# With digits after the second.
FRACTIONS = {
    "time": "10:00:00{}",
    "timetz": "10:00:00{}Z",
    "timestamp": "2026-01-02T03:04:05{}",
    "timestamptz": "2026-01-02T03:04:05{}Z",
    "interval": "PT1{}S",
}


class Bad(NamedTuple):
    """A value that a field can't have, and the limit that it is beyond."""

    field: Field
    limit: str
    value: Any

    @property
    def name(self) -> str:
        return f"{self.field.name}-{self.limit}"


def bad_values(resource: Resource) -> Iterator[Bad]:
    """What a create has to refuse, a limit of a field each."""
    for field in resource.fields:
        if field.creatable and resource.reference_of(field.attribute) is None:
            for limit, value in {
                **refused(field, resource),
                **unreachable(field, resource),
            }.items():
                yield Bad(field, limit, value)


def refused(field: Field, resource: Resource) -> dict[str, Any]:
    null = {} if field.optional else {"null": None}
    others: Sequence[Any] = ODD.get(field.type, ("?", 1))
    if field.type.endswith("range"):
        others = odd_ranges(resource.sample(1)[field.attribute])
    if field.type == "vector":
        others = odd_vectors(field.max_length or 0)
    found = {**null, **{f"{it!a:.30}": it for it in others}, **beyond_type(field)}
    found |= {limit: in_body(it) for limit, it in beyond(field).items()}
    if field.type in TEXTS:
        found |= too_long(field) | too_short(field) | mismatch(field)
    if field.array:
        return {
            **null,
            "'x'": "x",
            **{f"[{limit}]": [it] for limit, it in found.items()},
        }
    return found


def odd_ranges(sample: Any) -> list[Any]:
    one = sample[0] if isinstance(sample, list) else sample
    lower, upper = as_json({"lower": one.lower, "upper": one.upper}).values()
    return [
        *("[1,2)", {"from": 1}, {"bounds": "[["}, {"lower": "one"}, {"lower": True}),
        *(
            {"empty": 1},
            {"lower": upper, "upper": lower},
            {"lower": lower, "empty": True},
        ),
    ]


def odd_vectors(length: int) -> list[Any]:
    numbers = [1.0] * (length - 1)
    return ["[1]", [*numbers, "one"], [*numbers, 1e39], [*numbers, 1.0, 1.0], []]


def beyond_type(field: Field) -> dict[str, Any]:
    """What the type of the column has no room for."""
    if field.type in BITS:
        end = 2 ** BITS[field.type]
        return {"highest": end, "lowest": -end - 1}
    if field.type == "decimal" and field.precision:
        whole = 10 ** (field.precision - field.scale)
        return {"precision": f"{whole}", "scale": f"0.{'0' * field.scale}1"}
    if field.type in FRACTIONS and field.digits < 6:
        return {"digits": FRACTIONS[field.type].format(f".{'0' * field.digits}1")}
    return {}


def unit(field: Field) -> Any:
    """From a limit to the first value beyond it."""
    if field.type == "decimal":
        return Decimal(1).scaleb(-field.scale)
    return dt.timedelta(days=1) if field.type in TIMES else 1


def beyond(field: Field) -> dict[str, Any]:
    """The first value beyond each limit, of numbers and days."""
    if field.type not in NUMBERS | {*MOMENTS, "interval"}:
        return {}
    found = {
        "min": None if field.min is None else field.min - unit(field),
        "max": None if field.max is None else field.max + unit(field),
        "gt": field.gt,
        "lt": field.lt,
    }
    return {limit: it for limit, it in found.items() if it is not None}


def in_body(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else as_json({"": value})[""]


def too_long(field: Field) -> dict[str, Any]:
    longest = field.max_length
    return {} if longest is None else {"max_length": "x" * (longest + 1)}


def too_short(field: Field) -> dict[str, Any]:
    return {"min_length": "x" * (field.min_length - 1)} if field.min_length else {}


def mismatch(field: Field, shortest: int = 0, longest: int = 200) -> dict[str, Any]:
    """A text that the pattern doesn't match, where there is one."""
    texts = ("?", "a b", "A_", "0", "")
    found = [it for it in texts if not re.search(field.pattern or "", it)]
    fitting = [it for it in found if shortest <= len(it) <= longest]
    return {"pattern": fitting[0]} if fitting else {}


def unreachable(field: Field, resource: Resource) -> dict[str, Any]:
    """Texts that no path to a row can have."""
    leads = field.attribute in resource.key or field.attribute in resource.upsert
    if leads and field.type in ("bytes", "inet"):
        return {"empty": ""} if field.type == "bytes" else {"network": "10.0.0.1/8"}
    if not leads or field.type not in TEXTS - {"email", "url"}:
        return {}
    return {it: it for it in ("", "..", "\ufdd0", *field.reserved)}


def unstorable(field: Field) -> list[Any]:
    """A value that is one of the type to JSON, and not to PostgreSQL."""
    if field.type in BITS:
        return [2**63]
    if field.type in TEXTS:
        return ["\0"]
    return {"decimal": ["1e200000"], "ltree": ["a..b"]}.get(field.type, [])


def unfit(resource: Resource) -> Iterator[Bad]:
    """What NOT NULL and the checks of the database keep out, a limit each."""
    for field in resource.fields:
        if field.creatable and resource.reference_of(field.attribute) is None:
            for limit, value in kept_out(field).items():
                yield Bad(field, limit, value)


def kept_out(field: Field) -> dict[str, Any]:
    null = {} if field.optional or field.type in JSONS else {"null": None}
    if field.array:
        return null
    limits = beyond(field) if field.type in NUMBERS else {}
    room = None
    if field.type == "decimal" and field.precision:
        room = 10 ** (field.precision - field.scale)
    if field.type in BITS:
        room = 2 ** BITS[field.type]
    limits = {
        limit: it for limit, it in limits.items() if room is None or abs(it) < room
    }
    if field.type in TEXTS:
        longest = field.max_length or 200
        limits = too_short(field) | mismatch(field, field.min_length or 0, longest)
    return {**null, **limits}


UNKNOWN = {
    **dict.fromkeys((*BITS, "decimal"), "0"),
    "uuid": "00000000-0000-0000-0000-000000000000",
    "bool": "false",
    "date": "1999-01-01",
    "time": "23:59:59",
    "timetz": "23:59:59Z",
    "timestamp": "1999-01-01T00:00:00",
    "timestamptz": "1999-01-01T00:00:00Z",
    "interval": "PT1S",
    "macaddr": "00:00:00:00:00:00",
    "bytes": "dW5rbm93bg==",
    "ltree": "unknown",
    "inet": "10.255.0.0",
    "email": "unknown@example.com",
    "url": "unknown",
}


def unknown(field: Field) -> Any:
    """A key that the first of the samples hasn't, in JSON."""
    if field.type == "enum":
        return field.values[0]
    if field.type in BITS or field.type == "bool":
        return 0 if field.type in BITS else False
    return UNKNOWN.get(field.type, "unknown~~"[: field.max_length])


def unknown_key(resource: Resource) -> dict[str, Any]:
    return {it.name: unknown(it) for it in resource.fields_of(*resource.key)}
