"""What can't be written is taken back, and what an update left is told from its owner's work."""

import shutil
from pathlib import Path

import pytest

from hooks.update.git import Refused
from tests.support import run
from tests.updates.meeting import NO_GIT, meet
from tests.updates.support import attempt, changes, commit


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
