"""What an owner narrows to the caller's rows, each caller sees their own of."""

from pathlib import Path

from tests.adopt.support import Server
from tests.support import render, run

OPS = ("list", "get", "create", "update", "delete")
TASK = {
    "soft_delete": True,
    "fields": {
        "code": {"type": "string(20)", "unique": True},
        "note": "text?",
        "state": {"type": "State", "default": "new"},
    },
    "operations": {
        "advance": {
            "kind": "transition",
            "field": "state",
            "moves": {"new": ["begun"], "begun": ["done"]},
        }
    },
    "api": {"ops": [*OPS, "upsert"], "upsert": ["code"]},
}
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
        "Job": {"version": True, **TASK},
        "Task": TASK,
    },
    "enums": {"State": ["new", "begun", "done"]},
}
RULE = """
MINE = [Item.owner_id == sa.bindparam("ME")]
ITEMS.rule(lambda op, me: MINE)
"""
RULES = """
import sqlalchemy as sa

from app.database.policy import Criteria, Op

READER, CHANGER, REMOVER = 10, 11, 12
OPS: dict[int, set[Op]] = {
    READER: {"read"},
    CHANGER: {"read", "update"},
    REMOVER: {"read", "delete"},
}
NONE = [sa.false()]


def by_ops(op: Op, me: int) -> Criteria:
    return [] if op in OPS.get(me, {op}) else NONE
"""
ASKED_BY = """\
    me = int(request.headers.get("x-me", "0"))
    return database.asked_by(me, ME=me)
"""
OWN = """
from typing import Any

import sqlalchemy as sa

from app.dependencies import Db
from app.http.jsonlines import JsonLines
from app.http.routing import APIRouter
from app.lists.counts import RowCount
from app.resources.items.embeds import EMBEDS
from app.resources.items.model import Item
from app.resources.items.policy import ITEMS
from app.resources.items.queries import LIST
from app.resources.items.router import ItemExportParams, ItemFilterParams, ItemParams

router = APIRouter()
NAMED = LIST.where(Item.name == sa.bindparam("_name"))


@router.get("/named/{name}/count")
async def count_named(db: Db, name: str, query: ItemFilterParams) -> RowCount:
    return await RowCount.of(db, NAMED, query, {"_name": name})


@router.get("/named/{name}/export", response_class=JsonLines)
async def export_named(db: Db, name: str, query: ItemExportParams) -> JsonLines:
    return await JsonLines.of(db, NAMED, query, {"_name": name})


@router.get("/mine")
async def mine(db: Db, query: ItemParams) -> list[Any]:
    listing = EMBEDS.within(LIST.where(Item.note.is_(None)), query.embed)
    page = await listing.page(db, query)
    found = sa.select(Item.id).where(*ITEMS.read)
    rows = await db.transaction(lambda session: session.scalars(found))
    return [page["items"], *rows]
"""
TESTS = """
import asyncio
import json
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient

from app.database import Database
from app.resources.items.model import Item
from app.resources.items.policy import ITEMS
from app.rules import CHANGER, READER, REMOVER


async def test_narrowed(client: AsyncClient) -> None:
    async def ask(me: int, method: str, path: str, body: Any = None) -> Any:
        response = await client.request(method, path, json=body, headers={"X-Me": str(me)})
        lines = [json.loads(it) for it in response.text.splitlines()]
        return response.status_code, lines if path.endswith("/export") else lines[0]

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
            for name, number in (("thing", 1), ("other", 0)):
                assert await ask(me, "GET", f"/named/{name}/count") == (200, {"count": number})
                found = (await ask(me, "GET", f"/named/{name}/export"))[1]
                assert [it["id"] for it in found] == [own] * number
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


@pytest.mark.parametrize("path", ["/jobs", "/tasks"])
async def test_what_one_may_see_and_not_write(client: AsyncClient, path: str) -> None:
    body = {"code": "a"}
    made = (await client.post(path, json=body)).json()
    row, versioned = f"{path}/{made['id']}", path == "/jobs"

    async def ask(me: int, method: str, to: str, body: Any = None, **headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"X-Me": str(me), **named}
        return (await client.request(method, to, json=body, headers=sent)).status_code

    begin, end = {"state": "begun"}, {"state": "done"}
    changes: list[tuple[str, str, Any]] = [
        ("PATCH", row, {"note": "new"}),
        ("PATCH", row, {}),
        ("POST", f"{row}/advance", begin),
        ("POST", f"{row}/advance", end),
    ]
    stale = {"If_Match": '"9"'} if versioned else {}
    for me in (READER, REMOVER):
        for method, to, sent in changes:
            assert await ask(me, method, to, sent) == 404, (me, method, to)
            assert await ask(me, method, to, sent, **stale) == 404, (me, method, to)
        by_code = f"{path}/by-code/a"
        assert await ask(me, "PUT", by_code, {}) == 409
        assert await ask(me, "PUT", by_code, {}, If_None_Match='"9"') == 409
        assert await ask(me, "PUT", by_code, {}, If_None_Match="*") == 412
        assert await ask(me, "PUT", by_code, {}, If_Match="*") == 412
    for me in (READER, CHANGER):
        for method, to in (("DELETE", row), ("POST", f"{row}/restore")):
            assert await ask(me, method, to) == 404, (me, method)
            assert await ask(me, method, to, **stale) == 404, (me, method)
    assert (await client.get(row)).json() == made

    for method, to, sent in changes[:2]:
        assert await ask(CHANGER, method, to, sent) == 200
    assert await ask(CHANGER, "PUT", f"{path}/by-code/a", {}) == 200
    assert await ask(CHANGER, "POST", f"{row}/advance", end) == 409
    assert await ask(CHANGER, "POST", f"{row}/advance", begin) == 200
    assert await ask(REMOVER, "POST", f"{row}/restore") == 200
    if versioned:
        assert await ask(CHANGER, "PATCH", row, {}, **stale) == 412
        assert await ask(CHANGER, "POST", f"{row}/advance", end, **stale) == 412
        assert await ask(CHANGER, "PUT", f"{path}/by-code/a", {}, **stale) == 412
        for method, to in (("DELETE", row), ("POST", f"{row}/restore")):
            assert await ask(REMOVER, method, to, **stale) == 412
    assert await ask(REMOVER, "DELETE", row) == 204
    for me in (READER, CHANGER):
        assert await ask(me, "POST", f"{row}/restore") == 404
    if versioned:
        assert await ask(CHANGER, "POST", f"{row}/restore", **stale) == 404
        assert await ask(REMOVER, "POST", f"{row}/restore", **stale) == 412
    assert await ask(REMOVER, "POST", f"{row}/restore") == 200


async def test_what_a_rule_needs(db: Database) -> None:
    found, somebody = sa.select(Item.id).where(*ITEMS.read), db.asked_by(1)
    with pytest.raises(RuntimeError, match="rule of the item binds ME: give it to `asked_by`"):
        await somebody.all(found)
    with pytest.raises(RuntimeError, match="binds ME"):
        await somebody.transaction(lambda session: session.scalars(found))
    with pytest.raises(RuntimeError, match="nobody asks: .* app/dependencies.py"):
        await db.all(found)
    with pytest.raises(RuntimeError, match="comes too late: write it in its policy.py"):
        ITEMS.rule(lambda op, me: [])
"""


def test_each_caller_sees_their_own(
    template: Path, programs: Path, server: Server, tmp_path: Path
) -> None:
    project = render(template, tmp_path / "project", MODELS)
    policy = project / "app/resources/items/policy.py"
    policy.write_text(policy.read_text() + RULE)
    (project / "app/rules.py").write_text(RULES)
    for plural in ("jobs", "tasks"):
        policy = project / f"app/resources/{plural}/policy.py"
        text = policy.read_text().replace("\nBY_KEY", "\nfrom app.rules import by_ops\n\nBY_KEY")
        policy.write_text(f"{text}{plural.upper()}.rule(by_ops)\n")
    dependencies = project / "app/dependencies.py"
    text = dependencies.read_text().replace("    return database\n", ASKED_BY)
    dependencies.write_text(text)
    (project / "app/resources/items/mine.py").write_text(OWN)
    (project / "tests/test_narrowed.py").write_text(TESTS)
    variables = {"TEST_DATABASE_URL": server.database()}
    told = run(
        project, "pytest", "-q", "-n0", "tests/test_narrowed.py", path=programs, variables=variables
    )
    assert "4 passed" in told
