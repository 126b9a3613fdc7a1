"""Writes the migration from what the migrations make to what the models say, and back.

`python tools/migration.py NAME`, on an empty server (`make migration name=…`). Both
sides are made there and read from PostgreSQL's catalog, so that nothing is overlooked.
Each statement is tried there too, and all together have to make the one of the other.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import rev_id
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import CreateSchema

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.database.base import Base
from app.resources import load_models
from app.settings import asyncpg_url

DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
REFUSED, APPROVED = "destructive = False", "destructive = True"
OURS = r"""
WITH ours AS (
  SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relname <> 'alembic_version'
    AND relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
)
"""
SCHEMAS = """
SELECT quote_ident(nspname) FROM pg_namespace
WHERE nspname !~ '^(pg_|information_schema$|public$)'
"""
EXTENSIONS = "SELECT quote_ident(extname) FROM pg_extension"
ENUMS = """
SELECT t.oid::regtype::text AS name,
  array_agg(enumlabel::text ORDER BY enumsortorder) AS labels
FROM pg_enum JOIN pg_type t ON t.oid = enumtypid GROUP BY t.oid
"""
TABLES = f"{OURS} SELECT oid::regclass::text FROM ours ORDER BY oid"
COLUMNS = f"""
{OURS}
SELECT attrelid::regclass::text AS table, quote_ident(attname) AS name,
  format_type(atttypid, atttypmod) AS type, attnotnull AS required,
  CASE WHEN attcollation <> typcollation
    THEN attcollation::regcollation::text END AS collation,
  attidentity::text AS identity, attgenerated::text AS generated,
  pg_get_expr(adbin, adrelid, true) AS value
FROM pg_attribute JOIN ours ON oid = attrelid JOIN pg_type ON pg_type.oid = atttypid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attnum > 0 AND NOT attisdropped ORDER BY attrelid, attnum
"""
RULES = f"""
{OURS}
SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name,
  contype::text AS kind, pg_get_constraintdef(c.oid, true) AS definition,
  coalesce(pg_get_indexdef(NULLIF(conindid, 0), 0, true), '') AS index,
  confrelid::regclass::text AS target
FROM pg_constraint c JOIN ours ON ours.oid = conrelid WHERE contype <> 'n'
UNION ALL
SELECT indrelid::regclass::text, quote_ident(relname), 'i',
  pg_get_indexdef(indexrelid, 0, true), '', '-'
FROM pg_index JOIN ours ON oid = indrelid JOIN pg_class i ON i.oid = indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint
  WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
ORDER BY 1, 2
"""
SEQUENCES = f"""
{OURS}
SELECT attrelid::regclass::text AS table, quote_ident(attname) AS column,
  pg_get_serial_sequence(attrelid::regclass::text, attname) AS sequence
FROM pg_attribute JOIN ours ON oid = attrelid
WHERE attnum > 0 AND attidentity <> '' AND NOT attisdropped
"""
# Contents of one that the models may need; those that nothing needs are left out.
KNOWN = ("btree_gist", "citext", "cube", "hstore", "ltree", "pg_trgm", "seg", "vector")
WIDER = {
    "smallint": {"integer", "bigint", "numeric", "real", "double precision"},
    "integer": {"bigint", "numeric", "double precision"},
    "bigint": {"numeric"},
    "real": {"double precision"},
    "character varying": {"citext"},
    "text": {"citext"},
    "citext": {"character varying"},
    "date": {"timestamp without time zone"},
    "cidr": {"inet"},
}


@dataclass(frozen=True)
class Column:
    type: str
    required: bool
    collation: str | None
    identity: str
    generated: str
    value: str | None  # the default, or what it is computed by

    @property
    def default(self) -> str | None:
        return None if self.generated else self.value


@dataclass(frozen=True)
class Rule:
    """A constraint, or an index that is none's (`kind` is `i`)."""

    table: str
    kind: str
    definition: str
    index: str
    target: str


