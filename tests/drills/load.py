"""Clients: those of a drill, and those that create tags meanwhile."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import count

import httpx

LABELS = count()


def client_of(url: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=200)
    return httpx.AsyncClient(base_url=url, timeout=30, limits=limits)


@dataclass
class Answer:
    label: str
    began: float
    ended: float
    status: int
    """0 where the connection broke."""
    retry_after: str | None = None

    @property
    def seconds(self) -> float:
        return self.ended - self.began


class Load:
    """`async with Load(url) as load:` creates tags meanwhile; `load.answers` has all of it."""

    def __init__(self, url: str, clients: int = 16) -> None:
        self.url, self.clients = url, clients
        self.answers: list[Answer] = []

    async def __aenter__(self) -> Load:
        self.going = True
        self.tasks = [asyncio.create_task(self._client()) for _ in range(self.clients)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.going = False
        await asyncio.gather(*self.tasks)

    async def _client(self) -> None:
        async with client_of(self.url) as client:
            while self.going:
                answer = await create_tag(client, f"load {next(LABELS)}")
                self.answers.append(answer)
                if answer.status == 0:
                    return
                if answer.status != 201:
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
    except httpx.TransportError:
        return Answer(label, began, time.monotonic(), 0)
    retry_after = response.headers.get("retry-after")
    return Answer(label, began, time.monotonic(), response.status_code, retry_after)
