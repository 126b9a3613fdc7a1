"""The server of `python -m app`: uvicorn, which ends without refusing anyone."""

import asyncio
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing import parent_process
from typing import Any

import uvicorn


class Config(uvicorn.Config):
    """uvicorn's, with how long the head of a request may take to arrive."""

    def __init__(self, *given: Any, header_timeout: float, **more: Any) -> None:
        super().__init__(*given, **more)
        self.header_timeout = header_timeout


class Server(uvicorn.Server):
    """Answers whoever came before it stopped to listen; uvicorn drops the unread."""

    async def on_tick(self, counter: int) -> bool:
        parent = parent_process()  # of a worker, which ends with it
        alone = parent is not None and not parent.is_alive()
        return alone or await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        for server in self.servers:
            waiting = list(accepted(server.sockets))
            server.close()
            for it in sockets or []:
                it.close()
            for connection in waiting:
                await loop.connect_accepted_socket(self._protocol, connection)
        await asyncio.sleep(0.3)  # what they sent is read
        await super().shutdown(sockets)

    def _protocol(self) -> Any:
        protocol: Any = self.config.http_protocol_class
        return protocol(self.config, self.server_state, self.lifespan.state)


def accepted(listeners: Sequence[Any]) -> Iterator[socket.socket]:
    """The connections that wait in the kernel, which closing would reset."""
    for listener in listeners:
        with socket.socket(fileno=os.dup(listener.fileno())) as queue:
            queue.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    connection, _ = queue.accept()
                    connection.setblocking(False)
                    yield connection
