"""Databases to adopt, and what PostgreSQL says of them."""

from __future__ import annotations

import asyncio
import itertools
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from hooks.language import load
from hooks.rendering import context
from tests.support import CLEAN, ROOT
from tests.templates import environment, write_python

# Every column, constraint, index and enum: whose, what it is called, and as PostgreSQL writes it.
CATALOGUE = r"""
WITH ours AS (
  SELECT oid FROM pg_class
  WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
    AND relkind IN ('r', 'p') AND relname <> 'alembic_version'
)
SELECT attrelid::regclass::text AS whose, attname::text AS name, concat_ws(' ',
    format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END, attidentity,
    attgenerated, pg_get_expr(adbin, adrelid),
    CASE WHEN attcollation <> typcollation THEN attcollation::regcollation::text END) AS sql
  FROM pg_attribute JOIN ours ON oid = attrelid JOIN pg_type ON pg_type.oid = atttypid
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE attnum > 0 AND NOT attisdropped
UNION ALL
SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(pg_constraint.oid)
  FROM pg_constraint JOIN ours ON ours.oid = conrelid WHERE contype <> 'n'
UNION ALL
SELECT indrelid::regclass::text, relname::text,
    replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')  -- where it is partitioned
  FROM pg_index JOIN ours ON oid = indrelid JOIN pg_class i ON i.oid = indexrelid
UNION ALL
SELECT enumtypid::regtype::text, enumtypid::regtype::text,
    string_agg(enumlabel, ',' ORDER BY enumsortorder)
  FROM pg_enum GROUP BY enumtypid
"""

Line = tuple[str, str, str]  # whose, name, SQL


@dataclass
class Server:
    url: str
    runner: asyncio.Runner
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def database(self, sql: str = "") -> str:
        """The URL of a new database."""
        name = f"adopt_{next(self.numbers)}"
        self.execute(self.url, f"CREATE DATABASE {name}")
        url = self.url.replace("/postgres?", f"/{name}?")
        if sql:
            self.execute(url, sql)
        return url

    def execute(self, url: str, sql: str) -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(url)
            await connection.execute(sql)
            await connection.close()

        self.runner.run(execute())

    def fetch(self, url: str, sql: str) -> list[asyncpg.Record]:
        async def fetch() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(url)
            rows: list[asyncpg.Record] = await connection.fetch(sql)
            await connection.close()
            return rows

        return self.runner.run(fetch())

    def catalogue(self, url: str) -> set[Line]:
        rows = self.fetch(url, CATALOGUE)
        return {(it["whose"], it["name"], it["sql"]) for it in rows}


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m hooks.adopt …`, as users call it."""
    python = [sys.executable, "-m", "hooks.adopt", *arguments]
    return subprocess.run(python, cwd=ROOT, env=CLEAN, capture_output=True, text=True)


def adopt(url: str) -> str:
    done = command(url)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout


def put_revision(project: Path, answers: dict[str, Any]) -> None:
    """The first revision of `answers` instead of the project's own; much faster than all of it."""
    folder = Path("migrations", "versions")
    text = (ROOT / "template" / folder / "0001_initial.py.jinja").read_text()
    made = environment().from_string(text).render(**context(load(answers), "3.11"))
    write_python({project / folder / "0001_initial.py": made})


def comments(text: str) -> str:
    lines = re.findall(r"^ *# +(.*)$", text, re.MULTILINE)
    return " ".join(lines)
