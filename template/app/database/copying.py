"""Many rows in one COPY, the fastest way that PostgreSQL takes them."""

from collections.abc import Sequence
from typing import Any

from pydantic import MISSING, BaseModel
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

from app.database.base import Base
from app.database.compiled import bind_processor, maker

TEXT_ONLY = (postgresql.INET, postgresql.CIDR, postgresql.MACADDR)  # in asyncpg


def copying(
    model: type[Base], rows: Sequence[BaseModel], dialect: Dialect
) -> dict[str, Any] | None:
    """What asyncpg's `copy_records_to_table` takes; None if this has to be an INSERT.

    COPY writes the same columns for every row, each in binary, and knows no
    expressions.
    """
    sent = [vars(row) for row in rows]
    table = model.metadata.tables[model.__tablename__]
    names: list[str] = []
    columns: list[Sequence[Any]] = []
    for column in table.columns:
        values = values_of(column, sent)
        if values is None:
            continue
        if any(it is MISSING for it in values) or isinstance(column.type, TEXT_ONLY):
            return None
        process = bind_processor(column.type, dialect)
        names.append(column.name)
        columns.append([process(it) for it in values] if process else values)
    records = zip(*columns, strict=True)
    return {"table_name": table.name, "columns": names, "records": records}


def values_of(column: Column[Any], sent: Sequence[dict[str, Any]]) -> list[Any] | None:
    """One for each row; None where the database is to make them."""
    if column.key in sent[0]:
        values = [row[column.key] for row in sent]
        if any(it is not MISSING for it in values):
            return values
    if column.default is None:
        return None
    if column.default.is_clause_element:
        return [MISSING]
    make = maker(column.default)
    return [make() for _ in sent]
