"""What keeps the revisions from being one chain that the database is on, in a line."""

import warnings
from pathlib import Path

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import MultipleHeads, ResolutionError
from alembic.util import CommandError
from alembic.util.pyfiles import load_python_file

from migrations.errors import at

HEADS = """There are {} heads, {}, as after a merge of branches.
Run `uv run alembic merge heads --message "merge"`, then `make test`, and run the same command again."""
ELSEWHERE = """The database is at the revision {}, which isn't in migrations/versions: another branch migrated it.
Check that branch out and run `uv run alembic downgrade` to what both have, or bring the file here."""
TWICE = "{} and {} have the same revision {}: give one of them another, and the other as its down_revision."
ABSENT = "{} follows the revision {}, which isn't in migrations/versions: bring its file back, or correct down_revision."
BROKEN = "The revisions form no chain: {}. Correct down_revision in their files."


def check_files(script: ScriptDirectory) -> None:
    """Load every revision; raises CommandError where they don't follow each other."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "Revision .* is present more than once")
            warnings.filterwarnings("ignore", "Revision .* is not present")
            script.get_heads()
    except CommandError:
        raise
    except Exception as error:
        raise CommandError(fault(Path(script.versions), error)) from error


def fault(folder: Path, error: Exception) -> str:
    """Which file is in the way, and why, where `error` was raised by loading them."""
    if where := at(error):
        return f"{where}: {type(error).__name__}: {error}"
    files: dict[str, str] = {}
    needed: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.py")):
        it = load_python_file(folder, path.name)
        if twin := files.get(it.revision):
            return TWICE.format(twin, path.name, it.revision)
        files[it.revision] = path.name
        down = it.down_revision or ()
        needed[path.name] = [down] if isinstance(down, str) else [*down]
    for name, revisions in needed.items():
        for one in revisions:
            if one not in files:
                return ABSENT.format(name, one)
    return BROKEN.format(error)


def clearer(error: CommandError, connection: sa.Connection | None) -> CommandError:
    """What to do about several heads, and about a database of another branch."""
    cause = error.__cause__
    if isinstance(cause, MultipleHeads):
        heads = ", ".join(sorted(cause.heads))
        return CommandError(HEADS.format(len(cause.heads), heads))
    if not isinstance(cause, ResolutionError) or connection is None:
        return error
    current = MigrationContext.configure(connection).get_current_heads()
    lost = cause.argument in current
    return CommandError(ELSEWHERE.format(cause.argument)) if lost else error
