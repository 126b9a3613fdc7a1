"""What the service does while its database and its clients misbehave."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from tests.drills.conftest import Start
from tests.drills.load import Load, client_of, until, until_found, until_status
from tests.drills.service import Postgres

# Creates of tags called "slow …" never end by themselves.
SNOOZE = """
CREATE FUNCTION snooze() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(3600); RETURN new; END';
CREATE TRIGGER snooze BEFORE INSERT ON tags
    FOR EACH ROW WHEN (new.label LIKE 'slow%') EXECUTE FUNCTION snooze();
"""
# Creates of tags called "held …" wait as long as the drill holds them.
HELD = """
CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN new; END';
CREATE TRIGGER held BEFORE INSERT ON tags
    FOR EACH ROW WHEN (new.label LIKE 'held%') EXECUTE FUNCTION held();
"""
HOLD, LET_GO = "SELECT pg_advisory_lock(1)", "SELECT pg_advisory_unlock(1)"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
# COMMIT takes a moment and fails, for what was changed in any of these.
REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(0.2); RAISE EXCEPTION ''refused at COMMIT''; END';
"""
REFUSE_INTO = """
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON {} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse();
"""
ACTIVE = """
SELECT count(*) FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()
"""
CONNECTIONS = """
SELECT count(*) FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
HIDDEN = ("Traceback", "asyncpg", "sqlalchemy", "SELECT", "INSERT", "PGSQL", "snooze", "refuse")


Request = Coroutine[Any, Any, httpx.Response]


def tells_nothing(response: httpx.Response) -> None:
    assert response.headers["content-type"] == "application/problem+json"
    assert not [it for it in HIDDEN if it in response.text], response.text


def is_busy(response: httpx.Response) -> None:
    assert response.status_code == 503, response.text
    assert response.headers["retry-after"]
    tells_nothing(response)


@dataclass
class Stock:
    """A row of each kind that the drills need."""

    client: httpx.AsyncClient
    accounts: list[str]
    category: int
    tag: int

    async def transfer(self, request_id: str | None = None) -> httpx.Response:
        body = {"amount": "1.00", "request_id": request_id or str(uuid4())}
        sides = dict(zip(("source_id", "target_id"), self.accounts, strict=True))
        return await self.client.post("/accounts/transfer", json=body | sides)

    async def bulk(self, *labels: str) -> httpx.Response:
        return await self.client.post("/tags/bulk", json=[{"label": it} for it in labels])

    async def link(self) -> httpx.Response:
        return await self.client.put(f"/products/A/tags/{self.tag}")

    async def rename(self) -> httpx.Response:
        return await self.client.patch("/products/A", json={"title": "B"})


Ask = Callable[[Stock], Request]


async def stocked(client: httpx.AsyncClient) -> Stock:
    async def made(path: str, **body: Any) -> Any:
        response = await client.post(path, json=body)
        assert response.status_code == 201, response.text
        return response.json()

    emails = ("a@example.com", "b@example.com")
    users = [(await made("/users", email=it, pin="0000"))["id"] for it in emails]
    accounts = [
        (await made("/accounts", owner_id=it, currency="EUR", balance="1000.00"))["id"]
        for it in users
    ]
    category = (await made("/categories", name="A", slug="a"))["id"]
    await made("/products", sku="A", title="A", price="1", vat="0.1", category_id=category)
    tag = (await made("/tags", label="kept"))["id"]
    return Stock(client, accounts, category, tag)


async def timed(request: Request) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    response = await request
    return response, time.monotonic() - began


async def warm(client: httpx.AsyncClient, number: int) -> None:
    """Open connections to the service."""
    await asyncio.gather(*(client.get("/health/live") for _ in range(number)))


def test_a_commit_that_is_slow_and_fails(postgres: Postgres, start: Start) -> None:
    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        async with client_of(url) as client:
            stock = await stocked(client)
            await admin.execute(REFUSE)
            for table in ("tags", "transfers", "product_tags", "products"):
                await admin.execute(REFUSE_INTO.format(table))
            for request in (
                client.post("/tags", json={"label": "lost"}),
                stock.bulk("one", "two"),
                stock.transfer(),
                stock.link(),
                stock.rename(),
            ):
                answer, seconds = await timed(request)
                assert seconds > 0.2
                assert answer.status_code == 409, answer.text
                tells_nothing(answer)
            assert await admin.fetchval("SELECT array_agg(label) FROM tags") == ["kept"]
            assert await admin.fetchval("SELECT array_agg(title) FROM products") == ["A"]
            assert await admin.fetchval("SELECT count(*) FROM transfers") == 0
            assert await admin.fetchval("SELECT count(*) FROM product_tags") == 0
            assert await admin.fetchval("SELECT min(balance) FROM accounts") == 1000
        await admin.close()

    with start() as service:
        asyncio.run(drill(service.url))


def test_postgresql_killed_under_load(postgres: Postgres, start: Start) -> None:
    async def returned() -> float:
        while True:
            with suppress(OSError, asyncpg.PostgresError):
                await (await asyncpg.connect(postgres.url)).close()
                return time.monotonic()
            await asyncio.sleep(0.01)

    async def drill(url: str) -> None:
        moved: list[str] = []
        others: list[tuple[float, httpx.Response]] = []
        refused: Counter[int] = Counter()

        async def mixed(stock: Stock, client: int) -> None:
            for number in count():
                if not load.going:
                    return
                key = str(uuid4())
                makers: list[Callable[[], Request]] = [
                    lambda: stock.transfer(key),  # noqa: B023
                    lambda: stock.bulk(key),  # noqa: B023
                    stock.link,
                    stock.rename,
                    lambda: stock.client.get("/tags"),
                    lambda: stock.client.get("/products/export"),
                ]
                began = time.monotonic()
                try:
                    response = await makers[number % 6]()
                except httpx.RemoteProtocolError:
                    assert number % 6 == 5  # an export that had begun
                    continue
                others.append((began, response))
                if number % 6 == 0 and response.is_success:
                    moved.append(key)
                if response.is_error:
                    refused[client] += 1
                    await asyncio.sleep(0.02)

        async with client_of(url) as client:
            stock = await stocked(client)
            async with Load(url, clients=10) as load:
                mixing = [asyncio.create_task(mixed(stock, it)) for it in range(6)]
                await until(lambda: len(load.stored) > 100 and len(moved) > 10)
                postgres.kill()
                assert (await client.get("/health/live")).status_code == 200
                is_busy(await until_status(client, "/health/ready", 503))
                # It stays dead until each client had an answer, several times, to all that it asks.
                await until(lambda: len(load.refused) == 10 and min(load.refused.values()) > 12)
                await until(lambda: len(refused) == 6 and min(refused.values()) > 12)
                returning = asyncio.create_task(returned())
                await asyncio.to_thread(postgres.start)
                back = await returning
                stored = len(load.stored)
                await until(lambda: len(load.stored) > stored + 100)
            await asyncio.gather(*mixing)
        assert {it.status for it in load.failures} == {503}
        assert all(it.retry_after for it in load.failures)
        for _, response in others:
            if response.is_error:
                is_busy(response)
        assert not [it for it in load.failures if it.began > back]
        assert not [began for began, it in others if it.is_error and began > back]
        admin = await asyncpg.connect(postgres.url)
        labels = {it["label"] for it in await admin.fetch("SELECT label FROM tags")}
        ledger = {str(it[0]) for it in await admin.fetch("SELECT request_id FROM transfers")}
        assert await admin.fetchval("SELECT sum(balance) FROM accounts") == 2000
        await admin.close()
        assert not load.stored - labels
        assert not set(moved) - ledger

    with start() as service:
        asyncio.run(drill(service.url))


def test_postgresql_restarted_while_idle(postgres: Postgres, start: Start) -> None:
    async def drill(url: str) -> None:
        async with client_of(url) as client:
            stock = await stocked(client)
            for at_once in (True, False):
                await asyncio.gather(*(client.get("/tags") for _ in range(50)))
                postgres.stop()
                postgres.start()
                some = [
                    (client.get("/tags"), stock.bulk(str(uuid4())), stock.transfer(), stock.link())
                    for _ in range(13)
                ]
                requests = [it for four in some for it in four]
                if at_once:
                    answers = await asyncio.gather(*requests)
                else:
                    answers = [await it for it in requests]
                assert [it.status_code for it in answers if it.is_error] == []

    with start() as service:
        asyncio.run(drill(service.url))


TABLE = "LOCK TABLE products IN ACCESS EXCLUSIVE MODE"
ROWS = "SELECT 1 FROM accounts FOR UPDATE"


async def other_tables_answer(client: httpx.AsyncClient) -> None:
    for path in ("/tags", "/users", "/health/live"):
        assert (await client.get(path)).status_code == 200, path
    await until_status(client, "/health/ready", 200)


def test_every_connection_waits_for_a_lock(postgres: Postgres, start: Start) -> None:
    """The lock is held until all have their answers: it can't be what they waited for."""

    async def locked(admin: asyncpg.Connection, lock: str, stock: Stock, *asks: Ask) -> None:
        async with admin.transaction():
            await admin.execute(lock)
            waiting = [asyncio.create_task(asks[it % len(asks)](stock)) for it in range(40)]
            await other_tables_answer(stock.client)
            for response in await asyncio.gather(*waiting):
                is_busy(response)
        for ask in asks:
            assert (await ask(stock)).is_success
        again = await asyncio.gather(*(stock.client.get("/tags") for _ in range(40)))
        assert {it.status_code for it in again} == {200}

    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        async with client_of(url) as client:
            stock = await stocked(client)
            everything: list[Ask] = [
                lambda it: it.client.get("/products/A"),
                lambda it: it.client.get(f"/categories/{it.category}/products"),
                lambda it: it.client.get("/products/export"),
                Stock.link,
                Stock.rename,
            ]
            await locked(admin, TABLE, stock, lambda it: it.client.get("/products"))
            await locked(admin, TABLE, stock, Stock.link)
            await locked(admin, TABLE, stock, *everything)
            await locked(admin, ROWS, stock, Stock.transfer)
        await admin.close()

    with start(DATABASE_LOCK_TIMEOUT="0.2") as service:
        asyncio.run(drill(service.url))


