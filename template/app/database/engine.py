"""One pool of connections, and the ways to use it.

At rest a connection autocommits: a single statement is one round trip and atomic by
itself. Statements that belong together are a function, given to
`Database.transaction`. Either way the data is committed before the caller goes on,
and what PostgreSQL gave up for another's sake is run again.
"""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, asynccontextmanager
from functools import lru_cache, partial
from math import ceil
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from asyncpg import InterfaceError, PostgresError, Record
from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy import PoolProxiedConnection
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app import TITLE
from app.database.base import Base
from app.database.compiled import Compiled, Row
from app.database.copying import copying
from app.settings import Settings

T = TypeVar("T")
log = logging.getLogger(__name__)

NONE: Mapping[str, Any] = {}
CACHED = 2_000  # statements that are kept compiled
CHUNK = 1_000  # rows of a stream that are held at once
# Serialization failure, deadlock, a prepared statement that a migration outdated.
RETRIED = {"40001", "40P01", "0A000"}
ATTEMPTS = 5
UNREACHABLE = (
    *(OSError, PostgresError, AsyncAdapt_asyncpg_dbapi.Error, DBAPIError),
    PoolTimeout,
)


class Unavailable(Exception):
    """The database can't be reached, or has no connection free in time."""


class Slots:
    """A fair queue in front of the pool, which would let newcomers overtake waiters."""

    def __init__(self, size: int, timeout: float) -> None:
        self._free = asyncio.Semaphore(size)
        self._timeout = timeout

    async def __aenter__(self) -> None:
        if self._free.locked():
            try:
                async with asyncio.timeout(self._timeout):
                    await self._free.acquire()
            except TimeoutError:
                raise Unavailable("every connection is in use") from None
        else:
            await self._free.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._free.release()


class Database:
    """The engine of a running service, made and disposed of in its lifespan."""

    def __init__(self, settings: Settings, url: str | None = None) -> None:
        self.engine = create_async_engine(
            url or settings.database_url,
            isolation_level="AUTOCOMMIT",
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_pool_overflow,
            pool_use_lifo=True,
            pool_timeout=settings.database_pool_timeout,
            echo=settings.database_echo,
            hide_parameters=not settings.database_echo,
            native_inet_types=False,
            connect_args=connect_args(settings),
        )
        self.transactional = self.engine.execution_options(
            isolation_level="READ COMMITTED"
        )
        size = settings.database_pool_size + settings.database_pool_overflow
        patience = settings.database_pool_timeout
        self.slots = Slots(size, patience)
        # Of one table's statements: while it is locked, others still get a connection.
        self.shares = defaultdict[Any, Slots](
            lambda: Slots(ceil(size * 0.75), patience)
        )
        sa.event.listen(self.engine.sync_engine, "checkout", discard_closed)
        if settings.database_echo:
            sa.event.listen(self.engine.sync_engine, "connect", log_statements)
        # Kept out of SQLAlchemy's pool: to go through it costs as much as a statement.
        self.idle: list[PoolProxiedConnection] = []
        self.sessions = async_sessionmaker(expire_on_commit=False)
        dialect = self.engine.dialect
        self.compiled = lru_cache(CACHED)(partial(Compiled, dialect=dialect))

    async def first(
        self, statement: sa.Executable, values: Mapping[str, Any] = NONE
    ) -> Row | None:
        """The first row of one statement, committed."""
        rows = await self.all(statement, values)
        return rows[0] if rows else None

    async def one(
        self, statement: sa.Executable, values: Mapping[str, Any] = NONE
    ) -> Row:
        """The row of one statement that always has one, committed."""
        return (await self.all(statement, values))[0]

    async def all(
        self, statement: sa.Executable, values: Mapping[str, Any] = NONE
    ) -> list[Row]:
        """Every row of one statement, committed."""
        compiled = self.compiled(statement, tuple(values))
        sql, parameters = compiled.bind(values)

        async def run() -> list[Record]:
            async with self.shares[compiled.table], self.driver() as driver:
                records: list[Record] = await driver.fetch(sql, *parameters)
                return records

        return compiled.rows(await again(run))

    async def execute(
        self, statement: sa.Executable, values: Mapping[str, Any] = NONE
    ) -> None:
        """Run one statement that returns no rows; it is committed."""
        await self.all(statement, values)

    async def stream(
        self, statement: sa.Executable, values: Mapping[str, Any] = NONE
    ) -> AsyncGenerator[list[Row]]:
        """Every row of one statement, in chunks, as of the moment of the first."""
        compiled = self.compiled(statement, tuple(values))
        sql, parameters = compiled.bind(values)
        async with self.driver() as driver, driver.transaction(readonly=True):
            cursor = await driver.cursor(sql, *parameters)
            while records := await cursor.fetch(CHUNK):
                yield compiled.rows(records)

    async def insert(self, model: type[Base], rows: Sequence[BaseModel]) -> int:
        """Insert `rows`, all or none of them; returns how many.

        What is `MISSING` in a row is left to the default of its column.
        """
        copy = copying(model, rows, self.engine.dialect)
        if copy is None:
            values = [row.model_dump() for row in rows]
            await self.transaction(lambda it: it.execute(sa.insert(model), values))
        else:

            async def run() -> None:
                async with self.shares[model.__table__], self.driver() as driver:
                    await driver.copy_records_to_table(**copy)

            await again(run)
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
            if self.idle:
                self.idle.pop().close()  # SQLAlchemy's pool hands it out again
            try:
                connection = await stack.enter_async_context(engine.connect())
            except UNREACHABLE as error:
                raise Unavailable("the database can't be reached") from error
            try:
                yield connection
            except OSError as error:  # TimeoutError is one
                raise Unavailable("the database doesn't answer") from error

    @asynccontextmanager
    async def driver(self) -> AsyncIterator[Any]:
        """The same as asyncpg has it, for what is `Compiled`."""
        async with self.slots:
            pooled = await self.pooled()
            driver: Any = pooled.driver_connection
            try:
                yield driver
            except OSError as error:
                raise Unavailable("the database doesn't answer") from error
            except InterfaceError:  # a message may have been sent in part
                pooled.invalidate()
                raise
            finally:
                if driver.is_closed():
                    pooled.close()
                elif driver.is_in_transaction():  # its end was cancelled
                    pooled.invalidate()
                else:
                    self.idle.append(pooled)

    async def pooled(self) -> PoolProxiedConnection:
        while self.idle:
            pooled = self.idle.pop()
            driver: Any = pooled.driver_connection
            if not driver.is_closed():
                return pooled
            pooled.close()
        try:
            return await self.engine.raw_connection()
        except UNREACHABLE as error:
            raise Unavailable("the database can't be reached") from error

    async def close(self) -> None:
        while self.idle:
            self.idle.pop().close()
        await self.engine.dispose()


