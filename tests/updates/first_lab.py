"""Services of 1.0.0 with the edits that 1.0.0 was tested with, brought to 2.0.0."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from hooks.update.merge import Scratch
from hooks.update.render import follow
from tests.support import run
from tests.updates.effects import tests_of
from tests.updates.first import FIRST, SECOND, First
from tests.updates.lab import owned
from tests.updates.live import Live
from tests.updates.support import commit, conflicts


class FirstLab:
    def __init__(self, first: First, folder: Path) -> None:
        self.first = first
        self.service = first.service("beginning")
        self.old, self.new = folder / "old", folder / "new"
        shutil.copytree(self.service, self.old, ignore=shutil.ignore_patterns(".git"))
        follow(str(first.template), SECOND, self.old, self.new)

    @cached_property
    def edits(self) -> dict[str, Callable[[Path], None]]:
        """Those of 1.0.0's own tests."""
        text = run(self.first.template, "git", "show", f"{FIRST}:tests/updates/edits.py")
        module = ModuleType("edits_of_the_first")
        sys.modules[module.__name__] = module
        exec(compile(text, "edits.py", "exec"), vars(module))
        found: dict[str, Callable[[Path], None]] = module.EDITS
        return found

    def begin(self, project: Path, edits: Iterable[str]) -> None:
        shutil.copytree(self.service, project)
        for name in edits:
            self.edits[name](project)

    def update(self, project: Path) -> list[str]:
        """What isn't right after it."""
        commit(project)
        before = owned(project)
        here = Path.cwd()
        os.chdir(project)
        try:
            with TemporaryDirectory() as folder:
                scratch = Scratch(Path(folder))
                ones = [shutil.copytree(it, Path(folder) / it.name) for it in (self.old, self.new)]
                merged = scratch.merge(*ones, major=True)
                scratch.bring()
        finally:
            os.chdir(here)
        problems = [f"conflict in {it}" for it in merged.conflicts]
        after = owned(project)
        problems += [f"{it}: {n}, then {after[it]}" for it, n in before.items() if after[it] != n]
        problems += [f"marks in {it}" for it in conflicts(project)]
        problems += [it for it in merged.notes if "change it by hand" in it]
        return problems

    def live(self, project: Path, edits: tuple[str, ...], live: Live) -> list[str]:
        """What the suite, with a test for each edit, ruff and mypy don't like."""
        path = project / "tests/test_effects.py"
        path.write_text(tests_of(edits))
        ruff = ("ruff", "check", "--quiet", "--fix", "--select", "F401,I", path)
        run(project, *ruff, path=live.programs)
        run(project, "ruff", "format", "--quiet", path, path=live.programs)
        return live.checks(project)
