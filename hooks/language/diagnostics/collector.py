"""The collector: all that is wrong with a models.yml is reported at once."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .codes import Code
from .wording import plain

_ITEM = re.compile(r"\[\d+\]")  # of a list: the message says which one it is


class Invalid(Exception):
    """A models.yml that can't be used, with one line per problem."""

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
        """Report what is wrong at `where`, as in `Item.indexes[0].method`, or with its `key`."""
        place = where if key is None else f"{where}..{plain(key)}"
        self.found[_line(f"{_ITEM.sub('', where)}: {what} [{code}]")] = place

    def warn(self, where: str, what: str) -> None:
        self.warnings[_line(f"{_ITEM.sub('', where)}: {what}")] = None

    def stop(self) -> None:
        if self.found:
            raise Invalid(self.found, self.warnings)


def _line(text: str) -> str:
    """`text` on one line, whatever part of the file it quotes."""
    return "".join(it if it.isprintable() else ascii(it)[1:-1] for it in text)
