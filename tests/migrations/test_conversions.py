"""Which types lead to which, as PostgreSQL tells by trying."""

from __future__ import annotations

import json
from typing import Any

from tests.adopt.support import Server
from tests.migrations.support import Service

PROBE = """
TYPES = "CREATE TYPE a AS ENUM ('x', 'it''s'); CREATE TYPE b AS ENUM ('it''s')"
TYPES += "; CREATE TYPE c AS ENUM ('z')"
import asyncio, json, os
import asyncpg
from tools.migration.conversions import reachable

async def main():
    db = await asyncpg.connect(os.environ["DATABASE_URL"])
    await db.execute(TYPES)
    async with db.transaction():
        print(json.dumps([await reachable(db, *it) for it in json.loads(PAIRS)]))

asyncio.run(main())
"""
REACHABLE: dict[tuple[str, str], bool] = {
    ("integer", "bigint"): True,
    ("text", "bigint"): True,
    ("bigint", "text"): True,
    ("bigint", "boolean"): True,  # through text: '1'
    ("json", "date"): True,  # 20200101
    ("json", "numeric(8,2)"): True,
    ("bytea", "uuid"): False,  # written as \\x…
    ("cidr", "macaddr"): False,
    ("a", "b"): True,
    ("a", "character varying(3)"): True,
    ("a[]", "b[]"): True,
    ("a", "c"): False,
    ("a", "bigint"): False,
    ("uuid", "bigint"): False,
    ("bigint", "uuid"): False,
    ("uuid", "timestamp with time zone"): False,
    ("uuid", "jsonb"): False,
    ("boolean", "date"): False,
    ("date", "integer"): False,
    ("inet", "boolean"): False,
    ("interval", "uuid"): False,
    ("int4range", "integer"): False,
    ("integer[]", "integer"): False,
    ("integer", "integer[]"): False,
    ("text[]", "integer[]"): True,
}


def test_what_leads_to_what(service: Service, server: Server) -> None:
    probe = service.project / "probe.py"
    probe.write_text(f"PAIRS = {json.dumps([*REACHABLE])!r}\n{PROBE}")
    printed = service.forge.run(service.project, server.database(), "probe")
    found: list[Any] = json.loads(printed)
    assert dict(zip(REACHABLE, found, strict=True)) == REACHABLE
    probe.unlink()
