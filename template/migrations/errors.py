"""What ends a migration, told in a paragraph instead of a traceback."""

import asyncio
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from traceback import extract_tb
from typing import Any

import asyncpg
import sqlalchemy as sa
from alembic.util import CommandError

VERSIONS = Path(__file__).with_name("versions")
ROOT = Path(__file__).parents[1]
STOPPED = "Stopped. What is done stays done: run the same command again."
GOES_ON = "What is done stays done, and the version that runs goes on."
INITIAL = "migrations/versions/0001_initial.py"
NO_RIGHTS = "42501"
NOTHING_YET = (
    "Nothing is stored yet. Correct models.yml and copy the service again, or correct"
    " that line, and"
)
TABLES_THERE = (
    "If these are the service's tables: alembic stamp head. If not, drop them, and"
)
# What to do about a SQLSTATE, or about all of the class that it begins with.
ADVICE = {
    "": "The connection was lost:",
    "08": "The connection was lost:",
    "22": "Correct the rows, and",
    "23": "Correct the rows, and",
    "25006": "Connect to a server that can be written to, and",
    "28": "Correct the user or the password in DATABASE_URL, and",
    "2BP01": "Change in the migration what depends on it, and",
    "3D000": "Create the database or correct its name in DATABASE_URL, and",
    "42": "Correct the migration, and",
    NO_RIGHTS: "Grant the role what it lacks or migrate as the tables' owner, and",
    "53": "Give the server more of it, and",
    "53100": "Make room on the server's disk, and",
    "53300": "Once others have disconnected,",
    "57": "The server or a time limit stopped it:",
}
RULE = """
SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
WHERE conname = $1 AND conrelid = $2::text::regclass
"""
KEY = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY array_position(indkey, attnum))
FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
WHERE indisprimary AND indrelid = $1::text::regclass
"""


def interrupt(*_: object) -> None:
    """As Ctrl-C does, also where a program in the background ignores that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


@contextmanager
def told_briefly() -> Iterator[None]:
    """End the process with what went wrong; by Ctrl-C or SIGTERM with status 130."""
    with suppress(ValueError):  # a thread leaves signals to its program
        signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except (KeyboardInterrupt, Exception) as error:
        if isinstance(first(error), (KeyboardInterrupt, asyncio.CancelledError)):
            print(STOPPED, file=sys.stderr)
            sys.exit(128 + signal.SIGINT)
        if message := told(error):
            sys.exit(message)
        raise


@contextmanager
def importing() -> Iterator[None]:
    """End the process with the line of the service that can't be imported."""
    try:
        yield
    except Exception as error:
        sys.exit(unimportable(error))


def unimportable(error: Exception) -> str:
    """Where the service can't be imported, and why."""
    found = [it for it in extract_tb(error.__traceback__) if within_app(it.filename)]
    modules = [it.filename for it in found if it.name == "<module>"]
    places = [(it.filename, it.lineno) for it in found if it.filename in modules[-1:]]
    said = f"{error}".partition("\n")[0]
    if isinstance(error, SyntaxError):
        said = error.msg
        if error.filename and within_app(error.filename):
            places.append((error.filename, error.lineno))
    told = f"{type(error).__name__}: {said}"
    if not places:
        return f"The service can't be imported: {told}"
    name, line = places[-1]
    if (marks := conflict(name)) and isinstance(error, SyntaxError):
        line, told = marks, "a conflict of a merge; decide which lines stay"
    where = f"{Path(name).relative_to(ROOT).as_posix()}, line {line}"
    return f"{where}: {told}. Correct that, and run the same command again."


def within_app(name: str) -> bool:
    return ROOT / "app" in Path(name).parents


def conflict(name: str) -> int | None:
    """The line of a file that opens a conflict."""
    lines = enumerate(Path(name).read_bytes().splitlines(), 1)
    return next((at for at, line in lines if line.startswith(b"<" * 7 + b" ")), None)


def first(error: BaseException) -> BaseException:
    """What cut the connection, rather than what was tried on it afterwards."""
    while isinstance(error, sa.exc.PendingRollbackError) and error.__context__:
        error = error.__context__
    return error


def told(error: BaseException, row: str = "") -> str | None:
    """What to know of `error`; None if neither a database nor a revision raised it."""
    where = at(error)
    match error := first(error):
        case CommandError():
            return str(error)
        case sa.exc.DBAPIError(orig=orig) if orig and orig.__cause__:
            return refused(orig.__cause__, where, row, error.statement)
        case asyncpg.PostgresError() | asyncpg.InterfaceError():
            return refused(error, where, row)
        case OSError() if not where:
            reason = f"{error}" or "it doesn't answer"
            return f"Can't connect to the database: {reason}. Start it, or correct DATABASE_URL."
    return f"{where}: {type(error).__name__}: {error}" if where else None


def refused(error: Any, where: str, row: str, statement: str | None = None) -> str:
    """What PostgreSQL says: of what, which row, in which statement; and what to do."""

    def field(name: str) -> str:
        return getattr(error, name, None) or ""

    message, state = str(error.args[0]), field("sqlstate")
    if isinstance(error, ValueError):  # before there was a connection
        return f"DATABASE_URL: {message}"
    about = [field(f"{it}_name") for it in ("table", "column", "constraint")]
    if unsaid := [it for it in about if it and f'"{it}"' not in message]:
        message += f" ({', '.join(unsaid)})"
    # Of a block, the statement in it that failed.
    within = re.search(r'SQL statement "(.*?)"\nPL/pgSQL', field("context"), re.DOTALL)
    ran = " ".join((within[1] if within else statement or "").split())[:100]
    said = [message, field("detail"), row, field("hint"), ran and f"It was: {ran}"]
    if where:
        said = [f"{where}: {message}", *said[1:], GOES_ON]
    advice = ADVICE.get(state) or ADVICE.get(state[:2], "Correct that, and")
    if where.startswith(INITIAL) and state[:2] == "42" and state != NO_RIGHTS:
        said.pop()  # no version runs
        advice = TABLES_THERE if state == "42P07" else NOTHING_YET
    lines = " ".join(f"{it.rstrip('.')}." for it in said if it).replace("\n", ", ")
    return f"{lines} {advice} run the same command again."


def row(connection: sa.Connection, error: sa.exc.DBAPIError) -> str:
    """The key of a row that isn't as a constraint says, if PostgreSQL doesn't tell it."""
    cause: Any = error.orig and error.orig.__cause__
    broken = isinstance(cause, asyncpg.IntegrityConstraintViolationError)
    if not broken or cause.detail or not cause.table_name:
        return ""
    quote = connection.dialect.identifier_preparer.quote_identifier
    table = f"{quote(cause.schema_name)}.{quote(cause.table_name)}"
    ask = connection.exec_driver_sql
    if cause.column_name:
        fails = f"{quote(cause.column_name)} IS NULL"
    else:
        rule = ask(RULE, (cause.constraint_name, table)).scalar()
        fails = f"NOT ({rule})" if rule else "false"
    key = ask(KEY, (table,)).scalar() or "ctid"
    rows = f"SELECT ({key})::text, count(*) OVER () FROM {table} WHERE {fails} LIMIT 1"
    found = ask(rows).first()
    return f"Rows like that: {found[1]}, one with {key} = {found[0]}" if found else ""


def at(error: BaseException) -> str:
    """The line of the revision that raised it, if one did."""
    found = [(it.filename, it.lineno) for it in extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        found.append((error.filename, error.lineno))
    for name, line in reversed(found):
        if Path(name).parent == VERSIONS:
            return f"migrations/versions/{Path(name).name}, line {line}"
    return ""
