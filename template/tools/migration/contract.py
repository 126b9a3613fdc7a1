"""The revision that ends what the version before needed."""

import re
import subprocess
import sys
from collections.abc import Iterable, Sequence

import asyncpg
from alembic.script import Script as Revision

from migrations.names import COLUMNS, FUNCTIONS, tables_dropped
from migrations.online import filler, mirrored
from tools.migration.catalog import Catalog, read, same
from tools.migration.compare import sides, with_sent
from tools.migration.expand import Names
from tools.migration.own import Own
from tools.migration.rehearsal import at, create
from tools.migration.script import Script, quoted
from tools.migration.writer import Writer

SOURCE = "SELECT prosrc FROM pg_proc WHERE oid = to_regproc($1)"


def refuse_unreleased(revisions: Iterable[Revision]) -> None:
    """Only what is committed can have been released."""
    paths = [it.path for it in revisions]
    git = ["git", "status", "--porcelain", "--ignored", "--", *paths]
    found = subprocess.run(git, capture_output=True, text=True, check=False)
    if found.returncode or found.stdout:
        names = ", ".join(it.revision for it in revisions)
        sys.exit(
            f"{names} isn't released yet: commit it, and write its contract once no"
            " process of the version before runs."
        )


async def contract(
    url: str, own: Own, waiting: Sequence[Revision]
) -> tuple[Catalog, Catalog, Script, Script]:
    """What there is, what is left of it, the way up and down."""
    statements = [sql for it in waiting for sql in it.module.LATER]
    text = "\n".join(statements)
    left, goal = await sides(url, own, statements)
    if not same(with_sent(left, goal), goal):
        sys.exit('The models have changed: first, make migration name="…"')
    db = await asyncpg.connect(at(url, "head"))
    start = await read(db)
    mirrors, fillers = await kept(db, start, FUNCTIONS.findall(text))
    await db.close()

    await create(url, "back", "start")
    db = await asyncpg.connect(at(url, "back"))
    up, down = Script(db, start), Script(db, left)
    for (table, new), old in mirrors.items():
        up.add("prove", *map(quoted, (table, new, old)))
    up.add("transaction", *map(quoted, statements))
    gone = start.rules.keys() - left.rules.keys() - own.rules
    up.along = sorted({name for _, name in gone})
    olds = {(table, old) for (table, _), old in mirrors.items()}
    up.losses = [
        f"the column {table}.{name}"
        for table, name in COLUMNS.findall(text)
        if (table, name) not in olds
    ]
    up.losses += [f"the table {it}" for it in tables_dropped(text)]
    back = {(table, old): new for (table, new), old in mirrors.items()}
    await Writer(down, start, {}, back, turned=True).write()
    for (table, name), value in fillers.items():
        note = "# For what the version before writes."
        down.add("backfill", note, *map(quoted, (table, name, value)), "keep=True")
    await db.close()
    return start, goal, up, down


async def kept(
    db: asyncpg.Connection, start: Catalog, functions: Iterable[str]
) -> tuple[Names, dict[tuple[str, str], str]]:
    """The columns that are alike, and those that are filled with what."""
    mirrors: Names = {}
    fillers: dict[tuple[str, str], str] = {}
    for name in functions:
        source = await db.fetchval(SOURCE, name) or ""
        for table, columns in start.tables.items():
            for column in columns:
                if name == mirrored(table, column):
                    (old,) = re.findall(r"NEW\.(.+) IS NULL", source)
                    mirrors[table, column] = old
                elif name == filler(table, column):
                    pattern = r"SELECT (.*) INTO NEW\."
                    (fillers[table, column],) = re.findall(pattern, source)
    return mirrors, fillers
