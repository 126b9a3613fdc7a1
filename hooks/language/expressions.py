"""Type expressions: `string(40)?`, `decimal(12,2)`, `int[]`, `-> User?`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from . import types
from .diagnostics import Code, Problems, did_you_mean, nearest, plain, show
from .spec import Enum, Type

# PostgreSQL's own bounds.
LONGEST = 10_485_760
MOST_DIGITS = 1000
MOST_NUMBERS = 16_000  # of pgvector

_EXPRESSION = re.compile(
    r"\s*(?P<name>[A-Za-z_][\w ]*?)\s*(?P<arguments>\([^()]*\))?\s*(?P<array>(\[\s*\])*)"
    r"\s*(?P<optional>\??)\s*",
    re.ASCII,
)
_REFERENCE = re.compile(r"\s*->\s*(?P<name>\w+)\s*(?P<optional>\??)\s*", re.ASCII)


@dataclass(frozen=True)
class Expression:
    name: str
    arguments: tuple[str, ...] | None
    array: bool
    optional: bool


def reference(text: str) -> tuple[str, bool] | None:
    """The model of `-> Model?` and whether it is optional."""
    found = _REFERENCE.fullmatch(text)
    return (found["name"], bool(found["optional"])) if found else None


def parse(where: str, text: str, problems: Problems) -> Expression | None:
    if text.count("(") > text.count(")"):
        problems.add(
            where,
            Code.COMMA,
            f"{show(text)} is cut: a comma ends a value inside {{ }}: quote the value,"
            " as in 'decimal(12,2)'",
        )
        return None
    if "->" in text:
        problems.add(
            where,
            Code.REFERENCE,
            f"{show(text)} is not a reference: write `-> Model`, or {{ref: Model}}",
        )
        return None
    found = _EXPRESSION.fullmatch(text)
    if found is None:
        hint = "; `?` comes last: int[]?" if "?[" in text else ""
        problems.add(
            where,
            Code.EXPRESSION,
            f"{show(text)} is not a type: write it like string(40)?, int[]{hint}",
        )
        return None
    if found["array"].count("[") > 1:
        problems.add(
            where, Code.DIMENSIONS, f"{show(text)}: arrays have one dimension: write int[]"
        )
        return None
    inside = found["arguments"]
    arguments = None
    if inside is not None:
        arguments = tuple(it.strip() for it in inside[1:-1].split(","))
    return Expression(found["name"], arguments, bool(found["array"]), bool(found["optional"]))


def resolve(
    where: str,
    expression: Expression,
    precision: int | None,
    scale: int | None,
    array: bool,
    enums: Mapping[str, Enum | None],
    models: Collection[str],
    problems: Problems,
) -> Type | None:
    """The type that `expression` names; an enum that is wrong itself is None in `enums`."""
    name, array = expression.name, array or expression.array
    if name in enums:
        if expression.arguments is not None or precision is not None or scale is not None:
            problems.add(where, Code.ARGUMENTS, f"the enum {name} takes no arguments")
        enum = enums[name]
        return Type("enum", enum=enum, array=array) if enum else None
    if name not in types.NAMES:
        _unknown(where, name, enums, models, problems)
        return None
    wanted = types.TYPES[name].arguments
    given = expression.arguments
    if wanted == ("precision", "scale"):
        return _decimal(where, expression, precision, scale, array, problems)
    if precision is not None or scale is not None:
        problems.add(where, Code.PRECISION_KEYS, "precision and scale are for decimal")
    if not wanted:
        if given is not None:
            instead = f"; write string({given[0]})" if name == "text" else ""
            problems.add(where, Code.ARGUMENTS, f"{name} takes no arguments{instead}")
        return Type(name, array=array)
    if given is None or len(given) != 1:
        instead = ", or text for any length" if name == "string" else ""
        problems.add(
            where, Code.LENGTH_NEEDED, f"{name} needs its length: write {name}(40){instead}"
        )
        return None
    if name == "vector" and array:
        problems.add(where, Code.DIMENSIONS, "a vector is a list already: leave out []")
        return None
    longest = MOST_NUMBERS if name == "vector" else LONGEST
    length = _number(where, name, given[0], 1, longest, problems)
    return Type(name, length=length, array=array) if length is not None else None


def _decimal(
    where: str,
    expression: Expression,
    precision: int | None,
    scale: int | None,
    array: bool,
    problems: Problems,
) -> Type | None:
    if expression.arguments is not None:
        if precision is not None or scale is not None:
            problems.add(
                where, Code.PRECISION_TWICE, "has decimal(p,s) and precision or scale: keep one"
            )
            return None
        if len(expression.arguments) != 2:
            first = expression.arguments[0] or "12"
            problems.add(
                where, Code.PRECISION, f"decimal needs precision and scale: decimal({first},2)"
            )
            return None
        numbers = [
            _number(where, "decimal", it, low, MOST_DIGITS, problems)
            for it, low in zip(expression.arguments, (1, 0), strict=True)
        ]
        precision, scale = numbers
        if precision is None or scale is None:
            return None
    if precision is None or scale is None:
        problems.add(
            where,
            Code.PRECISION,
            "decimal needs precision and scale: decimal(12,2), or in { } precision: 12, scale: 2",
        )
        return None
    if not 1 <= precision <= MOST_DIGITS or not 0 <= scale <= precision:
        problems.add(
            where,
            Code.ARGUMENT_RANGE,
            f"decimal({precision},{scale}): precision is 1 to {MOST_DIGITS},"
            " scale 0 to the precision",
        )
        return None
    return Type("decimal", precision=precision, scale=scale, array=array)


def _number(
    where: str, name: str, text: str, low: int, high: int, problems: Problems
) -> int | None:
    if re.fullmatch(r"[0-9]{1,9}", text) and low <= int(text) <= high:
        return int(text)
    problems.add(
        where,
        Code.ARGUMENT_RANGE,
        f"{name}({show(text)[1:-1]}): write a number from {low} to {high}",
    )
    return None


def _unknown(
    where: str,
    name: str,
    enums: Collection[str],
    models: Collection[str],
    problems: Problems,
) -> None:
    if name in models:
        problems.add(
            where, Code.MODEL_TYPE, f"{name} is a model: write `-> {name}` or {{ref: {name}}}"
        )
        return
    lower = " ".join(name.lower().split())
    instead = types.FOREIGN.get(lower, lower if lower in types.NAMES else None)
    if instead is not None:
        problems.add(where, Code.SPELLING, f"the type {plain(name)} is called {instead} here")
        return
    known = [*types.NAMES, *enums]
    near = nearest(name, known) or nearest(lower, known)
    hint = f"; did you mean `{plain(near)}`?" if near else did_you_mean(name, enums)
    problems.add(where, Code.TYPE, f"unknown type {plain(name)!r}{hint}")
