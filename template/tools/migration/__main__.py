"""Writes the migration from what the migrations make to what the models say, and back.

`python -m tools.migration NAME`, on an empty server (`make migration name=…`). Both
sides are made there and read from PostgreSQL's catalog, so that nothing is overlooked.
Each statement is tried there too, and all together have to make the one of the other.
"""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import rev_id

from app.resources import load_models
from migrations.errors import told_briefly
from tools.migration.rehearsal import at, compare, create, rehearse

REFUSED, APPROVED = "destructive = False", "destructive = True"


def main(name: str) -> None:
    url = os.environ["DATABASE_URL"]
    config = Config(toml_file="pyproject.toml")
    asyncio.run(create(url, "head", "template0"))
    os.environ["DATABASE_URL"] = at(url, "head")
    command.upgrade(config, "head")
    load_models()
    try:
        compared = asyncio.run(compare(url))
    except asyncpg.DependentObjectsStillExistError as error:
        sys.exit(
            "Something that your own migrations created depends on what changes:"
            f" {error.detail}. Drop it in a migration before this one, and create it"
            " again in one after it."
        )
    if compared is None:
        print("The migrations match the models: there is nothing to write.")
        print('For a migration of your own: make revision name="…"')
        return
    start, goal, up, down = compared
    calls = {call for call, _ in (*up.steps, *down.steps)}
    written = ScriptDirectory.from_config(config).generate_revision(
        rev_id(),
        name,
        upgrades=up.body(),
        downgrades=down.body(),
        imports=f"from migrations.online import {', '.join(sorted(calls))}",
        losses=up.losses,
    )
    assert written
    path = Path(written.path)
    text = path.read_text()
    try:
        path.write_text(text.replace(REFUSED, APPROVED))
        rehearse(config, at(url, "rehearsal"), start, goal)
    except BaseException:
        path.unlink()
        raise
    path.write_text(text)
    print(f"{path.relative_to(Path.cwd())}: read it before you run it.")
    for loss in up.losses:
        print(f"It loses {loss}: if you mean that, set `destructive = True` in it.")
    for column in up.unknown:
        print(
            f"{column} is required: write the value of existing rows at its `backfill`."
        )


if __name__ == "__main__":
    name = " ".join(sys.argv[1:])
    if not name or "DATABASE_URL" not in os.environ:
        sys.exit('A migration needs a name and a server: make migration name="…"')
    with told_briefly():
        main(name)
