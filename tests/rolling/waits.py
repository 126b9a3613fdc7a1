"""How long backends of a service wait for one lock, sampled beside them."""

from __future__ import annotations

import asyncio
import threading
import time
from types import TracebackType

import asyncpg

PERIOD = 0.005  # seconds between two looks
# Whatever keeps the sampler from looking for longer than this keeps the service as well.
STALL = 4 * PERIOD
WAITING = """
SELECT pid, extract(epoch FROM waitstart)::text AS since, query, wait_event AS lock
FROM pg_stat_activity JOIN pg_locks USING (pid)
WHERE datname = current_database() AND application_name = $1
    AND wait_event_type = 'Lock' AND NOT granted AND waitstart IS NOT NULL
"""


class Waits:
    """`with Waits(url, service) as waits:` looks at the backends of `service`.

    A wait is as long as the sampler saw it, and a look counts for `STALL` at most: where the
    machine stands still, so does the clock. So what is measured doesn't depend on its speed.
    """

    def __init__(self, url: str, service: str) -> None:
        self.url, self.service = url, service
        self.longest, self.query = 0.0, ""
        self.looks = 0
        self.left = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.sample()))

    def __enter__(self) -> Waits:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, it: BaseException | None, at: TracebackType | None
    ) -> None:
        self.left.set()
        self.thread.join()
        print(f"{self.looks} looks; {self.longest:.3f} s at most: {self.query}")
        assert kind or self.looks

    async def sample(self) -> None:
        db = await asyncpg.connect(self.url)
        seen: dict[tuple[int, str], float] = {}
        last = time.monotonic()
        while not self.left.is_set():
            rows = await db.fetch(WAITING, self.service)
            now = time.monotonic()
            counted, last = min(now - last, STALL), now
            self.looks += 1
            seen = {
                (it["pid"], it["since"]): seen.get((it["pid"], it["since"]), 0.0) + counted
                for it in rows
            }
            for it in rows:
                if (length := seen[it["pid"], it["since"]]) > self.longest:
                    self.longest, self.query = length, f"{it['lock']}: {it['query']}"
            await asyncio.sleep(PERIOD)
        await db.close()
