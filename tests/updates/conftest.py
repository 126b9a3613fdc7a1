"""A template with a version, and a project that was copied from it."""

from pathlib import Path
from shutil import copytree

import pytest

from tests.adopt.support import Server
from tests.migrations.support import Forge
from tests.support import render
from tests.updates.first import First
from tests.updates.live import Live
from tests.updates.support import VERSION, commit, edit, versioned


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copies of templates go where a test can throw them away."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both, made once: a test has copies."""
    folder = tmp_path_factory.mktemp("originals")
    repository = versioned(folder / "template")
    project = render(repository, folder / "project")
    assert f"_commit: {VERSION}\n" in (project / ".copier-answers.yml").read_text()
    return folder


@pytest.fixture
def repository(originals: Path, tmp_path: Path) -> Path:
    """The template in Git, with a version."""
    return copytree(originals / "template", tmp_path / "template")


@pytest.fixture
def project(originals: Path, repository: Path, tmp_path: Path) -> Path:
    folder = copytree(originals / "project", tmp_path / "project")
    edit(folder / ".copier-answers.yml", str(originals / "template"), str(repository))
    commit(folder)
    return folder


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> First:
    """Releases and services that are made once: a test changes copies of the services."""
    return First(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="session")
def live(
    server: Server, forge: Forge, programs: Path, tmp_path_factory: pytest.TempPathFactory
) -> Live:
    return Live(server, forge, programs, tmp_path_factory.mktemp("mypy"))
