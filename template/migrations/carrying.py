"""Takes along what others hung on a column or an index that is made anew.

While others read and write: what takes long is done before; a few statements, which the
transaction runs that swaps them, give the names and the marks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic.util import CommandError
from migrations.dependents import BUILT, bare, beside, partitioned, rows, split, tree
from migrations.online import WAIT

HERE = "\x01"  # where a sequence is named
BUSY = ("55P03", "40P01")  # a lock that wasn't had in time; a deadlock
COLUMN = """
SELECT a.attnum::int AS number, quote_ident(a.attname) AS name,
  coalesce(a.attstattarget, -1) AS target, a.attoptions::text AS options,
  array_to_string(a.attoptions, ', ') AS set,
  CASE WHEN a.attstorage <> t.typstorage AND n.typstorage <> 'p' THEN
    CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
      WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END AS storage,
  CASE WHEN n.typstorage <> 'p' THEN
    CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END END AS compression,
  col_description(a.attrelid, a.attnum) AS comment,
  CASE WHEN a.attidentity = '' AND a.attgenerated = '' THEN
    pg_get_expr(adbin, adrelid) END AS default,
  a.attnotnull AND NOT b.attnotnull AS required,
  format_type(b.atttypid, NULL) AS type, n.oid::bigint AS new_type
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_attribute b ON b.attrelid = a.attrelid AND b.attname = :new
JOIN pg_type n ON n.oid = b.atttypid
LEFT JOIN pg_attrdef ON adrelid = a.attrelid AND adnum = a.attnum
WHERE a.attrelid = CAST(:id AS oid) AND a.attname = :old AND NOT a.attisdropped
"""
ENUMS = """
WITH pair AS (
  SELECT attname, coalesce(nullif(typelem, 0), t.oid) AS of
  FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
  WHERE attrelid = to_regclass(:table) AND attname IN (:old, :new)
)
SELECT o.of::regtype::text AS old, n.of::regtype::text AS new
FROM pair o JOIN pair n ON o.attname = :old AND n.attname = :new AND n.of <> o.of
JOIN pg_type a ON a.oid = o.of JOIN pg_type b ON b.oid = n.of
WHERE a.typtype = 'e' AND b.typtype = 'e'
"""
GRANTS = """
SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS grantee,
  CASE WHEN grantor <> c.relowner THEN grantor::regrole::text END AS grantor,
  privilege_type AS right, is_grantable AS again
FROM pg_class c, pg_attribute, aclexplode(attacl)
WHERE c.oid = attrelid AND attrelid = CAST(:id AS oid) AND attnum = :number
"""
LABELS = """
SELECT quote_ident(provider) AS provider, label FROM pg_seclabel
WHERE classoid = 'pg_class'::regclass AND objoid = CAST(:id AS oid) AND objsubid = :number
"""
USES = """
EXISTS (SELECT FROM pg_depend WHERE refclassid = 'pg_class'::regclass
  AND refobjid = CAST(:id AS oid) AND refobjsubid = ANY (CAST(:numbers AS int[]))
  AND (classid = CAST('{}' AS regclass) AND objid = {}))
"""
RULES = f"""
SELECT 'i' AS kind, indexrelid::bigint AS id, quote_ident(relname) AS name,
  pg_get_indexdef(indexrelid) AS definition, true AS valid, contype::text AS of,
  concat(CASE WHEN condeferrable THEN ' DEFERRABLE' END,
    CASE WHEN condeferred THEN ' INITIALLY DEFERRED' END) AS waits, NULL AS comment
FROM pg_index JOIN pg_class i ON i.oid = indexrelid
LEFT JOIN pg_constraint k ON conindid = indexrelid AND contype IN ('p', 'u', 'x')
WHERE indrelid = CAST(:id AS oid) AND NOT relispartition
  AND ({USES.format("pg_class", "indexrelid")} OR {USES.format("pg_constraint", "k.oid")})
UNION ALL
SELECT contype::text, oid::bigint, quote_ident(conname), pg_get_constraintdef(oid),
  convalidated, NULL, '', obj_description(oid, 'pg_constraint')
