"""What the scheduled workflow runs, for each way that an update may end."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support import BIN, CLEAN
from tests.updates.support import NEWS, UPDATE, changes, commit, edit, release_next


@pytest.mark.parametrize("end", ["up to date", "updated", "conflicts", "unreachable"])
def test_update(end: str, repository: Path, project: Path, tmp_path: Path) -> None:
    health = "app/http/health.py"
    if end in ("updated", "conflicts"):
        edit(repository / "template" / health, 'status="alive"', 'status="living"')
        release_next(repository)
    if end == "conflicts":
        edit(project / health, 'status="alive"', 'status="up"')
        commit(project)
    if end == "unreachable":
        repository.rename(tmp_path / "moved")
    workflow = yaml.safe_load((project / ".github/workflows/update.yml").read_text())
    (step,) = (it for it in workflow["jobs"]["update"]["steps"] if it.get("id") == "update")
    told, output = tmp_path / "told.md", tmp_path / "output"
    output.touch()
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=project,
        env=CLEAN
        | {"TOLD": str(told), "GITHUB_OUTPUT": str(output)}
        | {"UPDATE": UPDATE.partition("=")[2], "PATH": f"{BIN}{os.pathsep}{CLEAN['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) is (end != "unreachable"), done.stdout + done.stderr
    assert (output.read_text() == "conflicts=true\n") is (end == "conflicts")
    assert (f" M {health}" in changes(project)) is (end in ("updated", "conflicts"))
    assert (NEWS in told.read_text()) is (end in ("updated", "conflicts"))
    assert ("can't be reached" in done.stdout) is (end == "unreachable")
