"""What migrations do while others read and write: steps, each of which stands at once.

No step waits long for a lock, because others queue behind it: env.py tries it again.
What is done is noted: a second run goes on behind it.
"""

import re
import time
from typing import Any

from alembic.util import CommandError

from migrations.copies import (
    backfill,
    filler,
    let_go,
    mirror,
    mirrored,
    over,
    prove,
)
from migrations.steps import (
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
    "transaction",
]

FILLERS = re.compile(r"DROP FUNCTION IF EXISTS (\S+) CASCADE")
BASE = "base"
RUN: set[str] = set()  # the revisions of this process
DROPPED = re.compile(r'ALTER TABLE (\S+) DROP COLUMN ("[^"]+"|\w+)')


def transaction(*statements: str) -> None:
    """All or none, in a transaction of their own: what went before is committed.

    A column that was copied can go only while the copy is proved.
    """
    if mark := to_do(statements):
        commit()
        for table, column in DROPPED.findall("\n".join(statements)):
            set_wait(WAIT, "SET LOCAL")
            let_go(table, column)
        end = time.monotonic() + WAIT  # for all of their locks together
        for sql in statements:
            set_wait(max(end - time.monotonic(), WAIT / 10), "SET LOCAL")
            execute(sql)
        note(mark, *(over(it) for it in FILLERS.findall(" ".join(statements))))


def autocommit(*statements: str) -> None:
    """Each by itself, and all of them again where one fails."""
    if mark := to_do(statements):
        with alone():
            for sql in statements:
                # Whoever comes after CONCURRENTLY doesn't wait for it.
                set_wait(0 if " CONCURRENTLY " in sql else WAIT, "SET")
                execute(sql)
            set_wait(WAIT, "SET")
            note(mark)


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
        gone = "SELECT oid::regprocedure::text FROM pg_proc WHERE oid = $1::text::oid"
        for oid in passing:
            for (name,) in fetch(gone, oid):
                execute(f"DROP FUNCTION {name} CASCADE")
        execute("COMMENT ON TABLE alembic_version IS NULL")
