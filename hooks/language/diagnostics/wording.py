"""How messages quote values and names, and what they suggest instead."""

from __future__ import annotations

import datetime as dt
import difflib
import reprlib
from collections.abc import Iterable


class _Short(reprlib.Repr):
    def repr_int(self, x: int, level: int) -> str:
        # Python refuses to print thousands of digits.
        return super().repr_int(x, level) if x.bit_length() < 4096 else "a huge number"


_short = _Short()
_short.maxstring = _short.maxother = 60


def show(value: object) -> str:
    """`value` as a message quotes it: short, and as YAML writes it if that is simple."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return _short.repr(value)


def plain(name: object) -> str:
    """A name from the file, made safe for a message."""
    text = str(name) if isinstance(name, str) else show(name)
    return text if text and text.isascii() and text.isprintable() and len(text) < 80 else show(name)


def nearest(word: str, words: Iterable[str]) -> str | None:
    found = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """The end of a message: the nearest word, or all words if they are few, or nothing."""
    known = list(words)
    if (near := nearest(word, known)) is not None:
        return f"; did you mean `{plain(near)}`?"
    if known and len(known) <= 16:
        return f"; there {'is' if len(known) == 1 else 'are'} {', '.join(map(plain, known))}"
    return ""