@dataclass
class Catalog:
    schemas: set[str]
    extensions: set[str]
    enums: dict[str, list[str]]
    tables: dict[str, dict[str, Column]]
    rules: dict[tuple[str, str], Rule]  # by table and name
    sequences: dict[tuple[str, str], str]  # of identities


async def read(db: asyncpg.Connection) -> Catalog:
    def pick(row: asyncpg.Record, *names: str) -> dict[str, Any]:
        return {name: value for name, value in row.items() if name not in names}

    tables: dict[str, dict[str, Column]] = {it[0]: {} for it in await db.fetch(TABLES)}
    for it in await db.fetch(COLUMNS):
        tables[it["table"]][it["name"]] = Column(**pick(it, "table", "name"))
    return Catalog(
        schemas={it[0] for it in await db.fetch(SCHEMAS)},
        extensions={it[0] for it in await db.fetch(EXTENSIONS)},
        enums={it["name"]: it["labels"] for it in await db.fetch(ENUMS)},
        tables=tables,
        rules={
            (it["table"], it["name"]): Rule(**pick(it, "name"))
            for it in await db.fetch(RULES)
        },
        sequences={
            (it["table"], it["column"]): it["sequence"]
            for it in await db.fetch(SEQUENCES)
        },
    )


@dataclass
class Script:
    """The statements of one direction; each has been run on `db` already."""

    db: asyncpg.Connection
    now: Catalog  # what the statements so far make
    losses: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)  # in one transaction
    long: list[str] = field(default_factory=list)  # each by itself, while others write
    last: list[str] = field(default_factory=list)  # in one transaction again

    async def run(self, sql: str, *, alone: bool = False, note: str = "") -> None:
        await self.db.execute(sql)
        lines = self.long if alone else self.short
        if note:
            lines.append(f"# {note}")
        lines.append(f"op.execute({quoted(sql)})")

    async def look(self) -> None:
        self.now = await read(self.db)

    def body(self) -> str:
        long = ["with op.get_context().autocommit_block():"]
        long += [f"    {it}" for line in self.long for it in line.splitlines()]
        lines = [*self.short, *(long if self.long else ()), *self.last]
        return "\n    ".join(it for line in lines for it in line.splitlines())


def quoted(sql: str) -> str:
    # A colon with a word behind it would be a parameter.
    sql = re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", sql)
    if "\n" in sql or ('"' in sql and "'" in sql):
        return f'r"""{sql}"""' if "\\" in sql else f'"""{sql}"""'
    shown = sql.replace("\\", "\\\\")
    return f"'{shown}'" if '"' in sql else f'"{shown}"'


def words(*parts: str | None) -> str:
    return " ".join(it for it in parts if it)


def declared(column: Column, *, default: bool = True) -> str:
    """The type of a column, and what there is with it but NOT NULL."""
    identity = {"d": "BY DEFAULT", "a": "ALWAYS"}.get(column.identity)
    return words(
        column.type,
        f"COLLATE {column.collation}" if column.collation else None,
        f"GENERATED {identity} AS IDENTITY" if identity else None,
        f"GENERATED ALWAYS AS ({column.value}) STORED" if column.generated else None,
        f"DEFAULT {column.default}" if default and column.default else None,
    )


def plain(definition: str) -> str:
    """An index as one would write it."""
    return definition.replace(" USING btree ", " ")


