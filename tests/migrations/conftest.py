"""One service and one PostgreSQL a worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.migrations.support import Forge, Service
from tests.support import render


@pytest.fixture(scope="session")
def service(template: Path, forge: Forge, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """With whatever some models ask for."""
    models = {
        "enums": {"Kind": ["a"]},
        "mixins": {"Address": {"city": "text"}},
        "models": {"Item": {"mixins": ["Address"], "fields": {"kind": "Kind", "path": "ltree"}}},
    }
    folder = tmp_path_factory.mktemp("migrations") / "project"
    return Service(render(template, folder, models), forge)
