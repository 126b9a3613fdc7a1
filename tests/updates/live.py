"""Projects that live on: the rows of a filled database through a change, and all checks after."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from tests.adopt.support import Server
from tests.migrations.support import PLAIN, Forge
from tests.support import run

Rows = dict[str, list[dict[str, Any]]]  # by table

TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
"""
FILL = """
INSERT INTO users (id, username, email, balance)
SELECT gen_random_uuid(), 'user ' || n, 'user' || n || '@example.org', n
FROM generate_series(1, 50) n;
INSERT INTO tags (id, name) SELECT gen_random_uuid(), 'tag ' || n FROM generate_series(1, 50) n;
INSERT INTO languages (code, name)
SELECT 'l' || chr(96 + n), 'language ' || n FROM generate_series(1, 20) n;
INSERT INTO items (id, name, description, price, state, owner_id)
SELECT gen_random_uuid(), u.username || n, NULLIF('text ' || n, 'text 1'), n, 'new', u.id
FROM users u, generate_series(1, 4) n;
INSERT INTO item_tags (item_id, tag_id)
SELECT i.id, t.id FROM items i, tags t WHERE t.name LIKE '%7';
INSERT INTO transfers (id, source_id, target_id, amount, request_id)
SELECT gen_random_uuid(), a.id, b.id, 1, gen_random_uuid() FROM users a, users b
WHERE a.balance < b.balance AND a.balance < 4;
"""
# Where a change takes rows and columns to; None is: they go.
MOVES: dict[str, dict[str, str | None]] = {
    "drop_a_field": {"items.description": None},
    "drop_a_model": {"transfers": None},
    "drop_a_relation": {"item_tags": None},
    "drop_an_enum": {"items.state": None},
    "rename_a_field": {"items.price": "items.cost"},
    "rename_a_key": {"languages.code": "languages.tag"},
    "rename_a_model": {
        "items": "articles",
        "item_tags": "article_tags",
        "item_tags.item_id": "article_tags.article_id",
    },
    "rename_a_relation": {"items.owner_id": "items.holder_id"},
}
# What an owner writes in a migration's place for it: how a null becomes a value.
FILLED = {"require_a_field": ('backfill("items", "description", "NULL"', "'none'")}
# Whoever lays code out in another way lays out anew what an update brings.
FORM = {"longer_lines", "other_quotes"}


class Live:
    def __init__(self, server: Server, forge: Forge, programs: Path, cache: Path) -> None:
        self.server, self.forge, self.programs, self.cache = server, forge, programs, cache

    def begin(self, project: Path) -> tuple[str, Rows]:
        """A database with the owner's own changes, filled; its URL and its rows."""
        self.forge.write(project, self.server, "ours")
        url = self.server.database()
        self.forge.run(project, url, "alembic", "upgrade", "head")
        self.server.execute(url, FILL)
        return url, self.rows(url)

    def end(
        self, project: Path, edits: Iterable[str], change: str, url: str, rows: Rows
    ) -> list[str]:
        """What isn't right after the change."""
        if FORM & set(edits):
            run(project, "ruff", "format", "--quiet", path=self.programs, variables=PLAIN)
        _, path = self.forge.write(project, self.server, change)
        if path:
            text = path.read_text().replace("destructive = False", "destructive = True")
            if change in FILLED:
                place, value = FILLED[change]
                assert place in text, text
                text = text.replace(place, place.replace("NULL", value))
            path.write_text(text)
        problems = []
        try:
            self.forge.run(project, url, "alembic", "upgrade", "head")
        except AssertionError as error:
            problems.append(f"migration: {error}")
        else:
            problems += lost(rows, self.rows(url), MOVES.get(change, {}))
        return [*problems, *self.checks(project)]

    def rows(self, url: str) -> Rows:
        found = {}
        for (table,) in self.server.fetch(url, TABLES):
            texts = self.server.fetch(url, f"SELECT to_jsonb(t)::text FROM {table} t")
            found[table] = [json.loads(it) for (it,) in texts]
        return found

    def checks(self, project: Path) -> list[str]:
        """What the project's suite, ruff and mypy don't like."""
        check = partial(run, project, path=self.programs, variables=PLAIN)
        told = []
        for work in (
            partial(self.forge.run, project, self.server.url, "pytest", "-q", "-n", "0"),
            partial(check, "ruff", "check", "--quiet", "--output-format", "concise"),
            partial(check, "ruff", "format", "--check", "--quiet"),
            partial(check, "mypy", "--no-error-summary", "--cache-dir", self.cache),
        ):
            try:
                work()
            except AssertionError as error:
                told.append(str(error))
        return told


def lost(before: Rows, after: Rows, moves: dict[str, str | None]) -> list[str]:
    """Tables that have other rows than they had, as far as their columns go on."""
    problems = []
    for table, rows in before.items():
        there = moves.get(table, table)
        if there is None:
            continue
        columns = {
            name: moves.get(f"{table}.{name}", f"{there}.{name}") for name in (rows or [{}])[0]
        }
        kept = {was: it.partition(".")[2] for was, it in columns.items() if it is not None}
        were = [{name: row[was] for was, name in kept.items()} for row in rows]
        are = [{name: row.get(name) for name in kept.values()} for row in after.get(there, [])]
        if difference := unmatched(were, are):
            problems.append(f"{table}: {len(were)} rows were, {len(are)} are, such as {difference}")
    return problems


def unmatched(were: list[dict[str, Any]], are: list[dict[str, Any]]) -> str:
    """A row that is only on one side; a value where there was none before is no difference."""
    if len(were) != len(are):
        return "their number"
    keys = sorted(were[0]) if were else []
    full = [it for it in keys if all(row[it] is not None for row in were)]

    def order(row: dict[str, Any]) -> str:
        return json.dumps([row[it] for it in full])

    for one, other in zip(sorted(were, key=order), sorted(are, key=order), strict=True):
        if any(value is not None and other[name] != value for name, value in one.items()):
            return f"{one} and {other}"
    return ""
