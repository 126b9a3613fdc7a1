"""Indexes that are made anew: on partitions too, with the marks that the old ones had."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from migrations.dependents.catalog import BUILT, comment, partitioned, rows, tree
from migrations.names import bare, beside, split

INDEX = """
SELECT indexrelid::bigint AS id, indrelid::regclass::text AS table, indrelid::bigint AS home,
  quote_ident(relname) AS name, indexrelid::regclass::text AS full,
  indisreplident AS identity, indisclustered AS clustered, indisvalid AS valid,
  relkind::text AS kind, array_to_string(reloptions, ', ') AS options,
  quote_ident(spcname) AS tablespace, obj_description(indexrelid, 'pg_class') AS comment,
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
    fresh = {it.home: it.name for it in children(db, new)}
    for it in children(db, old):
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
    found = tree(db, table)
    # Those of partitions keep these names, unless they take the place of others.
    first = "zz" if name.startswith("zz_") else name
    names = {it.id: free(name, it.name, first) for it in found} | {found[0].id: name}
    indexes = {it.id: beside(it.name, names[it.id]) for it in found}
    spaces = {it.home: it.tablespace for it in family(db, like) if it.tablespace}
    made = []
    for it in found if partitioned(db, table) else found[:1]:
        there = rows(db, INDEX, name=indexes[it.id])
        if it.kind != "r" or has(db, indexes.get(it.parent), it.id):
            continue
        if not (there and there[0].valid):
            made += [f"DROP INDEX CONCURRENTLY {indexes[it.id]}"] * bool(there)
            on = f"{unique}INDEX CONCURRENTLY {names[it.id]} ON {it.name}"
            made.append(f"CREATE {on}{placed(rest, spaces.get(it.id))}")
    for it in reversed(found):
        there = rows(db, INDEX, name=indexes[it.id])
        if it.kind != "p" or (there and there[0].valid):
            continue
        on = f"{unique}INDEX IF NOT EXISTS {names[it.id]} ON ONLY {it.name}"
        made += [f"CREATE {on}{placed(rest, spaces.get(it.id))}"] * (not there)
        made += [
            f"ALTER INDEX {indexes[it.id]} ATTACH PARTITION {indexes[child.id]}"
            for child in found
            if child.parent == it.id and child.kind in "rp"
            if not has(db, indexes[it.id], child.id)
        ]
    return made


def has(db: sa.Connection, index: str | None, table: int) -> bool:
    """Whether a partition has its part already, maybe from when it was made."""
    return index is not None and any(it.home == table for it in children(db, index))


def children(db: sa.Connection, index: str) -> list[Any]:
    return rows(db, CHILDREN, name=index)


def placed(rest: str, tablespace: str | None) -> str:
    if tablespace is None:
        return rest
    for it in re.finditer(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"| WHERE |$""", rest):
        if it[0] in (" WHERE ", ""):
            return f"{rest[: it.start()]} TABLESPACE {tablespace}{rest[it.start() :]}"
    return rest


def family(db: sa.Connection, index: str | None) -> Iterator[Any]:
    if index is not None:
        yield from rows(db, INDEX, name=index)
        for it in children(db, index):
            yield from family(db, it.name)


def free(table: str, name: str, first: str = "zz") -> str:
    """What something is called until it has its name; with `zz`, no owner's is."""
    mark = sha256(f"{table} {name}".encode()).hexdigest()[:12]
    words = f"{first[:22]}_{bare(split(name)[1])[:24]}".lower()
    return f"{re.sub('[^a-z0-9_]', '', words)}_{mark}"
