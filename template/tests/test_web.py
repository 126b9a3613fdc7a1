"""What every request can rely on: problem documents, whatever is sent, and probes."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import FastAPIError
from fastapi.routing import APIRoute
from httpx import ASGITransport, AsyncClient
from pydantic import FiniteFloat
from sqlalchemy.dialects import postgresql
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.routing import Match
from starlette.types import Message, Scope

from app.dependencies import Db
from app.errors import Unavailable, UnreadableValue
from app.fields.text import Text
from app.http import problems
from app.http.routing import APIRouter as LazyRouter
from app.http.routing import LazyRoute, RoutingTable, include
from app.http.schemas import Input
from app.main import create_app
from app.settings import Settings
from tests.support.checks import assert_invalid, assert_problem


class Echo(Input):
    text: Text | None = None


NOWHERE = "postgresql://nowhere/nothing"
router = APIRouter()


@router.post("/_echo")
async def echo(data: Echo) -> dict[str, Any]:
    return data.model_dump()


@router.put("/_echo")
async def replace_echo(data: Echo) -> None:
    pass


@router.get("/_members/{name}")
async def member() -> None:
    pass


@router.get("/_moved")
async def moved(to: str) -> Response:
    return Response(headers={"Location": to})


@router.get("/_names/{name}")
async def named(name: str, also: str = "") -> list[str]:
    return [name, also]


@router.get("/_names/{name}/below")
async def below() -> None:
    pass


@router.head("/_own")
async def own_head() -> Response:
    return Response(headers={"X-Own": "1"})


@router.get("/_own")
async def own_get() -> None:
    pass


@router.get("/_forbidden")
async def forbidden() -> None:
    raise HTTPException(403, "Only for members")


@router.get("/_instead")
async def instead() -> None:
    raise HTTPException(403) from HTTPException(404)


@router.get("/_stored")
async def stored() -> None:
    raise UnreadableValue("secret")


@router.get("/_numbers")
async def numbers() -> list[dict[str, FiniteFloat]]:
    return [{"one": 1.0}, {"one": float("nan")}]


@router.post("/_raw")
async def raw(request: Request) -> int:
    return len(await request.body())


@router.get("/_grouped")
async def grouped(work: str) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(GROUPED[work]())


@router.get("/_broken")
async def broken(db: Db) -> None:
    raise RuntimeError("secret")


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return app_with(Settings(database_url=NOWHERE, body_limit=1_000_000))


def app_with(settings: Settings) -> FastAPI:
    """The service, with routes of these tests' own and no database."""
    app: FastAPI = create_app(settings)
    app.include_router(router)
    app.state.database = app.state.replica = None
    return app


@pytest.fixture
def client(app: FastAPI) -> AsyncClient:
    return client_of(app)


def client_of(app: FastAPI) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app), base_url="http://test")


async def post(client: AsyncClient, body: str | bytes) -> Any:
    headers = {"content-type": "application/json"}
    return await client.post("/_echo", content=body, headers=headers)


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
        '{"\\ud800": 1}',
        '{"unknown": 1}',
    ],
)
async def test_a_bad_body_is_422(client: AsyncClient, body: str | bytes) -> None:
    assert_problem(await post(client, body), 422)


async def test_a_syntax_error_points_to_no_field(client: AsyncClient) -> None:
    (fault,) = assert_problem(await post(client, '{"text": oops}'), 422)
    assert fault.keys() == {"detail"}
    assert "character 10" in fault["detail"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "json", ""])
async def test_a_body_that_is_not_json_is_415(client: AsyncClient, kind: str) -> None:
    headers = {"content-type": kind} if kind else {}
    for body in (b'{"text": "a"}', b"oops"):
        response = await client.post("/_echo", content=body, headers=headers)
        assert_problem(response, 415)
        assert "application/json" in response.json()["detail"]


async def test_a_problem_points_to_the_field_and_never_echoes(
    client: AsyncClient,
) -> None:
    response = await post(client, json.dumps({"text": ["secret"]}))
    assert_invalid(response, "text")
    assert "secret" not in response.text


async def test_an_unknown_path(client: AsyncClient) -> None:
    assert_problem(await client.get("/nowhere"), 404)


