"""What becomes of requests when the service is told to end.

It may take an hour to end, so it ends in time only where nothing is left to wait for.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.drills.conftest import Start
from tests.drills.load import Load, client_of, create_tag, until, until_found, until_status
from tests.drills.service import HANG, Postgres, Service
from tests.drills.test_faults import (
    ACTIVE,
    HELD,
    HOLD,
    LET_GO,
    SNOOZE,
    WAITING,
    stocked,
    warm,
)
from tests.support import CLEAN

WORKERS = ["1", pytest.param("2", marks=pytest.mark.cross)]


def test_sigterm_under_load(postgres: Postgres, start: Start) -> None:
    async def drill(service: Service) -> None:
        async with Load(service.url) as load:
            await until(lambda: len(load.stored) > 100)
            asked = time.monotonic()
            await asyncio.to_thread(service.terminate)
        # Whoever was waiting got an answer; whoever came later found nobody.
        assert {it.status for it in load.answers} == {201, 0}
        assert all(it.ended > asked for it in load.answers if it.status == 0)
        admin = await asyncpg.connect(postgres.url)
        stored = {it["label"] for it in await admin.fetch("SELECT label FROM tags")}
        await admin.close()
        assert load.stored == stored

    with start() as service:
        asyncio.run(drill(service))


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


@pytest.mark.parametrize("workers", WORKERS)
def test_sigterm_refuses_nobody_who_got_through(start: Start, workers: str) -> None:
    async def drill(service: Service) -> None:
        url = httpx.URL(service.url)
        assert url.port
        visits = Visits(url.host, url.port)
        visitors = [asyncio.create_task(visits.go_on()) for _ in range(30)]
        await until(lambda: visits.answered > 100)
        await asyncio.to_thread(service.terminate)
        await asyncio.gather(*visitors)
        # The kernel resets who connects in the very moment of closing: at most one.
        assert visits.dropped <= 1

    with start(WORKERS=workers) as service:
        asyncio.run(drill(service))


@pytest.mark.parametrize("workers", WORKERS)
def test_sigterm_lets_requests_finish(postgres: Postgres, start: Start, workers: str) -> None:
    async def drill(service: Service) -> None:
        at = httpx.URL(service.url)

        async def refuses() -> bool:
            try:
                _, writer = await asyncio.open_connection(at.host, at.port)
            except ConnectionRefusedError:
                return True
            writer.close()
            return False

        admin = await asyncpg.connect(postgres.url)
        async with client_of(service.url) as client:
            stock = await stocked(client)
            await admin.execute(HELD + HOLD)
            creates = [client.post("/tags", json={"label": f"held {it}"}) for it in range(9)]
            held = asyncio.gather(*creates, stock.bulk("held", "held too"))
            await until_found(admin, WAITING, 10)
            ending = asyncio.create_task(asyncio.to_thread(service.terminate))
            await until(refuses)
            await admin.execute(LET_GO)
            assert {it.status_code for it in await held} == {201}
            await ending
        assert await admin.fetchval("SELECT count(*) FROM tags WHERE label LIKE 'held%'") == 11
        await admin.close()

    with start(WORKERS=workers) as service:
        asyncio.run(drill(service))


def test_sigterm_with_stuck_queries(postgres: Postgres, start: Start) -> None:
    async def drill(service: Service) -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(SNOOZE)
        async with client_of(service.url) as client:
            stuck = asyncio.gather(*(create_tag(client, f"slow {it}") for it in range(30)))
            await until_found(admin, ACTIVE, 10)
            await read_by(client)
            await asyncio.to_thread(service.terminate)
            assert {it.status for it in await stuck} == {503}
        await until_found(admin, ACTIVE, 0)
        await admin.close()

    with start(SHUTDOWN_TIMEOUT="1") as service:
        asyncio.run(drill(service))


def test_sigterm_while_the_database_is_silent(postgres: Postgres, start: Start) -> None:
    async def drill(service: Service) -> None:
        async with client_of(service.url) as client:
            await warm(client, 50)
            await asyncio.gather(*(client.get("/tags") for _ in range(50)))
            with postgres.frozen():
                stuck = asyncio.gather(*(client.get("/tags") for _ in range(30)))
                await read_by(client)
                await asyncio.to_thread(service.terminate)
                assert {it.status_code for it in await stuck} == {503}

    with start(SHUTDOWN_TIMEOUT="1") as service:
        asyncio.run(drill(service))


async def read_by(client: httpx.AsyncClient) -> None:
    """Until the service has read all that was sent before: it answers what comes later."""
    for _ in range(5):
        assert (await client.get("/health/live")).status_code == 200


def workers_of(service: Service) -> set[int]:
    """The processes below it that have not ended, but for Python's own."""
    task = f"/proc/{service.process.pid}/task/{service.process.pid}/children"
    found = map(int, Path(task).read_text().split())
    return {it for it in found if b"spawn_main" in Path(f"/proc/{it}/cmdline").read_bytes()}


@pytest.mark.cross
def test_workers_that_die_and_that_are_left(start: Start) -> None:
    left = set[int]()

    async def drill(service: Service) -> None:
        first = workers_of(service)
        assert len(first) == 2
        async with client_of(service.url) as client:
            for victim in first:
                os.kill(victim, signal.SIGKILL)
            await until(lambda: len(workers_of(service) - first) == 2)
            await until_status(client, "/health/ready", 200)
        left.update(workers_of(service))
        service.process.kill()
        await asyncio.to_thread(service.process.wait)
        await until(lambda: not any(Path(f"/proc/{it}").exists() for it in left))

    with pytest.raises(AssertionError), start(WORKERS="2") as service:  # of its exit status
        asyncio.run(drill(service))
    assert len(left) == 2


def test_workers_that_can_not_start(shop: Path, programs: Path, tmp_path: Path) -> None:
    """The process ends, with a reason: it doesn't start them again and again."""
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder, ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "app" / "main.py").open("a") as main:
        main.write("\n    raise RuntimeError('ours')\n")
    for settings, told in (
        ({"WORKERS": "2", "DATABASE_URL": "postgresql://nowhere/shop"}, "RuntimeError: ours"),
        ({"WORKERS": "2"}, "DATABASE_URL: This setting is required"),
    ):
        done = subprocess.run(
            [programs / "python", "-m", "app"],
            cwd=folder,
            env=CLEAN | {"PORT": "0"} | settings,
            capture_output=True,
            text=True,
            timeout=HANG,
        )
        assert done.returncode != 0
        assert told in done.stderr
        assert ("Traceback" in done.stderr) == ("RuntimeError" in told)
