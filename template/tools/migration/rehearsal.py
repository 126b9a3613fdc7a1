"""Databases to compare and to try in."""

import asyncio
import os

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from app.database.base import Base
from app.settings import asyncpg_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import CreateSchema
from tools.migration.catalog import Catalog, differences, mapped, read, same
from tools.migration.defaults import fills
from tools.migration.renames import rename
from tools.migration.script import Script
from tools.migration.writer import Writer

# Contents of one that the models may need; those that nothing needs are left out.
KNOWN = ("btree_gist", "citext", "cube", "hstore", "ltree", "pg_trgm", "seg", "vector")


async def compare(url: str) -> tuple[Catalog, Catalog, Script, Script] | None:
    """Both sides, and the way up and down; nothing where all is the same."""
    await create(url, "goal", "template0")
    await create(url, "start", "head")
    up = await asyncpg.connect(at(url, "start"))
    down = await asyncpg.connect(at(url, "goal"))
    start = await read(up)
    await add_extensions(down)
    await create_all(at(url, "goal"))
    await drop_unused(down, start.extensions)
    goal = await read(down)
    if same(start, goal):
        return None
    there, back = Script(up, start), Script(down, goal)
    renames = await rename(there, goal)
    renamed = there.now
    await Writer(there, goal, fills()).write()
    await Writer(back, renamed, {}).write()
    for what, name in reversed(renames):
        await back.run(f"{what} TO {name}")
    await up.close()
    await down.close()
    await create(url, "rehearsal", "head")
    return start, goal, there, back


def rehearse(config: Config, url: str, start: Catalog, goal: Catalog) -> None:
    """Run what was written, up and down; raises ValueError where that isn't right."""
    os.environ["DATABASE_URL"] = url
    for action, to, wanted in (
        (command.upgrade, "head", goal),
        (command.downgrade, "-1", start),
    ):
        action(config, to)
        made = asyncio.run(look(url))
        if not same(made, wanted):
            raise ValueError(differences(made, wanted))


async def look(url: str) -> Catalog:
    db = await asyncpg.connect(url)
    found = await read(db)
    await db.close()
    return found


async def create_all(url: str) -> None:
    engine = create_async_engine(asyncpg_url(url))
    async with engine.begin() as connection:
        for schema in {it.schema for it in mapped() if it.schema}:
            await connection.execute(CreateSchema(schema, if_not_exists=True))
        await connection.run_sync(Base.metadata.create_all, mapped())
    await engine.dispose()


async def add_extensions(db: asyncpg.Connection) -> None:
    for name in KNOWN:
        try:
            await db.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        except asyncpg.PostgresError:
            continue


async def drop_unused(db: asyncpg.Connection, needed: set[str]) -> None:
    for name in [it for it in KNOWN if it not in needed]:
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
