"""Tests commit for real: a migrated database a worker, emptied after each test.

The databases are this run's own, beside the one that TEST_DATABASE_URL names, on a
throw-away server if it names none.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from asyncpg import connect_utils
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from app.database import Database
from app.database.base import Base
from app.main import create_app
from app.resources import load_models
from app.settings import Settings, asyncpg_url, root_path
from migrations import errors
from migrations.history import later
from tests import factories
from tests.catalog import SCRIPT, WRITE, create_schemas, differences
from tools import postgres

load_models()
for name in Settings.model_fields.keys() - {"database_pgbouncer", "root_path"}:
    os.environ.pop(name.upper(), None)  # a .env is for the service, not for its tests

# One statement deletes from every table, so that references don't ask for an order.
EMPTY = sa.select(1).add_cte(
    *(
        sa.delete(table).cte(f"deleted_{number}")
        for number, table in enumerate(Base.metadata.tables.values())
    )
)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Once a run: the workers of pytest-xdist start later and inherit its variables."""
    if hasattr(session.config, "workerinput") or session.config.option.collectonly:
        return
    cleanup = ExitStack()
    session.config.add_cleanup(cleanup.close)
    if "TEST_DATABASE_URL" not in os.environ:
        try:
            postgres.binaries()
            server = cleanup.enter_context(postgres.temporary())
        except SystemExit as error:
            why = str(error).replace("DATABASE_URL", "TEST_DATABASE_URL")
            raise pytest.UsageError(why) from None
        os.environ["TEST_DATABASE_URL"] = server
    os.environ["TEST_TEMPLATE"] = template = f"test_{uuid4().hex[:12]}"
    try:
        asyncio.run(create_database(template))
        cleanup.callback(lambda: asyncio.run(drop_database(template)))
        asyncio.run(migrate(url_of(template)))
        told: str | None = asyncio.run(compare())
    except Exception as error:
        told = errors.told(error)
        if told is None and type(error) is ValueError:  # of the URL
            told = f"DATABASE_URL: {error}"
        if told is None:
            raise
        told = told.replace("DATABASE_URL", "TEST_DATABASE_URL")
    if told:  # or every test would fail by it
        raise pytest.UsageError(told)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What wasn't tested, and what to do about it: a line each."""
    skipped = terminalreporter.getreports("skipped")
    for reason in sorted({it.longrepr[2] for it in skipped}):
        terminalreporter.write_line(reason)


def url_of(name: str) -> str:
    url = make_url(asyncpg_url(os.environ["TEST_DATABASE_URL"]))
    return url.set(database=name).render_as_string(hide_password=False)


async def administer(statement: str) -> None:
    server = asyncpg_url(os.environ["TEST_DATABASE_URL"])
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(statement))
    await engine.dispose()


async def create_database(name: str, template: str = "template1") -> None:
    await administer(f"CREATE DATABASE {name} TEMPLATE {template}")


async def drop_database(name: str) -> None:
    await administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def migrate(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.connect() as connection:  # migrations commit by themselves
        await connection.run_sync(upgrade)
        await connection.commit()
    await engine.dispose()


def upgrade(connection: sa.Connection) -> None:
    config = Config(toml_file="pyproject.toml")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    for statement in later(SCRIPT):  # the models know nothing of the version before
        connection.exec_driver_sql(statement)
    tables = Base.metadata.tables.values()
    others = [table for table in tables if not table.info.get("managed", True)]
    create_schemas(connection, others)
    Base.metadata.create_all(connection, others)  # which no migration makes


async def compare() -> str:
    """What the migrations make otherwise than the models say, and what to do."""
    async with (
        temporary_database("template1") as one,
        temporary_database("template1") as other,
    ):
        engines = create_async_engine(one), create_async_engine(other)
        async with engines[0].connect() as empty, engines[1].connect() as models:
            found = await differences(empty, models)
        for engine in engines:
            await engine.dispose()
    if more := found[20:]:
        found[20:] = [f"and {len(more)} more"]
    head = f"The migrations don't make what the models say: {WRITE}"
    return "\n  ".join([head, *found]) if found else ""


@asynccontextmanager
async def temporary_database(template: str) -> AsyncIterator[str]:
    name = f"test_{uuid4().hex[:12]}"
    await create_database(name, template)
    try:
        yield url_of(name)
    finally:
        await drop_database(name)


def patient_settings(url: str, **given: Any) -> Settings:
    """Settings for `url`, with time limits that no machine is too slow for."""
    limits = {
        f"database_{of}_timeout": 300 for of in ("pool", "connect", "statement", "lock")
    }
    return Settings(**{"database_url": url, **limits, **given})


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def empty_database() -> AsyncIterator[str]:
    """The URL of a database with nothing in it, for this test alone."""
    async with temporary_database("template1") as url:
        yield url


@pytest.fixture(scope="session")
async def app() -> AsyncIterator[FastAPI]:
    """The running service, on this worker's migrated database."""
    async with temporary_database(os.environ["TEST_TEMPLATE"]) as url:
        app = create_app(patient_settings(url))
        async with app.router.lifespan_context(app):
            yield app


@pytest.fixture
async def db(app: FastAPI) -> AsyncIterator[Database]:
    """The service's database, emptied after the test."""
    database: Database = app.state.database
    yield database
    await database.execute(EMPTY)
    factories.restart()


@pytest.fixture
async def client(app: FastAPI, db: Database) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(app, raise_app_exceptions=False)
    base_url = f"http://test{root_path(os.environ.get('ROOT_PATH', ''))}"
    async with AsyncClient(transport=transport, base_url=base_url) as client:
        yield client


@pytest.fixture
def overtaken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first request to cancel comes before its statement: PostgreSQL ignores it."""
    driver: Any = connect_utils
    cancel = driver._cancel
    asked: list[Any] = []

    async def overtake_at_first(**connection: Any) -> None:
        asked.append(connection)
        if len(asked) > 1:
            await cancel(**connection)

    monkeypatch.setattr(driver, "_cancel", overtake_at_first)


# Yours below: fixtures of your own.
