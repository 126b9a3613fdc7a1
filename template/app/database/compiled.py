"""Statements that SQLAlchemy compiles once, for asyncpg to run as they are.

SQLAlchemy's own way to run a statement costs more than PostgreSQL's part of it. What
that way does for correctness is done here: defaults of columns that are made in Python,
and what a type converts on the way in and out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
from asyncpg import Record
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Row = dict[str, Any]
Processor = Callable[[Any], Any]

NUMERIC = 1700  # an OID: numbers ask for one, and asyncpg has decoded them already


class Compiled:
    """`statement` with values for the parameters `names`, as PostgreSQL takes it."""

    def __init__(
        self, statement: sa.Executable, names: Iterable[str], dialect: Dialect
    ) -> None:
        clause = cast(sa.ClauseElement, statement)
        compiled = clause.compile(dialect=dialect, column_keys=list(names))
        assert isinstance(compiled, SQLCompiler)
        self.sql = compiled.string
        self.table = table_of(statement)
        self.names = compiled.positiontup or ()
        self.constants = {
            name: bind.effective_value
            for name, bind in compiled.binds.items()
            if not bind.required
        }
        inserted = [(it.key, it.default) for it in compiled.insert_prefetch]
        updated = [(it.key, it.onupdate) for it in compiled.update_prefetch]
        self.made = [(name, maker(default)) for name, default in inserted + updated]
        self.processors = {
            name: process
            for name, bind in compiled.binds.items()
            if (process := bind_processor(bind.type, dialect))
        }
        # IN and its like: how many values there are changes the SQL.
        self.expanding = compiled if compiled.post_compile_params else None
        returned = list(getattr(statement, "exported_columns", ()))
        keys = [column.key for column in returned]
        # Of two columns of one name, the second has another in the SQL.
        renamed = keys != [getattr(column, "name", None) for column in returned]
        self.keys = keys if renamed and len(set(keys)) == len(keys) else []
        self.converters = [
            (place, convert)
            for place, column in enumerate(returned)
            if (convert := result_processor(column.type, dialect))
        ]

    def bind(self, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The SQL, and its parameters in their order."""
        given = {**self.constants, **values}
        for name, make in self.made:
            given[name] = make()
        if not self.expanding:
            return self.sql, in_order(self.names, given, self.processors)
        state = self.expanding.construct_expanded_state(given, escape_names=False)
        process = {**self.processors, **state.processors}
        names = state.positiontup or ()
        return state.statement, in_order(names, state.parameters, process)

    def rows(self, records: Sequence[Record]) -> list[Row]:
        """The records by the names of their attributes, with values as types make them."""
        if self.keys:
            rows = [dict(zip(self.keys, it, strict=True)) for it in records]
        else:
            rows = [dict(it.items()) for it in records]
        for place, convert in self.converters if rows else ():
            key = [*rows[0]][place]
            for row in rows:
                row[key] = convert(row[key])
        return rows


def table_of(statement: sa.Executable) -> sa.Table | None:
    """The first that it reads, or the one that it changes."""
    if isinstance(statement, sa.Select):
        source: object = next(iter(statement.get_final_froms()), None)
        while isinstance(source, sa.Join):
            source = source.left
    else:
        source = getattr(statement, "table", None)
    return source if isinstance(source, sa.Table) else None


def in_order(
    names: Sequence[str],
    values: Mapping[str, Any],
    process: Mapping[str, Processor],
) -> list[Any]:
    return [
        process[name](values[name]) if name in process else values[name]
        for name in names
    ]


def bind_processor(of: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    if isinstance(of, sa.Boolean):
        return None  # asyncpg takes only these
    return of.dialect_impl(dialect).bind_processor(dialect)


def result_processor(of: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    return of.dialect_impl(dialect).result_processor(dialect, NUMERIC)


def maker(default: Any) -> Callable[[], Any]:
    """Makes the value of a column's default that is made in Python."""
    return partial(default.arg, None) if default.is_callable else lambda: default.arg
