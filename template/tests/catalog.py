"""What the migrations make, beside what the models say, as PostgreSQL itself writes it."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import to_tuple
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.base import Base
from migrations.history import later, own
from tools.migration.catalog import schemas_of

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
UNION ALL SELECT name || ' DEFAULT', attgenerated::text || value FROM columns
  WHERE value IS NOT NULL
UNION ALL SELECT conname, name || ' ' || pg_get_constraintdef(pg_constraint.oid)
  FROM pg_constraint JOIN ours ON ours.oid = conrelid WHERE contype <> 'n'
UNION ALL SELECT relname, pg_get_indexdef(indexrelid)
  FROM pg_index JOIN ours ON oid = indrelid JOIN pg_class i ON i.oid = indexrelid
UNION ALL SELECT enumtypid::regtype::text, string_agg(enumlabel, ',' ORDER BY enumsortorder)
  FROM pg_enum GROUP BY enumtypid
"""
EXTENSIONS = sa.text("SELECT quote_ident(extname) FROM pg_extension")


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
    return {(it.name, it.sql) for it in rows}


async def names_of_own(connection: AsyncConnection) -> set[str]:
    """What only own revisions make; all revisions have been run then."""
    names: set[str] = set()
    for revision in own(SCRIPT):
        for before in to_tuple(revision.down_revision):
            await run(connection, command.upgrade, before)
        there = {name for name, _ in await catalog(connection)}
        await run(connection, command.upgrade, revision.revision)
        names |= {name for name, _ in await catalog(connection)} - there
    await run(connection, command.upgrade, "head")
    return names


def create_managed(connection: sa.Connection) -> None:
    tables = Base.metadata.tables.values()
    ours = [table for table in tables if table.info.get("managed", True)]
    create_schemas(connection, ours)
    Base.metadata.create_all(connection, ours)


def create_types(connection: sa.Connection) -> None:
    """Enums that only tables of others have; all the rest is there."""
    create_schemas(connection, [*Base.metadata.tables.values()])
    Base.metadata.create_all(connection, [])


def sent_by_the_service() -> set[str]:
    """DEFAULTs that the database may lack: a column from before 1.2 has none."""
    name_of = postgresql.dialect().identifier_preparer.format_table  # type: ignore[no-untyped-call]
    tables = Base.metadata.tables.values()
    columns = [
        it
        for table in tables
        for it in table.c
        if isinstance(it.default, sa.ColumnDefault)
    ]
    return {f"{name_of(it.table)}.{it.name} DEFAULT" for it in columns}


def create_schemas(connection: sa.Connection, tables: list[sa.Table]) -> None:
    for schema in schemas_of(tables):
        connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))


async def differences(empty: AsyncConnection, other: AsyncConnection) -> list[str]:
    """What stands on one side only; both are made here, each in its empty database."""
    own = await names_of_own(empty)
    for statement in later(SCRIPT):  # what the version before needs isn't in the models
        await empty.exec_driver_sql(statement)
    await empty.run_sync(create_types)
    for name in await empty.scalars(EXTENSIONS):
        await other.execute(sa.text(f"CREATE EXTENSION IF NOT EXISTS {name}"))
    await other.run_sync(create_managed)
    await other.run_sync(create_types)
    migrated, models = await catalog(empty), await catalog(other)
    made = {it for it in migrated if it in models or it[0] not in own}
    missing = {name for name, _ in models} - {name for name, _ in made}
    missing &= sent_by_the_service()
    said = {it for it in models if it[0] not in missing}
    lines = [(*it, "the models have") for it in said - made]
    lines += [(*it, "the migrations make") for it in made - said]
    return [f"{where:19} {name} {sql}" for name, sql, where in sorted(lines)]
