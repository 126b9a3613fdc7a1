# ruff: noqa: E501
"""Every row that there is, in tables of every kind, whoever writes, whatever the settings."""

from __future__ import annotations

import asyncio
import random
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest

from tests.adopt.support import Server
from tests.migrations.support import Service
from tests.migrations.trial import Trial, as_plain, of_all, owned
from tests.support import ROOT

# Seconds for which a migration waits for a lock.
STEPS = (ROOT / "template/migrations/steps.py").read_text()
WAIT = float(re.findall(r"^WAIT = ([\d.]+)", STEPS, re.MULTILINE)[0])

# All that fills rows: a copy, a mirror, a mirror of a copy, a filler, an enum made anew, indexes.
FIELDS = "id: bigint, year: int, at: {type: timestamp, optional: true}"
BEFORE = f"""
enums: {{Kind: [a, b, gone]}}
models:
  Item:
    pk: [id, year]
    fields: {{{FIELDS}, x: {{type: int, optional: true}}, t: text, k: Kind, n: {{type: int, optional: true}}, v: {{type: int, optional: true}}}}
"""
AFTER = """
enums: {Kind: [b, a]}
models:
  Item:
    pk: [id, year]
    fields:
      {id: bigint, year: int, at: {type: timestamptz, optional: true}, x: {type: bigint, optional: true, index: true},
       u: {type: text, was: t}, k: Kind, n: {type: int, default: 7}, r: text, d: {type: int, default: 8},
       w: {type: bigint, was: v, optional: true}}
"""
COLUMNS = "id bigint, year int, at timestamp, x int, t text NOT NULL, k kind NOT NULL, n int, v int"
KIND = "CREATE TYPE kind AS ENUM ('a', 'b', 'gone');"
KEY = "PRIMARY KEY (id, year)"
PARTED = f"{KIND} CREATE TABLE items ({COLUMNS}, {KEY}) PARTITION BY"
# Where each row of `year` 0 to 2 is in a leaf of its own.
TABLES = {
    "one table": f"{KIND} CREATE TABLE items ({COLUMNS}, {KEY})",
    "list": f"""{PARTED} LIST (year);
        CREATE TABLE l0 PARTITION OF items FOR VALUES IN (0);
        CREATE TABLE "L 1" PARTITION OF items FOR VALUES IN (1);
        CREATE TABLE rest PARTITION OF items DEFAULT""",
    "range": f"""{PARTED} RANGE (year);
        CREATE TABLE r0 PARTITION OF items FOR VALUES FROM (MINVALUE) TO (1);
        CREATE TABLE r1 PARTITION OF items FOR VALUES FROM (1) TO (2);
        CREATE TABLE r2 PARTITION OF items FOR VALUES FROM (2) TO (MAXVALUE)""",
    "hash": f"""{PARTED} HASH (id);
        CREATE TABLE h0 PARTITION OF items FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE h1 PARTITION OF items FOR VALUES WITH (MODULUS 2, REMAINDER 1)""",
    "two levels": f"""{PARTED} LIST (year);
        CREATE TABLE l0 PARTITION OF items FOR VALUES IN (0) PARTITION BY HASH (id);
        CREATE TABLE l00 PARTITION OF l0 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE l01 PARTITION OF l0 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        CREATE SCHEMA IF NOT EXISTS far;
        CREATE TABLE far.rest (k kind NOT NULL, gone int, t text NOT NULL, year int NOT NULL, x int,
            at timestamp, id bigint NOT NULL, v int, n int);
        ALTER TABLE far.rest DROP COLUMN gone;
        ALTER TABLE items ATTACH PARTITION far.rest DEFAULT""",
    "children": f"""{KIND} CREATE TABLE items ({COLUMNS}, {KEY});
        CREATE TABLE child (more int, {KEY}) INHERITS (items);
        CREATE TABLE grandchild ({KEY}) INHERITS (child);
        CREATE RULE one AS ON INSERT TO items WHERE NEW.year = 1 DO INSTEAD
            INSERT INTO child VALUES (NEW.id, NEW.year, NEW.at, NEW.x, NEW.t, NEW.k, NEW.n, NEW.v);
        CREATE RULE two AS ON INSERT TO items WHERE NEW.year = 2 DO INSTEAD
            INSERT INTO grandchild VALUES (NEW.id, NEW.year, NEW.at, NEW.x, NEW.t, NEW.k, NEW.n, NEW.v)""",
}
# More than a transaction fills, in each leaf; `x` is NULL in some.
ROWS = """
INSERT INTO items (id, year, at, x, t, k, n, v)
SELECT i, i % 3, timestamp '2026-07-01 12:00' + i * interval '1 hour', nullif(i % 9, 0), rpad('t' || i, 700, '.'),
    (ARRAY['a', 'b'])[1 + i % 2]::kind, nullif(i % 4, 0), i % 5
FROM generate_series({}, {}) i
"""
MANY = 1_800
# What the version before writes, before each step.
ONE_MORE = (
    ROWS.format("(SELECT max(id) + 1 FROM items)", "(SELECT max(id) + 1 FROM items)")
    + "; UPDATE items SET t = t, v = v, x = x WHERE id % 100 = 7"
)
OLD = "SELECT id, year, at, x, t, k::text, v FROM items ORDER BY id"
WRONG = """
SELECT count(*) FROM items WHERE (at, x, u, k::text, n, r, d, w) IS DISTINCT FROM (
    timestamptz '2026-07-01 12:00Z' + id * interval '1 hour', nullif(id % 9, 0), rpad('t' || id, 700, '.'),
    (ARRAY['a', 'b'])[1 + id % 2], {}, 'none', 8, id % 5
)
"""


