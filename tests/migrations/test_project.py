"""A project whose models have changed: its own tests ask for the migration, and pass with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import render, run

BEFORE = {
    "enums": {"Kind": ["a"]},
    "models": {
        "User": {"fields": {"name": "string(20)"}},
        "Item": {"fields": {"number": "int", "title": "string(20)", "user": "-> User"}},
    },
}
AFTER = {
    "enums": {"Kind": ["a", "b"]},
    "models": {
        "User": {"fields": {"name": "string(20)"}, "unique": [["name"]]},
        "Item": {
            "fields": {
                "number": {"type": "bigint", "unique": True, "min": 1},
                "title": "text",
                "kind": {"type": "Kind", "default": "b"},
                "owner": {"ref": "User", "was": "user", "on_delete": "cascade"},
            }
        },
    },
}


def test_its_own_tests(template: Path, programs: Path, tmp_path: Path) -> None:
    before = render(template, tmp_path / "before", BEFORE)
    project = render(template, tmp_path / "project", AFTER)
    first = Path("migrations", "versions", "0001_initial.py")
    shutil.copy(before / first, project / first)
    tests = ("pytest", "-n", "0", "tests/test_migrations.py")
    with pytest.raises(AssertionError, match='make migration name="'):
        run(project, *tests, path=programs)

    scratch = ("python", "tools/postgres.py", "--scratch")
    run(project, *scratch, "python", "-m", "tools.migration", "a change", path=programs)

    assert " passed" in run(project, *tests, path=programs)
