"""Fixtures for tests that render the template, and for those that run what was rendered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import support
from tests.migrations.support import Forge


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it stands when the tests begin."""
    return support.snapshot(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def programs(template: Path) -> Path:
    """The folder of `python`, `pytest`, `ruff`, … for rendered services."""
    return support.environment(template)


@pytest.fixture(scope="session")
def forge(programs: Path) -> Iterator[Forge]:
    made = Forge(programs)
    yield made
    made.close()