async def test_a_method_that_a_path_does_not_have(client: AsyncClient) -> None:
    response = await client.delete("/_echo")
    assert_problem(response, 405)
    assert response.headers["allow"] == "POST, PUT"


async def test_only_the_routers_of_a_path_are_asked() -> None:
    class Unasked(APIRouter):
        def matches(self, scope: Scope) -> tuple[Match, Scope]:
            raise AssertionError(scope["path"])

    others = Unasked()
    others.add_api_route("/_others/{name}", member)
    others.add_api_route("/_members/{name}/others", member)
    app = FastAPI()
    app.include_router(others)
    app.include_router(router)
    RoutingTable(app)
    client = client_of(app)
    assert (await client.get("/_members/some")).status_code == 200
    with pytest.raises(AssertionError, match="/_others/some"):
        await client.get("/_others/some")


async def test_only_the_routes_of_a_prefix_and_resource_are_asked() -> None:
    app = FastAPI()
    for name in ("_members", "_others"):
        resource = APIRouter(route_class=LazyRoute)
        resource.add_api_route(f"/{name}/{{key}}", member)
        app.include_router(resource, prefix="/api/v1")
    table = RoutingTable(app)
    (asked,) = table.candidates("/api/v1/_members/some")
    assert asked.path == "/api/v1/_members/{key}"


async def test_a_route_is_made_once() -> None:
    lazy = APIRouter(route_class=LazyRoute)
    lazy.add_api_route("/_members/{name}", member)
    app = FastAPI()
    app.include_router(lazy)
    RoutingTable(app)
    assert (await client_of(app).get("/_members/some")).status_code == 200
    assert "/_members/{name}" in app.openapi()["paths"]
    (route,) = lazy.routes
    assert isinstance(route, LazyRoute)
    assert "dependant" not in vars(route)
    assert route.dependant.call is member
    assert not hasattr(route, "nothing")


async def test_a_generated_router_is_made_by_its_first_request() -> None:
    made = list[str]()

    def name(route: APIRoute) -> str:
        made.append(route.path)
        return route.name

    app = FastAPI(openapi_url=None, generate_unique_id_function=name)
    problems.install(app)
    for path in ("/_members/{key}", "/_others/{key}"):
        resource = LazyRouter()
        resource.add_api_route(path, member)
        include(app, resource)
    RoutingTable(app)
    client = client_of(app)
    assert_problem(await client.get("/_nowhere/some"), 404)
    sent = asyncio.Queue[Message]()
    scope = {"type": "websocket", "path": "/_members/some", "headers": []}
    await app(scope, sent.get, sent.put)
    assert sent.get_nowait()["type"] == "websocket.close"
    assert made == []
    response = await client.delete("/_members/some")
    assert_problem(response, 405)
    assert response.headers["allow"] == "GET, HEAD"
    assert (await client.get("/_members/some")).status_code == 200
    assert made == ["/_members/{key}"]


def test_a_mistake_in_a_route_of_yours_ends_the_start() -> None:
    async def mistaken(key: Request | int) -> None: ...

    app, own = FastAPI(), LazyRouter()
    own.add_api_route("/_members/{key}", mistaken)
    include(app, own)
    with pytest.raises(FastAPIError, match="Invalid args"):
        RoutingTable(app)


async def test_only_lifespans_that_do_something_are_nested() -> None:
    """FastAPI nests one for each router, which is too deep for a thousand of them."""
    done = list[str]()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        done.append("a lifespan")
        yield
        done.append("its end")

    app = FastAPI()
    for _ in range(2000):
        include(app, LazyRouter())
    include(app, APIRouter(lifespan=lifespan))
    include(app, APIRouter(on_startup=[lambda: done.append("a handler")]))
    async with app.router.lifespan_context(app):
        assert sorted({*done}) == ["a handler", "a lifespan"]
    assert done[-1] == "its end"


async def test_a_fixed_path_is_no_key() -> None:
    members = APIRouter(route_class=LazyRoute)
    members.add_api_route("/_members/bulk", member, methods=["POST"])
    app = FastAPI()
    problems.install(app)
    app.include_router(members)
    app.include_router(router)
    RoutingTable(app)
    client = client_of(app)
    assert (await client.post("/_members/bulk")).status_code == 200
    response = await client.get("/_members/bulk")
    assert_problem(response, 405)
    assert response.headers["allow"] == "POST"


