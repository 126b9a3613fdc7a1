"""Whether a service can be imported, in its own environment."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .git import run

CODE = """
import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, "")
for path in [*Path("app").rglob("*.py"), *Path("tests").rglob("*.py")]:
    parts = path.with_suffix("").parts
    if parts[-1] == "__main__":
        continue
    try:
        import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    except BaseException as error:
        sys.exit(f"{path}: {type(error).__name__}: {error}")
"""


def fault() -> str:
    """Why the service here can't be imported; "" if it can."""
    command, variables = python()
    if not command:
        return "there is no uv, and no .venv, to import it with"
    done = run([*command, "-P", "-c", CODE], variables)
    return (done.stderr or done.stdout).strip().rpartition("\n")[2] if done.returncode else ""


def python() -> tuple[list[str], dict[str, str]]:
    """The service's own; uv may have to install it first."""
    own = Path(".venv", "Scripts" if os.name == "nt" else "bin", "python")
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv:
        return [uv, "run", "--quiet", "python"], {"VIRTUAL_ENV": ""}
    return ([str(own)] if own.exists() else []), {}
