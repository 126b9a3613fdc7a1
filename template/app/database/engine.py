"""The connections to PostgreSQL, and the ways to use them.

At rest a connection autocommits: a single statement is one round trip and atomic by
itself. Statements that belong together are a function, given to
`Database.transaction`. Either way the data is committed before the caller goes on,
and what PostgreSQL gave up for another's sake is run again.
"""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from contextvars import ContextVar
from functools import lru_cache, partial
from math import ceil
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from asyncpg import DataError, InterfaceError, PostgresError
from fastapi import Depends, Request
from sqlalchemy import NullPool, PoolProxiedConnection
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine

from app import TITLE
from app.database.compiled import Compiled, Row
from app.settings import Settings

T = TypeVar("T")
log = logging.getLogger(__name__)

NONE: Mapping[str, Any] = {}
CACHED = 2_000  # statements that are kept compiled
# Serialization failure, deadlock, a prepared statement that a migration outdated.
RETRIED = {"40001", "40P01", "0A000"}
ATTEMPTS = 5
PING_TIMEOUT = 0.5  # seconds
# By the last statements of this context, which is a request's.
RETURNED = ContextVar[tuple[tuple[Compiled, Any], ...]]("returned", default=())
UNREACHABLE = (OSError, PostgresError, DBAPIError, AsyncAdapt_asyncpg_dbapi.Error)


class Unavailable(Exception):
    """The database can't be reached, or has no connection free in time."""


class Unreadable(Exception):
    """There is no value in Python for a stored one, as a date before Christ."""


class Slots:
    """How many may have a connection at once, first come, first served.

    Who takes one of these takes one of the `whole` as well, both within `timeout`.
    """

    def __init__(self, size: int, timeout: float, whole: "Slots | None" = None) -> None:
        self._free = [asyncio.Semaphore(size)]
        self._free += whole._free if whole else []
        self._timeout = timeout

    async def __aenter__(self) -> None:
        taken = []
        try:
            async with asyncio.timeout(self._timeout):
                for free in self._free:
                    await free.acquire()
                    taken.append(free)
        except BaseException as error:
            for free in taken:
                free.release()
            if isinstance(error, TimeoutError):
                raise Unavailable("every connection is in use") from None
            raise

    async def __aexit__(self, *_: object) -> None:
        for free in self._free:
            free.release()


