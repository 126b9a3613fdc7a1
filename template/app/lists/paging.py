"""Lists, a page at a time, by cursor: it costs the same at any depth.

A cursor holds what the last row of a page is ordered by; the next page is what comes
after it in the same order. The key is always the last to order by, so that no two rows
are equal. Deep pages cost more only where the first to order by may be null.

The names of parameters tell what they are for: `_user_id` is bound by the statement that
a handler asks for, `is_name` by a filter, `after_name`, `null_name` and `edge_name` by a
cursor; `limit` and `offset` by the page.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from functools import lru_cache
from typing import Annotated, Any, Generic, Self, TypeVar

import sqlalchemy as sa
from asyncpg import PostgresError
from pydantic import BaseModel, ConfigDict, Field

from app.database.base import columns_for
from app.database.compiled import Record
from app.database.engine import NO_VALUES, Database
from app.database.policy import Criteria, Policy
from app.database.retries import sqlstate
from app.errors import InvalidValue, found_or_404
from app.lists.filters import criterion
from app.lists.query import QueryModel
from app.lists.sorting import NOT_A_CURSOR, SortOrder

T = TypeVar("T")

MAX_STATEMENTS = 200  # that a list keeps: a query can combine many filters
UNSTORABLE = ("22", "42601")  # SQLSTATEs of values; 42601: not an ltree
LONGEST = 16_000  # characters of a cursor: more have no room in the head of a request
TOO_LONG = (
    "A row is too long for a cursor: sort by shorter fields, or set another limit"
)
Cursor = Annotated[str, Field(max_length=LONGEST, pattern="^[A-Za-z0-9_=-]*$")]
Limit = Annotated[int, Field(ge=1, le=200)]


class CursorPage(BaseModel, Generic[T]):
    model_config = ConfigDict(defer_build=True)

    items: list[T]
    next_cursor: str | None


class PageQuery(QueryModel):
    limit: Limit = 50

    # Not public, as a field may have any other name.
    async def _page(
        self, of: "Listing", db: Database, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        raise NotImplementedError


class CursorQuery(PageQuery):
    cursor: Cursor | None = None

    async def _page(
        self, of: "Listing", db: Database, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        order = of.order(self._sort())
        after = order.after(self.cursor) if self.cursor else {}
        # One row more than the page holds tells whether there is another page.
        window = {**after, "limit": self.limit + 1}
        try:
            rows = await of.rows(db, self, {**values, **window})
        except PostgresError as error:
            # Filters have been checked, so the value is of a cursor that we didn't make.
            if self.cursor and sqlstate(error).startswith(UNSTORABLE):
                raise InvalidValue(NOT_A_CURSOR, parameter="cursor") from None
            raise
        more = len(rows) > self.limit
        cursor = order.cursor(rows[self.limit - 1]) if more else None
        if cursor and len(cursor) > LONGEST:
            raise InvalidValue(TOO_LONG, parameter="sort")
        return {"items": rows[: self.limit], "next_cursor": cursor}


class Listing:
    """The rows that `policy` lets be seen, as `schema` shows them.

    They are in `order` unless a query sorts. Values for parameters that `criteria` bind
    are given with each page. The answer is 404 where a `parent` can't be seen.
    """

    def __init__(
        self,
        policy: Policy,
        schema: type[BaseModel],
        order: Sequence[str],
        criteria: Criteria = (),
        parent: Policy | None = None,
    ) -> None:
        self.policy = policy
        self.schema = schema
        self.shown = columns_for(policy.model, schema)
        self.default_order = order
        self.criteria = criteria
        self.parent = parent
        self.order = lru_cache(MAX_STATEMENTS)(self._order)
        self.select = lru_cache(MAX_STATEMENTS)(self._select)

    def where(
        self, *criteria: sa.ColumnElement[bool], parent: Policy | None = None
    ) -> Self:
        """The same list with more criteria, such as that of the rows of a `parent`."""
        narrowed = copy(self)
        narrowed.criteria = [*self.criteria, *criteria]
        narrowed.parent = parent or self.parent
        # Its statements are others; what it is sorted by is the same.
        narrowed.select = lru_cache(MAX_STATEMENTS)(narrowed._select)
        return narrowed

    async def page(
        self, db: Database, query: PageQuery, values: Mapping[str, Any] = NO_VALUES
    ) -> dict[str, Any]:
        """The page that `query` asks for. Raises NotFound if there is no parent."""
        return await query._page(self, db, values)

    async def rows(
        self, db: Database, query: QueryModel, values: Mapping[str, Any]
    ) -> list[Record]:
        """Raises NotFound where there are none because the parent can't be seen."""
        given = {**values, **query.filters()}
        rows = await db.all(self.select(query._sort(), tuple(given)), given)
        if not rows and self.parent:
            key = {name: it for name, it in values.items() if name.startswith("_")}
            found_or_404(await db.first(self.parent.exists, key), self.parent.what)
        return rows

    def narrow(self, statement: sa.Select[Any], given: Sequence[str]) -> sa.Select[Any]:
        """`statement`, for the rows of the list that the filters in `given` leave."""
        filters = [self.filter(it) for it in given if it.startswith("is_")]
        within = self.parent.within if self.parent else ()
        return statement.where(*self.policy.read, *self.criteria, *within, *filters)

    def filter(self, given: str) -> sa.ColumnElement[bool]:
        """What a filter asks of a row, by the name of its parameter."""
        return criterion(self.policy.model, given)

    def _order(self, sort: tuple[str, ...]) -> SortOrder:
        return SortOrder(self.policy.model, self.schema, sort or self.default_order)

    def _select(self, sort: tuple[str, ...], given: Sequence[str]) -> sa.Select[Any]:
        """The statement that binds the parameters whose names are `given`."""
        order = self.order(sort)
        statement = self.narrow(sa.select(*self.shown), given)
        if any(name.startswith("after_") for name in given):
            statement = statement.where(order.beyond(given))
        statement = statement.order_by(*order.clauses())
        if "limit" in given:
            statement = statement.limit(sa.bindparam("limit", type_=sa.Integer))
        if "offset" in given:
            statement = statement.offset(sa.bindparam("offset", type_=sa.Integer))
        return statement
