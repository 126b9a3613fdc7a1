"""One table of the types of the models language, a row a type."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from .language.spec import Field, Type
from .layout import literal

Family = Literal[
    "integer", "float", "decimal", "text", "time", "bool", "uuid", "json", "range", "other"
]


@dataclass(frozen=True, kw_only=True)
class Row:
    """What Slipway knows of a type; braces are filled in from the type's arguments."""

    family: Family
    sql: str  # PostgreSQL
    sqlalchemy: str  # behind `import sqlalchemy as sa` and its dialect as `postgresql`
    python: str  # the annotation inside `Mapped[…]`
    imports: tuple[str, ...] = ()  # what `python` needs, as for `layout.imports`
    input: str  # in request bodies: out of its `home` unless `python` is the same
    parameter: str | None = None  # in paths and queries, likewise; None where it can't be there
    read: str | None = None  # in response bodies, likewise; None where `python` does
    arguments: tuple[str, ...] = ()
    low: Any = None  # the range of the column
    high: Any = None
    literal: type | tuple[type, ...] = ()  # what a checked default is in Python
    key: bool = True  # may be part of a primary key
    pattern: str | None = None  # that every value has
    length: int | None = None  # of the column where the language has no argument for it
    extension: str | None = None  # of PostgreSQL, which has the type
    bound: str | None = None  # of a range: the type of its ends


def _integer(bits: int, sql: str, sqlalchemy: str, name: str) -> Row:
    return Row(
        family="integer",
        sql=sql,
        sqlalchemy=sqlalchemy,
        python="int",
        input=name,
        parameter=f"{name}Parameter",
        low=-(2 ** (bits - 1)),
        high=2 ** (bits - 1) - 1,
        literal=int,
    )


def _text(sql: str, sqlalchemy: str, name: str = "Text", **more: Any) -> Row:
    more |= {"parameter": name, "literal": str}
    return Row(family="text", sql=sql, sqlalchemy=sqlalchemy, python="str", input=name, **more)


def _time(sql: str, sqlalchemy: str, python: type, name: str) -> Row:
    return Row(
        family="time",
        sql=sql,
        sqlalchemy=sqlalchemy,
        python=f"dt.{python.__name__}",
        imports=("datetime as dt",),
        input=name,
        parameter=name,
        literal=python,
    )


def _address(sql: str, name: str, *, key: bool = True) -> Row:
    return Row(
        family="other",
        sql=sql,
        sqlalchemy=f"postgresql.{sql.upper()}",
        python="str",
        input=name,
        parameter=name,
        literal=str,
        key=key,  # an address with its network has a slash, which a path can't hold
    )


def _range(sql: str, python: str, name: str, bound: str) -> Row:
    """A range of the type that the language calls `bound`."""
    imports = {"dt.": "datetime as dt", "Decimal": "decimal:Decimal"}
    return Row(
        family="range",
        sql=sql,
        sqlalchemy=f"postgresql.{sql.upper()}",
        python=f"Range[{python}]",
        imports=(
            "sqlalchemy.dialects.postgresql:Range",
            *(it for word, it in imports.items() if python.startswith(word)),
        ),
        input=f"{name}Range",
        read=f"{name}Span",
        literal=dict,
        key=False,
        bound=bound,
    )


