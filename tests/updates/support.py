"""What the tests of updates share: releases of the template, and the project's own make."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.support import BIN, CLEAN, ROOT, files, run, snapshot

UPDATE = f"UPDATE={sys.executable} tools/update.py"


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
    """An update that may fail."""
    command = ["make", *arguments, UPDATE]
    return subprocess.run(command, cwd=project, env=CLEAN, capture_output=True, text=True)


def conflicts(project: Path) -> list[str]:
    return [it for it in files(project) if b"<<<<<<<" in (project / it).read_bytes()]


def changes(project: Path) -> str:
    return run(project, "git", "status", "--porcelain")
