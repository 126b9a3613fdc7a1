"""What a migration says while it takes long: how far it is, and whom it waits for."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

EVERY = 2.0  # seconds
log = logging.getLogger("alembic")
BLOCKERS = sa.text("""
    SELECT pid, application_name AS app, state, left(query, 80) AS query,
        extract(epoch FROM now() - xact_start)::int AS age
    FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids(:pid))
""")
BUILDING = sa.text("""
    SELECT phase, index_relid::regclass AS index,
        greatest(blocks_done, tuples_done) AS done,
        greatest(blocks_total, tuples_total) AS whole
    FROM pg_stat_progress_create_index WHERE pid = :pid
""")
CHECKING = sa.text("""
    SELECT left(query, 80) AS query,
        extract(epoch FROM now() - query_start)::int AS age
    FROM pg_stat_activity
    WHERE pid = :pid AND state = 'active' AND query LIKE '% VALIDATE CONSTRAINT %'
""")


async def watch(engine: AsyncEngine, pid: int) -> None:
    """Tell of the backend `pid`, by a connection of its own, until it is cancelled."""
    with suppress(sa.exc.SQLAlchemyError, OSError):  # where there is no room for one
        async with engine.connect() as db:
            db = await db.execution_options(isolation_level="AUTOCOMMIT")
            while True:
                await asyncio.sleep(EVERY)
                for it in await db.execute(BLOCKERS, {"pid": pid}):
                    who = f"{it.app or 'process'} {it.pid} ({it.state})"
                    log.info("Waiting %s s for %s: %s", it.age, who, it.query.strip())
                for it in await db.execute(BUILDING, {"pid": pid}):
                    log.info("%s %s: %s of %s", it.phase, it.index, it.done, it.whole)
                for it in await db.execute(CHECKING, {"pid": pid}):
                    log.info("Since %s s: %s", it.age, it.query.strip())


def tell(_: Any, message: Any) -> None:
    """Passes on what a step says of itself."""
    if message.severity_en == "NOTICE" and message.message.startswith("Filled "):
        log.info(message.message)
