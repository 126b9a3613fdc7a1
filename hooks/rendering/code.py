"""Python as text, for what a template can't say shortly; `ruff` lays it out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from inspect import cleandoc
from textwrap import wrap

WIDTH = 88


@dataclass(frozen=True)
class Import:
    """`from module import name`."""

    module: str
    name: str


def arguments(*positional: str | None, **keywords: str | None) -> str:
    """`argument, key=value`, without those that are None."""
    given = [argument for argument in positional if argument is not None]
    given += [f"{key}={value}" for key, value in keywords.items() if value is not None]
    return ", ".join(given)


def call(function: str, *positional: str | None, **keywords: str | None) -> str:
    return f"{function}({arguments(*positional, **keywords)})"


def sequence(items: Iterable[str], brackets: str = "[]") -> str:
    return f"{brackets[0]}{', '.join(items)}{brackets[1]}"


def literal(value: object) -> str:
    """A Python literal."""
    if isinstance(value, bytes):
        quote = "'" if value.count(b'"') > value.count(b"'") else '"'
        shown = "".join(repr(bytes([byte]))[2:-1] for byte in value)
        return f"b{quote}{shown.replace(quote, chr(92) + quote)}{quote}"
    if not isinstance(value, str):
        return repr(value)
    quote = "'" if value.count('"') > value.count("'") else '"'
    text = value.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return quote + "".join(c if c.isprintable() else repr(c)[1:-1] for c in text) + quote


def docstring(text: str, indent: int = 4) -> str:
    """`text` as a docstring of code that is indented so; ruff breaks no line of it."""
    safe = re.sub(r'"(?=""|\Z)', r'\\"', cleandoc(text.strip()).replace("\\", "\\\\"))
    if safe.startswith('"'):
        safe = f" {safe}"
    width = WIDTH - indent - len('""""""')
    lines = [
        line
        for paragraph in safe.splitlines()
        for line in wrap(paragraph, width, break_long_words=False, break_on_hyphens=False) or [""]
    ]
    if len(lines) == 1:
        return f'"""{lines[0]}"""'
    pad = " " * indent
    return (
        '"""'
        + "\n".join([lines[0], *(pad + line if line else "" for line in lines[1:])])
        + (f'\n{pad}"""')
    )
