"""Around every request: an id, a line of the log, limits to its body and its time."""

import asyncio
import logging
import re
from secrets import token_hex
from time import perf_counter

from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.problems import problem, try_again
from app.http.routing import path_of, put_root
from app.process.logs import REQUEST_ID

log = logging.getLogger(__name__)

SAFE = re.compile(rb"[\w.:+/=-]{1,128}")
PATIENCE = 1  # seconds until it is asked whether the client still waits
LEFT = 499  # what nginx logs for a client that didn't


class TrustedHosts(TrustedHostMiddleware):
    """Answers no other Host headers, but to probes, which come by an address."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        probe = scope["type"] == "http" and path_of(scope).startswith("/health/")
        answer = self.app if probe else super().__call__
        await answer(scope, receive, send)


class RequestMiddleware:
    """The outermost middleware, in plain ASGI: it costs next to nothing."""

    def __init__(
        self, app: ASGIApp, root_path: str, body_limit: int, body_timeout: float
    ) -> None:
        self.app = app
        self.root_path = root_path
        self.limits = (body_limit, body_timeout)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        if self.root_path:
            put_root(scope, self.root_path)
        exchange = Exchange(scope, receive, send, *self.limits)
        REQUEST_ID.set(exchange.id.decode())
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except asyncio.CancelledError:
            # The client left, or the server ends and this took too long for it.
            if not exchange.left and not exchange.status:
                await try_again()(scope, receive, exchange.send)
        except ClientDisconnect:
            pass  # while a handler read the body
        except Exception:
            if exchange.status:
                log.warning("Response aborted", exc_info=True)
            else:
                log.exception("Unhandled exception")
                await problem(500)(scope, receive, exchange.send)
        finally:
            exchange.close()
        if log.isEnabledFor(logging.INFO):
            report(scope, exchange.status or LEFT, perf_counter() - started)


def report(scope: Scope, status: int, seconds: float) -> None:
    """A line of the log. It has nothing of what was sent, not even the path."""
    line = {
        "method": scope["method"],
        "route": getattr(scope.get("route"), "path", None),
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


class Exchange:
    """A request and its response, as seen from outside of the application.

    Within it a body that is too long is 413 and one that doesn't come in time is 408,
    and the application is cancelled when the client leaves before there is an answer.
    """

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, limit: int, timeout: float
    ) -> None:
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
        self._announced = int(headers.get(b"content-length", 0))
        self._body_comes = self._announced > 0 or b"transfer-encoding" in headers

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
