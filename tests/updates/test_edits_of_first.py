"""Every edit of a service of 1.0.0 still takes effect in 2.0.0, and the service is whole."""

import shutil
from pathlib import Path

import pytest

from tests.updates.effects import EFFECTS
from tests.updates.first import First
from tests.updates.first_lab import FirstLab
from tests.updates.live import Live

NAMES = tuple(EFFECTS)
SETS = 6


@pytest.fixture(scope="session")
def first_lab(first: First, tmp_path_factory: pytest.TempPathFactory) -> FirstLab:
    return FirstLab(first, tmp_path_factory.mktemp("first-lab"))


@pytest.mark.cross
def test_edits_stay(first_lab: FirstLab, tmp_path: Path) -> None:
    """Each by itself: no conflict, and nothing lost."""
    assert {*first_lab.edits} == {*EFFECTS}
    bad = {}
    for name in NAMES:
        first_lab.begin(tmp_path / "project", [name])
        if problems := first_lab.update(tmp_path / "project"):
            bad[name] = problems
        shutil.rmtree(tmp_path / "project")
    assert bad == {}


@pytest.mark.cross
@pytest.mark.parametrize("number", range(SETS))
def test_edits_take_effect(first_lab: FirstLab, live: Live, number: int, tmp_path: Path) -> None:
    """Some together: each has a test, and the service's own checks are green."""
    edits = NAMES[number::SETS]
    project = tmp_path / "project"
    first_lab.begin(project, edits)
    live.forge.write(project, live.server, "ours")
    assert first_lab.update(project) == []
    assert first_lab.live(project, edits, live) == []
