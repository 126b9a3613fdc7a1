"""Texts that match a pattern."""

from __future__ import annotations

import re
from importlib import import_module
from string import ascii_letters, digits
from typing import Any

_CATEGORIES = {
    "CATEGORY_DIGIT": digits,
    "CATEGORY_NOT_DIGIT": ascii_letters,
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": ascii_letters,
    "CATEGORY_WORD": ascii_letters + digits + "_",
    "CATEGORY_NOT_WORD": "-",
}


def matching(pattern: str | None, shortest: int, longest: int) -> list[str]:
    """Some different texts that match `pattern`, from the parts that it is made of."""
    parts = import_module("re._parser").parse(pattern or ".*")
    found: dict[str, None] = {}
    for seed in range(60):
        made = _make(parts, seed)
        fits = shortest <= len(made) <= longest
        if fits and (pattern is None or re.search(pattern, made)):
            found[made] = None
    return list(found) or ["x" * max(shortest, 1)]


def _make(parts: Any, seed: int) -> str:
    made = ""
    for number, (kind, argument) in enumerate(parts):
        turn = seed + number
        match str(kind):
            case "LITERAL":
                made += chr(argument)
            case "NOT_LITERAL":
                made += "a" if argument != ord("a") else "b"
            case "ANY":
                made += "abcdefghij"[turn % 10]
            case "IN":
                made += _member(argument, turn)
            case "BRANCH":
                branches = argument[1]
                made += _make(branches[turn % len(branches)], seed // len(branches))
            case "SUBPATTERN":
                made += _make(argument[-1], seed)
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, inner = argument
                times = least if least else min(int(most), seed % 2)
                made += "".join(_make(inner, seed + i * 7) for i in range(times))
    return made


def _member(options: Any, turn: int) -> str:
    members: list[int] = []
    negated = False
    for kind, argument in options:
        match str(kind):
            case "NEGATE":
                negated = True
            case "LITERAL":
                members.append(argument)
            case "RANGE":
                members.extend(range(argument[0], argument[1] + 1))
            case "CATEGORY":
                members.extend(map(ord, _CATEGORIES[str(argument)]))
    if negated:
        printable = [code for code in range(48, 123) if chr(code).isalnum()]
        members = [code for code in printable if code not in members]
    return chr(members[turn % len(members)])


def fits(template: str, pattern: str | None, shortest: int, longest: int, rows: int) -> bool:
    """Whether the text with so many numbers in it is as it should be."""
    made = [template.format(n=n) for n in (1, 2, 9, 10, rows)]
    if longest < 2:
        made = made[:3]
    return all(
        shortest <= len(text) <= longest and (pattern is None or re.search(pattern, text))
        for text in made
    )
