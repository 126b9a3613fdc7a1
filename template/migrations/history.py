"""What the revisions say of themselves, read without a database.

`make migration` leaves what the version before still needs, and lists as `LATER` the SQL
that ends it. `make contract` runs that in a revision of its own, which names in `ENDS`
the revisions whose `LATER` it was. A revision with neither is its owner's.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from alembic.script import Script, ScriptDirectory

from migrations.names import COLUMNS, tables_dropped


def in_order(script: ScriptDirectory) -> Iterator[Script]:
    """From the first revision on."""
    return reversed(list(script.walk_revisions()))


def later(script: ScriptDirectory) -> list[str]:
    """The SQL that ends what the version before needs, as far as nothing has run it."""
    return [sql for it in waiting(script) for sql in it.module.LATER]


def waiting(script: ScriptDirectory) -> list[Script]:
    """The revisions with such SQL."""
    revisions = list(in_order(script))
    ended = {one for it in revisions for one in getattr(it.module, "ENDS", ())}
    left = [it for it in revisions if it.revision not in ended]
    return [it for it in left if getattr(it.module, "LATER", ())]


def own(script: ScriptDirectory) -> list[Script]:
    """The revisions that nothing but their owner wrote."""
    found, old = [], True
    for it in in_order(script):
        if hasattr(it.module, "LATER"):
            old = False
        elif isinstance(it.down_revision, str):  # neither the first one nor a merge
            # Before 1.2, what `make migration` wrote had no LATER, and nothing an OWN.
            text = Path(it.path).read_text()
            told = hasattr(it.module, "OWN") or not old
            if told or "from migrations.online import" not in text:
                found.append(it)
    return found


@lru_cache
def made_by_models(script: ScriptDirectory) -> str:
    """The text of all revisions but those of the owner."""
    owned = own(script)
    files = [it.path for it in in_order(script) if it not in owned]
    return "\n".join(Path(path).read_text() for path in files)


def is_kept(script: ScriptDirectory, table: str, name: str, *columns: str) -> bool:
    """Whether something that the models don't have may be there: a table or column for
    the version before, or what only its owner's revisions made."""
    statements = "\n".join(later(script))
    if table in tables_dropped(statements):
        return True
    if {(table, it) for it in columns} & {*COLUMNS.findall(statements)}:
        return True
    return not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", made_by_models(script))


def is_kept_default(script: ScriptDirectory, column: str, value: str) -> bool:
    """Whether only its owner's revisions gave it to a column, as far as words tell."""
    written = rf"(?<!\w){re.escape(column)}(?!\w).{{0,200}}?{re.escape(value)}"
    return not re.search(written, made_by_models(script), re.DOTALL)
