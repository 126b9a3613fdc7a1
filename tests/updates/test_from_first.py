"""A service of 1.0.0 comes to 2.0.0 by `slipway-update`; Copier by itself only says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from hooks.update import __main__ as tool
from hooks.update.from_first import command, refusal
from tests.support import BIN, CLEAN, COPIER, run
from tests.updates.first import FIRST, SECOND, First
from tests.updates.support import NEXT, VERSION, attempt, changes, commit, edit, release_next

TOLD = f"Files move from {FIRST} to {SECOND}, and Copier alone would lose your changes in them."
URL = "https://ann:s3cret@slipway.invalid/template.git"


@pytest.fixture
def service(first: First, tmp_path: Path) -> Path:
    """Of 1.0.0, with something stashed."""
    folder = copytree(first.service("sample"), tmp_path / "service")
    (folder / "app/main.py").write_text("")
    run(folder, "git", "stash", "--quiet")
    return folder


def line(source: str) -> str:
    return f"{TOLD} Run this in the service instead: {command(source, SECOND)}"


def refs(project: Path) -> str:
    return run(project, "git", "for-each-ref")


def stopped(
    project: Path, *arguments: str | Path, ruff: bool, **variables: str
) -> tuple[str, list[str]]:
    """What is printed, and the lines of it for a terminal; nothing was touched."""
    env = CLEAN | variables
    if not ruff:  # as for everybody who installed Copier for 1.x
        missing = project.parent / "missing"
        missing.mkdir()
        (missing / "ruff.py").write_text("raise ImportError\n")
        env["PYTHONPATH"] = str(missing)
    before = refs(project)
    done = subprocess.run(
        arguments, cwd=project, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert changes(project) == ""
    assert refs(project) == before
    return done.stdout, [it for it in done.stderr.splitlines() if it]


@pytest.mark.parametrize("ruff", [True, False])
def test_copier_update(first: First, service: Path, ruff: bool) -> None:
    """Without a question first, and without ruff as well."""
    out, told = stopped(service, COPIER, "update", "--trust", ruff=ruff)
    assert out == ""
    assert told == [f"Updating to template version {SECOND}", line(str(first.template))]


def test_no_secret_is_shown(first: First, service: Path) -> None:
    edit(service / ".copier-answers.yml", str(first.template), URL)
    commit(service)
    options = ("--trust", "--defaults", "--skip-tasks", "--quiet", "--conflict", "rej")
    instead = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{first.template}.insteadOf",
        "GIT_CONFIG_VALUE_0": URL,
    }
    version = ("--vcs-ref", SECOND)
    out, told = stopped(service, COPIER, "update", *options, *version, ruff=False, **instead)
    assert out == ""
    assert told == [line("https://slipway.invalid/template.git")]


@pytest.mark.parametrize("options", [("update", "--pretend"), ("recopy", "--overwrite")])
def test_other_ways_of_copier(first: First, service: Path, options: tuple[str, ...]) -> None:
    _, told = stopped(service, COPIER, *options, "--trust", "--defaults", ruff=False)
    assert told[1:] == [line(str(first.template))]


def test_make_update(first: First, service: Path) -> None:
    """By the tool that a service of 1.0.0 has, which renders out of the way, without ruff."""
    its_own = f"UPDATE={sys.executable} tools/update.py"
    out, told = stopped(service, "make", "--no-print-directory", "update", its_own, ruff=False)
    assert out == ""
    assert told[0] == line(str(first.template))
    assert [it for it in told[1:] if not it.startswith("make: ")] == []


@pytest.mark.cross
def test_the_line_is_pasted(first: First, service: Path, cache: Path) -> None:
    variables = {"PATH": f"{BIN}{os.pathsep}{CLEAN['PATH']}", "XDG_CACHE_HOME": str(cache)}
    variables["UV_CACHE_DIR"] = run(service, "uv", "cache", "dir", path=BIN).strip()
    pasted = line(str(first.template)).rpartition("instead: ")[2]
    done = subprocess.run(
        ["sh", "-c", pasted], cwd=service, env=CLEAN | variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert f"The template was updated from {FIRST} to {SECOND}." in done.stdout
    assert f"_commit: {SECOND}\n" in (service / ".copier-answers.yml").read_text()


@pytest.mark.parametrize(
    ("own", "updated"), [("", NEXT), (NEXT, NEXT), (VERSION, None), ("1.0.99", None)]
)
def test_without_arguments_to_the_version_of_the_tool(
    repository: Path,
    project: Path,
    own: str,
    updated: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release_next(repository)
    to = []

    def merge(*given: object) -> int:
        to.append(given[1:])
        return 0

    monkeypatch.setattr(tool, "merge", merge)
    monkeypatch.setattr(tool, "own_version", lambda: own)
    attempt(project)
    assert to == ([(False, VERSION, updated)] if updated else [])


@pytest.mark.parametrize(
    ("now", "then", "refused"),
    [
        ("1.0.0", "2.0.0", True),
        ("v1.2.3-4-gabcdef0", "3.1.0", True),
        ("1.0.0", "1.2.0", False),
        ("2.0.0", "2.0.1", False),
        ("2.0.0", "3.0.0", False),
        ("None", "2.0.0", False),
    ],
)
def test_which_updates_are_refused(
    now: str, then: str, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bool(refusal("gh:acme/slipway", now, then)) is refused
    monkeypatch.setenv("SLIPWAY_UPDATE", "1")
    assert not refusal("gh:acme/slipway", now, then)


@pytest.mark.parametrize(
    ("source", "version", "url"),
    [
        ("gh:acme/slipway", "2.0.0", "git+https://github.com/acme/slipway@2.0.0"),
        ("https://github.com/a/s.git", "2.0.0", "git+https://github.com/a/s.git@2.0.0"),
        ("https://a:b@git.acme.com/s.git", "2.0.0", "git+https://git.acme.com/s.git@2.0.0"),
        ("git@git.acme.com:a/s.git", "v2.0.0", "git+ssh://git@git.acme.com/a/s.git@v2.0.0"),
        ("git+ssh://git@git.acme.com/s", "2.0.0", "git+ssh://git@git.acme.com/s@2.0.0"),
        ("https://git.acme.com/$s", "2.0.0-3-gabcdef0", "'git+https://git.acme.com/$s@abcdef0'"),
    ],
)
def test_the_command(source: str, version: str, url: str) -> None:
    assert command(source, version) == f"uvx --from {url} slipway-update"


def test_the_command_for_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    url = f"git+file://{tmp_path}/a%20folder@2.0.0"
    assert command(str(folder), "2.0.0") == f"uvx --from {url} slipway-update"
