"""How a type is written in the service, one row per type; `language.types` says what it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..language import types
from ..language.spec import Field, Type
from .code import literal


@dataclass(frozen=True, kw_only=True)
class Written:
    """How a type is written; braces are filled in from the type's arguments."""

    sqlalchemy: str  # behind `import sqlalchemy as sa` and its dialect as `postgresql`
    sized: str = ""  # `sqlalchemy` of a type that has arguments, and may have none
    python: str  # the annotation inside `Mapped[…]`
    imports: tuple[str, ...] = ()  # what `python` needs: `module:name`, or a module
    input: str  # in request bodies: out of its `home` unless `python` is the same
    parameter: str | None = None  # in paths and queries, likewise; None if it can't be there
    read: str | None = None  # in response bodies, likewise; None if `python` does


def _integer(sqlalchemy: str, name: str) -> Written:
    return Written(sqlalchemy=sqlalchemy, python="int", input=name, parameter=f"{name}Parameter")


def _text(sqlalchemy: str, name: str = "Text", read: str | None = None) -> Written:
    return Written(sqlalchemy=sqlalchemy, python="str", input=name, parameter=name, read=read)


def _time(sqlalchemy: str, sized: str, python: str, name: str) -> Written:
    return Written(
        sqlalchemy=f"sa.{sqlalchemy}",
        sized=f"postgresql.{sized}",
        python=python,
        imports=("datetime as dt",),
        input=name,
        parameter=name,
    )


def _json(sqlalchemy: str) -> Written:
    return Written(
        sqlalchemy=f"{sqlalchemy}(none_as_null=True)",
        python="Any",
        imports=("typing:Any",),
        input="Json",
    )


def _range(sqlalchemy: str, python: str, name: str) -> Written:
    imports = {"dt.": "datetime as dt", "Decimal": "decimal:Decimal"}
    return Written(
        sqlalchemy=sqlalchemy,
        python=f"Range[{python}]",
        imports=(
            "sqlalchemy.dialects.postgresql:Range",
            *(module for word, module in imports.items() if python.startswith(word)),
        ),
        input=f"{name}Range",
        read=f"{name}Span",
    )


WRITTEN: dict[str, Written] = {
    "smallint": _integer("sa.SmallInteger", "SmallInteger"),
    "int": _integer("sa.Integer", "Integer"),
    "bigint": _integer("sa.BigInteger", "BigInteger"),
    "float": Written(
        sqlalchemy="sa.Double",
        python="float",
        input="Float",
        parameter="FiniteFloat",
        read="FiniteFloat",
    ),
    "real": Written(
        sqlalchemy="sa.REAL",
        python="float",
        input="Real",
        parameter="FiniteFloat",
        read="FiniteFloat",
    ),
    "bool": Written(sqlalchemy="sa.Boolean", python="bool", input="StrictBool", parameter="bool"),
    "string": _text("sa.String({length})"),
    "char": _text("sa.CHAR({length})", read="Char"),
    "varchar": _text("sa.String"),
    "text": _text("sa.Text"),
    "citext": _text("postgresql.CITEXT"),
    "decimal": Written(
        sqlalchemy="sa.Numeric",
        sized="sa.Numeric({precision}, {scale})",
        python="Decimal",
        imports=("decimal:Decimal",),
        input="Decimal",
        parameter="DecimalParameter",
    ),
    "date": _time("Date", "DATE", "dt.date", "Date"),
    "time": _time("Time", "TIME(precision={precision})", "dt.time", "Time"),
    "timetz": _time(
        *("Time(timezone=True)", "TIME(timezone=True, precision={precision})"),
        *("dt.time", "TimeTz"),
    ),
    "timestamp": _time("DateTime", "TIMESTAMP(precision={precision})", "dt.datetime", "Timestamp"),
    "timestamptz": _time(
        *("DateTime(timezone=True)", "TIMESTAMP(timezone=True, precision={precision})"),
        *("dt.datetime", "TimestampTz"),
    ),
    "interval": replace(
        _time("Interval", "INTERVAL(precision={precision})", "dt.timedelta", "Interval"),
        read="Duration",
    ),
    "uuid": Written(
        sqlalchemy="sa.Uuid",
        python="UUID",
        imports=("uuid:UUID",),
        input="UUID",
        parameter="UUID",
    ),
    "json": _json("postgresql.JSONB"),
    "json_text": _json("postgresql.JSON"),
    "bytes": Written(
        sqlalchemy="sa.LargeBinary",
        python="bytes",
        input="Bytes",
        parameter="KeyBytes",
        read="Bytes",
    ),
    "inet": _text("postgresql.INET", "Inet"),
    "cidr": _text("postgresql.CIDR", "Cidr"),
    "macaddr": _text("postgresql.MACADDR", "MacAddr"),
    "email": _text("sa.String(254)", "Email"),
    "url": _text("sa.String(2048)", "Url"),
    "slug": _text("sa.String(100)"),
    "int4range": _range("postgresql.INT4RANGE", "int", "Integer"),
    "int8range": _range("postgresql.INT8RANGE", "int", "BigInteger"),
    "numrange": _range("postgresql.NUMRANGE", "Decimal", "Decimal"),
    "daterange": _range("postgresql.DATERANGE", "dt.date", "Date"),
    "tsrange": _range("postgresql.TSRANGE", "dt.datetime", "Timestamp"),
    "tstzrange": _range("postgresql.TSTZRANGE", "dt.datetime", "TimestampTz"),
    "ltree": _text('Native("ltree", str)', "Ltree"),  # `Native` is out of `app.database.types`
    "tsvector": Written(sqlalchemy="postgresql.TSVECTOR", python="str", input="Text"),
    "vector": Written(
        sqlalchemy='Native("vector({length})", loads)',
        python="list[float]",
        input="Real",  # each of its numbers
    ),
    "custom": Written(
        sqlalchemy="Native({custom_literal}, {custom_python})",
        python="{custom_python}",
        input="{custom_input}",
    ),
    "enum": Written(
        sqlalchemy="native_enum({enum_class}, {enum})",  # out of `app.database.base`
        python="{enum_class}",
        imports=("app.enums:{enum_class}",),
        input="{enum_class}",
        parameter="{enum_class}",
        read="OrText[{enum_class}]",
    ),
}
# What a body has for each Python type of the escape hatch.
INPUTS = {"str": "Text", "int": "BigInteger", "float": "Float"}

