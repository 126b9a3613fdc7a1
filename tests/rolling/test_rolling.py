"""Old and new version of a service beside each other, under load, through an upgrade and back.

Each change of models goes out as it should: the new version's migrations while the old one serves,
then both, then the new one alone, then its contract; and all the way back. Nothing that a version
may send fails, and what it was told is stored is what every version and the database have.
"""

from __future__ import annotations

import ast
import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from hooks.language import load
from tests.adopt.support import Server
from tests.drills.service import serving
from tests.migrations.support import Forge
from tests.rolling.cases import CASES, Case
from tests.rolling.client import Book, Client, Version
from tests.rolling.waits import PERIOD, Waits
from tests.support import ROOT, render

ROWS = 3_000
# For how long a migration waits for a lock at a time, and so all who come after it.
(WAIT,) = {
    float(it)
    for path in (ROOT / "template/migrations").glob("*.py")
    for it in re.findall(r"^WAIT = ([\d.]+)", path.read_text(), re.MULTILINE)
}
NAME = "Rolling"
ALWAYS = ("rename_and_widen",)  # in `make test`


@dataclass
class Drill:
    case: Case
    server: Server
    forge: Forge
    programs: Path
    template: Path
    folder: Path
    book: Book = field(default_factory=Book)
    unsaid: list[str] = field(default_factory=list)

    def begin(self) -> None:
        self.url = self.server.database()
        self.versions: list[Version] = []
        self.projects: list[Path] = []
        for number, models in enumerate(self.case.versions(), 1):
            project = render(self.template, self.folder / f"v{number}", models, project_name=NAME)
            before = self.versions[-1] if self.versions else None
            version = Version(
                f"v{number}", load(models), before, self.case.avoided, self.case.filled
            )
            if before:
                take_versions(self.projects[-1], project)
            self.projects.append(project)
            self.versions.append(version)
            if before:
                self.write(project, f"change {number}")
        self.alembic(self.projects[0], "upgrade", "head")

    def write(self, project: Path, name: str = "") -> bool:
        """Whether there was something to write; the owner reads it, and writes what is asked.

        Without a name it is the contract.
        """
        if name:
            printed, path = self.forge.write(project, self.server, name)
        else:
            printed, path = self.forge.contract(project, self.server)
        if path is None:
            return False
        text = path.read_text()
        head = ast.get_docstring(ast.parse(text)) or ""
        if name:
            for it in self.case.said:
                self.unsaid += [f"{it} isn't in the head: {head}"] * (it not in head)
                self.unsaid += [f"{it} isn't told: {printed}"] * (it not in printed)
        text = text.replace("destructive = False", "destructive = True")
        for place, value in self.case.fills.items():
            text = text.replace(place, place.replace("NULL", value))
        path.write_text(text)
        return True

    def alembic(self, project: Path, *command: str) -> None:
        self.forge.run(project, self.url, "alembic", *command)

    @contextmanager
    def serve(self, number: int) -> Iterator[Client]:
        project, version = self.projects[number], self.versions[number]
        log = self.folder / f"{version.name}.log"
        with serving(project, self.programs, self.url, log) as service:
            yield Client(version, self.book, service.url)

    def roll(self) -> None:
        with ExitStack() as running:
            clients = [running.enter_context(self.serve(0))]
            asyncio.run(clients[0].seed(ROWS))
            with clients[0].sending():
                pass
            self.right(clients)
            for number, project in enumerate(self.projects[1:], 1):
                old = clients[-1]
                with old.sending():
                    self.alembic(project, "upgrade", "head")
                new = running.enter_context(self.serve(number))
                clients.append(new)
                with old.sending(), new.sending():
                    pass
                self.right([old, new])
            last, project = clients[-1], self.projects[-1]
            contracts = 0
            with last.sending():
                while self.write(project):
                    self.alembic(project, "upgrade", "head")
                    contracts += 1
            self.right([last])
            with last.sending():
                for _ in range(contracts):
                    self.alembic(project, "downgrade", "-1")
            if contracts:
                for it in self.versions[:-1]:
                    it.forget(self.book.rows, last.version)
            for old, new in reversed([*pairwise(clients)]):
                with old.sending(), new.sending():
                    pass
                self.right([old, new])
                self.take_back()
                with old.sending():
                    self.alembic(project, "downgrade", "-1")
                self.right([old])

    def take_back(self) -> None:
        """What the version before can't have."""
        for name, sql in self.case.back.items():
            self.server.execute(self.url, sql)
            for row in self.book.rows["items"]:
                row.values.pop(name, None)

    def right(self, clients: list[Client]) -> None:
        """What all of them and the database have is what was stored; nothing failed."""
        for it in clients:
            asyncio.run(it.check())
            self.look(it.version)
        book = self.book
        failures = [
            what
            for version, table, what in book.failures
            if table not in self.case.unshared or version == self.versions[-1].name
        ]
        assert not failures, told(f"of {book.sent} requests failed", failures)
        apart = {
            f"{it.name}: {table}: " for it in self.versions[:-1] for table in self.case.unshared
        }
        differences = [it for it in book.differences if not it.startswith((*apart,))]
        assert not differences, told("differences", differences)

    def look(self, version: Version) -> None:
        """What the database itself says of the rows."""
        for model in version.spec.models:
            table = version.table(model)
            if table in self.case.unshared and version is not self.versions[-1]:
                continue
            alive = "WHERE deleted_at IS NULL" if model.soft_delete else ""
            sql = f"SELECT to_jsonb(t)::text FROM {model.table} t {alive}"
            rows = [json.loads(it) for (it,) in self.server.fetch(self.url, sql)]
            found = {"/".join(str(it.get(one.column)) for one in model.key): it for it in rows}
            for row in self.book.rows.get(table, []):
                known = version.known(model, row)
                stored = found.pop(version.key(model, row), {})
                wrong = {
                    it.name: stored.get(it.column, "not there")
                    for it in model.fields
                    if it.name in known
                    and not version.same(it.name, known[it.name], stored.get(it.column))
                }
                if wrong:
                    what = f"{model.table} in the database has {wrong} of {known}"
                    self.book.differences.append(what)
            self.book.differences += [f"{model.table} has {it}, unknown" for it in found.values()]


def take_versions(before: Path, project: Path) -> None:
    """The migrations so far, as `make models` leaves them."""
    shutil.rmtree(project / "migrations/versions")
    shutil.copytree(before / "migrations/versions", project / "migrations/versions")


def told(what: str, lines: list[str]) -> str:
    return "\n".join([f"{len(lines)} {what}, such as", *(it[:700] for it in lines[:8])])


@pytest.mark.parametrize(
    "name",
    [pytest.param(it, marks=[] if it in ALWAYS else [pytest.mark.cross]) for it in CASES],
)
def test_nobody_notices(
    name: str, template: Path, server: Server, forge: Forge, programs: Path, tmp_path: Path
) -> None:
    drill = Drill(CASES[name], server, forge, programs, template, tmp_path)
    drill.begin()
    with Waits(drill.url, NAME) as waits:
        drill.roll()
    print(drill.book.sent, drill.book.busy, "times 503")
    assert not drill.unsaid, told("times", drill.unsaid)
    assert drill.book.busy == 0
    assert waits.longest <= 2 * WAIT + PERIOD, waits.query
