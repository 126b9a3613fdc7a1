"""Two branches with `make models` each, merged: by the models of both, and no edit is lost."""

from __future__ import annotations

import subprocess
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from tests.support import CLEAN, render, run
from tests.updates.meeting import NO_GIT, write
from tests.updates.support import attempt, commit, conflicts

THING = "models:\n  Thing:\n    fields:\n      name: text\n"
REF = "thing: {{ref: Thing, on_delete: cascade, inverse: {}s}}"
ONE, TWO = (
    f"  {name.title()}:\n    fields:\n      label: text\n      {REF.format(name)}\n"
    for name in ("alpha", "beta")
)
KEPT = ignore_patterns(".git", "versions")
ROUTER, MODEL = "app/resources/things/router.py", "app/resources/things/model.py"


@pytest.fixture(scope="session")
def renders(originals: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of each branch, and of both."""
    folder = tmp_path_factory.mktemp("branches")
    for name, text in {"main": "", "one": ONE, "two": TWO, "both": ONE + TWO}.items():
        (folder / f"{name}.yml").write_text(THING + text)
        render(originals / "template", folder / name, folder / f"{name}.yml")
    return folder


def merging(renders: Path, folder: Path, command: str = "merge") -> tuple[Path, str]:
    """A project in the midst of a merge, and what Git says of it."""
    project = copytree(renders / "main", folder / "project", ignore=NO_GIT)
    run(project, "git", "init", "--quiet", "--initial-branch", "main")
    commit(project)
    for name in ("one", "two"):
        run(project, "git", "checkout", "--quiet", "-b", name, "main")
        write(project, {"models.yml": (renders / f"{name}.yml").read_text()})
        commit(project)
        copytree(renders / name, project, ignore=KEPT, dirs_exist_ok=True)
        write(project, {
            ROUTER: f"+\n\nMINE_{name.upper()} = 1\n",
            f"app/resources/things/{name}.py": "MINE = 1\n",
            f"migrations/versions/{name}.py": '"""Of a branch."""\n',
            "models.yml": (renders / f"{name}.yml").read_text(),
        })  # fmt: skip
        commit(project)
    run(project, "git", "checkout", "--quiet", "two" if command == "rebase" else "one")
    other = "one" if command == "rebase" else "two"
    done = subprocess.run(
        ["git", command, other], cwd=project, env=CLEAN, capture_output=True, text=True
    )
    return project, done.stdout


@pytest.mark.cross
def test_merged(renders: Path, tmp_path: Path) -> None:
    project, told = merging(renders, tmp_path)
    assert "CONFLICT (content): Merge conflict in .copier-answers.yml" in told
    marked = conflicts(project)
    assert {MODEL, ROUTER, "models.yml"} <= {*marked}
    done = attempt(project, "models")
    assert done.returncode == 1
    assert done.stderr.startswith("models.yml: both branches changed it. Settle what is between")
    done = attempt(project, "update")
    assert done.stderr.startswith("Finish the merge first")
    assert conflicts(project) == marked
    write(project, {"models.yml": THING + ONE + TWO})
    done = attempt(project, "models")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{ROUTER}: both branches added lines in the same place" in done.stdout
    assert "To give it up: git merge --abort" in done.stdout
    both = {it: (renders / "both" / it).read_text() for it in (".copier-answers.yml", MODEL)}
    assert {it: (project / it).read_text() for it in both} == both
    router = (project / ROUTER).read_text()
    assert "MINE_ONE = 1\n" in router
    assert "MINE_TWO = 1\n" in router
    for it in ("alphas", "betas"):
        assert (project / f"app/resources/{it}/model.py").exists()
    for name in ("one", "two"):
        assert (project / f"app/resources/things/{name}.py").exists()
        assert (project / f"migrations/versions/{name}.py").exists()
    run(project, "git", "add", "--all")
    run(project, "git", "commit", "--quiet", "--no-edit")
    assert attempt(project, "models").stdout == "Nothing to change.\n"


@pytest.mark.cross
def test_rebased(renders: Path, tmp_path: Path) -> None:
    project, _ = merging(renders, tmp_path, "rebase")
    write(project, {"models.yml": THING + ONE + TWO})  # the first commit is of models.yml alone
    run(project, "git", "add", "models.yml")
    env = CLEAN | {"GIT_EDITOR": "true"}
    subprocess.run(["git", "rebase", "--continue"], cwd=project, env=env, capture_output=True)
    write(project, {"models.yml": THING + ONE + TWO})
    done = attempt(project, "models")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "To give it up: git rebase --abort" in done.stdout
    assert conflicts(project) == []
    assert (project / MODEL).read_text() == (renders / "both" / MODEL).read_text()


@pytest.mark.cross
def test_what_was_settled_by_hand_stays(renders: Path, tmp_path: Path) -> None:
    project, _ = merging(renders, tmp_path)
    write(project, {"models.yml": THING + ONE + TWO, ROUTER: "BY_HAND = 1\n"})
    write(project, {"app/main.py": "+\nMINE = 1\n"})
    done = attempt(project, "models")
    assert done.stderr == "Take back what you changed while a merge waits: app/main.py.\n"
    run(project, "git", "checkout", "app/main.py")
    done = attempt(project, "models")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / ROUTER).read_text() == "BY_HAND = 1\n"
    assert conflicts(project) == []
