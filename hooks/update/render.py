"""What Copier makes of the template and of answers."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from filecmp import DEFAULT_IGNORES
from pathlib import Path

from .from_first import BY_TOOL
from .git import NOTHING, Refused, alone, git, run, shown
from .project import ANSWERS


def render(
    source: str,
    version: str,
    folder: Path,
    data: str | None = None,
    *,
    trust: bool = True,
    variables: Mapping[str, str] = NOTHING,
) -> str:
    """What the template makes of the answers in `folder`, and of the file `data`.

    Returns its warnings. Without `trust`, Copier's own settings say whom to trust.
    """
    options = ["--data-file", str(folder / data)] if data else []
    options += ["--trust"] if trust else []
    command = ["copy", "--overwrite", *options, source]
    return copier(command, source, version, folder, variables)


def follow(
    source: str, version: str, old: Path, new: Path, variables: Mapping[str, str] = NOTHING
) -> str:
    """What Copier's own update makes of `old`: with the template's migrations of answers."""
    shutil.copytree(old, new)
    for arguments in (("init",), ("add", "--all", "--force"), ("commit", "-m", "old")):
        git("-C", str(new), *arguments, variables=alone(new.parent))
    variables = {**variables, **BY_TOOL}
    warnings = copier(["update", "--trust"], source, version, new, variables)
    if any(it.name in DEFAULT_IGNORES for it in old.rglob("*")):
        # Copier compares folders by filecmp, which leaves out some, `tags` among them: what the
        # template has no more is still in these.
        answers = (new / ANSWERS).read_bytes()
        shutil.rmtree(new)
        new.mkdir()
        (new / ANSWERS).write_bytes(answers)
        render(source, version, new, variables=variables)
    return warnings


def copier(
    command: list[str], source: str, version: str, folder: Path, variables: Mapping[str, str]
) -> str:
    options = ["--defaults", "--quiet", "--skip-tasks", "--vcs-ref", version]
    # Renders at once that bring one mirror of Copier's up to date break each other.
    cache = {"COPIER_CACHE_DIR": str(folder.parent / "cache")}
    # -P: the project may have modules of the names that Copier imports.
    program = [sys.executable, "-P", "-m", "copier"]
    done = run(
        [*program, *command, *options, str(folder)],
        {**alone(folder.parent), **cache, **variables},
    )
    if done.returncode:
        told = (done.stderr or done.stdout).strip()
        if "Traceback" in told:
            last = told.rpartition("\n")[2]
            told = f"The template can't be rendered from {source} at {version}:\n{last}"
        raise Refused(told)
    return shown(done.stderr.strip())
