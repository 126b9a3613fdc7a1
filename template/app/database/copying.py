"""Many rows in one COPY, the fastest way that PostgreSQL takes them."""

from collections.abc import Sequence
from typing import Any

from pydantic import MISSING, BaseModel
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

from app.database.base import Base
from app.database.compiled import bind_processor, maker

TEXT_ONLY = (postgresql.INET, postgresql.CIDR, postgresql.MACADDR)  # in asyncpg


def copying(
    model: type[Base], rows: Sequence[BaseModel], dialect: Dialect
) -> dict[str, Any] | None:
    """What asyncpg's `copy_records_to_table` takes; None if this has to be an INSERT.

    COPY writes the same columns for every row, in binary, and knows no expressions.
    """
    sent = [vars(row) for row in rows]
    fields = type(rows[0]).model_fields
    table = model.metadata.tables[model.__tablename__]
    copied: dict[str, Sequence[Any]] = {}
    for column in table.columns:
        values: list[Any] = []
        if column.key in fields:
            values = [row[column.key] for row in sent]
            if fields[column.key].default is MISSING:
                there = [it for it in values if it is not MISSING]
                if there and len(there) < len(values):
                    return None
                values = there
        if not values and column.default is not None:
            if column.default.is_clause_element:
                return None
            make = maker(column.default)
            values = [make() for _ in sent]
        if values:
            if isinstance(column.type, TEXT_ONLY):
                return None
            process = bind_processor(column.type, dialect)
            copied[column.name] = [*map(process, values)] if process else values
    if not copied:
        return None
    records = list(zip(*copied.values(), strict=True))  # to be run again, if need be
    return {"table_name": table.name, "columns": [*copied], "records": records}
