"""SQL: what is taken out of models.yml as it is, and what limits become."""

from __future__ import annotations

import datetime as dt
from typing import Any

from .names import quote
from .spec import Check, Field


def fault(text: str) -> str | None:
    """What is wrong with a piece of SQL, as far as that shows without a server."""
    if not text.strip():
        return "is empty"
    if any(it == "\0" or 0xD800 <= ord(it) <= 0xDFFF for it in text):
        return "holds a character that PostgreSQL can't read"
    depth = at = 0
    while at < len(text):
        char = text[at]
        if char in "'\"":
            end = text.find(char, at + 1)
            if end < 0:
                return f"opens a {char} that is not closed"
            at = end  # a doubled quote opens the rest again
        elif char == ";":
            return "holds `;`: one expression is asked for"
        elif text.startswith(("--", "/*"), at):
            return "holds a comment"
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth < 0:
                return "closes a parenthesis that is not open"
        at += 1
    return "opens a parenthesis that is not closed" if depth else None


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
    return [
        Check(f"{field.name}_{kind}", sql, f"ck_{table}_{field.name}_{kind}", field)
        for kind, sql in found.items()
    ]
