"""Edits meet changes: nothing conflicts that isn't the same statement, and nothing is lost.

Projects live on, too, with a filled database and all of their own checks.
`python -m tests.updates` tries them all and prints a table; UPDATES=all and SEED=… do so here.
"""

import os
import shutil
from pathlib import Path

import pytest

from tests.updates.lab import Lab
from tests.updates.live import Live
from tests.updates.plan import ALL, ten, tries

SEED = int(os.environ.get("SEED", "1"))
EVERYTHING = os.environ.get("UPDATES") == "all"


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("lab"))


@pytest.mark.parametrize("rest", [False, pytest.param(True, marks=pytest.mark.cross)])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(it, marks=pytest.mark.cross if place % 2 else ())
        for place, it in enumerate(ALL)
    ],
)
def test_edits_stay(lab: Lab, change: str, rest: bool, tmp_path: Path) -> None:
    """With every other change a third of the edits, another one in turn; or the rest of them."""
    bad = []
    for number, edits in enumerate(tries(change, SEED, EVERYTHING)):
        alone = len(edits) == 1
        if rest == (alone or number % 3 == ALL.index(change) % 3):
            continue
        outcome = lab.try_out(edits, change, tmp_path / "project")
        if outcome.bad:
            bad.append(str(outcome))
        shutil.rmtree(tmp_path / "project")
    assert bad == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(it, marks=() if place % 26 == SEED % 26 else pytest.mark.cross)
        for place, it in enumerate(ALL)
    ],
)
def test_projects_live_on(lab: Lab, live: Live, change: str, tmp_path: Path) -> None:
    outcome = lab.try_out(ten(change, SEED), change, tmp_path / "project", live)
    assert not outcome.bad, outcome