async def test_a_fixed_path_of_yours_may_be_a_key_of_yours() -> None:
    generated = APIRouter(route_class=LazyRoute)
    generated.add_api_route("/_pages/{key}", member, methods=["DELETE"])
    app = FastAPI()
    problems.install(app)
    app.include_router(generated)
    app.add_api_route("/_pages/login", member, methods=["POST"])
    app.add_api_route("/{page:path}", told)
    RoutingTable(app)
    client = client_of(app)
    assert (await client.post("/_pages/login")).json() is None
    assert (await client.get("/_pages/login")).json() == "/{page:path}"
    response = await client.delete("/_pages/login")
    assert_problem(response, 405)
    assert response.headers["allow"] == "GET, HEAD, POST"


async def test_the_narrowest_route_serves_beside_one_of_starlette() -> None:
    async def named(request: Request) -> Response:
        return Response('"named"')

    mixed = APIRouter()
    mixed.add_route("/_users/{name}", named)
    mixed.add_api_route("/_users/me", told)
    app = FastAPI()
    app.include_router(mixed)
    RoutingTable(app)
    client = client_of(app)
    assert (await client.get("/_users/some")).json() == "named"
    assert (await client.get("/_users/me")).json() == "/_users/me"


async def told(request: Request) -> str:
    """Of which route this is the endpoint."""
    return str(request.scope["route"].path)


# Those of LazyRoute are as of a generated router.
member.__module__ = told.__module__ = "app.resources.members.router"


def router_of(*paths: str, route_class: type[APIRoute] = APIRoute) -> APIRouter:
    made = APIRouter(route_class=route_class)
    for path in paths:
        made.add_api_route(path, told)
    return made


GENERATED = ("/_users/count", "/_users/{user_id}", "/_users/{user_id}/items")
BELOW = ("/_users/me", "/_users/me/items/{item_id}", "/_items/{below}")
ONE = (
    "/{rest:path}",
    "/{kind}/first",
    "/_users/{name}",
    "/_users/{rest:path}",
    "/{kind}/{name}",
    "/_users/me/{what}",
)
OTHER = (
    "/_users/statistics",
    "/_users/me/items",
    "/_users/{number:int}",
    "/{a}/other",
    "/{kind}/files/{rest:path}",
)


@pytest.fixture(scope="module")
def own() -> FastAPI:
    """Routes of owners: below those of a generated router, and in two of their own."""
    app = FastAPI()
    generated = ("/_items/{item_id}", *GENERATED, *BELOW)
    app.include_router(router_of(*generated, route_class=LazyRoute))
    app.include_router(router_of(*ONE))
    RoutingTable(app)
    other, inner = router_of(*OTHER), FastAPI()
    app.include_router(other)
    inner.include_router(other)
    app.mount("/_users/inner", inner)
    return app


@pytest.mark.parametrize("root", ["", "/api"])
@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/_users/count", "/_users/count"),
        ("/_users/me", "/_users/me"),
        ("/_users/me/items/1", "/_users/me/items/{item_id}"),
        ("/_users/statistics", "/_users/statistics"),
        ("/_users/me/items", "/_users/me/items"),
        ("/_users/me/other", "/_users/me/{what}"),
        ("/_users/some", "/_users/{name}"),  # which is an owner's
        ("/_items/some", "/_items/{below}"),
        ("/_users/1", "/_users/{number:int}"),
        ("/_users/some/items", "/_users/{user_id}/items"),
        ("/_users/some/other/way", "/_users/{rest:path}"),
        ("/_others/some", "/{kind}/{name}"),
        ("/_others/other", "/{a}/other"),
        ("/_others/files/some/file", "/{kind}/files/{rest:path}"),
        ("/_others/some/other/way", "/{rest:path}"),
        ("/_users/first", "/{kind}/first"),  # neither is narrower
        ("/_users/inner/_users/me/items", "/_users/me/items"),
    ],
)
async def test_the_narrowest_route_serves(
    own: FastAPI, path: str, route: str, root: str
) -> None:
    transport = ASGITransport(own, root_path=root)
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get(f"{root}{path}")).json() == route


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("a%2Fb", ["a/b", ""]),
        ("a%2Fbelow", ["a/below", ""]),
        ("%2F", ["/", ""]),
        ("a%252Fb", ["a%2Fb", ""]),
        ("%C3%A9%20%3F?also=%C3%A9%2F", ["é ?", "é/"]),
        ("%EF%BF%BD", ["\ufffd", ""]),
    ],
)
async def test_a_key_of_any_characters(
    client: AsyncClient, path: str, values: list[str]
) -> None:
    assert (await client.get(f"/_names/{path}")).json() == values


