"""The ways to use the connections to PostgreSQL.

A single statement is one round trip and atomic by itself. Statements that belong
together are a function, given to `Database.transaction`. Either way the data is
committed before the caller goes on, and a transaction that PostgreSQL aborts in favour
of another is retried.
"""

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
)
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from asyncpg import InterfaceError
from sqlalchemy.engine import Result
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session

from app.database.base import OpenEnum
from app.database.cache import StatementCache
from app.database.compiled import Compiled, Record, StatementCompiler
from app.database.policy import answer_all, answering, placeholders
from app.database.pool import Pool, Slots
from app.database.retries import again
from app.errors import UnreadableValue
from app.settings import Settings

T = TypeVar("T")

NO_VALUES: Mapping[str, Any] = {}


class Database(Pool):
    """The database of a running service, made and closed in its lifespan.

    Each way to it takes a connection of the `Pool`, within its share of them.
    """

    def __init__(self, settings: Settings, url: str | None = None) -> None:
        super().__init__(settings, url)
        dialect = self.engine.dialect
        dialect.colspecs = {**dialect.colspecs, sa.Enum: OpenEnum}
        dialect.statement_compiler = StatementCompiler
        self.statements = StatementCache(dialect)
        self._who: object = None
        self._values = NO_VALUES

    def asked_by(self, who: object, **values: Any) -> Self:
        """The same database, for `who`: rules are asked with it.

        Their criteria may bind `values`, whose names are in upper case: no column and no
        parameter of a request has such a name. Raises ValueError for others.
        """
        for name in values:
            if not name.isupper():
                raise ValueError(f"Call it {name.upper()}: {name} may be a column")
        asked = copy(self)  # of the attributes only: the pool is the same
        asked._who, asked._values = who, values
        return asked

    @property
    def who(self) -> object:
        """Who asks, as `asked_by` was told; None where nobody was named."""
        return self._who

    def prepare(
        self, statement: sa.Executable, values: Mapping[str, Any]
    ) -> tuple[Compiled, str, list[Any]]:
        """`statement` compiled, its SQL and its parameters."""
        compiled = self.statements.compiled(statement, tuple(values))
        if compiled.placeholders:
            # Until now it was compiled only as far as to know what it asks.
            every = {**values, **self._values}
            answers = answer_all(compiled.placeholders, self._who, every)
            compiled = self.statements.compiled(statement, tuple(values), answers)
            values = every
        return compiled, *compiled.bind(values)

    async def first(
        self, statement: sa.Executable, values: Mapping[str, Any] = NO_VALUES
    ) -> Record | None:
        """The first row of one statement, committed."""
        rows = await self.all(statement, values)
        return rows[0] if rows else None

    async def one(
        self, statement: sa.Executable, values: Mapping[str, Any] = NO_VALUES
    ) -> Record:
        """The row of one statement that always has one, committed; else IndexError."""
        return (await self.all(statement, values))[0]

    async def all(
        self, statement: sa.Executable, values: Mapping[str, Any] = NO_VALUES
    ) -> list[Record]:
        """Every row of one statement, committed."""
        compiled, sql, parameters = self.prepare(statement, values)

        async def run() -> Any:
            async with self.driver(self.shares[compiled.table]) as driver:
                return await driver.fetch(sql, *parameters)

        with reading():
            return compiled.rows(await again(run))

    async def execute(
        self, statement: sa.Executable, values: Mapping[str, Any] = NO_VALUES
    ) -> None:
        """Run one statement that returns no rows; it is committed."""
        await self.all(statement, values)

    async def transaction(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run `work` in a transaction of its own, committed when this returns.

        All of `work` is run again after a deadlock or serialization failure, so it
        changes nothing but the database.
        """
        named: Any = work if hasattr(work, "__qualname__") else type(work)
        share = self.shares[named.__module__, named.__qualname__]

        async def run() -> T:
            async with self.session(share) as session:
                return await work(session)

        return await again(run)

    @asynccontextmanager
    async def session(self, slots: Slots | None = None) -> AsyncIterator[AsyncSession]:
        """A session in a transaction: committed at the end, rolled back on errors."""
        async with self.connection(slots or self.slots) as pooled:
            adapted = sa.Connection(
                self.engine.sync_engine,
                connection=pooled,
                _allow_revalidate=False,  # a new connection would have no slot
            )
            connection = AsyncConnection(self.engine, adapted)
            async with (
                AsyncSession(
                    connection,
                    expire_on_commit=False,
                    sync_session_class=PolicySession,
                    info={"database": self},
                ) as session,
                session.begin(),
            ):
                yield session


class PolicySession(Session):
    """Of a `Database`: `answer_rules` listens to it, and to no other session."""


@sa.event.listens_for(PolicySession, "do_orm_execute")
def answer_rules(state: ORMExecuteState) -> Result[Any] | None:
    asked = placeholders(state.statement)
    if not asked:
        return None
    db: Database = state.session.info["database"]
    given: Any = state.parameters or {}
    every = db._values
    if isinstance(given, Mapping):  # a list is rows to insert, which bind nothing more
        state.parameters = every = {**given, **db._values}
    with answering(answer_all(asked, db._who, every)):
        return state.invoke_statement()


@contextmanager
def reading() -> Iterator[None]:
    """Raises `UnreadableValue` where Python has no such value, without quoting it."""
    try:
        yield
    except InterfaceError:  # about what is sent
        raise
    except (LookupError, OverflowError, ValueError) as error:
        raise UnreadableValue(type(error).__name__) from None
