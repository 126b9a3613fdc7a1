"""Several replicas that start at once migrate one after the other."""

from pathlib import Path

from tests.support import render, run

FOUR = """
for replica in 1 2 3 4; do alembic upgrade head & replicas="$replicas $!"; done
for replica in $replicas; do wait $replica || exit 1; done
alembic check
"""


def test_four_replicas_upgrade_at_once(template: Path, tmp_path: Path, programs: Path) -> None:
    project = render(template, tmp_path / "project")
    scratch = ("python", "tools/postgres.py", "--scratch")
    printed = run(project, *scratch, "sh", "-c", FOUR, path=programs)
    assert printed.count("Running upgrade  -> 0001") == 1
