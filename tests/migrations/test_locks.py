"""A migration and transactions that need the same tables don't wait for each other."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest

from tests.adopt.support import Server
from tests.migrations.support import Service

AGAIN = "Another transaction holds a lock that is needed: trying again"
SHOP = """
models:
  Customer: {pk: identity, fields: {name: string(20), points: {type: int, default: 0}}}
  Order: {pk: identity, fields: {customer: -> Customer, title: string(20)}}
"""
# Its migration names what is referred to first.
WIDER = SHOP.replace("string(20)", "string(40)")
# Its migration says nothing of `customers`, and locks it to take the foreign key away.
APART = SHOP.replace("customer: -> Customer, ", "")
# Its migration copies a column.
COPIED = SHOP.replace("int, default", "bigint, default")
WAITED_FOR = """
SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = $1::text::regclass)
"""


@contextmanager
def transactions(url: str, first: str, then: str, number: int = 1) -> Iterator[None]:
    """Each writes to a table, and to another once somebody waits; the next begins meanwhile."""

    async def begun() -> Any:
        db = await asyncpg.connect(url)
        await db.execute(f"BEGIN; LOCK {first} IN ROW EXCLUSIVE MODE")
        return db

    async def write() -> None:
        watch = await asyncpg.connect(url)
        ahead = [await begun()]
        began.set()
        for more in reversed(range(number)):
            while not (left.is_set() or await watch.fetchval(WAITED_FOR, first)):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            await ahead[-1].execute(f"LOCK {then} IN ROW EXCLUSIVE MODE")
            if more:
                ahead.append(await begun())
            await ahead.pop(0).close()
        await watch.close()

    began, left = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(asyncio.run, write())
        began.wait(60)
        try:
            yield
        finally:
            left.set()
        writing.result()


def written(service: Service, server: Server, after: str) -> str:
    """The URL of a database whose migration is written."""
    url = server.database()
    service.begin(SHOP)
    service.alembic(url, "upgrade", "head")
    service.change(after)
    assert service.write(server)[1]
    return url


def test_rows_that_refer_to_others(service: Service, server: Server) -> None:
    url = written(service, server, WIDER)
    with transactions(url, "orders", "customers"):
        printed = service.alembic(url, "upgrade", "head")
    assert AGAIN not in printed


def test_rows_that_others_refer_to(service: Service, server: Server) -> None:
    """As where a DELETE cascades: it begins with what it waited for in vain."""
    url = written(service, server, APART)
    with transactions(url, "customers", "orders", number=2):
        printed = service.alembic(url, "upgrade", "head")
    assert printed.count(AGAIN) == 1


# What an owner's own revision does.
OWN = """
from migrations.online import transaction

revision = "own"
down_revision = "0001"


def upgrade():
    transaction("ALTER TABLE customers {}")
    transaction("ALTER TABLE orders {}")
"""


@contextmanager
def held_once(url: str, *tables: str) -> Iterator[None]:
    """Each is locked until somebody has waited for it in vain."""

    async def hold(table: str) -> None:
        db, watch = await asyncpg.connect(url), await asyncpg.connect(url)
        await db.execute(f"BEGIN; LOCK {table} IN ROW EXCLUSIVE MODE")
        holding.release()
        for waits in (True, False):
            while not left.is_set() and waits != await watch.fetchval(WAITED_FOR, table):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await db.close()
        await watch.close()

    holding, left = threading.Semaphore(0), threading.Event()
    with ThreadPoolExecutor(len(tables)) as pool:
        held = [pool.submit(asyncio.run, hold(it)) for it in tables]
        for _ in tables:
            holding.acquire()
        try:
            yield
        finally:
            left.set()
        for it in held:
            it.result()


def test_each_step_has_its_own_tries(service: Service, server: Server) -> None:
    url = server.database()
    service.begin(SHOP)
    service.alembic(url, "upgrade", "head")
    (service.versions / "own.py").write_text(OWN.format(*["ADD COLUMN x int"] * 2))
    path = service.project / "migrations" / "env.py"
    text = path.read_text()
    path.write_text(text.replace("TRIES, PAUSE = 60, 1.0", "TRIES, PAUSE = 2, 0.2"))
    with held_once(url, "customers", "orders"):
        printed = service.alembic(url, "upgrade", "head")
    path.write_text(text)
    assert printed.count(AGAIN) == 2


def test_what_no_writer_notices(service: Service, server: Server) -> None:
    url = server.database()
    service.begin(SHOP)
    service.alembic(url, "upgrade", "head")
    own = OWN.format("SET (fillfactor = 90)", "RESET (fillfactor)")
    (service.versions / "own.py").write_text(own)
    with held_once(url, "customers", "orders"):
        assert AGAIN not in service.alembic(url, "upgrade", "head")


# PostgreSQL takes minutes for it, but ends for whoever waits a second.
VACUUMED = """
INSERT INTO customers (name, points) SELECT i, i FROM generate_series(1, 5000) i;
ALTER TABLE customers SET (
    autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1
);
UPDATE customers SET name = name;
"""
VACUUMING = """
SELECT count(*) FROM pg_stat_activity
WHERE backend_type = 'autovacuum worker' AND query LIKE '%VACUUM%public.customers%'
"""


@pytest.fixture
def vacuuming(server: Server) -> Iterator[None]:
    """PostgreSQL looks for dead rows each second."""
    server.execute(server.url, "ALTER SYSTEM SET autovacuum_naptime = 1")
    server.execute(server.url, "SELECT pg_reload_conf()")
    yield
    server.execute(server.url, "ALTER SYSTEM RESET autovacuum_naptime")
    server.execute(server.url, "SELECT pg_reload_conf()")


@pytest.mark.usefixtures("vacuuming")
def test_a_table_that_is_vacuumed(service: Service, server: Server) -> None:
    url = written(service, server, COPIED)
    server.execute(url, VACUUMED)
    for _ in range(600):
        if server.fetch(url, VACUUMING)[0]["count"]:
            break
        time.sleep(0.1)
    else:
        pytest.fail("nothing was vacuumed")
    printed = service.alembic(url, "upgrade", "head")
    assert AGAIN not in printed
