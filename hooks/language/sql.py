"""SQL: what is taken out of models.yml as it is, and what limits become."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator
from typing import Any

from .names import SQL_TYPES, SQL_WORDS, SYSTEM_COLUMNS, fit, quote
from .spec import Check, Field

_TOKEN = re.compile(
    r"""(?P<text>[eE]'(?:[^'\\]|\\.|'')*'|(?:[bBnNxX]|[uU]&)?'(?:[^']|'')*'
               |\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$)
    |(?P<quoted>"(?:[^"]|"")+")
    |(?P<word>[^\W\d][\w$]*)
    |(?P<number>\d[\w.]*)
    |(?P<space>\s+)
    |(?P<comment>--|/\*)
    |(?P<operator>(?:(?!--|/\*)[-+*/<>=~!@#%^&|`?])+)
    |(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
# What has an operand behind it.
_OPEN_WORDS = frozenset(("and", "or", "not", "is", "in", "like", "ilike"))
# What has one before it.
_CLOSING_WORDS = frozenset(("and", "or", "is", "in", "like", "ilike", "between"))
# What is STABLE or VOLATILE in all its forms, by what to write instead.
_BY_THE_MOMENT = (
    "now current_date current_time current_timestamp localtime localtimestamp clock_timestamp"
    " statement_timestamp transaction_timestamp timeofday"
)
_BY_CHANCE = (
    "random random_normal gen_random_uuid uuidv4 uuidv7 uuid_generate_v1 uuid_generate_v4"
    " gen_random_bytes nextval currval lastval"
)
_BY_THE_SESSION = "current_user session_user current_role current_schema current_setting version"
_BY_THE_SETTINGS = "to_char to_date concat concat_ws format array_to_string"
UNSTEADY: dict[str, str] = {
    **dict.fromkeys(_BY_THE_MOMENT.split(), "compare with the moment where rows are read"),
    **dict.fromkeys(_BY_CHANCE.split(), "write server_default for a value made once"),
    **dict.fromkeys(_BY_THE_SESSION.split(), "leave it to the code that reads"),
    **dict.fromkeys(_BY_THE_SETTINGS.split(), "write ||, coalesce(), lpad() or extract()"),
}
# Functions without parentheses.
_BARE = frozenset(it for it in UNSTEADY if it.startswith(("current_", "local", "session_")))
_AGGREGATES = {
    *("count", "sum", "avg", "min", "max", "every", "bool_and", "bool_or"),
    *("array_agg", "string_agg", "json_agg", "jsonb_agg"),
}


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """The parts of a piece of SQL, each with its kind."""
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup or "other"
        if kind != "space":
            yield kind, token[0]


def fault(text: str) -> str | None:
    """What is wrong with a piece of SQL, as far as that shows without a server."""
    if not text.strip():
        return "is empty"
    if any(char == "\0" or 0xD800 <= ord(char) <= 0xDFFF for char in text):
        return "holds a character that PostgreSQL cannot read"
    depth, kind, part = 0, "", ""
    for kind, part in tokens(text):
        if kind == "comment":
            return "holds a comment: leave it out"
        if part in ("'", '"'):
            return f"opens a {part} that is not closed"
        if part == ";":
            return "holds `;`: write one expression"
        depth += {"(": 1, ")": -1}.get(part, 0)
        if depth < 0:
            return "closes a parenthesis that is not open"
    if depth:
        return "opens a parenthesis that is not closed"
    if kind == "operator" or (kind == "word" and part.lower() in _OPEN_WORDS):
        return f"ends with {part}, and nothing follows"
    return None


def terms(text: str) -> list[str]:
    """The expressions that a list of them has between its commas."""
    found, depth, start = list[str](), 0, 0
    for token in _TOKEN.finditer(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token[0], 0)
        if token[0] == "," and not depth:
            found.append(text[start : token.start()].strip())
            start = token.end()
    return [*found, text[start:].strip()]


def unknown_columns(text: str, columns: Collection[str]) -> Iterator[tuple[str, bool]]:
    """The words that can only be columns and are none; False is for what is not certain."""
    parts = [("", ""), *tokens(text), ("", "")]
    for before, (kind, part), after in zip(parts, parts[1:], parts[2:], strict=False):
        if kind not in ("word", "quoted"):
            continue
        quoted = kind == "quoted"
        name = part[1:-1].replace('""', '"') if quoted else part.lower()
        if name in columns or name in SYSTEM_COLUMNS:
            continue
        if not quoted and (name in SQL_WORDS or name in SQL_TYPES):
            continue
        # An operator class stands behind what it is for.
        if before[0] in ("quoted", "text", "number") or before[1] in (")", "]"):
            continue
        if before[0] == "word" and before[1].lower() not in SQL_WORDS:
            continue
        # A name of or in a schema, a type, a function, an argument, a typed literal.
        if before[1] in (".", ":") or after[1] in (".", "(", "=>", ":") or after[0] == "text":
            continue
        if before[1].lower() in ("as", "collate", "name") or after[1].lower() == "from":
            continue
        beside = "operator" in (before[0], after[0]) or after[1].lower() in _CLOSING_WORDS
        yield name, beside or before[0] == after[0] == ""


def calls(text: str, *, of_schemas: bool = False) -> Iterator[str]:
    """The functions that are called, also those without (); `of_schemas`, with a schema before."""
    parts = [("", ""), *tokens(text), ("", "")]
    for before, (kind, part), after in zip(parts, parts[1:], parts[2:], strict=False):
        name = part.lower()
        is_call = after[1] == "(" or name in _BARE
        if kind == "word" and is_call and (of_schemas or before[1] != "."):
            yield name


def beyond_row(text: str) -> str | None:
    """What in a piece of SQL looks at more than the row that it is evaluated for."""
    if any(kind == "word" and part.lower() == "select" for kind, part in tokens(text)):
        return "SELECT"
    return next((f"{name}()" for name in calls(text) if name in _AGGREGATES), None)


def unsteady(text: str) -> tuple[str, str] | None:
    """A function in a piece of SQL that is not IMMUTABLE, and what to write instead."""
    for name in calls(text):
        if name in UNSTEADY:
            return (name if name in _BARE else f"{name}()"), UNSTEADY[name]
    return None


def literal(value: Any) -> str:
    """`value` of a limit, as SQL."""
    if isinstance(value, dt.timedelta):
        seconds = value // dt.timedelta(seconds=1)
        rest = (value - dt.timedelta(seconds=seconds)) // dt.timedelta(microseconds=1)
        return f"interval '{seconds} seconds {rest} microseconds'"
    if isinstance(value, dt.datetime):
        return f"'{value.isoformat(' ')}'"
    if isinstance(value, dt.date | dt.time):
        return f"'{value.isoformat()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)


def limits(field: Field, table: str, pattern: str | None, longest: int | None) -> list[Check]:
    """The checks that say in the database what the limits of `field` say."""
    column = quote(field.column)
    # Neither is compared with a pattern as it stands: padded is one, caseless the other.
    text = f"{column}::text" if field.type.name in ("char", "citext") else column
    found: dict[str, str] = {}
    for name, sign in (("min", ">="), ("max", "<="), ("gt", ">"), ("lt", "<")):
        value = getattr(field, name)
        if value is not None:
            found[name] = f"{column} {sign} {literal(value)}"
    if field.min_length is not None:
        found["min_length"] = f"char_length({column}) >= {field.min_length}"
    if field.max_length is not None and (longest is None or field.max_length < longest):
        found["max_length"] = f"char_length({column}) <= {field.max_length}"
    if pattern is not None:
        found["pattern"] = f"{text} ~ {literal(pattern)}"
    return [check(table, f"{field.name}_{kind}", sql, field) for kind, sql in found.items()]


def check(table: str, name: str, sql: str, field: Field | None = None) -> Check:
    """The check that is called by the naming convention, as far as PostgreSQL lets it."""
    convention = f"ck_{table}_{name}"
    full_name = fit(convention)
    return Check(name, sql, full_name, field, named=full_name != convention)
