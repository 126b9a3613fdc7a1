"""What is a column's own: its settings, grants and comment, and its sequence."""

from typing import Any

import sqlalchemy as sa

from migrations.dependents.catalog import comment, rows
from migrations.dependents.owned import SEQUENCES, SIZES, carry_identity
from migrations.names import bare, literal

COLUMN = """
SELECT a.attnum::int AS number, quote_ident(a.attname) AS name,
  ARRAY[
    'STATISTICS ' || CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
    '(' || array_to_string(a.attoptions, ', ') || ')',
    'STORAGE ' || CASE WHEN a.attstorage <> t.typstorage AND n.typstorage <> 'p' THEN
      CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
        WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
    'COMPRESSION ' || CASE WHEN n.typstorage <> 'p' THEN
      CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END END
  ] AS settings,
  col_description(a.attrelid, a.attnum) AS comment,
  CASE WHEN a.attidentity = '' AND a.attgenerated = '' THEN
    pg_get_expr(adbin, adrelid) END AS default,
  a.attnotnull AND NOT b.attnotnull AS required,
  format_type(b.atttypid, NULL) AS type
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_attribute b ON b.attrelid = a.attrelid AND b.attname = :new
JOIN pg_type n ON n.oid = b.atttypid
LEFT JOIN pg_attrdef ON adrelid = a.attrelid AND adnum = a.attnum
WHERE a.attrelid = CAST(:id AS oid) AND a.attname = :old AND NOT a.attisdropped
"""
GRANTS = """
SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS grantee,
  CASE WHEN grantor <> c.relowner THEN grantor::regrole::text END AS grantor,
  privilege_type AS right, quote_ident(current_user) AS back,
  CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS again
FROM pg_class c, pg_attribute, aclexplode(attacl)
WHERE c.oid = attrelid AND attrelid = CAST(:id AS oid) AND attnum = :number
"""
LABELS = """
SELECT quote_ident(provider) AS provider, label FROM pg_seclabel
WHERE classoid = 'pg_class'::regclass AND objoid = CAST(:id AS oid) AND objsubid = :number
"""
NOT_NULL = """
SELECT quote_ident(conname) AS name, obj_description(oid, 'pg_constraint') AS comment
FROM pg_constraint WHERE conrelid = CAST(:id AS oid) AND contype = 'n'
  AND conkey = ARRAY[CAST(:number AS int2)] AND coninhcount = 0
"""


def carry_settings(db: sa.Connection, it: Any, column: dict[str, Any]) -> list[str]:
    """For the copy, once it has the name of the column."""
    name, on = column["name"], f"{it.name}.{column['name']}"
    place = {"id": it.id, "number": column["number"]}
    alter = f"ALTER TABLE ONLY {it.name} ALTER COLUMN {name}"
    made = [f"{alter} SET {setting}" for setting in column["settings"] if setting]
    made += comment(f"COLUMN {on}", column["comment"])
    for one in rows(db, LABELS, **place):
        label = f"SECURITY LABEL FOR {one.provider} ON COLUMN {on}"
        made.append(f"{label} IS {literal(one.label)}")
    for one in rows(db, GRANTS, **place):
        grant = f"GRANT {one.right} ({name}) ON {it.name} TO {one.grantee}{one.again}"
        there, back = f"SET LOCAL ROLE {one.grantor}", f"SET LOCAL ROLE {one.back}"
        made += [there, grant, back] if one.grantor else [grant]
    for one in rows(db, NOT_NULL, **place):
        made.append(carry_not_null(it.name, name, one))
    return made


def carry_sequences(db: sa.Connection, it: Any, column: dict[str, Any]) -> list[str]:
    """For the copy, before the column goes."""
    made = []
    for one in rows(db, SEQUENCES, id=it.id, number=column["number"]):
        if one.how == "i":
            made.append(carry_identity(db, it.name, column["new"], one))
            continue
        whole = column["type"] in SIZES and column["type"] != one.type
        as_type = f" AS {column['type']}" if whole else ""
        owned = f"OWNED BY {it.name}.{column['new']}"
        made.append(f"ALTER SEQUENCE {one.name}{as_type} {owned}")
    return made


def carry_not_null(table: str, column: str, was: Any) -> str:
    """The name of NOT NULL, which is a constraint from PostgreSQL 18 on."""
    rename = f"ALTER TABLE {table} RENAME CONSTRAINT %s TO {was.name}"
    said = " ".join(
        f"EXECUTE {literal(it)};"
        for it in comment(f"CONSTRAINT {was.name} ON {table}", was.comment)
    )
    return f"""
        DO $carry$
        DECLARE
            _name text := (
                SELECT quote_ident(conname) FROM pg_constraint JOIN pg_attribute
                ON attrelid = conrelid AND conkey = ARRAY[attnum]
                WHERE contype = 'n' AND conrelid = {literal(table)}::regclass
                    AND attname = {literal(bare(column))}
            );
        BEGIN
            IF _name <> {literal(was.name)} THEN
                EXECUTE format({literal(rename.replace("%s", chr(1)).replace("%", "%%").replace(chr(1), "%s"))}, _name);
            END IF;
            IF _name IS NOT NULL THEN
                {said or "NULL;"}
            END IF;
        END $carry$
    """