@pytest.mark.parametrize(
    "path", ["%FF", "a/%C3", "%ED%A0%80", "a?also=%FF", "a?%FF=a", "%EF%B7%90"]
)
async def test_a_url_that_is_not_utf_8(client: AsyncClient, path: str) -> None:
    assert_problem(await client.get(f"/_names/{path}"), 422)


@pytest.mark.parametrize(
    "path", ["/health/live", "/_members/some", "/_forbidden", "/_broken", "/nowhere"]
)
async def test_a_head_is_a_get_without_its_body(client: AsyncClient, path: str) -> None:
    head, got = await client.head(path), await client.get(path)
    assert head.status_code == got.status_code
    assert not head.content
    for response in (head, got):
        del response.headers["x-request-id"]
    assert head.headers == got.headers


async def test_a_head_of_what_has_no_get(client: AsyncClient) -> None:
    assert (await client.head("/_echo")).status_code == 405
    assert (await client.head("/_own")).headers["x-own"] == "1"
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert not [it for it, of in paths.items() if "head" in of and it != "/_own"]


@pytest.mark.parametrize("root", ["", "/api/v1"])
async def test_a_path_prefix(root: str) -> None:
    """It is the same where a proxy takes it away and where none does."""
    app = app_with(Settings(database_url=NOWHERE, root_path="/api/v1"))
    inner = FastAPI()
    inner.include_router(router)
    app.mount("/inner", inner)
    client = client_of(app)
    for path in ("/health/live", "/_members/some", "/inner/_members/some"):
        assert (await client.get(f"{root}{path}")).status_code == 200
    document = (await client.get(f"{root}/openapi.json")).json()
    assert document["servers"] == [{"url": "/api/v1"}]
    for there in ("/_members/1", "/api/v1/_members/1"):
        response = await client.get(f"{root}/_moved", params={"to": there})
        assert response.headers["location"] == "/api/v1/_members/1"
    for there in ("//other/_members/1", "https://other/_members/1", "1"):
        response = await client.get(f"{root}/_moved", params={"to": there})
        assert response.headers["location"] == there
    assert (await client.get(f"{root}/docs/start.js")).status_code == 200
    assert_problem(await client.get(f"{root}/nowhere"), 404)
    response = await client.delete(f"{root}/_echo")
    assert_problem(response, 405)
    assert response.headers["allow"] == "POST, PUT"


OVERLAP = (sa.text('(int4range("from", "per%cent"))'), "&&")
RULES: dict[str, tuple[Any, list[str]]] = {
    "check": (
        sa.CheckConstraint('"from" > "per%cent" AND class <> \'other\''),
        ["class", "from", "per%cent"],
    ),
    "unique": (sa.UniqueConstraint("other", "class"), ["other", "class"]),
    "index": (
        sa.Index("i", sa.text("abs(class)"), postgresql_where=sa.text("other > 0")),
        ["class"],
    ),
    "exclusion": (
        postgresql.ExcludeConstraint(
            ("other", "="), OVERLAP, where=sa.text("class > 0"), name="e"
        ),
        ["other", "from", "per%cent"],
    ),
}


@pytest.mark.parametrize("kind", RULES)
def test_a_rule_names_its_columns(kind: str) -> None:
    rule, columns = RULES[kind]
    names = ("class", "from", "other", "per%cent")
    sa.Table(kind, sa.MetaData(), *(sa.Column(it, sa.Integer) for it in names), rule)
    assert [it.name for it in problems.ruled(rule)] == columns


async def test_an_error_of_ours_tells_nothing(client: AsyncClient) -> None:
    response = await client.get("/_broken")
    assert_problem(response, 500)
    assert "secret" not in response.text


