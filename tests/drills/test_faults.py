"""What the service does while its database and its clients misbehave."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from tests.drills.conftest import Start
from tests.drills.load import Load, client_of
from tests.drills.service import Postgres

# Creates of tags called "slow …" never end by themselves.
SNOOZE = """
CREATE FUNCTION snooze() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(3600); RETURN new; END';
CREATE TRIGGER snooze BEFORE INSERT ON tags
    FOR EACH ROW WHEN (new.label LIKE 'slow%') EXECUTE FUNCTION snooze();
"""
# Creates of tags called "nap …" take a second.
NAP = """
CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(1); RETURN new; END';
CREATE TRIGGER nap BEFORE INSERT ON tags
    FOR EACH ROW WHEN (new.label LIKE 'nap%') EXECUTE FUNCTION nap();
"""
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
    """Open connections; a client takes seconds for hundreds of them."""
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
                await (await asyncpg.connect(postgres.url, timeout=1)).close()
                return time.monotonic()
            await asyncio.sleep(0.01)

    async def drill(url: str) -> None:
        moved: list[str] = []
        others: list[tuple[float, float, httpx.Response]] = []

        async def mixed(stock: Stock) -> None:
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
                response, seconds = await timed(makers[number % 6]())
                ended = time.monotonic()
                others.append((ended - seconds, ended, response))
                if number % 6 == 0 and response.is_success:
                    moved.append(key)
                if response.is_error:
                    await asyncio.sleep(0.02)

        async with client_of(url) as client:
            stock = await stocked(client)
            async with Load(url, clients=10) as load:
                mixing = [asyncio.create_task(mixed(stock)) for _ in range(6)]
                await asyncio.sleep(2)
                postgres.kill()
                killed = time.monotonic()
                await asyncio.sleep(0.1)
                live, ready = await asyncio.gather(
                    client.get("/health/live"), client.get("/health/ready")
                )
                assert time.monotonic() - killed < 1
                assert live.status_code == 200
                is_busy(ready)
                await asyncio.sleep(5)
                returning = asyncio.create_task(returned())
                await asyncio.to_thread(postgres.start)
                back = await returning
                await asyncio.sleep(3)
            await asyncio.gather(*mixing)
        assert {it.status for it in load.failures} == {503}
        assert all(it.retry_after for it in load.failures)
        refused = [it for it in others if it[2].is_error]
        for _, _, response in refused:
            is_busy(response)
        failed = [(it.began, it.ended) for it in load.failures] + [it[:2] for it in refused]
        assert len(failed) > 200
        assert max(ended - began for began, ended in failed) < 1
        again = min(it.ended for it in load.answers if it.status == 201 and it.began > killed + 1)
        assert again < back + 1
        assert not [began for began, _ in failed if began > again]
        admin = await asyncpg.connect(postgres.url)
        stored = {it["label"] for it in await admin.fetch("SELECT label FROM tags")}
        ledger = {str(it[0]) for it in await admin.fetch("SELECT request_id FROM transfers")}
        assert await admin.fetchval("SELECT sum(balance) FROM accounts") == 2000
        await admin.close()
        assert len(load.stored) > 100
        assert not load.stored - stored
        assert moved
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


def test_every_connection_waits_for_a_lock(postgres: Postgres, start: Start) -> None:
    async def locked(
        admin: asyncpg.Connection, lock: str, stocks: list[Stock], asks: list[Ask]
    ) -> None:
        def requests(number: int) -> list[Request]:
            return [asks[it % len(asks)](stocks[it % len(stocks)]) for it in range(number)]

        async with client_of(service.url) as client:
            await warm(client, 10)
            transaction = admin.transaction()
            await transaction.start()
            await admin.execute(lock)
            waiting = [asyncio.create_task(timed(it)) for it in requests(100)]
            await asyncio.sleep(0.5)
            for path in ("/tags", "/users", "/health/live", "/health/ready"):
                response, seconds = await timed(client.get(path))
                assert response.status_code == 200, path
                assert seconds < 3
            answers = await asyncio.gather(*waiting)
            for response, _ in answers:
                is_busy(response)
            assert max(seconds for _, seconds in answers) < 5
            await transaction.rollback()
            again = await asyncio.gather(*requests(40))
            assert [it.status_code for it in again if it.is_error] == []

    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        async with AsyncExitStack() as stack:
            # One client with a hundred connections takes seconds by itself.
            clients = [await stack.enter_async_context(client_of(url)) for _ in range(9)]
            stock = await stocked(clients[0])
            stocks = [replace(stock, client=it) for it in clients]
            for client in clients:
                await warm(client, 12)
            everything: list[Ask] = [
                lambda it: it.client.get("/products/A"),
                lambda it: it.client.get(f"/categories/{it.category}/products"),
                lambda it: it.client.get("/products/export"),
                Stock.link,
                Stock.rename,
            ]
            table = "LOCK TABLE products IN ACCESS EXCLUSIVE MODE"
            await locked(admin, table, stocks, [lambda it: it.client.get("/products")])
            await locked(admin, table, stocks, [Stock.link])
            await locked(admin, table, stocks, everything)
            await locked(admin, "SELECT 1 FROM accounts FOR UPDATE", stocks, [Stock.transfer])
        await admin.close()

    with start() as service:
        asyncio.run(drill(service.url))


def test_a_statement_that_never_ends(postgres: Postgres, start: Start) -> None:
    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        async with client_of(url) as client:
            stock = await stocked(client)
            await admin.execute(SNOOZE)
            transaction = admin.transaction()
            await transaction.start()
            await admin.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
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
                assert 1.5 < seconds < 4
            await transaction.rollback()
            assert await admin.fetchval(ACTIVE) == 0
        await admin.close()

    with start(DATABASE_STATEMENT_TIMEOUT="2", DATABASE_LOCK_TIMEOUT="60") as service:
        asyncio.run(drill(service.url))


def test_clients_that_leave(postgres: Postgres, start: Start) -> None:
    async def leave(request: Request, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await request

    async def nothing_runs(admin: asyncpg.Connection) -> None:
        async with asyncio.timeout(20):  # it would run for an hour
            while await admin.fetchval(ACTIVE):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        async with client_of(url) as client:
            stock = await stocked(client)
            await admin.execute(SNOOZE + NAP)
            await leave(client.post("/tags", json={"label": "slow"}), 0.5)
            assert await admin.fetchval(ACTIVE) == 1
            await nothing_runs(admin)
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
            await nothing_runs(admin)
            assert await admin.fetchval(CONNECTIONS) <= 20
            assert await admin.fetchval("SELECT sum(balance) FROM accounts") == 2000
            # Half of the pool is what one table gets.
            napping = [client.post("/tags", json={"label": f"nap {it}"}) for it in range(10)]
            answers = await asyncio.gather(*(timed(it) for it in napping))
            assert [it.status_code for it, _ in answers] == [201] * 10
            assert max(seconds for _, seconds in answers) < 2
        await admin.close()

    with start(DATABASE_STATEMENT_TIMEOUT="600") as service:
        asyncio.run(drill(service.url))


def test_exports_that_nobody_reads(postgres: Postgres, start: Start) -> None:
    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(
            "INSERT INTO products (sku, title, price, vat, attributes)"
            " SELECT n, repeat('long', 40), 1, 0, '{}' FROM generate_series(1, 100000) n"
        )
        at = httpx.URL(url)
        stalled = [await asyncio.open_connection(at.host, at.port, limit=1024) for _ in range(40)]
        for _, writer in stalled:
            writer.write(b"GET /products/export HTTP/1.1\r\nHost: shop\r\n\r\n")
        await asyncio.sleep(1)
        async with client_of(url) as client:
            for path in ("/tags", "/products/1", "/health/ready"):
                response, seconds = await timed(client.get(path))
                assert response.status_code == 200, path
                assert seconds < 3
        async with asyncio.timeout(8):
            while await admin.fetchval(ACTIVE):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        for _, writer in stalled:
            writer.transport.abort()
        await admin.close()

    with start(DATABASE_STATEMENT_TIMEOUT="3") as service:
        asyncio.run(drill(service.url))