FROM pg_constraint
WHERE conrelid = CAST(:id AS oid) AND contype IN ('c', 'f') AND coninhcount = 0
  AND conparentid = 0 AND {USES.format("pg_constraint", "pg_constraint.oid")}
ORDER BY 1, 3
"""
TRIGGERS = f"""
SELECT quote_ident(tgname) AS name, pg_get_triggerdef(oid) AS definition,
  CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
    WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END AS state,
  obj_description(oid, 'pg_trigger') AS comment
FROM pg_trigger WHERE tgrelid = CAST(:id AS oid) AND NOT tgisinternal AND tgparentid = 0
  AND {USES.format("pg_trigger", "pg_trigger.oid")} ORDER BY tgname
"""
STATISTICS = f"""
SELECT format('%I.%I', nspname, stxname) AS name, pg_get_statisticsobjdef(s.oid) AS definition,
  coalesce(nullif(stxstattarget, -1)::text, '') AS target,
  obj_description(s.oid, 'pg_statistic_ext') AS comment,
  CASE WHEN stxowner <> current_user::regrole THEN stxowner::regrole::text END AS owner
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = stxnamespace
WHERE stxrelid = CAST(:id AS oid) AND {USES.format("pg_statistic_ext", "s.oid")}
ORDER BY 1
"""
PUBLICATIONS = f"""
SELECT quote_ident(pubname) AS name, pg_get_expr(prqual, prrelid) AS condition,
  (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = prrelid AND attnum = ANY (prattrs::int2[])) AS columns
FROM pg_publication_rel r JOIN pg_publication p ON p.oid = prpubid
WHERE prrelid = CAST(:id AS oid) AND {USES.format("pg_publication_rel", "r.oid")}
ORDER BY 1
"""
SEQUENCES = """
SELECT s.oid::regclass::text AS name, deptype::text AS how, c.relpersistence <> s.relpersistence AS odd,
  CASE s.relpersistence WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END AS persistence,
  format_type(seqtypid, NULL) AS type, seqincrement AS step, seqstart AS start,
  seqmin AS min, seqmax AS max, seqcache AS cache, seqcycle AS cycle,
  obj_description(s.oid, 'pg_class') AS comment
FROM pg_depend JOIN pg_class s ON s.oid = objid AND s.relkind = 'S'
JOIN pg_sequence ON seqrelid = s.oid JOIN pg_class c ON c.oid = refobjid
WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
  AND refobjid = CAST(:id AS oid) AND refobjsubid = :number AND deptype IN ('a', 'i')
"""
ACL = """
SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS grantee,
  privilege_type AS right, is_grantable AS again
FROM (
  SELECT relacl AS acl, relowner AS owner FROM pg_class WHERE oid = to_regclass(:name)
  UNION ALL SELECT coalesce(typacl, acldefault('T', typowner)), typowner FROM pg_type
    WHERE oid = to_regtype(:name)
) AS it, aclexplode(acl) WHERE grantee <> owner
"""
TYPE = """
SELECT typowner::regrole::text AS owner, typowner <> current_user::regrole AS other,
  obj_description(oid, 'pg_type') AS comment
