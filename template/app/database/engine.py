"""The connections to PostgreSQL, and the ways to use them.

At rest a connection autocommits: a single statement is one round trip and atomic by
itself. Statements that belong together are a function, given to
`Database.transaction`. Either way the data is committed before the caller goes on,
and a transaction that PostgreSQL aborts in favour of another is retried.
"""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import lru_cache, partial
from itertools import count
from math import ceil
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from asyncpg import (
    Connection,
    DataError,
    InterfaceError,
    InvalidCachedStatementError,
    PostgresError,
)
from fastapi import Depends, Request
from sqlalchemy import NullPool, PoolProxiedConnection
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine

from app import TITLE
from app.database.base import OpenEnum
from app.database.compiled import Compiled, Row
from app.settings import Settings

T = TypeVar("T")
log = logging.getLogger(__name__)

NONE: Mapping[str, Any] = {}
CACHED = 2_000  # statements that are kept compiled
RETRIED = {"40001", "40P01"}  # serialization failure, deadlock
ATTEMPTS = 5
PING_TIMEOUT = 0.5  # seconds
END_TIMEOUT = 3  # seconds, to end a statement and its connection
CLOSE_TIMEOUT = 1  # seconds, for all of them when the service ends
OUTDATED = (
    InvalidCachedStatementError,
    AsyncAdapt_asyncpg_dbapi.InvalidCachedStatementError,
)
UNREACHABLE = (OSError, PostgresError, DBAPIError, AsyncAdapt_asyncpg_dbapi.Error)


class Unavailable(Exception):
    """The database can't be reached, or has no connection free in time."""


class Unreadable(Exception):
    """A stored value has no Python equivalent, such as a date BC."""


class Slots:
    """How many may have a connection at once, first come, first served.

    Who takes one takes it of all that are `free`, within `timeout`.
    """

    def __init__(self, timeout: float, *free: asyncio.Semaphore) -> None:
        self._timeout = timeout
        self._free = free

    async def acquire(self) -> None:
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
                raise Unavailable("Every database connection is in use") from None
            raise

    def release(self) -> None:
        for free in self._free:
            free.release()


