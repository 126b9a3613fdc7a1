"""What a rule compares: which types have which signs, and values as their column has them."""

from __future__ import annotations

import re
from typing import Any

from .. import types, values
from ..diagnostics import Code, show
from ..spec import Field, Type
from .nodes import Literal, Sign
from .syntax import Fault, Number, Operand, Text, Truth

NUMBERS = ("integer", "float", "decimal")
ORDERED = (*NUMBERS, "time")
MOST_DIGITS = 100
MIRRORED: dict[str, Sign] = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def check_sign(field: Field, sign: str) -> None:
    """Refuse what PostgreSQL doesn't compare, or doesn't order as a reader expects."""
    info = types.info(field.type)
    kind = f"{field.type.name}{'[]' if field.type.array else ''}"
    if field.type.array or not info.comparable:
        what = (
            f"{field.name} is {kind}, which rules can't compare: write `is null` or `is not null`"
        )
        raise Fault(Code.RULE_TYPE, what)
    if sign not in ("=", "<>") and info.family not in ORDERED:
        what = f"{field.name} is {kind}, which has no {sign}: write =, <> or in"
        raise Fault(Code.RULE_TYPE, what)


def check_alike(left: Field, right: Field) -> None:
    """Refuse to compare columns of types that PostgreSQL doesn't compare as they are."""
    families = {types.info(left.type).family, types.info(right.type).family}
    if types.may_refer(left.type, right.type) or families <= set(NUMBERS):
        return
    what = f"{left.name} is {_name(left.type)} and {right.name} {_name(right.type)}:"
    raise Fault(Code.RULE_TYPE, f"{what} compare columns of one type")


def literal(field: Field, operand: Operand) -> Literal:
    """The value of `operand` as `field` has it. Raises `Fault`."""
    try:
        return Literal(values.convert(field.type, _plain(field.type, operand)), field.type)
    except values.Wrong as wrong:
        code = Code.RULE_VALUE
        what = str(wrong).removeprefix("YAML reads ")
        if what != str(wrong):
            what = f"{what.partition(' here')[0]} is not text: write it in single quotes"
        raise Fault(code, f"{field.name} is {_name(field.type)}: {what}") from None


def _plain(type_: Type, operand: Operand) -> Any:
    """`operand` as a models.yml would have it."""
    if isinstance(operand, Text):
        return operand.value
    if isinstance(operand, Truth):
        return operand.value
    assert isinstance(operand, Number)
    if len(operand.text) > MOST_DIGITS:
        raise Fault(Code.RULE_VALUE, f"{show(operand.text)} has over {MOST_DIGITS} characters")
    if types.info(type_).family == "decimal":
        return operand.text
    return float(operand.text) if re.search(r"\.", operand.text) else int(operand.text)


def _name(type_: Type) -> str:
    return type_.enum.name if type_.enum else type_.name
