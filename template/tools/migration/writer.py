"""Finds the steps that make of one catalog the other."""

import re
from collections.abc import Iterable
from dataclasses import replace

import asyncpg

from migrations.names import bare, beside, literal
from migrations.online import filler
from tools.migration.catalog import Catalog, Column, read
from tools.migration.conversions import is_instant, reachable, widens
from tools.migration.expand import Names
from tools.migration.script import Script, quoted
from tools.migration.sql import is_there, names, plain, renamed, spare, words

# An index with a condition or an expression: no change of a type leaves it as it is.
PARTIAL = re.compile(r" WHERE |\([^()]*\(")
AWARE, NAIVE = "timestamp with time zone", "timestamp without time zone"
ZONED = {  # the zone is written out, for the owner to change
    (NAIVE, AWARE): "{} AT TIME ZONE 'UTC'",
    (AWARE, NAIVE): "{} AT TIME ZONE 'UTC'",
    ("date", AWARE): "{}::timestamp AT TIME ZONE 'UTC'",
    (AWARE, "date"): "({} AT TIME ZONE 'UTC')::date",
}
REWRITES = "Rewrites {}: its readers and writers wait meanwhile."
HELD = "Readers and writers of {} wait meanwhile."


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


class Writer:
    """Brings `script.now` to what `goal` is.

    What changes is made anew beside what is there, while others write: columns of another
    type, enums with a value less, indexes. One short transaction then drops what goes and
    gives the new its name.
    """

    def __init__(
        self,
        script: Script,
        goal: Catalog,
        fills: dict[tuple[str, str], str],
        mirrors: Names | None = None,
        kept: Iterable[tuple[str, str]] = (),
        also: Names | None = None,
        ended: Names | None = None,
        turned: bool = False,
        ends: Iterable[str] = (),
    ) -> None:
        self.script = script
        self.goal = goal
        self.fills = fills  # SQL of the defaults that are made in Python
        self.mirrors = mirrors or {}
        self.kept_alike = {
            (table, old) for (table, _), old in self.mirrors.items() if not turned
        }
        self.stay = {*kept}  # fillers that the version before needs
        self.ended = ended or {}  # mirrors that there are no more
        self.turned = turned  # whether the old columns are those that are made
        self.ends = ends  # SQL that drops what keeps them, and fillers, up
        self.fresh = goal.tables.keys() - script.now.tables.keys()
        self.kept = [it for it in goal.tables if it in script.now.tables]
        # By name, what enums and columns that are made anew are called at first.
        self.types: dict[str, str] = {}
        self.copies: dict[tuple[str, str], str] = {}
        self.retyped: set[str] = set()  # columns that change where they are
        self.instant: set[str] = set()  # those of them that leave the rows as they are
        self.pending: list[tuple[str, str, str, str]] = []  # what `backfill` is told
        for (table, name), value in (also or {}).items():
            note = "# What the version before reads in rows that are made without it."
            self.pending.append((table, name, value, note))
        self.late: list[tuple[str, str]] = []  # altered where the new takes over
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
        await self.fill(before)
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
        # A table is a type as well.
        all_ = [*now.enums, *now.tables, *self.goal.enums, *self.goal.tables]
        taken = {it.rpartition(".")[2] for it in all_}
        for name, labels in self.goal.enums.items():
            values = ", ".join(literal(it) for it in labels)
            there = now.enums.get(name)
            if there is None:
                await self.script.run(f"CREATE TYPE {name} AS ENUM ({values})")
            elif [it for it in labels if it in there] != there:
                self.lose(f"values of {name}", {*there} - {*labels})
                self.types[name] = spare(name, taken)
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
                    taken = {*now.tables[table], *goal, *self.copies.values()}
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
            elif (table, name) in self.kept_alike:
                self.late.append((table, name))
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
        if (table, name) in self.mirrors:
            await run(f"{alter} ADD COLUMN {name} {declared(replace(it, value=None))}")
            if it.required:
                self.filled.append((table, name))
            return
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
        default = [f"{name} DEFAULT"] * bool(now.default or goal.default)
        self.script.settled[f"{table}.{name}"] = [*default, f"{name} NOT NULL"]
        collate = f"COLLATE {goal.collation}" if goal.collation else None
        added = words("ADD COLUMN", copy, it.type, collate)
        await self.script.run(f"ALTER TABLE {table} {added}")
        if await reachable(self.script.db, now.type, it.type):
            value = await self.conversion(table, name, copy, now.type, it.type)
        else:
            value = "NULL"
            self.script.unknown.append(
                f"No cast leads from {now.type} to {it.type}: write at the `backfill` of"
                f" {table}.{copy} what a value becomes."
            )
        if goal.required and not now.required and value != "NULL":
            value = f"coalesce({value}, {self.default(table, name, goal)})"
        note = "# Change if needed: how a value becomes one of the new type."
        self.pending.append((table, copy, value, note))
        if goal.required:
            self.filled.append((table, copy))

    async def conversion(
        self, table: str, name: str, copy: str, now: str, goal: str
    ) -> str:
        if how := ZONED.get((now, goal)):
            return how.format(name)
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
            self.script.unknown.append(
                f"{table}.{name} is required: write the value of existing rows at its"
                " `backfill`."
            )
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
        if (table, name) in {(of, old) for (of, _), old in self.ended.items()}:
            if goal.required:
                self.filled.append((table, name))
        elif goal.required and not now.required:
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
        value, of = f"coalesce(max({name}), 0) + 1, false", table
        if was:
            value, of = "last_value, is_called", was
        await self.script.run(f"SELECT setval({sequence}, {value}) FROM {of}")

    async def fill(self, before: Catalog) -> None:
        for (table, new), old in self.ended.items():
            self.script.add("prove", *[quoted(it) for it in (table, new, old)])
        for (table, new), old in self.mirrors.items():
            note = "# One for each version of the service: what is written to either."
            pair = (table, new, old) if self.turned else (table, old, new)
            called = [*map(quoted, pair), f"into={quoted(new)}"]
            was, goal = before.tables[table], self.goal.tables[table][new]
            if goal.required and not was[old].required:
                value = self.default(table, new, goal)
                called.append(f"missing={quoted(value)}")
                if value == "NULL":
                    self.script.unknown.append(
                        f"{table}.{new} is required: write what stands for NULL at its"
                        " `mirror`, as `missing`."
                    )
            self.script.add("mirror", note, *called)
        for table, name, value, note in self.pending:
            copy = ["copy=True"] * ((table, name) in self.copied())
            keep = ["keep=True"] * ((table, name) in self.stay)
            called = [quoted(it) for it in (table, name, value)]
            self.script.add("backfill", note, *called, *copy, *keep)
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
                names_ = {it for _, it in there} | {*self.built.values()}
                made = self.built[key] = spare(name, names_)
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
        for sql in self.ends:
            await self.script.run(sql)
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
            await run(f"{alter} ALTER COLUMN {name} SET NOT NULL")
            await run(f"{alter} DROP CONSTRAINT {is_there(name)}")
        for table, name in self.late:
            was, goal = now.tables[table][name], self.goal.tables[table][name]
            await self.alter_column(table, name, was, goal)
        for table, name in self.mirrors:
            if default := self.goal.tables[table][name].default:
                alter = f"ALTER TABLE {table} ALTER COLUMN {name}"
                await run(f"{alter} SET DEFAULT {default}")
        for table, name, *_ in self.pending:
            if (table, name) not in self.stay:
                await run(f"DROP FUNCTION IF EXISTS {filler(table, name)} CASCADE")
        for (table, name), copy in self.copies.items():
            goal, alter = self.goal.tables[table][name], f"ALTER TABLE {table}"
            if goal.identity:
                before = now.sequences.get((table, name), "")
                await self.number(table, copy, goal, before)
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
            elif rule.kind == "x" and key in self.stale:  # it held so far
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