class Writer:
    """Brings `script.now` to what `goal` is."""

    def __init__(
        self, script: Script, goal: Catalog, fills: dict[tuple[str, str], str]
    ) -> None:
        self.script = script
        self.goal = goal
        self.fills = fills  # SQL of the defaults that are made in Python
        self.fresh = goal.tables.keys() - script.now.tables.keys()

    async def write(self) -> None:
        run, goal = self.script.run, self.goal
        for name in sorted(goal.schemas - self.script.now.schemas):
            await run(f"CREATE SCHEMA IF NOT EXISTS {name}")
        for name in sorted(goal.extensions - self.script.now.extensions):
            await run(f"CREATE EXTENSION IF NOT EXISTS {name}")
        await self.drop_rules()
        await self.enums()
        await self.tables()
        await self.script.look()
        await self.add_rules()
        for name in sorted(self.script.now.enums.keys() - goal.enums.keys()):
            await run(f"DROP TYPE {name}")
        for name in sorted(self.script.now.schemas - goal.schemas):
            await run(f"DROP SCHEMA {name}")

    async def drop_rules(self) -> None:
        now, goal = self.script.now, self.goal
        gone = {key for key, rule in now.rules.items() if goal.rules.get(key) != rule}
        # What stands in the way of a column or type that is made anew.
        for key, rule in now.rules.items():
            if any(f"::{it}" in rule.definition for it in self.remade_enums()):
                gone.add(key)
        keys = {now.rules[key].index for key in gone if now.rules[key].kind in "pu"}
        for key, rule in now.rules.items():
            if rule.kind == "f" and rule.index in keys:  # it rests on one of them
                gone.add(key)
        for table, name in sorted(gone, key=lambda it: (now.rules[it].kind != "f", it)):
            rule = now.rules[table, name]
            if table not in goal.tables and rule.kind != "f":
                continue  # goes with its table
            if rule.kind == "i":
                schema = table.rpartition(".")[0]
                await self.script.run(f"DROP INDEX {schema}{'.' * bool(schema)}{name}")
            else:
                await self.script.run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")

    def remade_enums(self) -> Iterator[str]:
        """Those that lose a value, or have them in another order."""
        for name, labels in self.script.now.enums.items():
            wanted = self.goal.enums.get(name)
            if wanted and [it for it in wanted if it in labels] != labels:
                yield name

    async def enums(self) -> None:
        run, now, goal = self.script.run, self.script.now, self.goal
        remade = [*self.remade_enums()]
        for name, labels in goal.enums.items():
            values = ", ".join(literal(it) for it in labels)
            if name not in now.enums:
                await run(f"CREATE TYPE {name} AS ENUM ({values})")
            elif name in remade:
                self.lose(f"values of {name}", set(now.enums[name]) - set(labels))
                schema, _, bare = name.rpartition(".")
                await run(f"ALTER TYPE {name} RENAME TO {old(bare)}")
                await run(f"CREATE TYPE {name} AS ENUM ({values})")
                former = f"{schema}{'.' * bool(schema)}{old(bare)}"
                await self.retype(name, former)
                await run(f"DROP TYPE {former}")
            else:
                for before, value in zip(["", *labels], labels, strict=False):
                    if value not in now.enums[name]:
                        where = f" AFTER {literal(before)}" if before else ""
                        if not before:
                            where = f" BEFORE {literal(now.enums[name][0])}"
                        added = f"ADD VALUE IF NOT EXISTS {literal(value)}{where}"
                        await run(f"ALTER TYPE {name} {added}")

    async def retype(self, name: str, former: str) -> None:
        for table, columns in self.script.now.tables.items():
            for column, it in columns.items():
                if it.type.removesuffix("[]") != name or table not in self.goal.tables:
                    continue
                alter = f"ALTER TABLE {table} ALTER COLUMN {column}"
                many = "[]" * it.type.endswith("[]")
                if it.value:
                    await self.script.run(f"{alter} DROP DEFAULT")
                using = f"USING {column}::text{many}::{name}{many}"
                note = f"Rewrites {table}, and fails where a value is gone."
                await self.script.run(f"{alter} TYPE {name}{many} {using}", note=note)
                if it.value:
                    value = it.value.replace(f"::{former}", f"::{name}")
                    await self.script.run(f"{alter} SET DEFAULT {value}")

    async def tables(self) -> None:
        now, goal = self.script.now, self.goal
        dropped = [it for it in now.tables if it not in goal.tables]
        for table in dropped:
            self.lose("the table", [table])
        if dropped:
            await self.script.run(f"DROP TABLE {', '.join(dropped)}")
        for table, columns in goal.tables.items():
            if table in now.tables:
                await self.columns(table, now.tables[table], columns)
                continue
            lines = [
                words(name, declared(it), "NOT NULL" if it.required else None)
                for name, it in columns.items()
            ]
            lines += [
                f"CONSTRAINT {name} {rule.definition}"
                for (of, name), rule in goal.rules.items()
                if of == table and rule.kind not in "if"
            ]
            inner = ",\n    ".join(lines)
            await self.script.run(f"CREATE TABLE {table} (\n    {inner}\n)")

    async def columns(
        self, table: str, now: dict[str, Column], goal: dict[str, Column]
    ) -> None:
        changed = {
            name
            for name, it in now.items()
            if name not in goal
            or (it.type, it.collation) != (goal[name].type, goal[name].collation)
        }
        # What is computed can't be altered, nor what it is computed from.
        dropped = {
            name
            for name, it in now.items()
            if name not in goal
            or (it != goal[name] and (it.generated or goal[name].generated))
            or (
                it.generated and changed & {*re.findall(r'"[^"]+"|\w+', it.value or "")}
            )
        }
        for name in sorted(dropped, key=lambda it: (not now[it].generated, it)):
            if not now[name].generated:
                self.lose("the column", [f"{table}.{name}"])
            await self.script.run(f"ALTER TABLE {table} DROP COLUMN IF EXISTS {name}")
        for name, it in goal.items():
            if name in now and name not in dropped and it != now[name]:
                await self.alter_column(table, name, now[name], it)
        for name, it in sorted(goal.items(), key=lambda one: bool(one[1].generated)):
            if name not in now or name in dropped:
                await self.add_column(table, name, it)

    async def add_column(self, table: str, name: str, it: Column) -> None:
        add = f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name}"
        if it.required and not (it.value or it.identity):
            await self.script.run(f"{add} {declared(it)}")
            await self.require(table, name, it)
        else:
            note = "Rewrites the table." if it.identity or it.generated else ""
            required = "NOT NULL" if it.required else None
            await self.script.run(words(add, declared(it), required), note=note)

    async def require(self, table: str, name: str, it: Column) -> None:
        """Fills in what is null, and has the check of it let others write meanwhile."""
        fill = self.fills.get((table, name)) or it.default or "NULL"
        self.script.long += [
            "# Yours to change: what the rows that are there get.",
            f'fill("{table}", {quoted(name)}, {quoted(fill)})',
        ]
        check = ident(f"{name.strip(chr(34))[:50]}_is_there")
        alter = f"ALTER TABLE {table}"
        again = f"{alter} DROP CONSTRAINT IF EXISTS {check},"
        added = f"ADD CONSTRAINT {check} CHECK ({name} IS NOT NULL) NOT VALID"
        for sql in (
            f"{again} {added}",
            f"{alter} VALIDATE CONSTRAINT {check}",
            f"{alter} ALTER COLUMN {name} SET NOT NULL",
            f"{alter} DROP CONSTRAINT {check}",
        ):
            await self.script.run(sql, alone=True)

    async def alter_column(
        self, table: str, name: str, now: Column, goal: Column
    ) -> None:
        alter = f"ALTER TABLE {table} ALTER COLUMN {name}"
        run = self.script.run
        if now.identity and not goal.identity:
            await run(f"{alter} DROP IDENTITY")
        retyped = (now.type, now.collation) != (goal.type, goal.collation)
        if now.default and (now.default != goal.default or retyped):
            await run(f"{alter} DROP DEFAULT")
        if retyped:
            await self.change_type(table, name, now, goal)
        if goal.default and (now.default != goal.default or retyped):
            await run(f"{alter} SET DEFAULT {goal.default}")
        if goal.required and not now.required:
            await self.require(table, name, goal)
        if now.required and not goal.required:
            await run(f"{alter} DROP NOT NULL")
        if goal.identity and not now.identity:
            kind = {"d": "BY DEFAULT", "a": "ALWAYS"}[goal.identity]
            await run(f"{alter} ADD GENERATED {kind} AS IDENTITY")
            sequence = f"pg_get_serial_sequence('{table}', '{name.strip(chr(34))}')"
            await run(
                f"SELECT setval({sequence}, coalesce(max({name}), 0) + 1, false) FROM {table}"
            )

    async def change_type(
        self, table: str, name: str, now: Column, goal: Column
    ) -> None:
        alter = f"ALTER TABLE {table} ALTER COLUMN {name}"
        collate = f"COLLATE {goal.collation}" if goal.collation else None
        sql = words(alter, "TYPE", goal.type, collate)
        if not widens(now.type, goal.type):
            self.lose("what doesn't fit", [f"{table}.{name}: {goal.type}"])
        note = "" if is_instant(now.type, goal.type) else f"Rewrites {table}."
        for using in (
            "",
            f" USING {name}::{goal.type}",
            f" USING {name}::text::{goal.type}",
        ):
            try:
                await self.script.run(sql + using, note=note)
            except (asyncpg.DatatypeMismatchError, asyncpg.CannotCoerceError):
                continue
            return
        self.lose("the values", [f"{table}.{name}"])
        sql = f"{sql} USING NULL::{goal.type}"
        await self.script.run(
            sql, note="Yours to change: how a value becomes the other."
        )

    async def add_rules(self) -> None:
        now, goal = self.script.now, self.goal
        missing = [it for it in goal.rules.items() if it[0] not in now.rules]
        for (table, name), rule in sorted(
            missing, key=lambda it: "ipucxf".index(it[1].kind)
        ):
            if table in self.fresh:
                await self.add_to_empty(table, name, rule)
            else:
                await self.add_beside_writers(table, name, rule)

    async def add_to_empty(self, table: str, name: str, rule: Rule) -> None:
        if rule.kind == "i":
            await self.script.run(plain(rule.definition))
        else:
            added = f"ADD CONSTRAINT {name} {rule.definition}"
            await self.script.run(f"ALTER TABLE {table} {added}")

    async def add_beside_writers(self, table: str, name: str, rule: Rule) -> None:
        run, alter = self.script.run, f"ALTER TABLE {table}"
        schema = table.rpartition(".")[0]
        if rule.kind in "ipu":
            index = f"{schema}{'.' * bool(schema)}{name}"
            made = plain(rule.index or rule.definition)
            made = made.replace("INDEX ", "INDEX CONCURRENTLY ", 1)
            await run(f"DROP INDEX CONCURRENTLY IF EXISTS {index}", alone=True)
            await run(made, alone=True)
        if rule.kind in "pu":
            kind = "PRIMARY KEY" if rule.kind == "p" else "UNIQUE"
            wait = " ".join(
                re.findall(r"DEFERRABLE|INITIALLY DEFERRED", rule.definition)
            )
            using = words(f"ADD CONSTRAINT {name} {kind} USING INDEX {name}", wait)
            await run(f"{alter} {using}", alone=True)
        elif rule.kind in "cf":
            again = f"{alter} DROP CONSTRAINT IF EXISTS {name},"
            added = f"ADD CONSTRAINT {name} {rule.definition} NOT VALID"
            await run(f"{again} {added}", alone=True)
            await run(f"{alter} VALIDATE CONSTRAINT {name}", alone=True)
        elif rule.kind == "x":
            again = f"{alter} DROP CONSTRAINT IF EXISTS {name},"
            note = f"Nobody writes to {table} meanwhile."
            added = f"ADD CONSTRAINT {name} {rule.definition}"
            await run(f"{again} {added}", alone=True, note=note)

    def lose(self, what: str, names: Iterable[str]) -> None:
        self.script.losses += [f"{what} {name}" for name in sorted(names)]


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def old(name: str) -> str:
    return ident(f"{name.strip(chr(34))[:59]}_old")