async def test_a_stored_value_that_python_has_not(client: AsyncClient) -> None:
    response = await client.get("/_stored")
    assert_problem(response, 500)
    assert response.json()["detail"] == "A stored value cannot be read."


async def test_a_response_that_does_not_fit(client: AsyncClient) -> None:
    response = await client.get("/_numbers")
    (fault,) = assert_problem(response, 500)
    assert response.json()["detail"] == "The response does not fit its schema."
    assert fault == {"detail": "Input should be a finite number", "pointer": "#/1/one"}


async def test_a_refusal_of_yours_keeps_its_words(client: AsyncClient) -> None:
    response = await client.get("/_forbidden")
    assert_problem(response, 403)
    assert response.json()["detail"] == "Only for members"


async def unavailable() -> None:
    raise Unavailable("The database does not answer")


async def unexpected() -> None:
    raise RuntimeError("secret")


GROUPED = {"forbidden": forbidden, "away": unavailable, "broken": unexpected}


@pytest.mark.parametrize(
    ("work", "status"), [("forbidden", 403), ("away", 503), ("broken", 500)]
)
async def test_what_ends_a_task_group(
    client: AsyncClient, work: str, status: int
) -> None:
    response = await client.get("/_grouped", params={"work": work})
    assert_problem(response, status)
    assert "secret" not in response.text


async def test_an_error_is_not_answered_as_its_cause(client: AsyncClient) -> None:
    assert_problem(await client.get("/_instead"), 403)


async def test_a_body_over_the_limit(client: AsyncClient) -> None:
    assert_problem(await post(client, b" " * 1_000_001), 413)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 100_000

    headers = {"content-type": "application/json"}
    response = await client.post("/_echo", content=chunks(), headers=headers)
    assert_problem(response, 413)


@pytest.mark.parametrize("length", ["9" * 4_400, "9" * 19, "+5", "-5", "", "a", "²"])
async def test_a_length_that_no_body_has(client: AsyncClient, length: str) -> None:
    headers = {b"Content-Length": length.encode(), b"Content-Type": b"application/json"}
    response = await client.post("/_echo", content=b"{}", headers=headers)
    assert_problem(response, 413)


async def test_a_length_with_leading_zeros(client: AsyncClient) -> None:
    headers = {"Content-Length": "0" * 4_400 + "2", "Content-Type": "application/json"}
    response = await client.post("/_echo", content=b"{}", headers=headers)
    assert response.status_code == 200


GZIP = {"Content-Encoding": "gzip", "Content-Type": "application/json"}


@pytest.mark.parametrize(
    "codings", [["gzip"], ["BR"], ["deflate, gzip"], ["identity", "zstd"], ["gzip", ""]]
)
async def test_an_encoded_body_is_415(client: AsyncClient, codings: list[str]) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("It is read")
        yield b""

    headers = [("Content-Type", "application/json")]
    headers += [("Content-Encoding", it) for it in codings]
    response = await client.post("/_echo", content=unread(), headers=headers)
    assert_problem(response, 415)
    assert response.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("coding", ["identity", "Identity, identity", ""])
