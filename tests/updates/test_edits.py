"""Edits meet changes: nothing conflicts that isn't the same statement, and nothing is lost.

Projects live on, too, with a filled database and all of their own checks.
`python -m tests.updates` tries them all and prints a table; UPDATES=all and SEED=… do so here.
"""

import os
import shutil
from pathlib import Path

import pytest

from tests.adopt.support import Server
from tests.migrations.support import Forge
from tests.updates.lab import Lab
from tests.updates.live import Live
from tests.updates.plan import ALL, ten, tries

SEED = int(os.environ.get("SEED", "1"))
EVERYTHING = os.environ.get("UPDATES") == "all"


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("lab"))


@pytest.mark.parametrize("change", ALL)
def test_edits_stay(lab: Lab, change: str, tmp_path: Path) -> None:
    bad = []
    for edits in tries(change, SEED, EVERYTHING):
        outcome = lab.try_out(edits, change, tmp_path / "project")
        if outcome.bad:
            bad.append(str(outcome))
        shutil.rmtree(tmp_path / "project")
    assert bad == []


@pytest.fixture(scope="session")
def live(
    server: Server, forge: Forge, programs: Path, tmp_path_factory: pytest.TempPathFactory
) -> Live:
    return Live(server, forge, programs, tmp_path_factory.mktemp("mypy"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(it, marks=() if place % 13 == SEED % 13 else pytest.mark.cross)
        for place, it in enumerate(ALL)
    ],
)
def test_projects_live_on(lab: Lab, live: Live, change: str, tmp_path: Path) -> None:
    outcome = lab.try_out(ten(change, SEED), change, tmp_path / "project", live)
    assert not outcome.bad, outcome
