"""Writes the migration from what the migrations make to what the models say, and back.

`python -m tools.migration NAME`, on an empty server (`make migration name=…`). Both
sides are made there and read from PostgreSQL's catalog, so that nothing is overlooked.
Each statement is tried there too, and all together have to make the one of the other.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import rev_id, to_tuple

from migrations import history
from migrations.errors import importing, told_briefly
from migrations.history import later, waiting

with importing():
    from app.resources import load_models
    from tools.migration.catalog import Catalog
    from tools.migration.compare import compare
    from tools.migration.contract import contract, refuse_unreleased
    from tools.migration.own import Own
    from tools.migration.rehearsal import at, create, look, rehearse
    from tools.migration.script import Script, shown

    load_models()

REFUSED, APPROVED = "destructive = False", "destructive = True"


def main(name: str) -> None:
    url = os.environ["DATABASE_URL"]
    config = Config(toml_file="pyproject.toml")
    own = migrate(config, url)
    ended = later(ScriptDirectory.from_config(config))
    try:
        found = asyncio.run(compare(url, own, ended))
    except asyncpg.DependentObjectsStillExistError as error:
        sys.exit(
            "Something that your own migrations created depends on what changes:"
            f" {error.detail}. Drop it in a migration before this one, and create it"
            " again in one after it."
        )
    if found is None:
        print("The migrations match the models: there is nothing to write.")
        print('For a migration of your own: make revision name="…"')
        return
    write(
        *(config, url, name, found.goal, found.up, found.down),
        later=shown(found.plan.later),
        unshared=found.plan.unshared,
    )
    for line in found.plan.unshared:
        print(line)
    if found.plan.later:
        print("Once no process of the version before runs: make contract")


def main_contract() -> None:
    url = os.environ["DATABASE_URL"]
    config = Config(toml_file="pyproject.toml")
    left = waiting(ScriptDirectory.from_config(config))
    if not left:
        print("No migration left anything for the version before.")
        return
    refuse_unreleased(left)
    own = migrate(config, url)
    _, goal, up, down = asyncio.run(contract(url, own, left))
    ends = tuple(it.revision for it in left)
    write(config, url, "contract", goal, up, down, later="()", ends=ends)


def migrate(config: Config, url: str) -> Own:
    """Bring the database `head` to where the migrations lead; what is its owner's own."""
    asyncio.run(create(url, "head", "template0"))
    os.environ["DATABASE_URL"] = at(url, "head")
    own = Own()
    for it in history.own(ScriptDirectory.from_config(config)):
        for revision in to_tuple(it.down_revision):
            command.upgrade(config, revision)
        before = asyncio.run(look(at(url, "head")))
        command.upgrade(config, it.revision)
        own.add(before, asyncio.run(look(at(url, "head"))))
    command.upgrade(config, "head")
    return own


def write(
    config: Config,
    url: str,
    name: str,
    goal: Catalog,
    up: Script,
    down: Script,
    **more: Any,
) -> None:
    start = asyncio.run(look(at(url, "head")))
    steps = [*up.surveyed(), *up.steps, *down.surveyed(), *down.steps]
    calls = {call for call, _ in steps}
    if more.get("ends"):
        calls.add("released")
    written = ScriptDirectory.from_config(config).generate_revision(
        rev_id(),
        name,
        upgrades=up.body(),
        downgrades=down.body(),
        imports=f"from migrations.online import {', '.join(sorted(calls))}"
        * bool(calls),
        losses=up.losses,
        **{"unshared": (), "ends": (), **more},
    )
    assert written
    path = Path(written.path)
    text = path.read_text()
    try:
        path.write_text(text.replace(REFUSED, APPROVED))
        rehearse(config, url, start, goal)
    except BaseException:
        path.unlink()
        raise
    path.write_text(text)
    print(f"{path.relative_to(Path.cwd())}: read it before you run it.")
    for loss in up.losses:
        print(f"It loses {loss}: if you mean that, set `destructive = True` in it.")
    for line in up.unknown:
        print(line)


if __name__ == "__main__":
    given = " ".join(sys.argv[1:])
    if given != "--contract" and (not given or given.startswith("-")):
        sys.exit('A migration needs a name: make migration name="…"')
    if "DATABASE_URL" not in os.environ:
        sys.exit("Run it by `make migration` or `make contract`, which start a server.")
    with told_briefly():
        main_contract() if given == "--contract" else main(given)
