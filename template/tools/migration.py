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
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
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
from migrations.online import filler

# In the style of others, a `%` would be doubled.
DIALECT: Dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
# An index with a condition or an expression: no change of a type leaves it as it is.
PARTIAL = re.compile(r" WHERE |\([^()]*\(")
REWRITES = "Rewrites {}: its readers and writers wait meanwhile."
HELD = "Readers and writers of {} wait meanwhile."
REFUSED, APPROVED = "destructive = False", "destructive = True"
OURS = r"""
WITH ours AS (
  SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relname <> 'alembic_version'
    AND relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass
      AND objid = pg_class.oid AND deptype = 'e')
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
{OURS}, uses AS (
  SELECT classid, objid,
    array_agg(refobjid::regclass || '.' || quote_ident(attname)) AS columns
  FROM pg_depend JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
  WHERE refclassid = 'pg_class'::regclass GROUP BY classid, objid
)
SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name,
  contype::text AS kind, pg_get_constraintdef(c.oid, true) AS definition,
  coalesce(pg_get_indexdef(NULLIF(conindid, 0), 0, true), '') AS index, columns
FROM pg_constraint c JOIN ours ON ours.oid = conrelid
LEFT JOIN uses ON classid = 'pg_constraint'::regclass AND objid = c.oid
WHERE contype <> 'n'
UNION ALL
SELECT indrelid::regclass::text, quote_ident(relname), 'i',
  pg_get_indexdef(indexrelid, 0, true), '', columns
FROM pg_index JOIN ours ON oid = indrelid JOIN pg_class i ON i.oid = indexrelid
LEFT JOIN uses ON classid = 'pg_class'::regclass AND objid = indexrelid
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
    index: str  # of a key, a unique, or what a reference refers to
    columns: frozenset[str]  # with their tables

    @property
    def made(self) -> str:
        """The SQL of the index that it is, or has."""
        return self.definition if self.kind == "i" else self.index


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
    others = mapped(managed=False)
    for table in others:
        tables.pop(quoted_name(table), None)
    theirs = enums_of(others) - enums_of(mapped())
    schemas = schemas_of(others) - schemas_of(mapped())
    return Catalog(
        schemas={it[0] for it in await db.fetch(SCHEMAS)} - schemas,
        extensions={it[0] for it in await db.fetch(EXTENSIONS)},
        enums={
            it["name"]: it["labels"]
            for it in await db.fetch(ENUMS)
            if it["name"] not in theirs
        },
        tables=tables,
        rules={
            (it["table"], it["name"]): Rule(
                **pick(it, "name", "columns"), columns=frozenset(it["columns"] or ())
            )
            for it in await db.fetch(RULES)
            if it["table"] in tables
        },
        sequences={
            (it["table"], it["column"]): it["sequence"]
            for it in await db.fetch(SEQUENCES)
            if it["table"] in tables
        },
    )


def enums_of(tables: list[sa.Table]) -> set[str]:
    types = (getattr(it.type, "item_type", it.type) for of in tables for it in of.c)
    return {ident(str(it.name)) for it in types if isinstance(it, sa.Enum)}


def schemas_of(tables: list[sa.Table]) -> set[str]:
    return {ident(it.schema) for it in tables if it.schema}


@dataclass
class Script:
    """The steps of one direction; each statement has been run on `db` already."""

    db: asyncpg.Connection
    now: Catalog  # what the statements so far make
    losses: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)  # what the rows that are there get
    steps: list[tuple[str, list[str]]] = field(default_factory=list)
    open: bool = False  # whether the last step is a transaction that takes more

    async def run(self, sql: str, *, note: str = "") -> None:
        """In one transaction with what was run before."""
        await self.db.execute(sql)
        if not self.open:
            self.add("transaction")
            self.open = True
        self.steps[-1][1].extend([f"# {note}"] * bool(note) + [quoted(sql)])

    async def alone(self, *statements: str, note: str = "") -> None:
        """Each by itself, while others write."""
        for sql in statements:
            await self.db.execute(sql)
        self.add("autocommit", *[f"# {note}"] * bool(note), *map(quoted, statements))

    def add(self, call: str, *arguments: str) -> None:
        self.steps.append((call, [*arguments]))
        self.open = False

    async def look(self) -> None:
        self.now = await read(self.db)

    def body(self) -> str:
        return "\n    ".join(written(*step) for step in self.steps)


def written(call: str, arguments: list[str]) -> str:
    if call == "backfill":
        note, *arguments = arguments
        return f"{note}\n    {call}({', '.join(arguments)})"
    if len(arguments) == 1:
        return f"{call}({arguments[0]})"
    lines = [it if it.startswith("#") else f"{it}," for it in arguments]
    return "\n        ".join([f"{call}(", *lines]) + "\n    )"


def quoted(sql: str) -> str:
    if sql.endswith('"') and "'" in sql:
        return repr(sql)
    if "\n" in sql or ('"' in sql and "'" in sql):
        return f'r"""{sql}"""' if "\\" in sql else f'"""{sql}"""'
    shown = sql.replace("\\", "\\\\")
    return f"'{shown}'" if '"' in sql else f'"{shown}"'


def words(*parts: str | None) -> str:
    return " ".join(it for it in parts if it)


def declared(column: Column) -> str:
    """The type of a column, and what there is with it but NOT NULL."""
    identity = {"d": "BY DEFAULT", "a": "ALWAYS"}.get(column.identity)
    return words(
        column.type,
        f"COLLATE {column.collation}" if column.collation else None,
        f"GENERATED {identity} AS IDENTITY" if identity else None,
        f"GENERATED ALWAYS AS ({column.value}) STORED" if column.generated else None,
        f"DEFAULT {column.default}" if column.default else None,
    )


def plain(definition: str) -> str:
    """An index as one would write it."""
    return definition.replace(" USING btree ", " ")


class Writer:
    """Brings `script.now` to what `goal` is.

    What changes is made anew beside what is there, while others write: columns of another
    type, enums with a value less, indexes. One short transaction then drops what goes and
    gives the new its name.
    """

    def __init__(
        self, script: Script, goal: Catalog, fills: dict[tuple[str, str], str]
    ) -> None:
        self.script = script
        self.goal = goal
        self.fills = fills  # SQL of the defaults that are made in Python
        self.fresh = goal.tables.keys() - script.now.tables.keys()
        self.kept = [it for it in goal.tables if it in script.now.tables]
        # By name, what enums and columns that are made anew are called at first.
        self.types: dict[str, str] = {}
        self.copies: dict[tuple[str, str], str] = {}
        self.retyped: set[str] = set()  # columns that change where they are
        self.instant: set[str] = set()  # those of them that leave the rows as they are
        self.pending: list[tuple[str, str, str, str]] = []  # what `backfill` is told
        self.filled: list[tuple[str, str]] = []  # columns that are NOT NULL after it
        self.stale: list[tuple[str, str]] = []  # rules that go, or are made anew
        self.built: dict[tuple[str, str], str] = {}  # indexes that wait for their name

    async def write(self) -> None:
        run, goal, before = self.script.run, self.goal, self.script.now
        for name in sorted(goal.schemas - before.schemas):
            await run(f"CREATE SCHEMA IF NOT EXISTS {name}")
        for name in sorted(goal.extensions - before.extensions):
            await run(f"CREATE EXTENSION IF NOT EXISTS {name}")
        await self.add_enums(before)
        self.plan(before)
        await self.drop_first(before)
        await self.add_tables(before)
        await self.fill()
        await self.script.look()
        there = self.script.now.rules
        missing = [it for it in goal.rules if it not in there or it in self.stale]
        missing.sort(key=lambda it: "ipucxf".index(goal.rules[it].kind))
        await self.build([it for it in missing if it[0] not in self.fresh])
        await self.drop(before)
        await self.take_over(before)
        await self.add_rules(missing)
        for name in sorted(before.enums.keys() - goal.enums.keys()):
            await run(f"DROP TYPE {name}")
        for name in sorted(before.schemas - goal.schemas):
            await run(f"DROP SCHEMA {name}")
        await self.check([it for it in missing if it[0] not in self.fresh])

    async def add_enums(self, now: Catalog) -> None:
        for name, labels in self.goal.enums.items():
            values = ", ".join(literal(it) for it in labels)
            there = now.enums.get(name)
            if there is None:
                await self.script.run(f"CREATE TYPE {name} AS ENUM ({values})")
            elif [it for it in labels if it in there] != there:
                self.lose(f"values of {name}", {*there} - {*labels})
                self.types[name] = spare(name)
                made = f"CREATE TYPE {self.types[name]} AS ENUM ({values})"
                await self.script.run(made)
            elif labels != there:
                for last, value in zip(["", *labels], labels, strict=False):
                    if value not in there:
                        first = f"BEFORE {literal(there[0])}"
                        where = f"AFTER {literal(last)}" if last else first
                        added = f"ADD VALUE IF NOT EXISTS {literal(value)} {where}"
                        await self.script.run(f"ALTER TYPE {name} {added}")
                self.script.open = False  # they can be used once they are committed

    def plan(self, now: Catalog) -> None:
        """Which columns are made anew, and which rules go with them."""
        for table in self.kept:
            goal = self.goal.tables[table]
            both = [*now.tables[table].values(), *goal.values()]
            computed = " ".join(it.value or "" for it in both if it.generated)
            for name, it in now.tables[table].items():
                if name not in goal or it.generated or goal[name].generated:
                    continue
                if not self.changes_type(it, goal[name]):
                    continue
                instant = is_instant(it, goal[name]) and not any(
                    f"{table}.{name}" in rule.columns and PARTIAL.search(rule.made)
                    for rule in now.rules.values()
                )
                if instant:
                    self.instant.add(f"{table}.{name}")
                # What is computed can't be copied, nor what it is computed from.
                if instant or name in names(computed):
                    self.retyped.add(f"{table}.{name}")
                else:
                    taken = {*now.tables[table], *goal}
                    self.copies[table, name] = spare(name, taken)
        copied = {f"{table}.{name}" for table, name in self.copies}
        stale = {
            key
            for key, rule in now.rules.items()
            if self.goal.rules.get(key) != rule or rule.columns & copied
        }
        replaced = {now.rules[it].made for it in stale if now.rules[it].kind in "ipu"}
        rest_on = {
            key
            for key, rule in now.rules.items()
            if rule.kind == "f" and rule.index in replaced
        }
        self.stale = sorted(
            (it for it in stale | rest_on if it[0] in self.kept),
            key=lambda it: (now.rules[it].kind != "f", it),
        )

    def changes_type(self, now: Column, goal: Column) -> bool:
        differs = (now.type, now.collation) != (goal.type, goal.collation)
        return differs or goal.type.removesuffix("[]") in self.types

    async def drop_first(self, now: Catalog) -> None:
        """What may refuse what is filled in: rules that nothing replaces, and checks.

        All else holds until there is something in its place.
        """
        needed = {it.index for it in now.rules.values() if it.kind == "f"}
        filled = {
            f"{table}.{name}"
            for table in self.kept
            for name, it in self.goal.tables[table].items()
            if name in now.tables[table] and (table, name) not in self.copies
            if it.required and not now.tables[table][name].required
        }
        for key, rule in now.rules.items():
            alone = key not in self.goal.rules and rule.made not in needed
            if rule.kind == "c":
                early = bool(rule.columns & (filled | self.retyped))
            elif rule.kind == "i" and not rule.made.startswith("CREATE UNIQUE"):
                early = alone and bool(rule.columns & self.retyped)
            else:
                early = alone
            if key in self.stale and early:
                await self.drop_rule(key)
                self.stale.remove(key)
            # Of a column that changes where it is: they would be made anew at once.
            elif rule.columns & self.retyped and (
                rule.kind == "c" or rule.definition != self.recast(rule.definition)
            ):
                await self.drop_rule(key)

    async def drop_rule(self, key: tuple[str, str]) -> None:
        table, name = key
        if self.script.now.rules[key].kind == "i":
            await self.script.run(f"DROP INDEX {beside(table, name)}")
        else:
            await self.script.run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")

    async def add_tables(self, now: Catalog) -> None:
        for table, columns in self.goal.tables.items():
            if table in now.tables:
                await self.columns(table, now.tables[table], columns)
                continue
            lines = [
                words(
                    name,
                    declared(self.meanwhile(it)),
                    "NOT NULL" if it.required else None,
                )
                for name, it in columns.items()
            ]
            lines += [
                f"CONSTRAINT {name} {self.recast(rule.definition)}"
                for (of, name), rule in self.goal.rules.items()
                if of == table and rule.kind not in "if"
            ]
            inner = ",\n            ".join(lines)
            made = f"CREATE TABLE {table} (\n            {inner}\n        )"
            await self.script.run(made)

    async def columns(
        self, table: str, now: dict[str, Column], goal: dict[str, Column]
    ) -> None:
        changed = {
            name
            for name, it in now.items()
            if name not in goal or self.changes_type(it, goal[name])
        }
        # What is computed can't be altered, nor what it is computed from.
        remade = {
            name
            for name, it in now.items()
            if (
                it.generated
                and (it != goal.get(name) or changed & {name, *names(it.value)})
            )
            or (name in goal and goal[name].generated and not it.generated)
        }
        for name in sorted(remade):
            if self.stays_as_it_is(now[name], goal.get(name), changed):
                alter = f"ALTER TABLE {table} ALTER COLUMN {name} DROP EXPRESSION"
                await self.script.run(alter)
                now = {**now, name: replace(now[name], generated="", value=None)}
                remade.remove(name)
        for name in sorted(remade, key=lambda it: (not now[it].generated, it)):
            if not now[name].generated or (name in goal and not goal[name].generated):
                self.lose("the column", [f"{table}.{name}"])
            await self.script.run(f"ALTER TABLE {table} DROP COLUMN {name}")
        for name, it in goal.items():
            if (table, name) in self.copies:
                await self.add_copy(table, name, now[name], it)
            elif name in now and name not in remade:
                await self.alter_column(table, name, now[name], it)
        for name, it in sorted(goal.items(), key=lambda one: bool(one[1].generated)):
            if name not in now or name in remade:
                await self.add_column(table, name, it)

    def stays_as_it_is(
        self, now: Column, goal: Column | None, changed: set[str]
    ) -> bool:
        """Whether it was computed, and keeps what that came to."""
        if goal is None or goal.generated or not now.generated:
            return False
        return not (self.changes_type(now, goal) or changed & names(now.value))

    async def add_column(self, table: str, name: str, goal: Column) -> None:
        run, it = self.script.run, self.meanwhile(goal)
        alter = f"ALTER TABLE {table}"
        required = "NOT NULL" if it.required else None
        whole = words(f"{alter} ADD COLUMN", name, declared(it), required)
        if it.identity or it.generated:
            await run(whole, note=REWRITES.format(table))
        elif it.default and await self.is_quick(table, whole):
            await run(whole)
        else:
            await run(f"{alter} ADD COLUMN {name} {declared(replace(it, value=None))}")
            if it.default:
                await run(f"{alter} ALTER COLUMN {name} SET DEFAULT {it.default}")
            if it.required or it.default:
                self.fill_in(table, name, goal)

    async def is_quick(self, table: str, sql: str) -> bool:
        """Whether it leaves the rows as they are."""
        file = f"SELECT pg_relation_filenode({literal(table)})"
        trial = self.script.db.transaction()
        await trial.start()
        before = await self.script.db.fetchval(file)
        await self.script.db.execute(sql)
        after = await self.script.db.fetchval(file)
        await trial.rollback()
        return bool(before == after)

    async def add_copy(self, table: str, name: str, now: Column, goal: Column) -> None:
        if now.type != goal.type and not widens(now.type, goal.type):
            self.lose("values that do not fit", [f"{table}.{name}: {goal.type}"])
        copy = self.copies[table, name]
        it = self.meanwhile(goal)
        collate = f"COLLATE {goal.collation}" if goal.collation else None
        added = words("ADD COLUMN", copy, it.type, collate)
        await self.script.run(f"ALTER TABLE {table} {added}")
        value = await self.conversion(table, name, copy, it.type)
        if goal.required and not now.required:
            value = f"coalesce({value}, {self.default(table, name, goal)})"
        note = "# Change if needed: how a value becomes one of the new type."
        self.pending.append((table, copy, value, note))
        if goal.required:
            self.filled.append((table, copy))

    async def conversion(self, table: str, name: str, copy: str, goal: str) -> str:
        for value in (name, f"{name}::{goal}"):
            try:
                await self.script.db.execute(f"UPDATE {table} SET {copy} = {value}")
            except (asyncpg.DatatypeMismatchError, asyncpg.CannotCoerceError):
                continue
            return value
        return f"{name}::text::{goal}"

    def fill_in(self, table: str, name: str, it: Column) -> None:
        note = "# Change if needed: the value that existing rows get."
        value = self.default(table, name, it)
        self.pending.append((table, name, value, note))
        if value == "NULL":
            self.script.unknown.append(f"{table}.{name}")
        if it.required:
            self.filled.append((table, name))

    def default(self, table: str, name: str, it: Column) -> str:
        filled = self.fills.get((table, name)) or self.meanwhile(it).default
        return filled or "NULL"

    async def alter_column(
        self, table: str, name: str, now: Column, goal: Column
    ) -> None:
        alter = f"ALTER TABLE {table} ALTER COLUMN {name}"
        run = self.script.run
        if now.identity and not goal.identity:
            await run(f"{alter} DROP IDENTITY")
        retyped = f"{table}.{name}" in self.retyped
        if now.default and (now.default != goal.default or retyped):
            await run(f"{alter} DROP DEFAULT")
        if retyped:
            await self.change_type(table, name, now, goal)
        if goal.default and (now.default != goal.default or retyped):
            await run(f"{alter} SET DEFAULT {self.meanwhile(goal).default}")
        if goal.required and not now.required:
            self.fill_in(table, name, goal)
        if now.required and not goal.required:
            await run(f"{alter} DROP NOT NULL")
        if goal.identity and not now.identity:
            await self.number(table, name, goal)

    async def change_type(
        self, table: str, name: str, now: Column, goal: Column
    ) -> None:
        """Where it is."""
        if now.type != goal.type and not widens(now.type, goal.type):
            self.lose("values that do not fit", [f"{table}.{name}: {goal.type}"])
        type_ = self.meanwhile(goal).type
        collate = f"COLLATE {goal.collation}" if goal.collation else None
        sql = words(f"ALTER TABLE {table} ALTER COLUMN {name} TYPE", type_, collate)
        note = "" if f"{table}.{name}" in self.instant else REWRITES.format(table)
        for using in ("", f" USING {name}::{type_}", f" USING {name}::text::{type_}"):
            try:
                await self.script.run(sql + using, note=note)
            except (asyncpg.DatatypeMismatchError, asyncpg.CannotCoerceError):
                continue
            return

    async def number(self, table: str, name: str, it: Column, was: str = "") -> None:
        """As an identity, which goes on where the sequence `was` or the table ends."""
        kind = {"d": "BY DEFAULT", "a": "ALWAYS"}[it.identity]
        added = f"ADD GENERATED {kind} AS IDENTITY"
        await self.script.run(f"ALTER TABLE {table} ALTER COLUMN {name} {added}")
        sequence = f"pg_get_serial_sequence({literal(table)}, {literal(bare(name))})"
        value, of = f"coalesce(max({name}), 0) + 1", f" FROM {table}"
        if was:
            value, of = f"nextval({literal(was)})", ""
        await self.script.run(f"SELECT setval({sequence}, {value}, false){of}")

    async def fill(self) -> None:
        for table, name, value, note in self.pending:
            copy = ["copy=True"] * ((table, name) in self.copied())
            called = [quoted(it) for it in (table, name, value)]
            self.script.add("backfill", note, *called, *copy)
        for table, name in self.filled:
            check, alter = is_there(name), f"ALTER TABLE {table}"
            again = f"{alter} DROP CONSTRAINT IF EXISTS {check},"
            added = f"ADD CONSTRAINT {check} CHECK ({name} IS NOT NULL) NOT VALID"
            validated = f"{alter} VALIDATE CONSTRAINT {check}"
            await self.script.alone(f"{again} {added}", validated)

    def copied(self) -> set[tuple[str, str]]:
        return {(table, copy) for (table, _), copy in self.copies.items()}

    async def build(self, missing: list[tuple[str, str]]) -> None:
        """The indexes of `missing`, by another name where theirs is still taken."""
        there = {*self.script.now.rules, *self.goal.rules}
        taken = {beside(*key) for key in self.script.now.rules}
        for key in missing:
            table, name = key
            rule = self.goal.rules[key]
            if rule.kind not in "ipu":
                continue
            made = name
            if beside(table, name) in taken:
                made = self.built[key] = spare(name, {it for _, it in there})
            copies = {it: copy for (of, it), copy in self.copies.items() if of == table}
            head, using, rest = rule.made.partition(" USING ")
            head = head.replace(f" {name} ON ", f" {made} ON ", 1)
            head = head.replace("INDEX ", "INDEX CONCURRENTLY ", 1)
            rest = renamed(self.recast(rest), copies)
            await self.script.alone(
                f"DROP INDEX CONCURRENTLY IF EXISTS {beside(table, made)}",
                plain(head + using + rest),
            )

    async def drop(self, now: Catalog) -> None:
        """What is still there of what goes."""
        # Those of what is computed went with it.
        stale = [it for it in self.stale if it in self.script.now.rules]
        for key in stale:
            if now.rules[key].kind == "f":
                await self.drop_rule(key)
        gone = [it for it in now.tables if it not in self.goal.tables]
        self.lose("the table", gone)
        if gone:
            await self.script.run(f"DROP TABLE {', '.join(gone)}")
        for key in stale:
            if now.rules[key].kind != "f":
                await self.drop_rule(key)
        for table in self.kept:
            for name, it in now.tables[table].items():
                if name not in self.goal.tables[table] and not it.generated:
                    self.lose("the column", [f"{table}.{name}"])
                    await self.script.run(f"ALTER TABLE {table} DROP COLUMN {name}")

    async def take_over(self, now: Catalog) -> None:
        """The names and the places of what was made anew."""
        run = self.script.run
        for table, name in self.filled:
            alter = f"ALTER TABLE {table}"
            known = name in now.tables[table] or (table, name) in self.copied()
            known = known or bool(self.goal.tables[table][name].default)
            note = "" if known else "From here on, an INSERT without this column fails."
            await run(f"{alter} ALTER COLUMN {name} SET NOT NULL", note=note)
            await run(f"{alter} DROP CONSTRAINT {is_there(name)}")
        for table, name, *_ in self.pending:
            await run(f"DROP FUNCTION IF EXISTS {filler(table, name)} CASCADE")
        for (table, name), copy in self.copies.items():
            goal, alter = self.goal.tables[table][name], f"ALTER TABLE {table}"
            if goal.identity:
                was = now.sequences.get((table, name), "")
                await self.number(table, copy, goal, was)
            await run(f"{alter} DROP COLUMN {name}")
            await run(f"{alter} RENAME COLUMN {copy} TO {name}")
            if goal.identity:
                sequence = (await read(self.script.db)).sequences[table, name]
                wanted = self.goal.sequences[table, name].rpartition(".")[2]
                await run(f"ALTER SEQUENCE {sequence} RENAME TO {wanted}")
        for name, made in self.types.items():
            await run(f"DROP TYPE {name}")
            await run(f"ALTER TYPE {made} RENAME TO {name.rpartition('.')[2]}")
        for table, name in self.copies:
            if default := self.goal.tables[table][name].default:
                alter = f"ALTER TABLE {table} ALTER COLUMN {name}"
                await run(f"{alter} SET DEFAULT {default}")

    async def add_rules(self, missing: list[tuple[str, str]]) -> None:
        for key in missing:
            table, name = key
            rule, made = self.goal.rules[key], self.built.get(key, name)
            add = f"ALTER TABLE {table} ADD CONSTRAINT {name}"
            if table in self.fresh and rule.kind == "i":
                await self.script.run(plain(rule.definition))
            elif table in self.fresh:
                if rule.kind == "f":
                    await self.script.run(f"{add} {rule.definition}")
            elif rule.kind == "i" and made != name:
                index = f"ALTER INDEX {beside(table, made)}"
                await self.script.run(f"{index} RENAME TO {name}")
            elif rule.kind in "pu":
                kind = "PRIMARY KEY" if rule.kind == "p" else "UNIQUE"
                waits = re.findall(r"DEFERRABLE|INITIALLY DEFERRED", rule.definition)
                await self.script.run(words(add, kind, "USING INDEX", made, *waits))
            elif rule.kind in "cf":
                await self.script.run(f"{add} {rule.definition} NOT VALID")
            elif key in self.stale:  # an exclusion that held so far
                note = HELD.format(table)
                await self.script.run(f"{add} {rule.definition}", note=note)

    async def check(self, missing: list[tuple[str, str]]) -> None:
        """What is checked while others write, and what can't be."""
        for table, name in missing:
            rule, alter = self.goal.rules[table, name], f"ALTER TABLE {table}"
            if rule.kind in "cf":
                await self.script.alone(f"{alter} VALIDATE CONSTRAINT {name}")
            elif rule.kind == "x" and (table, name) not in self.stale:
                again = f"{alter} DROP CONSTRAINT IF EXISTS {name},"
                added = f"ADD CONSTRAINT {name} {rule.definition}"
                note = HELD.format(table)
                await self.script.alone(f"{again} {added}", note=note)

    def meanwhile(self, column: Column) -> Column:
        """With the enums that there are before they take over."""
        name = column.type.removesuffix("[]")
        type_ = self.types.get(name, name) + column.type[len(name) :]
        value = column.value and self.recast(column.value)
        return replace(column, type=type_, value=value)

    def recast(self, sql: str) -> str:
        for name, made in self.types.items():
            sql = re.sub(rf"::{re.escape(name)}(?![\w.])", f"::{made}", sql)
        return sql

    def lose(self, what: str, names: Iterable[str]) -> None:
        self.script.losses += [f"{what} {name}" for name in sorted(names)]


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def bare(name: str) -> str:
    return name.strip('"')


