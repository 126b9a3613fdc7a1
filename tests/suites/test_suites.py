"""Rendered services, each with its own tests, checks and migrations on real PostgreSQL."""

import json
import re
import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from template.tools import postgres
from tests.adopt.support import Server
from tests.migrations.support import Forge
from tests.support import CASES, CLEAN, EXAMPLES, ROOT, render, run

EXAMPLE_FILES = sorted(EXAMPLES.glob("*.yml"))
EXAMPLE_NAMES = {it.stem for it in EXAMPLE_FILES}
SERVICES = [*EXAMPLE_FILES, *sorted(CASES.glob("*.yml"))]
ON_ANY_SERVER: list[Any] = [
    pytest.param(it, marks=pytest.mark.cross)
    for it in SERVICES
    if it.stem in ("sample", "shop", "chinook", "tpcc")
]
# Plain files, alike in every service: what they say of its own API they say of its document.
ALIKE = sorted(
    found[0]
    for it in (ROOT / "template" / "tests").glob("*test_*.py*")
    if it.suffix != ".jinja" and (found := re.search(r"test_\w+\.py", it.name))
    if found[0] != "test_migrations.py"
)
OWN = f"openapi or declares or not ({' or '.join(ALIKE)})"
MIGRATE = "alembic upgrade head && alembic check && alembic downgrade base"
TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
)

# With a thing of each kind; the others are a cross product.
DESCRIBED = {"filters", "shop", "transitions", "types"}
DOCUMENT = """
import json, os
os.environ |= {"AUTH_ISSUER": "https://id.example.com", "AUTH_AUDIENCE": "tests"}
from app.main import create_app
print(json.dumps(create_app().openapi()))
"""
BOUNDS = {"exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"}
KEYWORDS = BOUNDS | {
    *("$ref", "additionalProperties", "anyOf", "const", "contentEncoding", "default"),
    *("description", "enum", "format", "items", "maxItems", "maxLength", "minItems", "minLength"),
    *("pattern", "properties", "required", "title", "type"),
}

# Others have what these have, one thing at a time; the sample's suite is a newcomer's `make test`.
MIXED = {
    "access_odd",
    "chinook",
    "filters",
    "language",
    "mixins",
    "named",
    "petclinic",
    "sample",
    "tpcc",
    "transfers",
}


def of_services(*, cross: Collection[str] = ()) -> pytest.MarkDecorator:
    """All of them; those that are named as a cross product."""
    marked = [
        pytest.param(it, marks=pytest.mark.cross) if it.stem in cross else it for it in SERVICES
    ]
    names = [it.stem for it in SERVICES]
    return pytest.mark.parametrize("project", marked, indirect=True, ids=names, scope="module")


@pytest.fixture(scope="module")
def project(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    models: Path = request.param
    return render(template, tmp_path_factory.mktemp(models.stem) / models.stem, models)


@of_services(cross=MIXED)
def test_tests(project: Path, forge: Forge, server: Server) -> None:
    """All of an example's; of the cases, what is of their own."""
    chosen = () if project.stem in EXAMPLE_NAMES else ("-k", OWN)
    assert " passed" in forge.run(project, server.url, "pytest", "-n", "0", *chosen)


@pytest.mark.cross
@of_services()
def test_tests_that_are_alike(project: Path, forge: Forge, server: Server) -> None:
    told = forge.run(project, server.url, "pytest", "-n", "0", "-k", f"not ({OWN})")
    assert " passed" in told


@pytest.mark.cross
def test_tests_below_a_path(template: Path, tmp_path: Path, programs: Path, server: Server) -> None:
    project = render(template, tmp_path / "shop", EXAMPLES / "shop.yml")
    variables = {"TEST_DATABASE_URL": server.url, "ROOT_PATH": "/api/v1"}
    told = run(project, "pytest", "-n", "2", path=programs, variables=variables)
    assert " passed" in told


@of_services()
def test_style(project: Path, programs: Path) -> None:
    run(project, "ruff", "check", "--no-cache", path=programs)
    run(project, "ruff", "format", "--check", "--no-cache", path=programs)


@of_services(cross={it.stem for it in SERVICES} - DESCRIBED)
def test_openapi_document(project: Path, forge: Forge, server: Server) -> None:
    (project / "document.py").write_text(DOCUMENT)
    document = json.loads(forge.run(project, server.url, "document").splitlines()[-1])
    (project / "document.py").unlink()
    errors = [*OpenAPIV31SpecValidator(document).iter_errors()]
    # Of times it knows those of an older draft of JSON Schema, which have no zone.
    assert [it for it in errors if it.validator_value != "time"] == []
    assert {*keywords(document)} <= KEYWORDS


def keywords(node: Any, *, named: bool = False) -> Iterator[str]:
    """Of all schemas: what has a type, or refers to one."""
    if isinstance(node, list):
        for it in node:
            yield from keywords(it)
    elif isinstance(node, dict):
        if not named and {"type", "anyOf", "$ref"} & node.keys():
            yield from node
            whole = [it for name, it in node.items() if name in BOUNDS]
            assert node.get("type") != "integer" or all(type(it) is int for it in whole)
        for name, it in node.items():
            if named or name not in ("default", "const", "enum"):
                yield from keywords(it, named=name == "properties" and not named)


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mypy knows of the libraries, which are the same for all services."""
    return tmp_path_factory.mktemp("mypy")


@of_services()
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

    if models.stem in EXAMPLE_NAMES:
        databases = psql("SELECT datname FROM pg_database ORDER BY 1")
        variables = {"TEST_DATABASE_URL": system_server}
        run(project, "pytest", "-n", "2", path=programs, variables=variables)
        assert psql("SELECT datname FROM pg_database ORDER BY 1") == databases
        assert psql(TABLES) == ""

    run(project, "sh", "-c", MIGRATE, path=programs, variables={"DATABASE_URL": system_server})
    assert psql(TABLES) == "alembic_version\n"
    psql("DROP TABLE alembic_version")
