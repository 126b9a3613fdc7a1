# ruff: noqa: E501
"""What a database has that the models don't, and what both versions of a service need."""

from __future__ import annotations

import pytest

from tests.adopt.support import Server
from tests.migrations.support import Service
from tests.migrations.trial import Trial, of_all, revision

ONE = "models: {Item: {pk: identity, fields: {x: {type: int, optional: true}, y: {type: int, optional: true}}}}"
WIDER = ONE.replace("x: {type: int", "x: {type: bigint")
SOME = "INSERT INTO items (x, y) SELECT i, i FROM generate_series(1, 9) i;"
WRITE = """
INSERT INTO items (x, y) SELECT count(*) + 10, count(*) + 10 FROM items;
UPDATE items SET x = y + 1000, y = y + 1000 WHERE id % 2 = 1 AND y < 1000;
"""
DIFFER = "SELECT * FROM items WHERE x IS DISTINCT FROM y"

# What has a condition on an enum, or is made of one.
ENUM = """
enums: {{Kind: [{}]}}
models:
  Item:
    pk: [kind, n]
    fields:
      n: int
      kind: Kind
      was: {{type: Kind, default: a}}
      kinds: {{type: Kind, array: true, default: [a]}}
      made: {{type: Kind, server_default: "'a'"}}
      during: int4range
    unique: [[was, n]]
    exclude:
      - {{elements: [[during, '&&']], where: "kind <> 'b'", name: one_at_a_time}}
      - {{elements: [[n, '='], [during, '&&']], where: "was IN ('a', 'b')", name: one_by_one}}
    checks: {{some: "kind <> 'b' OR n > 0", all: "kinds <> ARRAY['b'::kind]", "in": "was IN ('a', 'b')"}}
    indexes:
      - {{fields: [n], unique: true, where: "kind = 'a'", name: one_a}}
      - {{fields: [made], where: "kind = 'a' AND made > 'a'"}}
      - {{expr: "(CASE WHEN kind = 'a' THEN 1 END)", name: of_kind}}
      - {{expr: "array_length(kinds, 1)", name: of_kinds, where: "'a' = ANY (kinds)"}}
  Other:
    fields: {{item: -> Item}}
"""
INSERT = """
INSERT INTO items (kind, n, during)
SELECT (ARRAY['a', 'b'])[1 + i % 2]::kind, i, int4range(i * 10, i * 10 + 5)
FROM (SELECT {}) AS one;
"""


@pytest.mark.parametrize(
    ("before", "after"),
    of_all([("a, b", "a, b, c"), ("a, b", "c, a, b"), ("a, b, c", "a, b"), ("a, c, b", "b, a"),
            ("a, b, c", "d, b, a")], ("a, b", "a, b, c"), ("a, b, c", "d, b, a")),
)  # fmt: skip
def test_all_that_rests_on_an_enum(
    before: str, after: str, service: Service, server: Server
) -> None:
    one = Trial(service, server, ENUM.format(before), ENUM.format(after))
    url = one.database(INSERT.format("generate_series(1, 9) AS i"))
    start = server.catalogue(url)
    one.beside(INSERT.format("max(n) + 1 AS i FROM items"))
    one.upgrade(url)
    service.begin(ENUM.format(after))
    fresh = server.database()
    service.alembic(fresh, "upgrade", "head")
    assert server.catalogue(url) == server.catalogue(fresh)
    rows = "SELECT n, kind::text, was::text, kinds::text, made::text FROM items ORDER BY n"
    wanted = [
        (n, "ab"[n % 2], "a", "{a}", "a")
        for n in range(1, 1 + len(one.rows(url, "SELECT FROM items")))
    ]
    assert one.rows(url, rows) == wanted
    Trial(service, server, ENUM.format(before), ENUM.format(after))
    one.downgrade(url)
    assert server.catalogue(url) == start
    assert one.rows(url, rows) == wanted


CODE = "models: {{Item: {{pk: identity, fields: {{x: {{type: {}, unique: true}}, y: int}}{}}}}}"


