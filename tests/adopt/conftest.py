"""A service that databases are adopted with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import render


@pytest.fixture(scope="session")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service whose first revision is replaced."""
    return render(template, tmp_path_factory.mktemp("adopt") / "project")
