"""What every mapped class shares."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

LAST = 1_000  # behind the columns of the model itself


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


def native_enum(members: type[StrEnum], name: str) -> sa.Enum:
    """The PostgreSQL type `name`, with the values of `members` and not their names."""
    return sa.Enum(members, name=name, values_callable=values)


def values(members: type[StrEnum]) -> list[str]:
    return [member.value for member in members]
