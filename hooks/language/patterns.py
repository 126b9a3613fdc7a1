"""Patterns that Python, Pydantic's engine and PostgreSQL understand in the same way."""

from __future__ import annotations

import re
import warnings
from typing import Annotated

from pydantic import Field, TypeAdapter

from .diagnostics import Code

_INSTEAD = {
    "d": "write [0-9]",
    "w": "write [A-Za-z0-9_]",
    "s": "write [ \\t]",
    "D": "write [^0-9]",
    "W": "write [^A-Za-z0-9_]",
    "S": "write [^ \\t]",
    "b": "write what is beside the word's edge",
    "B": "write what is beside the word's edge",
    "A": "write ^",
    "Z": "write $",
    "z": "write $",
    "<": "write <",
    ">": "write >",
}
_COUNT = re.compile(r"\{([0-9]{1,3})(,([0-9]{1,3})?)?\}")
_GROUPS = {
    "(?=": "look-ahead is not supported",
    "(?!": "look-ahead is not supported",
    "(?<=": "look-behind is not supported",
    "(?<!": "look-behind is not supported",
    "(?P<": "named groups are not supported: write (…)",
    "(?P=": "back references are not supported",
    "(?<": "named groups are not supported: write (…)",
    "(?>": "atomic groups are not supported: write (…)",
    "(?(": "conditions are not supported",
    "(?#": "comments are not supported",
}
MOST = 255  # repetitions, in PostgreSQL


def fault(pattern: str) -> tuple[Code, str] | None:
    """What is wrong with `pattern`, and what to write instead."""
    if not pattern:
        return Code.PATTERN, "is empty"
    if not all(" " <= it <= "~" for it in pattern):
        return Code.DIALECT, "holds a character that is not printable ASCII"
    at = 0
    while at < len(pattern):
        char = pattern[at]
        length, wrong = 1, None
        if char == "\\":
            length, wrong = 2, _escape(pattern[at + 1 : at + 2])
        elif char == "[":
            length, wrong = _class(pattern, at)
        elif char == "(" and pattern.startswith("(?", at) and not pattern.startswith("(?:", at):
            wrong = next(
                (it for start, it in _GROUPS.items() if pattern.startswith(start, at)),
                "flags are not supported: write both cases, as in [Aa]",
            )
        elif char in "*+?" or _COUNT.match(pattern, at):
            length, wrong = _quantifier(pattern, at)
        elif char in "{}]":
            wrong = f"has an unescaped {char}: write \\{char}"
        elif char == ".":
            wrong = "`.` matches a line break only in PostgreSQL: write the class, as in [^\\n]"
        if wrong:
            return Code.DIALECT, wrong
        at += length
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
        TypeAdapter(Annotated[str, Field(pattern=pattern)])
    except (re.error, RecursionError, OverflowError, Warning) as error:
        return Code.PATTERN, f"does not compile: {error}"
    except Exception:  # Pydantic's engine has no public error of its own
        return Code.PATTERN, "does not compile in Pydantic's engine"
    return None


def _escape(char: str) -> str | None:
    if char in _INSTEAD:
        return f"\\{char} is not supported: {_INSTEAD[char]}"
    if char.isdigit():
        return "back references are not supported"
    if not char:
        return "ends with a backslash: write \\\\"
    if (char.isalpha() and char not in "nrt") or char == " ":
        return f"\\{char} is not supported"
    return None


def _quantifier(pattern: str, at: int) -> tuple[int, str | None]:
    count = _COUNT.match(pattern, at)
    length = len(count[0]) if count else 1
    if count and max(int(count[1]), int(count[3] or 0)) > MOST:
        return length, f"has a count over {MOST}, the most that PostgreSQL allows"
    follows = pattern[at + length : at + length + 1]
    if follows == "?":
        return length, "non-greedy counts are not supported: leave out the `?`"
    if follows and (follows in "*+" or _COUNT.match(pattern, at + length)):
        return length, "has a count after a count: leave out one"
    return length, None


def _class(pattern: str, start: int) -> tuple[int, str | None]:
    """The length of the class that opens at `start`, and what is wrong with it."""
    at = start + 1
    if pattern.startswith("^", at):
        at += 1
    first = at
    range_end = -1
    while at < len(pattern):
        char = pattern[at]
        if char == "]":
            return at + 1 - start, "has an empty class" if at == first else None
        if char == "[":
            return 0, "has an unescaped [ in a class: write \\["
        if char == "\\":
            if wrong := _escape(pattern[at + 1 : at + 2]):
                return 0, wrong
            at += 2
            continue
        if pattern[at : at + 2] in ("&&", "--", "~~", "||"):
            return 0, f"{pattern[at : at + 2]} in a class is ambiguous: write \\{char}"
        if char == "-" and at != first and pattern[at + 1 : at + 2] != "]":
            ends = pattern[at - 1] + pattern[at + 1 : at + 2]
            if range_end == at - 1 or not ends.isalnum() or pattern[at - 2] == "\\":
                return 0, "has a - in a class that is not a range: write \\-"
            range_end = at + 1
        at += 1
    return 0, "has a class that is not closed"
