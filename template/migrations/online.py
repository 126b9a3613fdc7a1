"""What migrations do while others read and write: steps, each of which stands at once.

No step waits long for a lock, because others queue behind it: env.py tries it again.
What is done is noted at Alembic's own table: a second run goes on behind it.
"""

import re
import time
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

WAIT = 0.3  # seconds for a lock
PAGES = 50  # of 8 kB: what one transaction fills
FILLERS = re.compile(r"DROP FUNCTION IF EXISTS (\S+) CASCADE")
NOTES = "SELECT obj_description('alembic_version'::regclass)"


def transaction(*statements: str) -> None:
    """All or none, in a transaction of their own: what went before is committed."""
    if mark := to_do(statements):
        with op.get_context().autocommit_block():
            pass
        end = time.monotonic() + WAIT  # for all of their locks together
        for sql in statements:
            set_wait(max(end - time.monotonic(), WAIT / 10), "SET LOCAL")
            execute(sql)
        note(mark, *(over(it) for it in FILLERS.findall(" ".join(statements))))


def autocommit(*statements: str) -> None:
    """Each by itself, and all of them again where one fails."""
    if mark := to_do(statements):
        with op.get_context().autocommit_block():
            for sql in statements:
                # Whoever comes after CONCURRENTLY doesn't wait for it.
                set_wait(0 if " CONCURRENTLY " in sql else WAIT, "SET")
                execute(sql)
            set_wait(WAIT, "SET")
            note(mark)


def backfill(table: str, column: str, value: str, *, copy: bool = False) -> None:
    """Set what is null in `column` to the SQL `value`, some pages at a time.

    What is written meanwhile is filled by a trigger, which goes with its function, see
    `filler`. A copy follows the columns in `value`, whatever is written to itself.
    """
    name = filler(table, column)
    schema, _, bare = table.rpartition(".")
    trigger = name.removeprefix(f"{schema}.")
    now = value if copy else f"coalesce({column}, {value})"
    # As text, because not every type can be compared.
    differs = f"{column}::text IS DISTINCT FROM ({value})::text"
    missing = f"{column} IS NULL AND ({value}) IS NOT NULL"
    steps = (
        f"""
        CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $fill$
        #variable_conflict use_column
        BEGIN
            SELECT {now} INTO NEW.{column} FROM (SELECT NEW.*) AS {bare};
            RETURN NEW;
        END $fill$
        """,
        f"""
        CREATE OR REPLACE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {name}()
        """,
        in_pages(table, column, value, differs if copy else missing),
        f"ANALYZE {table} ({column})",
    )
    if not to_do(steps):
        return
    if over(name) in notes():
        told = f"{table}.{column} is filled and in use: correct its rows by hand"
        raise CommandError(f"{told}, and write its backfill as it was")
    if value == "NULL" and there(f"SELECT FROM {table} WHERE {column} IS NULL"):
        asked = f'backfill("{table}", "{column}", "NULL")'
        raise CommandError(
            f"{table} has rows: write the value that they get in {asked}"
        )
    autocommit(*steps)


def in_pages(table: str, column: str, value: str, condition: str) -> str:
    """Commits after each some of them, and lets go of rows while others hold one."""
    # No column of a model begins with a `_`.
    return f"""
        DO $fill$
        DECLARE
            _size bigint := pg_relation_size('{table}'::regclass) / 8192;
        BEGIN
            FOR _page IN 0.._size BY {PAGES} LOOP
                FOR _try IN 1..10 LOOP
                    BEGIN
                        UPDATE {table} SET {column} = {value}
                        WHERE {condition} AND ctid >= format('(%s,0)', _page)::tid
                            AND ctid < format('(%s,0)', _page + {PAGES})::tid;
                        EXIT;
                    EXCEPTION WHEN lock_not_available THEN
                        IF _try = 10 THEN
                            RAISE;
                        END IF;
                    END;
                    COMMIT;
                    PERFORM pg_sleep(1);
                END LOOP;
                COMMIT;
            END LOOP;
        END $fill$
    """


def filler(table: str, column: str) -> str:
    """The function of that trigger: the last, by its name, of those of the table."""
    schema, _, bare = table.rpartition(".")
    mark = sha256(f"{table} {column}".encode()).hexdigest()[:8]
    name = f"zz_fill_{bare}_{column}".replace('"', "")[:54] + f"_{mark}"
    quoted = name if re.fullmatch(r"[a-z0-9_]+", name) else f'"{name}"'
    return f"{schema}.{quoted}" if schema else quoted


def there(query: str) -> bool:
    """Asked by itself: it may take long, and what went before holds locks."""
    context = op.get_context()
    if context.as_sql:
        return False
    with context.autocommit_block():
        asked = op.get_bind().exec_driver_sql(f"SELECT EXISTS ({query})")
        return bool(asked.scalar())


def execute(sql: str) -> None:
    op.execute(sql.replace(":", r"\:"))  # or what follows would be a parameter


def set_wait(seconds: float, how: str) -> None:
    if not op.get_context().as_sql:
        execute(f"{how} lock_timeout = '{1000 * seconds:.0f}ms'")


def notes() -> list[str]:
    if op.get_context().as_sql:
        return []
    return str(op.get_bind().scalar(sa.text(NOTES)) or "").split()


def to_do(statements: tuple[str, ...]) -> str | None:
    """What to note once they are done, unless they are."""
    mark = sha256("\n".join(statements).encode()).hexdigest()[:16]
    return None if mark in notes() else mark


def over(name: str) -> str:
    """The note that the filler `name` is gone: its column has taken over."""
    return f"over:{sha256(name.encode()).hexdigest()[:16]}"


def note(*marks: str) -> None:
    if not op.get_context().as_sql:
        noted = " ".join([*notes(), *marks])
        execute(f"COMMENT ON TABLE alembic_version IS '{noted}'")


def forget(**_: Any) -> None:
    """Where a revision is complete."""
    if not op.get_context().as_sql:
        execute("COMMENT ON TABLE alembic_version IS NULL")