def test_half_of_the_pool_waits_for_a_lock(postgres: Postgres, start: Start) -> None:
    """For ever: the rest is for others, and who finds no connection has an answer."""

    async def locked(admin: asyncpg.Connection, lock: str, stock: Stock, ask: Ask) -> None:
        async with admin.transaction():
            await admin.execute(lock)
            asked = [asyncio.create_task(ask(stock)) for _ in range(30)]
            await until_found(admin, WAITING, 10)
            await other_tables_answer(stock.client)
            await until(lambda: sum(it.done() for it in asked) == 20)
            for it in asked:
                if it.done():
                    is_busy(it.result())
            assert await admin.fetchval(WAITING) == 10
        answers = await asyncio.gather(*asked)
        assert sum(it.is_success for it in answers) == 10

    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        async with client_of(url) as client:
            stock = await stocked(client)
            await locked(admin, TABLE, stock, lambda it: it.client.get("/products"))
            await locked(admin, TABLE, stock, Stock.link)
            await locked(admin, ROWS, stock, Stock.transfer)
        await admin.close()

    with start(DATABASE_POOL_TIMEOUT="0.5") as service:
        asyncio.run(drill(service.url))


def test_a_statement_that_never_ends(postgres: Postgres, start: Start) -> None:
    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        async with client_of(url) as client:
            stock = await stocked(client)
            await admin.execute(SNOOZE)
            transaction = admin.transaction()
            await transaction.start()
            await admin.execute(TABLE)
            answers = await asyncio.gather(
                timed(client.post("/tags", json={"label": "slow"})),
                timed(stock.bulk("slow too")),
                timed(client.get("/products/A")),
                timed(client.get("/products/export")),
                timed(stock.rename()),
                timed(stock.link()),
            )
            for response, seconds in answers:
                is_busy(response)
                assert seconds > 0.9  # by clocks that round
            await transaction.rollback()
            await until_found(admin, ACTIVE, 0)
        await admin.close()

    with start(DATABASE_STATEMENT_TIMEOUT="1") as service:
        asyncio.run(drill(service.url))


