"""In which order a list is, and how a cursor goes on in it."""

import base64
from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from app.database.base import Base
from app.database.compiled import Record
from app.errors import InvalidValue

NOT_A_CURSOR = "Input should be a cursor of this list, with the same sort"
MOST_DIGITS = 1_000  # of a number: asyncpg would send 1e200000 as another one
Column = InstrumentedAttribute[Any]


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
        for column in sa.inspect(model).primary_key:
            terms.setdefault(str(column.key), last)
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
        row = zip(self.names, values, strict=True)
        return {f"{'null' if it is None else 'after'}_{name}": it for name, it in row}

    def beyond(self, given: Collection[str]) -> sa.ColumnElement[bool]:
        """The rows that follow the one whose values the parameters `given` have."""
        if len({down for _, down in self.terms}) == 1 and not any(
            nullable(it) for it, _ in self.terms
        ):
            ours = sa.tuple_(*(it for it, _ in self.terms))
            theirs = sa.tuple_(*(value(it) for it, _ in self.terms))
            return ours < theirs if self.terms[0][1] else ours > theirs
        # Further in one of them, and equal in those before.
        ends = [f"null_{name}" in given for name in self.names]
        terms = [(*it, end) for it, end in zip(self.terms, ends, strict=True)]
        equal = [it.is_(None) if end else it == value(it) for it, _, end in terms]
        either = [sa.and_(*equal[:i], further(*it)) for i, it in enumerate(terms)]
        return sa.and_(bound(*terms[0]), sa.or_(*either))


def is_endless(value: object) -> bool:
    return isinstance(value, Decimal) and abs(value.adjusted()) >= MOST_DIGITS


def value(of: Column) -> sa.BindParameter[Any]:
    return sa.bindparam(f"after_{of.key}", type_=widest(of.type))


def widest(of: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type that holds what a newer version of the service may have stored."""
    if isinstance(of, sa.Integer):
        return sa.BigInteger()
    return sa.Numeric() if isinstance(of, sa.Numeric) else of


def nullable(of: Column) -> bool:
    return bool(of.expression.nullable)


def further(of: Column, down: bool, null: bool) -> sa.ColumnElement[bool]:
    """Beyond the cursor's value, or its null."""
    if null:
        return of.is_not(None) if down else sa.false()
    if down:
        return of < value(of)
    return sa.or_(of > value(of), of.is_(None)) if nullable(of) else of > value(of)


def bound(of: Column, down: bool, null: bool) -> sa.ColumnElement[bool]:
    """What all that follows has in common: where PostgreSQL enters an index."""
    if null:
        return sa.true() if down else of.is_(None)
    if down:
        return of <= value(of)
    return sa.true() if nullable(of) else of >= value(of)
