"""Where a mutant's code is by now, and what its names are: by moved.yml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.mutants.places import Text

HERE = Path(__file__).parent
MOVED = yaml.safe_load((HERE / "moved.yml").read_text())


@dataclass(frozen=True)
class Place:
    """A file of a service with a snippet, and what is to stand there instead."""

    file: Path
    before: str
    after: str

    @property
    def mutated(self) -> str:
        return Text(self.file.read_text()).mutated(self.before, self.after)


def mutants() -> list[dict[str, Any]]:
    """Those to try: each mistake once, without those that no request can tell."""
    equivalent = yaml.safe_load((HERE / "equivalent.yml").read_text())
    every: list[dict[str, Any]] = yaml.safe_load((HERE / "mutants.yml").read_text())
    return [it for it in every if it["id"] not in {**equivalent, **MOVED["same"]}]


def edits(mutant: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of the mutant, or of what has its mistake by now."""
    now = MOVED["mutants"].get(mutant["id"])
    return [now] if now else list(mutant["edits"])


def place(project: Path, edit: dict[str, Any]) -> Place | None:
    """The only place in `project` that the edit fits; None if there is none, or are several."""
    before, after = renamed(edit["before"]), renamed(edit["after"])
    files = (project / it for it in paths(edit["file"]))
    found = [it for it in files if it.exists() for _ in Text(it.read_text()).places(before)]
    return Place(found[0], before, after) if len(found) == 1 else None


def paths(file: str) -> list[str]:
    """Where what was in `file` may be."""
    for pattern, now in MOVED["files"].items():
        if re.fullmatch(pattern, file):
            return [re.sub(pattern, it, file) for it in now]
    return [file]


def renamed(code: str) -> str:
    for name, now in MOVED["names"].items():
        code = re.sub(rf'(?<![\w."]){name}(?![\w"])', now, code)
    return code
