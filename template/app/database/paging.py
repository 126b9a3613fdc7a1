"""Lists, a page at a time: by cursor, which costs the same at any depth, or by offset.

A cursor holds what the last row of a page is ordered by; the next page is what comes
after it in the same order. The key is always the last to order by, so that no two rows
are equal.
"""

import base64
import binascii
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.database.base import Base
from app.database.compiled import Row
from app.database.engine import NONE, Database
from app.database.statements import columns

T = TypeVar("T")

CACHED = 200  # statements that a list keeps: a query can combine many filters


class InvalidCursor(ValueError):
    """A cursor that this list, sorted like this, did not give out."""


class CursorPage(BaseModel, Generic[T]):
    items: list[T]
    next_cursor: str | None


class OffsetPage(BaseModel, Generic[T]):
    items: list[T]
    next_offset: int | None


class ListQuery(BaseModel):
    """The query of a list. What a resource adds to it filters: equal to the value."""

    model_config = ConfigDict(extra="forbid")

    sort: str | None = None

    def filters(self) -> dict[str, Any]:
        """By the names of the parameters that the list's statement has for them."""
        given = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {
            f"is_{name}": value
            for name, value in given
            if value is not None and name not in NO_FILTERS
        }


NO_FILTERS = {"sort", "limit", "cursor", "offset"}
Cursor = Annotated[str, Field(max_length=16_000, pattern="^[A-Za-z0-9_=-]*$")]
Limit = Annotated[int, Field(ge=1, le=200)]


class CursorQuery(ListQuery):
    limit: Limit = 50
    cursor: Cursor | None = None


class OffsetQuery(ListQuery):
    limit: Limit = 50
    offset: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class Order:
    """A sort, resolved: the attributes and their directions, down to the key."""

    def __init__(
        self, model: type[Base], schema: type[BaseModel], sort: Sequence[str]
    ) -> None:
        names = {
            field.serialization_alias or name: name
            for name, field in schema.model_fields.items()
        }
        terms = {names[term.removeprefix("-")]: term.startswith("-") for term in sort}
        last = list(terms.values())[-1] if terms else False
        for column in sa.inspect(model).primary_key:
            terms.setdefault(str(column.key), last)
        self.label = ",".join("-" * down + name for name, down in terms.items())
        self.names = tuple(terms)
        self.attributes = [getattr(model, name) for name in terms]
        self.descending = list(terms.values())
        fields = (schema.model_fields[name] for name in terms)
        # Annotated asks for one thing more than the type: None stands for nothing.
        types = tuple(Annotated[(f.annotation, *f.metadata, None)] for f in fields)
        row: Any = tuple.__class_getitem__((str, *types))
        self.adapter: TypeAdapter[tuple[Any, ...]] = TypeAdapter(row)

    def clauses(self) -> list[sa.ColumnElement[Any]]:
        return [
            attribute.desc() if descending else attribute.asc()
            for attribute, descending in zip(
                self.attributes, self.descending, strict=True
            )
        ]

    def beyond(self) -> sa.ColumnElement[bool]:
        """The rows that follow the one whose values `after` binds."""
        bound = [
            sa.bindparam(f"after_{it.key}", type_=it.type) for it in self.attributes
        ]
        if len(set(self.descending)) == 1:
            ours, theirs = sa.tuple_(*self.attributes), sa.tuple_(*bound)
            return ours < theirs if self.descending[0] else ours > theirs
        # Mixed directions: beyond in one of them, and equal in those before.
        follows: list[sa.ColumnElement[bool]] = []
        equal: list[sa.ColumnElement[bool]] = []
        for attribute, value, descending in zip(
            self.attributes, bound, self.descending, strict=True
        ):
            beyond = attribute < value if descending else attribute > value
            follows.append(sa.and_(*equal, beyond))
            equal.append(attribute == value)
        return sa.or_(*follows)

    def after(self, cursor: str) -> dict[str, Any]:
        """The values of the row that `cursor` was made from."""
        try:
            decoded = base64.urlsafe_b64decode(cursor)
            label, *values = self.adapter.validate_json(decoded)
        except (binascii.Error, ValidationError, ValueError):
            raise InvalidCursor from None
        if label != self.label:
            raise InvalidCursor
        names = (f"after_{it.key}" for it in self.attributes)
        return dict(zip(names, values, strict=True))

    def cursor(self, row: Row) -> str:
        values = (self.label, *(row[name] for name in self.names))
        return base64.urlsafe_b64encode(self.adapter.dump_json(values)).decode()


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
        self.model = model
        self.schema = schema
        self.default = order
        self.criteria = criteria
        self.order = lru_cache(CACHED)(self._order)
        self.select = lru_cache(CACHED)(self._select)

    def where(self, *criteria: sa.ColumnElement[bool]) -> "Listing":
        """The same list, narrowed."""
        return Listing(
            self.model, self.schema, self.default, [*self.criteria, *criteria]
        )

    async def page(
        self, db: Database, query: CursorQuery, values: Mapping[str, Any] = NONE
    ) -> dict[str, Any]:
        order = self.order(query.sort)
        after = order.after(query.cursor) if query.cursor else {}
        # One row more than the page holds tells whether there is another page.
        window = {**after, "limit": query.limit + 1}
        rows = await self.rows(db, query, {**values, **window})
        more = len(rows) > query.limit
        return {
            "items": rows[: query.limit],
            "next_cursor": order.cursor(rows[query.limit - 1]) if more else None,
        }

    async def offset_page(
        self, db: Database, query: OffsetQuery, values: Mapping[str, Any] = NONE
    ) -> dict[str, Any]:
        window = {"limit": query.limit + 1, "offset": query.offset}
        rows = await self.rows(db, query, {**values, **window})
        more = len(rows) > query.limit
        return {
            "items": rows[: query.limit],
            "next_offset": query.offset + query.limit if more else None,
        }

    async def export(
        self, db: Database, query: ListQuery, values: Mapping[str, Any] = NONE
    ) -> AsyncGenerator[list[Row]]:
        """Every row, in chunks; the first is there when this returns."""
        given = {**values, **query.filters()}
        statement = self.select(query.sort, tuple(given))

        async def chunks() -> AsyncGenerator[list[Row]]:
            async with aclosing(db.stream(statement, given)) as stream:
                first: list[Row] = await anext(stream, [])
                yield []
                yield first
                async for chunk in stream:
                    yield chunk

        started = chunks()
        await anext(started)
        return started

    async def rows(
        self, db: Database, query: ListQuery, values: Mapping[str, Any]
    ) -> list[Row]:
        given = {**values, **query.filters()}
        return await db.all(self.select(query.sort, tuple(given)), given)

    def _order(self, sort: str | None) -> Order:
        return Order(self.model, self.schema, [sort] if sort else self.default)

    def _select(self, sort: str | None, given: Sequence[str]) -> sa.Select[Any]:
        """With what the parameters `given` are for; the callers' own begin with `_`."""
        order = self.order(sort)
        statement = sa.select(*columns(self.model, self.schema)).where(*self.criteria)
        for name in given:
            if name.startswith("is_"):
                attribute = getattr(self.model, name.removeprefix("is_"))
                statement = statement.where(attribute == sa.bindparam(name))
        if any(name.startswith("after_") for name in given):
            statement = statement.where(order.beyond())
        statement = statement.order_by(*order.clauses())
        if "limit" in given:
            statement = statement.limit(sa.bindparam("limit", type_=sa.Integer))
        if "offset" in given:
            statement = statement.offset(sa.bindparam("offset", type_=sa.Integer))
        return statement