def test_clients_that_leave(postgres: Postgres, start: Start) -> None:
    async def leave(request: Request, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await request

    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        async with client_of(url) as client:
            stock = await stocked(client)
            await admin.execute(SNOOZE + HELD)
            leaving = asyncio.create_task(client.post("/tags", json={"label": "slow"}))
            await until_found(admin, ACTIVE, 1)
            leaving.cancel()
            await until_found(admin, ACTIVE, 0)  # it would run for an hour
            for batch in range(10):
                requests = [
                    (
                        client.post("/tags", json={"label": f"slow {batch} {it}"}),
                        stock.bulk(f"slow bulk {batch} {it}"),
                        stock.transfer(),
                        client.get("/tags"),
                    )
                    for it in range(25)
                ]
                flat = [it for some in requests for it in some]
                await asyncio.gather(
                    *(leave(it, 0.02 + place % 50 / 500) for place, it in enumerate(flat))
                )
            await until_found(admin, ACTIVE, 0)
            await until_found(admin, f"SELECT ({CONNECTIONS}) <= 20", True)
            assert await admin.fetchval("SELECT sum(balance) FROM accounts") == 2000
            # Half of the pool is what one table gets.
            await admin.execute(HOLD)
            creates = [client.post("/tags", json={"label": f"held {it}"}) for it in range(10)]
            held = asyncio.gather(*creates)
            await until_found(admin, WAITING, 10)
            await admin.execute(LET_GO)
            assert [it.status_code for it in await held] == [201] * 10
        await admin.close()

    with start() as service:
        asyncio.run(drill(service.url))


def test_exports_that_nobody_reads(postgres: Postgres, start: Start) -> None:
    in_order = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"

    async def stalled(url: str, number: int) -> list[asyncio.StreamWriter]:
        at, writers = httpx.URL(url), []
        assert at.port
        for _ in range(number):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect((at.host, at.port))
            _, writer = await asyncio.open_connection(sock=client, limit=1024)
            writer.write(b"GET /products/export HTTP/1.1\r\nHost: shop\r\n\r\n")
            writers.append(writer)
        return writers

    async def fill() -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(
            "INSERT INTO products (sku, title, price, vat, attributes)"
            " SELECT n, repeat('long', 40), 1, 0, '{}' FROM generate_series(1, 30000) n"
        )
        await admin.close()

    async def others_answer(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        writers = await stalled(url, 40)
        await until_found(admin, in_order, 10)
        async with client_of(url) as client:
            await other_tables_answer(client)
            assert (await client.get("/products/1")).status_code == 200
        assert await admin.fetchval(in_order) == 10
        for writer in writers:
            writer.transport.abort()
        await admin.close()

    async def time_is_up(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        writers = await stalled(url, 3)
        log = postgres.home / "log"
        ended = "terminating connection due to idle-in-transaction timeout"
        await until(lambda: ended in log.read_text())
        await until_found(admin, ACTIVE, 0)
        for writer in writers:
            writer.transport.abort()
        await admin.close()

    asyncio.run(fill())
    with start() as service:
        asyncio.run(others_answer(service.url))
    with start(DATABASE_STATEMENT_TIMEOUT="1") as service:
        asyncio.run(time_is_up(service.url))
