"""What becomes of requests when the service is told to end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass

import asyncpg
import httpx

from tests.drills.conftest import Start
from tests.drills.load import Load, client_of, create_tag
from tests.drills.service import Postgres
from tests.drills.test_faults import ACTIVE, NAP, SNOOZE, stocked, warm


def test_sigterm_under_load(postgres: Postgres, start: Start) -> None:
    async def drill(url: str, terminate: Awaitable[float]) -> None:
        async with Load(url) as load:
            await asyncio.sleep(1)
            asked = time.monotonic()
            assert await terminate < 8
        # Whoever was waiting got an answer; whoever came later found nobody.
        assert {it.status for it in load.answers} == {201, 0}
        assert all(it.ended > asked and it.seconds < 3 for it in load.answers if it.status == 0)
        admin = await asyncpg.connect(postgres.url)
        stored = {it["label"] for it in await admin.fetch("SELECT label FROM tags")}
        await admin.close()
        assert load.stored == stored

    with start() as service:
        asyncio.run(drill(service.url, asyncio.to_thread(service.terminate)))


@dataclass
class Visits:
    """Clients that come for one request on a connection of their own, until refused."""

    host: str
    port: int
    answered: int = 0
    dropped: int = 0

    async def go_on(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection(self.host, self.port)
            except ConnectionRefusedError:
                return
            writer.write(b"GET /tags HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
            try:
                answer = await reader.read()
            except ConnectionError:
                answer = b""
            if answer.startswith(b"HTTP/1.1 200"):
                self.answered += 1
            else:
                self.dropped += 1
            writer.close()


def test_sigterm_refuses_nobody_who_got_through(start: Start) -> None:
    async def drill(url: httpx.URL, terminate: Awaitable[float]) -> None:
        assert url.port
        visits = Visits(url.host, url.port)
        visitors = [asyncio.create_task(visits.go_on()) for _ in range(30)]
        await asyncio.sleep(1)
        assert await terminate < 8
        await asyncio.gather(*visitors)
        assert visits.answered > 100
        # The kernel resets who connects in the very moment of closing: at most one.
        assert visits.dropped <= 1

    with start() as service:
        terminate = asyncio.to_thread(service.terminate)
        asyncio.run(drill(httpx.URL(service.url), terminate))


def test_sigterm_lets_requests_finish(postgres: Postgres, start: Start) -> None:
    async def drill(url: str, terminate: Awaitable[float]) -> None:
        admin = await asyncpg.connect(postgres.url)
        async with client_of(url) as client:
            stock = await stocked(client)
            await admin.execute(NAP)
            requests = [client.post("/tags", json={"label": f"nap {it}"}) for it in range(9)]
            requests.append(stock.bulk("nap", "nap too"))
            napping = [asyncio.create_task(it) for it in requests]
            await asyncio.sleep(0.5)
            assert await terminate < 8
            assert {it.status_code for it in await asyncio.gather(*napping)} == {201}
        assert await admin.fetchval("SELECT count(*) FROM tags WHERE label LIKE 'nap%'") == 11
        await admin.close()

    with start() as service:
        asyncio.run(drill(service.url, asyncio.to_thread(service.terminate)))


def test_sigterm_with_stuck_queries(postgres: Postgres, start: Start) -> None:
    async def drill(url: str, terminate: Awaitable[float]) -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(SNOOZE)
        async with client_of(url) as client:
            stuck = [asyncio.create_task(create_tag(client, f"slow {it}")) for it in range(30)]
            await asyncio.sleep(0.5)
            assert await terminate < 8
            assert {it.status for it in await asyncio.gather(*stuck)} == {503}
        assert await admin.fetchval(ACTIVE) == 0
        await admin.close()

    with start(DATABASE_STATEMENT_TIMEOUT="600") as service:
        asyncio.run(drill(service.url, asyncio.to_thread(service.terminate)))


def test_sigterm_while_the_database_is_silent(postgres: Postgres, start: Start) -> None:
    async def drill(url: str, terminate: Awaitable[float]) -> None:
        async with client_of(url) as client:
            await warm(client, 50)
            await asyncio.gather(*(client.get("/tags") for _ in range(50)))
            with postgres.frozen():
                stuck = [asyncio.create_task(client.get("/tags")) for _ in range(30)]
                await asyncio.sleep(0.5)
                assert await terminate < 8
                assert {it.status_code for it in await asyncio.gather(*stuck)} == {503}

    with start() as service:
        asyncio.run(drill(service.url, asyncio.to_thread(service.terminate)))
