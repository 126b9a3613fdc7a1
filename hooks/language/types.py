"""What a type of the language is, one row per type; `rendering.types` says how it is written."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from .spec import Field, Type

Family = Literal[
    "integer", "float", "decimal", "text", "time", "bool", "uuid", "json", "range", "other"
]


@dataclass(frozen=True, kw_only=True)
class TypeInfo:
    """What Slipway knows of a type."""

    family: Family
    sql: str  # in PostgreSQL; braces are filled in from the type's arguments, {size} with all
    literal: type | tuple[type, ...]  # what a checked default is in Python
    arguments: tuple[str, ...] = ()
    bare: bool = False  # the arguments may be left out, which is another type
    comparable: bool = True  # a list may be sorted by it, and filtered by equality
    key: bool = True  # may be part of a primary key
    key_class: str | None = None  # of the service, for a key: no model may be named like it
    low: Any = None  # the range of the column
    high: Any = None
    pattern: str | None = None  # that every value matches
    length: int | None = None  # of the column, if the language has no argument for it
    extension: str | None = None  # of PostgreSQL, that brings the type
    bound: str | None = None  # of a range: the type of its ends

    @property
    def stands_alone(self) -> bool:
        """Whether its name may be written without arguments."""
        return self.bare or not self.arguments


def _integer(bits: int, sql: str, key_class: str) -> TypeInfo:
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return TypeInfo(family="integer", sql=sql, literal=int, key_class=key_class, low=low, high=high)


def _text(sql: str, key_class: str = "Text", **more: Any) -> TypeInfo:
    return TypeInfo(family="text", sql=sql, literal=str, key_class=key_class, **more)


def _time(sql: str, literal: type, key_class: str, *arguments: str) -> TypeInfo:
    return TypeInfo(
        family="time",
        sql=sql,
        literal=literal,
        key_class=key_class,
        arguments=arguments,
        bare=bool(arguments),
    )


def _json(sql: str) -> TypeInfo:
    literal = (dict, list, str, int, float, bool)
    return TypeInfo(family="json", sql=sql, literal=literal, comparable=False, key=False)


def _range(sql: str, bound: str) -> TypeInfo:
    return TypeInfo(family="range", sql=sql, literal=dict, comparable=False, key=False, bound=bound)


TYPES: dict[str, TypeInfo] = {
    "smallint": _integer(16, "smallint", "SmallIntegerParameter"),
    "int": _integer(32, "integer", "IntegerParameter"),
    "bigint": _integer(64, "bigint", "BigIntegerParameter"),
    "float": TypeInfo(family="float", sql="double precision", literal=float, key=False),
    "real": TypeInfo(
        family="float",
        sql="real",
        literal=float,
        key=False,
        low=-3.4028234663852886e38,
        high=3.4028234663852886e38,
    ),
    "bool": TypeInfo(family="bool", sql="boolean", literal=bool),
    "string": _text("varchar({length})", arguments=("length",)),
    "char": _text("char({length})", arguments=("length",)),
    "varchar": _text("varchar"),
    "text": _text("text"),
    "citext": _text("citext", extension="citext"),
    "decimal": TypeInfo(
        family="decimal",
        sql="numeric{size}",
        literal=decimal.Decimal,
        arguments=("precision", "scale"),
        bare=True,
        key_class="DecimalParameter",
    ),
    "date": _time("date", dt.date, "Date"),
    "time": _time("time{size}", dt.time, "Time", "precision"),
    "timetz": _time("time{size} with time zone", dt.time, "TimeTz", "precision"),
    "timestamp": _time("timestamp{size}", dt.datetime, "Timestamp", "precision"),
    "timestamptz": _time("timestamp{size} with time zone", dt.datetime, "TimestampTz", "precision"),
    "interval": _time("interval{size}", dt.timedelta, "Interval", "precision"),
    "uuid": TypeInfo(family="uuid", sql="uuid", literal=uuid.UUID, key_class="UUID"),
    "json": _json("jsonb"),
    "json_text": _json("json"),
    "bytes": TypeInfo(family="other", sql="bytea", literal=bytes, key_class="KeyBytes"),
    # A network has a slash, which a path can't hold: a key of inet is a host.
    "inet": TypeInfo(family="other", sql="inet", literal=str, key_class="Inet"),
    "cidr": TypeInfo(family="other", sql="cidr", literal=str, key=False),
    "macaddr": TypeInfo(family="other", sql="macaddr", literal=str, key_class="MacAddr"),
    "email": _text("varchar(254)", "Email", length=254),
    "url": _text("varchar(2048)", "Url", length=2048),
    "slug": _text("varchar(100)", length=100, pattern="^[a-z0-9]+(-[a-z0-9]+)*$"),
    "int4range": _range("int4range", "int"),
    "int8range": _range("int8range", "bigint"),
    "numrange": _range("numrange", "numeric"),
    "daterange": _range("daterange", "date"),
    "tsrange": _range("tsrange", "timestamp"),
    "tstzrange": _range("tstzrange", "timestamptz"),
    "ltree": TypeInfo(
        family="other", sql="ltree", literal=str, key_class="Ltree", extension="ltree"
    ),
    "tsvector": TypeInfo(family="other", sql="tsvector", literal=str, comparable=False, key=False),
    "vector": TypeInfo(
        family="other",
        sql="vector({length})",
        literal=list,
        arguments=("length",),
        comparable=False,
        key=False,
        extension="vector",
    ),
    "custom": TypeInfo(
        family="other", sql="{custom}", literal=(str, int, float), comparable=False, key=False
    ),
    "enum": TypeInfo(family="other", sql="{enum}", literal=str),
}
# What can be written as a type; the others have forms of their own.
NAMES = [name for name in TYPES if name not in ("enum", "custom")]

# Values of types for the escape hatch, as PostgreSQL itself writes them.
EXAMPLES = {
    "box": "({n},1),(0,0)",
    "circle": "<({n},0),1>",
    "cube": "({n})",
    "hstore": '"n"=>"{n}"',
    "jsonpath": '$."n{n}"',
    "lseg": "[({n},0),(1,1)]",
    "macaddr8": "08:00:2b:01:02:03:04:{n:02x}",
    "money": "${n}.00",
    "name": "n{n}",
    "path": "(({n},0),(1,1))",
    "pg_lsn": "0/{n:X}",
    "point": "({n},0)",
    "polygon": "(({n},0),(1,1))",
    "tsquery": "'n{n}'",
    "xml": "<n>{n}</n>",
}

INDEX_METHODS = ("btree", "hash", "gin", "gist", "spgist", "brin")
# What GiST indexes by itself, and what else the extension btree_gist lets it hold.
BY_GIST = frozenset(("ltree", "tsvector", "custom"))
_BY_BTREE_GIST = (
    "smallint int bigint float real decimal string char varchar text email url slug date time"
    " timetz timestamp timestamptz interval uuid bytes inet cidr macaddr enum"
)
BY_BTREE_GIST = frozenset(_BY_BTREE_GIST.split())

# Types whose values PostgreSQL compares by one operator, so that one may refer to the other.
ALIKE = (
    {"smallint", "int", "bigint"},
    {"string", "varchar", "text", "email", "url", "slug"},
    {"inet", "cidr"},
)

ORDERED = ("gt", "gte", "lt", "lte")


def info(type_: Type) -> TypeInfo:
    return TYPES[type_.name]


def sql(type_: Type) -> str:
    """`type_` as PostgreSQL writes it, but for `[]`."""
    sizes = [str(it) for it in (type_.precision, type_.scale) if it is not None]
    return info(type_).sql.format(
        length=type_.length,
        size=f"({', '.join(sizes)})" if sizes else "",
        enum=type_.enum.type_name if type_.enum else "",
        custom=type_.custom.sql if type_.custom else "",
    )


def may_refer(local: Type, remote: Type) -> bool:
    """Whether PostgreSQL lets a column of the one type refer to one of the other."""
    if local.name == remote.name:
        return local.array == remote.array and local.enum == remote.enum
    return any({local.name, remote.name} <= alike for alike in ALIKE)


def narrower(local: Type, remote: Type) -> bool:
    """Whether some values of the one type are none of the other."""
    ours, theirs = info(local), info(remote)
    if ours.family == "integer":
        return bool(ours.high < theirs.high)
    lengths = [type_.length or info(type_).length for type_ in (local, remote)]
    room, most = (math.inf if it is None else it for it in lengths)
    return room < most or bool(ours.pattern and ours.pattern != theirs.pattern)


def sortable(field: Field) -> bool:
    """Whether a list can be sorted by `field`, and a cursor continue from a value of it."""
    return field.readable and info(field.type).comparable and not field.type.array


def filters(field: Field) -> list[str]:
    """The operators by which a list can be filtered by `field`; "" is equality."""
    family, operators = info(field.type).family, list[str]()
    if family == "range" and not field.type.array:
        operators = ["contains", "overlaps"]
    elif not info(field.type).comparable:
        return []
    elif field.type.array:
        operators = ["contains", "overlaps"]
    else:
        if family != "float":
            operators += [""] if family == "bool" else ["", "in"]
        if family in ("integer", "float", "decimal", "time") and not field.reference:
            operators += ORDERED
        if family == "text" and field.type.name != "char":  # which is padded
            operators.append("ilike")
    if field.optional:
        operators.append("isnull")
    return operators
