"""`make models` and `make update` on any machine, and in any kind of repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

import pytest

from tests.support import render, run
from tests.updates.hostile import hostile
from tests.updates.meeting import SHADOWS, meet, shadow
from tests.updates.support import NEXT, VERSION, attempt, commit, conflicts, edit, release_next
from tests.updates.test_templates import follow

ALSO = {".copier-answers.yml", "README.md", "app/http/health.py"}
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
    shadow(small)
    edit(small / ".copier-answers.yml", f"_commit: {VERSION}\n", f'_commit: "{VERSION}" # pinned\n')
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
    assert all((small / it).read_text().startswith("raise") for it in SHADOWS)
    assert b"\r" not in b"".join(it.read_bytes() for it in small.rglob("*.py"))
    assert conflicts(small) == []


@pytest.fixture(scope="session")
def renders(smallest: Path, originals: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the template makes of one model, and of two."""
    folder = tmp_path_factory.mktemp("renders")
    copytree(smallest, folder / "old")
    models = {"models": {**MODELS["models"], "Widget": {"fields": {"label": "text"}}}}
    render(originals / "template", folder / "new", models)
    health = folder / "new/app/http/health.py"
    health.write_text(health.read_text() + "\n\n# From the next version.\n")
    return folder


def started(smallest: Path, folder: Path, *options: str) -> Path:
    """A project with a change of its owner's in a file that changes, and a module of their own."""
    copytree(smallest, folder, dirs_exist_ok=True, ignore=ignore_patterns(".git"))
    health = folder / "app/http/health.py"
    health.write_text(health.read_text().replace("\n\n", "\n\n# Ours.\n", 1))
    (folder / "app/resources/things/mine.py").write_text("MINE = 1\n")
    if options:
        run(folder, "git", "init", "--quiet", *options)
    return folder


def has_both(project: Path) -> None:
    assert conflicts(project) == []
    health = (project / "app/http/health.py").read_text(encoding="utf-8-sig")
    assert "# Ours." in health
    assert health.endswith("# From the next version.\n")
    assert "class Widget" in (project / "app/resources/widgets/model.py").read_text()


def monorepo(smallest: Path, folder: Path) -> Path:
    top = folder / "top"
    project = started(smallest, top / "services/one")
    (top / "other").mkdir()
    (top / "other/file").write_text("theirs\n")
    (top / ".gitattributes").write_text("*.py text eol=crlf\n")
    run(top, "git", "init", "--quiet")
    commit(top)
    rmtree(top / "services")
    run(top, "git", "checkout", "--quiet", ".")
    assert b"\r\n" in (project / "app/main.py").read_bytes()
    return project


def sha256(smallest: Path, folder: Path) -> Path:
    project = started(smallest, folder / "project", "--object-format=sha256")
    commit(project)
    return project


def cloned(smallest: Path, folder: Path, *options: str) -> Path:
    origin = started(smallest, folder / "origin", "-b", "main")
    commit(origin)
    run(origin, "git", "config", "uploadpack.allowFilter", "true")
    run(folder, "git", "clone", "--quiet", *options, origin.as_uri(), "project")
    return folder / "project"


def partial(smallest: Path, folder: Path) -> Path:
    return cloned(smallest, folder, "--filter=blob:none")


def shallow(smallest: Path, folder: Path) -> Path:
    return cloned(smallest, folder, "--depth=1")


def sparse(smallest: Path, folder: Path) -> Path:
    """What is changed isn't checked out, nor fetched."""
    project = cloned(smallest, folder, "--filter=blob:none", "--sparse")
    run(project, "git", "sparse-checkout", "set", "tests")
    assert not (project / "app").exists()
    return project


def worktree(smallest: Path, folder: Path) -> Path:
    origin = cloned(smallest, folder)
    run(origin, "git", "worktree", "add", "--quiet", "../tree")
    return folder / "tree"


def submodule(smallest: Path, folder: Path) -> Path:
    origin = started(smallest, folder / "origin", "-b", "main")
    commit(origin)
    outer = folder / "outer"
    outer.mkdir()
    run(outer, "git", "init", "--quiet")
    allowed = ("-c", "protocol.file.allow=always")
    run(outer, "git", *allowed, "submodule", "--quiet", "add", origin.as_uri(), "one")
    return outer / "one"


