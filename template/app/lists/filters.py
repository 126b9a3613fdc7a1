"""What the filters of a list mean: `name` is equal to, `name__gt` is greater than, …"""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

T = TypeVar("T")

NO_FILTERS = {"sort", "limit", "cursor", "offset", "embed"}
AnyOf = Annotated[tuple[T, ...], Field(max_length=200)]
Operator = Callable[
    [InstrumentedAttribute[Any], sa.BindParameter[Any]], sa.ColumnElement[bool]
]


class FilterQuery(BaseModel):
    """A query of filters, which a resource adds to it."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    def filters(self) -> dict[str, Any]:
        """By the names of the parameters that the list's statement has for them."""
        names = sorted(self.model_fields_set - NO_FILTERS)
        return {parameter(name, value := getattr(self, name)): value for name in names}


def parameter(name: str, value: Any) -> str:
    """Of a statement; whether null is asked for is part of the statement."""
    if value is False and name.endswith("__isnull"):
        name = name.removesuffix("isnull") + "notnull"
    return f"is_{name}"


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
    name, _, operator = given.removeprefix("is_").rpartition("__")
    if operator not in OPERATORS and operator != "in":
        name, operator = given.removeprefix("is_"), ""
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
