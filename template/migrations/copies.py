"""Columns that are filled from others while both are written to, and are proved."""

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic.util import CommandError

from migrations.locks import left, lock, run_locked
from migrations.names import NAME, last
from migrations.steps import (
    FIXED,
    WAIT,
    alone,
    commit,
    digest,
    execute,
    fetch,
    named,
    note,
    notes,
    offline,
    set_wait,
    there,
    to_do,
)

PAGES = 50  # of 8 kB: what one transaction fills
# Of an apply worker the search path is empty, and of others the settings their own.
SETTINGS = " ".join(f"SET {name} = '{value}'" for name, value in FIXED.items())
PATH = "SET search_path FROM CURRENT"
CARRIED = f"{PATH} {SETTINGS}"
# A column or a constant, perhaps cast.
PLAIN = re.compile(rf"({NAME}|'[^']*'|-?[\d.]+)(::text)?(::[\w.\"]+(\(\d+(,\d+)?\))?)?")
COPIES = "-- A copy.\n"
OURS = "^zz_(fill|mirror)_.*_[0-9a-f]{8}$"
TREE = """
    WITH RECURSIVE _tree AS (
        SELECT '{}'::regclass::oid AS _of
        UNION SELECT inhrelid FROM pg_inherits JOIN _tree ON inhparent = _of
    )
"""
PASSING = ("08", "40", "55", "57")
# Types whose values become others in the same way in every session.
SETTLED = (
    *("bool", "int2", "int4", "int8", "numeric", "uuid", "json", "jsonb"),
    *("text", "varchar", "bpchar", "citext"),
)


def backfill(
    table: str, column: str, value: str, *, copy: bool = False, keep: bool = False
) -> None:
    """Set what is null in `column` to the SQL `value`, some pages at a time.

    A trigger does so for what is written meanwhile: until the revision is complete, or
    with `keep` until `make contract`. A copy follows the columns in `value`, whatever
    is written to itself; in the end a CHECK proves that it does.

    Raises CommandError where a row has no value, or another one in the end.
    """
    name = filler(table, column)
    made = f"SELECT {value} INTO NEW.{column} FROM (SELECT NEW.*) AS {last(table)};"
    missed = f"IF NEW.{column} IS NULL THEN\n{made}\nEND IF;"
    body = COPIES + made if copy else missed
    missing = f"{column} IS NULL AND ({value}) IS NOT NULL"
    filled = in_pages(table, column, value, "" if copy else missing)
    mark = to_do([body, filled])
    if over(name) in notes():
        if mark is None:
            return
        told = f"{table}.{column} is filled and in use: correct its rows by hand"
        raise CommandError(f"{told}, and write its backfill as it was")
    if mark is None and not (copy and not proved(table, column)):
        return
    if value == "NULL" and there(f"SELECT FROM {table} WHERE {column} IS NULL"):
        asked = f'backfill("{table}", "{column}", "NULL")'
        raise CommandError(
            f"{table} has rows: write the value that they get in {asked}"
        )
    fill(table, column, value, name, body, filled)
    if copy:
        prove(table, column, value)
    with alone():
        note(mark or "", *([] if keep or offline() else [passing(name)]))


def mirror(
    table: str, old: str, new: str, *, into: str, missing: str | None = None
) -> None:
    """Keep two columns alike for two versions of the service, each of which knows one.

    `into` is the one of them that is filled from the other, some pages at a time, and
    `missing` the SQL of what stands for NULL in both. The trigger stays until `make
    contract`. Raises CommandError where a row has no value, or they differ in the end.
    """
    name = mirrored(table, new)
    changed = "record_image_ne(ROW(NEW.{0}), ROW(OLD.{0}))"
    given = f"coalesce(NEW.{old}, {missing})" if missing else f"NEW.{old}"
    back = f"NEW.{old} := NEW.{new};"
    forth = f"NEW.{new} := {given}; {back if missing else ''}"
    # Any update fills a row: it may move it to where the pages were filled already.
    rest = f"ELSIF {changed.format(new)} THEN {back} ELSE {forth}"
    if into == old:
        rest = f"ELSE {back}"
    body = f"""
        IF TG_OP = 'INSERT' THEN
            IF NEW.{old} IS NULL AND NEW.{new} IS NOT NULL THEN {back}
            ELSE {forth}
            END IF;
        ELSIF {changed.format(old)} THEN {forth}
        {rest}
        END IF;"""
    value = new if into == old else old
    if missing:
        value = f"coalesce({old}, {missing})"
    filled = in_pages(table, into, value, "")
    if mark := to_do([body, filled]):
        if missing == "NULL" and there(f"SELECT FROM {table} WHERE {old} IS NULL"):
            raise CommandError(
                f"{table} has rows without {old}: write the value that they get, as"
                f" `missing`, where {new} is made to mirror it"
            )
        fill(table, into, value, name, body, filled)
        prove(table, new, old)
        with alone():
            execute(f"ALTER TABLE {table} DROP CONSTRAINT {alike(table, new)}")
            note(mark)


