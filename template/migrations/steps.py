"""How a step of a migration is run, and noted as done.

Notes are words in the comment of Alembic's own table, and go once a revision is
complete: a second run goes on behind what they say.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from alembic import op

from migrations.names import split

WAIT = 0.3  # seconds for a lock
# For one that no writer waits for. PostgreSQL ends an autovacuum after one of them.
PATIENCE = 5.0
NOTES = "SELECT obj_description('alembic_version'::regclass)"
# What a session's settings make of a value, they make of it everywhere.
FIXED = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
}


def offline() -> bool:
    """Whether only the SQL is asked for."""
    return bool(op.get_context().as_sql)


def execute(sql: str) -> None:
    op.execute(sql.replace(":", r"\:"))  # or what follows would be a parameter


def fetch(sql: str, *values: Any) -> Sequence[Any]:
    """Nothing, where only the SQL is asked for."""
    if offline():
        return []
    return op.get_bind().exec_driver_sql(sql, tuple(values) or None).fetchall()


def there(query: str) -> bool:
    """Asked by itself: it may take long, and what went before holds locks."""
    if offline():
        return False
    with alone():
        return bool(fetch(f"SELECT EXISTS ({query})")[0][0])


@contextmanager
def alone() -> Iterator[None]:
    """Each statement commits by itself; what went before has."""
    with op.get_context().autocommit_block():
        yield


def commit() -> None:
    with alone():
        pass


def set_wait(seconds: float, how: str) -> None:
    if not offline():
        execute(f"{how} lock_timeout = '{1000 * seconds:.0f}ms'")


def notes() -> list[str]:
    return str(fetch(NOTES)[0][0] or "").split() if not offline() else []


def note(*marks: str) -> None:
    if marks and not offline():
        noted = " ".join(dict.fromkeys([*notes(), *marks]))
        execute(f"COMMENT ON TABLE alembic_version IS '{noted}'")


def to_do(statements: Sequence[str]) -> str | None:
    """What to note once they are done, unless they are."""
    mark = digest("\n".join(statements))
    return None if mark in notes() else mark


def digest(text: str, size: int = 16) -> str:
    return sha256(text.encode()).hexdigest()[:size]


def named(kind: str, table: str, column: str) -> str:
    """The name of something of ours at a column: that of no model begins so."""
    schema, bare = split(table)
    text = f"zz_{kind}_{bare}_{column}".replace('"', "")
    made = text.encode()[:54].decode(errors="ignore")
    made += f"_{digest(f'{table} {column}', 8)}"
    quoted = made if re.fullmatch(r"[a-z0-9_]+", made) else f'"{made}"'
    return f"{schema}.{quoted}" if schema else quoted
