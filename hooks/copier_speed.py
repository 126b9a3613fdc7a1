"""Two patches that spare Copier what it repeats for every file: with many models, most of a render.

Read from Copier 9.19 (`copier._main.Worker`) and Jinja 3.1.
"""

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, Template

SYNC = "_sync_git_index_executable_bit"


def compile_once(environment: Environment) -> None:
    """Keep compiled strings: Copier has each part of each path compiled for every resource."""
    compiled = cache(environment.from_string)

    def from_string(source: str) -> Template:
        environment.preprocess("")  # compiling forgets an earlier `yield`
        return compiled(source)

    environment.from_string = from_string  # type: ignore[method-assign, assignment]


@cache
def ask_git_once() -> None:
    """Ask Git once a project, and not at every file, whether it sees files' modes by itself.

    This is Copier's own and private: a Copier without it goes on as it does.
    """
    worker = getattr(sys.modules.get("copier._main"), "Worker", None)
    sync = getattr(worker, SYNC, None)
    if worker is None or sync is None:
        return

    def sync_unless_seen(self: Any, *arguments: Any) -> None:
        if not sees_modes(self.subproject.local_abspath):
            sync(self, *arguments)

    setattr(worker, SYNC, sync_unless_seen)


@cache
def sees_modes(folder: Path) -> bool:
    command = ["git", "config", "--type=bool", "--get", "core.fileMode"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.stdout.strip() != "false"
