"""What others hung on tables and columns is carried over when they are made anew, or refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.adopt.support import Server
from tests.migrations.support import PLAIN
from tests.support import CLEAN

Call = Callable[..., Any]

# All that a table may carry, but the numbers of its objects.
THINGS = """
WITH ours AS (
  SELECT * FROM pg_class WHERE relkind IN ('r', 'p')
    AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
)
SELECT concat_ws(' ', 'table', oid::regclass, relreplident, relacl) AS it FROM ours
UNION ALL
SELECT concat_ws(' ', 'column', attrelid::regclass, attname, attnotnull,
    attidentity, attgenerated, nullif(attstattarget, -1), attoptions, attstorage, attcompression,
    attacl, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
  FROM pg_attribute JOIN ours ON ours.oid = attrelid
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE attnum > 0 AND NOT attisdropped
UNION ALL
SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid, indisreplident,
    indisclustered, i.reltablespace, obj_description(indexrelid, 'pg_class'),
    (SELECT array_agg(attstattarget) FROM pg_attribute WHERE attrelid = indexrelid),
    (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = indexrelid))
  FROM pg_index JOIN ours ON ours.oid = indrelid JOIN pg_class i ON i.oid = indexrelid
UNION ALL
SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, convalidated,
    pg_get_constraintdef(c.oid), obj_description(c.oid, 'pg_constraint'))
  FROM pg_constraint c JOIN ours ON ours.oid = conrelid
UNION ALL
SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), tgenabled,
    obj_description(t.oid, 'pg_trigger'))
  FROM pg_trigger t JOIN ours ON ours.oid = tgrelid WHERE NOT tgisinternal OR tgparentid <> 0
UNION ALL
SELECT concat_ws(' ', 'statistics', pg_get_statisticsobjdef(oid), nullif(stxstattarget, -1),
    stxowner::regrole, obj_description(oid, 'pg_statistic_ext'))
  FROM pg_statistic_ext
UNION ALL
SELECT concat_ws(' ', 'publication', p, pg_get_expr(prqual, prrelid), prrelid::regclass,
    (SELECT array_agg(attname ORDER BY attname) FROM pg_attribute
      WHERE attrelid = prrelid AND attnum = ANY (prattrs::int2[])))
  FROM pg_publication_rel JOIN pg_publication p ON p.oid = prpubid
UNION ALL
SELECT concat_ws(' ', 'sequence', c.oid::regclass, relacl, relpersistence, seqincrement, seqstart,
    CASE WHEN seqmin > -2147483648 THEN seqmin END, seqcache, seqcycle,
    CASE WHEN seqmax < 2147483647 THEN seqmax END, obj_description(c.oid, 'pg_class'))
  FROM pg_sequence JOIN pg_class c ON c.oid = seqrelid
UNION ALL
SELECT concat_ws(' ', 'type', oid::regtype, typacl, typowner::regrole,
    obj_description(oid, 'pg_type'))
  FROM pg_type WHERE typtype = 'e'