def widens(now: str, goal: str) -> bool:
    """Whether every value of the one type is one of the other."""
    (now, *sizes), (goal, *room) = parts(now), parts(goal)
    if goal == "text":
        return True
    if now == goal:
        if now == "numeric" and sizes and room:
            scale, space = sizes[1:] or ["0"], room[1:] or ["0"]
            whole = int(sizes[0]) - int(scale[0]) <= int(room[0]) - int(space[0])
            return whole and int(scale[0]) <= int(space[0])
        return not room or (bool(sizes) and int(sizes[0]) <= int(room[0]))
    if now in WIDER and goal == "numeric" and room:
        digits = {"smallint": 5, "integer": 10, "bigint": 19}[now]
        return digits <= int(room[0]) - int((room[1:] or ["0"])[0])
    return goal in WIDER.get(now, ())


def is_instant(now: str, goal: str) -> bool:
    texts = {"character varying", "text"}
    same = parts(now)[0] == parts(goal)[0] or {parts(now)[0], parts(goal)[0]} <= texts
    return same and parts(now)[0] in {*texts, "numeric"} and widens(now, goal)


def parts(type_: str) -> list[str]:
    """`numeric(12,2)` as `numeric`, `12`, `2`."""
    name, _, sizes = type_.partition("(")
    inner, _, rest = sizes.partition(")")
    return [name + rest, *(inner.split(",") if inner else ())]