def filtered(smallest: Path, folder: Path) -> Path:
    """With what is stored in another form than what is worked on, as LFS and encryption do."""
    project = started(smallest, folder / "project", "-b", "main")
    (project / ".gitattributes").write_text("*.py filter=turned\n")
    turn = "tr a-zA-Z n-za-mN-ZA-M"
    for name, value in {"clean": turn, "smudge": turn, "required": "true"}.items():
        run(project, "git", "config", f"filter.turned.{name}", value)
    commit(project)
    assert "pynff" in run(project, "git", "cat-file", "blob", "HEAD:app/resources/things/model.py")
    return project


KINDS = [
    *(monorepo, filtered),
    *(
        pytest.param(it, marks=pytest.mark.cross)
        for it in (sha256, sparse, partial, shallow, worktree, submodule)
    ),
]


@pytest.mark.parametrize("kind", KINDS)
def test_any_repository(
    smallest: Path, renders: Path, tmp_path: Path, kind: Callable[[Path, Path], Path]
) -> None:
    project = kind(smallest, tmp_path)
    merged = meet(project, renders / "old", renders / "new")
    assert merged.conflicts == []
    has_both(project)
    texts = [it.read_bytes() for it in (project / "app").rglob("*.py")]
    assert {b"\r\n" in it for it in texts if it} == {kind is monorepo}
    if kind is sparse:
        assert "app/http/health.py" in merged.notes[0]
        run(project, "git", "add", "--all", "--sparse")
    else:
        assert merged.notes == []
        run(project, "git", "add", "--all")
    run(project, "git", "commit", "--quiet", "--message", "Updated")
    run(project, "git", "diff", "--quiet", "HEAD")
    changed = run(project, "git", "diff", "--name-only", "--relative", "HEAD~").split()
    assert "app/http/health.py" in changed
    assert all("widget" in it or it in ALSO for it in changed), changed


def returned(folder: Path) -> None:
    """As an editor on Windows leaves files."""
    for it in folder.rglob("*"):
        if it.is_file() and ".git" not in it.parts:
            data = it.read_bytes().replace(b"\n", b"\r\n")
            it.write_bytes(b"\xef\xbb\xbf" + data if it.suffix == ".py" else data)


def test_ends_of_lines_and_marks_stay(smallest: Path, renders: Path, tmp_path: Path) -> None:
    project = started(smallest, tmp_path / "project", "-b", "main")
    returned(project)
    commit(project)
    merged = meet(project, renders / "old", renders / "new")
    assert (merged.conflicts, merged.notes) == ([], [])
    has_both(project)
    for it in project.rglob("*"):
        data = it.read_bytes() if it.is_file() and ".git" not in it.parts else b""
        assert data.count(b"\n") == data.count(b"\r\n"), it
        if it.suffix == ".py" and "widgets" not in str(it):
            assert data.startswith(b"\xef\xbb\xbf")
    changed = run(project, "git", "diff", "--name-only").split()
    assert {*changed} == ALSO


def test_what_is_no_text_is_left_and_told(smallest: Path, renders: Path, tmp_path: Path) -> None:
    """A link in the place of a file or a folder, and a file that became binary."""
    project = started(smallest, tmp_path / "project", "-b", "main")
    for name in ("app/http/health.py", "tests/resources"):
        elsewhere = tmp_path / "elsewhere" / name
        elsewhere.parent.mkdir(parents=True, exist_ok=True)
        (project / name).rename(elsewhere)
        (project / name).symlink_to(elsewhere)
    (project / "README.md").write_bytes(b"\0\1\2")
    commit(project)
    merged = meet(project, renders / "old", renders / "new")
    assert merged.conflicts == []
    why = "you and the template changed it, and it isn't text: yours was kept."
    assert merged.broken == [f"README.md: {why}"]
    links = [it.partition(":")[0] for it in merged.notes if "a link of yours" in it]
    assert links == ["app/http/health.py", "tests/resources"]
    assert (project / "README.md").read_bytes() == b"\0\1\2"
    assert all((project / it).is_symlink() for it in links)
    assert not (tmp_path / "elsewhere/tests/resources/widgets.py").exists()
    assert "class Widget" in (project / "app/resources/widgets/model.py").read_text()
