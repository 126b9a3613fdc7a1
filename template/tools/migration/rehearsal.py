"""Databases to compare and to try in."""

import asyncio
import os
from collections.abc import Iterable

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import CreateSchema

from app.database.base import Base
from app.settings import asyncpg_url
from migrations.extensions import EXTENSIONS
from migrations.history import later
from tools.migration.catalog import Catalog, differences, mapped, read, same, schemas_of

# Contents of one that the models may need; those that nothing needs are left out.
KNOWN = ("btree_gist", "citext", "cube", "hstore", "ltree", "pg_trgm", "seg", "vector")
LEFT = "SELECT EXISTS (SELECT FROM pg_proc WHERE starts_with(proname, 'zz_'))"


def rehearse(config: Config, url: str, start: Catalog, goal: Catalog) -> None:
    """Run what was written, up and down; raises ValueError where that isn't right.

    `goal` is what there is once nothing is left for the version before.
    """
    os.environ["DATABASE_URL"] = at(url, "rehearsal")
    asyncio.run(create(url, "rehearsal", "head"))
    command.upgrade(config, "head")
    asyncio.run(create(url, "ended", "rehearsal"))
    script = ScriptDirectory.from_config(config)
    made = asyncio.run(look(at(url, "ended"), later(script)))
    check(made, goal)
    command.downgrade(config, "-1")
    check(asyncio.run(look(at(url, "rehearsal"))), start)


def check(made: Catalog, wanted: Catalog) -> None:
    if not same(made, wanted):
        raise ValueError(differences(made, wanted))


async def look(url: str, statements: Iterable[str] = ()) -> Catalog:
    """What there is once the statements have run."""
    db = await asyncpg.connect(url)
    for sql in statements:
        await db.execute(sql)
    if statements and await db.fetchval(LEFT):
        raise ValueError("A function of ours is left")
    found = await read(db)
    await db.close()
    return found


async def create_all(url: str) -> None:
    engine = create_async_engine(asyncpg_url(url))
    async with engine.begin() as connection:
        for schema in schemas_of(mapped()):
            await connection.execute(CreateSchema(schema, if_not_exists=True))
        await connection.run_sync(Base.metadata.create_all, mapped())
    await engine.dispose()


async def add_extensions(db: asyncpg.Connection) -> None:
    for name in EXTENSIONS:
        await db.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}" CASCADE')
    for name in KNOWN:
        try:
            await db.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        except asyncpg.PostgresError:
            continue


async def drop_unused(db: asyncpg.Connection, needed: set[str]) -> None:
    for name in [it for it in KNOWN if it not in {*needed, *EXTENSIONS}]:
        try:
            await db.execute(f"DROP EXTENSION IF EXISTS {name}")
        except asyncpg.DependentObjectsStillExistError:
            continue


async def create(url: str, name: str, template: str) -> None:
    admin = await asyncpg.connect(url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    await admin.close()


def at(url: str, database: str) -> str:
    made = sa.make_url(url).set(drivername="postgresql", database=database)
    return made.render_as_string(hide_password=False)
