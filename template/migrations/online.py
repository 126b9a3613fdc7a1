"""What migrations do while others read and write: steps, each of which stands at once.

No step waits long for a lock, because others queue behind it: env.py tries it again.
What is done is noted: a second run goes on behind it.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alembic import op
from alembic.util import CommandError

from migrations import dependents
from migrations.copies import (
    alike,
    backfill,
    filler,
    let_go,
    mirror,
    mirrored,
    over,
    prove,
)
from migrations.locks import left, lock, run_locked
from migrations.names import COLUMNS, FUNCTIONS, NAME, beside
from migrations.steps import (
    PATIENCE,
    WAIT,
    alone,
    commit,
    execute,
    fetch,
    note,
    notes,
    offline,
    set_wait,
    to_do,
)

__all__ = [
    "autocommit",
    "backfill",
    "filler",
    "mirror",
    "mirrored",
    "prove",
    "released",
    "survey",
    "transaction",
]

BASE = "base"
RUN: set[str] = set()  # the revisions of this process
log = logging.getLogger("alembic")
DECIDED: set[str] = set()  # what the revision itself makes, or decides
SWAPPED = re.compile(rf"ALTER TABLE (\S+) RENAME COLUMN {NAME} TO {NAME}")
NAMED = re.compile(r"(?:ADD CONSTRAINT|DROP CONSTRAINT|DROP INDEX|RENAME TO) (\S+)")
LOCKING = re.compile(r" (ADD|VALIDATE) CONSTRAINT ")
TYPES = re.compile(r"ALTER TYPE (\S+_new\S*) RENAME TO (\S+)")


def survey(
    *,
    fills: Sequence[str] = (),
    replaces: Mapping[str, Sequence[str]] | None = None,
    drops: Sequence[str] = (),
    alters: Sequence[str] = (),
    builds: Sequence[str] = (),
    makes: Sequence[str] = (),
) -> None:
    """Look what hangs in this very database on what the revision is about to touch.

    `fills` are columns, `replaces` those that a copy takes the place of, with what the
    revision decides about them, `alters` those that change where they are, `builds` and
    `makes` the indexes and constraints that it makes. Raises CommandError, before the
    first step, where something would be lost.
    """
    DECIDED.clear()
    DECIDED.update(makes, *(replaces or {}).values())
    if offline() or notes():
        return
    touched: dict[str, Any] = {
        "fills": fills,
        "replaces": dict.fromkeys(replaces or {}, makes),
        "drops": drops,
        "alters": alters,
    }
    with alone():
        db = op.get_bind()
        lines = [*dependents.survey(db, **touched, builds=builds, makes=makes)]
        lines += [line for sql in builds for line in in_the_way(sql)]
        if lines:
            raise CommandError("\n".join(["Nothing is changed:", *lines]))
        for line in dependents.warnings(db, **touched):
            log.info(line)


def in_the_way(sql: str) -> Iterator[str]:
    """What has the name of an index that is about to be built, and isn't that index."""
    query = """
        SELECT relkind IN ('i', 'I') AS index, indisvalid AS valid,
            pg_get_indexdef(c.oid, 0, true) AS made
        FROM pg_class c LEFT JOIN pg_index ON indexrelid = c.oid
        WHERE c.oid = to_regclass($1::text)
    """
    (name, table) = re.findall(r"INDEX CONCURRENTLY (\S+) ON (\S+)", sql)[0]
    if name in DECIDED:
        return  # what has it now goes before
    for it in fetch(query, beside(table, name)):
        made = (it.made or "").replace(" USING btree ", " ")
        if not it.index or (it.valid and made != sql.replace(" CONCURRENTLY", "")):
            yield f"{beside(table, name)} has the name of an index to come: rename it."


def transaction(*statements: str) -> None:
    """All or none, in a transaction of their own: what went before is committed.

    A column that was copied can go only while the copy is proved. What others hung on
    it, or on an index that is made anew, is carried over.
    """
    if mark := to_do(statements):
        statements = carried(statements)
        commit()
        text = "\n".join(statements)
        dropped = COLUMNS.findall(text)
        end = lock(*statements)
        for table, column in dropped:
            set_wait(left(end), "SET LOCAL")
            let_go(table, column)
        for table, copy, column in SWAPPED.findall(text):
            if (table, column) in dropped:
                # Where the copy isn't made from the column, it wouldn't go with that.
                proof = alike(table, copy)
                execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {proof}")
        for sql in statements:
            set_wait(left(end), "SET LOCAL")
            execute(sql)
        note(mark, *map(over, FUNCTIONS.findall(text)))


