"""What is asked of every server, and what a right answer looks like."""

import http.client
import json
import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

PAGE = 100
BULK = 1_000
# Few variants: every server gets the same ones, and its statements are prepared once.
VARIANTS = 1_000

TITLES = {
    "get": "GET one",
    "list": "list of 100",
    "create": "create",
    "patch": "patch (returns the row)",
    "bulk": "bulk create of 1,000",
    "deep": "page {depth:,} rows deep",
    "filter": "list with three filters and a sort",
}
WRITES = ("create", "patch", "bulk")
CONNECTIONS = {"bulk": 4}  # of 1,000 rows each; elsewhere as many as are asked for


@dataclass
class Interface:
    """How a server spells the requests."""

    items: str = "/items"
    patch: str = "PATCH"
    cursor: bool = False  # else skip and limit


def request(method: str, path: str, content: object = None) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n"
    if content is None:
        return f"{head}\r\n".encode()
    body = json.dumps(content).encode()
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def item(number: int) -> dict[str, Any]:
    return {
        "name": f"New item {number}",
        "description": f"What there is to say about new item {number}",
        "price": f"{number % 1000}.50",
        "stock": number % 4,
        "active": True,
        "user_id": 1 + number % 1000,
    }


def requests(operation: str, at: Interface, rows: int, cursor: str) -> list[bytes]:
    """The same for every server but for the spelling; `cursor` is for the deep page."""
    pick = random.Random(operation)
    keys = [pick.randint(1, rows) for _ in range(VARIANTS)]
    one = at.items.rstrip("/")

    def page(**query: str | int) -> bytes:
        return request("GET", f"{at.items}?{urlencode({'limit': PAGE} | query)}")

    match operation:
        case "get":
            return [request("GET", f"{one}/{key}") for key in keys]
        case "list":
            return [page()]
        case "create":
            return [request("POST", at.items, item(key)) for key in keys]
        case "patch":
            change = "Changed by request {}"
            return [
                request(at.patch, f"{one}/{key}", {"description": change.format(number)})
                for number, key in enumerate(keys)
            ]
        case "bulk":
            path = f"{one}/bulk{at.items.removeprefix(one)}"
            return [request("POST", path, [item(number) for number in range(BULK)])]
        case "deep":
            return [page(cursor=cursor) if at.cursor else page(skip=rows // 2)]
        case "filter":
            return [
                page(user_id=1 + key % 1000, active="true", stock=3, sort="-price") for key in keys
            ]
    raise ValueError(operation)


def ask(port: int, method: str, path: str, content: bytes | None = None) -> Any:
    """One answer, outside of any measurement."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, content, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    if response.status // 100 != 2:
        raise SystemExit(f"{method} {path[:200]}: {response.status} {text[:500]!r}")
    return json.loads(text)


def check(operation: str, port: int, sent: bytes) -> None:
    """Ends the run unless the first answer is what was asked for."""
    head, _, content = sent.partition(b"\r\n\r\n")
    method, path, _ = head.decode().split(" ", 2)
    answer = ask(port, method, path, content or None)
    values = answer if isinstance(answer, list) else list(answer.values())
    found = next((it for it in values if isinstance(it, list)), values)
    match operation:
        case "list" | "deep":
            right = len(found) == PAGE
        case "filter":
            prices = [float(it["price"]) for it in found]
            right = bool(found) and prices == sorted(prices, reverse=True)
            right = right and all(it["stock"] == 3 and it["active"] for it in found)
        case "bulk":
            right = BULK in values
        case _:
            right = isinstance(answer["id"], int)
    if not right:
        raise SystemExit(f"{method} {path[:200]}: not what was asked for: {str(answer)[:500]}")


def deep_cursor(port: int, items: str, depth: int) -> str:
    """Walks there: what is in a cursor is the server's own affair."""
    cursor, left = "", depth
    while left:
        limit = min(left, 200)
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        cursor = ask(port, "GET", f"{items}?{urlencode(query)}")["next_cursor"]
        left -= limit
    return cursor
