"""Conditions of partial uniques, as far as the tests can make rows that they are true of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..language.spec import Field, Model
from ..language.types import info

TERM = re.compile(
    r'"?(?P<column>\w+)"?\s*(?P<test>IS\s+NULL|IS\s+NOT\s+NULL|=\s*(?P<value>.+))?', re.I | re.S
)
COMPARISON = re.compile(r'"?(?P<left>\w+)"?\s*(?P<sign><>|<=?|>=?)\s*"?(?P<right>-?\w+)"?')
TEXT = re.compile(r"'((?:[^']|'')*)'(?:::[\w .()\[\]\"]+)?")


@dataclass(frozen=True)
class Term:
    """What the tests give to `field`, so that its part of the condition holds or doesn't."""

    field: Field
    yes: Any
    no: bool | None = None  # nothing for it, which leaves the sample


def terms(model: Model, sql: str, sampled: set[Field]) -> list[Term] | None:
    """The terms of `sql`, joined by AND; None where any of them isn't known well enough."""
    found: list[Term] = []
    by_column = {field.column: field for field in model.fields}
    for part in re.split(r"\s+AND\s+", sql.strip(), flags=re.IGNORECASE):
        negated = re.match(r"NOT\s+", part, re.IGNORECASE)
        match = TERM.fullmatch(part[negated.end() :] if negated else part)
        field = by_column.get(match["column"]) if match else None
        if match is None or field is None:
            return None
        test = " ".join((match["test"] or "").upper().split())
        if test == "IS NOT NULL" and field in sampled and not negated:
            continue
        if test == "IS NULL" and not negated and field.optional and not field.has_default:
            if field.creatable:
                found.append(Term(field, None))
            continue
        if not field.creatable:
            return None
        if not test and field.type.name == "bool":
            found.append(Term(field, not negated, bool(negated)))
        elif test.startswith("=") and not negated:
            value = _value(field, match["value"])
            if value is None:
                return None
            found.append(Term(field, value))
        else:
            return None
    return found


@dataclass(frozen=True)
class Breach:
    """What breaks a check: a JSON value of a field, or that of another field."""

    field: Field
    value: int | str | None = None
    like: Field | None = None


def breach(model: Model, sql: str, sampled: set[Field]) -> Breach | None:
    """Of a comparison of fields, or with a number; None for any other check."""
    match = COMPARISON.fullmatch(sql.strip())
    if match is None:
        return None
    by_column = {field.column: field for field in model.fields if field in sampled}
    left, right = by_column.get(match["left"]), by_column.get(match["right"])
    if left and right and left.type == right.type and match["sign"] in ("<>", "<", ">"):
        return Breach(right, like=left)
    if left and not left.type.array and re.fullmatch("-?[0-9]{1,9}", match["right"]):
        number = int(match["right"]) + {">=": -1, "<=": 1}.get(match["sign"], 0)
        match info(left.type).family:
            case "integer":
                return Breach(left, number)
            case "decimal":
                return Breach(left, str(number))
    return None


def _value(field: Field, sql: str) -> str | int | None:
    """The value of a literal; None for what is none, or of a type that has others."""
    text = TEXT.fullmatch(sql)
    if text and field.type.name in ("enum", "string", "varchar", "text", "citext", "slug"):
        return text[1].replace("''", "'")
    if re.fullmatch("[0-9]{1,4}", sql) and field.type.name in ("smallint", "int", "bigint"):
        return int(sql)
    return None
