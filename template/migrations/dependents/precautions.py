"""What keeps a role from tables or their rows, and what may matter to an owner."""

import re
from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa

from migrations.dependents.catalog import BUILT, rows, tree
from migrations.names import IDENT, bare, split

FIRST = "drop it in a revision of your own before this one"
AGAIN = f"{FIRST}, and create it again in one after it"
PARTITIONED = """
SELECT array_remove(array_agg(quote_ident(attname)), NULL)
FROM pg_partitioned_table CROSS JOIN unnest(partattrs::int2[]) AS key
LEFT JOIN pg_attribute ON attrelid = partrelid AND attnum = key AND key <> 0
WHERE partrelid = CAST(:id AS oid)
HAVING count(*) > 0
"""
TRIGGERS = """
SELECT DISTINCT quote_ident(tgname) AS name FROM pg_trigger
WHERE tgrelid = CAST(:id AS oid) AND NOT tgisinternal AND tgenabled <> 'D'
  AND tgname !~ '^zz_' AND tgtype::int & 16 <> 0
  AND (tgattr::text = '' OR EXISTS (SELECT FROM pg_attribute
    WHERE attrelid = tgrelid AND attnum = ANY (tgattr) AND attname = ANY (:names)))
"""
LATE = """
SELECT quote_ident(conname) AS name FROM pg_constraint
WHERE conrelid = CAST(:id AS oid) AND contype = 'c' AND NOT convalidated
  AND pg_get_constraintdef(oid) !~ 'NOT ENFORCED$'
  AND conname !~ '^zz_' ORDER BY 1
"""
FUNCTIONS = r"""
SELECT oid::regprocedure::text AS name FROM pg_proc
WHERE prosqlbody IS NULL AND prolang IN (SELECT oid FROM pg_language WHERE lanispl OR lanname = 'sql')
  AND pronamespace::regnamespace::text !~ '^(pg_|information_schema$)' AND proname !~ '^zz_'
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass
    AND objid = pg_proc.oid AND deptype = 'e')
  AND (prosrc ~* CAST(:table AS text)
    OR oid IN (SELECT tgfoid FROM pg_trigger WHERE tgrelid = ANY (CAST(:tables AS oid[]))))
  AND prosrc ~* CAST(:column AS text)
ORDER BY 1
"""
PUBLICATIONS = """
SELECT DISTINCT quote_ident(p.pubname) AS name, pubupdate AND c.relkind = 'r' AND (
    relreplident = 'n' OR relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index
      WHERE indrelid = c.oid AND indisprimary)
    OR relreplident = 'i' AND NOT EXISTS (SELECT FROM pg_index
      WHERE indrelid = c.oid AND indisreplident)) AS stuck
FROM pg_publication_tables t JOIN pg_publication p ON p.pubname = t.pubname
JOIN pg_class c ON c.oid = CAST(:id AS oid)
WHERE (schemaname, tablename) IN (SELECT nspname, relname
  FROM pg_class o JOIN pg_namespace n ON n.oid = relnamespace
  WHERE o.oid = CAST(:id AS oid)
    OR o.oid IN (SELECT relid FROM pg_partition_ancestors(CAST(:id AS oid))))
"""

IDENTITY = """
SELECT quote_ident(relname) FROM pg_index JOIN pg_class i ON i.oid = indexrelid
WHERE indrelid = CAST(:id AS oid) AND indisreplident
  AND left(relname, 59) || '_new' = CAST(:made AS text)
"""


