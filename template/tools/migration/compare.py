"""What there is beside what the models say, and the way from one to the other."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import asyncpg

from migrations.names import COLUMNS, literal, tables_dropped
from migrations.online import filler, mirrored
from tools.migration.catalog import Catalog, Column, read, same
from tools.migration.defaults import fills
from tools.migration.expand import Names, Plan, copy_of, expand
from tools.migration.own import Own
from tools.migration.rehearsal import (
    add_extensions,
    at,
    create,
    create_all,
    drop_unused,
)
from tools.migration.renames import rename
from tools.migration.script import Script
from tools.migration.writer import Writer


@dataclass
class Comparison:
    start: Catalog  # all that there is
    goal: Catalog  # what the models say, and what is the owner's own
    up: Script
    down: Script
    plan: Plan


async def compare(url: str, own: Own, ended: Sequence[str]) -> Comparison | None:
    """The way up and down; nothing where all is the same.

    `ended` is the SQL that ends what the version before needs, which is left alone.
    """
    start, goal = await sides(url, own, ended)
    if same(with_sent(start, goal), goal):
        return None
    db = await asyncpg.connect(at(url, "start"))
    up = Script(db, start)
    renames, mirrors, gone = await rename(up, goal)
    renamed = up.now
    goal = own.beside(goal, renamed, mirrors)
    left = await retype(up, goal, mirrors)
    plan = expand(up.now, goal, mirrors, renamed)
    plan.later[:0] = left
    plan.unshared[:0] = [GONE.format(it) for it in gone]
    refuse_touched(start, plan, ended)
    await Writer(up, plan.goal, fills(), mirrors, plan.kept, also=plan.fills).write()
    await db.close()

    await create(url, "back", "start")
    db = await asyncpg.connect(at(url, "back"))
    down = Script(db, await read(db))
    ends = [it for it in plan.later if it.startswith("DROP FUNCTION")]
    await Writer(down, renamed, {}, ended=mirrors, ends=ends).write()
    for what, name in reversed(renames):
        await down.run(f"{what} TO {name}")
    await db.close()
    return Comparison(start, goal, up, down, plan)


GONE = (
    "From this migration until all processes run the new version, requests of the version"
    " before fail that need {}."
)


async def sides(url: str, own: Own, ended: Sequence[str]) -> tuple[Catalog, Catalog]:
    """What there is, in the database `start`, and what the models say."""
    await create(url, "start", "head")
    await create(url, "goal", "template0")
    db = await asyncpg.connect(at(url, "start"))
    for sql in ended:
        await db.execute(sql)
    start = await read(db)
    await db.close()
    db = await asyncpg.connect(at(url, "goal"))
    await add_extensions(db)
    await create_all(at(url, "goal"))
    await drop_unused(db, start.extensions)
    goal = await read(db)
    await db.close()
    return start, own.beside(goal, start, {})


def with_sent(start: Catalog, goal: Catalog) -> Catalog:
    """With the DEFAULTs that may be missing, because the service sends them itself."""
    made = copy_of(start)
    for table, name in fills():
        there = made.tables.get(table, {}).get(name)
        wanted = goal.tables.get(table, {}).get(name)
        if there and wanted and there.value is None:
            made.tables[table][name] = replace(there, value=wanted.value)
    return made


async def retype(script: Script, goal: Catalog, mirrors: Names) -> list[str]:
    """First the type alone, where a column is renamed or required as well.

    Before that, what a NULL becomes where only the owner can say it: nothing is changed
    then while it isn't said. The SQL that ends what is left for the version before.
    """
    wanted = {
        (table, old): goal.tables[table][new] for (table, new), old in mirrors.items()
    }
    for table, columns in script.now.tables.items():
        for name, it in columns.items():
            new = goal.tables.get(table, {}).get(name)
            if new and new.required and not it.required:
                wanted[table, name] = new
    asked = {
        (table, name)
        for (table, name), it in wanted.items()
        if (table, name) not in fills() and not it.default
        if name in goal.tables[table] and it.type != script.now.tables[table][name].type
    }
    if asked:
        required = copy_of(script.now)
        for table, name in asked:
            it = required.tables[table][name]
            required.tables[table][name] = replace(it, required=True)
        await Writer(script, required, {}, kept=asked).write()
        await script.look()
    changed = False
    trial = script.db.transaction()
    await trial.start()
    for name in goal.schemas - script.now.schemas:
        await script.db.execute(f"CREATE SCHEMA {name}")
    for name in goal.enums.keys() - script.now.enums.keys():
        values = ", ".join(map(literal, goal.enums[name]))
        await script.db.execute(f"CREATE TYPE {name} AS ENUM ({values})")
    for (table, name), it in wanted.items():
        now = script.now.tables[table][name]
        if (it.type, it.collation) != (now.type, now.collation):
            changed = True
            await convert(script, table, name, it)
    between = await read(script.db)
    await trial.rollback()
    if changed:
        await Writer(script, between, {}).write()
        await script.look()
    return [f"DROP FUNCTION IF EXISTS {filler(*it)} CASCADE" for it in sorted(asked)]


async def convert(script: Script, table: str, name: str, it: Column) -> None:
    """Change the type of a column without rows."""
    alter = f"ALTER TABLE {table} ALTER COLUMN {name}"
    collate = f"COLLATE {it.collation}" if it.collation else ""
    for first in ("SELECT", f"{alter} DROP DEFAULT"):
        for using in ("", f"USING {name}::{it.type}", f"USING {name}::text::{it.type}"):
            trial = script.db.transaction()
            await trial.start()
            try:
                await script.db.execute(first)
                sql = f"{alter} TYPE {it.type} {collate} {using}"
                await script.db.execute(sql)
            except (asyncpg.DatatypeMismatchError, asyncpg.CannotCoerceError):
                await trial.rollback()
                continue
            await trial.commit()
            return


def refuse_touched(start: Catalog, plan: Plan, ended: Sequence[str]) -> None:
    """What still serves the version before can't change again."""
    text, goal = "\n".join(ended), plan.goal.tables
    again = [it for it in tables_dropped(text) if it in goal]
    again += [
        f"{table}.{name}"
        for table, name in COLUMNS.findall(text)
        if name in goal.get(table, {}) and table in start.tables
    ]
    olds = {(table, old) for (table, _), old in plan.mirrors.items()}
    for table, columns in start.tables.items():
        for name, it in columns.items():
            kept = (mirrored(table, name), filler(table, name))
            changes = goal.get(table, {}).get(name) != it or (table, name) in olds
            if changes and any(f" {of} CASCADE" in text for of in kept):
                again.append(f"{table}.{name}")
    if again:
        sys.exit(
            f"{', '.join(again)} still serves the version before an earlier migration:"
            " once none of its processes run, make contract; then write this one."
        )
