"""Everything that can be wrong with a models.yml, collected and told at once."""

from __future__ import annotations

import datetime as dt
import difflib
import reprlib
from collections.abc import Iterable
from enum import StrEnum


class Code(StrEnum):
    SHAPE = "SW101"  # not the list or mapping that belongs here
    UNKNOWN_KEY = "SW102"
    UNSUPPORTED = "SW103"
    QUOTE = "SW104"  # YAML reads it as something else
    MISSING = "SW105"
    VALUE = "SW106"  # not a value that the key takes
    COMMA = "SW107"  # a comma inside { }
    BOTH = "SW108"  # two keys that exclude each other

    NAME = "SW201"  # the form of a name
    RESERVED = "SW202"  # a name that is needed otherwise
    LENGTH = "SW203"  # an identifier over 63 bytes
    PLURAL = "SW204"
    TWICE = "SW205"  # a name used twice
    ADDED = "SW206"  # a column that the template adds

    TYPE = "SW301"
    SPELLING = "SW302"  # a type by another system's name
    ARGUMENTS = "SW303"  # of a type
    ENUM = "SW304"  # the values of an enum

    DEFAULT = "SW401"
    LIMIT = "SW402"
    RANGE = "SW403"  # limits that no value meets
    PATTERN = "SW404"
    SQL = "SW405"
    AUTO = "SW406"
    INDEX = "SW407"

    MODEL = "SW501"  # unknown
    COLUMNS = "SW502"  # of a reference
    ACTION = "SW503"  # on_delete or on_update that can't be done
    CYCLE = "SW504"
    THROUGH = "SW505"

    FIELD = "SW601"  # unknown
    KEY = "SW602"

    PATH = "SW701"
    OPS = "SW702"
    FILTER = "SW703"
    SORT = "SW704"
    CREATE = "SW705"  # every create would fail

    TRANSFER = "SW801"
    DROPPED = "SW901"


class Invalid(Exception):
    """A models.yml that can't be used; a line a problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Problems:
    """The collector of one `load`."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}
        self.warnings: dict[str, None] = {}

    def add(self, where: str, code: Code, what: str) -> None:
        self.found[f"{where}: {what} [{code}]"] = None

    def warn(self, where: str, what: str) -> None:
        self.warnings[f"{where}: {what}"] = None

    def stop(self) -> None:
        if self.found:
            raise Invalid(list(self.found))


class _Short(reprlib.Repr):
    def repr_int(self, x: int, level: int) -> str:
        # Python refuses to print thousands of digits.
        return super().repr_int(x, level) if x.bit_length() < 4096 else "a huge number"


_short = _Short()
_short.maxstring = _short.maxother = 60


def show(value: object) -> str:
    """`value` as a message quotes it: short, and as YAML has it where that is simple."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return _short.repr(value)


def plain(name: object) -> str:
    """A name out of the file, fit to stand in a message."""
    text = str(name) if isinstance(name, str) else show(name)
    return text if text and text.isascii() and text.isprintable() and len(text) < 80 else show(name)


def nearest(word: str, words: Iterable[str]) -> str | None:
    found = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """The end of a message: the nearest word, or all of a few, or nothing."""
    known = list(words)
    if (near := nearest(word, known)) is not None:
        return f"; did you mean `{near}`?"
    if known and len(known) <= 16:
        return f"; there {'is' if len(known) == 1 else 'are'} {', '.join(known)}"
    return ""