def former_names() -> dict[str, tuple[str | None, dict[str, str]]]:
    """What tables and their columns were called, by `was` in models.yml."""
    return {
        quoted_name(table): (
            was_called(table),
            {it.name: it.info["was"] for it in table.c if "was" in it.info},
        )
        for table in managed()
    }


def was_called(table: sa.Table) -> str | None:
    was = table.info.get("was")
    schema = f"{ident(table.schema)}." if table.schema else ""
    return f"{schema}{ident(was)}" if was else None


def quoted_name(table: sa.Table) -> str:
    return DIALECT.identifier_preparer.format_table(table)


def ident(name: str) -> str:
    return DIALECT.identifier_preparer.quote(name)


def managed() -> list[sa.Table]:
    tables = Base.metadata.tables.values()
    return [table for table in tables if table.info.get("managed", True)]


async def rename(script: Script, goal: Catalog) -> list[tuple[str, str]]:
    """Renames what `was` names, and what is called after it. The way back, too."""
    done: list[tuple[str, str]] = []

    async def run(kind: str, now: str, then: str) -> None:
        what, bare = kind.partition("{}")[0], kind.partition("{}")[2]
        await script.run(f"{what}{now}{bare} TO {then.rpartition('.')[2]}")
        schema = now.rpartition(".")[0]
        there = f"{schema}{'.' * bool(schema)}{then.rpartition('.')[2]}"
        done.append((f"{what}{there}{bare}", now.rpartition(".")[2]))

    names = former_names()
    for table, (was, _) in names.items():
        if was in script.now.tables and table not in script.now.tables:
            await run("ALTER TABLE {} RENAME", was, table)
    await script.look()
    for table, (_, columns) in names.items():
        there = script.now.tables.get(table, {})
        for name, was in columns.items():
            if ident(was) in there and ident(name) not in there:
                alter = f"ALTER TABLE {table} RENAME COLUMN"
                await script.run(f"{alter} {ident(was)} TO {ident(name)}")
                done.append((f"{alter} {ident(name)}", ident(was)))
    await script.look()
    for name, labels in goal.enums.items():
        gone = script.now.enums.keys() - goal.enums.keys()
        same = [it for it in gone if set(script.now.enums[it]) <= set(labels)]
        if (
            name not in script.now.enums
            and len(same) == 1
            and took(script, goal, same[0], name)
        ):
            await run("ALTER TYPE {} RENAME", same[0], name)
            await script.look()
    for (table, name), rule in goal.rules.items():
        same = [
            old_name
            for (of, old_name), it in script.now.rules.items()
            if of == table
            and (of, old_name) not in goal.rules
            and unnamed(it, old_name) == unnamed(rule, name)
        ]
        if (table, name) not in script.now.rules and len(same) == 1:
            if rule.kind == "i":
                schema = table.rpartition(".")[0]
                await run(
                    "ALTER INDEX {} RENAME",
                    f"{schema}{'.' * bool(schema)}{same[0]}",
                    name,
                )
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
    return done


