"""Calls functions of a service's migrations on databases.

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

from sqlalchemy import pool
from sqlalchemy.ext.asyncio import create_async_engine


async def call(url: str, name: str, arguments: dict[str, Any]) -> Any:
    module, _, function = name.rpartition(".")
    called = getattr(import_module(f"migrations.{module}"), function)
    url = url.replace("postgresql:", "postgresql+asyncpg:")
    engine = create_async_engine(url, poolclass=pool.NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        made = await connection.run_sync(called, **arguments)
    return dataclasses.asdict(made) if dataclasses.is_dataclass(made) else made


sys.path.insert(0, sys.argv[1])
for line in sys.stdin:
    try:
        answer = {"made": asyncio.run(call(*json.loads(line)))}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
