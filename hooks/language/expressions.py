"""Type expressions: `string(40)?`, `decimal(12,2)`, `int[]`, `-> User?`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import foreign, types
from .diagnostics import Code, did_you_mean, nearest, plain, show
from .draft import Loading
from .spec import Type

# PostgreSQL's own bounds.
LONGEST = 10_485_760
MOST_DIGITS = 1000
MOST_NUMBERS = 16_000  # of pgvector
MOST_AFTER_SECOND = 6  # digits

_EXPRESSION = re.compile(
    r"\s*(?P<name>[A-Za-z_][\w ]*?)\s*(?P<arguments>\([^()]*\))?\s*(?P<array>(\[\s*\])*)"
    r"\s*(?P<optional>\??)\s*",
    re.ASCII,
)
_WORDY_REFERENCE = re.compile(
    r"\s*(ref|fk|references?|foreign ?key|belongs[ _]?to)[\s:(]+(?P<model>[A-Z]\w*)\)?"
    r"(?P<optional>\??)\s*",
    re.ASCII | re.IGNORECASE,
)
_COLUMN = re.compile(
    r"\s*(?P<type>\w+(\([^()]*\))?(\[\])?)\s+"
    r"(?P<word>default|unique|not\s+null|null|primary\s+key)\b\s*(?P<value>.*?)\s*",
    re.ASCII | re.IGNORECASE,
)
_REFERENCE = re.compile(r"\s*->\s*(?P<name>\w+)\s*(?P<optional>\??)\s*", re.ASCII)


@dataclass(frozen=True)
class Expression:
    """A type as it is written; `precision` and `scale` may be keys beside it."""

    name: str
    arguments: tuple[str, ...] | None
    array: bool
    optional: bool
    precision: int | None = None
    scale: int | None = None

    @property
    def has_keys(self) -> bool:
        return self.precision is not None or self.scale is not None


@dataclass(frozen=True)
class ReferenceExpression:
    """`-> Model?`"""

    model: str
    optional: bool


def parse_reference(text: str) -> ReferenceExpression | None:
    found = _REFERENCE.fullmatch(text)
    return ReferenceExpression(found["name"], bool(found["optional"])) if found else None


def parse(loading: Loading, where: str, text: str) -> Expression | None:
    """The parts of `text`; None, reported, if it isn't a type."""
    if (told := _of_sql(text)) is not None:
        loading.problems.add(where, Code.EXPRESSION, told)
        return None
    found = _EXPRESSION.fullmatch(text)
    if found is None or found["array"].count("[") > 1:
        loading.problems.add(where, *_no_expression(text))
        return None
    inside = found["arguments"]
    arguments = None
    if inside is not None:
        arguments = tuple(argument.strip() for argument in inside[1:-1].split(","))
    return Expression(found["name"], arguments, bool(found["array"]), bool(found["optional"]))


def _of_sql(text: str) -> str | None:
    """What to write for a type with what SQL puts behind it, or a reference in other words."""
    if found := _WORDY_REFERENCE.fullmatch(text):
        return f"{show(text)} is not a type: write -> {found['model']}{found['optional']}"
    found = _COLUMN.fullmatch(text)
    if found is None:
        return None
    name, word, value = found["type"], " ".join(found["word"].lower().split()), found["value"]
    kind = "server_default" if "(" in value or value.lower().startswith("current_") else "default"
    type_ = f"'{name}'" if "," in name else name
    instead = {
        "default": f"{{type: {type_}, {kind}: {value or '…'}}}",
        "unique": f"{{type: {type_}, unique: true}}",
        "not null": f"{name}, which is required",
        "null": f"{name}?",
        "primary key": f"{name} here, and `pk:` with its name beside `fields:`",
    }
    return f"{show(text)} is not a type: write {instead[word]}"


def _no_expression(text: str) -> tuple[Code, str]:
    """Why `text` isn't a type."""
    if text.count("(") > text.count(")"):
        what = f"{show(text)} is cut: a comma ends a value inside {{ }}: quote the value,"
        return Code.COMMA, f"{what} as in 'decimal(12,2)'"
    if "->" in text:
        what = f"{show(text)} is not a reference: write `-> Model`, or {{ref: Model}}"
        return Code.REFERENCE, what
    if _EXPRESSION.fullmatch(text):
        return Code.DIMENSIONS, f"{show(text)}: arrays have one dimension: write int[]"
    hint = "; `?` comes last: int[]?" if "?[" in text else ""
    what = f"{show(text)} is not a type: write it like string(40)?, int[]{hint}"
    return Code.EXPRESSION, what