def test_what_tells_rows_apart_for_subscribers(service: Service, server: Server) -> None:
    one = Trial(service, server, CODE.format("int", ""), CODE.format("bigint", ""))
    one.beside(WRITE)
    url = one.database(SOME)
    one.execute(
        url,
        "ALTER TABLE items REPLICA IDENTITY USING INDEX uq_items_x",
        "CREATE PUBLICATION p FOR TABLE items",
    )
    for step in (one.upgrade, one.downgrade):
        step(url)
        one.execute(url, WRITE)
        assert one.rows(url, DIFFER) == []
        identity = "SELECT indexrelid::regclass::text FROM pg_index WHERE indisreplident"
        assert one.rows(url, identity) == [("uq_items_x",)]


def test_an_index_that_can_not_tell_rows_apart_any_more(service: Service, server: Server) -> None:
    one = Trial(service, server, CODE.format("int", ""), CODE.format("int", ", soft_delete: true"))
    url = one.database(SOME)
    one.execute(
        url,
        "ALTER TABLE items REPLICA IDENTITY USING INDEX uq_items_x",
        "CREATE PUBLICATION p FOR TABLE items",
    )
    start = server.catalogue(url)
    told = one.refused(url)
    assert "uq_items_x serves the replication of items" in told
    assert "give the table another REPLICA IDENTITY before" in told
    assert server.catalogue(url) == start
    one.execute(url, WRITE)


NULLS = "models: {{Item: {{pk: identity, fields: {{y: {{type: int, optional: true}}, x: {}}}}}}}"


def test_a_required_number_of_texts_that_may_be_null(service: Service, server: Server) -> None:
    one = Trial(service, server, NULLS.format("'string(9)?'"), NULLS.format("int"))
    assert "items.x is required: write the value of existing rows at its `backfill`" in one.printed
    url = one.database("INSERT INTO items (x, y) VALUES ('1', 1), (NULL, 0)")
    start = server.catalogue(url)
    told = one.refused(url)
    assert "write the value that they get in backfill" in told
    left = "SELECT FROM pg_trigger WHERE NOT tgisinternal"
    one.execute(
        url,
        "INSERT INTO items (x, y) VALUES (NULL, 0), ('2', 2)",
        "UPDATE items SET x = NULL, y = 0 WHERE y = 1",
    )
    assert one.rows(url, left) == []
    assert server.catalogue(url) == start
    one.edit('"NULL"', '"0"')
    one.upgrade(url)
    one.execute(url, "INSERT INTO items (x, y) VALUES (NULL, 0), ('3', 3)")
    assert one.rows(url, "SELECT x, y FROM items WHERE x <> y") == []
    assert len(one.rows(url, "SELECT FROM items")) == 6


