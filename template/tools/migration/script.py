"""The steps of a migration, as a revision has them."""

from dataclasses import dataclass, field

import asyncpg
from tools.migration.catalog import Catalog, read


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
    if call in ("backfill", "mirror"):
        note, *arguments = arguments
        return f"{note}\n    {call}({', '.join(arguments)})"
    if len(arguments) == 1 or call == "prove":
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
