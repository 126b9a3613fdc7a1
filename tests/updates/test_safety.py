"""An update that can't be finished leaves the project as it was, or says how to take it back."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from hooks.update.project import UNDO
from tests.support import CLEAN, ROOT, run
from tests.updates.support import (
    NEXT,
    VERSION,
    attempt,
    changes,
    commit,
    conflicts,
    edit,
    release_next,
)

REVIEW = "\n  Review:\n    fields: {text: text, item: {ref: Item, on_delete: cascade}}\n"


def add_a_model(project: Path) -> None:
    with (project / "models.yml").open("a") as file:
        file.write(REVIEW)
    commit(project)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("models: {Item: {fields: {a: txt}}}\n", "models.yml:1: Item.a: unknown type 'txt'"),
        ("models:\n  A: {}\n  A: {}\n", "models.yml:3: models: A is also in line 2"),
        ("models: [\n", "models.yml:2: not YAML"),
        ("models: {Item: {fields: {a: {type: int?}}}}\n", "quote a type with `?`, as in 'text?'"),
        ("", "models.yml:1: it must begin with a key, `models:`"),
        ("models: {Item: {fields: {a: {type: date, default: 2026-13-01}}}}\n", "not YAML: month"),
    ],
    ids=["type", "twice", "syntax", "braces", "empty", "date"],
)
def test_a_bad_file(project: Path, text: str, problem: str) -> None:
    (project / "models.yml").write_text(text)
    commit(project)
    done = attempt(project, "models")
    assert done.returncode != 0
    assert problem in done.stderr
    assert "Traceback" not in done.stderr
    assert changes(project) == ""


def test_no_tag(repository: Path, project: Path) -> None:
    run(repository, "git", "tag", "--delete", VERSION)
    for recipe in ("update", "check"):
        done = attempt(project, recipe)
        assert done.returncode != 0
        assert "no version yet" in done.stderr
    assert changes(project) == ""


def test_a_commit_without_a_version(repository: Path, project: Path) -> None:
    """It is no 1.x, and what CHANGELOG.md had by then is told no more."""
    run(repository, "git", "tag", "--delete", VERSION)
    identifier = "1"
    while not isinstance(yaml.safe_load(identifier), str):  # else Copier puts it in quotes
        run(
            repository,
            "git",
            "commit",
            "--quiet",
            "--amend",
            "--allow-empty",
            "--message",
            str(identifier),
        )
        identifier = run(repository, "git", "rev-parse", "--short", "HEAD").strip()
    edit(project / ".copier-answers.yml", f"_commit: {VERSION}", f"_commit: {identifier}")
    own = project / "app/resources/items/rules.py"
    own.write_text("from app.resources.items.model import Item\n\nNAMES = Item.name\n")
    router = project / "app/resources/items/router.py"
    router.write_text(f"from app.resources.items.rules import NAMES\n{router.read_text()}")
    commit(project)
    release_next(repository)
    done = attempt(project, "update")
    assert done.returncode == 0, done.stdout + run(project, "git", "diff")
    assert f"## {NEXT}" in done.stdout
    assert f"## {VERSION}" not in done.stdout
    assert "rules" not in done.stdout
    assert f"_commit: {NEXT}" in (project / ".copier-answers.yml").read_text()


def test_where_no_version_can_be_read(project: Path) -> None:
    done = attempt(project, "update", "--to", "main")
    assert done.stderr == "main is not a version: write a tag of the template, such as 1.2.3.\n"


def test_no_template(repository: Path, project: Path) -> None:
    shutil.rmtree(repository)
    add_a_model(project)
    for recipe in ("models", "update", "check"):
        done = attempt(project, recipe)
        assert done.returncode != 0
        assert str(repository) in done.stderr
        assert "Traceback" not in done.stderr
    assert changes(project) == ""


def test_no_network(project: Path) -> None:
    answers = project / ".copier-answers.yml"
    source = next(it for it in answers.read_text().splitlines() if it.startswith("_src_path"))
    edit(answers, source, "_src_path: https://slipway.invalid/template.git")
    commit(project)
    for recipe in ("update", "check"):
        done = attempt(project, recipe)
        assert done.returncode != 0
        assert "can't be reached" in done.stderr
    assert changes(project) == ""


def test_a_newer_version_is_told(repository: Path, project: Path) -> None:
    done = attempt(project, "check")
    assert done.returncode == 0, done.stderr
    assert f"up to date: {VERSION}" in done.stdout
    (repository / "template/app/ours.py").write_text("")
    release_next(repository)
    run(repository, "git", "tag", NEXT.replace(".100.", ".99."))
    done = attempt(project, "check")
    assert done.returncode != 0
    assert NEXT in done.stdout


def test_a_file_in_the_way(project: Path) -> None:
    with (project / ".gitignore").open("a") as file:
        file.write("reviews\n")
    add_a_model(project)
    mine = project / "app/resources/reviews/model.py"
    mine.parent.mkdir()
    mine.write_text("MINE = 1\n")
    done = attempt(project, "models")
    assert done.returncode != 0
    assert "in the way" in done.stderr
    assert changes(project) == ""
    assert mine.read_text() == "MINE = 1\n"


def test_true_conflicts_are_named(project: Path) -> None:
    edit(project / "app/resources/tags/model.py", "    name: Mapped[str]", "    name: Mapped[Word]")
    edit(
        project / "models.yml",
        "      name: { type: string(40), unique: true }",
        "      name: { type: string(50), unique: true, optional: true }",
    )
    commit(project)
    done = attempt(project, "models")
    assert done.returncode != 0
    assert "  app/resources/tags/model.py\n" in done.stdout
    assert conflicts(project) == ["app/resources/tags/model.py"]


def test_what_was_deleted_stays_deleted(repository: Path, project: Path) -> None:
    (project / "app/resources/tags/router.py").unlink()
    (project / "LICENSE").unlink()
    edit(
        project / "models.yml",
        "      name: { type: string(40), unique: true }",
        "      name: { type: string(50), unique: true }",
    )
    commit(project)
    health = repository / "template/app/http/health.py"
    health.write_text(health.read_text() + "\n\n# From the next version.\n")
    release_next(repository)
    for recipe in ("models", "update"):
        done = attempt(project, recipe)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not (project / "app/resources/tags/router.py").exists()
        assert not (project / "LICENSE").exists()
        commit(project)


def test_a_dropped_package_is_kept_where_its_owner_changed_it(project: Path) -> None:
    package = project / "app/resources/transfers"
    with (package / "router.py").open("a") as file:
        file.write("\nMINE = 1\n")
    (package / "rates.py").write_text("RATES = {}\n")
    tests = project / "tests/resources/transfers.py"
    with tests.open("a") as file:
        file.write("\nMINE = 2\n")
    models = project / "models.yml"
    text = models.read_text()
    start = text.index("  Transfer:\n")
    kept = [it for it in text[:start].splitlines(keepends=True) if "transfer" not in it]
    models.write_text("".join(it for it in kept if it != "    operations:\n"))
    with models.open("a") as file:
        file.write("\ndropped: [Transfer]\n")
    commit(project)
    done = attempt(project, "models")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ".dropped/app/resources/transfers" in done.stdout
    assert not package.exists()
    assert not tests.exists()
    assert (project / ".dropped/tests/resources/transfers.py").read_text().endswith("MINE = 2\n")
    aside = project / ".dropped/app/resources/transfers"
    assert (aside / "router.py").read_text().endswith("\nMINE = 1\n")
    assert (aside / "rates.py").read_text() == "RATES = {}\n"
    assert sorted(it.name for it in aside.iterdir()) == ["rates.py", "router.py"]


def test_kill_at_any_moment(project: Path) -> None:
    add_a_model(project)
    head = run(project, "git", "rev-parse", "HEAD")
    command = [sys.executable, "-m", "hooks.update", "models"]
    env = CLEAN | {"PYTHONPATH": str(ROOT)}
    started = time.monotonic()
    subprocess.run(command, cwd=project, env=env, check=True, capture_output=True)
    length = time.monotonic() - started
    run(project, "git", "stash", "--include-untracked")
    chance = random.Random(int(os.environ.get("SEED", "1")))
    for _ in range(int(os.environ.get("KILLS", "6"))):
        process = subprocess.Popen(
            command,
            cwd=project,
            env=env,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        # The end, where the working tree is changed, more often than the beginning.
        time.sleep(length * chance.uniform(0, 1) ** 0.3)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if changes(project):
            done = attempt(project, "models")
            assert done.returncode != 0
            assert UNDO in done.stderr or "Commit first" in done.stderr
            run(project, "git", "stash", "--include-untracked")
        assert changes(project) == ""
        assert run(project, "git", "rev-parse", "HEAD") == head
    done = attempt(project, "models")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / "app/resources/reviews/model.py").exists()


def test_an_interrupt(project: Path, tmp_path: Path) -> None:
    add_a_model(project)
    command = [sys.executable, "-m", "hooks.update", "models"]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        command,
        cwd=project,
        env=CLEAN | {"PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)},
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not [*scratch.glob("update-*/new")]:
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate()[1] == "Stopped. Nothing was changed.\n"
    assert process.returncode == 130
    assert changes(project) == ""
    assert not [*scratch.glob("update-*")]