OWN = {
    "a copy": ("bigint", 'backfill("items", "z", "x", copy=True)',
               'transaction("ALTER TABLE items DROP COLUMN x", "ALTER TABLE items RENAME COLUMN z TO x")'),
    "a copy that stays": ("bigint", 'backfill("items", "z", "x", copy=True)', "pass"),
    "a copy by op": ("bigint", 'backfill("items", "z", "x", copy=True)',
                     'op.execute("ALTER TABLE items DROP COLUMN x"); op.execute("ALTER TABLE items RENAME COLUMN z TO x")'),
    "a value": ("bigint", 'backfill("items", "z", "x + 1")', "pass"),
    "a column that is there": ("bigint", 'backfill("items", "x", "0")', "pass"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OWN)
def test_a_step_of_the_owner(kind: str, service: Service, server: Server) -> None:
    """It leaves nothing behind that breaks writes."""
    type_, fill, then = OWN[kind]
    lines = [
        "from migrations.online import backfill, transaction",
        f'transaction("ALTER TABLE items ADD COLUMN z {type_}")', fill, then,
    ]  # fmt: skip
    service.begin(ONE)
    (service.versions / "own.py").write_text(revision("own", "0001", "\n    ".join(lines)))
    url = server.database()
    service.alembic(url, "upgrade", "0001")
    server.execute(url, SOME)
    service.alembic(url, "upgrade", "own")
    server.execute(url, WRITE)
    assert server.fetch(url, DIFFER) == []
    assert server.fetch(url, "SELECT FROM pg_trigger WHERE NOT tgisinternal") == []
    assert server.fetch(url, "SELECT FROM pg_proc WHERE proname ~ '^zz_'") == []


OWNS = """
for sql in (
        "CREATE INDEX own_index ON items (x) WHERE y > 1",
        "ALTER TABLE items ADD CONSTRAINT own_check CHECK (x <> 77)",
        "ALTER TABLE items ADD CONSTRAINT own_unique UNIQUE (x, y)",
        "ALTER TABLE items ALTER x SET DEFAULT 5",
        "ALTER TABLE items ADD COLUMN own_column text DEFAULT 'own' NOT NULL",
        "ALTER TABLE items ADD COLUMN own_serial serial",
        "CREATE TABLE own_table (id bigserial PRIMARY KEY, small smallserial, item bigint REFERENCES items)",
        "CREATE TABLE own_parts (id bigint, n int) PARTITION BY LIST (n)",
        "CREATE TABLE own_part PARTITION OF own_parts DEFAULT",
        "CREATE VIEW own_view AS SELECT id, y FROM items",
        "CREATE MATERIALIZED VIEW own_rows AS SELECT y FROM items",
        "CREATE TYPE own_enum AS ENUM ('a')",
        "CREATE DOMAIN own_domain AS int CHECK (VALUE > 0)",
        "CREATE SCHEMA own_schema CREATE TABLE far (e own_enum, d own_domain)",
        "CREATE FUNCTION own_function() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE STATISTICS own_statistics ON x, y FROM items",
        "COMMENT ON COLUMN items.x IS 'own'",
    ):
        op.execute(sql)
""".strip()


def test_what_the_owner_made(service: Service, server: Server) -> None:
    """It isn't told, dropped or lost: neither where models stay nor where they change."""
    after = WIDER.replace("}}}}", "}, z: {type: int, default: 1, index: true}}}}")
    one = Trial(service, server, ONE, after, OWNS)
    for name in ("own_table", "own_parts", "own_view", "own_enum", "own_column", "own_serial"):
        assert name not in one.text
    url = one.database(SOME)
    before = server.catalogue(url)
    one.beside(WRITE)
    one.upgrade(url)
    assert one.rows(url, DIFFER) == []
    made = server.catalogue(url)
    own = {it for it in before if "own" in "".join(it)}
    assert len(own) > 15
    assert {it for it in own if "own_" in "".join(it)} <= made
    assert ("items", "x", "bigint   5") in made
    assert one.rows(
        url,
        "SELECT col_description('items'::regclass, attnum) FROM pg_attribute"
        " WHERE attrelid = 'items'::regclass AND attname = 'x'",
    ) == [("own",)]
    one.downgrade(url)
    assert server.catalogue(url) == before
    assert one.rows(url, DIFFER) == []


THEIRS = {
    "an index": "CREATE INDEX dba ON items (x, y)",
    "a unique": "ALTER TABLE items ADD CONSTRAINT dba_unique UNIQUE (x)",
    "a check": "ALTER TABLE items ADD CONSTRAINT dba_check CHECK (x <> 77)",
    "a grant": "GRANT SELECT (x) ON items TO PUBLIC",
    "a comment": "COMMENT ON COLUMN items.x IS 'theirs'",
    "a target": "ALTER TABLE items ALTER x SET STATISTICS 777",
    "statistics": "CREATE STATISTICS dba_statistics ON x, y FROM items",
    "a default": "ALTER TABLE items ALTER x SET DEFAULT 5",
}
HANGS = """
SELECT concat_ws(' ', attacl, nullif(attstattarget, -1), col_description(attrelid, attnum), stxname)
FROM pg_attribute LEFT JOIN pg_statistic_ext ON stxrelid = attrelid AND attnum = ANY (stxkeys)
WHERE attrelid = 'items'::regclass AND attname = 'x'
"""


def test_what_a_database_hangs_on_a_column_that_becomes_wider(
    service: Service, server: Server
) -> None:
    one = Trial(service, server, ONE, WIDER)
    url = one.database(SOME + ";".join(THEIRS.values()))
    before, hanging = server.catalogue(url), one.rows(url, HANGS)
    one.beside(WRITE)
    one.upgrade(url)
    assert one.rows(url, HANGS) == hanging
    assert server.catalogue(url) == {
        (of, name, sql.replace("integer   5", "bigint   5")) for of, name, sql in before
    }
    one.downgrade(url)
    assert one.rows(url, HANGS) == hanging
    assert server.catalogue(url) == before
    assert one.rows(url, DIFFER) == []


def test_a_view_is_named_before_the_first_step(service: Service, server: Server) -> None:
    one = Trial(service, server, ONE, WIDER)
    url = one.database(SOME + "CREATE VIEW dba AS SELECT x FROM items")
    start = server.catalogue(url)
    assert "The view dba reads items.x: drop it in a revision of your own" in one.refused(url)
    assert server.catalogue(url) == start
    one.execute(url, WRITE, "DROP VIEW dba")
    one.upgrade(url)
    assert one.rows(url, DIFFER) == []


def test_options_of_a_sequence(service: Service, server: Server) -> None:
    key = "models: {{Item: {{pk: {}, fields: {{y: int}}}}}}"
    one = Trial(service, server, key.format("identity32"), key.format("identity"))
    url = one.database(
        "ALTER TABLE items ALTER id SET INCREMENT 10 SET CACHE 5 SET START 7 RESTART 7 SET MINVALUE 3 SET CYCLE;"
        "INSERT INTO items (y) VALUES (1), (2)"
    )
    options = "SELECT seqincrement, seqcache, seqstart, seqmin, seqcycle FROM pg_sequence"
    made = one.rows(url, options)
    assert made == [(10, 5, 7, 3, True)]
    for step, type_ in ((one.upgrade, "bigint"), (one.downgrade, "integer")):
        step(url)
        assert one.rows(url, options) == made
        assert one.rows(url, "SELECT seqtypid::regtype::text FROM pg_sequence") == [(type_,)]
        one.execute(url, "INSERT INTO items (y) VALUES (3)")
    ids = [it[0] for it in one.rows(url, "SELECT id FROM items ORDER BY id")]
    assert len(ids) == 4
    assert {it % 10 for it in ids} == {7}


LONG = "number_" * 8  # and another that begins with it: 59 letters are alike


def test_names_that_are_taken(service: Service, server: Server) -> None:
    models = """
enums: {{S: [{0}], SNew: [d], Owner: [a]}}
models:
  Item:
    fields: {{x: {1}, x_new: text, s: S, t: {{type: SNew, default: d}}, y: {{type: {1}, unique: true}},
      x_is_there: {{type: bool, default: true}}, LONG1: {{type: {1}, default: 3}}, LONG2: {{type: {1}, default: 4}}}}
    indexes: [{{fields: [x], name: uq_items_y_new}}]
""".replace("LONG", LONG + "abc")
    one = Trial(service, server, models.format("a, b, c", "int"), models.format("a, b", "bigint"))
    url = one.database(
        "INSERT INTO items (id, x, x_new, s, y) VALUES (gen_random_uuid(), 1, 'new', 'b', 2)"
    )
    start = server.catalogue(url)
    rows = f"SELECT x, x_new, s::text, t::text, y, {LONG}abc1, {LONG}abc2 FROM items"
    for step in (one.upgrade, one.downgrade):
        step(url)
        assert one.rows(url, rows) == [(1, "new", "b", "d", 2, 3, 4)]
    assert server.catalogue(url) == start


TAKEN = {
    "a column": "ALTER TABLE items ADD COLUMN x_new text DEFAULT 'theirs'",
    "a column of another type": "ALTER TABLE items ADD COLUMN x_new bigint",
}


@pytest.mark.parametrize("kind", TAKEN)
def test_names_that_only_the_database_has(kind: str, service: Service, server: Server) -> None:
    one = Trial(service, server, CODE.format("int", ""), CODE.format("bigint", ""))
    url = one.database(SOME + TAKEN[kind])
    start = server.catalogue(url)
    told = one.refused(url)
    assert "x_new" in told
    assert server.catalogue(url) == start, told
    one.execute(url, WRITE)


def test_a_unique_that_partitions_can_not_have(service: Service, server: Server) -> None:
    models = "models: {{Item: {{pk: [id, year], fields: {{id: bigint, year: int, x: {}}}}}}}"
    one = Trial(
        service, server, models.format("int"), models.format("{type: bigint, unique: true}")
    )
    tables = """CREATE TABLE items (id bigint, year int, x int NOT NULL, PRIMARY KEY (id, year)) PARTITION BY LIST (year);
        CREATE TABLE rest PARTITION OF items DEFAULT"""
    url = one.database("INSERT INTO items VALUES (1, 1, 1)", tables)
    start = server.catalogue(url)
    told = one.refused(url)
    assert "items is partitioned by year" in told
    assert server.catalogue(url) == start
    one.execute(url, "INSERT INTO items VALUES (2, 1, 1)")


def test_an_encoding_of_before(service: Service, server: Server) -> None:
    one = Trial(service, server, ONE, WIDER)
    for encoding in ("LATIN1", "SQL_ASCII"):
        url = server.url.replace("/postgres?", f"/{encoding.lower()}?")
        one.execute(
            server.url,
            f"CREATE DATABASE {encoding} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0",
        )
        service.alembic(url, "upgrade", "0001")
        one.execute(url, SOME)
        one.upgrade(url)
        one.downgrade(url)
        assert one.rows(url, DIFFER) == []


RESTS = """
CREATE FUNCTION rest_of_them() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'row % may not change', OLD.id; END $$;
CREATE TRIGGER rest_of_them BEFORE UPDATE ON items FOR EACH ROW WHEN (OLD.y = 3) EXECUTE FUNCTION rest_of_them();
"""
STOPS = {
    "a trigger that raises": (RESTS, "row 3 may not change"),
    "a check that old rows break": (
        "ALTER TABLE items ADD CONSTRAINT late CHECK (y <> 3) NOT VALID",
        "late",
    ),
}


@pytest.mark.parametrize("kind", STOPS)
def test_rows_that_can_not_be_filled(kind: str, service: Service, server: Server) -> None:
    """It is told why, and nothing is left that could refuse a write of the running version."""
    sql, why = STOPS[kind]
    one = Trial(service, server, ONE, WIDER)
    url = one.database(SOME + sql)
    told = one.refused(url)
    assert "items.x_new can't be filled" in told
    assert why in told
    assert " 0 rows" not in told
    assert "The running version goes on" in told
    one.execute(
        url, "INSERT INTO items (x, y) VALUES (10, 10)", "UPDATE items SET x = 1 WHERE y = 1"
    )
    assert len(one.rows(url, "SELECT FROM pg_trigger WHERE tgname !~ 'rest_of_them'")) == 0
    one.execute(
        url,
        "DROP TRIGGER IF EXISTS rest_of_them ON items",
        "ALTER TABLE items DROP CONSTRAINT IF EXISTS late",
    )
    one.upgrade(url)
    assert one.rows(url, DIFFER) == []


def test_a_reader_without_the_rights_of_the_owner(service: Service, server: Server) -> None:
    """Whoever may write to the table may go on, while it is filled and after."""
    one = Trial(service, server, ONE, WIDER)
    url = one.database(
        SOME + "DO $$ BEGIN CREATE ROLE clerk; EXCEPTION WHEN duplicate_object THEN END $$;"
        "GRANT SELECT, INSERT, UPDATE ON items TO clerk; REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;"
        "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC"
    )
    one.beside("SET ROLE clerk;" + WRITE)
    one.upgrade(url)
    one.downgrade(url)
    assert one.rows(url, DIFFER) == []