# The types of fields, by the module of `app.fields` that has them.
MODULES = {
    "binary": "Bytes KeyBytes",
    "dates": "Date Duration Interval Time TimeTz Timestamp TimestampTz after_second",
    "email": "Email",
    "enums": "OrText",
    "jsonb": "Json",
    "keys": "CharKeyPart CharKeyText KeyPart KeyText none_of",
    "network": "Cidr Inet KeyInet MacAddr",
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
    """Where to import the type `name` from, as `module:name`."""
    return f"app.fields.{HOMES[name]}:{name}" if name in HOMES else f"pydantic:{name}"


@dataclass(frozen=True)
class Operator:
    """A filter of a list: `name` or `name__operator`."""

    name: str  # "" is equality
    parameter: str  # the type of its value, as `Written.parameter`
    many: bool = False  # it takes any number of them


def operators(field: Field) -> list[Operator]:
    """The filters that a list has for `field`."""
    return [_operator(field, name) for name in types.filters(field)]


def _operator(field: Field, name: str) -> Operator:
    row = written(field.type)
    if name == "isnull":
        return Operator(name, "bool")
    if name == "ilike":
        return Operator(name, "LikePattern")
    if row.parameter is not None:
        return Operator(name, row.parameter, many=field.type.array or name == "in")
    kind = row.input.removesuffix("Range")
    return Operator(name, f"{kind}Point" if name == "contains" else f"{kind}Stretch")


def written(type_: Type) -> Written:
    return WRITTEN[type_.name]


def fill(text: str, type_: Type) -> str:
    """`text` of a row with the arguments of `type_` in its braces."""
    values: dict[str, object] = {"length": type_.length}
    values |= {"precision": type_.precision, "scale": type_.scale}
    if type_.enum:
        schema = f", {literal(type_.enum.schema)}" if type_.enum.schema else ""
        values["enum"] = literal(type_.enum.type_name) + schema
        values["enum_class"] = type_.enum.name
    if type_.custom:
        values["custom_literal"] = literal(type_.custom.sql)
        values["custom_python"] = type_.custom.python
        values["custom_input"] = INPUTS[type_.custom.python]
    return text.format(**values)


def sqlalchemy(type_: Type) -> str:
    inner = fill(template(type_), type_)
    return f"postgresql.ARRAY({inner})" if type_.array else inner


def template(type_: Type) -> str:
    """`type_` as SQLAlchemy writes it, to be filled."""
    row = written(type_)
    return row.sqlalchemy if type_.precision is None else row.sized


def python(type_: Type) -> str:
    inner = fill(written(type_).python, type_)
    return f"list[{inner}]" if type_.array else inner