TYPES: dict[str, Row] = {
    "smallint": _integer(16, "smallint", "sa.SmallInteger", "SmallInteger"),
    "int": _integer(32, "integer", "sa.Integer", "Integer"),
    "bigint": _integer(64, "bigint", "sa.BigInteger", "BigInteger"),
    "float": Row(
        family="float",
        sql="double precision",
        sqlalchemy="sa.Double",
        python="float",
        input="Float",
        parameter="FiniteFloat",
        literal=float,
        key=False,
    ),
    "real": Row(
        family="float",
        sql="real",
        sqlalchemy="sa.REAL",
        python="float",
        input="Real",
        parameter="FiniteFloat",
        low=-3.4028234663852886e38,
        high=3.4028234663852886e38,
        literal=float,
        key=False,
    ),
    "bool": Row(
        family="bool",
        sql="boolean",
        sqlalchemy="sa.Boolean",
        python="bool",
        input="StrictBool",
        parameter="bool",
        literal=bool,
    ),
    "string": _text("varchar({length})", "sa.String({length})", arguments=("length",)),
    "char": _text("char({length})", "sa.CHAR({length})", read="Char", arguments=("length",)),
    "text": _text("text", "sa.Text"),
    "citext": _text("citext", "postgresql.CITEXT", extension="citext"),
    "decimal": Row(
        family="decimal",
        sql="numeric({precision}, {scale})",
        sqlalchemy="sa.Numeric({precision}, {scale})",
        python="Decimal",
        imports=("decimal:Decimal",),
        input="Decimal",
        parameter="DecimalParameter",
        arguments=("precision", "scale"),
        literal=decimal.Decimal,
    ),
    "date": _time("date", "sa.Date", dt.date, "Date"),
    "time": _time("time", "sa.Time", dt.time, "Time"),
    "timetz": _time("time with time zone", "sa.Time(timezone=True)", dt.time, "TimeTz"),
    "timestamp": _time("timestamp", "sa.DateTime", dt.datetime, "Timestamp"),
    "timestamptz": _time(
        "timestamp with time zone", "sa.DateTime(timezone=True)", dt.datetime, "TimestampTz"
    ),
    "interval": _time("interval", "sa.Interval", dt.timedelta, "Interval"),
    "uuid": Row(
        family="uuid",
        sql="uuid",
        sqlalchemy="sa.Uuid",
        python="UUID",
        imports=("uuid:UUID",),
        input="UUID",
        parameter="UUID",
        literal=uuid.UUID,
    ),
    "json": Row(
        family="json",
        sql="jsonb",
        sqlalchemy="postgresql.JSONB(none_as_null=True)",
        python="Any",
        imports=("typing:Any",),
        input="Json",
        literal=(dict, list, str, int, float, bool),
        key=False,
    ),
    "bytes": Row(
        family="other",
        sql="bytea",
        sqlalchemy="sa.LargeBinary",
        python="bytes",
        input="Bytes",
        read="Bytes",
        literal=bytes,
        key=False,
    ),
    "inet": _address("inet", "Inet", key=False),
    "cidr": _address("cidr", "Cidr", key=False),
    "macaddr": _address("macaddr", "MacAddr"),
    "email": _text("varchar(254)", "sa.String(254)", name="Email", length=254),
    "url": _text("varchar(2048)", "sa.String(2048)", name="Url", length=2048),
    "slug": _text("varchar(100)", "sa.String(100)", length=100, pattern="^[a-z0-9]+(-[a-z0-9]+)*$"),
    "int4range": _range("int4range", "int", "Integer", "int"),
    "int8range": _range("int8range", "int", "BigInteger", "bigint"),
    "numrange": _range("numrange", "Decimal", "Decimal", "numeric"),
    "daterange": _range("daterange", "dt.date", "Date", "date"),
    "tsrange": _range("tsrange", "dt.datetime", "Timestamp", "timestamp"),
    "tstzrange": _range("tstzrange", "dt.datetime", "TimestampTz", "timestamptz"),
    "ltree": Row(
        family="other",
        sql="ltree",
        sqlalchemy='Native("ltree", str)',  # out of `app.database.types`
        python="str",
        input="Ltree",
        parameter="Ltree",
        literal=str,
        key=False,
        extension="ltree",
    ),
    "tsvector": Row(
        family="other",
        sql="tsvector",
        sqlalchemy="postgresql.TSVECTOR",
        python="str",
        input="Text",
        literal=str,
        key=False,
    ),
    "vector": Row(
        family="other",
        sql="vector({length})",
        sqlalchemy='Native("vector({length})", loads)',
        python="list[float]",
        input="Real",  # each of its numbers
        arguments=("length",),
        literal=list,
        key=False,
        extension="vector",
    ),
    "custom": Row(
        family="other",
        sql="{custom_sql}",
        sqlalchemy="Native({custom_literal}, {custom_python})",
        python="{custom_python}",
        input="{custom_input}",
        literal=(str, int, float),
        key=False,
    ),
    "enum": Row(
        family="other",
        sql="{enum}",
        sqlalchemy='native_enum({enum_class}, "{enum}")',  # out of `app.database.base`
        python="{enum_class}",
        imports=("app.enums:{enum_class}",),
        input="{enum_class}",
        parameter="{enum_class}",
        read="OrText[{enum_class}]",
        literal=str,
    ),
}

# What GiST indexes by itself, and what else the extension btree_gist lets it hold.
BY_GIST = frozenset(("ltree", "tsvector", "custom"))
_BY_BTREE_GIST = (
    "smallint int bigint float real decimal string char text email url slug date time timetz"
    " timestamp timestamptz interval uuid bytes inet cidr macaddr enum"
)
BY_BTREE_GIST = frozenset(_BY_BTREE_GIST.split())