class Database:
    """The database of a running service, made and closed in its lifespan."""

    def __init__(self, settings: Settings, url: str | None = None) -> None:
        self.engine = create_async_engine(
            url or settings.database_url,
            # To go through SQLAlchemy's costs as much as a statement; ours is `idle`.
            poolclass=NullPool,
            echo=settings.database_echo,
            hide_parameters=not settings.database_echo,
            native_inet_types=False,
            connect_args=connect_args(settings),
        )
        if settings.database_echo:
            sa.event.listen(self.engine.sync_engine, "connect", log_statements)
        self.idle: list[PoolProxiedConnection] = []
        self.kept = settings.database_pool_size
        size = self.kept + settings.database_pool_overflow
        patience = settings.database_pool_timeout
        self.slots = slots = Slots(size, patience)
        # What one table, unit of work or all exports get at most: while a table is
        # locked, or nobody reads the exports, the rest still finds a connection.
        self.shares = defaultdict[Any, Slots](
            lambda: Slots(ceil(size / 2), patience, slots)
        )
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

        async def run() -> Any:
            async with self.driver(self.shares[compiled.table]) as driver:
                try:
                    return await driver.fetch(sql, *parameters)
                except InterfaceError:  # about what is sent
                    raise
                except (OverflowError, ValueError) as error:
                    raise Unreadable(str(error)) from error

        records = await again(run)
        RETURNED.set((*RETURNED.get()[-2:], (compiled, records)))
        return compiled.rows(records)

    async def execute(
        self, statement: sa.Executable, values: Mapping[str, Any] = NONE
    ) -> None:
        """Run one statement that returns no rows; it is committed."""
        await self.all(statement, values)

    async def transaction(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run `work` in a transaction of its own, committed when this returns.

        All of `work` is run again after a deadlock or serialization failure, so it
        changes nothing but the database.
        """
        share = self.shares[getattr(work, "__qualname__", None)]

        async def run() -> T:
            async with self.session(share) as session:
                return await work(session)

        return await again(run)

    @asynccontextmanager
    async def session(self, slots: Slots | None = None) -> AsyncIterator[AsyncSession]:
        """A session in a transaction: committed at the end, rolled back on errors."""
        async with self.connection(slots or self.slots) as pooled:
            adapted = sa.Connection(self.engine.sync_engine, connection=pooled)
            connection = AsyncConnection(self.engine, adapted)
            async with (
                AsyncSession(connection, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session

    @asynccontextmanager
    async def driver(
        self, slots: AbstractAsyncContextManager[None]
    ) -> AsyncIterator[Any]:
        """A connection as asyncpg has it, which autocommits, for what is `Compiled`."""
        async with self.connection(slots) as pooled:
            driver: Any = pooled.driver_connection
            try:
                yield driver
            except DataError as error:
                if error.severity is None:  # asyncpg's own, which came after its Parse
                    await driver.execute("SELECT 1")  # PgBouncer waits for a Sync
                raise
            except InterfaceError:  # a message may have been sent in part
                driver.terminate()
                raise
            except OSError:  # nor does a host that vanished answer the others
                self.forget(driver)
                raise

    @asynccontextmanager
    async def connection(
        self, slots: AbstractAsyncContextManager[None]
    ) -> AsyncIterator[PoolProxiedConnection]:
        """One of the connections; raises `Unavailable` when there is none in time."""
        async with slots:
            pooled = await self._open()
            driver: Any = pooled.driver_connection
            try:
                yield pooled
            except (PostgresError, DBAPIError) as error:
                if is_outdated(error):  # on all of them
                    self.forget(driver)
                raise
            except (ConnectionError, TimeoutError) as error:
                raise Unavailable("the database doesn't answer") from error
            finally:
                # Its end may have been cancelled: then it is in a transaction still.
                clean = not driver.is_closed() and not driver.is_in_transaction()
                if clean and len(self.idle) < self.kept:
                    self.idle.append(pooled)
                else:
                    await close(pooled)

    def forget(self, driver: Any) -> None:
        """End `driver` and all that are idle, at once."""
        for it in (driver, *(it.driver_connection for it in self.idle)):
            it.terminate()

    async def _open(self) -> PoolProxiedConnection:
        while self.idle:
            pooled = self.idle.pop()
            driver: Any = pooled.driver_connection
            if not driver.is_closed():
                return pooled
            await close(pooled)
        try:
            return await self.engine.raw_connection()
        except UNREACHABLE as error:
            raise Unavailable("the database can't be reached") from error

    async def ping(self) -> None:
        """Ask whether PostgreSQL answers, even while every connection is in use."""
        async with self.driver(nullcontext()) as driver:
            await driver.execute("SELECT 1", timeout=PING_TIMEOUT)

    async def close(self) -> None:
        await asyncio.gather(*map(close, self.idle))
        await self.engine.dispose()


def returned() -> dict[str, set[str]]:
    """What the last statements of this request returned, by name, as its `repr`."""
    found = defaultdict[str, set[str]](set)
    for compiled, records in RETURNED.get():
        for row in compiled.rows(records):
            for name, value in row.items():
                found[name].add(repr(value))  # NaN is equal to nothing
    return found


async def close(pooled: PoolProxiedConnection) -> None:
    """Part with a connection, whatever became of it."""
    driver: Any = pooled.driver_connection
    with suppress(OSError, PostgresError, InterfaceError):
        if driver and not driver.is_closed():
            await driver.close(timeout=1)  # a host that vanished takes no farewell
    if pooled.is_valid:
        pooled.invalidate()


async def again(run: Callable[[], Awaitable[T]]) -> T:
    """`run()`, tried anew while PostgreSQL picks it as the victim of a conflict."""
    for attempt in range(1, ATTEMPTS):
        try:
            return await run()
        except (PostgresError, DBAPIError) as error:
            if sqlstate(error) not in RETRIED and not is_outdated(error):
                raise
        await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
    return await run()


def sqlstate(error: Exception) -> str:
    """PostgreSQL's code of an error, or "" where it didn't come from the server."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


def is_outdated(error: Exception) -> bool:
    """Whether it comes of a statement prepared for a type that was made anew since."""
    return sqlstate(error) == "XX000" and "cache lookup failed for type" in str(error)


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
    statement_timeout = f"{settings.database_statement_timeout * 1000:.0f}"
    on_server = {
        "statement_timeout": statement_timeout,
        "idle_in_transaction_session_timeout": statement_timeout,
        "lock_timeout": f"{settings.database_lock_timeout * 1000:.0f}",
        "application_name": TITLE,
        "jit": "off",
    }
    return {**common, "server_settings": on_server}


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
