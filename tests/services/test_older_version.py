"""A version of a service goes on serving while a newer one migrates its database and writes."""

from pathlib import Path

from tests.adopt.support import Server
from tests.support import render, run

OPS = "list get create update upsert delete bulk_create bulk_update export count"
MODELS = {
    "enums": {"State": ["new", "used"]},
    "models": {
        "Owner": {
            "pk": "identity32",
            "fields": {"name": "string(20)"},
            "api": {"embed": ["things"]},
        },
        "Thing": {
            "version": True,
            "fields": {
                "code": {"type": "string(5)", "unique": True},
                "state": {"type": "State", "default": "new"},
                "states": {"type": "State", "array": True, "default": []},
                "maybe": "State?",
                "number": "smallint",
                "price": "decimal(6,2)",
                "owner": {"ref": "Owner", "inverse": "things"},
            },
            "operations": {
                "use": {"kind": "transition", "field": "state", "moves": {"new": ["used"]}}
            },
            "api": {
                "ops": OPS.split(),
                "embed": ["owner"],
                "filter": ["number"],
                "sort": ["state", "number", "price"],
            },
        },
    },
}
TESTS = """
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy.ext.asyncio import create_async_engine

from app.database import Database
from app.main import create_app
from tests.support.checks import pages
from tests.conftest import migrate, patient_settings, temporary_database

CODES = ["aa", "bb", "cc"]


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with temporary_database("template1") as url:
        await migrate(url)
        yield url


@pytest.fixture
async def app(url: str) -> AsyncIterator[FastAPI]:
    app = create_app(patient_settings(url, database_pool_size=2))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(app)
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        await client.post("/owners", json={"name": "Ann"})
        for code in CODES:
            await client.post("/things", json=body(code=code))
        yield client


def body(**given: Any) -> dict[str, Any]:
    return {"number": 1, "price": "1.00", "owner_id": 1, **given}


async def newer(url: str, *statements: str) -> None:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            await connection.exec_driver_sql(statement)
    await engine.dispose()


async def read(client: AsyncClient) -> list[dict[str, Any]]:
    '''The things, in each way that there is to read them.'''
    async def get(path: str) -> Response:
        response = await client.get(path)
        assert response.status_code == 200, response.text
        return response

    page = (await get("/things?embed=owner")).json()["items"]
    read = [page, (await get("/owners/1/things")).json()["items"]]
    read.append((await get("/owners/1?embed=things")).json()["things"])
    read.append((await get("/owners?embed=things")).json()["items"][0]["things"])
    read.append([json.loads(it) for it in (await get("/things/export")).text.splitlines()])
    read.append([(await get(f"/things/{it['id']}")).json() for it in page])
    read += [await pages(client, "/things", sort=it) for it in ("state", "-state")]
    read += [await pages(client, "/things", sort=it) for it in ("number", "-number")]
    read += [await pages(client, "/things", sort=it) for it in ("price", "-price")]
    for it in page:
        path = f"/things/{it['id']}"
        response = await client.patch(path, json={"owner_id": it["owner_id"]})
        assert response.status_code == 200, response.text
        read.append([response.json()])
    assert {len(it) for it in read} == {1, len(CODES)}
    return [it for some in read for it in some]


async def test_a_value_more_of_an_enum(url: str, client: AsyncClient) -> None:
    await newer(
        url,
        "ALTER TYPE state ADD VALUE 'broken'",
        "UPDATE things SET state = 'broken', states = '{new,broken}', maybe = 'broken'"
        " WHERE code <> 'aa'",
    )
    for it in await read(client):
        old = it["code"] == "aa"
        assert it["state"] == ("new" if old else "broken")
        assert it["states"] == ([] if old else ["new", "broken"])
        assert it["maybe"] == (None if old else "broken")
    known = {"code": "aa", "state": "broken"}
    for given in (known, {**known, "state": "new", "states": ["broken"]}):
        assert (await client.post("/things", json=body(**given))).status_code == 422


async def test_the_api_declares_only_what_it_knows(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    state = {"$ref": "#/components/schemas/State"}
    shown = schemas["ThingRead"]["properties"]
    assert shown["state"] == state
    assert shown["states"]["items"] == state
    assert shown["maybe"]["anyOf"] == [state, {"type": "null"}]
    assert schemas["State"]["enum"] == ["new", "used"]


async def test_wider_values(url: str, client: AsyncClient) -> None:
    await newer(
        url,
        "ALTER TABLE things ALTER code TYPE text, ALTER number TYPE bigint,"
        " ALTER price TYPE numeric(20, 6), ALTER owner_id TYPE bigint",
        "ALTER TABLE owners ALTER id TYPE bigint",
        "UPDATE things SET code = repeat(code, 50), number = 9000000000000 + length(code),"
        " price = 99999999.000001 + ascii(code)",
    )
    for it in await read(client):
        assert len(it["code"]) == 100
        assert it["number"] == 9000000000002
        assert it["price"].endswith(".000001")


async def test_wider_keys_of_what_is_embedded(url: str, client: AsyncClient) -> None:
    await newer(
        url,
        "ALTER TABLE things ALTER owner_id TYPE bigint",
        "ALTER TABLE owners ALTER id TYPE bigint",
        "INSERT INTO owners (id, name) VALUES (9000000000, 'Bob')",
        "UPDATE things SET owner_id = 9000000000",
    )
    (ann, bob) = (await client.get("/owners?embed=things")).json()["items"]
    assert ann["things"] == []
    assert len(bob["things"]) == len(CODES)
    assert len(await pages(client, "/owners")) == 2


async def test_many_are_stored_as_sent(url: str, client: AsyncClient) -> None:
    # Both are of eight bytes.
    for number, type_ in enumerate(("bigint", "double precision")):
        await newer(url, f"ALTER TABLE things ALTER number TYPE {type_}")
        sent = [body(code=f"n{number}", number=7)]
        assert (await client.post("/things/bulk", json=sent)).status_code == 201
    things = (await client.get("/things")).json()["items"]
    assert [it["number"] for it in things[-2:]] == [7, 7]


CHANGES = {
    "type": [
        "ALTER TABLE things ALTER number TYPE bigint, ALTER row_version TYPE bigint",
        "ALTER TABLE things ALTER number TYPE int, ALTER row_version TYPE int",
    ],
    "column": [
        "ALTER TABLE things ADD number_new int NOT NULL DEFAULT 1",
        "ALTER TABLE things DROP COLUMN number",
        "ALTER TABLE things RENAME number_new TO number",
    ],
    "enum": [
        "CREATE TYPE state_new AS ENUM ('new', 'used')",
        "ALTER TABLE things ALTER state DROP DEFAULT, ALTER states DROP DEFAULT",
        "ALTER TABLE things ALTER state TYPE state_new USING state::text::state_new,"
        " ALTER states TYPE state_new[] USING states::text::state_new[],"
        " ALTER maybe TYPE state_new USING maybe::text::state_new",
        "DROP TYPE state",
        "ALTER TYPE state_new RENAME TO state",
    ],
}
# By method and path; what it sends.
REQUESTS: dict[str, Any] = {
    "GET /things/{id}?embed=owner": None,
    "GET /things?number=1": None,
    "GET /things/count?number=1": None,
    "GET /things/export": None,
    "GET /things/export?number=1&sort=-state": None,
    "GET /owners?embed=things": None,
    "GET /owners/1/things": None,
    "PATCH /things/{id}": {"states": ["used"]},
    "PUT /things/by-code/aa": body(states=["new"]),
    "POST /things": body(states=["new"]),
    "POST /things/bulk": [body(states=["new"])],
    "PATCH /things/bulk": [{"states": ["used"]}],
    "POST /things/{id}/use": {"state": "used"},
    "GET /health/ready": None,
}


@pytest.mark.parametrize("change", CHANGES)
async def test_the_first_request_after_a_change(
    url: str, app: FastAPI, client: AsyncClient, change: str
) -> None:
    db: Database = app.state.database
    things = (await client.get("/things")).json()["items"]
    count = 0

    async def ask(request: str) -> None:
        nonlocal count
        method, path = request.format(id=things[count % 3]["id"]).split()
        sent = REQUESTS[request]
        new = {"code": f"n{count}"} if path in ("/things", "/things/bulk") else {}
        if "bulk" in path and method == "PATCH":
            new = {"id": things[0]["id"]}
        if isinstance(sent, list):
            sent = [{**it, **new} for it in sent]
        elif sent:
            sent = {**sent, **new}
        response = await client.request(method, path, json=sent)
        count += 1
        used = response.status_code == 409 and path.endswith("/use")
        assert response.is_success or used, (request, response.text)

    for request in REQUESTS:
        async with db.driver(db.slots), db.driver(db.slots):
            pass
        for _ in range(2):
            await ask(request)
            db.idle.reverse()
        await newer(url, *CHANGES[change][: 1 if change == "type" else None])
        CHANGES["type"].reverse()
        for _ in range(2):
            await ask(request)
            db.idle.reverse()
"""


def test_it_serves(template: Path, programs: Path, server: Server, tmp_path: Path) -> None:
    project = render(template, tmp_path / "project", MODELS)
    (project / "tests/test_older_version.py").write_text(TESTS)
    variables = {"TEST_DATABASE_URL": server.database()}
    command = ("pytest", "-q", "-n0", "tests/test_older_version.py")
    run(project, *command, path=programs, variables=variables)