ORDER BY it
"""
TABLES = """
CREATE TYPE kind AS ENUM ('a', 'b', 'gone');
CREATE TABLE items (
  id bigint PRIMARY KEY, y int, kind kind, note varchar(20), "Odd ""One" int, x int
);
INSERT INTO items SELECT i, i % 7, 'a', 'note', i, i FROM generate_series(1, 100) i;
CREATE TABLE others (id int PRIMARY KEY, kind text);
INSERT INTO others SELECT generate_series(1, 100);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN END $$;
DO $$ BEGIN CREATE ROLE writer; EXCEPTION WHEN duplicate_object THEN END $$;
"""


@pytest.fixture(scope="session")
def call(template: Path, programs: Path) -> Iterator[Call]:
    """Calls a function of the migrations, see calls.py."""
    command = [programs / "python", Path(__file__).with_name("calls.py"), template / "template"]
    with subprocess.Popen(
        command, env=CLEAN | PLAIN, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        given, printed = process.stdin, process.stdout

        def call(url: str, name: str, **arguments: Any) -> Any:
            print(json.dumps([url, name, arguments]), file=given, flush=True)
            answer = json.loads(printed.readline())
            assert "error" not in answer, answer["error"]
            return answer["made"]

        yield call
        process.kill()


def things(server: Server, url: str) -> list[str]:
    return [it["it"] for it in server.fetch(url, THINGS)]


def swap(
    server: Server,
    call: Call,
    url: str,
    table: str,
    copies: dict[str, str],
    renames: Sequence[str] = (),
    first: Sequence[str] = (),
) -> None:
    """What a revision does that gives columns another type."""
    last = {it: it.replace('"', "").replace(" ", "_") + "_new" for it in copies}
    quoted = {old: f'"{new}"' for old, new in last.items()}
    for old, type_ in copies.items():
        server.execute(url, f"ALTER TABLE {table} ADD COLUMN {quoted[old]} {type_}")
        value = f"{old}::text::{type_}"
        server.execute(url, f"UPDATE {table} SET {quoted[old]} = {value}")
    before = things(server, url)
    made = call(url, "carry", table=table, copies=quoted)
    assert made == call(url, "carry", table=table, copies=quoted)
    left = {it for it in things(server, url) if "zz_" not in it}
    assert {*before} == left
    swaps = [
        sql
        for old, new in quoted.items()
        for sql in (
            f"ALTER TABLE {table} DROP COLUMN {old}",
            f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}",
        )
    ]
    server.execute(url, ";".join([*first, *made["before"], *swaps, *renames, *made["after"]]))


CARRIED = {
    "index": "CREATE INDEX dba ON items (x)",
    "index of much": "CREATE INDEX dba ON items USING btree (y DESC, x NULLS FIRST)"
    " INCLUDE (note) WITH (fillfactor = 70) WHERE x > 5 AND note <> 'x'",
    "index of an expression": "CREATE INDEX dba ON items ((x + y), abs(x));"
    " ALTER INDEX dba ALTER COLUMN 1 SET STATISTICS 33",
    "index by its condition": "CREATE INDEX dba ON items (y) WHERE x IS NOT NULL",
    "names": """CREATE INDEX "An ""Odd"" one" ON items (x)""",
    "unique": "ALTER TABLE items ADD CONSTRAINT dba UNIQUE (x) DEFERRABLE INITIALLY DEFERRED;"
    " COMMENT ON CONSTRAINT dba ON items IS 'it''s \\ mine'",
    "unique index": "CREATE UNIQUE INDEX dba ON items (x, y) NULLS NOT DISTINCT",
    "check": "ALTER TABLE items ADD CONSTRAINT dba CHECK (x > 0 AND y < 100);"
    " COMMENT ON CONSTRAINT dba ON items IS 'why'",
    "check that isn't validated": "ALTER TABLE items ADD CONSTRAINT dba CHECK (x > 0) NOT VALID",
    "check that isn't inherited": "ALTER TABLE items ADD CONSTRAINT dba CHECK (x > 0) NO INHERIT",
    "foreign key": "ALTER TABLE items ADD CONSTRAINT dba FOREIGN KEY (x) REFERENCES others"
    " ON DELETE SET NULL (x) DEFERRABLE",
    "default": "ALTER TABLE items ALTER x SET DEFAULT 5",
    "not null": "ALTER TABLE items ALTER x SET NOT NULL",
    "not null with a name": "ALTER TABLE items ALTER x SET NOT NULL; DO $$ BEGIN"
    " ALTER TABLE items RENAME CONSTRAINT items_x_not_null TO \"100% 'named'\";"
    " COMMENT ON CONSTRAINT \"100% 'named'\" ON items IS 'why';"
    " EXCEPTION WHEN undefined_object THEN END $$",
    "grants": "GRANT SELECT (x), UPDATE (x, y) ON items TO reader WITH GRANT OPTION;"
    "GRANT INSERT (x) ON items TO PUBLIC; SET ROLE reader; GRANT SELECT (x) ON items TO writer",
    "comment": "COMMENT ON COLUMN items.x IS '100% ''odd'' \\n'",
    "settings": "ALTER TABLE items ALTER x SET STATISTICS 77, ALTER x SET (n_distinct = -0.5)",
    "statistics": "CREATE STATISTICS dba (ndistinct) ON x, y FROM items;"
    "ALTER STATISTICS dba SET STATISTICS 55; COMMENT ON STATISTICS dba IS 'why'",
    "statistics of an expression": "CREATE STATISTICS dba ON (x + y) FROM items",
    "trigger": "CREATE TRIGGER dba BEFORE UPDATE OF x ON items FOR EACH ROW WHEN (NEW.x > 5)"
    " EXECUTE FUNCTION touch(); ALTER TABLE items ENABLE ALWAYS TRIGGER dba;"
    " COMMENT ON TRIGGER dba ON items IS 'why'",
    "trigger that is off": "CREATE TRIGGER dba AFTER INSERT ON items FOR EACH ROW"
    " WHEN (NEW.x > 5) EXECUTE FUNCTION touch(); ALTER TABLE items DISABLE TRIGGER dba",
    "constraint trigger": "CREATE CONSTRAINT TRIGGER dba AFTER UPDATE OF x ON items"
    " FROM others DEFERRABLE FOR EACH ROW EXECUTE FUNCTION touch()",
    "publication": "CREATE PUBLICATION dba FOR TABLE items (id, x) WHERE (id > 5), others",
    "publication with a filter": "CREATE PUBLICATION dba FOR TABLE items WHERE (x > 5)"
    " WITH (publish = 'insert')",
    "replica identity": "ALTER TABLE items ALTER x SET NOT NULL;"
    "CREATE UNIQUE INDEX dba ON items (x); ALTER TABLE items REPLICA IDENTITY USING INDEX dba",
    "storage": "ALTER TABLE items ALTER note SET STORAGE EXTERNAL, ALTER note SET COMPRESSION pglz",
    "default privileges": "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;"
    "ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO reader; CREATE INDEX dba ON items (x)",
    "cluster": "CREATE INDEX dba ON items (x); CLUSTER items USING dba;"
    "COMMENT ON INDEX dba IS 'why'",
    "owned sequence": "CREATE SEQUENCE dba AS int INCREMENT 5 CACHE 7 OWNED BY items.x;"
    "ALTER TABLE items ALTER x SET DEFAULT nextval('dba'); GRANT USAGE ON SEQUENCE dba TO reader",
}


@pytest.mark.parametrize("kind", CARRIED)
def test_it_is_carried(kind: str, server: Server, call: Call) -> None:
    url = server.database(TABLES)
    bare = things(server, url)
    server.execute(url, CARRIED[kind])
    before = things(server, url)
    assert before != bare
    column, type_ = ("note", "text") if kind == "storage" else ("x", "bigint")
    assert call(url, "survey", replaces={f"items.{column}": []}) == []
    swap(server, call, url, "items", {column: type_})
    assert things(server, url) == before


REFUSED = {
    "view": ("CREATE VIEW dba AS SELECT x FROM items", "view dba reads items.x"),
    "view on a view": (
        "CREATE VIEW dba AS SELECT x FROM items; CREATE VIEW b AS SELECT x FROM dba",
        "view dba reads items.x",
    ),
    "view of all": ("CREATE VIEW dba AS SELECT * FROM items", "view dba reads items.x"),
    "materialized view": (
        "CREATE MATERIALIZED VIEW dba AS SELECT x FROM items",
        "materialized view dba reads items.x",
    ),
    "rule": (
        "CREATE RULE dba AS ON UPDATE TO items WHERE NEW.x = 0 DO INSTEAD NOTHING",
        "rule dba on table items hangs on items, items.x",
    ),
    "rule on rows that are filled": (
        "CREATE RULE dba AS ON UPDATE TO items DO INSTEAD NOTHING",
        "rule dba on table items hangs on items: drop it",
    ),
    "rows in another table": (
        "CREATE TABLE dba (it items)",
        "column it of table dba is computed from, or made of items",
    ),
    "policy": (
        "CREATE POLICY dba ON items USING (x > 0)",
        "policy dba on table items hangs on items.x",
    ),
    "policy of another": (
        "CREATE POLICY dba ON others USING (id IN (SELECT x FROM items))",
        "policy dba on table others hangs on items.x",
    ),
    "function": (
        "CREATE FUNCTION dba() RETURNS bigint BEGIN ATOMIC SELECT max(x) FROM items; END",
        "function dba() hangs on items.x",
    ),
    "foreign key of another": (
        "CREATE UNIQUE INDEX dba ON items (x);"
        "ALTER TABLE others ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES items (x)",
        "constraint fk on table others refers to items.x",
    ),
    "foreign key to itself": (
        "ALTER TABLE items ADD UNIQUE (x), ADD CONSTRAINT fk FOREIGN KEY (y)"
        " REFERENCES items (x) NOT VALID",
        "constraint fk on table items refers to items.x",
    ),
    "exclusion": (
        "ALTER TABLE items ADD CONSTRAINT dba EXCLUDE (x WITH =)",
        "constraint dba on table items hangs on items.x",
    ),
    "exclusion by its condition": (
        "ALTER TABLE items ADD CONSTRAINT dba EXCLUDE (id WITH =) WHERE (x > 5)",
        "index dba hangs on items.x",
    ),
    "generated column": (
        "ALTER TABLE items ADD dba int GENERATED ALWAYS AS (x + 1) STORED",
        "column dba of table items is computed from, or made of items.x",
    ),
    "index that isn't valid": (
        "CREATE INDEX dba ON items (x);"
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'dba'::regclass",
        "index dba hangs on items.x: it is not valid",
    ),
    "index of an extension": (
        "CREATE EXTENSION hstore; CREATE INDEX dba ON items (x);"
        "ALTER INDEX dba DEPENDS ON EXTENSION hstore",
        "index dba hangs on items.x",
    ),
    "operator class": (
        "CREATE TYPE pair AS (x int); CREATE TABLE typed OF pair;"
        "DROP TABLE items; ALTER TABLE typed RENAME TO items",
        "items is a table of a type",
    ),
    "child with a column of its own": (
        "CREATE TABLE child (x int) INHERITS (items)",
        "column items.x of child belongs to that table itself",
    ),
    "child of another": (
        "CREATE TABLE parent (x int); ALTER TABLE items INHERIT parent",
        "column items.x comes from a table that this one inherits from",
    ),
    "row security": (
        "ALTER TABLE items ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        "Row security hides rows of items",
    ),
    "foreign table": (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
        "CREATE FOREIGN TABLE dba () INHERITS (items) SERVER s",
        "dba is a foreign table",
    ),
    "view of a child": (
        "CREATE TABLE child () INHERITS (items); CREATE VIEW dba AS SELECT x FROM child",
        "view dba reads items.x",
    ),
    "view that groups": (
        "ALTER TABLE others ADD x int UNIQUE; CREATE VIEW dba AS"
        " SELECT i.id, note FROM items i GROUP BY i.id",
        "view dba reads items.id",
    ),
    "published": (
        "CREATE PUBLICATION dba FOR TABLE items; ALTER TABLE items REPLICA IDENTITY NOTHING",
        "items can't be updated while dba publishes it",
    ),
    "trigger of a function that it may not call": (
        "REVOKE EXECUTE ON FUNCTION touch FROM PUBLIC; CREATE TRIGGER dba BEFORE UPDATE OF x"
        " ON items FOR EACH ROW EXECUTE FUNCTION touch()",
        "trigger dba on table items hangs on items.x: this role may not",
    ),
    "leaf of another role": (
        "CREATE TABLE child () INHERITS (items); ALTER TABLE child OWNER TO stranger",
        "child belongs to stranger",
    ),
    "of another role": ("ALTER TABLE items OWNER TO stranger", "items belongs to stranger"),
    "publication of another role": (
        "CREATE PUBLICATION dba FOR TABLE items (id, x); ALTER PUBLICATION dba OWNER TO postgres",
        "publication of table items in publication dba hangs on items.x: this role may not",
    ),
}
ROLES = """
DO $$ BEGIN CREATE ROLE plain LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;
DO $$ BEGIN CREATE ROLE stranger; EXCEPTION WHEN duplicate_object THEN END $$;
GRANT CREATE ON SCHEMA public TO plain;
DO $$
DECLARE it record;
BEGIN
  FOR it IN SELECT oid::regclass AS name FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
    AND relnamespace = 'public'::regnamespace AND relowner = 'postgres'::regrole
  LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO plain', it.name);
  END LOOP;
