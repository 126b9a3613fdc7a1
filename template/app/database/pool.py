"""The connections to PostgreSQL, which autocommit at rest."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import count
from math import ceil
from typing import Any

import sqlalchemy as sa
from asyncpg import Connection, DataError, InterfaceError, PostgresError
from sqlalchemy import NullPool, PoolProxiedConnection
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from app import TITLE
from app.database import intervals
from app.database.retries import is_outdated
from app.errors import Unavailable
from app.settings import Settings

log = logging.getLogger(__name__)

PING_TIMEOUT = 0.5  # seconds
END_TIMEOUT = 3  # seconds, to end a statement and its connection
CLOSE_TIMEOUT = 1  # seconds, for all of them when the service ends
UNREACHABLE = (OSError, PostgresError, DBAPIError, AsyncAdapt_asyncpg_dbapi.Error)


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
        with suppress(OSError, PostgresError, InterfaceError):
            await super().close(timeout=END_TIMEOUT)

    def _cancel_current_command(self, waiter: Any, cancel_waiter: Any = None) -> None:
        this: Any = self
        task = asyncio.create_task(self._cancel_until(cancel_waiter, waiter))
        this._cancellations.add(task)
        task.add_done_callback(this._cancellations.discard)

    async def _cancel_until(self, ended: Any, asked: Any) -> None:
        """Cancel the statement anew: a request that overtook it has ended nothing.

        The next statement waits until `asked` is done, so that none cancels that.
        """
        of: Any = super()
        try:
            for number in count():
                sent = asyncio.get_running_loop().create_future()
                of._cancel_current_command(sent)
                await sent
                if (await asyncio.wait([ended], timeout=0.1 * 2**number))[0]:
                    break
        finally:
            if not asked.done():
                asked.set_result(None)


class Pool:
    """The connections of a running service, shared out so that none can take them all."""

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
        sa.event.listen(self.engine.sync_engine, "connect", intervals.set_codec)
        if settings.database_echo:
            sa.event.listen(self.engine.sync_engine, "connect", log_statements)
        self.idle: list[PoolProxiedConnection] = []
        self.busy: set[Driver] = set()
        self.kept = settings.database_pool_size
        self.closed = asyncio.Event()
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
        full = len(self.idle) >= self.kept or self.closed.is_set()
        # Its end may have been cancelled: then it is in a transaction still.
        if not ended and not driver.is_in_transaction() and not full:
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
        self.closed.set()
        idle = [*self.idle]
        self.idle.clear()
        drivers: list[Any] = [*self.busy, *(it.driver_connection for it in idle)]
        await asyncio.gather(*(it.close(timeout=CLOSE_TIMEOUT) for it in drivers))
        for it in drivers:
            if it.ending:  # PostgreSQL is silent
                it.ending.cancel()
        for pooled in idle:
            pooled.invalidate()
        await self.engine.dispose()


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
