"""What the service does with bodies and connections that are too many or too slow."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import pytest

from tests.drills.conftest import Start
from tests.drills.load import client_of
from tests.drills.service import HANG
from tests.drills.test_faults import tells_nothing


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
                assert (await client.get("/tags")).status_code == 200
            rows = [{"label": f"{number}"} for number in range(10_001)]
            assert (await client.post("/tags/bulk", json=rows)).status_code == 413
            bulk = await client.post("/tags/bulk", json=rows[:-1])
            assert (bulk.status_code, bulk.json()) == (201, {"created": 10_000})

    with start(BODY_LIMIT="1000000") as service:
        asyncio.run(drill(service.url))


def test_a_body_that_is_announced_as_too_long(start: Start) -> None:
    async def drill(host: str, port: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"POST /tags HTTP/1.1\r\nHost: shop\r\nContent-Length: 2000000\r\n")
        writer.write(b"Expect: 100-continue\r\n\r\n")
        async with asyncio.timeout(HANG):  # the body never comes
            assert (await reader.read(1000)).startswith(b"HTTP/1.1 413")
        writer.close()

    with start(BODY_LIMIT="1000000") as service:
        url = httpx.URL(service.url)
        assert url.port
        asyncio.run(drill(url.host, url.port))


def test_a_body_that_comes_too_slowly(start: Start) -> None:
    async def drill(host: str, port: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"POST /tags HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000000\r\n\r\n")
        began = time.monotonic()

        async def trickle() -> None:
            with suppress(ConnectionError):
                while True:
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.1)

        trickling = asyncio.create_task(trickle())  # for a day
        async with asyncio.timeout(HANG):
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"application/problem+json" in answer
        assert time.monotonic() - began > 0.9  # by clocks that round
        trickling.cancel()
        writer.close()

    with start(BODY_TIMEOUT="1") as service:
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
