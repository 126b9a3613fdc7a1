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

PARTS = 9  # of the cross products; .ci/run runs one of them
# Long tests come first, so that none is left to wait for when all others are done.
LONG = ["drills", "rolling", "suites", "migrations", "updates"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cross",
        metavar="PART",
        help=f"only the tests marked `cross`: all of them, or those of a part (modulo {PARTS})",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the cross products, or what isn't of the part asked for; long ones first."""
    items.sort(key=lambda it: [*LONG, it.path.parent.name].index(it.path.parent.name))
    part: str | None = config.getoption("cross")
    kinds: dict[bool, list[pytest.Item]] = {False: [], True: []}
    for it in items:
        kinds[it.get_closest_marker("cross") is not None].append(it)
    items[:], others = kinds[part is not None], kinds[part is None]
    if part not in (None, "all"):
        if not part.isdecimal():
            raise pytest.UsageError(f"--cross {part}: write a number, or all")
        place = int(part) % PARTS
        others += [it for number, it in enumerate(items) if number % PARTS != place]
        items[:] = items[place::PARTS]
    config.hook.pytest_deselected(items=others)


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
