"""Lay out Python the way `ruff format` would, so that rendered code needs no formatter."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from inspect import cleandoc
from textwrap import wrap

WIDTH = 88
STEP = 4


def columns(code: str) -> int:
    """The columns that a line takes: ideographs take two."""
    if code.isascii():
        return len(code)
    wide = sum(unicodedata.east_asian_width(it) in "WF" for it in code)
    return len(code) + wide - sum(map(bool, map(unicodedata.combining, code)))


@dataclass(frozen=True)
class Group:
    """`head`, comma-separated `items`, `tail`: on one line if it fits, else an item a line."""

    head: str
    items: tuple[str | Group, ...]
    tail: str

    def __str__(self) -> str:
        return self.head + ", ".join(map(str, self.items)) + self.tail

    def at(self, column: int, before: str = "", after: str = "") -> str:
        """The code at `column`, behind `before` and ahead of `after`."""
        if not self.items or column + columns(f"{before}{self}{after}") <= WIDTH:
            return f"{before}{self}{after}"
        inner = column + STEP
        lines = [" " * inner + at(item, inner, after=",") for item in self.items]
        return "\n".join([before + self.head, *lines, " " * column + self.tail + after])


@dataclass(frozen=True)
class Binary(Group):
    """`left operator right`, as an argument: on one line, or broken ahead of the operator."""

    operator: str = "=="
    left: str | Group = ""

    def at(self, column: int, before: str = "", after: str = "") -> str:
        if column + columns(f"{before}{self}{after}") <= WIDTH:
            return f"{before}{self}{after}"
        (right,) = self.items
        before += self.head.removesuffix(f"{self.left} {self.operator} ")
        left = at(self.left, column, before)
        return f"{left}\n{' ' * column}{at(right, column, f'{self.operator} ', after)}"


def binary(left: str | Group, operator: str, right: str | Group) -> Binary:
    return Binary(f"{left} {operator} ", (right,), "", operator, left)


@dataclass(frozen=True)
class Subscript(Group):
    """`head[key]`: broken inside of the brackets, without a comma."""

    def at(self, column: int, before: str = "", after: str = "") -> str:
        if column + columns(f"{before}{self}{after}") <= WIDTH:
            return f"{before}{self}{after}"
        (key,) = self.items
        pad = " " * column
        return f"{before}{self.head}\n{pad}{' ' * STEP}{key}\n{pad}{self.tail}{after}"


def subscript(name: str, key: str) -> Subscript:
    return Subscript(f"{name}[", (f'"{key}"',), "]")


@dataclass(frozen=True)
class Linked(Group):
    """`first.last(…)`, two calls: broken in the last if its head fits, else in the first."""

    first: Group

    def at(self, column: int, before: str = "", after: str = "") -> str:
        fits = column + columns(f"{before}{self}{after}") <= WIDTH
        if fits or (self.items and column + columns(before + self.head) <= WIDTH):
            return super().at(column, before, after)
        inner = column + STEP
        lines = [" " * inner + at(item, inner, after=",") for item in self.first.items]
        last = Group(self.head.removeprefix(str(self.first)), self.items, self.tail)
        return "\n".join(
            [
                before + self.first.head,
                *lines,
                " " * column + last.at(column, self.first.tail, after),
            ]
        )


def linked(first: Group, last: Group) -> Linked:
    return Linked(f"{first}.{last.head}", last.items, last.tail, first)


@dataclass(frozen=True)
class Comprehension(Group):
    """`[item for … in … if …]`: without a comma, and a clause a line if it is too long."""

    def __str__(self) -> str:
        return self.head + " ".join(map(str, self.items)) + self.tail

    def at(self, column: int, before: str = "", after: str = "") -> str:
        if column + columns(f"{before}{self}{after}") <= WIDTH:
            return f"{before}{self}{after}"
        inner = " " * (column + STEP)
        clauses = [str(it) for it in self.items]
        if columns(inner + " ".join(clauses)) <= WIDTH:
            clauses = [" ".join(clauses)]
        lines = [inner + it for it in clauses]
        return "\n".join([before + self.head, *lines, " " * column + self.tail + after])


def comprehension(brackets: str, *clauses: str) -> Comprehension:
    return Comprehension(brackets[0], clauses, brackets[1])


def at(node: str | Group, column: int, before: str = "", after: str = "") -> str:
    return node.at(column, before, after) if isinstance(node, Group) else before + node + after


def call(head: str, *args: str | Group | None, **kwargs: str | Group | None) -> Group:
    """`head(args, key=value)`, without the arguments that are None."""
    named = (prefixed(f"{key}=", it) for key, it in kwargs.items() if it is not None)
    return Group(f"{head}(", (*(a for a in args if a is not None), *named), ")")


def prefixed(before: str, node: str | Group) -> str | Group:
    """`node` behind `before`, as one node."""
    if isinstance(node, Group):
        return replace(node, head=before + node.head)
    return before + node


def seq(items: Iterable[str | Group], brackets: str = "[]") -> Group:
    return Group(brackets[0], tuple(items), brackets[1])


def assign(column: int, name: str, value: str | Group, outer: str = "", inner: str = "") -> str:
    """`name = value`, or `name: outer[inner] = value`."""
    if isinstance(value, str):
        value = Group(value, (), "")
    target = f"{name}: {outer}[{inner}]" if outer else name
    fits = column + columns(f"{target} = {value}") <= WIDTH
    opens = value.items and column + columns(f"{target} = {value.head}") <= WIDTH
    opens = opens and not isinstance(value, Binary)
    if fits or opens or isinstance(value, Linked):
        return value.at(column, f"{target} = ")
    if not (value.items or column + STEP + columns(str(value)) <= WIDTH):
        return f"{target} = {value}"
    if column + columns(f"{target} = (") <= WIDTH:
        return wrapped(column, f"{target} = ", value)
    if not outer:
        return value.at(column, f"{target} = ")
    pad, deep = "\n" + " " * column, "\n" + " " * (column + STEP)
    return value.at(column, f"{name}: {outer}[{deep}{inner}{pad}] = ")


def wrapped(column: int, before: str, node: Group, after: str = "") -> str:
    """`before node after`, in parentheses if it is too long."""
    if column + columns(f"{before}{node}{after}") <= WIDTH:
        return f"{before}{node}{after}"
    inner = column + STEP
    return f"{before}(\n{' ' * inner}{node.at(inner)}\n{' ' * column}){after}"


def chain(column: int, before: str, head: str | Group, *links: str | Group) -> str:
    """`before head.link(…).link(…)`, in parentheses and a link a line if it is too long."""
    bare = str(head) + "".join(f".{link}" for link in links)
    if column + columns(before + bare) <= WIDTH:
        return before + bare
    inner = column + STEP
    pad = "\n" + " " * inner
    if inner + columns(bare) > WIDTH:
        bare = pad.join([at(head, inner), *(at(link, inner, ".") for link in links)])
    return f"{before}({pad}{bare}\n{' ' * column})"


def literal(value: object) -> str:
    """A Python literal in the quotes that ruff prefers."""
    if isinstance(value, bytes):
        quote = "'" if value.count(b'"') > value.count(b"'") else '"'
        shown = "".join(repr(bytes([byte]))[2:-1] for byte in value)
        return f"b{quote}{shown.replace(quote, chr(92) + quote)}{quote}"
    if not isinstance(value, str):
        return repr(value).replace("e+", "e") if isinstance(value, float) else repr(value)
    quote = "'" if value.count('"') > value.count("'") else '"'
    text = value.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return quote + "".join(c if c.isprintable() else repr(c)[1:-1] for c in text) + quote


FIRST_PARTY = ("app", "tests", "tools")


def imports(entries: Iterable[str], column: int = 0) -> str:
    """The import block for "module" and "module:name" entries, in the order of ruff's `I`."""
    pad = " " * column
    names: dict[str, set[str]] = {}
    for module, _, name in (entry.partition(":") for entry in entries):
        names.setdefault(module, set()).add(name)

    def section(module: str) -> int:
        top = module.partition(" ")[0].partition(".")[0]
        if top == "__future__":
            return 0
        return 1 if top in sys.stdlib_module_names else 3 if top in FIRST_PARTY else 2

    def kind(name: str) -> tuple[int, list[str | int], str]:  # constants, classes, the rest
        group = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
        return group, natural(name), name

    def natural(name: str) -> list[str | int]:
        parts = re.split(r"([0-9]+)", name.lower())
        return [int(part) if part.isdigit() else part for part in parts]

    blocks: list[list[str]] = [[], [], [], []]
    for module in sorted((m for m in names if "" in names[m]), key=natural):
        blocks[section(module)].append(f"import {module}")
    for module in sorted((m for m in names if names[m] - {""}), key=natural):
        items = tuple(sorted(names[module] - {""}, key=kind))
        flat = f"from {module} import {', '.join(items)}"
        broken = Group(f"from {module} import (", items, ")").at(column)
        blocks[section(module)].append(flat if column + columns(flat) <= WIDTH else broken)
    return f"\n\n{pad}".join(f"\n{pad}".join(block) for block in blocks if block)


