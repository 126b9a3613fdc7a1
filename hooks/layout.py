"""Lay out Python the way `ruff format` would, so that rendered code needs no formatter."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap

WIDTH = 88
STEP = 4


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
        if not self.items or column + len(f"{before}{self}{after}") <= WIDTH:
            return f"{before}{self}{after}"
        inner = column + STEP
        lines = [" " * inner + at(item, inner, after=",") for item in self.items]
        return "\n".join([before + self.head, *lines, " " * column + self.tail + after])


def at(node: str | Group, column: int, before: str = "", after: str = "") -> str:
    return node.at(column, before, after) if isinstance(node, Group) else before + node + after


def call(head: str, *args: str | Group | None, **kwargs: str | Group | None) -> Group:
    """`head(args, key=value)`, without the arguments that are None."""
    named = (
        Group(f"{key}={value.head}", value.items, value.tail)
        if isinstance(value, Group)
        else f"{key}={value}"
        for key, value in kwargs.items()
        if value is not None
    )
    return Group(f"{head}(", (*(a for a in args if a is not None), *named), ")")


def seq(items: Iterable[str | Group], brackets: str = "[]") -> Group:
    return Group(brackets[0], tuple(items), brackets[1])


def assign(column: int, name: str, value: str | Group, outer: str = "", inner: str = "") -> str:
    """`name = value`, or `name: outer[inner] = value`."""
    if isinstance(value, str):
        value = Group(value, (), "")
    target = f"{name}: {outer}[{inner}]" if outer else name
    fits = column + len(f"{target} = {value}") <= WIDTH
    opens = value.items and column + len(f"{target} = {value.head}") <= WIDTH
    if fits or opens:
        return value.at(column, f"{target} = ")
    pad, deep = "\n" + " " * column, "\n" + " " * (column + STEP)
    if column + len(f"{target} = (") <= WIDTH:
        return f"{target} = ({deep}{value.at(column + STEP)}{pad})"
    return value.at(column, f"{name}: {outer}[{deep}{inner}{pad}] = ")


def chain(column: int, before: str, head: str | Group, *links: str | Group) -> str:
    """`before head.link(…).link(…)`, in parentheses and a link a line if it is too long."""
    bare = str(head) + "".join(f".{link}" for link in links)
    if column + len(before + bare) <= WIDTH:
        return before + bare
    inner = column + STEP
    pad = "\n" + " " * inner
    if inner + len(bare) > WIDTH:
        bare = pad.join([at(head, inner), *(at(link, inner, ".") for link in links)])
    return f"{before}({pad}{bare}\n{' ' * column})"


def literal(value: object) -> str:
    """A Python literal in the quotes that ruff prefers."""
    if not isinstance(value, str):
        return repr(value)
    quote = "'" if value.count('"') > value.count("'") else '"'
    text = value.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return quote + "".join(c if c.isprintable() else repr(c)[1:-1] for c in text) + quote


FIRST_PARTY = ("app", "tests", "tools")


def imports(entries: Iterable[str]) -> str:
    """The import block for "module" and "module:name" entries, in the order of ruff's `I`."""
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
        blocks[section(module)].append(
            flat if len(flat) <= WIDTH else Group(f"from {module} import (", items, ")").at(0)
        )
    return "\n\n".join("\n".join(block) for block in blocks if block)


def signature(column: int, head: str, parameters: Sequence[str], returns: str) -> str:
    """`head(parameters) -> returns:`, on one line, three, or a parameter a line."""
    inside = ", ".join(parameters)
    line = f"{head}({inside}) -> {returns}:"
    if column + len(line) <= WIDTH:
        return line
    pad, deep = "\n" + " " * column, "\n" + " " * (column + STEP)
    if column + STEP + len(inside) > WIDTH:
        inside = deep.join(f"{parameter}," for parameter in parameters)
    return f"{head}({deep}{inside}{pad}) -> {returns}:"


def docstring(text: str, column: int = 4) -> str:
    """`text` as a docstring, broken where a line would be too long."""
    safe = text.strip().replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if safe.endswith('"'):
        safe = safe[:-1] + '\\"'
    pad = " " * column
    if column + len(safe) + 6 <= WIDTH and "\n" not in safe:
        return f'"""{safe}"""'
    lines = [
        line
        for paragraph in safe.splitlines()
        for line in (wrap(paragraph, WIDTH - column - 3) or [""])
    ]
    return '"""' + "\n".join([lines[0], *(pad + it if it else "" for it in lines[1:]), pad + '"""'])
