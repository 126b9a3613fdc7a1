"""The locks of a step, taken before its first statement.

A writer holds its own table while it asks for those that foreign keys lead to. Where a
step had one of these already, they would wait for each other, again at each try: so it
takes tables that refer to others first. Before, it takes from each table a lock that
writers don't notice, and for which PostgreSQL ends an autovacuum.
"""

import re
import time
from collections.abc import Iterable
from contextlib import suppress

import sqlalchemy as sa

from migrations.names import FUNCTIONS, IDENT, NAME, tables_dropped
from migrations.steps import PATIENCE, WAIT, execute, fetch, offline, set_wait

# From the one that no writer notices to the one that all wait for.
MODES = ("SHARE UPDATE EXCLUSIVE", "SHARE ROW EXCLUSIVE", "ACCESS EXCLUSIVE")
QUIET, SHARED, EXCLUSIVE = range(3)
OF = rf"(?:IF EXISTS )?(?:ONLY )?({IDENT}(?:\.{IDENT})?)"
FOREIGN = rf"ADD (?:CONSTRAINT {IDENT} )?FOREIGN\b"
UNNOTICED = r"(?:VALIDATE|ATTACH|(?:RE)?SET \()"  # while others write
# What statements name, and how they lock that, or the table of that index. What isn't
# here locks nothing, or nothing that anybody waits for.
KINDS = [
    (rf"^ANALYZE {OF}", QUIET),
    (rf"^ALTER TABLE {OF} {UNNOTICED}", QUIET),
    (rf"^ALTER TABLE {OF} {FOREIGN}", SHARED),
    (rf"^ALTER TABLE {OF} (?!{UNNOTICED}|{FOREIGN})", EXCLUSIVE),
    (rf"^DROP INDEX {OF}", EXCLUSIVE),
    (rf"^CREATE (?:UNIQUE )?INDEX .*? ON {OF}", SHARED),
    (rf"^DROP TRIGGER .*? ON {OF}", EXCLUSIVE),
    (rf"^CREATE [A-Z ]*TRIGGER .*? ON {OF}", SHARED),
    (rf"\bREFERENCES {OF}", SHARED),
]
# Columns and constraints whose foreign keys go, or are made anew.
TOUCHED = re.compile(
    rf"DROP (?:CONSTRAINT|COLUMN) (?:IF EXISTS )?{NAME}|COLUMN {NAME} TYPE "
)
TABLES = """
WITH given AS (
    SELECT coalesce(indrelid, to_regclass(name)::oid) AS id, max(mode) AS mode
    FROM unnest($1::text[], $2::int[]) AS it (name, mode)
    LEFT JOIN pg_index ON indexrelid = to_regclass(name)
    GROUP BY 1
    UNION ALL
    SELECT tgrelid, 2 FROM pg_trigger
    WHERE tgfoid IN (SELECT to_regproc(name) FROM unnest($3::text[]) AS it (name))
), touched AS (
    SELECT conrelid, confrelid
    FROM pg_constraint JOIN given ON mode = 2 AND id IN (conrelid, confrelid)
    WHERE contype = 'f' AND (
        quote_ident(conname) = ANY ($4::text[])
        OR id IN (SELECT to_regclass(name) FROM unnest($5::text[]) AS it (name))
        OR EXISTS (
            SELECT FROM pg_attribute WHERE quote_ident(attname) = ANY ($4::text[])
            AND (attrelid = conrelid AND attnum = ANY (conkey)
                OR attrelid = confrelid AND attnum = ANY (confkey))
        )
    )
), locked AS (
    SELECT * FROM given
    UNION ALL SELECT conrelid, 2 FROM touched
    UNION ALL SELECT confrelid, 2 FROM touched
)
SELECT id::regclass::text AS name, max(mode) AS mode
FROM locked JOIN pg_class ON oid = id
WHERE relkind IN ('r', 'p') AND has_table_privilege(id, 'UPDATE, DELETE, TRUNCATE')
GROUP BY 1
"""
REFERENCES = """
SELECT conrelid::regclass::text, confrelid::regclass::text
FROM pg_constraint WHERE contype = 'f' AND conparentid = 0
"""
# Those that weren't had in time: the next try begins with them.
LATE: list[str] = []


def lock(*statements: str) -> float:
    """Take all locks of `statements` on tables; until when there is time left for others.

    Raises DBAPIError where one of them isn't free in time.
    """
    wanted = modes(statements)
    tables = in_order(wanted)
    if tables:
        set_wait(PATIENCE, "SET LOCAL")
        execute(f"LOCK TABLE {', '.join(tables)} IN {MODES[QUIET]} MODE")
    end = time.monotonic() + WAIT  # for all of them together
    for table in (it for it in tables if wanted[it] > QUIET):
        set_wait(left(end), "SET LOCAL")
        try:
            execute(f"LOCK TABLE {table} IN {MODES[wanted[table]]} MODE")
        except sa.exc.DBAPIError:
            LATE[:] = [table, *(it for it in LATE if it != table)]
            raise
    return end


def left(end: float) -> float:
    return max(end - time.monotonic(), WAIT / 10)


def run_locked(sql: str) -> None:
    """In autocommit: with its locks first, in a transaction of its own."""
    if offline():
        execute(sql)
        return
    execute("BEGIN")
    try:
        set_wait(left(lock(sql)), "SET LOCAL")
        execute(sql)
    except sa.exc.DBAPIError:
        with suppress(sa.exc.SQLAlchemyError):  # the connection may be gone
            execute("ROLLBACK")
        raise
    execute("COMMIT")


def modes(statements: Iterable[str]) -> dict[str, int]:
    """The tables of this database, each with the strongest lock that it needs."""
    text = "\n".join(statements)
    dropped = [
        match[1]
        for it in tables_dropped(text)
        if (match := re.fullmatch(rf"{OF}(?: CASCADE)?", it))
    ]
    names = [(it, EXCLUSIVE) for it in dropped]
    names += [
        (name, mode)
        for pattern, mode in KINDS
        for name in re.findall(pattern, text, re.MULTILINE)
    ]
    found = fetch(
        TABLES,
        [name for name, _ in names],
        [mode for _, mode in names],
        [it.partition("(")[0] for it in FUNCTIONS.findall(text)],
        [one or other for one, other in TOUCHED.findall(text)],
        dropped,
    )
    return {it.name: it.mode for it in found}


def in_order(tables: Iterable[str]) -> list[str]:
    """What was late, then tables before those that they refer to, by name."""
    refers: dict[str, list[str]] = {}
    for table, other in fetch(REFERENCES):
        refers.setdefault(table, []).append(other)
    first: list[str] = []  # from the end
    seen: set[str] = set()

    def visit(table: str) -> None:
        if table not in seen:
            seen.add(table)
            for other in sorted(refers.get(table, ()), reverse=True):
                visit(other)
            first.append(table)

    wanted = sorted(tables, reverse=True)
    for table in wanted:
        visit(table)
    return [it for it in dict.fromkeys([*LATE, *reversed(first)]) if it in wanted]
