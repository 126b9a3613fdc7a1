"""How Alembic reaches the database: its own connection, or one that it is handed."""

import asyncio
import logging
import random
import re
import time
import warnings
from contextlib import suppress
from functools import partial
from typing import Any

import asyncpg
import sqlalchemy as sa
from alembic import context
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from asyncpg import InterfaceError
from sqlalchemy import pool
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import create_async_engine

from migrations.chain import check_files, clearer
from migrations.errors import importing, row, told, told_briefly
from migrations.history import is_kept, is_kept_default
from migrations.online import forget
from migrations.steps import FIXED, WAIT
from migrations.watching import tell, watch

with importing():
    from app import settings
    from app.database.base import Base
    from app.resources import load_models

    load_models()

MIGRATIONS = 7_203_418_551  # names our advisory lock
TRIES, PAUSE = 60, 1.0  # of a step, and about how many seconds between them
DONE = "SELECT obj_description(to_regclass('alembic_version'))"
# A lock that wasn't had in time, a deadlock, a change beside.
BUSY = ("55P03", "40P01", "40001")
# Whatever the role, the database and the machine have: values are cast by these.
ENDING = (
    *("statement_timeout", "transaction_timeout"),
    *("idle_session_timeout", "idle_in_transaction_session_timeout"),
)
FIXED_HERE = {
    **FIXED,
    "lock_timeout": f"{1000 * WAIT:.0f}ms",
    **dict.fromkeys(ENDING, "0"),
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "default_transaction_deferrable": "off",
    "quote_all_identifiers": "off",
    "row_security": "off",  # an error, rather than rows that nobody sees
}
SESSION = (
    "SELECT set_config(name, value, false) FROM (VALUES "
    + ", ".join(f"('{name}', '{value}')" for name, value in FIXED_HERE.items())
    + ") AS fixed (name, value) JOIN pg_settings USING (name)",
    r"""SELECT set_config('search_path', regexp_replace(current_setting('search_path'),
    '(^|,)\s*"\$user"\s*(?=,|$)', '\1' || quote_ident(current_user)), false)""",
)
STUCK = """Another transaction holds a lock that is needed. This query shows which one:
  SELECT pid, xact_start, query FROM pg_stat_activity ORDER BY xact_start
Once it has ended, run the same command again: it goes on where it stopped."""
# PostgreSQL writes their SQL in its own way, which Alembic takes for a change.
warnings.filterwarnings("ignore", "Computed default .* cannot be modified")
# In the SQL of an index, what Alembic doesn't read of those that are there.
UNREAD = re.compile(r'\s+(COLLATE\s+("[^"]+"|\w+)|\w+_ops\b)', re.IGNORECASE)
PREPARER = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]
SCHEMAS = {table.schema for table in Base.metadata.tables.values()}


def is_ours(name: str | None, kind: str, parents: Any) -> bool:
    """Schemas that no model is in are left alone."""
    return kind != "schema" or name in SCHEMAS


def is_managed(it: Any, name: str | None, kind: str, there: bool, other: Any) -> bool:
    """Views, and tables that others migrate, are left alone as well.

    So is what the version before still needs, what only own revisions made, and
    what COMMENT says where the models say nothing.
    """
    if other is not None and kind in ("table", "column"):
        ours, theirs = (other, it) if there else (it, other)
        theirs.comment = theirs.comment if ours.comment else None
    if kind == "table" and not it.info.get("managed", True):
        return False
    if kind == "table" and name == "alembic_version":
        return False  # in a schema that models name
    if not there or other is not None:
        return True
    table = PREPARER.format_table(it if kind == "table" else it.table)
    if kind in ("table", "column"):
        columns = [name or ""] * (kind == "column")
    else:
        columns = [one.name for one in it.columns]
    quoted = [PREPARER.quote(one) for one in columns]
    return not is_kept(context.script, table, name or "", *quoted)


def bare(sql: str) -> str:
    """Without what PostgreSQL adds to the SQL of a DEFAULT: casts, spaces, parentheses.

    Nor with the schema of what others had before PostgreSQL did, as gen_random_uuid().
    """
    return re.sub(r"::[a-z ]+(\[\])?|[\s()]|\bpublic\.", "", sql)


class Defaults(PostgresqlImpl):
    """Compares each DEFAULT; one that the service sends itself may be missing."""

    __dialect__ = "postgresql"  # Alembic takes the last class that names it

    def compare_server_default(
        self, there: Any, column: Any, goal: str | None, default: str | None
    ) -> bool:
        of: Any = super()
        if goal is None and default and not (column.identity or column.computed):
            return not is_kept_default(context.script, column.name, default)
        if not isinstance(column.default, sa.ColumnDefault) or goal is None:
            differs = bool(of.compare_server_default(there, column, goal, default))
            if differs and default and goal and not self.is_steady(default):
                return bare(default) != bare(goal)
            return differs
        if default is None:
            return False
        dialect: Any = self.dialect
        kind = column.type.compile(dialect)
        ours = dialect.ddl_compiler(dialect, None).get_column_default_string(column)
        # As text: not all types have an operator for it.
        same = f"SELECT ({default})::{kind}::text = ({ours})::{kind}::text"
        assert self.connection
        return not self.connection.exec_driver_sql(same).scalar()

    def is_steady(self, default: str) -> bool:
        """Whether the SQL gives the same value each time."""
        assert self.connection
        again = f"SELECT ({default})::text = ({default})::text"
        return self.connection.exec_driver_sql(again).scalar() is not False

    def _cleanup_index_expr(self, index: sa.Index, expr: str) -> str:
        return super()._cleanup_index_expr(index, UNREAD.sub("", expr))


