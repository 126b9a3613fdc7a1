"""The migrations make what the models say, one after the other, and undo it again."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.database.base import Base
from tests.catalog import WRITE, catalog
from tests.conftest import create_schemas


@pytest.fixture
async def connection(empty_database: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(empty_database)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def run(
    connection: AsyncConnection, action: Callable[..., Any], *arguments: str
) -> None:
    def with_connection(connection: sa.Connection) -> None:
        config = Config(toml_file="pyproject.toml")
        config.attributes["connection"] = connection
        connection.commit()  # migrations begin and commit by themselves
        action(config, *arguments)

    await connection.run_sync(with_connection)


def create_managed(connection: sa.Connection) -> None:
    tables = Base.metadata.tables.values()
    ours = [table for table in tables if table.info.get("managed", True)]
    create_schemas(connection, ours)
    Base.metadata.create_all(connection, ours)


def create_types(connection: sa.Connection) -> None:
    """Enums that only tables of others have; all the rest is there."""
    Base.metadata.create_all(connection, [])


async def test_migrations_make_what_the_models_say(connection: AsyncConnection) -> None:
    await run(connection, command.upgrade, "head")
    await connection.run_sync(create_types)
    migrated = await catalog(connection)
    await run(connection, command.downgrade, "base")
    await connection.run_sync(create_managed)
    assert migrated == await catalog(connection), WRITE


async def test_every_migration_goes_down_and_up_again(
    connection: AsyncConnection,
) -> None:
    await run(connection, command.upgrade, "head")
    migrated = await catalog(connection)
    await run(connection, command.downgrade, "base")
    assert await catalog(connection) == []
    await run(connection, command.upgrade, "head")
    assert await catalog(connection) == migrated


async def test_no_migration_is_missing(connection: AsyncConnection) -> None:
    await run(connection, command.upgrade, "head")
    try:
        await run(connection, command.check)
    except CommandError as error:
        pytest.fail(f"{error}: {WRITE}")


def test_there_is_one_head() -> None:
    script = ScriptDirectory.from_config(Config(toml_file="pyproject.toml"))
    assert len(script.get_heads()) == 1
