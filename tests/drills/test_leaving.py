"""Statements end with whoever asked for them, whatever cancels him and wherever he is."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.drills.conftest import Start
from tests.drills.load import client_of, until_found, until_status
from tests.drills.service import HANG, Postgres, Service
from tests.drills.test_faults import ACTIVE, CONNECTIONS, stocked

MARK = "    # Yours below: middleware, routers and the like.\n"
MIDDLEWARE = """
    for number in range(2):

        @app.middleware("http")
        async def pass_on(request: Request, call_next: Any) -> Any:
            return await call_next(request)

"""
# Nothing of it ends within the drill: what ends, ends because it is cancelled.
ROUTER = """
import asyncio

import anyio
import sqlalchemy as sa
from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.dependencies import Db, SessionDep
from app.lists.exports import stream
from app.http.jsonlines import JsonLines

router = APIRouter(prefix="/sleep")
SLEEP = sa.text("SELECT pg_sleep(3600)")
INSERT = sa.text("INSERT INTO late VALUES (1)")
SLOW = sa.text(
    "SELECT n, CASE WHEN n > 2500 THEN pg_sleep(3600) END AS slept"
    " FROM generate_series(1, 5000) AS n"
)


class Number(BaseModel):
    n: int


async def sleep(session: AsyncSession) -> None:
    await session.execute(SLEEP)


@router.get("/statement")
async def statement(db: Db) -> None:
    await db.first(SLEEP)


@router.get("/transaction")
async def transaction(db: Db) -> None:
    await db.transaction(sleep)


@router.get("/commit")
async def commit(db: Db) -> None:
    async def insert(session: AsyncSession) -> None:
        await session.execute(INSERT)

    await db.transaction(insert)


@router.get("/session")
async def in_session(session: SessionDep) -> None:
    await session.execute(SLEEP)


@router.get("/group")
async def group(db: Db) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(db.transaction(sleep))
        tasks.create_task(db.first(SLEEP))


@router.get("/scope")
async def scope(db: Db) -> None:
    with anyio.fail_after(3600):
        async with asyncio.timeout(3600):
            await asyncio.wait_for(db.transaction(sleep), 3600)


@router.get("/late")
async def late(db: Db) -> Response:
    chunks = stream(db, SLEEP)
    await anext(chunks)
    return JsonLines(Number, chunks)


@router.get("/export")
async def export(db: Db) -> Response:
    chunks = stream(db, SLOW)
    await anext(chunks)
    return JsonLines(Number, chunks)


@router.get("/cut")
async def cut(db: Db) -> None:
    with anyio.move_on_after(0.2):
        await db.transaction(sleep)
"""
WAYS = ("statement", "transaction", "commit", "session", "group", "scope", "late", "export", "cut")
LATE = """
CREATE TABLE late (n int);
CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(3600); RETURN new; END';
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION late();
"""


@pytest.fixture
def behind(shop: Path, programs: Path, postgres: Postgres, tmp_path: Path) -> Start:
    """The shop behind middleware, with handlers that sleep."""
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder, ignore=shutil.ignore_patterns("__pycache__"))
    main = folder / "app" / "main.py"
    text = main.read_text()
    assert MARK in text
    text = text.replace(MARK, MARK + MIDDLEWARE)
    text = text.replace("from fastapi import FastAPI\n", "from fastapi import FastAPI, Request\n")
    main.write_text(
        text.replace(
            "import asynccontextmanager\n", "import asynccontextmanager\nfrom typing import Any\n"
        )
    )
    package = folder / "app" / "resources" / "sleep"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "router.py").write_text(ROUTER)
    return Start(folder, programs, postgres.url, tmp_path)


async def leave(url: str, seconds: float) -> None:
    async with httpx.AsyncClient(timeout=HANG) as client:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                response = await client.get(url)
                assert response.status_code in (200, 503), response.text


SOME = f"SELECT ({ACTIVE}) >= 5"


class Most:
    """The most connections that there were at once."""

    def __init__(self, admin: asyncpg.Connection) -> None:
        self.admin, self.number = admin, 0

    async def watch(self) -> None:
        while True:
            self.number = max(self.number, await self.admin.fetchval(CONNECTIONS))
            await asyncio.sleep(0.01)


def test_clients_that_leave_behind_middleware(postgres: Postgres, behind: Start) -> None:
    async def drill(service: Service) -> None:
        admin, other = [await asyncpg.connect(postgres.url) for _ in range(2)]
        await admin.execute(LATE)
        most = Most(other)
        watching = asyncio.create_task(most.watch())
        async with client_of(service.url) as client:
            stock = await stocked(client)
            leaving = [
                leave(f"{service.url}/sleep/{way}", 0.3 + number / 5)
                for number in range(5)
                for way in WAYS
            ]
            await asyncio.gather(*leaving)
            await until_found(admin, ACTIVE, 0)  # each would run for an hour
            waiting = [asyncio.create_task(leave(f"{service.url}/sleep/{it}", HANG)) for it in WAYS]
            await until_found(admin, SOME, True)
            for it in waiting:
                it.cancel()
            await until_found(admin, ACTIVE, 0)
            answers = await asyncio.gather(*(stock.transfer() for _ in range(10)))
            assert [it.status_code for it in answers] == [201] * 10
            await until_status(client, "/health/ready", 200)
            assert await admin.fetchval("SELECT count(*) FROM late") == 0
            assert await admin.fetchval("SELECT sum(balance) FROM accounts") == 2000
        watching.cancel()
        assert most.number <= 20 + 2  # a probe, and the other of these two
        await other.close()
        # Some leave while the service ends, others are still there.
        url = f"{service.url}/sleep"
        clients = [asyncio.create_task(leave(f"{url}/{it}", 1)) for it in WAYS]
        stay = [asyncio.create_task(leave(f"{url}/{it}", HANG)) for it in WAYS]
        await until_found(admin, SOME, True)
        await asyncio.to_thread(service.terminate)
        await asyncio.gather(*clients, *stay, return_exceptions=True)
        await until_found(admin, ACTIVE, 0)
        await admin.close()

    with behind(SHUTDOWN_TIMEOUT="1") as service:
        asyncio.run(drill(service))