OPTIONS: dict[str, Any] = {
    "target_metadata": Base.metadata,
    "include_schemas": any(SCHEMAS),
    "include_name": is_ours,
    "include_object": is_managed,
    "compare_server_default": True,
    "transaction_per_migration": True,
    "on_version_apply": forget,
}


def ignore_search_path(dialect: Any) -> None:
    """Compare tables by the schemas that models name, though they be found without."""
    if dialect.default_schema_name in SCHEMAS:
        dialect.default_schema_name = ""
        dialect.get_multi_foreign_keys = partial(
            dialect.get_multi_foreign_keys, postgresql_ignore_search_path=True
        )


def migrate(connection: sa.Connection | None) -> None:
    """Without a connection, print the SQL."""
    check_files(context.script)
    if connection:
        ignore_search_path(connection.dialect)
        context.configure(connection=connection, **OPTIONS)
    else:
        url = settings.load().database_url
        context.configure(url=url, literal_binds=True, **OPTIONS)
    try:
        with context.begin_transaction():
            context.run_migrations()
    except CommandError as error:
        raise clearer(error, connection) from error


def migrate_beside(connection: sa.Connection) -> None:
    """Try again where somebody holds a lock for long: others would wait behind us."""
    log = logging.getLogger("alembic")
    heads = MigrationContext.configure(connection).get_current_heads
    start = heads()
    left, done = TRIES, None
    while True:
        for sql in SESSION:
            connection.exec_driver_sql(sql)
        connection.commit()
        try:
            migrate(connection)
            return
        except sa.exc.DBAPIError as error:
            connection.rollback()
            if getattr(error.orig, "sqlstate", None) not in BUSY:
                raise
            if done != (done := (heads(), connection.exec_driver_sql(DONE).scalar())):
                left = TRIES  # a step more is done
            left -= 1
            # From where we are now, `+2` and `-1` lead elsewhere.
            relative = {*"+-"} & {*str(context.get_revision_argument())}
            if not left or (relative and heads() != start):
                raise CommandError(STUCK) from error
            log.info("Another transaction holds a lock that is needed: trying again")
        # Not in step with others that come again and again.
        time.sleep(PAUSE * random.uniform(0.5, 1.5))


def migrate_alone(connection: sa.Connection) -> None:
    """Wait for other replicas that migrate.

    Polling, because who waits inside PostgreSQL blocks CREATE INDEX CONCURRENTLY.
    """
    lock = sa.select(sa.func.pg_try_advisory_lock(MIGRATIONS))
    waiting = False
    while not connection.scalar(lock):
        if not waiting:
            logging.getLogger("alembic").info("Waiting for another migration to end")
        waiting = True
        connection.rollback()
        time.sleep(0.2)
    connection.commit()  # the lock ends with the connection, not here
    migrate_beside(connection)


def migrate_told(connection: sa.Connection) -> None:
    """Say which row doesn't fit, while there is a connection to ask by."""
    try:
        migrate_alone(connection)
    except sa.exc.DBAPIError as error:
        with suppress(sa.exc.SQLAlchemyError):  # the connection may be gone
            raise CommandError(told(error, row(connection, error))) from error
        raise


async def connect() -> None:
    url = settings.load().database_url
    dialect = sa.make_url(url).get_dialect()()
    _, given = dialect.create_connect_args(sa.make_url(url))

    async def connected() -> Any:
        """With the settings that may end the first statement already."""
        endless = dict.fromkeys(ENDING, "0")
        while True:
            try:
                return await asyncpg.connect(**given, server_settings=endless)
            except asyncpg.UndefinedObjectError:  # before PostgreSQL 17
                endless.pop("transaction_timeout")

    engine = create_async_engine(url, poolclass=pool.NullPool, async_creator=connected)
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        driver.add_log_listener(tell)
        ended = asyncio.Event()
        watching = asyncio.create_task(watch(engine, driver.get_server_pid(), ended))
        try:
            await connection.run_sync(migrate_told)
        finally:
            ended.set()
            await watching
            with suppress(InterfaceError):  # it may be closed
                driver.remove_log_listener(tell)
    await engine.dispose()


if connection := context.config.attributes.get("connection"):
    migrate(connection)
else:
    with told_briefly():
        if context.is_offline_mode():
            migrate(None)
        else:
            logging.basicConfig(format="%(levelname)s %(message)s")
            logging.getLogger("alembic").setLevel(logging.INFO)
            # A lost connection is told once, where it ended a step.
            logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
            asyncio.run(connect())
