"""Pieces of YAML → shapes of the grammar: what is wrong is reported and left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ..diagnostics import Code, Problems, did_you_mean, nearest, plain, show
from ..grammar import FOREIGN, NAMES, NUMBER, YES_NO, Shape
from ..names import sort_of_sql

T = TypeVar("T", bound=Shape)


def read_mapping(where: str, raw: object, what: str, problems: Problems) -> dict[str, Any]:
    """The pairs of `raw` whose key is text, as YAML makes other things of some keys."""
    if not isinstance(raw, dict):
        problems.add(where, Code.SHAPE, f"{show(raw)} is not {what}")
        return {}
    named = {}
    for key, value in raw.items():
        if isinstance(key, str):
            named[key] = value
        elif isinstance(key, bool):
            mistake = f"YAML reads this key as {show(key)}: quote it, as in 'on': …"
            problems.add(where, Code.KEY_QUOTE, mistake, key)
        else:
            mistake = f"the key {show(key)} is not text: quote it"
            problems.add(where, Code.KEY_QUOTE, mistake, show(key))
    return named


def is_cut_by_comma(raw: dict[str, Any]) -> bool:
    """`{type: decimal(12,2)}` is `{"type": "decimal(12", "2)": None}` to YAML."""
    is_open = any(
        isinstance(value, str) and value.count("(") > value.count(")") for value in raw.values()
    )
    return is_open and any(value is None and key.endswith(")") for key, value in raw.items())


def read_shape(cls: type[T], where: str, raw: object, problems: Problems) -> T | None:
    """`raw` as `cls`, without the keys that are wrong, so that the rest is still checked."""
    known = {field.alias or name: field for name, field in cls.model_fields.items()}
    before = len(problems.found)
    data = read_mapping(where, raw, f"a mapping with {', '.join(known)}", problems)
    if not data and not isinstance(raw, dict):
        return None
    if is_cut_by_comma(data):
        what = "a comma ends a value inside { }: quote the value, as in 'decimal(12,2)'"
        problems.add(where, Code.COMMA, what)
        return None
    _leave_out_keys(cls, known, where, data, problems)
    while True:
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            errors = {str(it["loc"][0]): it for it in error.errors(include_url=False)}
        for key, details in errors.items():
            if not _is_missing(details):
                wanted = known[key].description or ""
                _report_value(f"{where}.{key}", data[key], wanted, problems)
            elif len(problems.found) == before:
                what = f"has no `{key}`: write {known[key].description}"
                problems.add(where, Code.MISSING, what)
        if not errors.keys() & data.keys():
            return None
        data = {key: value for key, value in data.items() if key not in errors}


def _leave_out_keys(
    cls: type[Shape],
    known: Mapping[str, FieldInfo],
    where: str,
    data: dict[str, Any],
    problems: Problems,
) -> None:
    """Take keys out that are unknown or empty."""
    for key, value in list(data.items()):
        if key in cls.later:
            problems.add(f"{where}.{key}", Code.UNSUPPORTED, "not supported yet")
        elif key not in known:
            word = FOREIGN.get(key.lower().replace("-", "_"))
            instead = f": {word}" if word else did_you_mean(key, known)
            problems.add(where, Code.UNKNOWN_KEY, f"unknown key {plain(key)!r}{instead}", key)
        elif value is None and known[key].annotation is not Any:
            problems.add(f"{where}.{key}", Code.EMPTY, "is empty: give it a value or leave it out")
        else:
            continue
        del data[key]


def _is_missing(details: ErrorDetails) -> bool:
    return details["type"] == "missing" and len(details["loc"]) == 1


def _report_value(where: str, value: object, wanted: str, problems: Problems) -> None:
    parts = list(value) if isinstance(value, list) else [value]
    if isinstance(value, dict):
        parts = [*value.keys(), *value.values()]
    not_text = [part for part in parts if not isinstance(part, str | list | dict)]
    if not_text and not wanted.startswith((YES_NO, NUMBER, "one of ")):
        what = f"YAML reads {show(not_text[0])} here, not text: quote it, or write {wanted}"
        problems.add(where, Code.QUOTE, what)
        return
    near = None
    if isinstance(value, str) and wanted.startswith("one of "):
        word = re.sub(r"[\s-]+", "_", value.strip().lower())
        near = nearest(word, wanted.removeprefix("one of ").split(", "))
    hint = f"; did you mean `{near}`?" if near else ""
    if isinstance(value, str) and wanted == NAMES:
        names = (sort_of_sql(it) or it.strip() for it in value.split(","))
        hint = f": write [{', '.join(names)}]"
    problems.add(where, _code(wanted), f"{show(value)} is not {wanted}{hint}")


def _code(wanted: str) -> Code:
    for start, code in (("one of ", Code.CHOICE), ("a mapping", Code.SHAPE), ("a list", Code.LIST)):
        if wanted.startswith(start):
            return code
    return Code.VALUE