END $$;
"""


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused(kind: str, server: Server, call: Call) -> None:
    sql, expected = REFUSED[kind]
    url = server.database(TABLES + ROLES)
    server.execute(url, sql)
    if "OWNER TO" not in sql:
        server.execute(url, ROLES)
    plain = url.replace("postgres@", "plain@")
    replaces = {"items.x": [], **({"items.id": ["items_pkey"]} if "items.id" in expected else {})}
    found = call(plain, "survey", fills=["items.x_new"], replaces=replaces)
    (line,) = found
    assert expected in line, line


EVERYTHING = """
GRANT SELECT (x), UPDATE (kind, x) ON items TO reader WITH GRANT OPTION;
COMMENT ON COLUMN items.x IS 'why'; ALTER TABLE items ALTER x SET STATISTICS 77;
ALTER TABLE items ADD CONSTRAINT uq UNIQUE (y, kind, x) DEFERRABLE;
CREATE INDEX ix ON items (x) WHERE kind = 'a';
CREATE INDEX two ON items (x, (kind IN ('a', 'b')));
ALTER TABLE items ADD CONSTRAINT ck CHECK (kind <> 'gone' AND x > 0), ALTER kind SET DEFAULT 'b';
CREATE STATISTICS st ON kind, x FROM items;
CREATE TRIGGER tr BEFORE UPDATE OF kind, x ON items FOR EACH ROW
  WHEN (OLD.kind = 'a'::kind) EXECUTE FUNCTION touch();