def fill(
    table: str, column: str, value: str, name: str, body: str, filled: str
) -> None:
    """Have the trigger follow, then fill what is there. It goes where that fails."""
    commit()
    set_wait(left(lock(f"CREATE TRIGGER {last(name)} ON {table}")), "SET LOCAL")
    carried = PATH if is_settled(table, column, value) else CARRIED
    for sql in following(table, name, body, carried):
        execute(sql)
    commit()
    with alone():
        try:
            execute(filled)
        except sa.exc.DBAPIError as error:
            # It goes on after a lock, a deadlock, a stop, a lost connection.
            if (getattr(error.orig, "sqlstate", None) or "08")[:2] in PASSING:
                raise
            set_wait(WAIT, "SET")
            execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
            raise CommandError(misfits(table, column, value, error)) from error
        run_locked(f"ANALYZE {table} ({column})")


def following(table: str, name: str, body: str, carried: str) -> tuple[str, str]:
    """A trigger on all of the tables, the last before their rows are stored.

    Also for the writers of a subscription, which other triggers don't fire for.
    """
    mine = last(name).strip('"')
    return (
        f"""
        CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql
        {carried} AS $fill$
        #variable_conflict use_column
        BEGIN
            {body}
            RETURN NEW;
        END $fill$
        """,
        f"""
        DO $fill$
        DECLARE
            _table regclass;
            _others text;
            _name text;
            _last int := CASE getdatabaseencoding() WHEN 'UTF8' THEN 1114111 ELSE 126 END;
        BEGIN
            {TREE.format(table)}
            SELECT max(tgname::text COLLATE "C") INTO _others
            FROM pg_trigger JOIN _tree ON tgrelid = _of JOIN pg_proc p ON p.oid = tgfoid
            WHERE tgtype & 3 = 3 AND proname !~ '{OURS}';
            SELECT it INTO _name
            FROM unnest(ARRAY['', '~', chr(_last)]) WITH ORDINALITY AS t (start, n),
                LATERAL (SELECT start || '{mine}') AS made (it)
            ORDER BY it COLLATE "C" < _others, n LIMIT 1;  -- else the proof tells
            FOR _table IN
                {TREE.format(table)}
                SELECT _of FROM _tree JOIN pg_class ON pg_class.oid = _of
                WHERE NOT relispartition ORDER BY _of
            LOOP
                EXECUTE format(
                    'CREATE OR REPLACE TRIGGER %I BEFORE INSERT OR UPDATE ON %s
                    FOR EACH ROW EXECUTE FUNCTION {name}()', _name, _table
                );
            END LOOP;
            FOR _table IN {TREE.format(table)} SELECT _of FROM _tree LOOP
                EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', _table, _name);
            END LOOP;
        END $fill$
        """,
    )


def in_pages(table: str, column: str, value: str, missing: str) -> str:
    """Fill what is `missing`, or what is another value, in all partitions and children.

    Commits after each some pages, and lets go of rows while others hold one.
    """
    # No column of a model begins with a `_`.
    other = f"""$sql$record_image_ne(ROW({column}), ROW(({value})::$sql$
                || _type || $sql$))$sql$"""
    return f"""
        DO $fill$
        DECLARE
            _type text := (
                SELECT format_type(atttypid, atttypmod) FROM pg_attribute
                WHERE attrelid = '{table}'::regclass
                AND quote_ident(attname) = '{column}'
            );
            _sql text := $sql$ AS {last(table)} SET {column} = {value} WHERE $sql$
                || {f"$sql${missing}$sql$" if missing else other};
            _leaf regclass;
            _size bigint;
            _rows bigint;
            _some bigint;
            _about bigint;
            _told timestamptz := clock_timestamp();
        BEGIN
            FOR _leaf IN
                {TREE.format(table)}
                SELECT _of FROM _tree JOIN pg_class ON pg_class.oid = _of
                WHERE relkind = 'r' ORDER BY _of
            LOOP
                _size := pg_relation_size(_leaf) / 8192;
                _rows := 0;
                SELECT reltuples INTO _about FROM pg_class WHERE oid = _leaf;
                FOR _page IN 0.._size BY {PAGES} LOOP
                    FOR _try IN 1..10 LOOP
                        BEGIN
                            EXECUTE 'UPDATE ONLY ' || _leaf::text || _sql || format(
                                ' AND ctid >= ''(%s,0)'' AND ctid < ''(%s,0)''',
                                _page, _page + {PAGES}
                            );
                            GET DIAGNOSTICS _some = ROW_COUNT;
                            _rows := _rows + _some;
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
                    IF clock_timestamp() - _told > interval '2 seconds' THEN
                        _told := clock_timestamp();
                        RAISE NOTICE 'Filled % of about % rows of %',
                            _rows, greatest(_rows, _about), _leaf;
                    END IF;
                END LOOP;
            END LOOP;
        END $fill$
    """


