"""Indexes that are made anew: on partitions too, with the marks that the old ones had."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from migrations.dependents.catalog import (
    BUILT,
    bare,
    beside,
    comment,
    literal,
    partitioned,
    rows,
    split,
    tree,
)

INDEX = """
SELECT indexrelid::bigint AS id, indrelid::regclass::text AS table, indrelid::bigint AS home,
  quote_ident(relname) AS name, indexrelid::regclass::text AS full,
  indisreplident AS identity, indisclustered AS clustered, indisvalid AS valid,
  relkind::text AS kind, array_to_string(reloptions, ', ') AS options,
  spcname AS tablespace, obj_description(indexrelid, 'pg_class') AS comment,
  quote_ident(conname) AS constraint, obj_description(k.oid, 'pg_constraint') AS said
FROM pg_index JOIN pg_class c ON c.oid = indexrelid
LEFT JOIN pg_tablespace t ON t.oid = reltablespace
LEFT JOIN pg_constraint k ON conindid = indexrelid AND contype IN ('p', 'u', 'x')
WHERE indexrelid = to_regclass(:name)
"""
CHILDREN = """
SELECT inhrelid::regclass::text AS name, indrelid::bigint AS home
FROM pg_inherits JOIN pg_index ON indexrelid = inhrelid
WHERE inhparent = to_regclass(:name) ORDER BY 1
"""
TARGETS = """
SELECT attnum::int AS number, attstattarget AS target FROM pg_attribute
WHERE attrelid = CAST(:id AS oid) AND attstattarget >= 0 ORDER BY 1
"""


def carry_index(db: sa.Connection, old: str, new: str) -> list[str]:
    """What the swap runs once `new` is called as `old` was, for the marks that it had."""
    (was,) = rows(db, INDEX, name=old)
    name, alter = beside(was.table, was.name), f"ALTER TABLE {was.table}"
    made = comment(f"INDEX {name}", was.comment)
    if was.constraint:
        made += comment(f"CONSTRAINT {was.constraint} ON {was.table}", was.said)
    if was.options:
        made.append(f"ALTER INDEX {name} SET ({was.options})")
    for it in rows(db, TARGETS, id=was.id):
        column = f"ALTER COLUMN {it.number} SET STATISTICS {it.target}"
        made.append(f"ALTER INDEX {name} {column}")
    if was.identity:
        made.append(f"{alter} REPLICA IDENTITY USING INDEX {was.name}")
    if was.clustered:
        made.append(f"{alter} CLUSTER ON {was.name}")
    fresh = {it.home: it.name for it in rows(db, CHILDREN, name=new)}
    for it in rows(db, CHILDREN, name=old):
        if it.home in fresh:
            rename = f"RENAME TO {split(it.name)[1]}"
            made.append(f"ALTER INDEX {fresh[it.home]} {rename}")
            made += carry_index(db, it.name, fresh[it.home])
    return made


def index_statements(db: sa.Connection, sql: str, like: str | None = None) -> list[str]:
    """What builds an index beside readers and writers, each statement by itself.

    On a partitioned table for each partition, which are then attached to one on all. In the
    tablespaces of the index `like`. What is there already isn't made again.
    """
    match = BUILT.match(sql.strip())
    if not match:
        return [sql]
    unique, name, table, rest = match[1] or "", match[2], match[3], match[4]
    found, there = tree(db, table), rows(db, INDEX, name=beside(table, name))
    if there and there[0].valid:
        return []
    if not partitioned(db, table):
        drop = f"DROP INDEX CONCURRENTLY {beside(table, name)}"
        return [drop] * bool(there) + placed(db, sql, found[0].id, like)
    names = {it.id: free(it.name, f"{name} {it.name}") for it in found}
    names[found[0].id] = name
    made = []
    for it in found:
        if it.kind != "r":
            continue
        index = beside(it.name, names[it.id])
        there = rows(db, INDEX, name=index)
        if there and there[0].valid:
            continue
        made += [f"DROP INDEX CONCURRENTLY {index}"] * bool(there)
        build = f"CREATE {unique}INDEX CONCURRENTLY {names[it.id]} ON {it.name}{rest}"
        made += placed(db, build, it.id, like)
    for it in reversed(found):
        index = beside(it.name, names[it.id])
        if it.kind == "p":
            only = f"{names[it.id]} ON ONLY {it.name}{rest}"
            build = f"CREATE {unique}INDEX IF NOT EXISTS {only}"
            made += placed(db, build, it.id, like)
            for child in found:
                if child.parent == it.id and child.kind in "rp":
                    attached = beside(child.name, names[child.id])
                    made.append(f"ALTER INDEX {index} ATTACH PARTITION {attached}")
    return made


def placed(db: sa.Connection, sql: str, table: int, like: str | None) -> list[str]:
    for it in family(db, like) if like else ():
        if it.home == table and it.tablespace:
            space = f"SET default_tablespace = {literal(it.tablespace)}"
            return [space, sql, "RESET default_tablespace"]
    return [sql]


def family(db: sa.Connection, index: str) -> Iterator[Any]:
    yield from rows(db, INDEX, name=index)
    for it in rows(db, CHILDREN, name=index):
        yield from family(db, it.name)


def free(table: str, name: str) -> str:
    """What something is called until it has its name: nothing of an owner's begins so."""
    mark = sha256(f"{table} {name}".encode()).hexdigest()[:12]
    words = re.sub(r"[^a-z0-9_]", "", bare(split(name)[1]).lower())
    return f"zz_{words[:40]}_{mark}"
