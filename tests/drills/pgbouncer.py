"""PgBouncer in transaction mode, from PATH or out of Debian's packages without root."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

PACKAGES = ("pgbouncer", "libevent-2.1-7", "libevent-2.1-7t64", "libc-ares2")
CONFIG = """
[databases]
* = host={sockets} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 500
"""


# As root it refuses to run: as nobody then, with the one right that PostgreSQL has too.
EXECUTE = """
import os, sys
from tools.postgres import AS_NOBODY
command = [*(AS_NOBODY if os.geteuid() == 0 else ()), *sys.argv[1:]]
os.execvp(command[0], command)
"""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One worker at a time."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def program() -> tuple[str, str]:
    """The command, and where its libraries are: downloaded once."""
    if installed := shutil.which("pgbouncer"):
        return installed, ""
    folder = Path(sys.prefix) / "pgbouncer"
    with locked(folder):
        unpacked = folder / "usr" / "sbin" / "pgbouncer"
        if not unpacked.exists():
            download(folder)
    if not unpacked.exists():
        pytest.skip("NO PGBOUNCER: neither on PATH nor to be had from apt-get; install it")
    return str(unpacked), os.pathsep.join({str(it.parent) for it in folder.rglob("*.so*")})


def download(folder: Path) -> None:
    for package in PACKAGES:  # a name that this Debian doesn't have is no loss
        subprocess.run(["apt-get", "download", package], cwd=folder, capture_output=True)
    for archive in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", archive, folder], check=True)


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def pooling(project: Path, python: Path, url: str, folder: Path, size: int) -> Iterator[str]:
    """The URL of a PgBouncer with `size` connections to the server of `url`."""
    folder.mkdir()
    command, libraries = program()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config, log = folder / "pgbouncer.ini", folder / "log"
    sockets = parse_qs(urlsplit(url).query)["host"][0]
    config.write_text(CONFIG.format(sockets=sockets, port=port, size=size))
    with log.open("wb") as file:
        process = subprocess.Popen(
            [python, "-c", EXECUTE, command, config],
            cwd=project,
            env=os.environ | ({"LD_LIBRARY_PATH": libraries} if libraries else {}),
            stderr=file,
        )
    try:
        while not listens(port):
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        process.terminate()
        process.wait()