def prove(table: str, column: str, value: str) -> None:
    """Have a CHECK hold `column` to what `value` is, and see that all rows keep to it.

    Row security hides no row from that, and no writer goes round it from here on. It
    goes with either column: `transaction` looks that it is there. Raises CommandError
    where rows differ.
    """
    if not offline() and proved(table, column):
        return
    check = alike(table, column)
    expression = in_any_session(table, column, value)
    commit()
    set_wait(left(lock(f"ALTER TABLE {table} ADD CONSTRAINT {check}")), "SET LOCAL")
    execute(
        f"""
        DO $fill$
        BEGIN
            ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {check};
            EXECUTE $sql$ALTER TABLE {table} ADD CONSTRAINT {check} CHECK (
                record_image_eq(ROW({column}), ROW(({expression})::$sql$ || (
                    SELECT format_type(atttypid, atttypmod) FROM pg_attribute
                    WHERE attrelid = '{table}'::regclass
                    AND quote_ident(attname) = '{column}'
                ) || '))) NOT VALID';
        END $fill$
        """
    )
    commit()
    with alone():
        try:
            run_locked(f"ALTER TABLE {table} VALIDATE CONSTRAINT {check}")
        except sa.exc.IntegrityError as error:
            found = rows_where(table, f"NOT {condition_of(table, check)}")
            execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {check}")
            execute(f"DROP FUNCTION IF EXISTS {filler(table, column)}() CASCADE")
            raise CommandError(
                f"{table}.{column} isn't {value} in {found}: something else writes it,"
                " such as a trigger. Nothing is dropped, and the running version goes"
                " on. Find out what it is, then run the same command again."
            ) from error


def columns_of(table: str) -> dict[str, Any]:
    query = """
        SELECT quote_ident(attname) AS name, typname, typtype::text AS kind,
            format_type(atttypid, atttypmod) AS type
        FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
    """
    return {it.name: it for it in fetch(query, table)}


def used_in(value: str, columns: Iterable[str]) -> list[str]:
    words = {*re.findall(r'"[^"]+"|\w+', value)}
    return [it for it in columns if it in words]


def is_settled(table: str, column: str, value: str) -> bool:
    """Whether `value` is the same one in all sessions, whatever their settings."""
    if offline() or re.fullmatch(rf"{NAME} AT TIME ZONE '[^']+'", value):
        return True
    columns = columns_of(table)
    if value in columns and columns[value].type == columns[column].type:
        return True  # as it is, without a cast
    settled = {it.typname for it in columns.values() if it.kind == "e"} | {*SETTLED}
    types = {columns[it].typname for it in [*used_in(value, columns), column]}
    return bool(PLAIN.fullmatch(value)) and types <= settled


def in_any_session(table: str, column: str, value: str) -> str:
    """`value`, in a function with its own settings where those of a session matter."""
    if is_settled(table, column, value):
        return value
    columns = columns_of(table)
    used = used_in(value, columns)
    name = named("value", table, column)
    given = ", ".join(f"{it} {columns[it].type}" for it in used)
    inner = ", ".join(used)
    execute(
        f"""
        CREATE OR REPLACE FUNCTION {name}({given}) RETURNS {columns[column].type}
        LANGUAGE plpgsql {CARRIED} AS $fill$
        #variable_conflict use_column
        BEGIN
            RETURN (SELECT {value} FROM (SELECT {inner}) AS {last(table)} ({inner}));
        END $fill$
        """
    )
    execute(f"GRANT EXECUTE ON FUNCTION {name} TO PUBLIC")
    return f"{name}({inner})"


def proved(table: str, column: str) -> bool:
    query = """
        SELECT 1 FROM pg_constraint WHERE conrelid = $1::text::regclass
        AND quote_ident(conname) = $2 AND convalidated
    """
    return bool(fetch(query, table, last(alike(table, column))))


