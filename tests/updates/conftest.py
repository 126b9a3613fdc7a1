"""A template with a version, and a project that was copied from it."""

from pathlib import Path

import pytest

from tests.support import render, run, snapshot
from tests.updates.support import VERSION, commit, release


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The template in Git, with a version."""
    folder = snapshot(tmp_path / "template")
    run(folder, "git", "init", "--quiet")
    release(folder, VERSION)
    return folder


@pytest.fixture
def project(repository: Path, tmp_path: Path) -> Path:
    folder = render(repository, tmp_path / "project")
    assert f"_commit: {VERSION}\n" in (folder / ".copier-answers.yml").read_text()
    commit(folder)
    return folder