def carried(statements: tuple[str, ...]) -> tuple[str, ...]:
    """With what carries over what the models don't know."""
    if offline():
        return statements
    text = "\n".join(statements)
    swaps: dict[str, dict[str, str]] = {}
    for table, copy, column in SWAPPED.findall(text):
        if (table, column) in COLUMNS.findall(text):
            swaps.setdefault(table, {})[column] = copy
    before: list[str] = []
    after: list[str] = []
    with alone():
        db = op.get_bind()
        names = DECIDED | {*NAMED.findall(text)}
        for table, copies in swaps.items():
            made = dependents.carry(db, table, copies, names, run=run_alone)
            before += made.before
            after += made.after
        for old, new in indexes_made_anew(text):
            if fetch("SELECT to_regclass($1::text)", old)[0][0]:
                after += dependents.carry_index(db, old, new)
        for new, last in TYPES.findall(text):
            old = beside(new, last)
            after += dependents.carry_type(db, old, new)
    place = next((n for n, it in enumerate(statements) if COLUMNS.search(it)), 0)
    return (*statements[:place], *before, *statements[place:], *after)


def run_alone(sql: str) -> None:
    """In autocommit."""
    if LOCKING.search(sql):
        run_locked(sql)
        return
    # Whoever comes after these doesn't wait for them.
    patience = {"CONCURRENTLY": 0, "UPDATE EXCLUSIVE": PATIENCE}
    wait = next((it for words, it in patience.items() if f" {words} " in sql), WAIT)
    set_wait(wait, "SET")
    execute(sql)


def indexes_made_anew(text: str) -> Iterator[tuple[str, str]]:
    """Those that go, each with the one that takes its name."""
    for new, name in re.findall(r"ALTER INDEX (\S+) RENAME TO (\S+)", text):
        yield beside(new, name), new
    using = r"ALTER TABLE (\S+) ADD CONSTRAINT (\S+) [A-Z ]+ USING INDEX (\S+)"
    for table, name, new in re.findall(using, text):
        if new != name:
            yield beside(table, name), beside(table, new)


def autocommit(*statements: str) -> None:
    """Each by itself, and all of them again where one fails."""
    if mark := to_do(statements):
        with alone():
            for sql in (one for it in statements for one in built(it)):
                run_alone(sql)
            set_wait(WAIT, "SET")
            note(mark)


def built(sql: str) -> list[str]:
    """An index of a partitioned table is built for each partition, then put together."""
    if " INDEX CONCURRENTLY " not in sql or offline():
        return [sql]
    if sql.startswith("DROP "):
        name = sql.rpartition(" ")[2]
        parted = "SELECT 1 FROM pg_class WHERE oid = to_regclass($1) AND relkind = 'I'"
        return [] if fetch(parted, name) else [sql]
    return dependents.index_statements(op.get_bind(), sql)


def released(*revisions: str) -> None:
    """Raises CommandError where these were run just now, on a database in use.

    The version before still runs then, and needs what is about to end.
    """
    if not offline() and BASE not in RUN and (new := RUN & {*revisions}):
        raise CommandError(
            f"{', '.join(sorted(new))} was run just now, and this ends what the version"
            " before it needs. Once none of its processes run, run the same command"
            " again."
        )


def forget(*, step: Any, **_: Any) -> None:
    """Where a revision is complete: its notes go, and what filled for it alone."""
    if step.is_upgrade:
        RUN.update({step.up_revision_id, *(() if step.down_revision_ids else (BASE,))})
    if not offline():
        passing = [it[8:] for it in notes() if it.startswith("passing:")]
        proofs = """
            SELECT conrelid::regclass::text, quote_ident(conname)
            FROM pg_constraint JOIN pg_proc p ON p.oid = $1::text::oid
            WHERE starts_with(conname, 'zz_alike_')
                AND right(conname, 8) = right(proname, 8) AND coninhcount = 0
        """
        gone = "SELECT oid::regprocedure::text FROM pg_proc WHERE oid = $1::text::oid"
        statements: list[str] = []
        for oid in passing:
            for (name,) in fetch(gone, oid):
                for table, check in fetch(proofs, oid):
                    statements.append(f"ALTER TABLE {table} DROP CONSTRAINT {check}")
                statements.append(f"DROP FUNCTION IF EXISTS {name} CASCADE")
        lock(*statements)
        for sql in statements:
            execute(sql)
        execute("COMMENT ON TABLE alembic_version IS NULL")
