"""Two callers have two criteria and a third a refusal: every route of the shop keeps to them."""

from __future__ import annotations

import re
from pathlib import Path

from tests.adopt.support import Server
from tests.support import EXAMPLES, render, run

RULES = '''\
"""Anna has the rows that are hers, Ben all others, and Eve none at all."""

from typing import Any

import sqlalchemy as sa

from app.database.base import Base
from app.database.policy import Criteria, Op
from app.errors import Forbidden

OWNED = sa.table("owned", sa.column("row", sa.Text), sa.column("who", sa.Text))
ASKED: set[Op] = set()
NONE = [sa.false()]
OPS: dict[Any, set[Op]] = {
    "reader": {"read"},
    "writer": {"update", "delete"},
    "changer": {"read", "update"},
    "remover": {"read", "delete"},
}


class RuleOf:
    def __init__(self, model: type[Base]) -> None:
        table = model.__table__
        name = sa.literal_column(f"'{table.name}'")
        row = sa.func.concat_ws(sa.literal_column("'/'"), name, *table.primary_key)
        owned = sa.exists().where(OWNED.c.row == row, OWNED.c.who == sa.bindparam("ME"))
        others = ~sa.exists().where(OWNED.c.row == row)
        self.answers: dict[str, Criteria] = {"root": [], "anna": [owned], "ben": [others]}

    def __call__(self, op: Op, who: Any) -> Criteria:
        ASKED.add(op)
        if who in OPS:
            return [] if op in OPS[who] else NONE
        if who not in self.answers:
            raise Forbidden("Not for Eve.")
        return self.answers[who]
'''
ASKED_BY = """\
    who = request.headers.get("x-me")
    return database.asked_by(who, ME=who)
"""
TESTS = '''\
"""Every route, asked by Anna, Ben, Eve, and by nobody."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from httpx import AsyncClient, Response

from app.database import Database
from app.database.base import Base
from app.rules import ASKED, OWNED
from tests.factories import create

SIDES = ("anna", "ben")
Row = dict[str, Any]


class World:
    """The same rows for each side; and for each, children of the other's beside its parents."""

    def __init__(self, client: AsyncClient, document: Any) -> None:
        self.client, self.document = client, document
        self.parameters: dict[str, Row] = {side: {} for side in SIDES}
        self.hers: set[str] = set()

    async def add(self, db: Database, side: str, name: str, **given: Any) -> Row:
        (model,) = (
            it.class_
            for it in Base.registry.mappers
            if it.class_.__module__.split(".")[2] == PLURALS[name]
        )
        row, table = await create(db, model, **given), model.__table__
        key = [row[column.key] for column in table.primary_key]
        for column in table.primary_key:
            lead = f"{name}_"
            field = column.key if column.key.startswith(lead) else f"{lead}{column.key}"
            self.parameters[side].setdefault(field, row[column.key])
        if side == "anna":
            self.hers.add("/".join([table.name, *map(str, key)]))
        return row

    async def ask(self, who: str | None, method: str, path: str, body: Any = None) -> Response:
        headers = {"X-Me": who} if who else {}
        return await self.client.request(method, path, json=body, headers=headers)

    def is_hers(self, model: str, item: Row) -> bool:
        (table,) = (
            it.class_.__table__ for it in Base.registry.mappers if it.class_.__name__ == model
        )
        key = [str(item[column.key]) for column in table.primary_key]
        return "/".join([table.name, *key]) in self.hers


PLURALS = {
    **{"user": "users", "category": "categories", "product": "products", "tag": "tags"},
    **{"order": "orders", "order_line": "order_lines", "account": "accounts"},
    **{"login": "logins", "profile": "profiles", "transfer": "transfers"},
}


@pytest.fixture
async def world(app: FastAPI, client: AsyncClient, db: Database) -> AsyncIterator[World]:
    await db.execute(sa.text("CREATE TABLE owned (row text, who text)"))
    made = World(client, app.openapi())
    parents: dict[str, dict[str, Row]] = {}
    for side in SIDES:
        user = await made.add(db, side, "user")
        category = await made.add(db, side, "category")
        product = await made.add(db, side, "product", category_id=category["id"])
        parents[side] = {"user": user, "category": category, "product": product}
        parents[side]["tag"] = await made.add(db, side, "tag")
        parents[side]["order"] = await made.add(db, side, "order", customer_id=user["id"])
        for _ in range(2):
            account = await made.add(db, side, "account", owner_id=user["id"])
            parents[side].setdefault("account", account)
            parents[side]["other"] = account
        await made.add(db, side, "profile", user_id=user["id"])
    for side in SIDES:
        for of in (side, SIDES[side == "anna"]):
            them = parents[of]
            user, product, order = them["user"]["id"], them["product"]["sku"], them["order"]["id"]
            await made.add(db, side, "user", manager_id=user)
            await made.add(db, side, "category", parent_id=them["category"]["id"])
            more = await made.add(db, side, "product", category_id=them["category"]["id"])
            await made.add(db, side, "order_line", order_id=order, product_sku=more["sku"])
            mine = await made.add(db, side, "order", customer_id=user)
            await made.add(db, side, "order_line", order_id=mine["id"], product_sku=product)
            await made.add(db, side, "login", user_id=user)
            source, target = them["account"]["id"], them["other"]["id"]
            await made.add(db, side, "transfer", source_id=source, target_id=target)
            await made.add(db, side, "transfer", source_id=target, target_id=source)
            tags = [(product, parents[side]["tag"]["id"]), (more["sku"], them["tag"]["id"])]
            for sku, tag in tags:
                await made.ask("root", "PUT", f"/products/{sku}/tags/{tag}")
    for row in made.hers:
        await db.execute(sa.insert(OWNED).values(row=row, who="anna"))
    yield made
    await db.execute(sa.text("DROP TABLE owned"))


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [
        (method.upper(), path, of)
        for path, methods in document["paths"].items()
        for method, of in methods.items()
        if not path.startswith("/health/")
    ]


def model_of(operation: Any) -> str:
    """What the rows of an answer are."""
    ok = next(it for status, it in operation["responses"].items() if status.startswith("20"))
    text = json.dumps(ok)
    found = re.search(r"schemas/(?:\\w+Page_)?(\\w+?)(?:Read|Embedded)_?\\"", text)
    assert found, text
    return found[1]


def items_of(response: Response) -> list[Row]:
    if response.headers["content-type"].startswith("application/jsonl"):
        return [json.loads(line) for line in response.text.splitlines()]
    body = response.json()
    return body["items"] if "items" in body else [body]


async def test_reading(world: World) -> None:
    for method, path, of in operations(world.document):
        if method != "GET":
            continue
        known = {it["name"] for it in of["parameters"]}
        asked = {"limit": "200", "embed": "customer,lines"}
        query = "&".join(f"{name}={value}" for name, value in asked.items() if name in known)
        for side in SIDES:
            url = path.format(**world.parameters[side]) + f"?{query}" * bool(query)
            told = await world.ask("root", "GET", url)
            assert told.status_code == 200, url
            for who in SIDES:
                answer = await world.ask(who, "GET", url)
                if "{" in path and who != side:
                    assert answer.status_code == 404, (who, url)
                    absent = (await world.ask("root", "GET", url)).status_code
                    assert absent == 200
                    continue
                assert answer.status_code == 200, (who, url)
                if path.endswith("/count"):
                    every = items_of(await world.ask("root", "GET", "/products?limit=200"))
                    seen = [it for it in every if world.is_hers("Product", it) == (who == "anna")]
                    assert answer.json() == {"count": len(seen)}
                    continue
                model = "Product" if path.endswith("/export") else model_of(of)
                seen = [it for it in items_of(told) if world.is_hers(model, it) == (who == "anna")]
                found = items_of(answer)
                assert len(found) == len(seen), (who, url)
                assert seen or "{" not in path
                for item in found:
                    assert world.is_hers(model, item) == (who == "anna"), (who, url)
                    for line in item.get("lines", ()):
                        assert world.is_hers("OrderLine", line) == (who == "anna")
                    if item.get("customer"):
                        assert world.is_hers("User", item["customer"]) == (who == "anna")
            assert (await world.ask("eve", "GET", url)).status_code == 403, url
            assert (await world.ask(None, "GET", url)).status_code == 500, url


async def body_of(world: World, path: str, of: Any) -> Any:
    """What a request would send that changes nothing."""
    if "requestBody" not in of:
        return None
    schema = of["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    known = world.document["components"]["schemas"][schema.rpartition("/")[2]]["properties"]
    if {*known} == {"status"}:  # of a transition: where only a paid order gets
        return {"status": "shipped"}
    row = (await world.ask("root", "GET", path)).json()
    secret = {"pin": "1234"} if "pin" in known else {}
    return {name: value for name, value in row.items() if name in known} | secret


async def test_writing(world: World) -> None:
    tried = set()
    todo = [it for it in operations(world.document) if it[0] != "GET" and "{" in it[1]]
    for method, path, of in sorted(todo, key=lambda it: it[0] == "DELETE"):
        if "/tags/" in path and path.startswith("/products/"):
            continue
        tried.add(of["operationId"])
        for side, other in (SIDES, SIDES[::-1]):
            url = path.format(**world.parameters[side])
            row = re.sub(r"/advance$", "", url)
            before = await world.ask("root", "GET", row)
            assert before.status_code == 200, url
            body = await body_of(world, row, of)
            for who, status in ((other, 404), ("eve", 403), (None, 500)):
                answer = await world.ask(who, method, url, body)
                assert answer.status_code == status, (who, method, url, answer.text)
                after = await world.ask("root", "GET", row)
                assert after.json() == before.json()
            if method == "PATCH":
                assert (await world.ask(other, method, url, {})).status_code == 404
            if method != "DELETE":
                answer = await world.ask(side, method, url, body)
                assert answer.status_code in (200, 409), (method, url, answer.text)
    assert len(tried) > 20
    assert ASKED == {"read", "update", "delete"}


async def test_one_op_and_not_the_other(world: World) -> None:
    """What somebody may see and not write isn't there for them, nor what they only write."""
    todo = [it for it in operations(world.document) if it[0] != "GET" and "{" in it[1]]
    for method, path, of in todo:
        url = path.format(**world.parameters["anna"])
        if "/tags/" in path and path.startswith("/products/"):
            before = (await world.ask("root", "GET", url.rpartition("/")[0])).json()
            for who in ("reader", "writer"):
                answer = await world.ask(who, method, url)
                assert answer.status_code == (404 if method == "PUT" else 204)
            assert (await world.ask("root", "GET", url.rpartition("/")[0])).json() == before
            continue
        row = re.sub(r"/advance$", "", url)
        before = (await world.ask("root", "GET", row)).json()
        body = await body_of(world, row, of)
        for who in ("reader", "writer", "changer" if method == "DELETE" else "remover"):
            answer = await world.ask(who, method, url, body)
            assert answer.status_code == 404, (who, method, url, answer.text)
            if method == "PATCH":
                assert (await world.ask(who, method, url, {})).status_code == 404
            assert (await world.ask("root", "GET", row)).json() == before
    assert len(todo) > 20


async def test_deleting(world: World, db: Database) -> None:
    for name in ("profile_user_id", "tag_id"):
        for side, other in (SIDES, SIDES[::-1]):
            path = f"/{'tags' if name == 'tag_id' else 'profiles'}/{world.parameters[side][name]}"
            await db.execute(sa.text("DELETE FROM product_tags"))
            assert (await world.ask(other, "DELETE", path)).status_code == 404
            assert (await world.ask(side, "DELETE", path)).status_code == 204
            assert (await world.ask("root", "GET", path)).status_code == 404


async def test_linking(world: World) -> None:
    hers, his = world.parameters["anna"], world.parameters["ben"]

    async def links() -> list[Row]:
        products = [hers["product_sku"], his["product_sku"]]
        return [
            tag
            for sku in products
            for tag in items_of(await world.ask("root", "GET", f"/products/{sku}/tags"))
        ]

    for who, product, tag in (
        *(("anna", his, hers), ("anna", hers, his), ("anna", his, his)),
        *(("ben", hers, his), ("ben", his, hers), ("ben", hers, hers)),
    ):
        path = f"/products/{product['product_sku']}/tags/{tag['tag_id']}"
        before = await links()
        assert (await world.ask(who, "PUT", path)).status_code == 404
        await world.ask("root", "PUT", path)
        linked = await links()
        await world.ask(who, "DELETE", path)
        assert await links() == linked
        assert (await world.ask("eve", "PUT", path)).status_code == 403
        assert (await world.ask("eve", "DELETE", path)).status_code == 403
        if before != linked:
            await world.ask("root", "DELETE", path)
    for who, side in (("anna", hers), ("ben", his)):
        path = f"/products/{side['product_sku']}/tags/{side['tag_id']}"
        assert (await world.ask(who, "PUT", path)).status_code == 204
        linked = await links()
        assert (await world.ask(who, "DELETE", path)).status_code == 204
        assert len(await links()) == len(linked) - 1


async def test_transfers(world: World, db: Database) -> None:
    accounts = {
        side: [
            it["id"]
            for it in items_of(await world.ask("root", "GET", "/accounts?limit=200"))
            if world.is_hers("Account", it) == (side == "anna")
        ]
        for side in SIDES
    }
    (hers, other), (his, _) = accounts["anna"][:2], accounts["ben"][:2]
    await db.execute(sa.text("UPDATE accounts SET balance = 100"))

    def body(source: str, target: str, number: int) -> Row:
        sample = json.loads(json.dumps({"source_id": source, "target_id": target}))
        return sample | {"amount": "1.00", "request_id": f"00000000-0000-0000-0000-{number:012}"}

    for number, (source, target) in enumerate([(hers, his), (his, hers)]):
        for who in SIDES:
            sent = body(source, target, number)
            answer = await world.ask(who, "POST", "/accounts/transfer", sent)
            assert answer.status_code == 404, answer.text
    sent = body(hers, other, 9)
    assert (await world.ask("eve", "POST", "/accounts/transfer", sent)).status_code == 403
    answer = await world.ask("anna", "POST", "/accounts/transfer", sent)
    assert answer.status_code == 409  # of two currencies


async def test_each_set_of_criteria_is_compiled_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in ("anna", "ben", "root"):
        await world.ask(who, "GET", "/tags")
    monkeypatch.setattr("app.database.cache.Compiled", None)
    for _ in range(3):
        for who in ("anna", "ben", "root"):
            assert (await world.ask(who, "GET", "/tags")).status_code == 200
'''


def test_every_route_keeps_to_its_policy(
    template: Path, programs: Path, server: Server, tmp_path: Path
) -> None:
    project = render(template, tmp_path / "project", EXAMPLES / "shop.yml")
    (project / "app/rules.py").write_text(RULES)
    for policy in project.glob("app/resources/*/policy.py"):
        text = policy.read_text()
        ((name, model),) = re.findall(r"^(\w+) = Policy\((\w+)", text, re.MULTILINE)
        text = text.replace("\nBY_KEY", "\nfrom app.rules import RuleOf\n\nBY_KEY", 1)
        policy.write_text(f"{text}{name}.rule(RuleOf({model}))\n")
    dependencies = project / "app/dependencies.py"
    text = dependencies.read_text()
    assert text.count("    return database\n") == 1
    dependencies.write_text(text.replace("    return database\n", ASKED_BY))
    (project / "tests/test_policies.py").write_text(TESTS)
    variables = {"TEST_DATABASE_URL": server.database()}
    told = run(
        project, "pytest", "-q", "-n0", "tests/test_policies.py", path=programs, variables=variables
    )
    assert "7 passed" in told
