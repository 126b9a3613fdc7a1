"""How requests are read: by uvicorn's protocol, with limits to the head of each."""

import asyncio
import logging
from secrets import token_hex
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.http.problems import problem
from app.process.logs import REQUEST_ID

if TYPE_CHECKING:
    from app.process.server import Config

log = logging.getLogger(__name__)

LONGEST = 65_536  # bytes of a head that comes in pieces


class Protocol(HttpToolsProtocol):
    """Refuses a head that is malformed, too long or too slow, and ends what is idle."""

    config: "Config"
    _in_head = False
    _length = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # uvicorn waits for the first request for ever, for the next ones this long.
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._length = True, 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._cancel_timer()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._length += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head and self._length > LONGEST:
            self._refuse(431, "The head of the request is too long.")
        elif not self._timer and (self.cycle is None or self.cycle.response_complete):
            timeout = self.config.header_timeout
            self._timer = self.loop.call_later(timeout, self._time_out)

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, msg)

    def _cancel_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _time_out(self) -> None:
        if self._in_head:
            self._refuse(408, "The head of the request came too slowly.")
        else:
            self.transport.close()

    def _refuse(self, status: int, detail: str) -> None:
        cycle = self.cycle
        if cycle and not cycle.response_complete and not cycle.more_body:
            cycle.keep_alive = False  # it was about the request after this one
            self.flow.pause_reading()
            return
        if not cycle or cycle.response_complete or not cycle.response_started:
            self.transport.write(refusal(status, detail))
        self.transport.close()


def refusal(status: int, detail: str) -> bytes:
    """The answer to a request that can't be read."""
    number = token_hex(16)
    REQUEST_ID.set(number)
    log.info("Refused unread: %s %s", status, detail)
    own = {"X-Request-ID": number, "Connection": "close"}
    response = problem(status, detail, headers=own)
    lines = [b"%b: %b\r\n" % it for it in response.raw_headers]
    return b"".join([STATUS_LINE[status], *lines, b"\r\n", response.body])
