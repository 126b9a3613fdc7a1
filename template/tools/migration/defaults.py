"""The values that the service sends where it is given none."""

import json
from typing import Any

import sqlalchemy as sa

from migrations.names import literal
from tools.migration.catalog import mapped, quoted_name
from tools.migration.sql import DIALECT, ident


def fills() -> dict[tuple[str, str], str]:
    """The defaults that SQLAlchemy sends, as SQL."""
    found = {}
    for table in mapped():
        for column in table.c:
            default: Any = column.default
            if isinstance(default, sa.ColumnDefault):
                sql = made_by(default, column.type)
                found[quoted_name(table), ident(column.name)] = sql
    return found


def made_by(default: Any, type_: Any) -> str:
    if default.is_callable and isinstance(type_, sa.Uuid):
        return "gen_random_uuid()"
    value = default.arg(None) if default.is_callable else default.arg
    if isinstance(type_, sa.JSON):
        return literal(json.dumps(value))
    bound: sa.ColumnElement[Any] = sa.literal(value, type_)
    if isinstance(type_, sa.ARRAY):  # an empty one doesn't tell of what
        bound = sa.cast(bound, type_)
    try:
        options = {"literal_binds": True}
        return str(bound.compile(dialect=DIALECT, compile_kwargs=options))
    except sa.exc.CompileError:
        return "NULL"  # for the owner to say