FROM pg_type WHERE oid = to_regtype(:name)
"""
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
CONSTRAINT = """
SELECT convalidated FROM pg_constraint
WHERE conrelid = CAST(:id AS oid) AND quote_ident(conname) = :name
"""


@dataclass
class Carried:
    """What the transaction of a swap runs."""

    before: list[str] = field(default_factory=list)  # before the DROP COLUMN
    after: list[str] = field(default_factory=list)  # once columns and types have their names


def carry(
    db: sa.Connection, table: str, copies: Mapping[str, str], replaces: Iterable[str] = ()
) -> Carried:
    """Make on the copies what hangs on their columns, but what the revision makes itself.

    `copies` has the new column of each that goes; `replaces` the names of constraints and
    indexes, and DEFAULT or NOT NULL where the revision sets or drops those. `db` is in
    autocommit. What a run made that was stopped is used. CommandError: it doesn't fit.
    """
    made, known = Carried(), {split(it)[1] for it in replaces}
    for it in tree(db, table):
        columns = [
            column | {"new": new}
            for old, new in copies.items()
            for column in dicts(db, COLUMN, id=it.id, old=bare(old), new=bare(new))
        ]
        values = {"id": it.id, "numbers": [column["number"] for column in columns]}
        for rule in rules(db, table, copies, values, known):
            carry_rule(db, it, rule, made)
        for one in rows(db, TRIGGERS, **values):
            made.before.append(f"DROP TRIGGER {one.name} ON {it.name}")
            made.after.append(one.definition)
            made.after.append(f"ALTER TABLE {it.name} {one.state} TRIGGER {one.name}")
            made.after += comment(f"TRIGGER {one.name} ON {it.name}", one.comment)
        for one in rows(db, STATISTICS, **values):
            made.before.append(f"DROP STATISTICS {one.name}")
            made.after.append(one.definition)
            if one.target:
                made.after.append(f"ALTER STATISTICS {one.name} SET STATISTICS {one.target}")
            made.after += comment(f"STATISTICS {one.name}", one.comment)
            if one.owner:
                made.after.append(f"ALTER STATISTICS {one.name} OWNER TO {one.owner}")
        for one in rows(db, PUBLICATIONS, **values):
            made.before.append(f"ALTER PUBLICATION {one.name} DROP TABLE ONLY {it.name}")
            made.after.append(
                f"ALTER PUBLICATION {one.name} ADD TABLE ONLY {it.name}"
                + (f" ({one.columns})" if one.columns else "")
                + (f" WHERE ({one.condition})" if one.condition else "")
            )
        for column in columns:
            carry_column(db, it, column, known, made)
    return made


def rules(
    db: sa.Connection,
    table: str,
    copies: Mapping[str, str],
    values: dict[str, Any],
    known: set[str],
) -> list[Any]:
    """Indexes and constraints, as PostgreSQL writes them where they are on the copies."""
    found = [it for it in rows(db, RULES, **values) if not ours(it.name, known)]
    if not found:
        return []
    swaps = []
    for number, (old, new) in enumerate(copies.items()):
        rename = f"ALTER TABLE {table} RENAME COLUMN"
        swaps += [f"{rename} {new} TO zz_{number}", f"{rename} {old} TO {new}"]
    types = {
        (it.old, it.new)
        for old, new in copies.items()
        for it in rows(db, ENUMS, table=table, old=bare(old), new=bare(new))
    }
    for number, (old, new) in enumerate(sorted(types)):
        swaps.append(f"ALTER TYPE {new} RENAME TO zz_{number}")
        swaps.append(f"ALTER TYPE {old} RENAME TO {split(new)[1]}")
    execute(db, "BEGIN")
    try:  # it writes them by the names that columns have
        for sql in swaps:
            execute(db, sql)
        return [it for it in rows(db, RULES, **values) if not ours(it.name, known)]
    finally:
        db.exec_driver_sql("ROLLBACK")


def ours(name: str, known: set[str]) -> bool:
    return name in known or bare(name).startswith("zz_")


def carry_rule(db: sa.Connection, it: Any, rule: Any, made: Carried) -> None:
    spare = free(it.name, rule.name)
    add = f"ALTER TABLE {it.name} ADD CONSTRAINT"
    try:
        if rule.kind == "i":
            index = beside(it.name, rule.name)
            match = BUILT.match(rule.definition)
            assert match
            unique, rest = match[1] or "", match[4]
            sql = f"CREATE {unique}INDEX CONCURRENTLY {spare} ON {it.name}{rest}"
            for statement in index_statements(db, sql, like=index):
                execute(db, statement)
            built = beside(it.name, spare)
            if rule.of:
                unique = f"UNIQUE USING INDEX {spare}{rule.waits}"
                made.after.append(f"{add} {rule.name} {unique}")
            else:
                made.after.append(f"ALTER INDEX {built} RENAME TO {rule.name}")
            made.after += carry_index(db, index, built)
        else:
            there = rows(db, CONSTRAINT, id=it.id, name=spare)
            if not there:
                valid = re.search(r" NOT (VALID|ENFORCED)$", rule.definition)
                later = "" if valid else " NOT VALID"
                execute(db, f"{add} {spare} {rule.definition}{later}")
            if rule.valid and not (there and there[0].convalidated):
                execute(db, f"ALTER TABLE {it.name} VALIDATE CONSTRAINT {spare}")
            rename = f"RENAME CONSTRAINT {spare} TO {rule.name}"
            made.after.append(f"ALTER TABLE {it.name} {rename}")
            made.after += comment(f"CONSTRAINT {rule.name} ON {it.name}", rule.comment)
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "sqlstate", "")[:2] not in ("22", "23", "42"):
            raise
        raise CommandError(
            f"{rule.name} on {it.name} doesn't fit the new type: drop it in a revision of"
            f" your own before this one, and create it again in one after it."
            f" PostgreSQL says: {str(error.orig).partition(':  ')[2] or error.orig}"
        ) from error


def carry_column(
    db: sa.Connection, it: Any, column: dict[str, Any], known: set[str], made: Carried
) -> None:
    name, new = column["name"], column["new"]
    alter = f"ALTER TABLE ONLY {it.name} ALTER COLUMN {name}"
    if column["default"] and "DEFAULT" not in known:
        made.after.append(f"{alter} SET DEFAULT {column['default']}")
    if column["required"] and "NOT NULL" not in known:
        carry_required(db, it, new, made)
    if column["target"] != -1:
        made.after.append(f"{alter} SET STATISTICS {column['target']}")
    if column["set"]:
        made.after.append(f"{alter} SET ({column['set']})")
    if column["storage"]:
        made.after.append(f"{alter} SET STORAGE {column['storage']}")
    if column["compression"]:
        made.after.append(f"{alter} SET COMPRESSION {column['compression']}")
    made.after += comment(f"COLUMN {it.name}.{name}", column["comment"])
    place = {"id": it.id, "number": column["number"]}
    for one in rows(db, LABELS, **place):
        label = f"SECURITY LABEL FOR {one.provider} ON COLUMN {it.name}.{name}"
        made.after.append(f"{label} IS {literal(one.label)}")
    (back,) = rows(db, "SELECT quote_ident(current_user)")[0]
    for one in rows(db, GRANTS, **place):
        again = " WITH GRANT OPTION" if one.again else ""
        grant = f"GRANT {one.right} ({name}) ON {it.name} TO {one.grantee}{again}"
        given = [grant]
        if one.grantor:
            given = [f"SET LOCAL ROLE {one.grantor}", grant, f"SET LOCAL ROLE {back}"]
        made.after += given
    for one in rows(db, SEQUENCES, **place):
        if one.how == "a":
            whole = column["type"] in ("smallint", "integer", "bigint")
            wider = f" AS {column['type']}" if whole and one.type != column["type"] else ""
            owned = f"OWNED BY {it.name}.{new}"
            made.before.append(f"ALTER SEQUENCE {one.name}{wider} {owned}")
        else:
            made.after.append(carry_identity(db, it.name, name, one))


def carry_required(db: sa.Connection, it: Any, new: str, made: Carried) -> None:
    spare, alter = free(it.name, f"{new} is there"), f"ALTER TABLE {it.name}"
    if not rows(db, CONSTRAINT, id=it.id, name=spare):
        execute(
            db, f"{alter} ADD CONSTRAINT {spare} CHECK ({new} IS NOT NULL) NOT VALID"
        )
    execute(db, f"{alter} VALIDATE CONSTRAINT {spare}")
    made.before.append(f"{alter} ALTER COLUMN {new} SET NOT NULL")
    made.before.append(f"{alter} DROP CONSTRAINT {spare}")


def carry_identity(db: sa.Connection, table: str, column: str, was: Any) -> str:
    """For the sequence of an identity, whatever it is called then, if there is one."""
    size = {"smallint": 15, "integer": 31, "bigint": 63}[was.type]
    free_max = was.step > 0 and was.max == 2**size - 1
    free_min = was.step < 0 and was.min == -(2**size)
    options = [
        f"INCREMENT BY {was.step} START WITH {was.start} CACHE {was.cache}",
        "NO MAXVALUE" if free_max else f"MAXVALUE {was.max}",
        "NO MINVALUE" if free_min else f"MINVALUE {was.min}",
        "CYCLE" if was.cycle else "NO CYCLE",
    ]
    statements = [f"ALTER SEQUENCE {HERE} {' '.join(options)}"]
    if was.odd:
        statements.append(f"ALTER SEQUENCE {HERE} SET {was.persistence}")
    statements += comment(f"SEQUENCE {HERE}", was.comment)
    statements += grants(db, was.name, f"SEQUENCE {HERE}")
    found = f"pg_get_serial_sequence({literal(table)}, {literal(bare(column))})"
    return f"""
        DO $carry$
        DECLARE
            _sequence text := {found};
            _grantee text;
        BEGIN
            FOR _grantee IN
                SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
                FROM pg_class, aclexplode(relacl)
                WHERE pg_class.oid = to_regclass(_sequence) AND grantee <> relowner
            LOOP
                EXECUTE format('REVOKE ALL ON SEQUENCE %s FROM %s', _sequence, _grantee);
            END LOOP;
            IF _sequence IS NOT NULL THEN
                {" ".join(f"EXECUTE {formatted(it)};" for it in statements)}
            END IF;
        END $carry$
    """


def formatted(sql: str) -> str:
    return f"format({literal(sql.replace('%', '%%').replace(HERE, '%1$s'))}, _sequence)"


def grants(db: sa.Connection, name: str, of: str) -> list[str]:
    """Those of one thing for another of its kind."""
    return [
        f"GRANT {it.right} ON {of} TO {it.grantee}" + " WITH GRANT OPTION" * it.again
        for it in rows(db, ACL, name=name)
    ]


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


def index_statements(
    db: sa.Connection, sql: str, like: str | None = None
) -> list[str]:
    """What builds an index beside readers and writers, each statement by itself.

    On a partitioned table for each partition, which are then attached to one on all. In the
    tablespaces of the index `like`. What is there already isn't made again.
    """
    match = BUILT.match(sql.strip())
    if not match:
        return [sql]
    unique, name, table, rest = match[1] or "", match[2], match[3], match[4]
    found = tree(db, table)
    if not partitioned(db, table):
        there = rows(db, INDEX, name=beside(table, name))
        if there and there[0].valid:
            return []
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


def carry_type(db: sa.Connection, old: str, new: str) -> list[str]:
    """What the swap runs once the type `new` is called as `old` was."""
    (was,) = rows(db, TYPE, name=old)
    made = comment(f"TYPE {old}", was.comment)
    given, fresh = grants(db, old, f"TYPE {old}"), grants(db, new, f"TYPE {old}")
    if {*given} != {*fresh}:
        others = dict.fromkeys(it.grantee for it in rows(db, ACL, name=new))
        made += [f"REVOKE ALL ON TYPE {old} FROM {it}" for it in others] + given
    if was.other:
        made.append(f"ALTER TYPE {old} OWNER TO {was.owner}")
    return made


def comment(of: str, text: str | None) -> list[str]:
    return [f"COMMENT ON {of} IS {literal(text)}"] if text is not None else []


def literal(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'" if "\\" not in text else "E'" + escaped.replace("\\", r"\\") + "'"


def free(table: str, name: str) -> str:
    """What something is called until it has its name: nothing of an owner's begins so."""
    mark = sha256(f"{table} {name}".encode()).hexdigest()[:12]
    words = re.sub(r"[^a-z0-9_]", "", bare(split(name)[1]).lower())
    return f"zz_{words[:40]}_{mark}"


def execute(db: sa.Connection, sql: str) -> None:
    wait = 0 if " CONCURRENTLY " in sql else 1000 * WAIT
    db.exec_driver_sql(f"SET lock_timeout = '{wait:.0f}ms'")
    db.exec_driver_sql(sql)


def dicts(db: sa.Connection, sql: str, **values: Any) -> list[dict[str, Any]]:
    return [{**it._mapping} for it in rows(db, sql, **values)]