def trial(service: Service, server: Server) -> Trial:
    made = Trial(service, server, BEFORE, AFTER)
    made.edit('backfill("items", "r", "NULL"', 'backfill("items", "r", "\'none\'"')
    return made


@pytest.mark.parametrize("kind", of_all(TABLES, "list", "two levels", "children"))
def test_every_row(kind: str, service: Service, server: Server) -> None:
    one = trial(service, server)
    one.beside(ONE_MORE)
    url = one.database(ROWS.format(1, MANY), TABLES[kind])
    if kind == "children":
        one.execute(url, "DROP RULE one ON items; DROP RULE two ON items")
    before = one.rows(url, OLD)
    assert len(before) == MANY
    one.upgrade(url)
    wrong = WRONG.format("coalesce(nullif(id % 4, 0), 7)")
    assert one.rows(url, wrong) == [(0,)]
    assert len(one.rows(url, "SELECT FROM items")) > MANY + 5
    # As the version before writes, and as the new one does.
    one.execute(
        url,
        "UPDATE items SET t = 'old', v = 1 WHERE id = 3",
        "UPDATE items SET u = 'new', w = 2 WHERE id = 4",
    )
    both = "SELECT t, u, v, w FROM items WHERE id IN (3, 4) ORDER BY id"
    assert one.rows(url, both) == [("old", "old", 1, 1), ("new", "new", 2, 2)]
    one.execute(
        url, "UPDATE items SET t = rpad('t' || id, 700, '.'), v = id % 5 WHERE id IN (3, 4)"
    )
    if kind in ("one table", "two levels"):
        one.contract()
        one.upgrade(url)
        assert one.rows(url, wrong) == [(0,)]
        one.downgrade(url)
        assert one.rows(url, wrong) == [(0,)]
    one.downgrade(url)
    assert one.rows(url, OLD)[:MANY] == before
    assert one.rows(url, "SELECT FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0") == []


