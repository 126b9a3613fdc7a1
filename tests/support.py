"""What the tests share: rendering as users do it, and running what was rendered."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from copier import run_copy

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
CASES = ROOT / "tests" / "cases"
BIN = Path(sys.executable).parent
COPIER = BIN / "copier"

Models = Path | Mapping[str, Any]  # a models.yml, or what is in one

# Nothing of the caller's settings, and of a Git hook that runs the tests, reaches a service:
# neither by what runs in this process, nor by what it starts.
STARTS = ("AUTH_", "COPIER", "DATABASE_", "GIT_", "MAKE", "TEST_DATABASE_")
NAMES = ("MFLAGS", "UV_ENV_FILE", "UV_PROJECT_ENVIRONMENT", "VIRTUAL_ENV")
for name in [*os.environ]:
    if name.startswith(STARTS) or name in NAMES:
        del os.environ[name]
os.environ |= {
    "GIT_AUTHOR_NAME": "Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.org",
    "GIT_COMMITTER_NAME": "Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.org",
}
CLEAN = {name: it for name, it in os.environ.items() if not name.startswith("PYTEST_")}


def snapshot(folder: Path) -> Path:
    """A copy of the template as it stands: no Git, so Copier renders just this."""
    for name in ("hooks", "includes", "template", "examples"):
        ignore = shutil.ignore_patterns("__pycache__", ".*_cache")
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    for name in ("copier.yml", "CHANGELOG.md", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder)
    return folder


def copy(
    template: Path, destination: Path, models: Models | None = None, **options: str
) -> subprocess.CompletedProcess[str]:
    """`copier copy`, as users call it."""
    command: list[str | Path] = [
        COPIER,
        "copy",
        "--trust",
        "--defaults",
        "--quiet",
        "--vcs-ref",
        "HEAD",
    ]
    if isinstance(models, Mapping):
        path = destination.with_name(f"{destination.name}.models.yml")
        path.write_text(yaml.safe_dump(dict(models), sort_keys=False))
        models = path
    if models is not None:
        command += ["--data-file", models]
    for name, value in options.items():
        command += ["--data", f"{name}={value}"]
    command += [template, destination]
    return subprocess.run(command, env=CLEAN, capture_output=True, text=True)


def render(
    template: Path,
    destination: Path,
    models: Models | None = None,
    *,
    version: str = "HEAD",
    **options: str,
) -> Path:
    """What `copy` makes, in this process: Copier takes as long to start as to render."""
    given = yaml.safe_load(models.read_text()) if isinstance(models, Path) else models
    run_copy(
        str(template),
        destination,
        {**(given or {}), **options},
        vcs_ref=version,
        defaults=True,
        quiet=True,
        unsafe=True,
    )
    return destination


def run(
    folder: Path,
    *command: str | Path,
    path: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> str:
    """What `command` prints in `folder`, with `path` first on PATH; fails where it does."""
    env = CLEAN | dict(variables or {})
    if path is not None:
        env["PATH"] = f"{path}{os.pathsep}{env['PATH']}"
    done = subprocess.run(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}:\n{done.stdout}"
    return done.stdout


def files(folder: Path) -> list[str]:
    """Every file in `folder` but Git's."""
    found = (it.relative_to(folder) for it in folder.rglob("*") if it.is_file())
    return sorted(str(it) for it in found if it.parts[0] != ".git")


# With everything that some models ask for and others don't.
EVERYTHING = {
    "auth": {"tokens": "jwt"},
    "defaults": {"pk": "uuid7", "rules": {"read": "user", "write": "user"}},
    "models": {"User": {"fields": {"email": "email"}}},
}


def environment(template: Path) -> Path:
    """The programs of one environment for all rendered services, beside our own."""
    folder = Path(sys.prefix) / "suites"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(folder / "project", ignore_errors=True)
        project = render(template, folder / "project", EVERYTHING)
        shutil.copy(project / "pyproject.toml", folder)
        # Compiled once, and not by each of the many processes of rendered services.
        run(folder, BIN / "uv", "sync", "--quiet", "--compile-bytecode", "--python", sys.executable)
    return folder / ".venv" / "bin"
