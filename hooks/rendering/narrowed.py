"""Samples that keep the checks of a model, as far as these say what a single field may hold."""

from __future__ import annotations

import datetime as dt
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

_YEAR = dt.date(2026, 1, 1)  # that of other samples
_FAR = dt.date(2126, 1, 1)
_DAY = dt.timedelta(days=1)
_CASTS = r"(?:::[\w .\"]+(?:\(\d+(?:,\d+)?\))?(?:\[\])?)*"
_FOLDED = r"(?:(?:upper|lower|[lr]trim|btrim)\(|trim\(both from )?"
_NAME = rf'\(*{_FOLDED}\(*"?(?P<column>\w+)"?\)*{_CASTS}\)*'
_LITERAL = re.compile(rf"\(*(?P<text>E?'(?:[^']|'')*'|-?\d+(?:\.\d+)?)\)*{_CASTS}\)*")
_ANY = re.compile(rf"{_NAME} (?:IN \((.+)\)|= ANY \(\(*ARRAY\[(.+)\]\)*{_CASTS}\))", re.I | re.S)
_COMPARED = re.compile(rf"{_NAME} (?P<sign>=|>=|<=|>|<|!?~\*?|~~|LIKE) (?P<value>.+)", re.I | re.S)
_LENGTH = re.compile(
    rf"(?:char_|character_|octet_)?length\({_NAME}\) (?P<sign>=|>=|<=|>|<) (?P<value>\d+)", re.I
)
_CASE = re.compile(rf"{_NAME} = (?P<case>upper|lower)\(.*\)", re.I)
_BETWEEN = re.compile(r"(\S+) BETWEEN (\S+) AND (\S+)", re.I)
_NULL = re.compile(rf"{_NAME} IS (?P<not>NOT )?NULL", re.I)
_TRUTH = re.compile(
    rf"(?P<no>NOT )?{_NAME}(?: IS (?P<not>NOT )?(?P<value>true|false)| = (?P<same>true|false))?",
    re.I,
)
_NOW = re.compile(
    r"\(*(?:now\(\)|current_date|current_timestamp)\)*"
    r"(?: - '(?P<many>\d+) (?P<of>day|mon|year)\w*'::interval)?\)*",
    re.I,
)
_JOINED = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|[()]|\b(?:AND|OR)\b""", re.I)
_POSIX = {
    **{"alnum": "A-Za-z0-9", "alpha": "A-Za-z", "digit": r"\d", "lower": "a-z", "upper": "A-Z"},
    **{"blank": " ", "space": r"\s", "word": r"\w", "xdigit": "0-9A-Fa-f"},
}
_TEXT = ("string", "varchar", "text", "citext", "char", "slug")


@dataclass
class Narrow:
    """What checks leave of a field: closer limits, and all values if they are few."""

    field: Field
    values: list[Any] | None = None


Part = tuple[Field, Any]  # and what narrows it


def narrowed(model: Model) -> dict[Field, Narrow]:
    """The fields that checks of the whole model say more of."""
    fields = {field.column: field for field in model.fields if not field.type.array}
    found: dict[Field, Narrow] = {}
    for check in model.checks:
        if check.field is None:
            sql = _BETWEEN.sub(r"\1 >= \2 AND \1 <= \3", " ".join(check.sql.split()))
            for part in _parts(sql, fields):
                if part is not None:
                    field, narrow = part
                    narrow(found.setdefault(field, Narrow(field)))
    return found


def of_values(field: Field, values: list[Any]) -> Sample:
    enum = field.type.enum
    if enum is None:
        return several(values)
    return several(values, lambda it: call(enum.name, literal(it)))


def _parts(sql: str, fields: dict[str, Field]) -> Iterator[Part | None]:
    """What narrows fields so that the condition holds; None for a part that isn't known."""
    text = _bare(sql)
    if len(ways := _split(text, "OR")) > 1:
        yield from _either([[*_parts(it, fields)] for it in ways])
    elif len(parts := _split(text, "AND")) > 1:
        for part in parts:
            yield from _parts(part, fields)
    else:
        yield from _part(text, fields)


def _either(ways: list[list[Part | None]]) -> list[Part | None]:
    """All values that ways have for a field, or else what the least way has that is known."""
    known = [[part for part in way if part] for way in ways if None not in way]
    said = [way[0] for way in known if len(way) == 1 and isinstance(way[0][1], _Values)]
    if known and len(said) == len(known) and all(field is said[0][0] for field, _ in said):
        return [(said[0][0], _Values([text for _, of in said for text in of.texts]))]
    return [*min(known, key=len)] if known else [None]


def _split(text: str, word: str) -> list[str]:
    """What the word joins outside of parentheses."""
    found, depth, start = list[str](), 0, 0
    for it in _JOINED.finditer(text):
        depth += {"(": 1, ")": -1}.get(it[0], 0)
        if depth == 0 and it[0].upper() == word:
            found.append(_bare(text[start : it.start()]))
            start = it.end()
    return [*found, _bare(text[start:])]


