"""What an owner narrows to the caller's rows, each caller sees their own of."""

from pathlib import Path

from tests.adopt.support import Server
from tests.support import render, run

OPS = ("list", "get", "create", "update", "delete")
MODELS = {
    "defaults": {"pk": "identity", "timestamps": False},
    "models": {
        "Person": {"fields": {"name": "string(20)"}},
        "Item": {
            "soft_delete": True,
            "fields": {
                "owner": {"ref": "Person", "inverse": "items"},
                "name": "string(20)",
                "note": "text?",
            },
            "api": {
                "ops": [*OPS, "bulk_update", "bulk_delete", "count", "export"],
                "sort": ["name"],
                "filter": ["note"],
                "embed": ["owner"],
                "search": ["name"],
            },
        },
    },
}
ME = """
from contextvars import ContextVar

import sqlalchemy as sa

ME: ContextVar[int] = ContextVar("me")
CALLER = sa.bindparam("caller", callable_=ME.get, type_=sa.BigInteger)
"""
ALIVE = "Item.deleted_at.is_(None)"
MINE = f"{ALIVE}, Item.owner_id == CALLER"
OWN = """

@router.get("/mine")
async def mine(
    db: Db, query: Annotated[ItemQuery, Depends(Reads(ItemQuery))]
) -> list[Any]:
    listing = EMBEDS.within(LIST, query.embed).where(Item.note.is_(None))
    page = await listing.page(db, query)
    found = sa.select(Item.id).where(Item.owner_id == CALLER)
    rows = await db.transaction(lambda session: session.scalars(found))
    return [page["items"], *rows]
"""
TESTS = """
import asyncio
import json
from typing import Any

from fastapi import FastAPI
from httpx import AsyncClient
from starlette.types import Receive, Scope, Send

from app.me import ME


class Callers:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ME.set(int(dict(scope["headers"]).get(b"x-me", b"0")))
        await self.app(scope, receive, send)


async def test_narrowed(app: FastAPI, client: AsyncClient) -> None:
    app.middleware_stack = Callers(app.build_middleware_stack())

    async def ask(me: int, method: str, path: str, body: Any = None) -> Any:
        response = await client.request(method, path, json=body, headers={"X-Me": str(me)})
        lines = [json.loads(it) for it in response.text.splitlines()]
        return response.status_code, lines if path == "/items/export" else lines[0]

    callers, items = [1, 2, 3, 4], {}
    for me in callers:
        await ask(me, "POST", "/people", {"name": "some"})
        _, item = await ask(me, "POST", "/items", {"owner_id": me, "name": "thing"})
        items[me] = item["id"]

    async def see(me: int) -> None:
        for other in callers:
            own, theirs = items[me], items[other]
            for query in ("", "?embed=owner", "?sort=name&limit=1", "?search=thing"):
                for path in ("/items", f"/people/{me}/items"):
                    _, page = await ask(me, "GET", path + query)
                    assert [it["id"] for it in page["items"]] == [own]
                    assert page["next_cursor"] is None
            assert await ask(me, "GET", "/items/count") == (200, {"count": 1})
            assert [it["id"] for it in (await ask(me, "GET", "/items/export"))[1]] == [own]
            for query in ("", "?embed=owner"):
                _, (page, *rows) = await ask(me, "GET", "/mine" + query)
                assert [*(it["id"] for it in page), *rows] == [own, own]
            seen = 200 if me == other else 404
            for query in ("", "?embed=owner"):
                assert (await ask(me, "GET", f"/items/{theirs}{query}"))[0] == seen
            path, change = f"/items/{theirs}", {"name": "thing"}
            assert (await ask(me, "PATCH", path, change))[0] == seen
            bulk = [{"id": theirs, **change}]
            assert (await ask(me, "PATCH", "/items/bulk", bulk))[0] == seen
            if me != other:
                assert (await ask(me, "DELETE", path))[0] == 404
                assert (await ask(me, "POST", f"{path}/restore"))[0] == 404
                body = [{"id": theirs}]
                assert (await ask(me, "DELETE", "/items/bulk", body))[0] == 404

    await asyncio.gather(*map(see, callers))
"""


def test_each_caller_sees_their_own(
    template: Path, programs: Path, server: Server, tmp_path: Path
) -> None:
    project = render(template, tmp_path / "project", MODELS)
    (project / "app/me.py").write_text(ME)
    router = project / "app/resources/items/router.py"
    text = router.read_text()
    assert text.count(ALIVE) == 3  # one row, the list and many rows
    text = text.replace(f"criteria=[{ALIVE}]", f"criteria=[{MINE}]")
    text = text.replace(f"alive={ALIVE}", f"alive=sa.and_({MINE})")
    text = text.replace(f'_item_id"), {ALIVE}', f'_item_id"), {MINE}')
    text = text.replace('"_item_id"))\n', '"_item_id"), Item.owner_id == CALLER)\n')
    text = text.replace(
        "Item.deleted_at.is_not(None)", "Item.deleted_at.is_not(None), Item.owner_id == CALLER"
    )
    router.write_text(text.replace("\nrouter =", "\nfrom app.me import CALLER\n\nrouter =") + OWN)
    (project / "tests/test_narrowed.py").write_text(TESTS)
    variables = {"TEST_DATABASE_URL": server.database()}
    run(
        project, "pytest", "-q", "-n0", "tests/test_narrowed.py", path=programs, variables=variables
    )