# Writers beside: both columns always get the same value, one of which becomes wider.
ONE = "models: {Item: {pk: identity, fields: {x: {type: int, optional: true}, y: {type: int, optional: true}}}}"
WIDER = ONE.replace("x: {type: int", "x: {type: bigint")
SOME = "INSERT INTO items (x, y) SELECT i, i FROM generate_series(1, 9) i"
WRITE = """
INSERT INTO items (x, y) SELECT count(*), count(*) FROM items;
INSERT INTO items (x, y) VALUES (NULL, NULL);
UPDATE items SET x = y + 1, y = y + 1 WHERE id % 2 = 1;
UPDATE items SET x = NULL, y = NULL WHERE id = 4;
DELETE FROM items WHERE id = 6;
"""
DIFFER = "SELECT * FROM items WHERE x IS DISTINCT FROM y"
TRIGGER = """
CREATE FUNCTION settle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.x := NEW.x * 2; NEW.y := NEW.x; RETURN NEW; END $$;
CREATE TRIGGER "{}" BEFORE {} ON {} FOR EACH ROW EXECUTE FUNCTION settle();
"""
CHILD = """
CREATE TABLE child (PRIMARY KEY (id)) INHERITS (items);
ALTER TABLE child ALTER id SET DEFAULT nextval('items_id_seq');
INSERT INTO child (x, y) SELECT i, i FROM generate_series(1, 9) i;
"""
DEAF = (
    TRIGGER.format("dba", "INSERT OR UPDATE", "items")
    + "ALTER TABLE items ENABLE ALWAYS TRIGGER dba;"
)
# What a database has, and the session of the client.
WRITERS = {
    "any": ("", ""),
    "a subscription": ("", "SET session_replication_role = replica;"),
    "a subscription, to a child": (CHILD, "SET session_replication_role = replica;"),
    "without a search path": ("", "SET search_path = '';"),
    "zzz_normalize": (TRIGGER.format("zzz_normalize", "INSERT OR UPDATE", "items"), ""),
    "~": (TRIGGER.format("~", "INSERT OR UPDATE", "items"), ""),
    "~~~": (TRIGGER.format("~~~", "UPDATE", "items"), ""),
    "zz_fill_": (TRIGGER.format("zz_fill_zzz", "INSERT OR UPDATE", "items"), ""),
    "\u00fcber": (TRIGGER.format("\u00fcber", "INSERT OR UPDATE", "items"), ""),
    "\U0010ffff": (TRIGGER.format("\U0010ffff", "INSERT OR UPDATE", "items"), ""),
    "\U0010ffffzz": (TRIGGER.format("\U0010ffffzz", "INSERT OR UPDATE", "items"), ""),
    "\U0010ffff\U0010ffff": (TRIGGER.format("\U0010ffff" * 9, "INSERT OR UPDATE", "items"), ""),
    "a trigger of a child": (CHILD + TRIGGER.format("zzz", "INSERT OR UPDATE", "child"), ""),
    "a trigger for a subscription": (DEAF, "SET session_replication_role = replica;"),
}


@pytest.mark.parametrize(
    "kind", of_all(WRITERS, "any", "a subscription", "zzz_normalize", "a trigger of a child")
)
def test_whoever_writes(kind: str, service: Service, server: Server) -> None:
    """A client writes before each step, up and down: all is there, or nothing is dropped."""
    things, session = WRITERS[kind]
    one = Trial(service, server, ONE, WIDER)
    write = WRITE.replace(" items", " public.items")
    if "child" in things:
        write += write.replace(".items", ".child")
    one.beside(session + write)
    url = one.database(SOME + ";" + things)
    try:
        one.upgrade(url)
    except AssertionError as error:
        told = str(error)
        assert "items.x_new isn't x in " in told, told
        assert "Nothing is dropped" in told
        print(told.splitlines()[-1])
        assert one.rows(url, DIFFER) == []
        one.execute(url, session + write)
        assert one.rows(url, DIFFER) == []
        return
    assert one.rows(url, DIFFER) == []
    one.downgrade(url)
    assert one.rows(url, DIFFER) == []
    assert len(one.rows(url, "SELECT FROM items")) > 15


HIDES = "ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
# What is done about rows of `items`, and whether that hides some from the role that migrates.
HIDDEN = {
    "enabled": ("one table", "ALTER TABLE items ENABLE ROW LEVEL SECURITY", ""),
    "forced": ("one table", f"ALTER TABLE items {HIDES}", "items"),
    "forced, all seen": (
        "one table",
        f"ALTER TABLE items {HIDES}; CREATE POLICY p ON items USING (true)",
        "items",
    ),
    "forced, but not enabled": ("one table", "ALTER TABLE items FORCE ROW LEVEL SECURITY", ""),
    "forced on a partitioned table": ("list", f"ALTER TABLE items {HIDES}", "items"),
    "forced on a leaf": ("list", f'ALTER TABLE "L 1" {HIDES}', '"L 1"'),
    "forced on a leaf of a leaf": ("two levels", f"ALTER TABLE l01 {HIDES}", "l01"),
    "forced on a child": ("children", f"ALTER TABLE grandchild {HIDES}", "grandchild"),
}


