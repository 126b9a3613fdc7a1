"""The rows of all servers: `fill ROWS` once, then `clean` or `settle` between servers."""

import asyncio
import os
import sys

import asyncpg

USERS = """INSERT INTO users (id, username, email, balance)
    SELECT i, 'user' || i, 'user' || i || '@example.org', 100 FROM generate_series(1, 1000) i"""
# 1,000 users have 1,000 items each, of which one in 8 is what the filtered list asks for.
ITEMS = """INSERT INTO items (id, name, description, price, stock, active, user_id)
    SELECT i, 'Item ' || i, 'What there is to say about item ' || i, i * 7919 % 99991 / 100.0,
           i / 1000 % 4, i / 1000 % 8 < 7, 1 + i % 1000 FROM generate_series(1, $1::bigint) i"""
BUSY = """SELECT count(*) FROM pg_stat_activity
    WHERE state = 'active' AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
NEXT = "SELECT setval(pg_get_serial_sequence('items', 'id'), $1)"


async def fill(connection: asyncpg.Connection, rows: int) -> None:
    print(await connection.fetchval("SHOW server_version"))
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM users)"):
        await connection.execute(USERS)
    stored = await connection.fetchval("SELECT count(*) FROM items WHERE id <= $1", rows)
    if stored == rows:
        return
    if stored:
        sys.exit(f"This database holds {stored:,} items, not {rows:,}: use another folder")
    await connection.execute(ITEMS, rows)
    await connection.execute(NEXT, rows)
    await connection.execute("VACUUM ANALYZE")


async def clean(connection: asyncpg.Connection, rows: int) -> None:
    """As it was: what was created is gone, and no dead row slows the next server."""
    await connection.execute("DELETE FROM items WHERE id > $1", rows)
    await connection.execute("VACUUM ANALYZE items")


async def settle(connection: asyncpg.Connection, rows: int) -> None:
    """Nothing that one server has asked for runs any more when the next is measured."""
    while await connection.fetchval(BUSY):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def main(task: str, rows: int) -> None:
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    try:
        await {"fill": fill, "clean": clean, "settle": settle}[task](connection, rows)
    finally:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
