"""The migrations make what the models say, one after the other, and undo it again."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.util import CommandError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.database.base import Base
from tests.catalog import SCRIPT, WRITE, catalog, differences, run
from tests.conftest import temporary_database


@pytest.fixture
async def connection(empty_database: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(empty_database)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def test_migrations_make_what_the_models_say(connection: AsyncConnection) -> None:
    """The run ends at once where they don't, see conftest.py."""
    async with temporary_database("template1") as url:
        engine = create_async_engine(url)
        async with engine.connect() as models:
            assert await differences(connection, models) == [], WRITE
        await engine.dispose()


async def test_defaults_in_the_database_are_what_the_service_sends(
    connection: AsyncConnection,
) -> None:
    """For a version of the service that doesn't know the column yet."""
    await run(connection, command.upgrade, "head")
    for number, table in enumerate(Base.metadata.tables.values()):
        sent: list[Any] = [
            it
            for it in table.c
            if isinstance(it.default, sa.ColumnDefault) and it.server_default
        ]
        columns = [
            sa.Column(
                it.name,
                it.type,
                default=it.default.arg,
                server_default=it.server_default,
            )
            for it in sent
        ]
        copy = sa.Table(f"copy_{number}", sa.MetaData(), *columns)
        await connection.run_sync(copy.create)
        await connection.execute(copy.insert())
        await connection.exec_driver_sql(f"INSERT INTO {copy} DEFAULT VALUES")
        rows = f"SELECT DISTINCT {copy}::text FROM {copy}"
        assert len((await connection.exec_driver_sql(rows)).all()) == 1, table


async def test_every_migration_goes_down_and_up_again(
    connection: AsyncConnection,
) -> None:
    await run(connection, command.upgrade, "head")
    migrated = await catalog(connection)
    await run(connection, command.downgrade, "base")
    assert await catalog(connection) == set()
    await run(connection, command.upgrade, "head")
    assert await catalog(connection) == migrated


async def test_no_migration_is_missing(connection: AsyncConnection) -> None:
    await run(connection, command.upgrade, "head")
    try:
        await run(connection, command.check)
    except CommandError as error:
        pytest.fail(f"{error}: {WRITE}")


def test_there_is_one_head() -> None:
    assert len(SCRIPT.get_heads()) == 1
