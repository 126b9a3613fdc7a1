"""Writes a migration with nothing in it: `python -m tools.migration.empty NAME`."""

import sys
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError, rev_id

from migrations.chain import check_files, clearer
from migrations.errors import told_briefly


def main(name: str) -> None:
    script = ScriptDirectory.from_config(Config(toml_file="pyproject.toml"))
    check_files(script)
    try:
        written = script.generate_revision(rev_id(), name)
    except CommandError as error:
        raise clearer(error, None) from error
    assert written
    path = Path(written.path).relative_to(Path.cwd())
    print(f"{path}: write what it does, and how that is undone.")


if __name__ == "__main__":
    name = " ".join(sys.argv[1:])
    if not name or name.startswith("-"):
        sys.exit('A migration needs a name: make revision name="…"')
    with told_briefly():
        main(name)
