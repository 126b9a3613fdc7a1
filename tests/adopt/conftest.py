"""One PostgreSQL a worker, and databases on it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adopt.support import Server
from tests.drills.service import Postgres
from tests.support import render


@pytest.fixture(scope="session")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service whose first revision is replaced."""
    return render(template, tmp_path_factory.mktemp("adopt") / "project")


@pytest.fixture(scope="session")
def server(
    template: Path, programs: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    tools = template / "template"
    postgres = Postgres(tools, programs, tmp_path_factory.mktemp("adopt") / "pg")
    yield Server(postgres.url, asyncio.Runner())
    postgres.stop()
