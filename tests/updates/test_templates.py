"""Which template an update takes: another version than the newest, at another place, by a URL."""

import json
import re
from pathlib import Path

from tests.support import run
from tests.updates.support import (
    NEWS,
    NEXT,
    VERSION,
    attempt,
    changes,
    commit,
    edit,
    release,
    release_next,
)

PATCHED = VERSION.rpartition(".")[0] + ".100"  # newer than VERSION, older than NEXT
LICENCES = [
    f"template/{{% if license == '{it}' %}}LICENSE{{% endif %}}.jinja"
    for it in ("MIT", "BSD-3-Clause")
]


def improve(repository: Path, line: str) -> None:
    health = repository / "template/app/http/health.py"
    health.write_text(f"{health.read_text().rstrip()}\n\n{line}\n")


def follow(project: Path, source: Path | str) -> None:
    answers = project / ".copier-answers.yml"
    old = next(it for it in answers.read_text().splitlines() if it.startswith("_src_path"))
    edit(answers, old, f"_src_path: {source}")
    commit(project)


def test_to_a_version(repository: Path, project: Path) -> None:
    improve(repository, "# Patched.")
    release(repository, PATCHED)
    improve(repository, "# Next.")
    release_next(repository)
    done = attempt(project, "update", "--to", PATCHED)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"The template was updated from {VERSION} to {PATCHED}." in done.stdout
    assert f"_commit: {PATCHED}\n" in (project / ".copier-answers.yml").read_text()
    text = (project / "app/http/health.py").read_text()
    assert "# Patched." in text
    assert "# Next." not in text
    commit(project)
    for version, why in {
        VERSION: f"An update cannot go back from {PATCHED} to {VERSION}",
        "main": "main is not a version",
        "99.0.0": f"The template at {repository} has no version 99.0.0.",
    }.items():
        done = attempt(project, "update", "--to", version)
        assert done.returncode != 0
        assert why in done.stderr
        assert "Traceback" not in done.stderr
    assert changes(project) == ""


def test_answers_of_another_shape(repository: Path, project: Path) -> None:
    """A next version asks for the author by another name, and carries the answer over."""
    answers = project / ".copier-answers.yml"
    edit(answers, "author: The My Service authors\n", "author: Ann\n")
    run(project, "git", "commit", "--quiet", "--all", "--message", "As if answered so")
    for path in ("copier.yml", "template/pyproject.toml.jinja", *LICENCES):
        text = (repository / path).read_text()
        (repository / path).write_text(re.sub(r"\bauthor\b", "holder", text))
    rename = "{{ _copier_python }} -c \"import pathlib; it = pathlib.Path('.copier-answers.yml'); "
    rename += "it.write_text(it.read_text().replace('author:', 'holder:'))\""
    migration = {"version": NEXT, "when": "{{ _stage == 'before' }}", "command": rename}
    listed = f"_migrations:\n  - {json.dumps(migration)}\n"
    edit(repository / "copier.yml", "_migrations:\n", listed)
    release_next(repository)
    done = attempt(project, "update")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "holder: Ann\n" in answers.read_text()
    assert "author:" not in answers.read_text()


def test_a_fork(repository: Path, project: Path, tmp_path: Path) -> None:
    improve(repository, "# Next.")
    release_next(repository)
    fork = tmp_path / "fork"
    run(tmp_path, "git", "clone", "--quiet", "--no-tags", "template", "fork")
    run(fork, "git", "fetch", "--quiet", "origin", "tag", VERSION, "--no-tags")
    run(fork, "git", "checkout", "--quiet", "-B", "ours", VERSION)
    improve(fork, "# Ours.")
    release(fork, PATCHED)
    follow(project, fork)
    done = attempt(project, "update")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"The template was updated from {VERSION} to {PATCHED}." in done.stdout
    answers = (project / ".copier-answers.yml").read_text()
    assert f"_commit: {PATCHED}\n_src_path: {fork}\n" in answers
    text = (project / "app/http/health.py").read_text()
    assert "# Ours." in text
    assert "# Next." not in text


def test_a_fork_without_the_version(repository: Path, project: Path, tmp_path: Path) -> None:
    run(tmp_path, "git", "clone", "--quiet", "--no-tags", "template", "fork")
    release_next(tmp_path / "fork")
    follow(project, tmp_path / "fork")
    done = attempt(project, "update")
    assert done.returncode != 0
    assert f"can't be rendered from {tmp_path}/fork at {VERSION}" in done.stderr
    assert "Traceback" not in done.stderr
    assert changes(project) == ""


def test_by_a_url(repository: Path, project: Path, cache: Path) -> None:
    follow(project, f"git+file://{repository}")
    improve(repository, "# Next.")
    release_next(repository)
    done = attempt(project, "update")
    assert done.returncode == 0, done.stdout + done.stderr
    assert NEWS in done.stdout
    assert f"The template was updated from {VERSION} to {NEXT}." in done.stdout
    assert "# Next." in (project / "app/http/health.py").read_text()
    assert [it.name for it in cache.iterdir()] == ["slipway"]  # and no cache of Copier's