def _bare(text: str) -> str:
    """Without parentheses around all of it."""
    text, depth = text.strip(), 0
    for it in _JOINED.finditer(text):
        depth += {"(": 1, ")": -1}.get(it[0], 0)
        if depth == 0:
            around = text.startswith("(") and it.end() == len(text)
            return _bare(text[1:-1]) if around else text
    return text


def _part(text: str, fields: dict[str, Field]) -> Iterator[Part | None]:
    if found := _NULL.fullmatch(text):
        field = fields.get(found["column"])
        if field is None or _null(field) == bool(found["not"]):
            yield None
        return
    found, narrow = _narrowing(text)
    field = fields.get(found["column"]) if found else None
    yield (field, narrow) if field and field.creatable and not field.reference else None


def _null(field: Field) -> bool:
    """Whether the rows of the tests have nothing there."""
    default = field.has_default or field.server_default is not None
    return field.optional and not default and (not field.creatable or field.reference is not None)


def _narrowing(text: str) -> tuple[re.Match[str] | None, Any]:
    if found := _ANY.fullmatch(text):
        return found, _Values([it["text"] for it in _LITERAL.finditer(found[2] or found[3])])
    if found := _LENGTH.fullmatch(text):
        return found, _Length(found["sign"], int(found["value"]))
    if found := _CASE.fullmatch(text):
        only = "^[^a-z]+$" if found["case"].lower() == "upper" else "^[^A-Z]+$"
        return found, _Pattern(only)
    if found := _TRUTH.fullmatch(text):
        no = bool(found["no"]) ^ bool(found["not"])
        yes = (found["value"] or found["same"] or "true").lower() == "true"
        return found, _Values([str(yes ^ no)])
    if (found := _COMPARED.fullmatch(text)) is None:
        return None, None
    if value := _LITERAL.fullmatch(found["value"]):
        return found, _comparison(found["sign"].upper(), value["text"])
    if now := _NOW.fullmatch(found["value"]):
        days = int(now["many"] or 0) * {"d": 1, "m": 31, "y": 366}[(now["of"] or "d")[0].lower()]
        ahead = found["sign"][0] == ">" and not days
        return found, _Moment(found["sign"], _FAR if ahead else _YEAR - days * _DAY)
    return None, None
    if value := _LITERAL.fullmatch(found["value"]):
        return found, _comparison(found["sign"].upper(), value["text"])
    if moment := _NOW.fullmatch(found["value"]):
        days = (
            int(moment["many"] or 0)
            * {"day": 1, "mon": 31, "yea": 366}[(moment["of"] or "day")[:3]]
        )
        return found, _Moment(found["sign"], _YEAR - dt.timedelta(days=days))
    return None, None


def _is_text(field: Field) -> bool:
    custom = field.type.custom
    return field.type.name in _TEXT or (custom is not None and custom.python == "str")


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
        elif field.type.enum or _is_text(field):
            values = [_unquoted(it) for it in self.texts]
        elif family == "integer":
            values = [int(Decimal(_unquoted(it))) for it in self.texts]
        elif family == "decimal":
            values = [exact(field, Decimal(_unquoted(it))) for it in self.texts]
        elif family == "bool":
            values = [it == "True" for it in self.texts]
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
        pattern = self.pattern.replace(r"\y", r"\b")
        pattern = re.sub(r"\[:(\w+):\]", lambda it: _POSIX.get(it[1], ""), pattern)
        try:
            re.compile(pattern)
        except re.error:
            return
        if pattern and _is_text(narrow.field):
            narrow.field = replace(narrow.field, pattern=pattern)


@dataclass
class _Limit:
    sign: str
    text: str

    def __call__(self, narrow: Narrow) -> None:
        field = narrow.field
        family = info(field.type).family
        if family == "time" and (day := re.fullmatch(r"'(\d{4}-\d\d-\d\d).*'", self.text)):
            _Moment(self.sign, dt.date.fromisoformat(day[1]))(narrow)
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


@dataclass
class _Moment:
    sign: str
    day: dt.date

    def __call__(self, narrow: Narrow) -> None:
        """Days before or behind it, where those of other samples aren't."""
        field, day = narrow.field, self.day
        if field.type.name not in ("date", "timestamp", "timestamptz"):
            return
        limit: Any = day
        if field.type.name != "date":
            zone = dt.UTC if field.type.name == "timestamptz" else None
            limit = dt.datetime(day.year, day.month, day.day, tzinfo=zone)
        if self.sign[0] == "<" and day.year <= _YEAR.year:
            narrow.field = replace(field, max=limit - 2 * _DAY)
        if self.sign[0] == ">" and day.year >= _YEAR.year:
            narrow.field = replace(field, min=limit + 2 * _DAY)
