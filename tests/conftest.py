"""Fixtures for tests that render the template, and for those that run what was rendered."""

from pathlib import Path

import pytest

from tests import support


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it stands when the tests begin."""
    return support.snapshot(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def programs(template: Path) -> Path:
    """The folder of `python`, `pytest`, `ruff`, … for rendered services."""
    return support.environment(template)
