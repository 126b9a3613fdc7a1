"""How code is laid out, which ruff does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ..git import Refused

QUIET = ["--no-cache", "--quiet", "--target-version", "py311"]
STYLE = [*QUIET, "--isolated", "--line-length", "88"]
FORMAT = ["format", *STYLE, "--config", "format.skip-magic-trailing-comma = true"]
MODULES = '["app", "migrations", "tests", "tools"]'
FIRST_PARTY = ["--config", f"lint.isort.known-first-party = {MODULES}"]
CHECK = ["check", *STYLE, "--fix", "--exit-zero", *FIRST_PARTY, "--select"]
CONFIGS = (".ruff.toml", "ruff.toml", "pyproject.toml")


def style_of(work: Path) -> list[str]:
    """The owner's own settings of ruff."""
    found = next((work / it for it in CONFIGS if (work / it).is_file()), None)
    return ["--no-cache", "--quiet", "--config", str(found.resolve())] if found else STYLE


def laid_out(files: Mapping[str, str]) -> dict[str, str]:
    return by_ruff(files, FORMAT)


def tidy(files: Mapping[str, str]) -> dict[str, str]:
    """With imports sorted, and without those that nothing uses."""
    return by_ruff(by_ruff(files, [*CHECK, "F401,I"]), FORMAT)


def by_ruff(files: Mapping[str, str], command: list[str]) -> dict[str, str]:
    """What ruff makes of files; one that it can't read stays as it is."""
    with TemporaryDirectory(prefix="update-") as folder:
        paths = [Path(folder, str(at), f"{Path(it).stem}.py") for at, it in enumerate(files)]
        for path, text in zip(paths, files.values(), strict=True):
            path.parent.mkdir()
            path.write_text(text, encoding="utf-8", newline="")
        done = subprocess.run(
            [sys.executable, "-P", "-m", "ruff", *command, folder], capture_output=True, text=True
        )
        if "No module named" in done.stderr:
            raise Refused("ruff isn't installed beside this tool: uv tool install slipway")
        made = [it.read_text(encoding="utf-8") for it in paths]
    return dict(zip(files, made, strict=True))