async def again(run: Callable[[], Awaitable[T]]) -> T:
    """`run()`, tried anew while PostgreSQL picks it as the victim of a conflict."""
    for attempt in range(1, ATTEMPTS):
        try:
            return await run()
        except (PostgresError, DBAPIError) as error:
            if sqlstate(error) not in RETRIED:
                raise
        await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
    return await run()


def sqlstate(error: Exception) -> str:
    """PostgreSQL's code of an error, or "" where it didn't come from the server."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


def discard_closed(connection: Any, record: Any, proxy: Any) -> None:
    """What pre-ping is for, with no round trip: asyncpg knows when the server left."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError("closed by the server")


def log_statements(connection: Any, record: Any) -> None:
    """What `echo` is for, where it isn't SQLAlchemy that runs them."""
    connection.driver_connection.add_query_logger(
        lambda it: log.info("%s %s", it.query, it.args)
    )


def connect_args(settings: Settings) -> dict[str, Any]:
    common = {
        "timeout": settings.database_connect_timeout,
        # Only for a server that doesn't end statements any more.
        "command_timeout": settings.database_statement_timeout + 1,
    }
    if settings.database_pgbouncer:
        # The next statement may run on another connection, which knows neither.
        return {**common, "statement_cache_size": 0, "prepared_statement_cache_size": 0}
    on_server = {
        "statement_timeout": milliseconds(settings.database_statement_timeout),
        "lock_timeout": milliseconds(settings.database_lock_timeout),
        "application_name": TITLE,
        "jit": "off",
    }
    return {**common, "server_settings": on_server}


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"


async def database(request: Request) -> Database:
    state = request.app.state
    it: Database = state.replica if request.method == "GET" else state.database
    return it


Db = Annotated[Database, Depends(database)]


async def session(db: Db) -> AsyncIterator[AsyncSession]:
    async with db.session() as session:
        yield session


# scope="function" commits before the response is sent; the default would be after it.
Session = Annotated[AsyncSession, Depends(session, scope="function")]
