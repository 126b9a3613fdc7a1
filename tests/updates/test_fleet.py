"""`make fleet`: which service is on which version, and what is due there."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support import BIN, CLEAN, ROOT, render, run
from tests.updates.support import NEXT, VERSION, commit, edit, release_next, versioned

MODELS = {"models": {"Note": {"fields": {"text": "text"}}}}


@dataclass
class Template:
    """Two versions of it, and a service rendered from each."""

    path: Path
    old: Path
    new: Path


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    folder = tmp_path_factory.mktemp("fleet")
    path = versioned(folder / "template")
    old = render(path, folder / "old", MODELS)
    health = path / "template/app/http/health.py"
    health.write_text(health.read_text() + "\n\n# From the next version.\n")
    release_next(path)
    new = render(path, folder / "new", MODELS)
    commit(old)
    commit(new)
    return Template(path, old, new)


@pytest.fixture
def services(tmp_path: Path) -> Path:
    folder = tmp_path / "services"
    folder.mkdir()
    return folder


@dataclass
class Told:
    status: int
    text: str
    rows: dict[str, list[str]] = field(default_factory=dict)


def read(done: subprocess.CompletedProcess[str]) -> Told:
    assert "Traceback" not in done.stdout + done.stderr
    told = Told(done.returncode, done.stdout + done.stderr)
    lines = done.stdout.splitlines()
    if lines and lines[0].startswith("service "):
        for line in lines[1:]:
            if not line.startswith("No committed service"):
                name, *cells = re.split(r"  +", line)
                told.rows[name] = cells
    return told


def fleet(where: Path, *options: str, trust: str = "") -> Told:
    """With `trust` in Copier's settings."""
    settings = where.parent / "settings.yml"
    settings.write_text(f"trust: [{trust}]\n")
    command = [sys.executable, "-m", "hooks.fleet", *options, str(where)]
    env = CLEAN | {"COPIER_SETTINGS_PATH": str(settings)}
    return read(subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True))


def add_a_model(service: Path) -> None:
    with (service / "models.yml").open("a") as file:
        file.write("  Label: {fields: {name: text}}\n")


def digest(folder: Path) -> str:
    """Of all that is in a folder, Git's own files too."""
    found = hashlib.sha256()
    for it in sorted(folder.rglob("*")):
        found.update(f"{it}\n{it.lstat().st_mtime_ns}\n".encode())
        found.update(it.read_bytes() if it.is_file() else b"")
    return found.hexdigest()


def test_a_folder(template: Template, services: Path) -> None:
    shutil.copytree(template.new, services / "clean")
    shutil.copytree(template.old, services / "old")
    drifted = shutil.copytree(template.new, services / "drifted")
    edit(drifted / "app/main.py", "    return app\n", '    app.title = "Ours"\n    return app\n')
    lines = len((drifted / "LICENSE").read_text().splitlines())
    (drifted / "LICENSE").unlink()
    (drifted / "app/resources/ours.py").write_text("OURS = 1\n")
    first = drifted / "migrations/versions/0001_initial.py"
    first.write_text(first.read_text() + "# Ours.\n")
    commit(drifted)
    (drifted / "app/main.py").write_text("# not committed, not counted\n")
    pending = shutil.copytree(template.new, services / "pending")
    add_a_model(pending)
    commit(pending)
    for name in ("notes", "empty", ".hidden"):
        (services / name).mkdir()
    run(services / "empty", "git", "init", "--quiet")
    (services / "notes/README.md").write_text("No service.\n")
    before = digest(services)

    told = fleet(services, "--trust")

    assert told.rows == {
        "clean": [NEXT, NEXT, "none", "in step"],
        "drifted": [NEXT, NEXT, f"2 files +1 -{lines}", "in step"],
        "old": [VERSION, NEXT, "none", "in step"],
        "pending": [NEXT, NEXT, "none", "pending"],
    }
    assert "No committed service: empty, notes\n" in told.text
    assert told.status == 2
    assert digest(services) == before


def test_nothing_is_due(template: Template, services: Path) -> None:
    service = shutil.copytree(template.new, services / "one")
    told = fleet(service, "--trust")
    assert told.rows == {"one": [NEXT, NEXT, "none", "in step"]}
    assert told.status == 0


def test_services_in_one_repository(template: Template, services: Path) -> None:
    run(services, "git", "init", "--quiet")
    for name, source in (("one", template.new), ("two", template.old)):
        shutil.copytree(source, services / name, ignore=shutil.ignore_patterns(".git"))
    edit(services / "two/app/main.py", "    return app\n", "    return app  # ours\n")
    told = fleet(services, "--trust")
    assert told.text == "No committed service: one, two\n"
    assert told.status == 1
    commit(services)
    assert fleet(services, "--trust").rows == {
        "one": [NEXT, NEXT, "none", "in step"],
        "two": [VERSION, NEXT, "1 file +1 -1", "in step"],
    }


