"""The GUIDE of a service: each block, put where it says, works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.adopt.support import Server
from tests.services.test_readme import apply, blocks
from tests.support import EXAMPLES, render, run

TESTS = '''\
"""What the guide promises; {plural} of users are an example of rows that are somebody's."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import ADMIN, current_user, token
from app.database import Database
from app.outbox import send_next
from app.resources.{plural} import rules
from app.resources.{plural}.model import {name}
from app.resources.{plural}.queries import UPDATE
from app.resources.outbox_messages.model import OutboxMessage
from app.resources.users.model import User
from app.whole import ended, to_the_end
from tests.factories import as_json, create, values
from tests.support.checks import assert_problem


@pytest.fixture
async def anyone(app: FastAPI, client: AsyncClient) -> AsyncIterator[AsyncClient]:
    """Who isn't signed in by the tests."""
    app.dependency_overrides.clear()
    app.state.token_secret = "secret"
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as anyone:
        yield anyone
    app.state.token_secret = None


def signed(user: dict[str, Any]) -> dict[str, str]:
    return {{"Authorization": "Bearer " + token(str(user["id"]), "secret")}}


async def test_sign_in(app: FastAPI, anyone: AsyncClient, db: Database) -> None:
    user = await create(db, User)
    right = signed(user)
    assert (await anyone.get("/users", headers=right)).status_code == 200
    assert_problem(await anyone.get("{path}/newest", headers=right), 404)
    wrong = [token(str(user["id"]), "other"), "", "x", token("é", "secret")[2:]]
    headers = [{{}}, *({{"Authorization": f"Bearer {{it}}"}} for it in wrong)]
    for given in headers:
        for path in ("/users", "/users/me", "{path}"):
            response = await anyone.get(path, headers=given)
            assert_problem(response, 401)
            assert response.headers["www-authenticate"] == "Bearer"
    app.state.token_secret = None
    assert_problem(await anyone.get("/users", headers=right), 401)
    assert (await anyone.get("/health/ready")).status_code == 200
    document = (await anyone.get("/openapi.json")).json()
    for path, operations in document["paths"].items():
        for it in operations.values():
            guarded = it.get("security") == [{{"HTTPBearer": []}}] and "401" in it["responses"]
            assert guarded != path.startswith("/health/")


async def test_me(anyone: AsyncClient, db: Database) -> None:
    user, other = await create(db, User), await create(db, User)
    headers = signed(user)
    me = (await anyone.get("/users/me", headers=headers)).json()
    assert me["id"] == str(user["id"])
    change = {{"email": "new@example.com"}}
    changed = await anyone.patch("/users/me", json=change, headers=headers)
    assert changed.json() == (await anyone.get("/users/me", headers=headers)).json()
    assert changed.json()["email"] == "new@example.com"
    assert changed.json()["updated_at"] > me["updated_at"]
    async def trim(value: str) -> Response:
        body = {{"{text}": value}}
        return await anyone.patch("/users/me", json=body, headers=headers)

    (fault,) = assert_problem(await trim(" x "), 422)[:1]
    assert fault["pointer"] == "#/{text}"
    assert (await anyone.delete("/users/me", headers=headers)).status_code == 204
    assert_problem(await anyone.get("/users/me", headers=headers), 404)
    assert_problem(await anyone.delete("/users/me", headers=headers), 404)
    assert (await anyone.get("/users/me", headers=signed(other))).status_code == 200

    sent: list[tuple[int, str, Any]] = []

    async def fail(message: OutboxMessage) -> None:
        raise RuntimeError("away")

    async def send(message: OutboxMessage) -> None:
        sent.append((message.id, message.kind, message.body))

    with pytest.raises(RuntimeError):
        await send_next(db, fail)
    assert await send_next(db, send)
    assert not await send_next(db, send)
    assert [it[1:] for it in sent] == [("left", {{"id": str(user["id"])}})]


async def test_what_goes_on_when_a_client_leaves() -> None:
    began, may_end, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        await may_end.wait()
        done.set()

    handler = asyncio.create_task(to_the_end(work()))
    await began.wait()
    handler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handler
    may_end.set()
    await ended(300)
    assert done.is_set()


