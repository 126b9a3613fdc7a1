"""Several processes that answer on one port, started anew when they die."""

import logging
import socket
import sys

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import multiprocess

from app.process.server import Config, Server

log = logging.getLogger(__name__)


class Worker(multiprocess.Process):
    """uvicorn's, with our server. One that can't start is not started anew."""

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            self._server = Server(self.config)
        return self._server

    def start(self) -> None:
        super().start()
        self.child_conn.close()  # so that its death is seen while an answer is awaited

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().target(sockets)
        except Exception:
            if self.server.started:
                raise
            log.exception("The service can't start")
            sys.exit(STARTUP_FAILURE)


class Workers(multiprocess.Multiprocess):
    """uvicorn's supervisor."""

    def __init__(self, config: Config) -> None:
        multiprocess.Process = Worker  # type: ignore[misc]
        super().__init__(config, [config.bind_socket()])

    def terminate_all(self) -> None:
        for it in self.sockets:  # or it would still take connections, for nobody
            it.close()
        super().terminate_all()

    @property
    def failed(self) -> bool:
        """Whether they could not start."""
        return any(it.exitcode == STARTUP_FAILURE for it in self.processes)
