"""What the tests of updates share: releases of the template, and the tool that follows them."""

import os
import subprocess
import sys
import tomllib
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from hooks.update.__main__ import main
from tests.support import BIN, ROOT, files, run, snapshot

# The tool as it stands, where a service's make runs it.
UPDATE = f"UPDATE=env PYTHONPATH={ROOT} {sys.executable} -P -m hooks.update"


def commit(folder: Path) -> None:
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--message", "A change")


VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
NEXT = f"{VERSION.partition('.')[0]}.100.0"
NEWS = f"## {NEXT}\n\n- Probes say that they live.\n"


def versioned(folder: Path) -> Path:
    """The template as it stands, in Git and with a version."""
    repository = snapshot(folder)
    run(repository, "git", "init", "--quiet")
    release(repository, VERSION)
    return repository


def release(repository: Path, version: str) -> None:
    commit(repository)
    run(repository, "git", "tag", version)


def release_next(repository: Path) -> None:
    """With a word on it in the CHANGELOG."""
    edit(repository / "CHANGELOG.md", f"## {VERSION}\n", f"{NEWS}\n## {VERSION}\n")
    release(repository, NEXT)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{path} has not one {old!r}"
    path.write_text(text.replace(old, new))


def make(project: Path, programs: Path, *arguments: str) -> str:
    """The project's own make, in the environment of the suites."""
    variables = {"UV_NO_SYNC": "1", "UV_PROJECT_ENVIRONMENT": str(programs.parent)}
    return run(project, "make", *arguments, UPDATE, path=BIN, variables=variables)


def attempt(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """An update that may fail, in this process."""
    here, told, errors = Path.cwd(), StringIO(), StringIO()
    os.chdir(project)
    try:
        with redirect_stdout(told), redirect_stderr(errors):
            status = main([*arguments])
    finally:
        os.chdir(here)
    return subprocess.CompletedProcess(arguments, status, told.getvalue(), errors.getvalue())


def conflicts(project: Path) -> list[str]:
    return [it for it in files(project) if b"<<<<<<<" in (project / it).read_bytes()]


def changes(project: Path) -> str:
    return run(project, "git", "status", "--porcelain")
