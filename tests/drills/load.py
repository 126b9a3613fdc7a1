"""Clients of a drill, clients that create tags meanwhile, and waits for events.

A drill holds what it is about (a lock, a dead server, a full socket) until it has seen what must
happen meanwhile, so that no drill depends on how fast the machine is.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from inspect import isawaitable
from itertools import count, cycle
from typing import Any

import asyncpg
import httpx

from tests.drills.service import HANG

LABELS = count()
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # or each client reads all certificates


async def until(condition: Callable[[], Any]) -> None:
    """Wait for what must happen; TimeoutError where it doesn't."""
    async with asyncio.timeout(HANG):
        while True:
            met = condition()
            if await met if isawaitable(met) else met:
                return
            await asyncio.sleep(0.01)


async def until_found(admin: asyncpg.Connection, query: str, wanted: object) -> None:
    """Wait until `query` has the value that is wanted."""

    async def found() -> bool:
        value: object = await admin.fetchval(query)
        return value == wanted

    await until(found)


async def until_status(client: httpx.AsyncClient, path: str, status: int) -> httpx.Response:
    """The first answer with `status`: that of a probe, whose own time limit is a short one."""
    async with asyncio.timeout(HANG):
        while True:
            response = await client.get(path)
            if response.status_code == status:
                return response
            await asyncio.sleep(0.01)


class Spread(httpx.AsyncBaseTransport):
    """Pools of connections, in turn: one takes a second of CPU for 200 requests at once."""

    def __init__(self) -> None:
        limits = httpx.Limits(keepalive_expiry=None)
        pools = [httpx.AsyncHTTPTransport(verify=NO_TLS, limits=limits) for _ in range(10)]
        self.pools, self.turns = pools, cycle(pools)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await next(self.turns).handle_async_request(request)

    async def aclose(self) -> None:
        for pool in self.pools:
            await pool.aclose()


def client_of(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, timeout=HANG, transport=Spread())


@dataclass
class Answer:
    label: str
    began: float
    ended: float
    status: int
    """0 where the connection broke."""
    retry_after: str | None = None


class Load:
    """`async with Load(url) as load:` creates tags meanwhile; `load.answers` has all of it."""

    def __init__(self, url: str, clients: int = 16) -> None:
        self.url, self.clients = url, clients
        self.answers: list[Answer] = []
        self.refused: Counter[int] = Counter()
        """How often each client was."""

    async def __aenter__(self) -> Load:
        self.going = True
        self.tasks = [asyncio.create_task(self._client(it)) for it in range(self.clients)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.going = False
        await asyncio.gather(*self.tasks)

    async def _client(self, number: int) -> None:
        async with client_of(self.url) as client:
            while self.going:
                answer = await create_tag(client, f"load {next(LABELS)}")
                self.answers.append(answer)
                if answer.status == 0:
                    return
                if answer.status != 201:
                    self.refused[number] += 1
                    await asyncio.sleep(0.02)

    @property
    def stored(self) -> set[str]:
        """What the service said that it has stored."""
        return {it.label for it in self.answers if it.status == 201}

    @property
    def failures(self) -> list[Answer]:
        return [it for it in self.answers if it.status != 201]


async def create_tag(client: httpx.AsyncClient, label: str) -> Answer:
    began = time.monotonic()
    try:
        response = await client.post("/tags", json={"label": label})
    except (httpx.NetworkError, httpx.RemoteProtocolError):  # a hang is something else
        return Answer(label, began, time.monotonic(), 0)
    retry_after = response.headers.get("retry-after")
    return Answer(label, began, time.monotonic(), response.status_code, retry_after)
