"""Samples that keep the checks of a model, as far as these say what a single field may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ..language.spec import Field, Model
from ..language.types import info
from .code import call, literal
from .limits import exact, step
from .made import Sample, several

_CASTS = r"(?:::[\w .\"]+(?:\(\d+(?:,\d+)?\))?(?:\[\])?)*"
_NAME = r'\(*"?(?P<column>\w+)"?\)*' + _CASTS + r"\)*"
_LITERAL = re.compile(rf"\(*(?P<text>E?'(?:[^']|'')*'|-?\d+(?:\.\d+)?)\)*{_CASTS}\)*")
_ANY = re.compile(rf"{_NAME} (?:IN \((.+)\)|= ANY \(\(*ARRAY\[(.+)\]\)*{_CASTS}\))", re.I | re.S)
_COMPARED = re.compile(rf"{_NAME} (?P<sign>=|>=|<=|>|<|!?~\*?|~~|LIKE) (?P<value>.+)", re.I | re.S)
_LENGTH = re.compile(
    rf"(?:char_|character_|octet_)?length\({_NAME}\) (?P<sign>=|>=|<=|>|<) (?P<value>\d+)", re.I
)
_CASE = re.compile(rf"{_NAME} = (?P<case>upper|lower)\(.*\)", re.I)
_BETWEEN = re.compile(r"(\S+) BETWEEN (\S+) AND (\S+)", re.I)
_NULL = re.compile(r'\(?"?\w+"? IS NULL\)? OR | OR \(?"?\w+"? IS NULL\)?', re.I)
_CLASSES = {r"\d": "[0-9]", r"\w": "[A-Za-z0-9_]", r"\s": "[ ]", r"\y": "", r"\A": "^", r"\Z": "$"}
_TEXT = ("string", "varchar", "text", "citext", "char", "slug")


@dataclass
class Narrow:
    """What checks leave of a field: closer limits, and all values if they are few."""

    field: Field
    values: list[Any] | None = None


def narrowed(model: Model) -> dict[Field, Narrow]:
    """The fields that checks of the whole model say more of."""
    by_column = {field.column: field for field in model.fields if not field.type.array}
    found: dict[Field, Narrow] = {}
    for check in model.checks:
        if check.field is None:
            for column, narrow in _parts(check.sql):
                if (field := by_column.get(column)) is not None:
                    narrow(found.setdefault(field, Narrow(field)))
    return found


def of_values(field: Field, values: list[Any]) -> Sample:
    enum = field.type.enum
    if enum is None:
        return several(values)
    return several(values, lambda it: call(enum.name, literal(it)))


def _parts(sql: str) -> Iterator[tuple[str, Any]]:
    """Columns, each with a function that narrows it, of what is joined by AND."""
    text = _BETWEEN.sub(r"\1 >= \2 AND \1 <= \3", " ".join(sql.split()))
    if _NULL.search(text):
        text = _NULL.sub("", text).strip()
        text = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    if re.search(r"\bOR\b|\bNOT\b", text, re.I):
        return
    for part in re.split(r" AND ", text, flags=re.I):
        part = part.strip()
        if found := _ANY.fullmatch(part):
            items = found[2] or found[3]
            texts = [it["text"] for it in _LITERAL.finditer(items)]
            yield found["column"], _Values(texts)
        elif found := _LENGTH.fullmatch(part):
            yield found["column"], _Length(found["sign"], int(found["value"]))
        elif found := _CASE.fullmatch(part):
            only = "^[^a-z]+$" if found["case"].lower() == "upper" else "^[^A-Z]+$"
            yield found["column"], _Pattern(only)
        elif (found := _COMPARED.fullmatch(part)) and (value := _LITERAL.fullmatch(found["value"])):
            yield found["column"], _comparison(found["sign"].upper(), value["text"])


def _comparison(sign: str, text: str) -> Any:
    if sign == "=":
        return _Values([text])
    if sign in ("~~", "LIKE"):
        parts = [{"%": ".*", "_": "."}.get(it, re.escape(it)) for it in _unquoted(text)]
        return _Pattern(f"^{''.join(parts)}$")
    if sign in ("~", "~*"):
        return _Pattern(_unquoted(text))
    return _Limit(sign, text) if "~" not in sign else _Pattern("")


def _unquoted(text: str) -> str:
    inner = text[text.index("'") + 1 : -1].replace("''", "'") if "'" in text else text
    return inner.replace("\\\\", "\\") if text.startswith("E") else inner


@dataclass
class _Values:
    texts: list[str]

    def __call__(self, narrow: Narrow) -> None:
        field = narrow.field
        family = info(field.type).family
        if field.type.name == "char":
            values: list[Any] = [_unquoted(it).ljust(field.type.length or 1) for it in self.texts]
        elif field.type.enum or field.type.name in _TEXT:
            values = [_unquoted(it) for it in self.texts]
        elif family == "integer":
            values = [int(Decimal(_unquoted(it))) for it in self.texts]
        elif family == "decimal":
            values = [exact(field, Decimal(_unquoted(it))) for it in self.texts]
        else:
            return
        longest = field.type.length or max(len(str(it)) for it in values)
        fitting = [it for it in values if not isinstance(it, str) or len(it) <= longest]
        narrow.values = fitting or None


@dataclass
class _Length:
    sign: str
    value: int

    def __call__(self, narrow: Narrow) -> None:
        field = narrow.field
        least, most = field.min_length or 0, field.max_length
        if self.sign in ("=", ">=", ">"):
            least = max(least, self.value + (self.sign == ">"))
        if self.sign in ("=", "<=", "<"):
            longest = self.value - (self.sign == "<")
            most = longest if most is None else min(most, longest)
        narrow.field = replace(field, min_length=least, max_length=most)


@dataclass
class _Pattern:
    pattern: str

    def __call__(self, narrow: Narrow) -> None:
        pattern = re.sub(r"\\[dwsyAZ]", lambda it: _CLASSES[it[0]], self.pattern)
        try:
            re.compile(pattern)
        except re.error:
            return
        if pattern and narrow.field.type.name in _TEXT:
            narrow.field = replace(narrow.field, pattern=pattern)


@dataclass
class _Limit:
    sign: str
    text: str

    def __call__(self, narrow: Narrow) -> None:
        field = narrow.field
        family = info(field.type).family
        if family not in ("integer", "decimal") or not re.fullmatch(r"'?-?[\d.]+'?", self.text):
            return
        value: Any = Decimal(_unquoted(self.text))
        if family == "integer":
            value = int(value)
        match self.sign:
            case ">" | ">=" if field.gt is None and (field.min is None or field.min < value):
                narrow.field = replace(field, min=value + step(field) * (self.sign == ">"))
            case "<" | "<=" if field.lt is None and (field.max is None or field.max > value):
                narrow.field = replace(field, max=value - step(field) * (self.sign == "<"))