def access(
    db: sa.Connection, changed: Iterable[str], filled: set[str], gone: Iterable[str]
) -> list[str]:
    """What keeps the current role from some of the tables, or from rows in them."""
    lines = {
        it.id: f"{it.name} belongs to {it.owner}: run this as that role."
        for name in gone
        for it in tree(db, name)
        if not it.ours
    }
    for name in changed:
        for it in tree(db, name):
            if it.kind == "f":
                line = (
                    f"{it.name} is a foreign table: detach it before, attach it after."
                )
            elif it.kind not in "rp":
                line = f"{it.name} is not a table: {AGAIN}."
            elif not it.ours:
                line = f"{it.name} belongs to {it.owner}: run this as that role."
            elif not it.open:
                line = (
                    f"This role may not create in {it.schema}: grant it CREATE on it."
                )
            elif it.typed:
                line = f"{it.name} is a table of a type: ALTER TABLE … NOT OF before."
            elif it.hides and name in filled:
                line = (
                    f"Row security hides rows of {it.name} from this role: run this as"
                    " one with BYPASSRLS, or ALTER TABLE … NO FORCE ROW LEVEL SECURITY"
                    " before, and FORCE it again after."
                )
            elif name in filled and (no := published(db, it.id, stuck=True)):
                line = (
                    f"{it.name} can't be updated while {', '.join(no)} publishes it:"
                    " give it a REPLICA IDENTITY before."
                )
            else:
                continue
            lines[it.id] = line
    return [*lines.values()]


def unbuildable(db: sa.Connection, sql: str) -> Iterator[str]:
    """A unique index that a partitioned table can't have, or subscribers can't use."""
    if not (match := BUILT.match(sql.strip())) or not match[1]:
        return
    keys = {*re.findall(IDENT, re.split(r" INCLUDE | NULLS NOT | WHERE ", match[4])[0])}
    for it in tree(db, match[3]):
        for (needed,) in rows(db, PARTITIONED, id=it.id):
            if missing := sorted({*needed} - keys) or (
                [] if needed else ["an expression"]
            ):
                yield (
                    f"{match[2]} can't be unique: {it.name} is partitioned by"
                    f" {', '.join(missing)}, which isn't in it. Put it in, or let it go."
                )
                return
        if " WHERE " in match[4]:
            for (name,) in rows(db, IDENTITY, id=it.id, made=bare(match[2])):
                yield (
                    f"{name} serves the replication of {it.name}, which an index with a"
                    " condition can't: give the table another REPLICA IDENTITY before."
                )
        if it.kind == "f":
            yield f"{match[2]} can't be unique: {it.name} is a foreign table."


def warnings(
    db: sa.Connection,
    *,
    fills: Iterable[str] = (),
    replaces: Mapping[str, Iterable[str]] | None = None,
    drops: Iterable[str] = (),
    alters: Iterable[str] = (),
) -> list[str]:
    """What may matter to an owner, and stops nothing; asked as `survey` is."""
    replaced = [*(replaces or {})]
    filled: dict[str, list[str]] = {}
    for name in [*fills, *replaced]:
        table, column = split(name)
        filled.setdefault(table, []).append(bare(column))
    lines = []
    for table, names in filled.items():
        for it in tree(db, table):
            found = ", ".join(x.name for x in rows(db, TRIGGERS, id=it.id, names=names))
            if found and it.kind == "r":
                lines.append(
                    f"Triggers of {it.name} fire for each row filled: {found}."
                )
            lines += [
                f"The constraint {x.name} of {it.name} isn't validated: rows that violate it"
                " can't be filled."
                for x in rows(db, LATE, id=it.id)
            ]
            if sent := published(db, it.id):
                lines.append(
                    f"{', '.join(sent)} publishes each row of {it.name} that is filled: its"
                    " subscribers need the new columns first."
                )
    for name in [*replaced, *drops, *alters]:
        table, column = split(name.removeprefix("type "))
        words = {
            "table": word(split(table)[1] if table else column),
            "column": word(column),
            "tables": [it.id for it in tree(db, table)],
        }
        lines += [
            f"The function {x.name} may use {name} in its text: read it."
            for x in rows(db, FUNCTIONS, **words)
        ]
    return [*dict.fromkeys(lines)]


def published(db: sa.Connection, table: int, *, stuck: bool = False) -> list[str]:
    found = rows(db, PUBLICATIONS, id=table)
    return [it.name for it in found if it.stuck or not stuck]


def word(name: str) -> str:
    """A pattern for a name in the text of a function."""
    return rf"(?<![\w$]){re.escape(bare(name))}(?![\w$])"
