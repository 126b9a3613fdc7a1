"""One pool of connections, and the ways to use it.

At rest a connection autocommits: a single statement is one round trip and atomic by
itself. Statements that belong together are a function, given to
`Database.transaction`. Either way the data is committed before the caller goes on,
and what PostgreSQL gave up for another's sake is run again.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from asyncpg import PostgresError
from fastapi import Depends, Request
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase

from app import TITLE
from app.settings import Settings

T = TypeVar("T")
Row = sa.Row[Any]

# Serialization failure, deadlock, a prepared statement that a migration outdated.
RETRIED = {"40001", "40P01", "0A000"}
ATTEMPTS = 5


class Unavailable(Exception):
    """The database can't be reached, or has no connection free in time."""


class Slots:
    """A fair queue in front of the pool, which would let newcomers overtake waiters."""

    def __init__(self, size: int, timeout: float) -> None:
        self._free = asyncio.Semaphore(size)
        self._timeout = timeout

    async def __aenter__(self) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._free.acquire()
        except TimeoutError:
            raise Unavailable("every connection is in use") from None

    async def __aexit__(self, *_: object) -> None:
        self._free.release()


class Database:
    """The engine of a running service, made and disposed of in its lifespan."""

    def __init__(self, settings: Settings) -> None:
        self.engine = create_async_engine(
            settings.database_url,
            isolation_level="AUTOCOMMIT",
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_pool_overflow,
            pool_use_lifo=True,
            pool_timeout=settings.database_pool_timeout,
            echo=settings.database_echo,
            hide_parameters=not settings.database_echo,
            native_inet_types=False,
            connect_args={
                "timeout": settings.database_connect_timeout,
                # Only for a server that doesn't end statements any more.
                "command_timeout": settings.database_statement_timeout + 1,
                "server_settings": {
                    "statement_timeout": milliseconds(
                        settings.database_statement_timeout
                    ),
                    "lock_timeout": milliseconds(settings.database_lock_timeout),
                    "application_name": TITLE,
                    "jit": "off",
                },
            },
        )
        self.transactional = self.engine.execution_options(
            isolation_level="READ COMMITTED"
        )
        size = settings.database_pool_size + settings.database_pool_overflow
        self.slots = Slots(size, settings.database_pool_timeout)
        sa.event.listen(self.engine.sync_engine, "checkout", discard_closed)
        self.sessions = async_sessionmaker(expire_on_commit=False)

    async def first(
        self, statement: sa.Executable, values: Mapping[str, Any] | None = None
    ) -> Row | None:
        """The first row of one statement, committed."""
        rows = await self.all(statement, values)
        return rows[0] if rows else None

    async def all(
        self, statement: sa.Executable, values: Mapping[str, Any] | None = None
    ) -> Sequence[Row]:
        """Every row of one statement, committed."""

        async def run() -> Sequence[Row]:
            async with self.connection() as connection:
                return (await connection.execute(statement, values)).all()

        return await again(run)

    async def one(
        self, statement: sa.Executable, values: Mapping[str, Any] | None = None
    ) -> Row:
        """The row of one statement that always has one, committed."""
        return (await self.all(statement, values))[0]

    async def execute(
        self, statement: sa.Executable, values: Mapping[str, Any] | None = None
    ) -> None:
        """Run one statement that returns no rows; it is committed."""

        async def run() -> None:
            async with self.connection() as connection:
                await connection.execute(statement, values)

        await again(run)

    async def insert(
        self, model: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]
    ) -> int:
        """Insert `rows`, all or none of them; returns how many."""

        async def work(session: AsyncSession) -> None:
            await session.execute(sa.insert(model), rows)

        await self.transaction(work)
        return len(rows)

    async def transaction(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run `work` in a transaction of its own, committed when this returns.

        All of `work` is run again after a deadlock or serialization failure, so it
        changes nothing but the database.
        """

        async def run() -> T:
            async with self.session() as session:
                return await work(session)

        return await again(run)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction: committed at the end, rolled back on errors."""
        async with (
            self.connection(transactional=True) as connection,
            self.sessions(bind=connection) as session,
            session.begin(),
        ):
            yield session

    @asynccontextmanager
    async def connection(
        self, *, transactional: bool = False
    ) -> AsyncIterator[AsyncConnection]:
        """A connection out of the pool, which autocommits unless `transactional`.

        Raises `Unavailable` when there is none in time.
        """
        engine = self.transactional if transactional else self.engine
        async with self.slots, AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(engine.connect())
            except (OSError, PostgresError, DBAPIError, PoolTimeout) as error:
                raise Unavailable("the database can't be reached") from error
            yield connection


async def again(run: Callable[[], Awaitable[T]]) -> T:
    """`run()`, tried anew while PostgreSQL picks it as the victim of a conflict."""
    for attempt in range(1, ATTEMPTS):
        try:
            return await run()
        except DBAPIError as error:
            if sqlstate(error) not in RETRIED:
                raise
        await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
    return await run()


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's code of an error, or "" where it didn't come from the server."""
    return getattr(error.orig, "sqlstate", None) or ""


def discard_closed(connection: Any, record: Any, proxy: Any) -> None:
    """What pre-ping is for, with no round trip: asyncpg knows when the server left."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError("closed by the server")


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"


async def database(request: Request) -> Database:
    return request.app.state.database  # type: ignore[no-any-return]


Db = Annotated[Database, Depends(database)]


async def session(db: Db) -> AsyncIterator[AsyncSession]:
    async with db.session() as session:
        yield session


# scope="function" commits before the response is sent; the default would be after it.
Session = Annotated[AsyncSession, Depends(session, scope="function")]