@pytest.mark.parametrize(
    ("kind", "setting"),
    of_all(
        [
            *((it, "") for it in HIDDEN),
            *((it, on) for it in ("enabled", "forced") for on in ("on", "off")),
        ],
        *[("enabled", ""), ("forced", ""), ("forced on a leaf", ""), ("forced", "off")],
    ),
)
def test_rows_that_are_hidden(kind: str, setting: str, service: Service, server: Server) -> None:
    tables, sql, name = HIDDEN[kind]
    one = trial(service, server)
    url = one.database(f"{ROWS.format(1, 30)}; {sql}; {owned()}", TABLES[tables])
    if tables == "children":
        one.execute(url, "DROP RULE one ON items; DROP RULE two ON items")
    if setting:
        one.execute(
            url, f"ALTER ROLE plain IN DATABASE {database(url)} SET row_security = {setting}"
        )
    if name:
        told = one.refused(as_plain(url))
        assert f"Row security hides rows of {name} from this role" in told
        assert len([it for it in told.splitlines() if "INFO" not in it]) == 2, told
        one.execute(url, ROWS.format(31, 39), "UPDATE items SET x = x")
        assert len(one.rows(url, OLD)) == 39
        # A superuser sees them all, and so does a role with BYPASSRLS.
    one.upgrade(url if name else as_plain(url))
    assert one.rows(url, WRONG.format("coalesce(nullif(id % 4, 0), 7)")) == [(0,)]