async def test_rules(
    anyone: AsyncClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await create(db, User)
    monkeypatch.setattr(rules, "LIMIT", 1)
    bodies = [await values(db, {name}, {owner}=user["id"]) for _ in range(2)]
    asked = [
        anyone.post("{path}", json=as_json(body), headers=signed(user)) for body in bodies
    ]
    answers = await asyncio.gather(*asked)
    assert sorted(it.status_code for it in answers) == [201, 409]
    bulk = [as_json(await values(db, {name}, {owner}=user["id"])) for _ in range(3)]

    async def refuse(*places: str) -> None:
        answer = await anyone.post("{path}/bulk", json=bulk, headers=signed(user))
        faults = assert_problem(answer, 409)
        assert [it["pointer"] for it in faults] == [*places]

    await refuse("#/0", "#/1", "#/2")
    monkeypatch.setattr(rules, "LIMIT", 3)
    await refuse("#/2")
    new = await create(db, User)
    theirs = [as_json(await values(db, {name}, {owner}=new["id"])) for _ in range(2)]
    answer = await anyone.post("{path}/bulk", json=theirs, headers=signed(new))
    assert (answer.status_code, answer.json()) == (201, {{"created": 2}})
    bulk[1:] = [as_json(await values(db, {name}))]
    answer = await anyone.post("{path}/bulk", json=bulk, headers=signed(user))
    assert_problem(answer, 403)
    foreign = as_json(await values(db, {name}))
    answer = await anyone.post("{path}", json=foreign, headers=signed(user))
    assert_problem(answer, 403)
    (made,) = (it for it in answers if it.status_code == 201)
    days = {{"starts_on": "2026-01-02", "ends_on": "2026-01-01"}}
    path = made.headers["location"]
    refused = await anyone.patch(path, json=days, headers=signed(user))
    assert "ends_after_start" in refused.json()["detail"]
    assert_problem(refused, 422)
    other = await create(db, User)
    assert_problem(await anyone.get(path, headers=signed(other)), 404)
    assert_problem(await anyone.patch(path, json={{}}, headers=signed(other)), 404)
    assert (await anyone.patch(path, json={{}}, headers=signed(user))).status_code == 200


async def test_a_statement_of_the_handlers_in_a_session(db: Database) -> None:
    row, other = await create(db, {name}), await create(db, User)

    async def work(session: AsyncSession) -> Any:
        changes = {{"{owner}": other["id"]}}
        given = {{"_{key}": row["id"], **changes}}
        return (await session.execute(UPDATE, given)).mappings().one()

    assert (await db.asked_by(ADMIN).transaction(work))["{owner}"] == other["id"]
    with pytest.raises(NoResultFound):
        await db.asked_by(user := row["{owner}"], ME=user).transaction(work)
'''
SHOWN = {
    "sample": {
        "plural": "items",
        "name": "Item",
        "path": "/items",
        "text": "username",
        "key": "item_id",
    },
    "shop": {
        "plural": "accounts",
        "name": "Account",
        "path": "/accounts",
        "text": "pin",
        "key": "account_id",
    },
}
SHOWN["soft"] = SHOWN["sample"]


def merge(models: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict):
            merge(models.setdefault(name, {}), value)
        else:
            models[name] = value


@pytest.mark.parametrize(
    "name", ["sample", *(pytest.param(it, marks=pytest.mark.cross) for it in ("shop", "soft"))]
)
def test_what_the_guide_shows(
    template: Path, programs: Path, server: Server, tmp_path: Path, name: str
) -> None:
    example = EXAMPLES / ("shop.yml" if name == "shop" else "sample.yml")
    models = yaml.safe_load(example.read_text())
    if name == "soft":
        for model in ("User", "Item"):
            models["models"][model]["soft_delete"] = True
    guide = render(template, tmp_path / "before", models) / "GUIDE.md"
    for block in blocks(guide, "yaml"):
        merge(models, yaml.safe_load(block))
    project = render(template, tmp_path / "project", models)
    assert (project / "GUIDE.md").read_text() == guide.read_text()

    for block in blocks(guide):
        place, _, text = re.sub(r"^# ", "", block).partition("\n")
        path = project / place
        if path.exists():
            path.write_text(apply(path.read_text(), text))
        elif place.endswith(".py"):
            path.write_text(text)
    values = {"owner": "owner_id", **SHOWN[name]}
    (project / "tests/test_guide.py").write_text(TESTS.format(**values))

    run(project, "ruff", "check", "--fix", "--exit-zero", path=programs)
    run(project, "ruff", "format", path=programs)
    run(project, "ruff", "check", path=programs)
    if name == "shop":  # the types are the same
        run(project, "mypy", path=programs)
    variables = {"TEST_DATABASE_URL": server.database()}
    chosen = ("-k", "test_guide or test_mine or test_each_way_commits")
    run(project, "pytest", "-q", "-n0", *chosen, path=programs, variables=variables)


USER = {"fields": {"name": "string(20)"}}
LONG = {"fields": {"responsible_person": "-> Person"}, "api": {"path": f"/{'long/' * 8}"[:-1]}}
OTHERS: dict[str, Any] = {
    "none": {"User": {"fields": {"code": "int"}}},
    "long": {"Person": {**USER, "pk": "identity"}, "ThingOfALongerName": LONG},
}


@pytest.mark.parametrize("kind", OTHERS)
def test_its_code_is_laid_out(template: Path, programs: Path, tmp_path: Path, kind: str) -> None:
    project = render(template, tmp_path / "project", {"models": OTHERS[kind]})
    run(project, "ruff", "format", "--check", "GUIDE.md", "README.md", path=programs)
    told = "owner: -> User`, which this service doesn't have"
    assert (told in (project / "GUIDE.md").read_text()) == (kind == "none")
