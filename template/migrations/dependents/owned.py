"""What is owned by a column, or takes the place of a type: sequences and enums."""

from typing import Any

import sqlalchemy as sa

from migrations.dependents.catalog import comment, rows
from migrations.names import bare, literal

HERE = "\x01"  # where a sequence is named
SIZES = {"smallint": 15, "integer": 31, "bigint": 63}  # bits
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
  privilege_type AS right,
  CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS again
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


def carry_identity(db: sa.Connection, table: str, column: str, was: Any) -> str:
    """Give the sequence of `column`, if it is an identity by then, all that another has."""
    size = SIZES[was.type]
    free_max = was.step > 0 and was.max == 2**size - 1
    free_min = was.step < 0 and was.min == -(2**size)
    options = [
        f"INCREMENT BY {was.step} START WITH {was.start} RESTART WITH {was.start}",
        f"CACHE {was.cache} {'CYCLE' if was.cycle else 'NO CYCLE'}",
        "NO MAXVALUE" if free_max else f"MAXVALUE {was.max}",
        "NO MINVALUE" if free_min else f"MINVALUE {was.min}",
    ]
    statements = [f"ALTER SEQUENCE {HERE} {' '.join(options)}"]
    if was.odd:
        statements.append(f"ALTER SEQUENCE {HERE} SET {was.persistence}")
    statements += comment(f"SEQUENCE {HERE}", was.comment)
    statements += grants(db, was.name, f"SEQUENCE {HERE}")
    found = f"pg_get_serial_sequence({literal(table)}, {literal(bare(column))})"
    lines = "\n                ".join(f"EXECUTE {formatted(it)};" for it in statements)
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
                {lines}
                -- Not nextval: it may have come to its end.
                PERFORM setval(_sequence, last_value, is_called) FROM {was.name};
            END IF;
        END $carry$
    """


def formatted(sql: str) -> str:
    return f"format({literal(sql.replace('%', '%%').replace(HERE, '%1$s'))}, _sequence)"


def grants(db: sa.Connection, name: str, of: str) -> list[str]:
    """Those of one thing for another of its kind."""
    return [
        f"GRANT {it.right} ON {of} TO {it.grantee}{it.again}"
        for it in rows(db, ACL, name=name)
    ]


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
