"""Edits meet changes: nothing conflicts that isn't the same statement, and nothing is lost.

`python -m tests.updates` tries them all and prints a table; UPDATES=all and SEED=… do so here.
"""

import os
import shutil
from pathlib import Path

import pytest

from tests.updates.lab import Lab
from tests.updates.plan import ALL, tries

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