def resolve(loading: Loading, where: str, expression: Expression) -> Type | None:
    """The type that `expression` names; None, reported, if there is none."""
    problems, name, array = loading.problems, expression.name, expression.array
    if name in loading.enums:
        return _enum(loading, where, expression)
    given = expression.arguments
    if name.lower() == "varchar" and given is not None:
        what = f"the type {name}({given[0]}) is called string({given[0]}) here"
        problems.add(where, Code.SPELLING, what)
        return None
    if name not in types.NAMES:
        problems.add(where, *_unknown(loading, name))
        return None
    wanted = types.TYPES[name].arguments
    if wanted == ("precision", "scale"):
        return _decimal(loading, where, expression)
    if expression.has_keys:
        problems.add(where, Code.PRECISION_KEYS, "precision and scale are for decimal")
    if wanted == ("precision",):
        return _of_seconds(loading, where, expression)
    if not wanted:
        if given is not None:
            instead = f"; write string({given[0]})" if name == "text" else ""
            problems.add(where, Code.ARGUMENTS, f"{name} takes no arguments{instead}")
        return Type(name, array=array)
    if given is None or len(given) != 1:
        instead = ", or text or varchar for any length" if name == "string" else ""
        what = f"{name} needs its length: write {name}(40){instead}"
        problems.add(where, Code.LENGTH_NEEDED, what)
        return None
    if name == "vector" and array:
        problems.add(where, Code.DIMENSIONS, "a vector is a list already: leave out []")
        return None
    longest = MOST_NUMBERS if name == "vector" else LONGEST
    length = _number(loading, where, name, given[0], range(1, longest + 1))
    return Type(name, length=length, array=array) if length is not None else None


def _enum(loading: Loading, where: str, expression: Expression) -> Type | None:
    if expression.arguments is not None or expression.has_keys:
        what = f"the enum {expression.name} takes no arguments"
        loading.problems.add(where, Code.ARGUMENTS, what)
    enum = loading.enums[expression.name]
    return Type("enum", enum=enum, array=expression.array) if enum else None


def _of_seconds(loading: Loading, where: str, expression: Expression) -> Type | None:
    """A time, perhaps with the number of digits after the second."""
    name, given = expression.name, expression.arguments
    if given is None:
        return Type(name, array=expression.array)
    if len(given) != 1:
        what = f"{name} takes one number, of digits after the second: {name}(3)"
        loading.problems.add(where, Code.ARGUMENTS, what)
        return None
    digits = _number(loading, where, name, given[0], range(MOST_AFTER_SECOND + 1))
    return None if digits is None else Type(name, precision=digits, array=expression.array)


def _decimal(loading: Loading, where: str, expression: Expression) -> Type | None:
    problems = loading.problems
    precision, scale = expression.precision, expression.scale
    if expression.arguments is None and not expression.has_keys:
        return Type("decimal", array=expression.array)
    if expression.arguments is not None:
        if expression.has_keys:
            what = "has decimal(p,s) and precision or scale: keep one"
            problems.add(where, Code.PRECISION_TWICE, what)
            return None
        if len(expression.arguments) != 2:
            first = expression.arguments[0] or "12"
            what = f"decimal needs precision and scale: decimal({first},2)"
            problems.add(where, Code.PRECISION, what)
            return None
        one, other = expression.arguments
        precision = _number(loading, where, "decimal", one, range(1, MOST_DIGITS + 1))
        scale = _number(loading, where, "decimal", other, range(MOST_DIGITS + 1))
        if precision is None or scale is None:
            return None
    if precision is None or scale is None:
        what = "decimal needs precision and scale, or neither: decimal(12,2), or in { } both keys"
        problems.add(where, Code.PRECISION, what)
        return None
    if not 1 <= precision <= MOST_DIGITS or not 0 <= scale <= precision:
        what = f"decimal({precision},{scale}): precision is 1 to {MOST_DIGITS},"
        problems.add(where, Code.ARGUMENT_RANGE, f"{what} scale 0 to the precision")
        return None
    return Type("decimal", precision=precision, scale=scale, array=expression.array)


def _number(loading: Loading, where: str, name: str, text: str, allowed: range) -> int | None:
    if re.fullmatch(r"[0-9]{1,9}", text) and int(text) in allowed:
        return int(text)
    bounds = f"from {allowed.start} to {allowed.stop - 1}"
    what = f"{name}({show(text)[1:-1]}): write a number {bounds}"
    loading.problems.add(where, Code.ARGUMENT_RANGE, what)
    return None


def _unknown(loading: Loading, name: str) -> tuple[Code, str]:
    """Why there is no type `name`."""
    if name in loading.drafts or name in loading.broken:
        return Code.MODEL_TYPE, f"{name} is a model: write `-> {name}` or {{ref: {name}}}"
    lower = " ".join(name.lower().split())
    instead = foreign.FOREIGN.get(lower, lower if lower in types.NAMES else None)
    if instead is not None:
        return Code.SPELLING, f"the type {plain(name)} is called {instead} here"
    known = [*types.NAMES, *loading.enums]
    near = nearest(name, known) or nearest(lower, known)
    hint = f"; did you mean `{plain(near)}`?" if near else did_you_mean(name, loading.enums)
    return Code.TYPE, f"unknown type {plain(name)!r}{hint}"
