"""A service as a newcomer has it: nothing but uv, make and Git, and an environment of its own."""

import json
import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from tests.drills.service import ENDLESS, HANG
from tests.support import BIN, CLEAN, render, run


@pytest.fixture(scope="module")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(template, tmp_path_factory.mktemp("newcomer") / "service")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("path")
    (folder / "uv").symlink_to(BIN / "uv")
    return folder


def test_make_test(project: Path, path: Path) -> None:
    assert " passed" in run(project, "make", "test", path=path)
    assert (project / "uv.lock").exists()


def test_make_lint(project: Path, path: Path) -> None:
    run(project, "make", "lint", path=path)


def test_make_dev(project: Path, path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    dev = subprocess.Popen(
        ["make", "dev", f"PORT={port}"],
        cwd=project,
        env=CLEAN | ENDLESS | {"PATH": f"{path}{os.pathsep}{CLEAN['PATH']}"},
        start_new_session=True,
    )
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", dev)
        assert get(f"http://127.0.0.1:{port}/docs") == 200
        assert get(f"http://127.0.0.1:{port}/items") == 200
        tag = json.dumps({"name": "new"}).encode()
        assert post(f"http://127.0.0.1:{port}/tags", tag)["name"] == "new"
        refusal = post(f"http://127.0.0.1:{port}/tags", tag)
        assert (refusal["status"], refusal["errors"][0]["pointer"]) == (409, "#/name")
        assert (project / ".postgres/data/postmaster.pid").exists()
        run(project, "make", "migrate", path=path)
        wait_until_ready(f"http://127.0.0.1:{port}", dev)
    finally:
        os.killpg(dev.pid, signal.SIGINT)
        dev.wait()
    deadline = time.monotonic() + HANG
    while (project / ".postgres/data/postmaster.pid").exists():
        assert time.monotonic() < deadline, "the server goes on without us"
        time.sleep(0.1)


def post(url: str, body: bytes) -> Any:
    """The JSON of the answer, whatever its status."""
    request = Request(url, body, {"content-type": "application/json"})
    try:
        with urlopen(request) as response:
            return json.load(response)
    except HTTPError as refused:
        with refused:
            return json.load(refused)


def get(url: str) -> int:
    with urlopen(url) as response:
        status: int = response.status
        return status


def wait_until_ready(url: str, service: subprocess.Popen[bytes]) -> None:
    """Until there is a server, and its database answers the probe in its own short time."""
    deadline = time.monotonic() + HANG
    while time.monotonic() < deadline:
        assert service.poll() is None
        with suppress(URLError):
            if get(f"{url}/health/ready") == 200:
                return
        time.sleep(0.1)
    pytest.fail(f"{url} isn't ready")