def database(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


# Of the role and the database.
SETTINGS = {
    "isolation": "default_transaction_isolation = 'repeatable read'",
    "the highest isolation": "default_transaction_isolation = 'serializable'",
    "read only": "default_transaction_read_only = on",
    "deferrable": "default_transaction_deferrable = on",
    "transaction_timeout": "transaction_timeout = '500ms'",
    "statement_timeout": "statement_timeout = '500ms'",
    "idle": "idle_in_transaction_session_timeout = '10ms'",
    "lock_timeout": "lock_timeout = '1ms'",
    "search_path": "search_path = far, public, pg_catalog",
    "row_security": "row_security = off",
    "replica": "session_replication_role = replica",
    "quotes": "quote_all_identifiers = on",
    "strings": "standard_conforming_strings = off",
    "plpgsql": "plpgsql.extra_errors = 'all'",
    "messages": "client_min_messages = error",
    "functions": "check_function_bodies = off",
    "zone": "TimeZone = 'America/New_York'",
    "style": "DateStyle = 'SQL, DMY'",
    "digits": "extra_float_digits = 0",
    "null": "transform_null_equals = on",
    "scan": "enable_tidscan = off",
}


@pytest.mark.parametrize(
    "kind", of_all(SETTINGS, "isolation", "transaction_timeout", "read only", "search_path")
)
def test_settings_of_a_role(kind: str, service: Service, server: Server) -> None:
    one = trial(service, server)
    one.edit("\"'none'\"", "\"'none' || pg_sleep(0.003)\"")  # longer than the timeouts, in all
    url = one.database(f"{ROWS.format(1, 300)}; CREATE SCHEMA far", TABLES["one table"])
    one.execute(server.url, f"ALTER DATABASE {database(url)} SET {SETTINGS[kind]}")
    one.upgrade(url)
    assert one.rows(url, WRONG.format("coalesce(nullif(id % 4, 0), 7)")) == [(0,)]
    one.downgrade(url)


# A type, the one that it becomes, values of it, and what each of them has to be.
CASTS = [
    ("timestamp", "timestamptz", "timestamp '2026-06-02 12:00'", "timestamptz '2026-06-02 12:00Z'"),
    ("timestamptz", "timestamp", "timestamptz '2026-06-02 12:00Z'", "timestamp '2026-06-02 12:00'"),
    ("timestamptz", "date", "timestamptz '2026-06-02 01:00Z'", "date '2026-06-02'"),
    ("timestamptz", "text", "timestamptz '2026-06-02 01:00Z'", "'2026-06-02 01:00:00+00'"),
    ("date", "timestamptz", "date '2026-06-02'", "timestamptz '2026-06-02 00:00Z'"),
    ("date", "text", "date '2026-06-02'", "'2026-06-02'"),
    ("text", "date", "'02/06/2026'", "date '2026-02-06'"),
    ("text", "timestamptz", "'2026-06-02 12:00'", "timestamptz '2026-06-02 12:00Z'"),
    ("time", "timetz", "time '12:00'", "timetz '12:00+00'"),
    ("interval", "text", "interval '1 year 2 days 3 hours'", "'1 year 2 days 03:00:00'"),
    ("text", "interval", "'-1 2:00'", "interval '-1 days +2 hours'"),
    ("float", "text", "0.1::float8 + 0.2", "'0.30000000000000004'"),
    ("real", "text", "'12345.1'::real", "'12345.1'"),
    ("float", "json", "0.1::float8 + 0.2", "'0.30000000000000004'"),
    ("bytes", "text", "'\\x6100'::bytea", "'\\x6100'"),
    ("daterange", "text", "daterange '[2026-01-02,2026-02-03)'", "'[2026-01-02,2026-02-03)'"),
    ("date[]", "text[]", "ARRAY[date '2026-06-02']", "ARRAY['2026-06-02']"),
    ("float[]", "text[]", "ARRAY[0.1::float8 + 0.2]", "ARRAY['0.30000000000000004']"),
    ("json_text", "json", """'{"a": 1,  "a": 2}'""", """'{"a": 2}'"""),
    ("json", "json_text", """'{"a":1}'""", """'{"a": 1}'"""),
    ("text", "varchar", "'a'", "'a'"),
    ("varchar", "string(20)", "'a'", "'a'"),
    ("decimal", "decimal(6,2)", "1.255", "1.26"),
    ("timestamp(0)", "timestamp", "timestamp '2026-06-02 12:00'", "timestamp '2026-06-02 12:00'"),
    (
        *("timestamptz", "timestamptz(0)"),
        *("timestamptz '2026-06-02 12:00:00.6Z'", "timestamptz '2026-06-02 12:00:01Z'"),
    ),
    ("time", "time(1)", "time '12:00:00.25'", "time '12:00:00.3'"),
    ("interval", "interval(0)", "interval '1.5 seconds'", "interval '2 seconds'"),
    (
        "timestamp[]",
        "timestamptz[]",
        "ARRAY[timestamp '2026-06-02 12:00']",
        "ARRAY[timestamptz '2026-06-02 12:00Z']",
    ),
]
ODD = (
    "TimeZone = 'America/New_York'", "DateStyle = 'SQL, DMY'", "IntervalStyle = 'iso_8601'",
    "extra_float_digits = 0", "bytea_output = 'escape'",
)  # fmt: skip


def test_casts_that_follow_settings(service: Service, server: Server) -> None:
    """Of the role that migrates, of the client that writes before each step, and back."""

    def models(at: int) -> str:
        lines = "".join(
            f"      c{n}: {{type: '{it[at]}', optional: true}}\n".replace("[]'", "', array: true")
            for n, it in enumerate(CASTS)
        )
        return f"models:\n  Item:\n    pk: identity\n    fields:\n{lines}"

    columns = ", ".join(f"c{n}" for n in range(len(CASTS)))
    one = Trial(service, server, models(0), models(1))
    write = f"INSERT INTO items ({columns}) VALUES ({', '.join(it[2] for it in CASTS)})"
    url = one.database()
    for it in ODD:
        one.execute(server.url, f"ALTER DATABASE {database(url)} SET {it}")
    one.execute(url, f"SET DateStyle = 'ISO, MDY'; SET TimeZone = 'UTC'; {write}")
    one.beside(
        "SET TimeZone = 'Europe/Berlin'; SET DateStyle = 'German, DMY'; SET IntervalStyle = 'sql_standard'; "
        "SET extra_float_digits = -3; UPDATE items SET c0 = c0; " + write.replace("\\", "\\\\")
    )
    one.upgrade(url)
    for it in ODD:
        one.execute(server.url, f"ALTER DATABASE {database(url)} RESET {it.partition(' ')[0]}")
    for n, (_, _, _, wanted) in enumerate(CASTS):
        kind = f"SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'items'::regclass AND attname = 'c{n}'"
        ((type_,),) = one.rows(url, kind)
        found = one.rows(
            url,
            f"SELECT DISTINCT c{n}::text, c{n} IS NOT NULL AND c{n}::text = ({wanted})::{type_}::text FROM items",
        )
        assert [it[1] for it in found] == [True], (CASTS[n], found)
    assert len(one.rows(url, "SELECT FROM items")) > 4


TWO = "models: {{Item: {{pk: identity, fields: {{x: {}, y: {{type: int, optional: true}}}}}}}}"
WAITED = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE NOT granted AND application_name = 'client'
"""


@pytest.mark.parametrize("many", [3_000, pytest.param(3_000_000, marks=pytest.mark.cross)])
def test_how_long_a_client_waits_for_locks(many: int, service: Service, server: Server) -> None:
    """As long as for a few rows: never twice as long as a migration waits for its own."""
    one = Trial(service, server, TWO.format("int"), TWO.format("{type: bigint, min: 0}"))
    url = one.database(f"INSERT INTO items (x, y) SELECT i, i FROM generate_series(1, {many}) i")
    ended = threading.Event()
    waits, writes = [0.0], [0]

    async def write() -> None:
        db = await asyncpg.connect(url, server_settings={"application_name": "client"})
        while not ended.is_set():
            await db.execute("INSERT INTO items (x, y) VALUES (1, 1)")
            number = random.randint(1, many)
            await db.execute("UPDATE items SET x = y + 1, y = y + 1 WHERE id = $1", number)
            writes[0] += 1
        await db.close()

    async def look() -> None:
        db = await asyncpg.connect(url)
        while not ended.is_set():
            waits.append(float(await db.fetchval(WAITED)))
            await asyncio.sleep(0.005)
        await db.close()

    async def both() -> None:
        await asyncio.gather(write(), write(), look())

    with ThreadPoolExecutor(1) as pool:
        client = pool.submit(asyncio.run, both())
        try:
            one.upgrade(url)
            one.downgrade(url)
        finally:
            ended.set()
        client.result()
    print(f"{writes[0]} writes, {len(waits)} looks, {max(waits):.3f} s")
    assert max(waits) < 2 * WAIT
    assert one.rows(url, f"SELECT count(*) - {many} FROM items") == [(writes[0],)]
    assert one.rows(url, DIFFER) == []


RENAMED = ONE.replace("x: {type: int", "z: {was: x, type: int")


@pytest.mark.parametrize(
    "kind",
    of_all(
        ["a subscription", "a subscription, to a child", "zzz_normalize", "a trigger of a child"],
        "zzz_normalize",
    ),
)
def test_whoever_writes_to_two_names(kind: str, service: Service, server: Server) -> None:
    """Of a renamed column: the version before writes the one, the new version the other."""
    things, session = WRITERS[kind]
    one = Trial(service, server, ONE, RENAMED)
    old = WRITE + WRITE.replace(" items", " child") * ("child" in things)
    one.beside(session + old)
    url = one.database(SOME + ";" + things)
    one.upgrade(url)
    alike = DIFFER.replace("y", "z")
    assert one.rows(url, alike) == []
    one.execute(url, session + old)
    assert one.rows(url, DIFFER) == []
    if "FUNCTION" not in things:  # of an owner, that knows but the name before
        one.execute(url, session + old.replace("x", "z"))
    assert one.rows(url, alike) == []
    one.downgrade(url)
    assert one.rows(url, DIFFER) == []
