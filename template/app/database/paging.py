"""Lists, a page at a time, by cursor: it costs the same at any depth.

A cursor holds what the last row of a page is ordered by; the next page is what comes
after it in the same order. The key is always the last to order by, so that no two rows
are equal.
"""

import base64
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Generic, Self, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from app.database.base import Base
from app.database.compiled import Row
from app.database.engine import NONE, Database
from app.database.statements import Invalid, columns

T = TypeVar("T")

CACHED = 200  # statements that a list keeps: a query can combine many filters
NO_FILTERS = {"sort", "limit", "cursor", "offset"}
Cursor = Annotated[str, Field(max_length=16_000, pattern="^[A-Za-z0-9_=-]*$")]
Limit = Annotated[int, Field(ge=1, le=200)]


class CursorPage(BaseModel, Generic[T]):
    items: list[T]
    next_cursor: str | None


class FilterQuery(BaseModel):
    """A query of filters, which a resource adds to it: equal to the value."""

    model_config = ConfigDict(extra="forbid")

    def filters(self) -> dict[str, Any]:
        """By the names of the parameters that the list's statement has for them."""
        given = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {
            f"is_{name}": value
            for name, value in given
            if value is not None and name not in NO_FILTERS
        }


class ListQuery(FilterQuery):
    sort: str | None = None


class CursorQuery(ListQuery):
    limit: Limit = 50
    cursor: Cursor | None = None


class Order:
    """A sort, resolved: the attributes and their directions, down to the key."""

    def __init__(
        self, model: type[Base], schema: type[BaseModel], sort: Sequence[str]
    ) -> None:
        fields = schema.model_fields
        names = {it.serialization_alias or name: name for name, it in fields.items()}
        terms = {names[term.removeprefix("-")]: term.startswith("-") for term in sort}
        last = list(terms.values())[-1] if terms else False
        for column in sa.inspect(model).primary_key:
            terms.setdefault(str(column.key), last)
        self.label = ",".join("-" * down + name for name, down in terms.items())
        self.names = [*terms]
        self.terms = [(getattr(model, name), down) for name, down in terms.items()]
        # Annotated asks for one thing more than the type: None stands for nothing.
        shown = (fields[name] for name in terms)
        types = (Annotated[(it.annotation, *it.metadata, None)] for it in shown)
        row: Any = tuple.__class_getitem__((str, *types))
        self.adapter: TypeAdapter[tuple[Any, ...]] = TypeAdapter(row)

    def clauses(self) -> list[sa.ColumnElement[Any]]:
        return [it.desc() if down else it.asc() for it, down in self.terms]

    def beyond(self) -> sa.ColumnElement[bool]:
        """The rows that follow the one whose values `after` binds."""
        bound = [sa.bindparam(f"after_{it.key}", type_=it.type) for it, _ in self.terms]
        pairs = [(*term, value) for term, value in zip(self.terms, bound, strict=True)]
        if len({down for _, down in self.terms}) == 1:
            ours, theirs = sa.tuple_(*(it for it, _ in self.terms)), sa.tuple_(*bound)
            return ours < theirs if self.terms[0][1] else ours > theirs
        # Mixed directions: beyond in one of them, and equal in those before.
        beyond = [it < value if down else it > value for it, down, value in pairs]
        equal = [it == value for it, _, value in pairs]
        return sa.or_(*(sa.and_(*equal[:i], it) for i, it in enumerate(beyond)))

    def after(self, cursor: str) -> dict[str, Any]:
        """The values of the row that `cursor` was made from."""
        try:
            decoded = base64.urlsafe_b64decode(cursor)
            label, *values = self.adapter.validate_json(decoded)
        except ValueError:
            label, values = None, []
        if label != self.label:  # another sort's, or made up
            raise Invalid("Not a cursor of this list", parameter="cursor")
        names = (f"after_{name}" for name in self.names)
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
        rows = await self.rows(db, query, {**values, **window})
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
        statement = statement.where(*self.criteria)
        for name in given:
            if name.startswith("is_"):
                attribute = getattr(self.of[0], name.removeprefix("is_"))
                statement = statement.where(attribute == sa.bindparam(name))
        return statement

    def _order(self, sort: str | None) -> Order:
        model, schema, default = self.of
        return Order(model, schema, [sort] if sort else default)

    def _select(self, sort: str | None, given: Sequence[str]) -> sa.Select[Any]:
        """With what the parameters `given` are for; the callers' own begin with `_`."""
        model, schema, _ = self.of
        order = self.order(sort)
        statement = self.narrow(sa.select(*columns(model, schema)), given)
        if any(name.startswith("after_") for name in given):
            statement = statement.where(order.beyond())
        statement = statement.order_by(*order.clauses())
        if "limit" in given:
            statement = statement.limit(sa.bindparam("limit", type_=sa.Integer))
        if "offset" in given:
            statement = statement.offset(sa.bindparam("offset", type_=sa.Integer))
        return statement
