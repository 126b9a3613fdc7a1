"""A rule as words and signs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..diagnostics import Code, show
from .syntax import Fault

LONGEST = 4000
# The argument of role() and scope() may have signs that mean something elsewhere.
_TOKEN = re.compile(
    r"(?P<ask>(?:role|scope)\s*\(\s*(?:'(?:[^']|'')+'|[^\s()',]+)\s*\))"
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?![\w.]))"
    r"|(?P<text>'(?:[^']|'')*')"
    r"|(?P<name>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)"
    r"|(?P<sign><>|<=|>=|=(?!=)|<|>)"
    r"|(?P<mark>[(),])",
    re.ASCII,
)
# What other languages have, and what is written here.
_FOREIGN = {
    "==": "write = for ==",
    "!=": "write <> for !=",
    "!": "write not for !",
    "&&": "write and for &&",
    "&": "write and for &",
    "||": "write or for ||",
    "|": "write or for |",
    '"': "write text in single quotes, as in 'draft'",
    "'": "close the quote, and double one that belongs to the text: 'it''s'",
    "[": "write a list in parentheses, as in ('draft', 'sent')",
    "{": "write the name of a field without braces",
    "$": "write the name of a field without a sign before it",
    "@": "write the name of a field without a sign before it",
    "->": "write a path with points, as in project.owner",
}


@dataclass(frozen=True)
class Token:
    kind: str  # a group of _TOKEN, or "end"
    text: str
    start: int


def tokens(text: str) -> list[Token]:
    """The words and signs of a rule, and an end. Raises `Fault`."""
    if len(text) > LONGEST:
        raise Fault(Code.RULE, f"has over {LONGEST} characters: write a shorter rule")
    found, at = list[Token](), 0
    while True:
        at += len(text[at:]) - len(text[at:].lstrip())
        if at == len(text):
            return [*found, Token("end", "", at)]
        match = _TOKEN.match(text, at)
        if match is None:
            raise Fault(Code.RULE, _unreadable(text[at:]))
        assert match.lastgroup is not None
        found.append(Token(match.lastgroup, match[0], at))
        at = match.end()


def _unreadable(rest: str) -> str:
    for sign, instead in _FOREIGN.items():
        if rest.startswith(sign):
            return f"{show(rest[:20])} is not read: {instead}"
    return f"{show(rest[:20])} is not read: write names, values, = <> < <= > >=, and, or, not"


class Cursor:
    """A place among the tokens of a rule."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.place = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def takes(self, *texts: str) -> bool:
        """Whether the next token is one of `texts`, which is then behind us."""
        if self.next.kind in ("name", "mark") and self.next.text in texts:
            self.place += 1
            return True
        return False

    def needs(self, mark: str, what: str) -> None:
        if not self.takes(mark):
            raise self.fault(f"{what}: write {mark}")

    def fault(self, what: str) -> Fault:
        rest = self.text[self.next.start :]
        at = f"at {show(rest[:20])}" if rest else "at its end"
        return Fault(Code.RULE, f"cannot be read {at}: {what}")


def unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")
