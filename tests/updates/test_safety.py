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

from hooks.update.git import Refused
from hooks.update.project import UNDO
from tests.support import CLEAN, ROOT, run
from tests.updates.meeting import NO_GIT, meet
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
        ("models: {Item: {fields: {a: {type: int?}}}}\n", "write optional: true for `?`"),
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


@pytest.mark.parametrize("error", [OSError("No space left on device"), KeyboardInterrupt()])
def test_what_can_t_be_written(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """All that was written is taken back, and there is no word of half-way afterwards."""
    new = shutil.copytree(project, tmp_path / "new", ignore=NO_GIT)
    old = shutil.copytree(project, tmp_path / "old", ignore=NO_GIT)
    for name in ("a/first.py", "app/http/health.py", "z/last.py"):
        (new / name).parent.mkdir(exist_ok=True)
        (new / name).write_text("NEW = 1\n")
    (new / "LICENSE").unlink()
    replace = Path.replace

    def fail(self: Path, target: Path) -> Path:
        if target.name == "last.py":
            raise error
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail)
        with pytest.raises((Refused, KeyboardInterrupt), match=r"Nothing was changed: No sp|^$"):
            meet(project, old, new)
    assert changes(project) == ""
    assert not (project / "a").exists()
    (project / "mine.py").write_text("MINE = 1\n")
    with pytest.raises(Refused, match="Commit first"):
        meet(project, old, new)


def test_half_way(project: Path, tmp_path: Path) -> None:
    """What an update left is told from what its owner did, who may have other work elsewhere."""
    service = tmp_path / "top/services/one"
    shutil.copytree(project, service, ignore=NO_GIT)
    (tmp_path / "top/other").write_text("committed\n")
    run(tmp_path / "top", "git", "init", "--quiet")
    commit(tmp_path / "top")
    (tmp_path / "top/other").write_text("work\n")
    new = shutil.copytree(service, tmp_path / "new")
    old = shutil.copytree(service, tmp_path / "old")
    (new / "new.py").write_text("NEW = 1\n")
    (new / "app/main.py").write_text("NEW = 1\n")
    meet(service, old, new)
    mark = tmp_path / "top/.git/update-half-way"
    assert not mark.exists()
    head = run(service, "git", "rev-parse", "HEAD").strip()
    mark.write_text(f"{head}\0new.py\0app/main.py")
    with pytest.raises(Refused, match="stopped half-way") as told:
        meet(service, old, new)
    run(service, "sh", "-c", str(told.value).partition("To undo it: ")[2])
    assert run(service, "git", "status", "--porcelain").split() == ["M", "other"]
    assert (tmp_path / "top/other").read_text() == "work\n"
    mark.write_text(f"{head}\0new.py\0app/main.py")
    (service / "app/settings.py").write_text("MINE = 1\n")
    with pytest.raises(Refused, match="Commit first"):
        meet(service, old, new)


def test_repositories_that_git_refuses(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    done = attempt(project, "models")
    assert done.stderr == (
        "Git refuses this repository, as another user owns it. To trust it:"
        f" git config --global --add safe.directory {project}\n"
    )
    monkeypatch.delenv("GIT_TEST_ASSUME_DIFFERENT_OWNER")
    shutil.rmtree(project / ".git")
    done = attempt(project, "models")
    assert done.stderr == "Commit first: git init, git add --all, git commit.\n"
    run(project, "git", "init", "--quiet")
    done = attempt(project, "models")
    assert done.stderr == "Commit first: git add --all, git commit.\n"
