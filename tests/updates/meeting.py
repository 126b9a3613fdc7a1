"""Two renders, and a project of an owner that meets what is between them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from shutil import copytree, ignore_patterns
from tempfile import TemporaryDirectory

from hooks.update.merge import Merge, Scratch
from hooks.update.project import clean
from tests.support import CLEAN, run
from tests.updates.support import commit

NO_GIT = ignore_patterns(".git")


def meet(project: Path, old: Path, new: Path) -> Merge:
    """What becomes of the project, which is committed before if it is in no repository."""
    asked = subprocess.run(["git", "rev-parse"], cwd=project, env=CLEAN, capture_output=True)
    if asked.returncode:
        run(project, "git", "init", "--quiet")
        commit(project)
    here = Path.cwd()
    os.chdir(project)
    try:
        with TemporaryDirectory() as folder:
            clean()
            scratch = Scratch(Path(folder))
            sides = {"old": old, "new": new}
            ones = [copytree(it, Path(folder, at), ignore=NO_GIT) for at, it in sides.items()]
            merged = scratch.merge(*ones)
            merged.notes += scratch.bring()
            return merged
    finally:
        os.chdir(here)


def write(project: Path, files: dict[str, str]) -> None:
    """Files, whole; or lines for the end of one that is there, where they begin with a `+`."""
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text() if text.startswith("+") else ""
        path.write_text(before + text.removeprefix("+"))


NAMES = ("types", "copier", "yaml", "json", "inspect", "tokenize", "ruff", "alembic")
SHADOWS = [f"{at}{it}.py" for it in NAMES for at in ("", "tools/")]


def shadow(project: Path) -> None:
    """Files of an owner's with the names of what the tools import."""
    write(project, dict.fromkeys(SHADOWS, 'raise SystemExit("imported")\n'))
