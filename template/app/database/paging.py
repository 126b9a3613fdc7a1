"""Lists, a page at a time: by cursor, which costs the same at any depth, or by offset.

A cursor holds what the last row of a page is ordered by; the next page is what comes
after it in the same order. The key is always the last to order by, so that no two rows
are equal.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Generic, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.database.base import Base
from app.database.engine import Database, Row
from app.database.statements import columns

T = TypeVar("T")


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

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    sort: str | None = None

    def filters(self) -> dict[str, Any]:
        own = type(self).model_fields.keys() - {"limit", "sort", "cursor", "offset"}
        return self.model_dump(include=own, exclude_none=True)


class CursorQuery(ListQuery):
    cursor: Annotated[str, Field(max_length=16_000)] | None = None


class OffsetQuery(ListQuery):
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

    def after(self, cursor: str) -> sa.ColumnElement[bool]:
        """The rows that follow the one that `cursor` was made from."""
        try:
            decoded = base64.urlsafe_b64decode(cursor)
            label, *values = self.adapter.validate_json(decoded)
        except (binascii.Error, ValidationError, ValueError):
            raise InvalidCursor from None
        if label != self.label:
            raise InvalidCursor
        bound = [
            sa.literal(value, attribute.type)
            for value, attribute in zip(values, self.attributes, strict=True)
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

    def cursor(self, row: Row) -> str:
        values = (self.label, *(getattr(row, name) for name in self.names))
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
        self.orders: dict[str | None, Order] = {}

    def where(self, *criteria: sa.ColumnElement[bool]) -> "Listing":
        """The same list, narrowed."""
        return Listing(
            self.model, self.schema, self.default, [*self.criteria, *criteria]
        )

    async def page(
        self, db: Database, query: CursorQuery, values: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        order = self.order(query)
        statement = self.select(query, order)
        if query.cursor:
            statement = statement.where(order.after(query.cursor))
        rows = await db.all(statement, values)
        more = len(rows) > query.limit
        return {
            "items": rows[: query.limit],
            "next_cursor": order.cursor(rows[query.limit - 1]) if more else None,
        }

    async def offset_page(
        self, db: Database, query: OffsetQuery, values: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        statement = self.select(query, self.order(query)).offset(query.offset)
        rows = await db.all(statement, values)
        more = len(rows) > query.limit
        return {
            "items": rows[: query.limit],
            "next_offset": query.offset + query.limit if more else None,
        }

    def order(self, query: ListQuery) -> Order:
        if query.sort not in self.orders:
            sort = [query.sort] if query.sort else self.default
            self.orders[query.sort] = Order(self.model, self.schema, sort)
        return self.orders[query.sort]

    def select(self, query: ListQuery, order: Order) -> sa.Select[Any]:
        """One row more than the page holds tells whether there is another page."""
        filters = (
            getattr(self.model, name) == value
            for name, value in query.filters().items()
        )
        return (
            sa.select(*columns(self.model, self.schema))
            .where(*self.criteria, *filters)
            .order_by(*order.clauses())
            .limit(query.limit + 1)
        )
