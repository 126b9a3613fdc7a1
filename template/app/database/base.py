"""What every mapped class shares."""

import datetime as dt
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.dialects.postgresql.asyncpg import AsyncPgEnum
from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    Mapped,
    mapped_column,
)

LAST = 1_000  # behind the columns of the model itself
# By schema: the model whose columns it shows.
SHOWN: dict[type[BaseModel], type["Base"]] = {}


# More words that PostgreSQL reserves: as names of tables and columns they are quoted.
RESERVED_WORDS.update(
    ("collation", "concurrently", "lateral", "system_user", "tablesample")
)


class Base(DeclarativeBase):
    # A flush brings back what PostgreSQL sets: to load it later takes an await.
    __mapper_args__ = {"eager_defaults": True}
    metadata = sa.MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )


def columns_for(
    model: type[Base], schema: type[BaseModel]
) -> list[InstrumentedAttribute[Any]]:
    """The attributes of `model` that `schema` shows: what to select for it."""
    SHOWN.setdefault(schema, model)
    return [getattr(model, name) for name in schema.model_fields]


class Timestamps:
    """When a row was made and last changed, by the clock of the database."""

    created_at: Mapped[dt.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now(), sort_order=LAST
    )
    updated_at: Mapped[dt.datetime] = mapped_column(
        sa.DateTime(timezone=True),
        server_default=sa.func.now(),
        onupdate=sa.func.now(),
        sort_order=LAST,
    )


def native_enum(
    members: type[StrEnum], name: str, schema: str | None = None
) -> sa.Enum:
    """The PostgreSQL type `name`, with the values of `members` and not their names."""
    return sa.Enum(members, name=name, schema=schema, values_callable=values)


def values(members: type[StrEnum]) -> list[str]:
    return [member.value for member in members]


class OpenEnum(AsyncPgEnum):
    """How the engine reads enums: a value that a newer version of the service added is text."""

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], Any]:
        members = {it.value: it for it in self.enum_class or ()}
        return lambda value: members.get(value, value)
