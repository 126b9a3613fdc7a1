"""Columns → types, defaults and limits of the language."""

from __future__ import annotations

import re
from typing import Any

from ..language import patterns, sql, types, values
from ..language.names import quote
from ..language.spec import Type
from ..language.types import EXAMPLES
from .catalogue import Column

Entry = dict[str, Any]  # a field, as models.yml has it

# PostgreSQL's names of the types that take nothing; those with arguments are matched below.
PLAIN = {
    types.sql(Type(name)): name
    for name, row in types.TYPES.items()
    if row.stands_alone and name not in ("custom", "email", "enum", "slug", "url")
} | {
    "character varying": "varchar",
    "time without time zone": "time",
    "timestamp without time zone": "timestamp",
}
SIZED = {
    **{"character varying": "string", "character": "char", "vector": "vector"},
    **{"time without time zone": "time", "time with time zone": "timetz", "interval": "interval"},
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
}
# Values for the tests of types that only the escape hatch takes.
SAMPLES = EXAMPLES | {
    '"char"': "c",
    "bit varying": "{n:b}",
    "bpchar": "text {n}",
    "oid": "{n}",
    "pg_snapshot": "{n}:{n}:",
    "seg": "{n}",
    "txid_snapshot": "{n}:{n}:",
    "xid": "{n}",
}
BY_EXTENSION = ("cube", "hstore", "seg")
SLUG = types.TYPES["slug"].pattern
_NAMED = {
    "email": (254, re.compile(r"(^|_)e?mail(_address)?$")),
    "url": (2048, re.compile(r"(^|_)(url|uri|link|homepage|website)$")),
}


def entry(type_: str) -> Entry | None:
    """The field of a type, as PostgreSQL writes it; None if the language has no word for it."""
    bare = type_.removesuffix("[]")
    array: Entry = {"array": True} if bare != type_ else {}
    if bare in PLAIN:
        return {"type": PLAIN[bare], **array}
    if found := re.fullmatch(r"numeric\((\d+),(\d+)\)", bare):
        precision, scale = map(int, found.groups())
        if scale <= precision:
            return {"type": "decimal", "precision": precision, "scale": scale, **array}
    found = re.fullmatch(r"([a-z]+)((?: [a-z]+)*)\((\d+)\)((?: [a-z]+)*)", bare)
    if found and (name := SIZED.get(found[1] + found[2] + found[4])):
        return {"type": f"{name}({found[3]})", **array}
    return None


def hatch(column: Column) -> Entry | None:
    """The field as `{sql, python}`; None for types that a new database doesn't have."""
    bare = column.type
    if column.own_type and bare not in BY_EXTENSION:
        return None
    text = bare + "[]" * (column.dimensions - 1)
    example = _sample(text)
    if example is None:
        return None
    type_ = {"sql": text, "python": "str"}
    return {"type": type_ if EXAMPLES.get(text) else type_ | {"example": example}}


def _sample(type_: str) -> str | None:
    """A value for the tests, with {n} where one differs from the next."""
    if type_.endswith("[]") or type_.endswith("multirange"):
        return "{}"
    if type_.startswith("bit("):
        return "{n:0" + type_[4:-1] + "b}"
    if type_.startswith("bit varying"):
        return SAMPLES["bit varying"]
    if found := re.fullmatch(r"numeric\(\d+,(\d+)\)", type_):
        return "0." + "0" * int(found[1])
    if type_.startswith("numeric("):
        return "0"
    if type_.startswith("interval"):
        return "{n} days" if type_.endswith("day") else "00:00:00"
    return SAMPLES.get(type_)


def named(name: str, given: Entry) -> Entry:
    """`given`, as an email or a url if length and name say so."""
    for kind, (length, pattern) in _NAMED.items():
        if given.get("type") == f"string({length})" and pattern.search(name):
            return given | {"type": kind}
    return given


def type_of(given: Entry) -> Type | None:
    """The scalar type of a field, for its limits; None if it can have none."""
    name = given["type"]
    if not isinstance(name, str) or given.get("array"):
        return None
    word = re.split(r"\(", name)[0]
    if word not in types.NAMES:
        return None
    found = re.search(r"\((\d+)\)", name)
    size = int(found[1]) if found else None
    is_time = types.TYPES[word].family == "time"
    return Type(
        word,
        length=None if is_time else size,
        precision=size if is_time else given.get("precision"),
        scale=given.get("scale"),
    )


_SIGNS = {">=": "min", "<=": "max", ">": "gt", "<": "lt"}
_CASTS = r"(?:::[a-z ]+(?:\(\d+(?:,\d+)?\))?)*"


def limit(column: str, type_: Type, expression: str) -> tuple[str, Any] | None:
    """The limit for which `sql.limits` would write exactly `expression`, if there is one."""
    name = re.escape(quote(column))
    family = types.info(type_).family
    if family == "text":
        of = rf"char_length\({name}(?:::text)?\)"
        if found := re.fullmatch(rf"{of} (>=|<=) (\d+)", expression):
            return f"{_SIGNS[found[1]]}_length", int(found[2])
        cast = "::text" if type_.name in ("char", "citext") else "(?:::text)?"
        if found := re.fullmatch(rf"{name}{cast} ~ (E?)'(.*)'::text", expression):
            text = found[2].replace("''", "'")
            text = text.replace("\\\\", "\\") if found[1] else text
            return None if patterns.fault(text) else ("pattern", text)
        return None
    if family not in ("integer", "float", "decimal", "time"):
        return None
    found = re.fullmatch(rf"{name} (>=|<=|>|<) (?:'([^']*)'|\(?(-?[0-9.]+)\)?){_CASTS}", expression)
    if found is None:
        return None
    text = found[2] if found[3] is None else found[3]
    value = _value(type_, family, text)
    return None if value is None else (_SIGNS[found[1]], value)


_LIST = re.compile(
    r"(?P<of>\w+|\"[^\"]+\")(?:::text)? (?P<sign>= ANY|<> ALL)"
    r" \(ARRAY\[(?P<items>[^\[\]]+)\](?:::[a-z ]+\[\])?\)"
)
_ITEM = re.compile(r"(?P<value>'(?:[^']|'')*'|-?[0-9.]+)(?:::(?:[a-z ]+|\"char\"))?(?:, |$)")


def as_written(expression: str) -> str:
    """`expression` with `IN` again, of which PostgreSQL doesn't take its own form back as it is."""
    return _LIST.sub(_listed, expression)


def _listed(found: re.Match[str]) -> str:
    items = [match["value"] for match in _ITEM.finditer(found["items"])]
    whole = "".join(match[0] for match in _ITEM.finditer(found["items"]))
    if len(items) < 2 or whole != found["items"]:
        return found[0]
    word = "IN" if found["sign"] == "= ANY" else "NOT IN"
    return f"{found['of']} {word} ({', '.join(items)})"


def _value(type_: Type, family: str, text: str) -> Any:
    given: Any = text
    if family == "time":
        if type_.name == "interval" and not re.fullmatch(r"\d+:\d\d:\d\d(\.\d+)?", text):
            return None  # days and months are not a number of seconds
    else:
        if not re.fullmatch(r"-?\d+(\.\d+)?", text):
            return None
        if family == "float":
            given = float(text)
        elif "." not in text:
            given = int(text)
    try:
        made = values.convert(type_, given)
    except values.Wrong:
        return None
    if family == "float":
        given = int(made) if made == int(made) else given
    return given if family == "time" or sql.literal(made) == text else None