class Driver(Connection):
    """A connection that cancels its statement before it closes, in a task of its own.

    Behind middleware a caller is cancelled again at each step and can't wait for that:
    PostgreSQL would run the statement to its end.
    """

    ending: asyncio.Task[None] | None = None

    def terminate(self) -> None:
        if not self.ending and not self.is_closed():
            self.ending = asyncio.create_task(self._end())

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self.terminate()
        if self.ending:
            await asyncio.wait([self.ending], timeout=timeout)

    async def _prepare(
        self, query: str, *, use_cache: bool = False, **more: Any
    ) -> Any:
        """COPY asks so for the types of columns, which a migration may change.

        By what was once told, the bytes of an integer would be stored as a float's.
        """
        of: Any = super()
        return await of._prepare(query, use_cache=False, **more)

    def abort(self) -> None:
        """Close at once, without a word to PostgreSQL."""
        super().terminate()

    async def _end(self) -> None:
        asking = asyncio.create_task(self._ask_again())
        with suppress(OSError, PostgresError, InterfaceError):
            try:
                await super().close(timeout=END_TIMEOUT)
            finally:
                asking.cancel()

    async def _ask_again(self) -> None:
        """Cancel the statement anew: a request that overtook it has ended nothing."""
        this: Any = self
        for number in count():
            await asyncio.sleep(0.1 * 2**number)
            this._cancel_current_command(asyncio.get_running_loop().create_future())


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
        self.busy: set[Driver] = set()
        self.kept = settings.database_pool_size
        size = self.kept + settings.database_pool_overflow
        patience = settings.database_pool_timeout
        whole = asyncio.Semaphore(size)
        self.slots = Slots(patience, whole)
        # What one table, unit of work or all exports get at most: while a table is
        # locked, or nobody reads the exports, the rest still finds a connection.
        self.shares = defaultdict[Any, Slots](
            lambda: Slots(patience, asyncio.Semaphore(ceil(size / 2)), whole)
        )
        # One connection more, however many ask at once.
        self.probes = Slots(patience, asyncio.Semaphore(1))
        dialect = self.engine.dialect
        dialect.colspecs = {**dialect.colspecs, sa.Enum: OpenEnum}
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
                return await driver.fetch(sql, *parameters)

        with reading():
            return compiled.rows(await again(run))

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
            adapted = sa.Connection(
                self.engine.sync_engine,
                connection=pooled,
                _allow_revalidate=False,  # by one that has no slot
            )
            connection = AsyncConnection(self.engine, adapted)
            async with (
                AsyncSession(connection, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session

    @asynccontextmanager
    async def driver(self, slots: Slots) -> AsyncIterator[Any]:
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
                driver.abort()
                raise
            except OSError:  # nor does a host that vanished answer the others
                self.forget(driver)
                raise

    @asynccontextmanager
    async def connection(self, slots: Slots) -> AsyncIterator[PoolProxiedConnection]:
        """One of the connections; raises `Unavailable` when there is none in time.

        Its slot is given back once PostgreSQL is done with it, whoever was cancelled.
        """
        await slots.acquire()
        pooled = self._unused() or await self._new(slots)
        driver: Any = pooled.driver_connection
        self.busy.add(driver)
        try:
            yield pooled
        except asyncio.CancelledError:
            driver.terminate()
            raise
        except (PostgresError, DBAPIError) as error:
            if is_outdated(error):  # on all of them
                self.forget(driver)
            raise
        except (ConnectionError, TimeoutError) as error:
            raise Unavailable("The database does not answer") from error
        finally:
            self._give_back(pooled, driver, slots)

    def forget(self, driver: Driver) -> None:
        """End `driver` and all that are idle, at once."""
        drivers: list[Any] = [driver, *(it.driver_connection for it in self.idle)]
        for it in drivers:
            it.abort()

    def _unused(self) -> PoolProxiedConnection | None:
        while self.idle:
            pooled = self.idle.pop()
            driver: Any = pooled.driver_connection
            if not driver.is_closed():
                return pooled
            pooled.invalidate()
        return None

    async def _new(self, slots: Slots) -> PoolProxiedConnection:
        opening = asyncio.create_task(self._open())
        try:
            await asyncio.wait([opening])
            return opening.result()
        except BaseException:  # nobody waits for it any more
            opening.add_done_callback(partial(self._keep, slots))
            raise

    def _keep(self, slots: Slots, opening: asyncio.Task[PoolProxiedConnection]) -> None:
        if opening.cancelled() or opening.exception():
            slots.release()
        else:
            pooled = opening.result()
            self._give_back(pooled, pooled.driver_connection, slots)

    async def _open(self) -> PoolProxiedConnection:
        try:
            return await self.engine.raw_connection()
        except UNREACHABLE as error:
            raise Unavailable("The database cannot be reached") from error

    def _give_back(
        self, pooled: PoolProxiedConnection, driver: Any, slots: Slots
    ) -> None:
        def done(_: object) -> None:
            self.busy.discard(driver)
            slots.release()

        ended = driver.ending or driver.is_closed()
        # Its end may have been cancelled: then it is in a transaction still.
        if not ended and not driver.is_in_transaction() and len(self.idle) < self.kept:
            self.idle.append(pooled)
            done(None)
            return
        driver.terminate()
        if pooled.is_valid:
            pooled.invalidate()
        if driver.ending:
            driver.ending.add_done_callback(done)
        else:
            done(None)

    async def ping(self) -> None:
        """Ask whether PostgreSQL answers, even while every connection is in use."""
        async with self.driver(self.probes) as driver:
            await driver.execute("SELECT 1", timeout=PING_TIMEOUT)

    async def close(self) -> None:
        idle, self.idle, self.kept = self.idle, [], 0
        drivers: list[Any] = [*self.busy, *(it.driver_connection for it in idle)]
        await asyncio.gather(*(it.close(timeout=CLOSE_TIMEOUT) for it in drivers))
        for it in drivers:
            if it.ending:  # PostgreSQL is silent
                it.ending.cancel()
        for pooled in idle:
            pooled.invalidate()
        await self.engine.dispose()


@contextmanager
def reading() -> Iterator[None]:
    """Raises `Unreadable` for what Python can't have; its text has no stored value."""
    try:
        yield
    except InterfaceError:  # about what is sent
        raise
    except (LookupError, OverflowError, ValueError) as error:
        raise Unreadable(type(error).__name__) from None


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
    """Whether it comes of a statement prepared for what was made anew since."""
    if isinstance(getattr(error, "orig", error), OUTDATED):
        return True
    return sqlstate(error) == "XX000" and "cache lookup failed for type" in str(error)


def log_statements(connection: Any, record: Any) -> None:
    """What `echo` is for, where it isn't SQLAlchemy that runs them."""
    connection.driver_connection.add_query_logger(
        lambda it: log.info("%s %s", it.query, it.args)
    )


def connect_args(settings: Settings) -> dict[str, Any]:
    common = {
        "connection_class": Driver,
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
