"""Migrations that 1.0.0 wrote run in 2.0.0, and make what its models say."""

import shutil
from pathlib import Path

import pytest

from tests.support import render
from tests.updates.changes import CHANGES, beginning
from tests.updates.first import FIRST, SECOND, First
from tests.updates.live import FILL, FILLED, MOVES, Live, lost

ONE_WAY = {"drop_an_enum"}  # its owner says what rows get on the way back
NOTHING = "there is nothing to write"


def rendered(first: First, folder: Path, version: str, models: str) -> Path:
    path = folder.with_suffix(".yml")
    path.write_text(models)
    return render(first.template, folder, path, version=version)


@pytest.mark.parametrize(
    "change", [pytest.param(it, marks=pytest.mark.cross) for it in CHANGES if it != "drop_a_model"]
)
def test_old_revisions(first: First, live: Live, change: str, tmp_path: Path) -> None:
    models = CHANGES[change](beginning())
    before = rendered(first, tmp_path / "before", FIRST, beginning())
    service = rendered(first, tmp_path / "service", FIRST, models)
    versions = service / "migrations/versions"
    shutil.copy(before / "migrations/versions/0001_initial.py", versions)
    _, path = live.forge.write(service, live.server, change)
    if path:
        text = path.read_text().replace("destructive = False", "destructive = True")
        if change in FILLED:
            place, value = FILLED[change]
            text = text.replace(place, place.replace("NULL", value))
        path.write_text(text)

    now = rendered(first, tmp_path / "now", SECOND, models)
    shutil.rmtree(now / "migrations/versions")
    shutil.copytree(versions, now / "migrations/versions")
    url = live.server.database()
    live.forge.run(now, url, "alembic", "upgrade", "0001")
    live.server.execute(url, FILL)
    rows = live.rows(url)
    live.forge.run(now, url, "alembic", "upgrade", "head")
    assert lost(rows, live.rows(url), MOVES.get(change, {})) == []
    if path and change not in ONE_WAY:
        live.forge.run(now, url, "alembic", "downgrade", "0001")
        live.forge.run(now, url, "alembic", "upgrade", "head")
    assert NOTHING in live.forge.write(now, live.server, "more")[0]
