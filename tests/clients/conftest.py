"""Rendered services that clients are generated for, and what generates them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.clients.tools import Tools, installed
from tests.support import CASES, EXAMPLES, render, run

SERVICES = {"shop": EXAMPLES / "shop.yml", "types": CASES / "types.yml"}
DOCUMENT = """
import json
from app.main import create_app
print(json.dumps(create_app().openapi()))
"""


@pytest.fixture(scope="session")
def tools() -> Tools:
    return installed()


@pytest.fixture(scope="session")
def shop(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(template, tmp_path_factory.mktemp("clients") / "shop", SERVICES["shop"])


@pytest.fixture(scope="session", params=SERVICES)
def described(
    request: pytest.FixtureRequest,
    template: Path,
    programs: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder with `openapi.json` of a service."""
    folder = tmp_path_factory.mktemp("described")
    return describe(render(template, folder / "service", SERVICES[request.param]), programs, folder)


def describe(project: Path, programs: Path, folder: Path) -> Path:
    nowhere = {"DATABASE_URL": "postgresql://nowhere/nothing"}
    told = run(project, "python", "-c", DOCUMENT, path=programs, variables=nowhere)
    (folder / "openapi.json").write_text(told)
    return folder


def document(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "openapi.json").read_text()))
