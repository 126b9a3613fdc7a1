"""What a service does while an issuer is slow, away, or answers with rubbish.

`test_issuers.py` runs it in a rendered service. The issuer is a real server.
"""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Annotated, Any

import httpx
import pytest
from app.access import issuers
from app.access.principal import Principal, token_of
from app.access.tokens import Tokens
from app.errors import Unauthenticated, Unavailable
from app.main import create_app
from app.settings import Settings
from fastapi import APIRouter, Depends
from joserfc import jwt
from joserfc.jwk import ECKey, Key

OLD, NEW = (ECKey.generate_key("P-256", {"kid": it, "alg": "ES256"}) for it in ("old", "new"))
NOWHERE = "postgresql://nowhere/nothing"
PATIENCE = 60  # seconds, after which a test has failed
Handler = BaseHTTPRequestHandler


class Server:
    """An issuer that answers as `answer` says, and counts what it is asked for."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.ended = threading.Event()
        self.answer: Callable[[Handler], None] = self.well
        self.keys: list[Key] = [OLD]
        server = self

        class Asked(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked[self.path] += 1
                server.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.ended.set()
        self.http.shutdown()
        self.http.server_close()

    def well(self, to: Handler) -> None:
        if to.path == "/.well-known/openid-configuration":
            send(to, {"issuer": self.url, "jwks_uri": f"{self.url}/keys"})
        else:
            send(to, {"keys": [it.as_dict(private=False) for it in self.keys]})

    def hang(self, to: Handler) -> None:
        self.ended.wait(PATIENCE)

    def drip(self, to: Handler) -> None:
        to.send_response(200)
        to.end_headers()
        try:
            while not self.ended.wait(0.01):
                to.wfile.write(b" ")
        except OSError:
            pass

    def redirect(self, to: Handler) -> None:
        if to.path == "/elsewhere":
            self.well(to)
        else:
            send(to, {}, 302, Location=f"{self.url}/elsewhere")

    def keys_elsewhere(self, to: Handler) -> None:
        send(to, {"issuer": self.url, "jwks_uri": "http://192.0.2.1/keys"})

    def another(self, to: Handler) -> None:
        send(to, {"issuer": f"{self.url}/", "jwks_uri": f"{self.url}/keys"})

    def long(self, to: Handler) -> None:
        send(to, b" " * 300_000 + b"{}")

    def deep(self, to: Handler) -> None:
        send(to, b"[" * 100_000)


def send(to: Handler, content: Any, status: int = 200, **headers: str) -> None:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    to.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        to.send_header(name, value)
    to.end_headers()
    to.wfile.write(body)


def failing(content: Any, status: int = 200) -> Callable[[Server, Handler], None]:
    return lambda server, to: send(to, content, status)


RUBBISH: dict[str, Callable[[Server, Handler], None]] = {
    "hangs": Server.hang,
    "drips": Server.drip,
    "redirects": Server.redirect,
    "keys elsewhere": Server.keys_elsewhere,
    "another issuer": Server.another,
    "too long": Server.long,
    "deep": Server.deep,
    "500": failing({}, 500),
    "404": failing({}, 404),
    "no JSON": failing(b"<html>"),
    "not UTF-8": failing(b"\xff"),
    "nothing": failing(b""),
    "null": failing(None),
    "a list": failing([]),
    "an empty object": failing({}),
    "no keys": failing({"keys": []}),
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuers, "RETRY", 0.05)


def settings(server: Server) -> Settings:
    return Settings(database_url=NOWHERE, auth_issuer=[server.url], auth_audience=["shop"])


@asynccontextmanager
async def started(server: Server) -> AsyncIterator[Tokens]:
    tokens = Tokens(settings(server))
    tokens.start()
    try:
        async with asyncio.timeout(PATIENCE):
            yield tokens
    finally:
        await tokens.close()


def sent(server: Server, key: Key = OLD, kid: str | None = None) -> list[bytes]:
    claims = {"iss": server.url, "aud": "shop", "sub": "ann", "exp": int(time.time()) + 3600}
    token = jwt.encode({"alg": "ES256", "kid": kid or key.kid}, claims, key)
    return [f"Bearer {token}".encode()]


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    for _ in count():
        if await done():
            return
        await asyncio.sleep(0.01)


async def answers(tokens: Tokens, headers: list[bytes]) -> bool:
    try:
        await tokens.principal(headers)
    except (Unauthenticated, Unavailable):
        return False
    return True


async def test_keys_are_found_by_discovery(server: Server) -> None:
    async with started(server) as tokens:
        assert (await tokens.principal(sent(server))).subject == "ann"
    assert server.asked == {"/.well-known/openid-configuration": 1, "/keys": 1}


async def test_a_thousand_unknown_keys_are_asked_for_once(server: Server) -> None:
    async with started(server) as tokens:
        good = sent(server)
        await tokens.principal(good)
        headers = [sent(server, NEW, str(it)) for it in range(1000)]
        found = await asyncio.gather(*(answers(tokens, it) for it in headers))
        assert not any(found)
        found = [await answers(tokens, it) for it in headers]
        assert not any(found)
        assert await answers(tokens, good)
        assert (server.asked["/keys"], len(tokens.remembered)) == (2, 1)


async def test_a_new_key_is_taken_at_once(server: Server) -> None:
    async with started(server) as tokens:
        await tokens.principal(sent(server))
        server.keys = [OLD, NEW]
        both = sent(server, NEW), sent(server)
        assert all([await answers(tokens, it) for it in both])
        server.keys = [NEW]
        tokens.issuers[0]._asked -= issuers.PAUSE  # half a minute later
        assert not await answers(tokens, sent(server, OLD, "unknown"))
        assert [await answers(tokens, it) for it in both] == [True, False]


async def test_none_are_asked_for_by_hand(server: Server) -> None:
    """What is refused by its form, header or issuer asks for no keys."""
    async with started(server) as tokens:
        await tokens.principal(sent(server))
        other = Server()
        for headers in ([b"Bearer a.b.c"], sent(other, NEW, "unknown")):
            assert not await answers(tokens, headers)
        other.close()
        assert server.asked["/keys"] == 1


@pytest.mark.parametrize("kind", RUBBISH)
async def test_rubbish(server: Server, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuers, "TIMEOUT", 0.3)
    server.answer = lambda to: RUBBISH[kind](server, to)
    async with started(server) as tokens:
        for _ in range(3):
            with pytest.raises(Unavailable):
                await tokens.principal(sent(server))
            with pytest.raises(Unauthenticated):
                await tokens.principal([b"Bearer x"])
        server.answer = server.well
        monkeypatch.setattr(issuers, "TIMEOUT", PATIENCE)
        await until(lambda: answers(tokens, sent(server)))


@pytest.mark.parametrize("kind", ["hangs", "500", "no keys"])
async def test_an_issuer_that_goes_away(
    server: Server, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuers, "REFRESH", 0.01)
    async with started(server) as tokens:
        await tokens.principal(sent(server))
        monkeypatch.setattr(issuers, "TIMEOUT", 0.2)
        server.answer = lambda to: RUBBISH[kind](server, to)
        before = server.asked.total()

        async def asked() -> bool:
            return server.asked.total() > before + 3

        await until(asked)
        tokens.remembered.clear()
        assert await answers(tokens, sent(server))
        assert not await answers(tokens, sent(server, NEW))
        monkeypatch.setattr(issuers, "KEEP", 0)  # a day later

        async def gone() -> bool:
            return tokens.issuers[0].keys is None

        await until(gone)
        assert not tokens.remembered
        with pytest.raises(Unavailable):
            await tokens.principal(sent(server))


async def test_the_service_starts_without_its_issuer(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuers, "TIMEOUT", 0.3)
    router = APIRouter()

    @router.get("/_who")
    async def tell(who: Annotated[Principal, Depends(token_of)]) -> str:
        return who.subject

    server.answer = server.hang
    app = create_app(settings(server))
    app.include_router(router)
    transport = httpx.ASGITransport(app)
    async with (
        asyncio.timeout(PATIENCE),
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://x") as client,
    ):
        token = {"Authorization": sent(server)[0].decode()}
        assert (await client.get("/_who")).json() == ""
        assert (await client.get("/health/live")).status_code == 200
        answer = await client.get("/_who", headers=token)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        monkeypatch.setattr(issuers, "TIMEOUT", PATIENCE)
        server.answer = server.well

        async def answered() -> bool:
            return (await client.get("/_who", headers=token)).status_code != 503

        await until(answered)
        assert (await client.get("/_who", headers=token)).json() == "ann"
