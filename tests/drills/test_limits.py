"""What the service does with bodies and connections that are too many or too slow."""

from __future__ import annotations

import asyncio
import json
import re
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


# What comes of the head of a request, with `B` as its body.
HEADS = {
    b"Content-Length: " + b"0" * 4_400 + b"2": 422,
    b"Content-Length: " + b"9" * 4_400: 400,
    b"Content-Length: " + b"9" * 19: 413,
    b"Content-Length: -2": 400,
    b"Content-Length: +2": 400,
    b"Content-Length: ": 400,
    b"Content-Length: 2\r\nContent-Length: 3": 400,
    b"Content-Length: 2\r\nTransfer-Encoding: chunked": 400,
    b"Transfer-Encoding: chunked\r\nContent-Length: 2": 400,
    b"Content-Length: 2\r\nContent-Encoding: gzip": 415,
    b"Transfer-Encoding: gzip, chunked\r\n\r\n0": 415,
    b"Content-Length : 2": 400,
    b"Oops": 400,
    b"X: a\x00b": 400,
    b"X: " + b"a" * 1_000_000: 431,
}


def test_heads_that_are_malformed(start: Start) -> None:
    async def drill(host: str, port: int) -> None:
        start = b"POST /tags HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n"
        requests = {start + head + b"\r\n\r\n{}": status for head, status in HEADS.items()}
        requests |= {b"\x16\x03\x01\r\n\r\n": 400, b"GET /\xff HTTP/1.1\r\n\r\n": 400}
        requests[b"CONNECT shop:1 HTTP/1.1\r\n\r\n"] = 400
        for request, status in requests.items():
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(request)
            async with asyncio.timeout(HANG):
                head, _, body = (await reader.readuntil(b"}")).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 %d " % status), request[:200]
            assert b"content-type: application/problem+json" in head
            assert len(re.findall(rb"x-request-id: [0-9a-f]{32}", head)) == 1
            assert json.loads(body + b"]}" * (b"errors" in body))["status"] == status
            writer.close()
        # The answer to the request before comes first, and then nothing.
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: shop\r\n\r\nOops\r\n\r\n")
        async with asyncio.timeout(HANG):
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.count(b"HTTP/1.1") == 1
        writer.close()

    with start() as service:
        url = httpx.URL(service.url)
        assert url.port
        asyncio.run(drill(url.host, url.port))


def test_heads_that_come_too_slowly(start: Start) -> None:
    async def trickle(host: str, port: int, first: bytes, more: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(first)
        ended = asyncio.create_task(reader.read())
        with suppress(ConnectionError):
            while not ended.done():
                writer.write(more)
                await writer.drain()
                await asyncio.sleep(0.1)
        async with asyncio.timeout(HANG):
            answer = await ended
        writer.close()
        return answer

    async def answered(host: str, port: int, first: bytes, more: bytes) -> bytes:
        for _ in range(5):
            with suppress(ConnectionError):  # a reset, which may have taken the answer along
                return await trickle(host, port, first, more)
        raise AssertionError("The connection was reset each time.")

    async def drill(host: str, port: int) -> None:
        head, whole = b"GET /health/live HTTP/1.1\r\nHost: shop\r\nX: ", b"a\r\n\r\n"
        for first, answers in (
            (head, [b"408"]),
            (head + whole + head, [b"200", b"408"]),
            (b"", []),
            (head + whole, [b"200"]),
        ):
            more = b"a" if first.endswith(b": ") else b"\r\n"
            connections = [answered(host, port, first, more) for _ in range(20)]
            for answer in await asyncio.gather(*connections):
                assert re.findall(rb"HTTP/1.1 (\d+)", answer) == answers
                assert (b"application/problem+json" in answer) == (b"408" in answers)
        # In pieces, but in time.
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(head)
        await writer.drain()
        assert (await httpx.AsyncClient().get(f"http://{host}:{port}/health/live")).is_success
        writer.write(whole)
        async with asyncio.timeout(HANG):
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()

    with start(HEADER_TIMEOUT="1") as service:
        url = httpx.URL(service.url)
        assert url.port
        asyncio.run(drill(url.host, url.port))


def test_connections_that_never_send(start: Start) -> None:
    async def drill(host: str, port: int) -> None:
        idle = [await asyncio.open_connection(host, port) for _ in range(20)]
        async with asyncio.timeout(HANG):
            assert [await reader.read() for reader, _ in idle] == [b""] * 20
        for _, writer in idle:
            writer.close()

    with start(KEEP_ALIVE_TIMEOUT="1") as service:
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