def took(script: Script, goal: Catalog, was: str, name: str) -> bool:
    """Whether some column of the one type is of the other now."""
    return any(
        column.type.removesuffix("[]") == was
        and goal.tables.get(table, {}).get(at, column).type.removesuffix("[]") == name
        for table, columns in script.now.tables.items()
        for at, column in columns.items()
    )


def unnamed(rule: Rule, name: str) -> tuple[str, str]:
    return rule.kind, rule.definition.replace(f" {name} ON ", " ON ", 1)


def fills() -> dict[tuple[str, str], str]:
    """The defaults that SQLAlchemy sends, as SQL."""
    found = {}
    for table in managed():
        for column in table.c:
            default: Any = column.default
            if isinstance(default, sa.ColumnDefault):
                sql = made_by(default, column.type)
                found[quoted_name(table), ident(column.name)] = sql
    return found


def made_by(default: Any, type_: Any) -> str:
    if default.is_callable and isinstance(type_, sa.Uuid):
        return "gen_random_uuid()"
    value = default.arg(None) if default.is_callable else default.arg
    if isinstance(type_, sa.JSON):
        return literal(json.dumps(value))
    bound: sa.ColumnElement[Any] = sa.literal(value, type_)
    if isinstance(type_, sa.ARRAY):  # an empty one doesn't tell of what
        bound = sa.cast(bound, type_)
    try:
        options = {"literal_binds": True}
        return str(bound.compile(dialect=DIALECT, compile_kwargs=options))
    except sa.exc.CompileError:
        return "NULL"  # for the owner to say