async def test_a_body_with_no_encoding(client: AsyncClient, coding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    response = await client.post("/_echo", content=b"{}", headers=headers)
    assert response.status_code == 200


async def too_slow() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.sleep(5)


async def test_a_body_that_does_not_come() -> None:
    client = client_of(app_with(Settings(database_url=NOWHERE, body_timeout=0.1)))
    assert_problem(await client.post("/_echo", content=too_slow()), 408)


async def test_limits_hold_behind_any_middleware() -> None:
    async def dispatch(request: Request, call: RequestResponseEndpoint) -> Response:
        return await call(request)

    app = app_with(Settings(database_url=NOWHERE, body_limit=9, body_timeout=0.1))
    app.user_middleware.append(Middleware(BaseHTTPMiddleware, dispatch=dispatch))
    client = client_of(app)
    assert_problem(await post(client, b" " * 10), 413)
    assert_problem(await client.post("/_echo", content=too_slow()), 408)


async def test_an_answer_has_the_id_of_its_request(client: AsyncClient) -> None:
    given = await client.get("/health/live", headers={"X-Request-ID": "abc-1"})
    assert given.headers["x-request-id"] == "abc-1"
    for odd in ("", "a b", "x" * 200, "\x7f"):
        made = await client.get("/nowhere", headers={"X-Request-ID": odd})
        assert len(made.headers["x-request-id"]) == 32
    assert len((await client.get("/_broken")).headers["x-request-id"]) == 32


async def test_a_request_is_one_line_of_the_log(client: AsyncClient) -> None:
    handlers = logging.getLogger().handlers
    (handler,) = (it for it in handlers if type(it) is logging.StreamHandler)
    handler.setStream(log := StringIO())
    await client.get("/_members/secret", headers={"X-Request-ID": "abc-1"})
    await client.get("/nowhere/secret")
    await client.get("/docs")
    lines = map(json.loads, log.getvalue().splitlines())
    line, unknown, docs = (it for it in lines if it["logger"] == "app.http.middleware")
    assert line.pop("time")
    assert line.pop("duration_ms") >= 0
    assert line == {
        "level": "INFO",
        "logger": "app.http.middleware",
        "message": line["message"],
        "request_id": "abc-1",
        "method": "GET",
        "route": "/_members/{name}",
        "status": 200,
    }
    assert "secret" not in line["message"] + str(unknown)
    assert (unknown["route"], unknown["status"]) == ("unmatched", 404)
    assert (docs["route"], docs["status"]) == ("/docs", 200)


async def test_a_client_that_leaves_amid_its_body(app: FastAPI) -> None:
    messages = [{"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    handlers = logging.getLogger().handlers
    (handler,) = (it for it in handlers if type(it) is logging.StreamHandler)
    handler.setStream(log := StringIO())
    headers = [(b"content-length", b"9")]
    scope = {"type": "http", "method": "POST", "path": "/_raw", "headers": headers}
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await app({**scope, "query_string": b""}, receive, send)
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert (line["level"], line["status"], sent) == ("INFO", 499, [])


async def test_pages_of_others_may_not_call(client: AsyncClient) -> None:
    origin = {"Origin": "https://example.com"}
    assert "access-control-allow-origin" not in (
        (await client.get("/health/live", headers=origin)).headers
    )
    open_to = Settings(database_url=NOWHERE, cors_origins=["https://example.com"])
    client = client_of(app_with(open_to))
    response = await client.get("/health/live", headers=origin)
    assert response.headers["access-control-allow-origin"] == "https://example.com"


async def test_pages_of_others_may_read_every_problem() -> None:
    origin = "https://example.com"
    opened = Settings(
        database_url=NOWHERE,
        cors_origins=[origin],
        trusted_hosts=["test"],
        body_limit=9,
        body_timeout=0.1,
    )
    app = app_with(opened)

    async def cancelled() -> None:
        raise asyncio.CancelledError

    app.add_api_route("/_cancelled", cancelled)
    client = client_of(app)
    client.headers["Origin"] = origin
    for status, response in (
        (500, await client.get("/_broken")),
        (503, await client.get("/_cancelled")),
        (400, await client.get("/nowhere", headers={"Host": "evil.example.org"})),
        (404, await client.get("/nowhere")),
        (405, await client.delete("/_echo")),
        (408, await client.post("/_echo", content=too_slow())),
        (413, await client.post("/_echo", content=b" " * 10)),
        (415, await client.post("/_echo", content=b"{}", headers=GZIP)),
        (422, await client.get("/_names/%FF")),
    ):
        assert_problem(response, status)
        assert response.headers["access-control-allow-origin"] == origin
        assert "x-request-id" in response.headers


async def test_hosts_that_are_not_trusted() -> None:
    trusted = Settings(database_url=NOWHERE, trusted_hosts=["test", "*.example.com"])
    client = client_of(app_with(trusted))
    assert (await client.get("/openapi.json")).status_code == 200
    for host in ("evil.example.org", "", "a b", "[", "test:x", "example.com"):
        refused = await client.get("/openapi.json", headers={"Host": host})
        assert_problem(refused, 400)
    probe = {"Host": "127.0.0.1:8000"}
    assert (await client.get("/health/live", headers=probe)).status_code == 200


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
