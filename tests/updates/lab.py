"""Updates by the hundred: each render is made once, and merged as `make update` does."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from hooks.update.merge import Scratch
from hooks.update.render import follow
from hooks.update.render import render as rerender
from tests.support import files, render, run
from tests.updates.changes import CHANGES, beginning, improve
from tests.updates.edits import EDITS
from tests.updates.live import Live
from tests.updates.support import NEXT, VERSION, commit, conflicts, release_next, versioned

UPDATE = "the_template"  # a change that isn't of the models
OURS = re.compile(r"ours_\w+")
# Both changed the same statement.
TRUE_CONFLICTS = {
    ("changed_column", "change_a_type"),
}
REVISION = re.compile(r'^(down_revision|revision)[^=]*= "?(\w+)"?', re.MULTILINE)


@dataclass
class Outcome:
    edits: tuple[str, ...]
    change: str
    project: Path
    conflicts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def due(self) -> bool:
        """Whether an edit and the change are of the same statement."""
        return any((it, self.change) in TRUE_CONFLICTS for it in self.edits)

    @property
    def bad(self) -> bool:
        alone = len(self.edits) == 1
        return bool(
            self.problems
            or (self.conflicts and not self.due)
            or (alone and self.due and not self.conflicts)
        )

    @property
    def mark(self) -> str:
        return "!" if self.bad else "C" if self.conflicts else "."

    def __str__(self) -> str:
        told = [*self.problems, *(f"conflict in {it}" for it in self.conflicts)]
        return f"{' + '.join(self.edits)} with {self.change}: {'; '.join(told) or 'no conflict'}"


class Lab:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = versioned(folder / "template")
        improve(self.template / "template")
        release_next(self.template)
        self.project = folder / "project"
        run(self.template, "git", "checkout", "--quiet", VERSION)
        self.models = beginning()
        self.project.mkdir()
        (self.project / "models.yml").write_text(self.models)
        render(self.template, self.project, self.project / "models.yml")
        run(self.template, "git", "checkout", "--quiet", NEXT)
        commit(self.project)
        self.made: dict[str, Path] = {}

    def rendered(self, change: str) -> Path:
        """What the template makes of the project after `change`; "" is none."""
        if change not in self.made:
            target = self.folder / "renders" / (change or "as it is")
            source = str(self.template)
            if change == UPDATE:
                follow(source, NEXT, self.rendered(""), target)
            else:
                target.mkdir(parents=True)
                shutil.copy(self.project / ".copier-answers.yml", target)
                (target / "models.yml").write_text(self.changed(change))
                data = "models.yml" if change in CHANGES else None
                rerender(source, VERSION, target, data)
            self.made[change] = target
        return self.made[change]

    def changed(self, change: str) -> str:
        return CHANGES[change](self.models) if change in CHANGES else self.models

    def try_out(
        self, edits: Iterable[str], change: str, project: Path, live: Live | None = None
    ) -> Outcome:
        """Merge; where it is to live, with its database and all of its own checks as well."""
        outcome = Outcome(self.edited(edits, project), change, project)
        filled = live.begin(project) if live else None
        (project / "models.yml").write_text(self.changed(change))
        commit(project)
        before = owned(project)
        old, new = self.rendered(""), self.rendered(change)
        here = Path.cwd()
        os.chdir(project)
        try:
            with TemporaryDirectory() as folder:
                scratch = Scratch(Path(folder))
                ones = [shutil.copytree(it, Path(folder) / it.name) for it in (old, new)]
                merged = scratch.merge(*ones)
                scratch.bring()
        finally:
            os.chdir(here)
        outcome.conflicts = merged.conflicts
        if not merged.conflicts:
            after = owned(project)
            lost = {it: n for it, n in before.items() if after[it] != n}
            if lost:
                outcome.problems.append(f"lost or doubled: {sorted(lost)}")
            outcome.problems += self.misplaced(project, new, set(outcome.edits))
            if live and filled:
                outcome.problems += live.end(project, outcome.edits, change, *filled)
        if (marked := conflicts(project)) != sorted(merged.conflicts):
            outcome.problems.append(f"marked: {marked}, told: {merged.conflicts}")
        return outcome

    def edited(self, edits: Iterable[str], project: Path) -> tuple[str, ...]:
        """The project with the edits, but for those whose place an earlier one has changed."""
        fitting = list(edits)
        while True:
            shutil.copytree(self.project, project)
            for name in fitting:
                try:
                    EDITS[name](project)
                except (AssertionError, FileNotFoundError):
                    break
            else:
                return tuple(fitting)
            assert len(fitting) > 1, f"{name} doesn't fit any more"
            fitting.remove(name)
            shutil.rmtree(project)

    def misplaced(self, project: Path, new: Path, edits: set[str]) -> list[str]:
        """Files that came back, that are missing, and heads beyond the first."""
        was, now = set(files(self.rendered(""))), set(files(project))
        deleted = {it for it in was if it not in now}
        asked = {it for it in was if it not in files(new)}
        theirs = {
            "deleted_file": {"LICENSE"},
            "deleted_router": {"app/resources/transfers/router.py"},
            "deleted_compose": {"compose.yml"},
            "moved_test": {"tests/test_web.py"},
        }
        meant = set().union(*(theirs.get(it, set()) for it in edits))
        problems = []
        if deleted != asked | meant:
            problems.append(f"deleted: {sorted(deleted ^ (asked | meant))}")
        missing = set(files(new)) - now - meant - {"migrations/versions/0001_initial.py"}
        if missing:
            problems.append(f"missing: {sorted(missing)}")
        revisions = [
            dict(REVISION.findall(it.read_text()))
            for it in (project / "migrations/versions").glob("*.py")
        ]
        downs = {it["down_revision"] for it in revisions}
        heads = {it["revision"] for it in revisions} - downs
        if len(heads) != 1:
            problems.append(f"heads: {sorted(heads)}")
        return problems


def owned(project: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for name in files(project):
        found.update(OURS.findall((project / name).read_text()))
    return found
