"""What every request can rely on: problem documents, whatever is sent, and probes."""

import json
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, HTTPException
from httpx import ASGITransport, AsyncClient

from app.database import Db
from app.main import create_app
from app.settings import Settings
from app.web.fields import Input, Json, Text
from tests.checks import assert_invalid, assert_problem


class Echo(Input):
    text: Text | None = None
    anything: Json | None = None


router = APIRouter()


@router.post("/echo")
async def echo(data: Echo) -> dict[str, Any]:
    return data.model_dump()


@router.get("/forbidden")
async def forbidden() -> None:
    raise HTTPException(403, "Only for members")


@router.get("/broken")
async def broken(db: Db) -> None:
    raise RuntimeError("secret")


@pytest.fixture
def client() -> AsyncClient:
    """A client of the service, with routes of these tests' own and no database."""
    app: FastAPI = create_app(Settings(database_url="postgresql://nowhere/nothing"))
    app.include_router(router)
    app.state.database = None
    transport = ASGITransport(app, raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://test")


async def post(client: AsyncClient, body: str | bytes) -> Any:
    headers = {"content-type": "application/json"}
    return await client.post("/echo", content=body, headers=headers)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        b"\xff\xfe{}",
        b'{"text": "\xff"}',
        "[" * 100_000,
        '{"text": ' * 100_000,
        '{"text": 1}',
        '{"text": NaN}',
        '{"text": "\\ud800"}',
        '{"text": "\\u0000"}',
        '{"anything": NaN}',
        '{"anything": [Infinity]}',
        '{"anything": ' + "[" * 300 + "]" * 300 + "}",
        '{"anything": {"deep": ["\\u0000"]}}',
        '{"anything": {"deep": ["\\ud800"]}}',
        '{"anything": {"\\ud800": 1}}',
        '{"\\ud800": 1}',
        '{"unknown": 1}',
    ],
)
async def test_a_bad_body_is_422(client: AsyncClient, body: str | bytes) -> None:
    assert_problem(await post(client, body), 422)


async def test_an_escaped_backslash_is_not_nul(client: AsyncClient) -> None:
    body = {"text": None, "anything": "\\u0000"}
    response = await post(client, json.dumps(body))
    assert (response.status_code, response.json()) == (200, body)


async def test_a_problem_points_to_the_field_and_never_echoes(
    client: AsyncClient,
) -> None:
    response = await post(client, json.dumps({"text": ["secret"]}))
    assert_invalid(response, "text")
    assert "secret" not in response.text


async def test_an_unknown_path(client: AsyncClient) -> None:
    assert_problem(await client.get("/nowhere"), 404)


async def test_a_method_that_a_path_does_not_have(client: AsyncClient) -> None:
    response = await client.delete("/echo")
    assert_problem(response, 405)
    assert response.headers["allow"] == "POST"


async def test_an_error_of_ours_tells_nothing(client: AsyncClient) -> None:
    response = await client.get("/broken")
    assert_problem(response, 500)
    assert "secret" not in response.text


async def test_a_refusal_of_yours_keeps_its_words(client: AsyncClient) -> None:
    response = await client.get("/forbidden")
    assert_problem(response, 403)
    assert response.json()["detail"] == "Only for members"


async def test_live(client: AsyncClient) -> None:
    response = await client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


async def test_openapi_has_an_operation_id_once(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    operations = [it for path in document["paths"].values() for it in path.values()]
    ids = [it["operationId"] for it in operations]
    assert len(ids) == len(set(ids))
    for operation in operations:
        refusal = operation["responses"]["422"]["content"]
        assert list(refusal) == ["application/problem+json"]
