"""What others hung on tables and columns is carried over when they are made anew, or refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.adopt.support import Server
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
  FROM pg_constraint c JOIN ours ON ours.oid = conrelid WHERE contype <> 'n'
UNION ALL
SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), tgenabled,
    obj_description(t.oid, 'pg_trigger'))
  FROM pg_trigger t JOIN ours ON ours.oid = tgrelid WHERE NOT tgisinternal
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
    seqmin, seqcache, seqcycle, obj_description(c.oid, 'pg_class'),
    CASE WHEN seqmax NOT IN (2147483647, 9223372036854775807) THEN seqmax END)
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
        command, env=CLEAN, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
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


def swap(server: Server, call: Call, url: str, table: str, copies: dict[str, str]) -> None:
    """What a revision does that gives columns another type."""
    last = {it: it.replace('"', "").replace(" ", "_") + "_new" for it in copies}
    quoted = {old: f'"{new}"' for old, new in last.items()}
    for old, type_ in copies.items():
        server.execute(url, f"ALTER TABLE {table} ADD COLUMN {quoted[old]} {type_}")
        value = f"{old}::text::{type_}"
        server.execute(url, f"UPDATE {table} SET {quoted[old]} = {value}")
    before = things(server, url)
    made = call(url, "carrying.carry", table=table, copies=quoted)
    assert made == call(url, "carrying.carry", table=table, copies=quoted)
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
    server.execute(url, ";".join([*made["before"], *swaps, *made["after"]]))


CARRIED = {
    "index": "CREATE INDEX dba ON items (x)",
    "index of much": "CREATE INDEX dba ON items USING btree (y DESC, x NULLS FIRST)"
    " INCLUDE (note) WITH (fillfactor = 70) WHERE x > 5 AND note <> 'x'",
    "index of an expression": "CREATE INDEX dba ON items ((x + y), abs(x));"
    " ALTER INDEX dba ALTER COLUMN 1 SET STATISTICS 33",
    "index by its condition": "CREATE INDEX dba ON items (y) WHERE x IS NOT NULL",
    "names": """CREATE INDEX "An ""Odd"" one" ON items (x); CREATE SCHEMA other""",
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
    "constraint trigger": "CREATE CONSTRAINT TRIGGER dba AFTER UPDATE OF x ON items DEFERRABLE"
    " FOR EACH ROW EXECUTE FUNCTION touch()",
    "publication": "CREATE PUBLICATION dba FOR TABLE items (id, x) WHERE (id > 5), others",
    "publication with a filter": "CREATE PUBLICATION dba FOR TABLE items WHERE (x > 5)"
    " WITH (publish = 'insert')",
    "replica identity": "ALTER TABLE items ALTER x SET NOT NULL;"
    "CREATE UNIQUE INDEX dba ON items (x); ALTER TABLE items REPLICA IDENTITY USING INDEX dba",
    "cluster": "CREATE INDEX dba ON items (x); CLUSTER items USING dba; COMMENT ON INDEX dba IS 'x'",
    "owned sequence": "CREATE SEQUENCE dba AS int INCREMENT 5 CACHE 7 OWNED BY items.x;"
    "ALTER TABLE items ALTER x SET DEFAULT nextval('dba'); GRANT USAGE ON SEQUENCE dba TO reader",
}


@pytest.mark.parametrize("kind", CARRIED)
def test_it_is_carried(kind: str, server: Server, call: Call) -> None:
    url = server.database(TABLES)
    bare = things(server, url)
    server.execute(url, CARRIED[kind])
    before = things(server, url)
    assert before != bare or kind == "names"
    assert call(url, "dependents.survey", replaces={"items.x": []}) == []
    swap(server, call, url, "items", {"x": "bigint"})
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
        "rule dba on table items hangs on items.x",
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
    "of another role": ("ALTER TABLE items OWNER TO stranger", "items belongs to stranger"),
    "publication of another role": (
        "CREATE PUBLICATION dba FOR TABLE items (id, x); ALTER PUBLICATION dba OWNER TO postgres",
        "publication of table items in publication dba hangs on items.x: it isn't yours",
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
    found = call(plain, "dependents.survey", fills=["items.x_new"], replaces=replaces)
    (line,) = found
    assert expected in line, line