def beside(table: str, name: str) -> str:
    """With the schema of the table."""
    schema = table.rpartition(".")[0]
    return f"{schema}.{name}" if schema else name


def spare(name: str, taken: Iterable[str] = ()) -> str:
    """What something is called that is to be called `name` in the end."""
    schema, _, last = name.rpartition(".")
    made = ident(f"{bare(last)[:59]}_new")
    while made in taken:
        made = spare(made[:55], taken)
    return f"{schema}.{made}" if schema else made


def is_there(column: str) -> str:
    return ident(f"{bare(column)[:50]}_is_there")


def names(sql: str | None) -> set[str]:
    return {*re.findall(r'"[^"]+"|\w+', sql or "")}


def renamed(sql: str, columns: dict[str, str]) -> str:
    """With other columns, wherever they aren't strings, types or functions."""
    token = r"""'(?:[^']|'')*'|::[\w."]+|\w+\(|\w+|"[^"]*\""""
    return re.sub(token, lambda it: columns.get(it[0], it[0]), sql)


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
    return not room and goal in WIDER.get(now, ())


def is_instant(now: Column, goal: Column) -> bool:
    """Whether PostgreSQL leaves the rows as they are."""
    (one, *sizes), (other, *room) = parts(now.type), parts(goal.type)
    texts = {one, other} <= {"character varying", "text"}
    numbers = one == other == "numeric" and (not room or sizes[1:] == room[1:])
    fits = (texts or numbers) and widens(now.type, goal.type)
    return fits and now.collation == goal.collation


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
        for table in mapped()
    }


