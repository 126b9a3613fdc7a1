"""Fixtures for tests that render the template, and for those that run what was rendered."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from template.tools.postgres import SCRATCH
from tests import support
from tests.adopt.support import Server
from tests.drills.service import Postgres
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
def server(
    template: Path, programs: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One PostgreSQL a worker, for databases of all kinds."""
    home = tmp_path_factory.mktemp("server") / "pg"
    postgres = Postgres(template / "template", programs, home, SCRATCH)
    yield Server(postgres.url, asyncio.Runner())
    postgres.stop()


@pytest.fixture(scope="session")
def forge(programs: Path) -> Iterator[Forge]:
    made = Forge(programs)
    yield made
    made.close()