async def create_all(url: str) -> None:
    engine = create_async_engine(asyncpg_url(url))
    async with engine.begin() as connection:
        for schema in {it.schema for it in managed() if it.schema}:
            await connection.execute(CreateSchema(schema, if_not_exists=True))
        await connection.run_sync(Base.metadata.create_all, managed())
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


def at(url: str, database: str) -> str:
    made = sa.make_url(url).set(drivername="postgresql", database=database)
    return made.render_as_string(hide_password=False)


async def create(url: str, name: str, template: str) -> None:
    admin = await asyncpg.connect(url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    await admin.close()


async def look(url: str) -> Catalog:
    db = await asyncpg.connect(url)
    found = await read(db)
    await db.close()
    return found


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
    first, back.short = back.short, back.last
    for what, name in reversed(renames):
        await back.run(f"{what} TO {name}")
    back.short = first
    await up.close()
    await down.close()
    await create(url, "rehearsal", "head")
    return start, goal, there, back


def shape(of: Catalog) -> tuple[Any, ...]:
    return of.schemas, of.enums, of.tables, of.rules, of.sequences


def same(one: Catalog, other: Catalog) -> bool:
    return shape(one) == shape(other) and one.extensions >= other.extensions


def differences(one: Catalog, other: Catalog) -> str:
    pairs = zip(shape(one), shape(other), strict=True)
    return "\n".join(f"{a}\n{b}" for a, b in pairs if a != b)


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


def main(name: str) -> None:
    url = os.environ["DATABASE_URL"]
    config = Config(toml_file="pyproject.toml")
    asyncio.run(create(url, "head", "template0"))
    os.environ["DATABASE_URL"] = at(url, "head")
    command.upgrade(config, "head")
    load_models()
    compared = asyncio.run(compare(url))
    if compared is None:
        print("The migrations make what the models say: there is nothing to write.")
        return
    start, goal, up, down = compared
    body, back = up.body(), down.body()
    written = ScriptDirectory.from_config(config).generate_revision(
        rev_id(),
        name,
        upgrades=body,
        downgrades=back,
        imports="from migrations.online import fill\n" * ("fill(" in body + back),
        losses=up.losses,
    )
    assert written
    path = Path(written.path)
    text = path.read_text()
    try:
        path.write_text(text.replace(REFUSED, APPROVED))
        rehearse(config, at(url, "rehearsal"), start, goal)
    except BaseException:
        path.unlink()
        raise
    path.write_text(text)
    print(f"{path.relative_to(Path.cwd())}: read it before you run it.")
    for loss in up.losses:
        print(f"It loses {loss}: say so in it, `destructive = True`.")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or sys.exit('Which one? make migration name="…"'))
