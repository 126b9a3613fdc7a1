"""Everything that can be wrong with a models.yml, collected and told at once."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import reprlib
from collections.abc import Iterable

from .codes import Code as Code

_ITEM = re.compile(r"\[\d+\]")  # of a list: what is said of it tells which it is


class Invalid(Exception):
    """A models.yml that can't be used; a line a problem."""

    def __init__(self, places: dict[str, str], warnings: Iterable[str] = ()) -> None:
        self.places = places  # problem → where it is
        self.problems, self.warnings = list(places), list(warnings)
        super().__init__("\n".join(places))


class Problems:
    """The collector of one `load`."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}  # problem → where it is
        self.warnings: dict[str, None] = {}

    def add(self, where: str, code: Code, what: str, key: object = None) -> None:
        """What is wrong at `where`, as in `Item.indexes[0].method`, or with a `key` there."""
        place = where if key is None else f"{where}..{plain(key)}"
        self.found[_line(f"{_ITEM.sub('', where)}: {what} [{code}]")] = place

    def warn(self, where: str, what: str) -> None:
        self.warnings[_line(f"{_ITEM.sub('', where)}: {what}")] = None

    def stop(self) -> None:
        if self.found:
            raise Invalid(self.found, self.warnings)


def _line(text: str) -> str:
    """One line, whatever of the file it quotes."""
    return "".join(it if it.isprintable() else ascii(it)[1:-1] for it in text)


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
        return f"; did you mean `{plain(near)}`?"
    if known and len(known) <= 16:
        return f"; there {'is' if len(known) == 1 else 'are'} {', '.join(map(plain, known))}"
    return ""