def was_called(table: sa.Table) -> str | None:
    was = table.info.get("was")
    schema = f"{ident(table.schema)}." if table.schema else ""
    return f"{schema}{ident(was)}" if was else None


def quoted_name(table: sa.Table) -> str:
    return DIALECT.identifier_preparer.format_table(table)


def ident(name: str) -> str:
    return DIALECT.identifier_preparer.quote(name)


def mapped(*, managed: bool = True) -> list[sa.Table]:
    tables = Base.metadata.tables.values()
    return [table for table in tables if table.info.get("managed", True) is managed]


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
    for table in mapped():
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
    for what, name in reversed(renames):
        await back.run(f"{what} TO {name}")
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
    try:
        compared = asyncio.run(compare(url))
    except asyncpg.DependentObjectsStillExistError as error:
        sys.exit(
            "Something that your own migrations created depends on what changes:"
            f" {error.detail}. Drop it in a migration before this one, and create it"
            " again in one after it."
        )
    if compared is None:
        print("The migrations match the models: there is nothing to write.")
        return
    start, goal, up, down = compared
    calls = {call for call, _ in (*up.steps, *down.steps)}
    written = ScriptDirectory.from_config(config).generate_revision(
        rev_id(),
        name,
        upgrades=up.body(),
        downgrades=down.body(),
        imports=f"from migrations.online import {', '.join(sorted(calls))}",
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
        print(f"It loses {loss}: if you mean that, set `destructive = True` in it.")
    for column in up.unknown:
        print(
            f"{column} is required: write the value of existing rows at its `backfill`."
        )


if __name__ == "__main__":
    main(
        " ".join(sys.argv[1:])
        or sys.exit('A migration needs a name: make migration name="…"')
    )
