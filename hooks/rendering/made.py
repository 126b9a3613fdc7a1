"""What a sample is, and the ways to make one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .code import literal, sequence
from .literals import python_value


@dataclass(frozen=True)
class Sample:
    """`code`, an expression in `n`, 1 and up, and what is its value: another for each `n`."""

    code: str
    value: Callable[[int], Any]
    cycle: int | None = None  # after so many the values come again; None where that isn't soon


def constant(value: Any) -> Sample:
    return Sample(python_value(value), lambda n: value, 1)


def text(template: str) -> Sample:
    """`{n}` in the template, with a format or without, is the number."""
    if "{n" not in template:
        return constant(template.format())
    return Sample(f"f{literal(template)}", lambda n: template.format(n=n))


def several(values: list[Any], write: Callable[[Any], str] = python_value) -> Sample:
    """One of them after the other, each of which `write` makes the code for."""
    apart = list(dict.fromkeys(values))
    many = len(apart)
    if many == 1:
        return Sample(write(apart[0]), lambda n: apart[0], 1)
    code = f"{sequence(map(write, apart))}[n % {many}]"
    return Sample(code, lambda n: apart[n % many], many)


def counted(first: Any, step: Any, many: int | None = None) -> Sample:
    """`first`, and `n` times the step, of so many values."""
    if many == 1:
        return constant(first)
    turn = "n" if many is None else f"n % {many}"
    times = turn if step == 1 else f"{turn} * {python_value(step)}"
    return Sample(
        f"{python_value(first)} + {times}", lambda n: first + (n % many if many else n) * step, many
    )


def countdown(last: Any) -> Sample:
    return Sample(f"{python_value(last)} - n", lambda n: last - n)


def number(start: int = 0, end: str = "") -> Sample:
    """1, 2, 3, … and `start` more, with what is behind the point."""
    code = f"n + {start}{end}" if start or end else "n"
    return Sample(code, lambda n: n + (float(f"{start}{end}") if end else start))
