"""Around every request: an id, a line of the log, limits to its body and its time."""

import asyncio
import logging
import re
import sys
from copy import copy
from secrets import token_hex
from time import perf_counter
from typing import Any

from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.problems import problem, try_again
from app.http.routing import FOUND
from app.http.urls import path_of, put_root
from app.process.logs import REQUEST_ID

log = logging.getLogger(__name__)

SAFE = re.compile(rb"[\w.:+/=-]{1,128}")
LENGTH = re.compile(rb"0*(\d{1,18})")
CODINGS = (b"content-encoding", b"transfer-encoding")
PATIENCE = 1  # seconds until it is asked whether the client still waits
LEFT = 499  # what nginx logs for a client that didn't


class TrustedHosts:
    """Answers no other Host headers, but to probes, which come by an address."""

    def __init__(self, app: ASGIApp, allowed_hosts: list[str]) -> None:
        self.app = app
        self.look = TrustedHostMiddleware(nothing, allowed_hosts, www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal: list[Message] = []

        async def keep(message: Message) -> None:
            refusal.append(message)

        if scope["type"] != "http" or not path_of(scope).startswith("/health/"):
            await self.look(scope, receive, keep)
        answer = problem(400, "Invalid Host header.") if refusal else self.app
        await answer(scope, receive, send)


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that answers nothing."""


class RequestMiddleware:
    """The outermost middleware, in plain ASGI: it costs next to nothing."""

    def __init__(
        self, app: ASGIApp, root_path: str, body_limit: int, body_timeout: float
    ) -> None:
        self.app = app
        self.root_path = root_path
        self.limits = (body_limit, body_timeout)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.root_path and scope["type"] != "lifespan":
            put_root(scope, self.root_path)
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        method = scope["method"]
        kind = HeadExchange if method == "HEAD" else Exchange
        exchange = kind(scope, receive, send, *self.limits)
        REQUEST_ID.set(exchange.id.decode())
        try:
            await self.app(exchange.scope, exchange.receive, exchange.send)
        except asyncio.CancelledError:
            # The client left, or the server ends and this took too long for it.
            if not exchange.left and not exchange.status:
                await exchange.answer(try_again(), self.app)
        except ClientDisconnect:
            pass  # while a handler read the body
        except Exception:
            if exchange.status:
                log.warning("Response aborted", exc_info=True)
            else:
                log.exception("Unhandled exception")
                await exchange.answer(problem(500), self.app)
        finally:
            exchange.close()
        if log.isEnabledFor(logging.INFO):
            seconds = perf_counter() - started
            report(method, exchange.scope, exchange.status or LEFT, seconds)


def report(method: str, scope: Scope, status: int, seconds: float) -> None:
    """A line of the log. It has nothing of what was sent, not even the path."""
    found, _ = scope.get(FOUND, (None, None))  # FastAPI names only routes of its own
    line = {
        "method": method,
        "route": getattr(scope.get("route", found), "path", "unmatched"),
        "status": status,
        "duration_ms": round(seconds * 1000, 2),
    }
    log.info("%(method)s %(route)s %(status)s in %(duration_ms)s ms", line, extra=line)


def below(root: bytes, name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A header as it is; a `Location` of ours as clients have it, below `root`."""
    ours = name.lower() == b"location" and value.startswith(b"/")
    if ours and not value.startswith((root + b"/", b"//")):
        value = root + value
    return name, value


def length_of(value: bytes) -> int:
    """That of a body which is announced; what no body has is longer than any limit."""
    length = LENGTH.fullmatch(value)
    return int(length[1]) if length else sys.maxsize


def is_encoded(scope: Scope) -> bool:
    """Whether its body isn't sent as it is, at once or in chunks."""
    lines = [value for name, value in scope["headers"] if name in CODINGS]
    codings = {it.strip().lower() for it in b",".join(lines).split(b",")}
    return bool(codings - {b"", b"identity", b"chunked"})


class Exchange:
    """A request and its response, as seen from outside of the application.

    Within it a body that is too long is 413 and one that doesn't come in time is 408,
    and the application is cancelled when the client leaves before there is an answer.
    """

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, limit: int, timeout: float
    ) -> None:
        self.scope = scope
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        self.id = given if SAFE.fullmatch(given) else token_hex(16).encode()
        self.root: str = scope.get("root_path") or ""
        self.status = 0
        self.left = False
        self._send = send
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._timer = self._loop.call_later(PATIENCE, self._look)
        self._watch: asyncio.Task[None] | None = None
        self._due = self._loop.time() + timeout
        self._limit = limit
        self._length = 0
        length = headers.get(b"content-length")
        self._announced = 0 if length is None else length_of(length)
        self._body_comes = self._announced > 0 or b"transfer-encoding" in headers
        coded = b"content-encoding" in headers or b"transfer-encoding" in headers
        self._encoded = coded and is_encoded(scope)

    async def answer(self, response: ASGIApp, middleware: ASGIApp | None) -> None:
        """Send what `middleware` didn't, with the headers of its CORS."""
        while middleware and not isinstance(middleware, CORSMiddleware):
            middleware = getattr(middleware, "app", None)
        if middleware:
            cors = copy(middleware)
            cors.app = response
            response = cors
        await response(self.scope, self._receive, self.send)

    def close(self) -> None:
        self._timer.cancel()
        if self._watch:
            self._watch.cancel()
        if self.left and self._task:
            self._task.uncancel()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", ()), (b"x-request-id", self.id)]
            if self.root:
                headers = [below(self.root.encode(), *it) for it in headers]
            message = {**message, "headers": headers}
        await self._send(message)

    async def receive(self) -> Message:
        if not self._body_comes:
            return await self._receive()
        if self._encoded:
            detail = "The body must be sent as it is, without a coding such as gzip."
            raise HTTPException(415, detail, {"Accept-Encoding": "identity"})
        self._check(self._announced)
        try:
            async with asyncio.timeout_at(self._due):
                message = await self._receive()
        except TimeoutError:
            close = {"Connection": "close"}
            raise HTTPException(408, "The body came too slowly.", close) from None
        self._body_comes = bool(message.get("more_body"))
        self._length += len(message.get("body", b""))
        self._check(self._length)
        return message

    def _check(self, length: int) -> None:
        if length > self._limit:
            raise HTTPException(413, f"The body is longer than {self._limit} bytes.")

    def _look(self) -> None:
        if self._body_comes:
            self._timer = self._loop.call_later(PATIENCE, self._look)
        else:
            self._watch = self._loop.create_task(self._until_left())

    async def _until_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        # Once an answer has begun, sending it is what finds out.
        if self._task and not self.status:
            self.left = True
            self._task.cancel()


class HeadExchange(Exchange):
    """A HEAD: it is answered as a GET, without the body."""

    def __init__(self, scope: Scope, *more: Any) -> None:
        super().__init__({**scope}, *more)  # the server's keeps its method

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await super().send(message)
            await super().send({"type": "http.response.body"})
