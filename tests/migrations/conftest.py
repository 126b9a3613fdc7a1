"""One service and one PostgreSQL a worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adopt.conftest import server
from tests.migrations.support import Forge, Service
from tests.support import render

__all__ = ["server"]


@pytest.fixture(scope="session")
def service(
    template: Path, programs: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """With whatever some models ask for."""
    models = {
        "enums": {"Kind": ["a"]},
        "mixins": {"Address": {"city": "text"}},
        "models": {"Item": {"mixins": ["Address"], "fields": {"kind": "Kind", "path": "ltree"}}},
    }
    folder = tmp_path_factory.mktemp("migrations") / "project"
    forge = Forge(programs)
    yield Service(render(template, folder, models), forge)
    forge.close()
