"""An export of any length takes no more memory, and nothing is left when its client leaves."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import asyncpg

from tests.drills.conftest import Start
from tests.drills.load import client_of, until_found
from tests.drills.service import Postgres
from tests.drills.test_faults import ACTIVE

ROWS = 100_000
FILL = f"""
INSERT INTO products (sku, title, price, vat, attributes)
SELECT 'SKU-' || n, repeat('title ', 20), n, 0.2, '{{}}' FROM generate_series(1, {ROWS}) AS n
"""


def peak(process: int) -> int:
    """The most memory that it ever had, in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    (line,) = (it for it in status.splitlines() if it.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def test_an_export_of_100_000_rows(postgres: Postgres, start: Start) -> None:
    async def drill(url: str, process: int) -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(FILL)
        async with client_of(url) as client:
            assert (await client.get("/products?limit=200")).status_code == 200
            before, size, lines = peak(process), 0, 0
            began = time.monotonic()
            async with client.stream("GET", "/products/export") as response:
                assert response.headers["content-type"] == "application/jsonl"
                async for chunk in response.aiter_bytes():
                    size += len(chunk)
                    lines += chunk.count(b"\n")
            whole = time.monotonic() - began
            assert lines == ROWS
            assert size > 33_000_000
            assert peak(process) - before < 25
            async with client.stream("GET", "/products/export") as response:
                async for _ in response.aiter_bytes():
                    break
            left = time.monotonic()
            await until_found(admin, ACTIVE, 0)
            assert time.monotonic() - left < whole / 3  # it isn't read to its end
            began = time.monotonic()
            head = await client.head("/products/export")
            await until_found(admin, ACTIVE, 0)
            assert time.monotonic() - began < whole / 3
            assert head.headers["content-type"] == "application/jsonl"
            assert (head.status_code, head.content) == (200, b"")
            assert (await client.get("/products")).status_code == 200
        await admin.close()

    with start() as service:
        asyncio.run(drill(service.url, service.process.pid))
