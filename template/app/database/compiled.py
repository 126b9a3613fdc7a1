"""Statements that SQLAlchemy compiles once, for asyncpg to run as they are.

SQLAlchemy's own way to run a statement costs more than PostgreSQL's part of it. What
that way does for correctness is done here: defaults of columns and parameters that are
made in Python at each run, and what a type converts on the way in and out.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, cast

import asyncpg
import sqlalchemy as sa
from pydantic import MISSING
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from app.database.policy import Answers, answering, placeholders

Record = dict[str, Any]
Values = Mapping[str, Any]
Processor = Callable[[Any], Any]
Maker = Callable[[Values], Any]  # of a value, by the others

NUMERIC = 1700  # an OID: numbers ask for one, and asyncpg has decoded them already


class StatementCompiler(PGCompiler_asyncpg):
    """Calls a value without a name, such as that of `Order.state == "new"`, in capitals.

    Else it may be called as another column is: `state_1`.
    """

    def _truncate_bindparam(self, bindparam: Any) -> str:
        super()._truncate_bindparam(bindparam)  # type: ignore[no-untyped-call]
        name = self.bind_names[bindparam]
        if bindparam.unique:
            name = self.bind_names[bindparam] = name.upper()
        return name


class Compiled:
    """`statement` with values for the parameters `names`, as PostgreSQL takes it.

    Where it leaves something to rules, it has their `answers`.
    """

    def __init__(
        self,
        statement: sa.Executable,
        names: Iterable[str],
        answers: Answers | None = None,
        *,
        dialect: Dialect,
    ) -> None:
        self.placeholders = placeholders(statement)
        if self.placeholders and answers is None:
            return  # they are asked first
        clause = cast(sa.ClauseElement, statement)
        with answering(answers or ()):
            compiled = clause.compile(dialect=dialect, column_keys=list(names))
        assert isinstance(compiled, SQLCompiler)
        self.sql = compiled.string
        self.table = table_of(statement, compiled)
        binds = compiled.bind_names.items()
        constants = {name: bind.value for bind, name in binds if not bind.required}
        self.constants = {**constants, **compiled._collected_params}
        self.names = {bind.key: name for bind, name in binds}
        many = bool(getattr(statement, "_multi_values", ()))
        inserted = [(it, row_of(it) if many else "") for it in compiled.insert_prefetch]
        self.made = [
            *called(compiled, {*names, *compiled._collected_params}).items(),
            *((it.key, maker(it.default, row)) for it, row in inserted),
            *((it.key, maker(it.onupdate)) for it in compiled.update_prefetch),
        ]
        self.processors = {
            name: process
            for name, bind in compiled.binds.items()
            if (process := bind_processor(bind.type, dialect))
        }
        in_sql = compiled.positiontup or ()
        self.order = [(name, self.processors.get(name)) for name in in_sql]
        # IN and its like: how many values there are changes the SQL, or which.
        late = compiled.post_compile_params or compiled.literal_execute_params
        self.expanding = compiled if late else None
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

    def bind(self, values: Values) -> tuple[str, list[Any]]:
        """The SQL, and its parameters in their order."""
        given = {**self.constants, **values}
        for name, make in self.made:
            given[name] = make(given)
        if not self.expanding:
            return self.sql, in_order(self.order, given)
        state = self.expanding.construct_expanded_state(given, escape_names=False)
        process = {**self.processors, **state.processors}
        order = [(name, process.get(name)) for name in state.positiontup or ()]
        return state.statement, in_order(order, state.parameters)

    def rows(self, records: Sequence[asyncpg.Record]) -> list[Record]:
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


def table_of(statement: sa.Executable, compiled: SQLCompiler) -> sa.Table | None:
    """The first that it reads, or the one that it changes."""
    if isinstance(statement, sa.Select):
        # Its own `get_final_froms` compiles it anew, without what only PostgreSQL has.
        source = next(iter(getattr(compiled.compile_state, "froms", ())), None)
        while isinstance(source, sa.Join):
            source = source.left
    else:
        source = getattr(statement, "table", None)
    return source if isinstance(source, sa.Table) else None


def in_order(
    order: Sequence[tuple[str, Processor | None]], values: Values
) -> list[Any]:
    return [process(values[it]) if process else values[it] for it, process in order]


def bind_processor(of: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    if isinstance(of, sa.Boolean):
        return None  # asyncpg takes only these
    return of.dialect_impl(dialect).bind_processor(dialect)


def result_processor(of: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    return of.dialect_impl(dialect).result_processor(dialect, NUMERIC)


class Context:
    """What SQLAlchemy calls the default of a column with: the values of its row."""

    __slots__ = ("_row", "_values")

    def __init__(self, values: Values, row: str) -> None:
        self._values = values
        self._row = row

    @property
    def current_parameters(self) -> Record:
        there = {name: it for name, it in self._values.items() if it is not MISSING}
        end = self._row
        return {it.removesuffix(end): there[it] for it in there if it.endswith(end)}

    def get_current_parameters(self, isolate_multiinsert_groups: bool = True) -> Record:
        return self.current_parameters


def row_of(column: Any) -> str:
    """The end that the names of a row's values have in an INSERT of several rows."""
    return "_m0" if isinstance(column, sa.Column) else f"_m{column.index + 1}"


def maker(default: Any, row: str = "") -> Maker:
    """Makes, of the values of its row, a column's default that is made in Python."""
    make = default.arg
    if not default.is_callable:
        return lambda _: make
    return lambda values: make(Context(values, row))


def called(compiled: SQLCompiler, given: Collection[str]) -> dict[str, Maker]:
    """Of the parameters that aren't `given`, those that ask a callable at each run."""
    callables: dict[str, Any] = {}
    for bind, name in compiled.bind_names.items():
        callable_ = None if name in given else bind.callable
        if callables.setdefault(name, callable_) != callable_:
            raise sa.exc.CompileError(f"Parameters called {name!r} differ in callable_")
    return {name: without_values(it) for name, it in callables.items() if it}


def without_values(call: Callable[[], Any]) -> Maker:
    return lambda _: call()
