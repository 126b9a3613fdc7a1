"""The steps of a migration, as a revision has them."""

import ast
import re
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from migrations.names import COLUMNS, NAME, tables_dropped
from tools.migration.catalog import Catalog, read

ALTER = r"ALTER TABLE (\S+)"
OWN = re.compile(r"_is_there\b|zz_")  # a CHECK of a step


@dataclass
class Script:
    """The steps of one direction; each statement has been run on `db` already."""

    db: asyncpg.Connection
    now: Catalog  # what the statements so far make
    losses: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)  # what the rows that are there get
    steps: list[tuple[str, list[str]]] = field(default_factory=list)
    settled: dict[str, list[str]] = field(default_factory=dict)  # of copied columns
    along: list[str] = field(default_factory=list)  # rules that go with columns
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
        steps = [*self.surveyed(), *self.steps]
        return "\n    ".join(written(*step) for step in steps)

    def surveyed(self) -> list[tuple[str, list[str]]]:
        """The look at what hangs on what the steps touch, where they take something."""
        touched = touches(self.steps, self.settled, self.along)
        given = [f"{name}={it!r}" for name, it in touched.items() if it]
        return [("survey", given)] if given else []


def touches(
    steps: list[tuple[str, list[str]]],
    settled: dict[str, list[str]],
    along: list[str],
) -> dict[str, Any]:
    """What `survey` is told."""
    lines = [
        it
        for call, them in steps
        for it in them
        if call in ("transaction", "autocommit")
    ]
    sql = [ast.literal_eval(it) for it in lines if not it.startswith("#")]
    text = "\n".join(sql)
    called = [
        [ast.literal_eval(it) for it in them[1:] if it[0] in "'\"r"]
        for call, them in steps
        if call in ("backfill", "mirror")
    ]
    made = set(re.findall(r"(?:ADD CONSTRAINT|RENAME TO) (\S+)", text))
    gone = re.findall(r"DROP (?:CONSTRAINT|INDEX) (?!IF |CONC)([^\s,]+)", text)
    swapped = {
        (table, old)
        for table, _, old in re.findall(f"{ALTER} RENAME COLUMN {NAME} TO {NAME}", text)
    }
    dropped = COLUMNS.findall(text)
    drops = [
        it for it in gone if it.rpartition(".")[2] not in made and not OWN.search(it)
    ]
    drops += [
        f"{table}.{name}" for table, name in dropped if (table, name) not in swapped
    ]
    drops += tables_dropped(text)
    drops += [f"type {it}" for it in re.findall(r"^DROP TYPE (\S+)$", text, re.M)]
    names = sorted(it for it in {*made, *gone} if not OWN.search(it))
    return {
        "fills": tuple(dict.fromkeys(f"{table}.{name}" for table, name, *_ in called)),
        "replaces": {
            f"{table}.{name}": tuple(settled.get(f"{table}.{name}", ()))
            for table, name in dropped
            if (table, name) in swapped
        },
        "drops": tuple(drops),
        "alters": tuple(
            f"{table}.{name}"
            for table, name in re.findall(f"{ALTER} ALTER COLUMN {NAME} TYPE ", text)
        ),
        "makes": (*names, *along) if dropped or " CONCURRENTLY " in text else (),
        "builds": tuple(
            it for it in sql if re.match(r"CREATE (UNIQUE )?INDEX CONCURRENTLY ", it)
        ),
    }


def written(call: str, arguments: list[str]) -> str:
    if call in ("backfill", "mirror"):
        note, *arguments = arguments
        return f"{note}\n    {call}({', '.join(arguments)})"
    if len(arguments) == 1 or call in ("prove", "survey"):
        return f"{call}({', '.join(arguments)})"
    lines = [it if it.startswith("#") else f"{it}," for it in arguments]
    return "\n        ".join([f"{call}(", *lines]) + "\n    )"


def shown(steps: list[str]) -> str:
    """As a tuple."""
    lines = "".join(f"\n    {quoted(it)}," for it in steps)
    return f"({lines}\n)" if steps else "()"


def quoted(sql: str) -> str:
    if sql.endswith('"') and "'" in sql:
        return repr(sql)
    if "\n" in sql or ('"' in sql and "'" in sql):
        return f'r"""{sql}"""' if "\\" in sql else f'"""{sql}"""'
    shown = sql.replace("\\", "\\\\")
    return f"'{shown}'" if '"' in sql else f'"{shown}"'
