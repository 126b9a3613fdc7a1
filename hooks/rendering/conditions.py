"""Conditions of partial uniques, as far as the tests can make rows that they are true of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..language.spec import Field, Model
from ..language.types import info
from ..layout import literal

TERM = re.compile(
    r'"?(?P<column>\w+)"?\s*(?P<test>IS\s+NULL|IS\s+NOT\s+NULL|=\s*(?P<value>.+))?', re.I | re.S
)
COMPARISON = re.compile(r'"?(?P<left>\w+)"?\s*(?P<sign><>|<=?|>=?)\s*"?(?P<right>-?\w+)"?')
TEXT = re.compile(r"'((?:[^']|'')*)'(?:::[\w .()\[\]]+)?")


@dataclass(frozen=True)
class Term:
    """What the tests give to `field`, so that its part of the condition holds or doesn't."""

    field: Field
    yes: str
    no: str | None = None  # nothing for it, which leaves the sample


def terms(model: Model, sql: str, sampled: set[Field]) -> list[Term] | None:
    """The terms of `sql`, joined by AND; None where any of them isn't known well enough."""
    found: list[Term] = []
    by_column = {it.column: it for it in model.fields}
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
                found.append(Term(field, "None"))
            continue
        if not field.creatable:
            return None
        if not test and field.type.name == "bool":
            found.append(Term(field, str(not negated), str(bool(negated))))
        elif test.startswith("=") and not negated and (value := _value(field, match["value"])):
            found.append(Term(field, value))
        else:
            return None
    return found


def breach(model: Model, sql: str, sampled: set[Field]) -> tuple[Field, str] | None:
    """A field of a comparison, and the Python of a JSON value of it that breaks the check."""
    match = COMPARISON.fullmatch(sql.strip())
    if match is None:
        return None
    by_column = {it.column: it for it in model.fields if it in sampled}
    left, right = by_column.get(match["left"]), by_column.get(match["right"])
    if left and right and left.type == right.type and match["sign"] in ("<>", "<", ">"):
        return right, f'body["{left.name}"]'
    if left and re.fullmatch("-?[0-9]{1,9}", match["right"]):
        number = int(match["right"]) + {">=": -1, "<=": 1}.get(match["sign"], 0)
        match info(left.type).family:
            case "integer" if not left.type.array:
                return left, str(number)
            case "decimal" if not left.type.array:
                return left, f'"{number}"'
    return None


def _value(field: Field, sql: str) -> str | None:
    """The Python of a literal; None for what is none, or of a type that has others."""
    text = TEXT.fullmatch(sql)
    if text and field.type.name in ("enum", "string", "text", "citext", "slug"):
        return literal(text[1].replace("''", "'"))
    if re.fullmatch("[0-9]{1,4}", sql) and field.type.name in ("smallint", "int", "bigint"):
        return sql
    return None
