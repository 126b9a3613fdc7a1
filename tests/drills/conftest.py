"""Fixtures of the drills: one rendered shop a worker, a PostgreSQL a drill."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import support
from tests.drills.service import Postgres, Service, serving


@pytest.fixture(scope="session")
def shop(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drills") / "shop"
    return support.render(template, folder, support.EXAMPLES / "shop.yml")


@pytest.fixture(scope="session")
def migrated(shop: Path, programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that was migrated and stopped."""
    home = tmp_path_factory.mktemp("drills") / "pg"
    server = Postgres(shop, programs, home)
    try:
        variables = {"DATABASE_URL": server.url}
        support.run(shop, "alembic", "upgrade", "head", path=programs, variables=variables)
    finally:
        server.stop("fast")
    return home


@pytest.fixture
def postgres(shop: Path, programs: Path, migrated: Path, tmp_path: Path) -> Iterator[Postgres]:
    """A migrated server that a drill may break."""
    subprocess.run(["cp", "-a", migrated, tmp_path / "pg"], check=True)  # with its owner
    server = Postgres(shop, programs, tmp_path / "pg")
    try:
        yield server
    finally:
        server.stop()


class Start:
    """Starts the shop; `start(SETTING="…")` is a context."""

    def __init__(self, shop: Path, programs: Path, url: str, folder: Path) -> None:
        self.shop, self.programs, self.url, self.folder = shop, programs, url, folder

    @contextmanager
    def __call__(self, **settings: str) -> Iterator[Service]:
        log = self.folder / "service.log"
        url = settings.pop("DATABASE_URL", self.url)
        with serving(self.shop, self.programs, url, log, **settings) as service:
            yield service


@pytest.fixture
def start(shop: Path, programs: Path, postgres: Postgres, tmp_path: Path) -> Start:
    return Start(shop, programs, postgres.url, tmp_path)
