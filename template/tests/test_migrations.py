"""The migrations make what the models say, one after the other, and undo it again."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.database.base import Base
from migrations.history import in_order, is_own, later
from tests.conftest import create_schemas

WRITE = 'write the migration with make migration name="…"'
SCRIPT = ScriptDirectory.from_config(Config(toml_file="pyproject.toml"))
CATALOG = r"""
WITH ours AS (
  SELECT oid, oid::regclass::text AS name FROM pg_class
  WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
    AND relkind IN ('r', 'p') AND relname <> 'alembic_version'
), columns AS (
  SELECT name || '.' || attname AS name, attgenerated,
    concat_ws(' ', format_type(atttypid, atttypmod),
      CASE WHEN attnotnull THEN 'NOT NULL' END, attidentity,
      CASE WHEN attcollation <> typcollation THEN attcollation::regcollation END) AS sql,
    pg_get_expr(adbin, adrelid) AS value
  FROM pg_attribute JOIN ours ON oid = attrelid JOIN pg_type ON pg_type.oid = atttypid
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE attnum > 0 AND NOT attisdropped
)
SELECT name, sql FROM columns
UNION ALL SELECT name || ' DEFAULT', attgenerated || value FROM columns
  WHERE value IS NOT NULL
UNION ALL SELECT conname, name || ' ' || pg_get_constraintdef(pg_constraint.oid)
  FROM pg_constraint JOIN ours ON ours.oid = conrelid WHERE contype <> 'n'
UNION ALL SELECT relname, pg_get_indexdef(indexrelid)
  FROM pg_index JOIN ours ON oid = indrelid JOIN pg_class i ON i.oid = indexrelid
UNION ALL SELECT enumtypid::regtype::text, string_agg(enumlabel, ',' ORDER BY enumsortorder)
  FROM pg_enum GROUP BY enumtypid
"""


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


async def catalog(connection: AsyncConnection) -> set[tuple[str, str]]:
    """Every column, constraint, index and enum, as PostgreSQL itself writes them."""
    rows = await connection.exec_driver_sql(CATALOG)
    return {(name, sql) for name, sql in rows}


async def names_of_own(connection: AsyncConnection) -> set[str]:
    """What only own revisions make; all revisions have been run then."""
    own: set[str] = set()
    for revision in in_order(SCRIPT):
        if is_own(revision):
            await run(connection, command.upgrade, f"{revision.revision}-1")
            before = {name for name, _ in await catalog(connection)}
            await run(connection, command.upgrade, revision.revision)
            own |= {name for name, _ in await catalog(connection)} - before
    await run(connection, command.upgrade, "head")
    return own


def create_managed(connection: sa.Connection) -> None:
    tables = Base.metadata.tables.values()
    ours = [table for table in tables if table.info.get("managed", True)]
    create_schemas(connection, ours)
    Base.metadata.create_all(connection, ours)


def create_types(connection: sa.Connection) -> None:
    """Enums that only tables of others have; all the rest is there."""
    Base.metadata.create_all(connection, [])


def sent_by_the_service() -> set[str]:
    """DEFAULTs that the database may lack: a column from before 1.2 has none."""
    name_of = postgresql.dialect().identifier_preparer.format_table  # type: ignore[no-untyped-call]
    tables = Base.metadata.tables.values()
    columns = [it for table in tables for it in table.c if it.default is not None]
    return {f"{name_of(it.table)}.{it.name} DEFAULT" for it in columns}


async def test_migrations_make_what_the_models_say(connection: AsyncConnection) -> None:
    own = await names_of_own(connection)
    for statement in later(SCRIPT):  # what the version before needs isn't in the models
        await connection.exec_driver_sql(statement)
    await connection.run_sync(create_types)
    migrated = await catalog(connection)
    await connection.rollback()
    await run(connection, command.downgrade, "base")
    await connection.run_sync(create_managed)
    models = await catalog(connection)
    made = {it for it in migrated if it in models or it[0] not in own}
    missing = {name for name, _ in models} - {name for name, _ in made}
    missing &= sent_by_the_service()
    assert made == {it for it in models if it[0] not in missing}, WRITE


async def test_defaults_in_the_database_are_what_the_service_sends(
    connection: AsyncConnection,
) -> None:
    """For a version of the service that doesn't know the column yet."""
    await run(connection, command.upgrade, "head")
    for number, table in enumerate(Base.metadata.tables.values()):
        sent: list[Any] = [it for it in table.c if it.default and it.server_default]
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