def test_a_list(template: Template, services: Path) -> None:
    shutil.copytree(template.old, services / "a/api")
    shutil.copytree(template.new, services / "b/api")
    remote = shutil.copytree(template.old, services / "remote")
    answers = remote / ".copier-answers.yml"
    edit(answers, f"_src_path: {template.path}", f"_src_path: git+file://{template.path}")
    commit(remote)
    run(services, "git", "clone", "--quiet", "--bare", "remote", "bare.git")
    (services / "notes").mkdir()
    where = services / "list.txt"
    where.write_text(
        "# Ours\na/api\n\n"
        f"file://{services}/b/api\nfile://{services}/bare.git\n"
        f"{services}/notes\ngone\nhttps://slipway.invalid/team/shop.git\n"
    )
    command = ["make", "--old-file", ".venv/ready", f"BIN={BIN}", "fleet", f"IN={where}"]
    done = subprocess.run(
        [*command, "TRUST=yes"], cwd=ROOT, env=CLEAN, capture_output=True, text=True
    )
    told = read(done)
    problems = {name: row.pop() for name, row in told.rows.items() if "?" in row}
    assert told.rows == {
        f"{services}/a/api": [VERSION, NEXT, "none", "in step"],
        f"file://{services}/b/api": [NEXT, NEXT, "none", "in step"],
        "bare": [VERSION, NEXT, "none", "in step"],
        "gone": ["?", "?", "?", "?"],
        "shop": ["?", "?", "?", "?"],
    }
    assert problems["gone"].startswith("can't be reached: ")
    assert problems["shop"].startswith("can't be reached: ")
    assert "No committed service: notes\n" in told.text
    assert told.status == 2  # make's own, for any


def test_what_can_not_be_told_has_a_word(template: Template, services: Path) -> None:
    def service(name: str, old: str, new: str) -> None:
        folder = shutil.copytree(template.old, services / name)
        edit(folder / ".copier-answers.yml", old, new)
        commit(folder)

    source = f"_src_path: {template.path}"
    service("away", source, "_src_path: https://slipway.invalid/template.git")
    service("moved", source, f"_src_path: {services}/template")
    service("option", source, "_src_path: --upload-pack=touch touched")
    service("no_version", f"_commit: {VERSION}\n", "")
    service("unknown_version", f"_commit: {VERSION}", "_commit: 0.0.1")
    service("garbled", source, "_src_path: [")
    service("other", "\nmodels:", "\nothers:")
    unreadable = shutil.copytree(template.new, services / "unreadable")
    (unreadable / "models.yml").write_text("models: {\n")
    commit(unreadable)
    binary = shutil.copytree(template.new, services / "bytes")
    (binary / "models.yml").write_bytes(b"\xff\xfe")
    commit(binary)
    (services / "broken").mkdir()
    (services / "broken/.git").write_text("gitdir: nowhere\n")
    told = fleet(services, "--trust")
    problems = {name: row[4].partition(": while ")[0] for name, row in told.rows.items()}
    assert problems == {
        "away": "The template can't be reached at https://slipway.invalid/template.git",
        "broken": f"can't be reached: fatal: not a git repository: {services}/broken/nowhere",
        "bytes": "models.yml isn't UTF-8",
        "garbled": ".copier-answers.yml:5: not YAML",
        "moved": f"The template can't be reached at {services}/template",
        "no_version": "not copied from a version in Git",
        "option": "The template can't be reached at --upload-pack=touch touched",
        "unknown_version": f"The template can't be rendered from {template.path} at 0.0.1",
        "unreadable": "models.yml:1: not YAML",
    }
    assert told.rows["away"][:4] == [VERSION, "?", "?", "in step"]
    assert told.rows["unknown_version"][:4] == ["0.0.1", NEXT, "?", "in step"]
    assert "No committed service: other\n" in told.text
    assert told.status == 1
    assert not (ROOT / "touched").exists()


def test_only_trusted_templates_are_run(template: Template, services: Path) -> None:
    shutil.copytree(template.new, services / "one")
    told = fleet(services)
    assert told.rows["one"][:4] == [NEXT, NEXT, "?", "in step"]
    assert told.rows["one"][4].startswith("its template isn't trusted")
    assert told.status == 1
    assert fleet(services, trust=f"{template.path.parent}/").rows["one"][2] == "none"


@pytest.mark.parametrize("where", ["nowhere", "binary"])
def test_no_list(services: Path, where: str) -> None:
    (services / "binary").write_bytes(b"\xff\xfe")
    told = fleet(services / where)
    assert told.rows == {}
    assert told.status == 1