def signature(column: int, head: str, parameters: Sequence[str | Group], returns: str) -> str:
    """`head(parameters) -> returns:`, on one line, three, or a parameter a line."""
    inside = ", ".join(map(str, parameters))
    line = f"{head}({inside}) -> {returns}:"
    if column + columns(line) <= WIDTH or not parameters:
        return line
    inner = column + STEP
    pad, deep = "\n" + " " * column, "\n" + " " * inner
    if len(parameters) == 1 or inner + columns(inside) > WIDTH:
        inside = deep.join(at(parameter, inner, after=",") for parameter in parameters)
    return f"{head}({deep}{inside}{pad}) -> {returns}:"


def docstring(text: str, column: int = 4) -> str:
    """`text` as a docstring, broken where a line would be too long."""
    safe = re.sub(r'"(?=""|\Z)', r'\\"', cleandoc(text.strip()).replace("\\", "\\\\"))
    if safe.startswith('"'):
        safe = f" {safe}"
    width = WIDTH - column - 6  # between the quotes
    lines = [
        line
        for paragraph in safe.splitlines()
        for line in (wrap(paragraph, width, break_long_words=False, break_on_hyphens=False) or [""])
    ]
    if len(lines) == 1:
        return f'"""{lines[0]}"""'
    pad = " " * column
    return '"""' + "\n".join([lines[0], *(pad + it if it else "" for it in lines[1:]), pad + '"""'])
