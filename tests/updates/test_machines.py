"""`make models` and `make update` on any machine, and in any kind of repository."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from tests.support import render, run
from tests.updates.hostile import hostile
from tests.updates.support import NEXT, attempt, commit, conflicts, edit, release_next
from tests.updates.test_templates import follow

MODELS = {"models": {"Thing": {"fields": {"name": "text"}}}}
WIDGET = "  Widget:\n    fields:\n      label: text\n"


@pytest.fixture(scope="session")
def smallest(originals: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(originals / "template", tmp_path_factory.mktemp("smallest") / "project", MODELS)


@pytest.fixture
def small(smallest: Path, originals: Path, repository: Path, tmp_path: Path) -> Path:
    """A project of one model, of a template that a test may change."""
    folder = copytree(smallest, tmp_path / "small")
    edit(folder / ".copier-answers.yml", str(originals / "template"), str(repository))
    return folder


def add_a_model(project: Path) -> None:
    models = project / "models.yml"
    models.write_bytes(models.read_bytes().rstrip() + f"\n{WIDGET}".encode())


def next_release(repository: Path) -> None:
    health = repository / "template/app/http/health.py"
    health.write_text(health.read_text() + "\n\n# From the next version.\n")
    release_next(repository)


def test_a_hostile_machine(
    repository: Path, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(small, "git", "init", "--quiet")
    add_a_model(small)
    main = small / "app/main.py"
    edit(main, "    return app\n", '    app.title = "Ours"\n    return app\n')
    commit(small)
    for name, value in hostile(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    done = attempt(small, "models")
    assert done.returncode == 0, done.stdout + done.stderr
    model = small / "app/resources/widgets/model.py"
    assert "class Widget" in model.read_text()
    assert "app/resources/widgets/model.py" in done.stdout  # which .gitignore of the machine hides
    assert "a program of the machine" not in done.stdout + done.stderr
    follow(small, f"git+file://{repository}")
    next_release(repository)
    done = attempt(small, "update")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"to {NEXT}" in done.stdout
    assert "# From the next version." in (small / "app/http/health.py").read_text()
    assert 'app.title = "Ours"' in main.read_text()
    assert b"\r" not in b"".join(it.read_bytes() for it in small.rglob("*.py"))
    assert conflicts(small) == []
