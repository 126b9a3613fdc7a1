"""ruff lays out what the templates print; each version that the template takes does it alike."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from copier import run_update

from hooks.formatting import INSTALL, NEXT, OLDEST, VERSIONS
from tests.support import BIN, CLEAN, EXAMPLES, ROOT, copy, files, render, run
from tests.updates.support import NEXT as NEXT_VERSION
from tests.updates.support import VERSION, commit, edit, release_next, versioned

PROGRAM = """#!{python}
import sys, types
ruff = {ruff!r}
# None is as where nobody installed it.
sys.modules["ruff"] = ruff and types.SimpleNamespace(find_ruff_bin=lambda: ruff)
from copier.__main__ import CopierApp
CopierApp.run()
"""


@pytest.fixture(scope="session")
def oldest(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The oldest ruff that the template takes."""
    folder = tmp_path_factory.mktemp("ruff")
    wanted = f"ruff=={OLDEST[0]}.{OLDEST[1]}.0"
    subprocess.run(
        [BIN / "uv", "pip", "install", "--quiet", "--target", folder, wanted], check=True, env=CLEAN
    )
    return str(folder / "bin" / "ruff")


def with_ruff(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """As if `program` was the ruff beside Copier."""
    monkeypatch.setitem(sys.modules, "ruff", SimpleNamespace(find_ruff_bin=lambda: program))
    for name in [name for name in sys.modules if name.startswith("_hooks_")]:
        monkeypatch.delitem(sys.modules, name)  # they know the program by now


def test_each_version_lays_out_alike(
    template: Path, tmp_path: Path, oldest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = render(template, tmp_path / "newest", EXAMPLES / "shop.yml")
    with_ruff(monkeypatch, oldest)
    project = render(template, tmp_path / "oldest", EXAMPLES / "shop.yml")
    assert files(project) == files(newest)
    for name in files(project):
        if name != ".copier-answers.yml":
            assert (project / name).read_bytes() == (newest / name).read_bytes(), name


def test_an_update_changes_no_lay_out(
    tmp_path: Path, oldest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copier renders both versions of the template with the ruff of today."""
    repository = versioned(tmp_path / "template")
    with monkeypatch.context() as patch:
        with_ruff(patch, oldest)
        project = render(repository, tmp_path / "project", EXAMPLES / "shop.yml")
    run(project, "git", "init", "--quiet")
    model = project / "app/resources/orders/model.py"
    edit(model, '"""Orders, as stored."""', '"""Orders, as we store them."""')
    commit(project)
    (template,) = repository.glob("template/app/resources/*/model.py.jinja")
    template.write_text(template.read_text() + "    # From the next version.\n")
    release_next(repository)
    run_update(project, defaults=True, overwrite=True, quiet=True, unsafe=True)

    changed = run(project, "git", "diff", "--unified=0", "--no-color")
    lines = {it for it in changed.splitlines() if re.match(r"[-+](?![-+])", it)}
    told = {it for it in lines if "_commit: " not in it}
    assert told == {"+    # From the next version."}
    assert lines - told == {f"-_commit: {VERSION}", f"+_commit: {NEXT_VERSION}"}
    assert "as we store them" in model.read_text()


def test_the_newest_version_is_the_pinned_one() -> None:
    pinned = re.search(r"^ruff==(\d+)\.(\d+)", (ROOT / "requirements.txt").read_text(), re.M)
    assert pinned
    assert (int(pinned[1]), int(pinned[2]) + 1) == NEXT


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (None, f"with ruff, which isn't installed beside Copier. Run: {INSTALL}"),
        ("ruff 0.8.6", f"with ruff{VERSIONS}; beside Copier is ruff 0.8.6. Run: {INSTALL}"),
        ("ruff 1.0.0", f"with ruff{VERSIONS}; beside Copier is ruff 1.0.0. Run: {INSTALL}"),
        ("", f"with ruff{VERSIONS}; beside Copier is {{program}}. Run: {INSTALL}"),
    ],
)
def test_nothing_is_written_without_a_ruff_that_fits(
    template: Path,
    tmp_path: Path,
    program: str | None,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = tmp_path / "ruff"
    if program is not None:
        fake.write_text(f"#!/bin/sh\necho '{program}'\n")
        fake.chmod(0o755)
    copier = tmp_path / "copier"
    ruff = None if program is None else str(fake)
    copier.write_text(PROGRAM.format(python=sys.executable, ruff=ruff))
    copier.chmod(0o755)
    monkeypatch.setattr("tests.support.COPIER", copier)
    done = copy(template, tmp_path / "project")
    assert done.returncode == 1
    assert told.format(program=fake) in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "project").exists()


def test_a_rendered_file_is_what_ruff_makes_of_it(template: Path, tmp_path: Path) -> None:
    """So an owner's own `ruff format` changes nothing."""
    project = render(template, tmp_path / "project", EXAMPLES / "shop.yml")
    for command in (["format", "--check"], ["check", "--no-fix"]):
        done = subprocess.run(
            [BIN / "ruff", *command, "--no-cache", "."], cwd=project, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout
