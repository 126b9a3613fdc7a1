"""Endpoints of owners serve wherever they may stand, and the others go on serving."""

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.support import EXAMPLES, render, run

ONE = "00000000-0000-0000-0000-000000000000"
USERS = "app/resources/users"

# Each endpoint is called after where it stands.
OWN = {
    f"{USERS}/router.py": """

        @router.get("/users/me")
        async def below() -> None: ...


        @router.patch("/users/{name}")
        async def alike_below(name: str) -> None: ...


        @router.get("/users/me/items/{place}")
        async def longer_below(place: int) -> None: ...
        """,
    f"{USERS}/zz.py": """
        from fastapi import APIRouter, Depends, WebSocket
        from starlette.responses import PlainTextResponse
        from starlette.types import Receive, Scope, Send

        router = APIRouter(prefix="/users", dependencies=[Depends(lambda: None)])
        inner = APIRouter(prefix="/inner")


        @router.get("/statistics")
        async def beside() -> None: ...


        @router.get("/me/items")
        async def beside_another() -> None: ...


        @router.api_route("/both", methods=["GET", "POST"])
        async def both() -> None: ...


        async def added() -> None: ...


        @router.websocket("/live")
        async def live(socket: WebSocket) -> None: ...


        @inner.get("/{name}")
        async def within(name: str) -> None: ...


        async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
            await PlainTextResponse("")(scope, receive, send)


        mounted.__name__ = "mounted"
        router.add_api_route("/added", added, methods=["PUT"])
        router.include_router(inner)
        router.mount("/users/files", mounted)
        """,
    "app/resources/tags/alike.py": """
        from fastapi import APIRouter

        router = APIRouter()


        @router.put("/tags/{tag_id}")
        async def instead(tag_id: str) -> None: ...
        """,
    "app/resources/tags/another.py": """
        from fastapi.routing import APIRoute

        from app.resources.tags.router import router


        async def inserted() -> None: ...


        @router.get("/tags/popular")
        async def appended() -> None: ...


        router.routes.insert(0, APIRoute("/tags/{word}", inserted))
        """,
    "app/resources/reports/__init__.py": "",
    "app/resources/reports/router.py": """
        from fastapi import APIRouter

        from app.resources.users.router import router as users

        router = APIRouter()
        router.include_router(users, prefix="/v2", include_in_schema=False)


        @router.get("/users/report")
        async def in_a_package_of_its_own() -> None: ...


        @router.get("/items/{slug}")
        async def alike(slug: str) -> None: ...


        @router.get("/items/{rest:path}")
        async def any_path(rest: str) -> None: ...


        @router.get("/{kind}/{name}")
        async def wide(kind: str, name: str) -> None: ...
        """,
    "app/resources/tags/wide.py": """
        from fastapi import APIRouter

        router = APIRouter()


        @router.get("/{kind}/other")
        async def less_wide(kind: str) -> None: ...
        """,
    "app/main.py": """
    @app.get("/users/wired")
    async def wired() -> None: ...
""",
}

SERVED = {
    "GET /users/me": "below",
    "PATCH /users/some": "alike_below",
    "GET /users/me/items/1": "longer_below",
    "GET /users/statistics": "beside",
    "GET /users/me/items": "beside_another",
    "GET /users/both": "both",
    "POST /users/both": "both",
    "PUT /users/added": "added",
    "GET /users/inner/some": "within",
    "GET /users/files/items": "mounted",
    "GET /tags/popular": "appended",
    "GET /tags/some": "inserted",
    f"PUT /tags/{ONE}": "instead",
    "GET /users/report": "in_a_package_of_its_own",
    "GET /items/some": "alike",
    "GET /items/some/other/way": "any_path",
    "GET /some/thing": "wide",
    "GET /users/added": "wide",  # as PUT is not generated
    "GET /some/other": "less_wide",
    "GET /users/wired": "wired",
    "GET /v2/users/me": "below",
    # and what is generated
    "GET /users": "list_users",
    f"GET /users/{ONE}": "get_user",
    "GET /users/live": "get_user",  # a WebSocket otherwise
    f"DELETE /users/{ONE}": "delete_user",
    f"GET /users/{ONE}/items": "list_items_of_user",
    f"GET /v2/users/{ONE}": "get_user",
    f"PATCH /items/{ONE}": "update_item",
    f"GET /items/{ONE}/tags": "list_tags_of_item",
    # as its GET
    "HEAD /users/statistics": "200",
    "HEAD /users/files/items": "200",
    "HEAD /some/other": "200",
    # 405, with what is allowed
    "HEAD /items/bulk": "POST",
    "DELETE /users/me": "GET, HEAD",
    "DELETE /users/both": "GET, HEAD, POST",
    "GET /items/bulk": "POST",
    "POST /users/live": "DELETE, GET, HEAD, PATCH, PUT",
    # 404
    "GET /users/me/": "",
    "POST /some/thing/else": "",
}

ASK = """
import asyncio, json, logging, sys

from app.main import create_app
from app.settings import Settings

app = create_app(Settings(database_url="postgresql://nowhere/nothing"))
app.state.database = app.state.replica = None
logging.disable(logging.CRITICAL)


async def ask(method, path, root):
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": root + path, "root_path": root,
             "query_string": b"", "headers": []}
    await app(scope, receive, send)
    headers = dict(sent[0]["headers"])
    if b"allow" in headers:
        return headers[b"allow"].decode()
    if method == "HEAD":
        return str(sent[0]["status"])
    return "" if sent[0]["status"] == 404 else scope["endpoint"].__name__


asked = json.loads(sys.argv[1])
answers = {it: asyncio.run(ask(*it.split(), sys.argv[2])) for it in asked}
print(json.dumps([answers, app.openapi()]))
"""


def ask(project: Path, programs: Path, requests: list[str], root: str = "") -> list[Any]:
    """Who serves each of the requests, and the OpenAPI document."""
    command = (programs / "python", "-W", "ignore", "-c", ASK, json.dumps(requests), root)
    found: list[Any] = json.loads(run(project, *command))
    return found


@pytest.fixture(scope="module")
def project(template: Path, programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = render(template, tmp_path_factory.mktemp("own") / "own", EXAMPLES / "sample.yml")
    _, before = ask(project, programs, [])
    for name, text in OWN.items():
        (project / name).parent.mkdir(exist_ok=True)
        with (project / name).open("a") as file:
            file.write(text if name == "app/main.py" else dedent(text))
    _, after = ask(project, programs, [])
    order = [it for it in after["paths"] if it in before["paths"]]
    assert order == list(before["paths"])
    return project


@pytest.mark.parametrize("root", ["", "/api"])
def test_own_endpoints_serve(project: Path, programs: Path, root: str) -> None:
    answers, document = ask(project, programs, list(SERVED), root)
    assert answers == SERVED
    assert document["paths"]["/tags/{tag_id}"]["put"]["operationId"] == "instead"
