"""Rendered services, each with its own tests, checks and migrations on real PostgreSQL."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from template.tools import postgres
from tests.adopt.support import Server
from tests.support import CASES, CLEAN, EXAMPLES, render, run

EXAMPLE_FILES = sorted(EXAMPLES.glob("*.yml"))
SERVICES = [*EXAMPLE_FILES, *sorted(CASES.glob("*.yml"))]
ON_ANY_SERVER = [it for it in SERVICES if it.stem in ("sample", "shop", "chinook", "tpcc")]
MIGRATE = "alembic upgrade head && alembic check && alembic downgrade base"
TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
)


@pytest.fixture(scope="module", params=SERVICES, ids=lambda path: str(path.stem))
def project(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    models: Path = request.param
    return render(template, tmp_path_factory.mktemp(models.stem) / models.stem, models)


def test_tests(project: Path, programs: Path, server: Server) -> None:
    """Beside others: only newcomers have a server made for each run."""
    variables = {"TEST_DATABASE_URL": server.url}
    assert " passed" in run(project, "pytest", "-n", "0", path=programs, variables=variables)


def test_style(project: Path, programs: Path) -> None:
    run(project, "ruff", "check", "--no-cache", path=programs)
    run(project, "ruff", "format", "--check", "--no-cache", path=programs)


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mypy knows of the libraries, which are the same for all services."""
    return tmp_path_factory.mktemp("mypy")


def test_types(project: Path, programs: Path, mypy_cache: Path) -> None:
    run(project, "mypy", "--cache-dir", mypy_cache, path=programs)


@pytest.mark.parametrize("models", EXAMPLE_FILES, ids=lambda path: str(path.stem))
def test_migrations(models: Path, template: Path, tmp_path: Path, programs: Path) -> None:
    """By the command line; a service's own tests do the same without it."""
    project = render(template, tmp_path / "project", models)
    scratch = ("python", "tools/postgres.py", "--scratch")
    run(project, *scratch, "sh", "-c", MIGRATE, path=programs)


@pytest.fixture(scope="module")
def system_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server of the machine's own version: our environment has no wheel."""
    try:
        postgres.binaries()
    except SystemExit:
        pytest.skip("no PostgreSQL is installed here, so nothing was tried on one")
    home = tmp_path_factory.mktemp("system")
    yield postgres.start(home, postgres.SCRATCH)
    postgres.stop(home)


def test_an_extension_that_a_server_lacks(
    template: Path, tmp_path: Path, programs: Path, system_server: str
) -> None:
    project = render(template, tmp_path / "project", CASES / "extensions.yml")
    known = "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"
    if run(project, postgres.binaries() / "psql", system_server, "-Atc", known) == "1\n":
        pytest.skip("the PostgreSQL that is installed here has pgvector")
    done = subprocess.run(
        [programs / "alembic", "upgrade", "head"],
        cwd=project,
        env=CLEAN | {"DATABASE_URL": system_server},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "PostgreSQL has no extension vector: install it" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("models", ON_ANY_SERVER, ids=lambda path: str(path.stem))
def test_on_the_machines_own_postgresql(
    models: Path, template: Path, tmp_path: Path, programs: Path, system_server: str
) -> None:
    project = render(template, tmp_path / "project", models)

    def psql(query: str) -> str:
        return run(project, postgres.binaries() / "psql", system_server, "-Atc", query)

    if models.stem == "shop":
        databases = psql("SELECT datname FROM pg_database ORDER BY 1")
        variables = {"TEST_DATABASE_URL": system_server}
        run(project, "pytest", "-n", "2", path=programs, variables=variables)
        assert psql("SELECT datname FROM pg_database ORDER BY 1") == databases
        assert psql(TABLES) == ""

    run(project, "sh", "-c", MIGRATE, path=programs, variables={"DATABASE_URL": system_server})
    assert psql(TABLES) == "alembic_version\n"
    psql("DROP TABLE alembic_version")
