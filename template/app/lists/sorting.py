"""In which order a list is, and how a cursor goes on in it."""

import base64
import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.types import TypeEngine

from app.database.base import Base
from app.database.compiled import Record
from app.errors import InvalidValue

NOT_A_CURSOR = "Input should be a cursor of this list, with the same sort"
MOST_DIGITS = 1_000  # of a number: asyncpg would send 1e200000 as another one
Column = InstrumentedAttribute[Any]
Value = sa.ColumnElement[Any] | None
# What Python has first and last, which asyncpg takes for infinity.
FIRST_AND_LAST: list[sa.ColumnElement[Any]] = [
    sa.literal_column("'0001-01-01 00:00:00+00'"),
    sa.literal_column("'9999-12-31 23:59:59.999999+00'"),
]


class SortOrder:
    """The attributes that a list is sorted by and their directions, down to the key.

    Nulls are last, and first where it descends, as PostgreSQL's indexes have them.
    """

    def __init__(
        self, model: type[Base], schema: type[BaseModel], sort: Sequence[str]
    ) -> None:
        self.fields = fields = schema.model_fields
        names = {it.serialization_alias or name: name for name, it in fields.items()}
        terms = {names[term.removeprefix("-")]: term.startswith("-") for term in sort}
        last = list(terms.values())[-1] if terms else False
        self.model = model
        self.key = [str(column.key) for column in sa.inspect(model).primary_key]
        for name in self.key:
            terms.setdefault(name, last)
        self.label = ",".join("-" * down + name for name, down in terms.items())
        self.names = [*terms]
        self.terms = [(getattr(model, name), down) for name, down in terms.items()]

    @cached_property
    def adapter(self) -> TypeAdapter[tuple[Any, ...]]:
        """Of a cursor: the label, and the values of a row."""
        # Annotated asks for one thing more than the type: None stands for nothing.
        shown = (self.fields[name] for name in self.names)
        types = (Annotated[(it.annotation, *it.metadata, None)] for it in shown)
        row: Any = tuple.__class_getitem__((str, *types))
        return TypeAdapter(row)

    def clauses(self) -> list[sa.ColumnElement[Any]]:
        return [it.desc() if down else it.asc() for it, down in self.terms]

    def cursor(self, row: Record) -> str:
        values = (self.label, *(row[name] for name in self.names))
        return base64.urlsafe_b64encode(self.adapter.dump_json(values)).decode()

    def after(self, cursor: str) -> dict[str, Any]:
        """The values of the row that `cursor` was made from, by their parameters."""
        try:
            decoded = base64.urlsafe_b64decode(cursor)
            label, *values = self.adapter.validate_json(decoded)
        except ValueError:
            label, values = None, []
        # Another sort's, or made up.
        if label != self.label or any(map(is_endless, values)):
            raise InvalidValue(NOT_A_CURSOR, parameter="cursor")
        row = dict(zip(self.names, values, strict=True))
        found = {
            f"{'null' if it is None else 'after'}_{name}": it
            for name, it in row.items()
        }
        if not any(is_edge(row[name]) for name in self.key):
            found |= {f"edge_{name}": it for name, it in row.items() if is_edge(it)}
        return found

    def beyond(self, given: Collection[str]) -> sa.ColumnElement[bool]:
        """The rows that follow the one whose values the parameters `given` have."""
        if len({down for _, down in self.terms}) == 1 and not any(
            nullable(it) for it, _ in self.terms
        ):
            ours = sa.tuple_(*(it for it, _ in self.terms))
            theirs = sa.tuple_(*(self.value(it, given) for it, _ in self.terms))
            return ours < theirs if self.terms[0][1] else ours > theirs
        # Further in one of them, and equal in those before.
        values = [
            None if f"null_{it.key}" in given else self.value(it, given)
            for it, _ in self.terms
        ]
        terms = [(*it, value) for it, value in zip(self.terms, values, strict=True)]
        equal = [it == value for it, _, value in terms]
        either = [sa.and_(*equal[:i], further(*it)) for i, it in enumerate(terms)]
        return sa.and_(bound(*terms[0]), sa.or_(*either))

    def value(self, of: Column, given: Collection[str]) -> sa.ColumnElement[Any]:
        """What the cursor's row has; of an edge, as it is stored while it is there."""
        value = sa.bindparam(f"after_{of.key}", type_=widest(of.type))
        if f"edge_{of.key}" not in given:
            return value
        row = aliased(self.model)
        key = [(getattr(row, it), getattr(self.model, it)) for it in self.key]
        itself = [ours == self.value(theirs, ()) for ours, theirs in key]
        there = getattr(row, str(of.key))
        # Nothing else is told of a row that may not be seen.
        at_edge = sa.or_(~sa.func.isfinite(there), there.in_(FIRST_AND_LAST))
        stored = sa.select(there).where(*itself, at_edge)
        return sa.func.coalesce(stored.scalar_subquery(), value)


def is_edge(value: object) -> bool:
    """Whether asyncpg reads infinity like it, and sends infinity for it."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None) in (dt.datetime.min, dt.datetime.max)
    return isinstance(value, dt.date) and value in (dt.date.min, dt.date.max)


def is_endless(value: object) -> bool:
    return isinstance(value, Decimal) and abs(value.adjusted()) >= MOST_DIGITS


def widest(of: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type that holds what a newer version of the service may have stored."""
    if isinstance(of, sa.Integer):
        return sa.BigInteger()
    return sa.Numeric() if isinstance(of, sa.Numeric) else of


def nullable(of: Column) -> bool:
    return bool(of.expression.nullable)


def further(of: Column, down: bool, value: Value) -> sa.ColumnElement[bool]:
    """Beyond the cursor's value, or its null."""
    if value is None:
        return of.is_not(None) if down else sa.false()
    if down:
        return of < value
    return sa.or_(of > value, of.is_(None)) if nullable(of) else of > value


def bound(of: Column, down: bool, value: Value) -> sa.ColumnElement[bool]:
    """What all that follows has in common: where PostgreSQL enters an index."""
    if value is None:
        return sa.true() if down else of.is_(None)
    if down:
        return of <= value
    return sa.true() if nullable(of) else of >= value
