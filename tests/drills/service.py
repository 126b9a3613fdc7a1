"""A rendered shop as a real process, on a PostgreSQL of its own that a drill may break."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support import CLEAN, run

TOOL = """
import sys
from pathlib import Path
from tools import postgres
home = Path(sys.argv[2])
if sys.argv[1] == "start":
    print(postgres.start(home, sys.argv[3]))
else:
    postgres.stop(home, sys.argv[3])
"""


HANG = 300  # seconds until a drill gives up: no machine is so slow
# No limit of the service's ends anything before that, but the one that a drill is about.
ENDLESS = dict.fromkeys(
    (
        *("BODY_TIMEOUT", "HEADER_TIMEOUT", "KEEP_ALIVE_TIMEOUT", "SHUTDOWN_TIMEOUT"),
        *("DATABASE_CONNECT_TIMEOUT", "DATABASE_LOCK_TIMEOUT", "DATABASE_POOL_TIMEOUT"),
        "DATABASE_STATEMENT_TIMEOUT",
    ),
    "3600",
)

# What asyncpg leaves of a command that nobody waits for any more when the server dies.
LOST = "ConnectionDoesNotExistError('connection was closed in the middle of operation')"


class Postgres:
    """A server in a folder of its own: durable, unless its `settings` say else."""

    def __init__(
        self, project: Path, programs: Path, home: Path, settings: str = "-c max_connections=60"
    ) -> None:
        self.project, self.programs, self.home = project, programs, home
        self.settings = settings
        self.url = self.start()

    def start(self) -> str:
        return self._tool("start", self.settings).splitlines()[-1]

    def stop(self, mode: str = "immediate") -> None:
        self._tool("stop", mode)

    def kill(self) -> None:
        """SIGKILL to all of its processes, as if the machine had lost its power."""
        self._signal(signal.SIGKILL)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Connected and silent, as a host that the network lost."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        postmaster = int((self.home / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for process in (postmaster, *map(int, children)):
            os.kill(process, number)

    def _tool(self, *arguments: str) -> str:
        action, *more = arguments
        command = ("python", "-c", TOOL, action, str(self.home), *more)
        return run(self.project, *command, path=self.programs)


@dataclass
class Service:
    """A running `python -m app`."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def terminate(self) -> None:
        """SIGTERM; returns once the process is gone."""
        self.process.terminate()
        self.process.wait(HANG)


@contextmanager
def serving(
    project: Path, programs: Path, url: str, log: Path, **settings: str
) -> Iterator[Service]:
    """The service, ready; whatever happens, it ends when it is told to, and tidily."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = CLEAN | {"DATABASE_URL": url, "PORT": str(port)} | ENDLESS | settings
    command = [str(programs / "python"), "-m", "app"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=project, env=env, stderr=file)
    service = Service(f"http://127.0.0.1:{port}", process, log)
    try:
        wait_until_ready(service)
        yield service
        if process.poll() is None:
            service.terminate()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert process.returncode in (0, -signal.SIGTERM)
    check(log.read_text().splitlines())


def check(log: list[str]) -> None:
    """Nothing but JSON, so no warning of Python's either, and nothing left unhandled."""
    assert [it for it in log if not it.startswith("{")] == []
    lines = [json.loads(it) for it in log if LOST not in it]
    assert [it for it in lines if it["logger"] in ("asyncio", "py.warnings")] == []
    assert not [it for it in lines if it["message"] == "Unhandled exception"]
    assert not [it for it in lines if it["message"].startswith("Exception in")]


def wait_until_ready(service: Service) -> None:
    deadline = time.monotonic() + HANG
    with httpx.Client(timeout=HANG, verify=False) as client:
        while time.monotonic() < deadline:
            assert service.process.poll() is None, service.log.read_text()
            try:
                if client.get(f"{service.url}/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
    raise AssertionError(service.log.read_text())
