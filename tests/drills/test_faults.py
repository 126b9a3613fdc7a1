"""What the service does while its database, its clients and its host misbehave."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress

import asyncpg
import httpx
import pytest

from tests.drills.conftest import Start
from tests.drills.load import Load, client_of, create_tag
from tests.drills.service import Postgres

# Creates of tags called "slow …" never end by themselves.
SNOOZE = """
CREATE FUNCTION snooze() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(3600); RETURN new; END';
CREATE TRIGGER snooze BEFORE INSERT ON tags
    FOR EACH ROW WHEN (new.label LIKE 'slow%') EXECUTE FUNCTION snooze();
"""
# COMMIT takes a moment and fails, for what was inserted into any of these.
REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(0.2); RAISE EXCEPTION ''refused at COMMIT''; END';
"""
REFUSE_INTO = """
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON {} DEFERRABLE INITIALLY DEFERRED
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


def tells_nothing(response: httpx.Response) -> None:
    assert response.headers["content-type"] == "application/problem+json"
    assert not [it for it in HIDDEN if it in response.text], response.text


def test_a_commit_that_is_slow_and_fails(postgres: Postgres, start: Start) -> None:
    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        async with client_of(url) as client:
            user = (
                await client.post("/users", json={"email": "a@example.com", "pin": "0000"})
            ).json()
            product = {"sku": "A", "title": "A", "price": "1.00", "vat": "0.1"}
            assert (await client.post("/products", json=product)).status_code == 201
            tag = (await client.post("/tags", json={"label": "kept"})).json()
            accounts = [
                (
                    await client.post(
                        "/accounts",
                        json={"owner_id": owner, "currency": "EUR", "balance": "10.00"},
                    )
                ).json()
                for owner in (
                    user["id"],
                    (
                        await client.post("/users", json={"email": "b@example.com", "pin": "0000"})
                    ).json()["id"],
                )
            ]
            await admin.execute(REFUSE)
            for table in ("tags", "transfers", "product_tags"):
                await admin.execute(REFUSE_INTO.format(table))
            transfer = {
                "source_id": accounts[0]["id"],
                "target_id": accounts[1]["id"],
                "amount": "1.00",
                "request_id": "7b0a3a4c-0000-4000-8000-000000000001",
            }
            answers = [
                await client.post("/tags", json={"label": "lost"}),
                await client.post("/tags/bulk", json=[{"label": "one"}, {"label": "two"}]),
                await client.post("/accounts/transfer", json=transfer),
                await client.put(f"/products/A/tags/{tag['id']}"),
            ]
            for answer in answers:
                assert answer.status_code == 409, answer.text
                tells_nothing(answer)
            assert [it["label"] for it in (await client.get("/tags")).json()["items"]] == ["kept"]
            assert (await client.get("/transfers")).json()["items"] == []
            assert (await client.get("/products/A/tags")).json()["items"] == []
            assert {it["balance"] for it in (await client.get("/accounts")).json()["items"]} == {
                "10.00"
            }
        await admin.close()

    with start() as service:
        asyncio.run(drill(service.url))


def test_postgresql_killed_under_load(postgres: Postgres, start: Start) -> None:
    async def drill(url: str) -> None:
        async with client_of(url) as client, Load(url) as load:
            await asyncio.sleep(2)
            postgres.kill()
            killed = time.monotonic()
            await asyncio.sleep(0.1)
            live, ready = await asyncio.gather(
                client.get("/health/live"), client.get("/health/ready")
            )
            assert time.monotonic() - killed < 1
            assert (live.status_code, ready.status_code) == (200, 503)
            tells_nothing(ready)
            await asyncio.sleep(5)
            await asyncio.to_thread(postgres.start)
            back = time.monotonic()
            await asyncio.sleep(3)
        assert {it.status for it in load.failures} == {503}
        assert all(it.retry_after for it in load.failures)
        assert max(it.seconds for it in load.failures) < 1
        assert len([it for it in load.failures if it.began > killed]) > 100
        assert (
            min(it.ended for it in load.answers if it.status == 201 and it.ended > back) < back + 1
        )
        assert not [it for it in load.failures if it.ended > back + 1]
        admin = await asyncpg.connect(postgres.url)
        stored = {it["label"] for it in await admin.fetch("SELECT label FROM tags")}
        await admin.close()
        assert len(load.stored) > 100
        assert not load.stored - stored

    with start() as service:
        asyncio.run(drill(service.url))


def test_postgresql_restarted_while_idle(postgres: Postgres, start: Start) -> None:
    async def drill(url: str) -> None:
        async with client_of(url) as client:
            await asyncio.gather(*(client.get("/tags") for _ in range(50)))
            postgres.stop()
            postgres.start()
            for _ in range(25):
                assert (await client.get("/tags")).status_code == 200
            at_once = await asyncio.gather(*(client.get("/tags") for _ in range(25)))
            assert [it.status_code for it in at_once] == [200] * 25

    with start() as service:
        asyncio.run(drill(service.url))


def test_every_connection_waits_for_a_locked_table(postgres: Postgres, start: Start) -> None:
    async def timed(client: httpx.AsyncClient, path: str) -> tuple[httpx.Response, float]:
        began = time.monotonic()
        response = await client.get(path)
        return response, time.monotonic() - began

    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        async with client_of(url) as client:
            lock = admin.transaction()
            await lock.start()
            await admin.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
            waiting = [asyncio.create_task(timed(client, "/products")) for _ in range(100)]
            await asyncio.sleep(0.5)
            for path in ("/tags", "/users", "/health/live", "/health/ready"):
                response, seconds = await timed(client, path)
                assert response.status_code == 200
                assert seconds < 1
            for response, seconds in await asyncio.gather(*waiting):
                assert response.status_code == 503
                assert response.headers["retry-after"]
                tells_nothing(response)
                assert seconds < 5
            await lock.rollback()
            again = await asyncio.gather(*(client.get("/products") for _ in range(40)))
            assert [it.status_code for it in again] == [200] * 40
        await admin.close()

    with start() as service:
        asyncio.run(drill(service.url))


def test_a_statement_that_never_ends(postgres: Postgres, start: Start) -> None:
    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(SNOOZE)
        async with client_of(url) as client:
            began = time.monotonic()
            response = await client.post("/tags", json={"label": "slow"})
            assert response.status_code == 503
            tells_nothing(response)
            assert time.monotonic() - began < 4
            assert await admin.fetchval(ACTIVE) == 0
        await admin.close()

    with start(DATABASE_STATEMENT_TIMEOUT="2") as service:
        asyncio.run(drill(service.url))


def test_clients_that_leave(postgres: Postgres, start: Start) -> None:
    async def leave(client: httpx.AsyncClient, number: int, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await client.post("/tags", json={"label": f"slow {number}"})

    async def nothing_runs(admin: asyncpg.Connection) -> None:
        async with asyncio.timeout(5):
            while await admin.fetchval(ACTIVE):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(SNOOZE)
        async with client_of(url) as client:
            await leave(client, 0, 0.5)
            assert await admin.fetchval(ACTIVE) == 1
            await nothing_runs(admin)
            for number in range(10):
                some = range(number * 100, number * 100 + 100)
                await asyncio.gather(*(leave(client, it, 0.02 + it % 50 / 500) for it in some))
            await nothing_runs(admin)
            assert await admin.fetchval(CONNECTIONS) <= 20
            after = await asyncio.gather(*(client.get("/tags") for _ in range(100)))
            assert [it.status_code for it in after] == [200] * 100
        await admin.close()

    with start(DATABASE_STATEMENT_TIMEOUT="600") as service:
        asyncio.run(drill(service.url))


def test_sigterm_under_load(postgres: Postgres, start: Start) -> None:
    async def drill(url: str, terminate: Awaitable[float]) -> None:
        async with Load(url) as load:
            await asyncio.sleep(1)
            asked = time.monotonic()
            assert await terminate < 8
        # Whoever was waiting got an answer; whoever came later found nobody.
        assert {it.status for it in load.answers} == {201, 0}
        assert all(it.ended > asked and it.seconds < 1 for it in load.answers if it.status == 0)
        admin = await asyncpg.connect(postgres.url)
        stored = {it["label"] for it in await admin.fetch("SELECT label FROM tags")}
        await admin.close()
        assert load.stored == stored

    with start() as service:
        asyncio.run(drill(service.url, asyncio.to_thread(service.terminate)))


def test_sigterm_with_a_stuck_query(postgres: Postgres, start: Start) -> None:
    async def drill(url: str, terminate: Awaitable[float]) -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(SNOOZE)
        async with client_of(url) as client:
            stuck = asyncio.create_task(create_tag(client, "slow"))
            await asyncio.sleep(0.5)
            assert await terminate < 8
            assert (await stuck).status == 503
        assert await admin.fetchval(ACTIVE) == 0
        await admin.close()

    with start(DATABASE_STATEMENT_TIMEOUT="600") as service:
        asyncio.run(drill(service.url, asyncio.to_thread(service.terminate)))


def test_a_body_that_is_too_long(start: Start) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 100_000

    async def drill(url: str) -> None:
        async with client_of(url) as client:
            headers = {"content-type": "application/json"}
            for body in (b" " * 2_000_000, chunks()):
                response = await client.post("/tags", content=body, headers=headers)
                assert response.status_code == 413
                tells_nothing(response)
            rows = [{"label": f"{number}"} for number in range(10_001)]
            assert (await client.post("/tags/bulk", json=rows)).status_code == 413
            bulk = await client.post("/tags/bulk", json=rows[:-1])
            assert (bulk.status_code, bulk.json()) == (201, {"created": 10_000})

    with start(BODY_LIMIT="1000000") as service:
        asyncio.run(drill(service.url))


def test_a_body_that_comes_too_slowly(start: Start) -> None:
    async def drill(host: str, port: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"POST /tags HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\n")
        began = time.monotonic()

        async def trickle() -> None:
            with suppress(ConnectionError):
                while True:
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.1)

        trickling = asyncio.create_task(trickle())
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"application/problem+json" in answer
        assert 1 < time.monotonic() - began < 4
        trickling.cancel()
        writer.close()

    with start(BODY_TIMEOUT="2") as service:
        url = httpx.URL(service.url)
        assert url.port
        asyncio.run(drill(url.host, url.port))


def test_2000_idle_connections(start: Start) -> None:
    async def drill(host: str, port: int) -> None:
        idle = [await asyncio.open_connection(host, port) for _ in range(2_000)]
        async with client_of(f"http://{host}:{port}") as client:
            for _ in range(20):
                assert (await client.get("/tags")).status_code == 200
        for _, writer in idle:
            writer.close()

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4_096:
        pytest.fail("this drill needs 4,096 open files: ulimit -Hn 4096")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4_096), hard))
    with start() as service:
        url = httpx.URL(service.url)
        assert url.port
        asyncio.run(drill(url.host, url.port))