COMMENT ON TYPE kind IS 'kinds'; GRANT USAGE ON TYPE kind TO reader;
REVOKE ALL ON TYPE kind FROM PUBLIC;
"""


def test_columns_of_another_schema_and_a_plain_role(server: Server, call: Call) -> None:
    """Two columns of one index at once, one of an enum that is made anew."""
    url = server.database(f"""
        {TABLES} {EVERYTHING}
        CREATE SCHEMA "My ""S"; ALTER TYPE kind SET SCHEMA "My ""S";
        ALTER TABLE items SET SCHEMA "My ""S"; ALTER TABLE "My ""S".items RENAME TO "It ems";
        ALTER TABLE "My ""S"."It ems" RENAME x TO "x y";
        {ROLES} GRANT ALL ON SCHEMA "My ""S" TO plain; ALTER TYPE "My ""S".kind OWNER TO plain;
        ALTER TABLE "My ""S"."It ems" OWNER TO plain; ALTER STATISTICS st OWNER TO plain;
    """)
    plain, before = url.replace("postgres@", "plain@"), things(server, url)
    table, kind = '"My ""S"."It ems"', '"My ""S".kind'
    new = '"My ""S".kind_new'
    asked: dict[str, list[str]] = {f'{table}."x y"': [], f"{table}.kind": []}
    assert call(plain, "survey", replaces=asked, drops=[f"type {kind}"]) == []
    server.execute(plain, f"CREATE TYPE {new} AS ENUM ('b', 'a', 'gone')")
    renames = [f"DROP TYPE {kind}", f"ALTER TYPE {new} RENAME TO kind"]
    marks = call(plain, "carry_type", old=kind, new=new)
    swap(server, call, plain, table, {"kind": new, '"x y"': "bigint"}, renames)
    server.execute(plain, ";".join(marks))
    assert things(server, url) == before


PARTS = """
CREATE TABLE others (id int PRIMARY KEY);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE items (id int, year int, y int NOT NULL, x int) PARTITION BY LIST (year);
CREATE TABLE "Of 1" PARTITION OF items FOR VALUES IN (1);
CREATE TABLE of_2 PARTITION OF items FOR VALUES IN (2) PARTITION BY RANGE (id);
CREATE TABLE of_2_low PARTITION OF of_2 FOR VALUES FROM (0) TO (50);
CREATE TABLE of_2_high PARTITION OF of_2 FOR VALUES FROM (50) TO (1000);
INSERT INTO items SELECT i, 1 + i % 2, i, i FROM generate_series(1, 100) i;
"""
OF_PARTS = """
CREATE INDEX dba ON items (x) WHERE x > 1; COMMENT ON INDEX dba IS 'why';
COMMENT ON INDEX of_2_low_x_idx IS 'low'; ALTER INDEX of_2_high_x_idx SET (fillfactor = 60);
CREATE UNIQUE INDEX uq ON items (id, year, x);
CREATE INDEX low ON of_2_low (x, y); CLUSTER of_2_low USING low;
CREATE INDEX middle ON of_2 (y, x);
ALTER TABLE items ADD CONSTRAINT ck CHECK (x > 0), ALTER x SET DEFAULT 7;
ALTER TABLE of_2_low ADD CONSTRAINT ck_low CHECK (x < 1000), ALTER x SET DEFAULT 8;
ALTER TABLE of_2_high ALTER x SET STATISTICS 9, ALTER y SET STATISTICS 9;
CREATE TRIGGER tr BEFORE UPDATE OF x ON items FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER tr_low BEFORE UPDATE OF x ON of_2_low FOR EACH ROW EXECUTE FUNCTION touch();
GRANT SELECT (x) ON of_2_low TO reader; GRANT SELECT (x) ON items TO writer;
COMMENT ON COLUMN of_2.x IS 'two'; ALTER TABLE of_2_low DISABLE TRIGGER tr;
ALTER TABLE of_2 ALTER x SET NOT NULL;
CREATE PUBLICATION dba FOR TABLE of_2_low (id, year, x) WITH (publish = 'insert');
"""


def test_partitions(server: Server, call: Call) -> None:
    url = server.database(f"{TABLES} DROP TABLE items, others; DROP FUNCTION touch; {PARTS}")
    server.execute(url, OF_PARTS)
    before = things(server, url)
    assert call(url, "survey", replaces={"items.x": []}) == []
    swap(server, call, url, "items", {"x": "bigint"})
    assert things(server, url) == before
    (line,) = call(url, "survey", replaces={"items.year": ["uq"]})
    assert "partitions of items are by items.year" in line
    server.execute(url, "CREATE VIEW dba_view AS SELECT x FROM of_2_high")
    (line,) = call(url, "survey", replaces={"items.x": []})
    assert "view dba_view reads items.x" in line
    view, publication = sorted(call(url, "survey", drops=["items"]), reverse=True)
    assert "dba_view reads items" in view
    assert "table of_2_low in publication dba" in publication


def test_an_index_on_partitions(server: Server, call: Call) -> None:
    url = server.database(PARTS)
    sql = "CREATE UNIQUE INDEX CONCURRENTLY ix ON items (id, year) WHERE y > 3"
    assert call(url, "survey", builds=[sql]) == []
    made = call(url, "index_statements", sql=sql)
    for number, statement in enumerate(made):
        if number:  # what is there already isn't made again
            left = call(url, "index_statements", sql=sql)
            assert [it for it in made[number:] if it not in left] == []
        server.execute(url, statement)
    assert call(url, "index_statements", sql=sql) == []
    rows = server.fetch(
        url, "SELECT indisvalid FROM pg_index JOIN pg_inherits ON inhrelid = indexrelid"
    )
    assert [it["indisvalid"] for it in rows] == [True] * 4
    sql = "CREATE UNIQUE INDEX CONCURRENTLY ix ON items (year, y)"
    (line,) = call(url, "survey", builds=[sql])
    assert line.startswith("ix can't be unique: of_2 is partitioned by id")


def test_children(server: Server, call: Call) -> None:
    url = server.database(TABLES)
    server.execute(
        url,
        """
        ALTER TABLE items ADD CONSTRAINT ck CHECK (x > 0);
        CREATE TABLE child (more int) INHERITS (items);
        CREATE TABLE "Grand child" () INHERITS (child);
        INSERT INTO child (id, x, y) VALUES (101, 1, 2);
        INSERT INTO "Grand child" (id, x) VALUES (102, 1);
        CREATE INDEX dba ON child (x); COMMENT ON COLUMN "Grand child".x IS 'grand';
        ALTER TABLE items ALTER x SET NOT NULL;
        ALTER TABLE child ALTER x SET DEFAULT 5, ADD CONSTRAINT ck_child CHECK (x < 1000);
        CREATE TRIGGER tr BEFORE UPDATE OF x ON child FOR EACH ROW EXECUTE FUNCTION touch();
        CREATE PUBLICATION dba FOR TABLE items (id, x) WITH (publish = 'insert');
    """,
    )
    before = things(server, url)
    assert call(url, "survey", replaces={"items.x": []}) == []
    swap(server, call, url, "items", {"x": "bigint"})
    assert things(server, url) == before


# What is asked, what hangs there, and what is said of it.
GOES: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "a column with what is its own": (
        {"drops": ["items.x"]},
        "CREATE INDEX dba ON items (x) WHERE x > 1; CREATE STATISTICS st ON (x + 1) FROM items;"
        "ALTER TABLE items ADD CHECK (x > 0), ADD UNIQUE (x), ALTER x SET DEFAULT 5,"
        " ALTER x SET NOT NULL, ADD FOREIGN KEY (x) REFERENCES others;"
        "COMMENT ON COLUMN items.x IS 'x'; GRANT SELECT (x) ON items TO reader;"
        "CREATE SEQUENCE own OWNED BY items.x;"
        "ALTER TABLE items ALTER x SET DEFAULT nextval('own')",
        [],
    ),
    "an index with another": (
        {"drops": ["items.x"]},
        "CREATE INDEX dba ON items (x, y)",
        ["The index dba hangs on items.x: drop it"],
    ),
    "an index by its condition": (
        {"drops": ["items.x"]},
        "CREATE INDEX dba ON items (y) WHERE x > 1",
        ["The index dba hangs on items.x"],
    ),
    "an index of the revision": (
        {"drops": ["items.x", "dba"]},
        "CREATE INDEX dba ON items (x, y)",
        [],
    ),
    "a check with another": (
        {"drops": ["items.x"]},
        "ALTER TABLE items ADD CONSTRAINT dba CHECK (x > y - 1)",
        ["The constraint dba on table items hangs on items.x"],
    ),
    "statistics with another": (
        {"drops": ["items.x"]},
        "CREATE STATISTICS dba ON x, y FROM items",
        ["The statistics object dba hangs on items.x"],
    ),
    "a trigger": (
        {"drops": ["items.x"]},
        "CREATE TRIGGER dba AFTER UPDATE OF x ON items FOR EACH ROW EXECUTE FUNCTION touch()",
        ["The trigger dba on table items hangs on items.x"],
    ),
    "a publication": (
        {"drops": ["items.x"]},
        "CREATE PUBLICATION dba FOR TABLE items (id, x)",
        ["The publication of table items in publication dba hangs on items.x"],
    ),
    "a sequence that others use": (
        {"drops": ["items.x"]},
        "CREATE SEQUENCE own OWNED BY items.x;"
        "ALTER TABLE others ALTER id SET DEFAULT nextval('own')",
        ["The column id of table others hangs on items.x"],
    ),
    "a reference to its unique": (
        {"drops": ["items.x"]},
        "ALTER TABLE items ADD UNIQUE (x);"
        "ALTER TABLE others ADD CONSTRAINT dba FOREIGN KEY (id) REFERENCES items (x)",
        ["The constraint dba on table others refers to items.x"],
    ),
    "replica identity": (
        {"drops": ["items.x"]},
        "ALTER TABLE items ALTER x SET NOT NULL; CREATE UNIQUE INDEX dba ON items (x);"
        "ALTER TABLE items REPLICA IDENTITY USING INDEX dba",
        ["The index dba hangs on items.x: give the table another REPLICA IDENTITY"],
    ),
    "an index alone": ({"drops": ["dba"]}, "CREATE INDEX dba ON items (x, y)", []),
    "an index that identifies": (
        {"drops": ["dba"]},
        "ALTER TABLE items ALTER x SET NOT NULL; CREATE UNIQUE INDEX dba ON items (x);"
        "ALTER TABLE items REPLICA IDENTITY USING INDEX dba",
        ["The index dba serves the replication of its table"],
    ),
    "an index that others refer to": (
        {"drops": ["dba"]},
        "CREATE UNIQUE INDEX dba ON items (x);"
        "ALTER TABLE others ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES items (x)",
        ["The constraint fk on table others refers to dba"],
    ),
    "a constraint that a view groups by": (
        {"drops": ["items_pkey"]},
        "CREATE VIEW dba AS SELECT id, note FROM items GROUP BY id",
        ["The view dba reads items_pkey"],
    ),
    "a table with what is its own": (
        {"drops": ["items"]},
        "CREATE INDEX dba ON items (x, y); CREATE POLICY p ON items USING (x > 0);"
        "CREATE STATISTICS st ON x, y FROM items; ALTER TABLE items ADD z serial,"
        " ADD CHECK (x > 0), ADD up int REFERENCES items (id),"
        " ADD w bigint GENERATED ALWAYS AS IDENTITY, ADD g int GENERATED ALWAYS AS (x + 1) STORED;"
        "CREATE TRIGGER t AFTER UPDATE OF x ON items FOR EACH ROW EXECUTE FUNCTION touch();"
        "CREATE RULE r AS ON DELETE TO items DO ALSO NOTHING; GRANT SELECT ON items TO reader",
        [],
    ),
    "tables that refer to each other": (
        {"drops": ["items", "others"]},
        "ALTER TABLE others ADD FOREIGN KEY (id) REFERENCES items (id)",
        [],
    ),
    "a table that others refer to": (
        {"drops": ["items"]},
        "ALTER TABLE others ADD CONSTRAINT dba FOREIGN KEY (id) REFERENCES items (id)",
        ["The constraint dba on table others refers to items"],
    ),
    "a table with a reference of the revision": (
        {"drops": ["items", "others.dba"]},
        "ALTER TABLE others ADD CONSTRAINT dba FOREIGN KEY (id) REFERENCES items (id)",
        [],
    ),
    "a table that is read": (
        {"drops": ["items"]},
        "CREATE VIEW dba AS SELECT count(*) FROM items;"
        "CREATE FUNCTION f(items) RETURNS int LANGUAGE sql AS 'SELECT 1';"
        "CREATE TABLE child () INHERITS (items);"
        "CREATE TABLE uses (it items); CREATE PUBLICATION p FOR TABLE items",
        [
            "The column it of table uses is computed from, or made of items",
            "The function f(items) hangs on items",
            "The publication of table items in publication p hangs on items",
            "The table child hangs on items",
            "The view dba reads items",
        ],
    ),
    "a type": ({"drops": ["type kind"], "replaces": {"items.kind": []}}, "SELECT 1", []),
    "a type with its columns": ({"drops": ["type kind", "items.kind"]}, "SELECT 1", []),
    "a type with its tables": ({"drops": ["type kind", "items"]}, "SELECT 1", []),
    "a type that is used": (
        {"drops": ["type kind"], "replaces": {"items.kind": []}},
        "ALTER TABLE others ADD k kind[]; CREATE DOMAIN d AS kind; CREATE TYPE t AS (k kind);"
        "CREATE FUNCTION f(kind) RETURNS kind LANGUAGE sql AS 'SELECT $1';"
        "CREATE FUNCTION g(text) RETURNS kind LANGUAGE sql IMMUTABLE AS $$SELECT 'a'::kind$$;"
        "CREATE CAST (text AS kind) WITH FUNCTION g(text);"
        "CREATE INDEX i ON others (('a'::kind < 'b'::kind));"
        "CREATE VIEW v AS SELECT 'a'::kind AS a; CREATE INDEX mine ON items (x) WHERE kind = 'a';"
        "ALTER TABLE items ALTER kind SET DEFAULT 'a'",
        [
            "The cast from text to kind hangs on type kind",
            "The column k of composite type t hangs on type kind",
            "The column k of table others is computed from, or made of type kind",
            "The function f(kind) hangs on type kind",
            "The function g(text) hangs on type kind",
            "The index i hangs on type kind",
            "The type d hangs on type kind",
            "The view v reads type kind",
        ],
    ),
    "a type in place": (
        {"alters": ["items.note"]},
        "CREATE INDEX dba ON items (note); CREATE STATISTICS st ON note, x FROM items;"
        "ALTER TABLE items ADD UNIQUE (note, x), ADD CHECK (note <> ''),"
        " ALTER note SET DEFAULT 'a', ADD EXCLUDE (note WITH =, x WITH =)",
        [],
    ),
    "a type in place that is used": (
        {"alters": ["items.note"]},
        "CREATE VIEW dba AS SELECT note FROM items; CREATE POLICY p ON items USING (note <> '');"
        "ALTER TABLE items ADD g int GENERATED ALWAYS AS (length(note)) STORED;"
        "CREATE TRIGGER t AFTER UPDATE OF note ON items FOR EACH ROW EXECUTE FUNCTION touch();"
        "CREATE PUBLICATION p FOR TABLE items (id, note)",
        [
            "The column g of table items is computed from, or made of items.note",
            "The policy p on table items hangs on items.note",
            "The publication of table items in publication p hangs on items.note",
            "The trigger t on table items hangs on items.note",
            "The view dba reads items.note",
        ],
    ),
    "what the revision itself makes anew": (
        {"replaces": {"items.x": ["uq", "ck", "fk", "ix", "pk"]}},
        "ALTER TABLE items DROP CONSTRAINT items_pkey, ADD CONSTRAINT pk PRIMARY KEY (id, x),"
        " ADD CONSTRAINT uq UNIQUE (x), ADD CONSTRAINT ck CHECK (x > 0);"
        "CREATE INDEX ix ON items (x);"
        "ALTER TABLE others ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES items (x)",
        [],
    ),
    "a view that rests on what is made anew": (
        {"replaces": {"items.id": ["items_pkey"]}},
        "CREATE VIEW dba AS SELECT y, note FROM items GROUP BY id",
        ["The view dba reads items.id"],
    ),
    "what belongs to the copy": (
        {"replaces": {"items.x": []}},
        "ALTER TABLE items ADD x_new bigint; CREATE INDEX ix_new ON items (x_new);"
        "ALTER TABLE items ADD CONSTRAINT zz_same CHECK (x_new IS NOT DISTINCT FROM x) NOT VALID;"
        "CREATE TRIGGER zz_fill BEFORE INSERT OR UPDATE ON items FOR EACH ROW"
        " EXECUTE FUNCTION touch()",
        [],
    ),
    "all at once": (
        {"replaces": {"items.x": []}, "drops": ["items.y"]},
        "CREATE VIEW dba AS SELECT x, y FROM items; CREATE VIEW b AS SELECT y FROM items;"
        "CREATE INDEX i ON items (x, y); CREATE INDEX j ON items (x)",
        [
            "The index i hangs on items.y",
            "The view b reads items.y",
            "The view dba reads items.x, items.y",
        ],
    ),
}


@pytest.mark.parametrize("kind", GOES)
def test_what_goes(kind: str, server: Server, call: Call) -> None:
    asked, sql, expected = GOES[kind]
    url = server.database(TABLES + sql)
    lines = sorted(call(url, "survey", **asked))
    matches = [x.startswith(y) for x, y in zip(lines, expected, strict=False)]
    assert len(lines) == len(expected), lines
    assert all(matches), lines


IDENTITY = """
ALTER TABLE items ALTER x SET NOT NULL, ALTER x ADD GENERATED BY DEFAULT AS IDENTITY
  (INCREMENT {} CACHE 7 CYCLE);
