"""`enums:`: their names, their values, and what each value means."""

from __future__ import annotations

from typing import Any

from .. import names
from ..diagnostics import Code, plain, show
from ..draft import Loading
from ..grammar import EnumType
from ..spec import Enum
from .shapes import read_mapping, read_shape

WHAT = "a mapping {Name: [value, …]}"
LISTS = (list, dict)


def read_enums(loading: Loading, raw: object) -> None:
    for name, values in read_mapping("enums", raw, WHAT, loading.problems).items():
        loading.enums[name] = _enum(loading, f"enums.{plain(name)}", name, values)


def _enum(loading: Loading, where: str, name: str, values: Any) -> Enum | None:
    problems = loading.problems
    good = loading.class_name(where, name, "an enum")
    docs: list[str] = []
    given: EnumType | None = None
    if isinstance(values, dict) and isinstance(values.get("values"), LISTS):
        given = read_shape(EnumType, where, values, problems)
        if given is None:
            return None
        values = given.values
    if isinstance(values, dict):
        described = read_mapping(where, values, WHAT, problems)
        docs = _descriptions(loading, where, described)
        good = good and len(docs) == len(values)
        values = [*described]
    if not isinstance(values, list) or not values:
        what = f"{show(values)} is not a list of values: write one, as in [draft, sent]"
        problems.add(where, Code.ENUM, what)
        return None
    type_name = names.fit(names.snake(name))
    schema = None
    if given is not None:
        type_name = given.type or type_name
        loading.sql_name(f"{where}.type", type_name, "type")
        loading.identifier(f"{where}.type", type_name, "write a shorter one")
        schema = loading.schema(f"{where}.schema", given.sql_schema)
    if schema is None and type_name in names.SQL_TYPES:
        what = f"PostgreSQL has its own type {type_name}: rename the enum, as in {name}Kind"
        problems.add(where, Code.SQL_TYPE, what)
        good = False
    seen: set[str] = set()
    for value in values:
        mistake = _mistake(value, seen)
        if mistake is None:
            seen.add(value)
        else:
            problems.add(where, *mistake)
            good = False
    return Enum(name, type_name, tuple(values), tuple(docs), schema) if good else None


def _mistake(value: object, seen: set[str]) -> tuple[Code, str] | None:
    if not isinstance(value, str):
        return Code.QUOTE, f"YAML reads {show(value)} here, not text: quote it"
    if value in seen:
        return Code.ENUM_TWICE, f"the value {show(value)} is listed twice"
    fault = fault_of_value(value)
    return None if fault is None else (Code.ENUM_VALUE, fault)


def _descriptions(loading: Loading, where: str, described: dict[str, Any]) -> list[str]:
    docs = []
    for value, text in described.items():
        at = f"{where}.{plain(value)}"
        if not isinstance(text, str):
            what = f"{show(text)} is not text: quote the description, or write a list of values"
            loading.problems.add(at, Code.QUOTE, what)
        elif not (doc := " ".join(text.split())) or not doc.isprintable():
            what = "needs printable text as its description: write one, or a list of values"
            loading.problems.add(at, Code.ENUM, what)
        else:
            docs.append(doc)
    return docs


def fault_of_value(value: str) -> str | None:
    """Why an enum can't have this value."""
    if not value.isprintable() or value != value.strip():
        return f"{show(value)} cannot be a value: write printable text, without spaces around it"
    if names.too_long(value):
        return f"the value {show(value)} has over 63 bytes, and PostgreSQL allows 63"
    return None
