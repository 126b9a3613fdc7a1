"""The OpenAPI document, and the page that shows it."""

import re
from typing import Any

import pytest
from fastapi import FastAPI, Security
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer
from httpx import ASGITransport, AsyncClient

from app.http import openapi
from app.http.schemas import Input
from app.main import create_app
from app.settings import Settings
from tests.support.checks import assert_problem


class Told(Input):
    text: str | None = None


async def tell(data: Told) -> Told:
    return data


def client_of(*, docs: bool = True, root_path: str = "") -> AsyncClient:
    url = "postgresql://nowhere/nothing"
    settings = Settings(database_url=url, docs=docs, root_path=root_path)
    transport = ASGITransport(create_app(settings))
    return AsyncClient(transport=transport, base_url="http://test")


async def test_the_page_loads_nothing_from_elsewhere() -> None:
    client = client_of()
    page = await client.get("/docs")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert "docs/start.js" in loaded
    for relative in [*loaded, "docs/oauth2-redirect"]:
        assert (await client.get(f"/{relative}")).status_code == 200


async def test_neither_is_served_without_docs() -> None:
    client = client_of(docs=False)
    for path in ("/docs", "/docs/start.js", "/openapi.json"):
        assert_problem(await client.get(path), 404)


async def test_whoever_reads_the_document_knows_what_it_is_of() -> None:
    document = (await client_of().get("/openapi.json")).json()
    assert document["info"].keys() >= {"title", "version", "description", "license"}
    assert document["servers"] == [{"url": "/"}]
    operations = [it for path in document["paths"].values() for it in path.values()]
    described = {it["name"] for it in document["tags"] if it["description"]}
    assert {tag for it in operations for tag in it["tags"]} == described


async def test_clients_are_told_what_stands_before_the_paths() -> None:
    client = client_of(root_path="/api/v1")
    document = (await client.get("/api/v1/openapi.json")).json()
    assert document["servers"] == [{"url": "/api/v1"}]
    assert "/health/live" in document["paths"]


@pytest.mark.parametrize("apart", [True, False])
def test_the_document_has_what_fastapi_says_of_each_route(apart: bool) -> None:
    app = FastAPI(separate_input_output_schemas=apart)
    openapi.install(app)
    app.webhooks.post("told")(tell)
    app.add_api_route("/_told", tell, methods=["POST"], tags=["told"])
    assert "/_secret" not in app.openapi()["paths"]
    app.put("/_secret", dependencies=[Security(HTTPBearer())])(tell)
    found = app.openapi()
    theirs: dict[str, Any] = get_openapi(
        title=app.title,
        version=app.version,
        routes=app.routes,
        webhooks=app.webhooks.routes,
        separate_input_output_schemas=apart,
    )
    assert found["webhooks"] == theirs["webhooks"]
    assert [it["name"] for it in found["tags"]] == ["told"]
    schemes = found["components"]["securitySchemes"]
    assert schemes == theirs["components"]["securitySchemes"]
    schemas = theirs["components"]["schemas"]
    assert schemas.items() <= found["components"]["schemas"].items()
    for path, of in theirs["paths"].items():
        for method, operation in of.items():
            ours = found["paths"][path][method]
            assert operation.pop("responses").keys() <= ours["responses"].keys()
            assert operation.items() <= ours.items()
