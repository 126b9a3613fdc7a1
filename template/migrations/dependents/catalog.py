"""Questions to the catalogues that all of this package asks."""

import re
from typing import Any

import sqlalchemy as sa

from migrations.names import IDENT, literal, parts

BUILT = re.compile(
    rf"CREATE (UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?({IDENT})"
    rf" ON (?:ONLY )?({IDENT}(?:\.{IDENT})?)(.*)",
    re.DOTALL,
)
# A table, its partitions, and whatever inherits from it: roots first.
TREE = """
WITH RECURSIVE tree (id, depth, above) AS (
  SELECT to_regclass(:table)::oid, 0, CAST(0 AS oid)
  UNION ALL
  SELECT inhrelid, depth + 1, id FROM pg_inherits JOIN tree ON inhparent = id
)
SELECT c.oid::bigint AS id, c.oid::regclass::text AS name, relkind::text AS kind,
  relispartition AS part, reloftype <> 0 AS typed, row_security_active(c.oid) AS hides,
  pg_has_role(relowner, 'USAGE') AS ours, relowner::regrole::text AS owner,
  has_schema_privilege(relnamespace, 'CREATE') AS open,
  relnamespace::regnamespace::text AS schema,
  reltype::bigint AS row, min(depth) AS depth, min(above)::bigint AS parent
FROM tree JOIN pg_class c ON c.oid = id GROUP BY c.oid ORDER BY min(depth), c.oid
"""


def tree(db: sa.Connection, table: str) -> list[Any]:
    """It and what is under it, the upper ones first; empty where there is none."""
    return rows(db, TREE, table=table) if 0 < len(parts(table)) < 3 else []


def partitioned(db: sa.Connection, table: str) -> bool:
    return any(it.kind == "p" for it in tree(db, table)[:1])


def version(db: sa.Connection) -> int:
    return int(rows(db, "SHOW server_version_num")[0][0])


def rows(db: sa.Connection, sql: str, **values: Any) -> list[Any]:
    return [*db.execute(sa.text(sql), values)]


def comment(of: str, text: str | None) -> list[str]:
    return [f"COMMENT ON {of} IS {literal(text)}"] if text is not None else []