GRANT USAGE, SELECT ON SEQUENCE items_x_seq TO reader WITH GRANT OPTION;
ALTER SEQUENCE items_x_seq SET UNLOGGED; COMMENT ON SEQUENCE items_x_seq IS $$100% 'odd'$$;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO writer;
"""
STEPS = {
    "10 MINVALUE 5 MAXVALUE 5000 START 6": (5, 5000),
    "3 START 7": (1, 2**63 - 1),
    "-10 MINVALUE -500 START -5": (-500, -1),
    "-1": (-(2**63), -1),
    "-1 MAXVALUE 1000": (-(2**63), 1000),
    "1 MINVALUE -5": (-5, 2**63 - 1),
}


@pytest.mark.parametrize("step", STEPS)
def test_the_sequence_of_an_identity(step: str, server: Server, call: Call) -> None:
    url = server.database(TABLES + IDENTITY.format(step))
    (next_,) = server.fetch(url, "SELECT nextval('items_x_seq'), seqincrement FROM pg_sequence")
    before = things(server, url)
    assert call(url, "survey", replaces={"items.x": []}) == []
    # What a revision does itself, in the same transaction.
    add = "ALTER x_new SET NOT NULL, ALTER x_new ADD GENERATED BY DEFAULT AS IDENTITY"
    rename = "ALTER SEQUENCE items_x_new_seq RENAME TO items_x_seq"
    swap(server, call, url, "items", {"x": "bigint"}, [rename], [f"ALTER TABLE items {add}"])
    assert [it for it in things(server, url) if it not in before] == []
    assert things(server, url) == before
    (it,) = server.fetch(url, "SELECT seqmin, seqmax FROM pg_sequence")
    assert (it["seqmin"], it["seqmax"]) == STEPS[step]
    (later,) = server.fetch(url, "SELECT nextval('items_x_seq')")
    assert later["nextval"] == next_["nextval"] + 7 * next_["seqincrement"]  # as others may hold 7


def test_marks_of_an_index_that_the_revision_makes_anew(server: Server, call: Call) -> None:
    url = server.database(TABLES)
    server.execute(
        url,
        """
        ALTER TABLE items ALTER x SET NOT NULL; CREATE UNIQUE INDEX ix ON items (x, abs(y));
        ALTER TABLE items ADD CONSTRAINT uq UNIQUE (x, id);
        COMMENT ON CONSTRAINT uq ON items IS 'why';
        ALTER INDEX ix ALTER COLUMN 2 SET STATISTICS 44; ALTER INDEX ix SET (fillfactor = 55);
        COMMENT ON INDEX ix IS 'it''s'; ALTER TABLE items CLUSTER ON ix;
        ALTER TABLE items REPLICA IDENTITY USING INDEX uq;
        """,
    )
    before = things(server, url)
    server.execute(
        url,
        "CREATE UNIQUE INDEX ix_new ON items (x, abs(y));"
        "CREATE UNIQUE INDEX uq_new ON items (x, id)",
    )
    marks = [
        it for old in ("ix", "uq") for it in call(url, "carry_index", old=old, new=f"{old}_new")
    ]
    server.execute(
        url,
        f"""
        DROP INDEX ix; ALTER INDEX ix_new RENAME TO ix; ALTER TABLE items DROP CONSTRAINT uq;
        ALTER TABLE items ADD CONSTRAINT uq UNIQUE USING INDEX uq_new; {";".join(marks)}
        """,
    )
    assert things(server, url) == before
    assert call(url, "survey", replaces={"items.x": ["ix", "uq"]}) == []


def test_what_a_killed_run_left(server: Server, call: Call) -> None:
    url = server.database(TABLES)
    server.execute(
        url,
        """
        CREATE INDEX dba ON items (x); ALTER TABLE items ADD CONSTRAINT ck CHECK (x > 0);
        ALTER TABLE items ADD x_new bigint; UPDATE items SET x_new = x;
        """,
    )
    first = call(url, "carry", table="items", copies={"x": "x_new"})
    left = things(server, url)
    server.execute(
        url,
        """
        UPDATE pg_index SET indisvalid = false WHERE indexrelid::regclass::text ~ '^zz_';
        UPDATE pg_constraint SET convalidated = false WHERE conname ~ '^zz_';
        """,
    )
    assert call(url, "carry", table="items", copies={"x": "x_new"}) == first
    assert things(server, url) == left


def test_what_does_not_fit(server: Server, call: Call) -> None:
    url = server.database(TABLES)
    server.execute(
        url,
        """
        ALTER TABLE items ADD CONSTRAINT dba CHECK (x > 0);
        ALTER TABLE items ADD x_new text; UPDATE items SET x_new = x;
        """,
    )
    before = things(server, url)
    with pytest.raises(
        AssertionError, match="dba on items can't be made for the new type: drop it"
    ):
        call(url, "carry", table="items", copies={"x": "x_new"})
    assert things(server, url) == before


def test_grants_of_others(server: Server, call: Call) -> None:
    url = server.database(TABLES + ROLES)
    server.execute(
        url,
        """
        GRANT SELECT (x) ON items TO stranger WITH GRANT OPTION;
        SET ROLE stranger; GRANT SELECT (x) ON items TO reader;
        """,
    )
    plain = url.replace("postgres@", "plain@")
    (line,) = call(plain, "survey", replaces={"items.x": []})
    assert line.startswith(
        "A grant of items.x is by stranger, a role that yours isn't a member of:"
    )
    before = things(server, url)
    server.execute(url, "GRANT stranger TO plain")
    assert call(plain, "survey", replaces={"items.x": []}) == []
    swap(server, call, plain, "items", {"x": "bigint"})
    server.execute(url, "REVOKE stranger FROM plain")
    assert things(server, url) == before


def test_what_is_warned_of(server: Server, call: Call) -> None:
    url = server.database(TABLES)
    server.execute(
        url,
        """
        CREATE TRIGGER a AFTER UPDATE ON items FOR EACH ROW EXECUTE FUNCTION touch();
        CREATE TRIGGER b AFTER UPDATE OF y ON items FOR EACH ROW EXECUTE FUNCTION touch();
        CREATE TRIGGER c AFTER INSERT ON items FOR EACH ROW EXECUTE FUNCTION touch();
        CREATE TRIGGER zz_fill BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION touch();
        CREATE FUNCTION counts() RETURNS bigint LANGUAGE sql AS 'SELECT sum(x) FROM items';
        CREATE FUNCTION other() RETURNS bigint LANGUAGE sql AS 'SELECT sum(id) FROM items';
        CREATE FUNCTION says() RETURNS trigger LANGUAGE plpgsql
          AS 'BEGIN UPDATE public."items" SET X = 1; END';
        CREATE FUNCTION sets() RETURNS trigger LANGUAGE plpgsql
          AS 'BEGIN NEW.x := 1; RETURN NEW; END';
        CREATE TRIGGER d BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION sets();
        CREATE PUBLICATION p FOR ALL TABLES;
        ALTER TABLE items ADD CONSTRAINT late CHECK (y > 3) NOT VALID;
        """,
    )
    assert call(url, "warnings", fills=["items.x_new"], replaces={"items.x": []}) == [
        "Triggers of items fire for each row filled: a.",
        "The constraint late of items isn't validated: rows that violate it can't be filled.",
        "p publishes each row of items that is filled: its subscribers need the new columns first.",
        "The function counts() may use items.x in its text: read it.",
        "The function says() may use items.x in its text: read it.",
        "The function sets() may use items.x in its text: read it.",
    ]
    assert call(url, "warnings") == []


def test_an_index_on_partitions_that_is_made_anew(server: Server, call: Call) -> None:
    url = server.database(PARTS)
    server.execute(
        url,
        """
        CREATE INDEX ix ON items (x) WHERE 'a WHERE b' <> '';
        COMMENT ON INDEX of_2_high_x_idx IS 'high';
        ALTER INDEX "Of 1_x_idx" SET (fillfactor = 44); ALTER INDEX of_2_x_idx RENAME TO "Middle 1";
        """,
    )
    before = things(server, url)
    sql = "CREATE INDEX CONCURRENTLY ix_new ON items (x) WHERE 'a WHERE b' <> ''"
    for statement in call(url, "index_statements", sql=sql, like="ix"):
        server.execute(url, statement)
    marks = ";".join(call(url, "carry_index", old="ix", new="ix_new"))
    server.execute(url, f"DROP INDEX ix; ALTER INDEX ix_new RENAME TO ix; {marks}")
    assert things(server, url) == before


def test_several_tables_of_one_revision(server: Server, call: Call) -> None:
    """Each thing is told once, and what isn't there is nobody's."""
    url = server.database(TABLES)
    server.execute(url, "CREATE VIEW dba AS SELECT o.kind, x FROM items JOIN others o USING (id)")
    asked: dict[str, list[str]] = {
        "items.x": [],
        "others.kind": [],
        "missing.x": [],
        "items.missing": [],
    }
    (line,) = call(
        url, "survey", fills=["a.b.c"], replaces=asked, drops=["no.such.thing", "type no", "no"]
    )
    assert line == (
        "The view dba reads items.x, others.kind: drop it in a revision of your own before"
        " this one, and create it again in one after it."
    )
