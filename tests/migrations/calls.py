"""Calls functions of `migrations.dependents` on databases.

Started with the service's Python and the folder that `migrations` is in: a call a line on standard
input, as JSON, and what it returns, or its error, on standard output.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from importlib import import_module
from typing import Any

pool = import_module("sqlalchemy.pool")
engines = import_module("sqlalchemy.ext.asyncio")


async def call(url: str, name: str, arguments: dict[str, Any]) -> Any:
    called = getattr(import_module("migrations.dependents"), name)
    url = url.replace("postgresql:", "postgresql+asyncpg:")
    engine = engines.create_async_engine(url, poolclass=pool.NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        made = await connection.run_sync(called, **arguments)
    return dataclasses.asdict(made) if hasattr(made, "before") else made


sys.path.insert(0, sys.argv[1])
for line in sys.stdin:
    try:
        answer = {"made": asyncio.run(call(*json.loads(line)))}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
