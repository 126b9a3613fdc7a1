"""Every row that there is, in tables of every kind, whoever writes, whatever the settings."""

from __future__ import annotations

import pytest

from tests.adopt.support import Server
from tests.migrations.support import Service
from tests.migrations.trial import Trial, as_plain, owned

# All that fills rows: a copy, a mirror, a mirror of a copy, a filler, an enum made anew, indexes.
FIELDS = "id: bigint, year: int, at: {type: timestamp, optional: true}"
BEFORE = f"""
enums: {{Kind: [a, b, gone]}}
models:
  Item:
    pk: [id, year]
    fields: {{{FIELDS}, x: {{type: int, optional: true}}, t: text, k: Kind, n: {{type: int, optional: true}}}}
"""
AFTER = """
enums: {Kind: [b, a]}
models:
  Item:
    pk: [id, year]
    fields:
      {id: bigint, year: int, at: {type: timestamptz, optional: true}, x: {type: bigint, optional: true, index: true},
       u: {type: text, was: t}, k: Kind, n: {type: int, default: 7}, r: text}
"""
COLUMNS = "id bigint, year int, at timestamp, x int, t text NOT NULL, k kind NOT NULL, n int"
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
            at timestamp, id bigint NOT NULL, n int);
        ALTER TABLE far.rest DROP COLUMN gone;
        ALTER TABLE items ATTACH PARTITION far.rest DEFAULT""",
    "children": f"""{KIND} CREATE TABLE items ({COLUMNS}, {KEY});
        CREATE TABLE child (more int, {KEY}) INHERITS (items);
        CREATE TABLE grandchild ({KEY}) INHERITS (child);
        CREATE RULE one AS ON INSERT TO items WHERE NEW.year = 1 DO INSTEAD
            INSERT INTO child VALUES (NEW.id, NEW.year, NEW.at, NEW.x, NEW.t, NEW.k, NEW.n);
        CREATE RULE two AS ON INSERT TO items WHERE NEW.year = 2 DO INSTEAD
            INSERT INTO grandchild VALUES (NEW.id, NEW.year, NEW.at, NEW.x, NEW.t, NEW.k, NEW.n)""",
}
# More than a transaction fills, in each leaf; `x` is NULL in some.
ROWS = """
INSERT INTO items (id, year, at, x, t, k, n)
SELECT i, i % 3, timestamp '2026-07-01 12:00' + i * interval '1 hour', nullif(i % 9, 0), rpad('t' || i, 700, '.'),
    (ARRAY['a', 'b'])[1 + i % 2]::kind, nullif(i % 4, 0)
FROM generate_series({}, {}) i
"""
MANY = 1_800
OLD = "SELECT id, year, at, x, t, k::text FROM items ORDER BY id"
WRONG = """
SELECT count(*) FROM items WHERE (at, x, u, k::text, n, r) IS DISTINCT FROM (
    timestamptz '2026-07-01 12:00Z' + id * interval '1 hour', nullif(id % 9, 0), rpad('t' || id, 700, '.'),
    (ARRAY['a', 'b'])[1 + id % 2], {}, 'none'
)
"""


def trial(service: Service, server: Server) -> Trial:
    made = Trial(service, server, BEFORE, AFTER)
    made.edit('backfill("items", "r", "NULL"', 'backfill("items", "r", "\'none\'"')
    return made


@pytest.mark.parametrize("kind", TABLES)
def test_every_row(kind: str, service: Service, server: Server) -> None:
    one = trial(service, server)
    url = one.database(ROWS.format(1, MANY), TABLES[kind])
    if kind == "children":
        one.execute(url, "DROP RULE one ON items; DROP RULE two ON items")
    before = one.rows(url, OLD)
    assert len(before) == MANY
    one.upgrade(url)
    wrong = WRONG.format("coalesce(nullif(id % 4, 0), 7)")
    assert one.rows(url, wrong) == [(0,)]
    assert one.rows(url, "SELECT count(*) FROM items") == [(MANY,)]
    # As the version before writes, and as the new one does.
    one.execute(
        url,
        ROWS.format(MANY + 1, MANY + 9),
        "UPDATE items SET t = 'old' WHERE id = 3",
        "UPDATE items SET u = 'new' WHERE id = 4",
    )
    assert one.rows(url, "SELECT t, u FROM items WHERE id IN (3, 4) ORDER BY id") == [
        ("old", "old"),
        ("new", "new"),
    ]
    one.execute(url, "UPDATE items SET t = rpad('t' || id, 700, '.') WHERE id IN (3, 4)")
    one.downgrade(url)
    assert one.rows(url, OLD)[:MANY] == before
