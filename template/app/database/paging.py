"""Lists, a page at a time, by cursor: it costs the same at any depth.

A cursor holds what the last row of a page is ordered by; the next page is what comes
after it in the same order. The key is always the last to order by, so that no two rows
are equal. Deep pages cost more only where the first to order by may be null.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Generic, Self, TypeVar

import sqlalchemy as sa
from asyncpg import PostgresError
from pydantic import BaseModel, ConfigDict, Field

from app.database.base import Base
from app.database.compiled import Row
from app.database.engine import NONE, Database, sqlstate
from app.database.filters import FilterQuery, criterion
from app.database.sorting import NOT_A_CURSOR, Order
from app.database.statements import Invalid, columns

T = TypeVar("T")

CACHED = 200  # statements that a list keeps: a query can combine many filters
UNSTORABLE = ("22", "42601")  # SQLSTATEs of values: 42601 is a bad ltree's
Cursor = Annotated[str, Field(max_length=16_000, pattern="^[A-Za-z0-9_=-]*$")]
Limit = Annotated[int, Field(ge=1, le=200)]


class CursorPage(BaseModel, Generic[T]):
    model_config = ConfigDict(defer_build=True)

    items: list[T]
    next_cursor: str | None


class ListQuery(FilterQuery):
    sort: tuple[str, ...] = ()


class CursorQuery(ListQuery):
    limit: Limit = 50
    cursor: Cursor | None = None


class Listing:
    """The rows of `model` as `schema` shows them, in `order` unless a query sorts.

    Values for parameters that `criteria` bind are given with each page.
    """

    def __init__(
        self,
        model: type[Base],
        schema: type[BaseModel],
        order: Sequence[str],
        criteria: Sequence[sa.ColumnElement[bool]] = (),
    ) -> None:
        self.of = model, schema, order
        self.criteria = criteria
        self.order = lru_cache(CACHED)(self._order)
        self.select = lru_cache(CACHED)(self._select)

    def where(self, *criteria: sa.ColumnElement[bool]) -> Self:
        """The same list, narrowed."""
        return type(self)(*self.of, [*self.criteria, *criteria])

    async def page(
        self, db: Database, query: CursorQuery, values: Mapping[str, Any] = NONE
    ) -> dict[str, Any]:
        order = self.order(query.sort)
        after = order.after(query.cursor) if query.cursor else {}
        # One row more than the page holds tells whether there is another page.
        window = {**after, "limit": query.limit + 1}
        try:
            rows = await self.rows(db, query, {**values, **window})
        except PostgresError as error:
            # The filters are checked: what can't be stored is of a cursor made up.
            if query.cursor and sqlstate(error).startswith(UNSTORABLE):
                raise Invalid(NOT_A_CURSOR, parameter="cursor") from None
            raise
        more = len(rows) > query.limit
        return {
            "items": rows[: query.limit],
            "next_cursor": order.cursor(rows[query.limit - 1]) if more else None,
        }

    async def rows(
        self, db: Database, query: ListQuery, values: Mapping[str, Any]
    ) -> list[Row]:
        given = {**values, **query.filters()}
        return await db.all(self.select(query.sort, tuple(given)), given)

    def narrow(self, statement: sa.Select[Any], given: Sequence[str]) -> sa.Select[Any]:
        """To the rows of the list that the filters among the parameters leave."""
        asked = [self.asked(it) for it in given if it.startswith("is_")]
        return statement.where(*self.criteria, *asked)

    def asked(self, given: str) -> sa.ColumnElement[bool]:
        """What the parameter `given`, of a filter, asks of a row."""
        return criterion(self.of[0], given)

    def _order(self, sort: tuple[str, ...]) -> Order:
        model, schema, default = self.of
        return Order(model, schema, sort or default)

    def _select(self, sort: tuple[str, ...], given: Sequence[str]) -> sa.Select[Any]:
        """With what the parameters `given` are for; the callers' own begin with `_`."""
        model, schema, _ = self.of
        order = self.order(sort)
        statement = self.narrow(sa.select(*columns(model, schema)), given)
        if any(name.startswith("after_") for name in given):
            statement = statement.where(order.beyond(given))
        statement = statement.order_by(*order.clauses())
        if "limit" in given:
            statement = statement.limit(sa.bindparam("limit", type_=sa.Integer))
        if "offset" in given:
            statement = statement.offset(sa.bindparam("offset", type_=sa.Integer))
        return statement
