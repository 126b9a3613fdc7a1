"""Reads a rule. Raises `Fault` for the first thing that can't be read.

A parser of our own: the language is small, and each message says what to write in its place.
"""

from __future__ import annotations

import re

from ..diagnostics import Code, plain
from .syntax import (
    Ask,
    Both,
    Call,
    Comparison,
    Either,
    Expression,
    Fault,
    Membership,
    Name,
    NullTest,
    Number,
    Operand,
    Opposite,
    Text,
    Truth,
)
from .tokens import Cursor, unquoted

DEEPEST = 40  # parentheses and the like
WORDS = ("and", "or", "not", "in", "is", "null", "true")
CALLS = ("role", "scope", "any", "can")
_ASK = re.compile(r"(role|scope)\s*\(\s*(.*?)\s*\)", re.DOTALL)


def parse(text: str) -> Expression:
    """What `text` says. Raises `Fault`."""
    return _Parser(text).whole()


class _Parser(Cursor):
    """A method a level: `or` binds less than `and`, `and` less than `not`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def whole(self) -> Expression:
        if self.next.kind == "end":
            raise Fault(Code.RULE, "is empty: write public, user, false or a condition")
        found = self.either()
        if self.next.kind != "end":
            raise self.fault(_hint(self.next.text) or "write and, or, or nothing")
        return found

    def either(self) -> Expression:
        parts = [self.both()]
        while self.takes("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self) -> Expression:
        parts = [self.opposite()]
        while self.takes("and"):
            parts.append(self.opposite())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def opposite(self) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Fault(Code.RULE, f"is nested over {DEEPEST} deep: write a simpler rule")
        found = Opposite(self.opposite()) if self.takes("not") else self.primary()
        self.depth -= 1
        return found

    def primary(self) -> Expression:
        if self.takes("("):
            found = self.either()
            self.needs(")", "a parenthesis is open")
            return found
        if self.next.kind == "ask":
            return self.ask()
        following = self.tokens[self.place + 1 : self.place + 2]
        is_call = bool(following) and following[0].text == "("
        if self.next.kind == "name" and self.next.text not in WORDS and is_call:
            return self.call()
        return self.test(self.operand())

    def ask(self) -> Ask:
        found = _ASK.fullmatch(self.next.text)
        assert found is not None
        self.place += 1
        of, name = found.groups()
        return Ask(of, unquoted(name) if name.startswith("'") else name)

    def call(self) -> Call:
        name = self.next.text
        if name in ("role", "scope"):
            raise self.fault(f"{name}() takes one name: write {name}(editor)")
        if name not in CALLS:
            known = ", ".join(f"{it}(…)" for it in CALLS)
            raise self.fault(f"rules have no {plain(name)}(): there are {known}")
        self.place += 2
        if name == "can":
            return self.can()
        relation = self.name("any() takes a relation: write any(members, …)")
        if not self.takes(","):
            what = "any() takes a relation and a condition, as in any(members, id = me)"
            raise self.fault(what)
        inner = self.either()
        self.needs(")", "any( is open")
        return Call("any", relation, inner)

    def can(self) -> Call:
        what = "can() takes an operation and a reference: write can(read, project)"
        op = self.name(what)
        if not self.takes(","):
            raise self.fault(what)
        relation = self.name(what)
        self.needs(")", "can( is open")
        return Call("can", relation, op)

    def name(self, what: str) -> Name:
        if self.next.kind != "name":
            raise self.fault(what)
        return self.path()

    def path(self) -> Name:
        text = self.next.text
        self.place += 1
        return Name(tuple(part.strip() for part in text.split(".")))

    def operand(self) -> Operand:
        token = self.next
        if token.kind == "text":
            self.place += 1
            return Text(unquoted(token.text))
        if token.kind == "number":
            self.place += 1
            return Number(token.text)
        if token.kind == "name" and (hint := _hint(self.next.text)) is not None:
            raise self.fault(hint)
        if token.kind == "name" and token.text == "null":
            raise self.fault("write `is null` or `is not null`, as nothing equals null")
        if token.kind == "name" and token.text in ("true", "false"):
            self.place += 1
            return Truth(token.text == "true")
        if token.kind != "name" or token.text in WORDS:
            raise self.fault("write a condition, as in owner = me")
        return self.path()

    def test(self, left: Operand) -> Expression:
        """What `left` is compared with, if anything."""
        if self.next.kind == "sign":
            sign = self.next.text
            self.place += 1
            right = self.operand()
            if self.next.kind == "sign":
                raise self.fault("compare two values at a time, with and between")
            return Comparison(left, sign, right)
        if self.takes("in"):
            return Membership(left, self.items())
        if self.takes("is"):
            negated = self.takes("not")
            if not self.takes("null"):
                raise self.fault("write `is null` or `is not null`, and = for other values")
            return NullTest(left, negated)
        if self.takes("not"):
            if not self.takes("in"):
                raise self.fault("write not before the condition, as in not archived")
            return Opposite(Membership(left, self.items()))
        return left

    def items(self) -> tuple[Operand, ...]:
        what = "write the values of `in` in parentheses, as in ('draft', 'sent')"
        if not self.takes("("):
            raise self.fault(what)
        items = [self.operand()]
        while self.takes(","):
            items.append(self.operand())
        if not self.takes(")"):
            raise self.fault(what)
        return tuple(items)


def _hint(word: str) -> str | None:
    """What is meant by a word that rules don't have there."""
    if word != word.lower() and word.lower() in (*WORDS, "false"):
        return f"write {word.lower()} in lower case"
    if word.lower() in ("like", "ilike", "between", "exists", "similar"):
        return f"rules have no {word.lower()}: compare by = <> < <= > >= or in"
    if word == ")":
        return "leave out a parenthesis that is not open"
    return None