# What others call our types, in lower case: named in the error.
FOREIGN: dict[str, str] = {
    "varchar": "string(n)",
    "varchar2": "string(n)",
    "nvarchar": "string(n)",
    "nchar": "char(n)",
    "character": "char(n)",
    "character varying": "string(n)",
    "str": "string(n) or text",
    "unicode": "string(n) or text",
    "password": "string(n) with access: hidden",
    "clob": "text",
    "tinytext": "text",
    "mediumtext": "text",
    "longtext": "text",
    "unicodetext": "text",
    "integer": "int",
    "int4": "int",
    "int32": "int",
    "mediumint": "int",
    "uint": "int with min: 0, or bigint",
    "int8": "bigint",
    "int64": "bigint",
    "long": "bigint",
    "biginteger": "bigint",
    "int2": "smallint",
    "int16": "smallint",
    "short": "smallint",
    "tinyint": "smallint, or bool",
    "smallinteger": "smallint",
    "serial": "int with auto: identity",
    "bigserial": "bigint with auto: identity",
    "boolean": "bool",
    "bit": "bool, or type: {sql: bit(n), python: str, example: '101'}",
    "numeric": "decimal(p,s)",
    "number": "decimal(p,s), int or float",
    "money": "decimal(p,s)",
    "double": "float",
    "double precision": "float",
    "float8": "float",
    "float64": "float",
    "float4": "real",
    "float32": "real",
    "datetime": "timestamptz",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
    "timedelta": "interval",
    "duration": "interval",
    "jsonb": "json",
    "dict": "json",
    "object": "json",
    "map": "json",
    "any": "json",
    "list": "the type of its items with [], as in int[]",
    "array": "the type of its items with [], as in int[]",
    "bytea": "bytes",
    "blob": "bytes",
    "binary": "bytes",
    "varbinary": "bytes",
    "largebinary": "bytes",
    "image": "bytes",
    "guid": "uuid",
    "enum": "the name of an enum under `enums:`",
    "foreignkey": "a reference, -> Model,",
    "xml": "type: {sql: xml, python: str}",
    "hstore": "type: {sql: hstore, python: str}",
    "point": "type: {sql: point, python: str}",
}
# Of those, what others write as the name of a class, which an enum might have here.
FOREIGN_CLASSES = (
    *("String", "Text", "Integer", "Long", "Boolean", "Decimal", "DateTime", "JSON", "UUID"),
)


# The types of fields, by the module of `app.fields` that has them.
MODULES = {
    "binary": "Bytes",
    "dates": "Date Interval Time TimeTz Timestamp TimestampTz",
    "email": "Email",
    "enums": "OrText",
    "jsonb": "Json",
    "keys": "CharKeyPart CharKeyText KeyPart KeyText none_of",
    "network": "Cidr Inet MacAddr",
    "numbers": "BigInteger BigIntegerParameter DecimalParameter Float Integer IntegerParameter Real"
    " SmallInteger SmallIntegerParameter",
    "ranges": " ".join(
        f"{of}{kind}"
        for of in ("BigInteger", "Date", "Decimal", "Integer", "Timestamp", "TimestampTz")
        for kind in ("Point", "Range", "Span", "Stretch")
    ),
    "text": "Char LikePattern Text",
    "trees": "Ltree",
    "urls": "Url",
}
NEEDED = {"ranges": ("dates", "numbers")}  # by other modules
HOMES = {name: module for module, names in MODULES.items() for name in names.split()}


def home(name: str) -> str:
    """What to import the type `name` with, as for `layout.imports`."""
    return f"app.fields.{HOMES[name]}:{name}" if name in HOMES else f"pydantic:{name}"


# What can be written as a type; the others have forms of their own.
NAMES = [name for name in TYPES if name not in ("enum", "custom")]
# Of the escape hatch: what a body has for a type in Python.
INPUTS = {"str": "Text", "int": "BigInteger", "float": "Float"}


@dataclass(frozen=True)
class Operator:
    """A filter of a list: `name` or `name__operator`."""

    name: str  # "" is equal
    parameter: str  # the type of its value, as `Row.parameter`
    many: bool = False  # it takes any number of them


ORDERED = ("gt", "gte", "lt", "lte")


def operators(field: Field) -> list[Operator]:
    """What a query can ask of `field`; nothing where its type has no filter."""
    entry, made = row(field.type), list[Operator]()
    if entry.family == "range" and not field.type.array:
        kind = entry.input.removesuffix("Range")
        made = [Operator("contains", f"{kind}Point"), Operator("overlaps", f"{kind}Stretch")]
    elif entry.parameter is None:
        return []
    elif field.type.array:
        made = [Operator(it, entry.parameter, many=True) for it in ("contains", "overlaps")]
    else:
        if entry.family != "float":
            made.append(Operator("", entry.parameter))
            if entry.family != "bool":
                made.append(Operator("in", entry.parameter, many=True))
        if entry.family in ("integer", "float", "decimal", "time") and not field.reference:
            made += [Operator(it, entry.parameter) for it in ORDERED]
        if entry.family == "text" and field.type.name != "char":  # which is padded
            made.append(Operator("ilike", "LikePattern"))
    if field.optional:
        made.append(Operator("isnull", "bool"))
    return made


def row(type: Type) -> Row:
    return TYPES[type.name]


def fill(text: str, type: Type) -> str:
    """`text` of a row with the arguments of `type` in its braces."""
    names = {"enum": type.enum.type_name, "enum_class": type.enum.name} if type.enum else {}
    if type.custom:
        names = {
            "custom_sql": type.custom.sql,
            "custom_literal": literal(type.custom.sql),
            "custom_python": type.custom.python,
            "custom_input": INPUTS[type.custom.python],
        }
    return text.format(length=type.length, precision=type.precision, scale=type.scale, **names)


def sqlalchemy(type: Type) -> str:
    inner = fill(row(type).sqlalchemy, type)
    return f"postgresql.ARRAY({inner})" if type.array else inner


def python(type: Type) -> str:
    inner = fill(row(type).python, type)
    return f"list[{inner}]" if type.array else inner
