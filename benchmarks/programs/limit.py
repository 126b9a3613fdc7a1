"""The limit: what the work costs with nothing around it.

A bare ASGI application, asyncpg's pool, orjson and SQL written by hand. It checks
nothing, so it is no service; it is what a service is measured by. Its answers are, byte
for byte, about what the rendered service's are.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import asyncpg
import orjson

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

COLUMNS = """id, name, description, price::text, stock, active, user_id, created_at, updated_at"""
GET = f"SELECT {COLUMNS} FROM items WHERE id = $1"
LIST = f"SELECT {COLUMNS} FROM items WHERE id > $1 ORDER BY id LIMIT $2"
FILTER = f"""SELECT {COLUMNS} FROM items WHERE user_id = $1 AND active = $2 AND stock = $3
    ORDER BY items.price DESC, id DESC LIMIT $4"""
CREATE = f"""INSERT INTO items (name, description, price, stock, active, user_id)
    VALUES ($1, $2, $3, $4, $5, $6) RETURNING {COLUMNS}"""
UPDATE = f"""UPDATE items SET description = $2, updated_at = now() WHERE id = $1
    RETURNING {COLUMNS}"""
FIELDS = ("name", "description", "price", "stock", "active", "user_id")

pool: "asyncpg.Pool[asyncpg.Record]"


def values(item: dict[str, Any]) -> tuple[Any, ...]:
    return (
        item["name"],
        item["description"],
        Decimal(item["price"]),
        item["stock"],
        item["active"],
        item["user_id"],
    )


async def leave_it(_: asyncpg.Connection) -> None:
    """Nothing here changes a connection, and a reset at each release is a round trip."""


async def lifespan(receive: Receive, send: Send) -> None:
    global pool
    await receive()
    pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=20, max_size=20, reset=leave_it
    )
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await pool.close()
    await send({"type": "lifespan.shutdown.complete"})


async def body(receive: Receive) -> Any:
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    return orjson.loads(content)


async def answer(send: Send, status: int, content: Any) -> None:
    data = orjson.dumps(content)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(data)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def page(query: dict[str, str]) -> dict[str, Any]:
    limit = int(query["limit"])
    if "user_id" in query:
        rows = await pool.fetch(
            FILTER,
            int(query["user_id"]),
            query["active"] == "true",
            int(query["stock"]),
            limit + 1,
        )
    else:
        rows = await pool.fetch(LIST, int(query.get("cursor", 0)), limit + 1)
    items = [dict(row) for row in rows[:limit]]
    more = len(rows) > limit
    return {"items": items, "next_cursor": str(items[-1]["id"]) if more else None}


async def app(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    path, method = scope["path"], scope["method"]
    if method == "GET":
        if path == "/items":
            query = dict(parse_qsl(scope["query_string"].decode()))
            return await answer(send, 200, await page(query))
        row = await pool.fetchrow(GET, int(path[7:]))
        return await answer(send, 200 if row else 404, row and dict(row))
    data = await body(receive)
    if method == "PATCH":
        row = await pool.fetchrow(UPDATE, int(path[7:]), data["description"])
        return await answer(send, 200 if row else 404, row and dict(row))
    if path == "/items":
        row = await pool.fetchrow(CREATE, *values(data))
        assert row
        return await answer(send, 201, dict(row))
    async with pool.acquire() as connection:
        records = [values(item) for item in data]
        await connection.copy_records_to_table("items", records=records, columns=FIELDS)
    return await answer(send, 201, {"created": len(data)})
