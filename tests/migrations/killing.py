"""Runs Alembic, and kills it at one of the statements that it sends.

`killing AT WAY POSTMASTER …` kills before the statement that is number AT, or in the middle of it
where AT ends with "m"; in WAY: this process, its backend, or the whole server. Without AT it
counts: what it sends are the last lines that it prints. Whatever only reads is no point to die at.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import threading
from importlib import import_module
from typing import Any

import asyncpg

sa: Any = import_module("sqlalchemy")  # the service's, as Alembic is
READS = re.compile(r"\s*(SET|SHOW|SELECT(?!.*\bsetval\b))\b", re.DOTALL)
MARK = "sent: "
# What a client's own transaction holds: the last row, and the lock of a writer.
HOLD = """
DO $$ BEGIN
    LOCK TABLE items IN ROW EXCLUSIVE MODE NOWAIT;
    PERFORM FROM items WHERE id = (SELECT max(id) FROM items) FOR UPDATE NOWAIT;
END $$
"""


class Killer:
    def __init__(self, at: str, way: str, postmaster: str) -> None:
        self.way, self.postmaster = way, int(postmaster)
        self.middle = at.endswith("m")
        self.at = int(at.rstrip("m")) if at else None
        self.sent: list[str] = []
        self.changed = False
        self.returned = threading.Event()

    def before(self, connection: Any, _: object, sql: str, *__: object) -> None:
        if not READS.match(sql):
            self.changed = True
            self.point(connection, sql)

    def commit(self, connection: Any) -> None:
        if self.changed:
            self.changed = False
            self.point(connection, "COMMIT")

    def after(self, *_: object) -> None:
        self.returned.set()

    def point(self, connection: Any, sql: str) -> None:
        number = len(self.sent)
        self.sent.append(" ".join(sql.split())[:70])
        if number != self.at:
            return
        pid = connection.connection.driver_connection.get_server_pid()
        self.returned.clear()
        if not self.middle:
            in_a_thread(self.kill(pid)).join()
            return
        ready = threading.Event()
        in_a_thread(self.kill_waiting(pid, ready))
        ready.wait()

    async def kill_waiting(self, pid: int, ready: threading.Event) -> None:
        """Once it waits for what is held here; nothing where it never does."""
        db = await asyncpg.connect(os.environ["DATABASE_URL"])
        other = await asyncpg.connect(os.environ["DATABASE_URL"])
        await db.execute("BEGIN")
        try:
            await db.execute(HOLD)
        except asyncpg.LockNotAvailableError:
            self.returned.set()
        ready.set()
        sql = "SELECT wait_event_type FROM pg_stat_activity WHERE pid = $1"
        while not self.returned.is_set():
            if await other.fetchval(sql, pid) == "Lock":
                await self.kill(pid)
                break
        await asyncio.gather(db.close(), other.close(), return_exceptions=True)

    async def kill(self, pid: int) -> None:
        if self.way == "process":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.way == "server":
            os.kill(self.postmaster, signal.SIGQUIT)
            while is_there(self.postmaster):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        else:
            db = await asyncpg.connect(os.environ["DATABASE_URL"])
            await db.fetchval("SELECT pg_terminate_backend($1, 60000)", pid)
            await db.close()


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def in_a_thread(work: Any) -> threading.Thread:
    thread = threading.Thread(target=asyncio.run, args=[work], daemon=True)
    thread.start()
    return thread


if __name__ == "__main__":
    killer = Killer(*sys.argv[1:4])
    sa.event.listen(sa.Engine, "before_cursor_execute", killer.before)
    sa.event.listen(sa.Engine, "after_cursor_execute", killer.after)
    sa.event.listen(sa.Engine, "commit", killer.commit)
    try:
        import_module("alembic.config").main(sys.argv[4:])
    finally:
        print(*(MARK + it for it in killer.sent), sep="\n")
