"""What the filters of a list mean: `name` is equal to, `name__gt` is greater than, …"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

Operator = Callable[
    [InstrumentedAttribute[Any], sa.BindParameter[Any]], sa.ColumnElement[bool]
]


OPERATORS: dict[str, Operator] = {
    "": lambda column, value: column == value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "ilike": lambda column, value: column.ilike(value),
    "contains": lambda column, value: column.bool_op("@>")(value),
    "overlaps": lambda column, value: column.bool_op("&&")(value),
    "isnull": lambda column, _: column.is_(None),
    "notnull": lambda column, _: column.is_not(None),
}


def criterion(model: type[Any], given: str) -> sa.ColumnElement[bool]:
    """What the parameter `given` asks of the rows of `model`."""
    name, separator, operator = given.removeprefix("is_").rpartition("__")
    if not separator:
        name, operator = operator, ""
    column: InstrumentedAttribute[Any] = getattr(model, name)
    kind = exact(column.type)
    if operator == "in":
        return column == sa.any_(sa.bindparam(given, type_=ARRAY(kind)))
    return OPERATORS[operator](column, sa.bindparam(given, type_=kind))


class Bpchar(sa.types.UserDefinedType[str]):
    """What char(n) is without its length."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "BPCHAR"


def exact(kind: Any) -> Any:
    """The type of a value to compare with: not rounded or cut as the column's would be."""
    if isinstance(kind, sa.ARRAY):
        return ARRAY(exact(kind.item_type))
    if isinstance(kind, sa.CHAR):
        return Bpchar()
    if type(kind) is sa.String:
        return sa.String()
    return sa.Numeric() if type(kind) is sa.Numeric else kind