def condition_of(table: str, check: str) -> str:
    query = """
        SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
        WHERE conrelid = $1::text::regclass AND quote_ident(conname) = $2
    """
    return str(fetch(query, table, check)[0][0])


def rows_where(table: str, condition: str) -> str:
    """How many there are, and which is one of them."""
    key = """
        SELECT string_agg(
            format('%L || %I', attname || ' = ', attname), ' || '', '' || '
        )
        FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
        WHERE indrelid = $1::text::regclass AND indisprimary
    """
    shown = fetch(key, table)[0][0] or "'ctid = ' || ctid"
    query = f"SELECT count(*), min({shown}) FROM {table} WHERE {condition}"
    number, example = fetch(query)[0]
    return f"{number} rows of {table}, such as {example}"


def misfits(table: str, column: str, value: str, error: sa.exc.DBAPIError) -> str:
    """Which rows `value` fails for, found by trying each."""
    name, row = named("fits", table, column), last(table)
    execute(
        f"""
        CREATE OR REPLACE FUNCTION {name}(it {table}) RETURNS bool
        LANGUAGE plpgsql {CARRIED} AS $fill$
        #variable_conflict use_column
        DECLARE
            _made {table}.{column}%TYPE;
        BEGIN
            SELECT {value} INTO _made FROM (SELECT it.*) AS {row};
            RETURN true;
        EXCEPTION WHEN data_exception OR invalid_text_representation THEN
            RETURN false;
        END $fill$
        """
    )
    found = rows_where(table, f"NOT {name}({row})")
    execute(f"DROP FUNCTION {name}")
    reason = str(error.orig).partition(": ")[2] or str(error.orig)
    if found.startswith("0 rows "):  # a trigger or a CHECK of others refuses it
        return (
            f"{table}.{column} can't be filled: {reason}. The running version goes on."
            " Take away what refuses that, then run the same command again."
        )
    return (
        f"{table}.{column} can't be {value} in {found}: {reason}. The running version"
        " goes on. Correct these rows, or write another value at its backfill, then run"
        " the same command again."
    )


def let_go(table: str, column: str) -> None:
    """What fills from a column goes with it; raises CommandError without the proof."""
    live = r"""
        SELECT p.oid, p.oid::regprocedure::text AS name, right(proname, 8) AS mark,
            starts_with(proname, 'zz_mirror_') OR strpos(prosrc, $3) > 0 AS copies
        FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
        WHERE tgrelid = $1::text::regclass AND proname ~ $4
            AND prosrc ~ ('(?<![\w"])' || $2 || '(?![\w"])')
    """
    checks = """
        SELECT right(conname, 8) AS mark, convalidated
        FROM pg_constraint
        WHERE conrelid = $1::text::regclass AND starts_with(conname, 'zz_alike_')
    """
    values = """
        SELECT oid::regprocedure::text FROM pg_proc
        WHERE starts_with(proname, 'zz_value_') AND right(proname, 8) = $1
    """
    pattern, noted = re.escape(column), notes()
    valid = {it.mark: it.convalidated for it in fetch(checks, table)}
    for it in fetch(live, table, pattern, COPIES.strip(), OURS):
        if not it.copies and f"passing:{it.oid}" not in noted:
            continue  # it stays for the version before, whatever the column is now
        if it.copies and not valid.get(it.mark):
            raise CommandError(
                f"{table}.{column} can't be dropped: nothing proves that all of it was"
                f" copied. Drop the function {it.name} with CASCADE if it may go;"
                " else run the same command again."
            )
        execute(f"DROP FUNCTION {it.name} CASCADE")
        for (value,) in fetch(values, it.mark):
            execute(f"DROP FUNCTION {value} CASCADE")


def filler(table: str, column: str) -> str:
    """The name of the function that fills `column`."""
    return named("fill", table, column)


def mirrored(table: str, column: str) -> str:
    """The name of the function that keeps `column` and the one that it was alike."""
    return named("mirror", table, column)


def alike(table: str, column: str) -> str:
    """The name of the CHECK that proves a copy."""
    return last(named("alike", table, column))


def over(name: str) -> str:
    """The note that the filler `name` is gone: its column has taken over."""
    return f"over:{digest(name)}"


def passing(name: str) -> str:
    """The note that the filler `name` goes once the revision is complete."""
    oid = fetch("SELECT $1::text::regproc::oid", name)[0][0]
    return f"passing:{oid}"
