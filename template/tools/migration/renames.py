"""What is called something else now."""

import sqlalchemy as sa

from migrations.names import beside, split
from tools.migration.catalog import Catalog, mapped, quoted_name
from tools.migration.expand import Names
from tools.migration.script import Script
from tools.migration.sql import ident, names


def former_names() -> dict[str, tuple[str | None, dict[str, str]]]:
    """What tables and their columns were called, by `was` in models.yml."""
    return {
        quoted_name(table): (
            was_called(table),
            {it.name: it.info["was"] for it in table.c if "was" in it.info},
        )
        for table in mapped()
    }


def was_called(table: sa.Table) -> str | None:
    was = table.info.get("was")
    schema = f"{ident(table.schema)}." if table.schema else ""
    return f"{schema}{ident(was)}" if was else None


async def rename(
    script: Script, goal: Catalog
) -> tuple[list[tuple[str, str]], Names, list[str]]:
    """Renames what `was` names, and what is called after it.

    The way back, too; columns that stay beside those that are called something else now;
    and what the version before doesn't find any more.
    """
    done: list[tuple[str, str]] = []
    mirrors: Names = {}
    unshared: list[str] = []
    moved: set[str] = set()

    async def run(alter: str, now: str, then: str) -> None:
        last = then.rpartition(".")[2]
        await script.run(f"{alter.format(now)} TO {last}")
        done.append((alter.format(beside(now, last)), now.rpartition(".")[2]))

    former = former_names()
    for table, (was, _) in former.items():
        if was in script.now.tables and table not in script.now.tables:
            await run("ALTER TABLE {} RENAME", was, table)
            moved.add(table)
            unshared.append(f"the table {was}: it is called {table} now")
    await script.look()
    for table, (_, columns) in former.items():
        there = script.now.tables.get(table, {})
        for name, was in columns.items():
            if ident(was) in there and ident(name) not in there:
                fixed = is_fixed(script.now, goal, table, ident(was), ident(name))
                if not fixed and table not in moved:
                    mirrors[table, ident(name)] = ident(was)
                    continue
                unshared.append(f"{table}.{ident(was)}: it is called {ident(name)} now")
                alter = f"ALTER TABLE {table} RENAME COLUMN"
                await script.run(f"{alter} {ident(was)} TO {ident(name)}")
                done.append((f"{alter} {ident(name)}", ident(was)))
    await script.look()
    for name, labels in goal.enums.items():
        gone = script.now.enums.keys() - goal.enums.keys()
        gone = {it for it in gone if split(it)[0] == split(name)[0]}
        same = [it for it in gone if set(script.now.enums[it]) <= set(labels)]
        if (
            name not in script.now.enums
            and len(same) == 1
            and took(script, goal, same[0], name)
        ):
            await run("ALTER TYPE {} RENAME", same[0], name)
            unshared.append(f"the type {same[0]}: it is called {name} now")
            await script.look()
    for (table, name), rule in goal.rules.items():
        if rule.columns & {f"{of}.{it}" for of, it in mirrors}:
            continue
        same = [
            old_name
            for (of, old_name), it in script.now.rules.items()
            if of == table
            and (of, old_name) not in goal.rules
            and it.unnamed(old_name) == rule.unnamed(name)
        ]
        if (table, name) not in script.now.rules and len(same) == 1:
            if rule.kind == "i":
                await run("ALTER INDEX {} RENAME", beside(table, same[0]), name)
            else:
                alter = f"ALTER TABLE {table} RENAME CONSTRAINT"
                await script.run(f"{alter} {same[0]} TO {name}")
                done.append((f"{alter} {name}", same[0]))
            await script.look()
    for key, sequence in script.now.sequences.items():
        wanted = goal.sequences.get(key)
        if wanted and wanted != sequence:
            await run("ALTER SEQUENCE {} RENAME", sequence, wanted)
    await script.look()
    return done, mirrors, unshared


def is_fixed(now: Catalog, goal: Catalog, table: str, was: str, name: str) -> bool:
    """Whether a column can't stay beside one of its new name."""
    columns = (now.tables[table][was], goal.tables[table][name])
    if any(it.identity or it.generated for it in columns):
        return True
    computed = " ".join(
        it.value or "" for it in now.tables[table].values() if it.generated
    )
    if was in names(computed):
        return True
    referred = {it.index for it in now.rules.values() if it.kind == "f"}
    return any(
        f"{table}.{was}" in rule.columns and (rule.kind == "p" or rule.made in referred)
        for rule in now.rules.values()
        if rule.kind != "f"
    )


def took(script: Script, goal: Catalog, was: str, name: str) -> bool:
    """Whether some column of the one type is of the other now."""
    return any(
        column.type.removesuffix("[]") == was
        and goal.tables.get(table, {}).get(at, column).type.removesuffix("[]") == name
        for table, columns in script.now.tables.items()
        for at, column in columns.items()
    )
