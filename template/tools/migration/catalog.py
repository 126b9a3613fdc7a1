"""What PostgreSQL has: every table, column, constraint, index and enum."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import asyncpg
import sqlalchemy as sa

from app.database.base import Base
from tools.migration.sql import DIALECT, ident

OURS = r"""
WITH ours AS (
  SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relname <> 'alembic_version'
    AND relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass
      AND objid = pg_class.oid AND deptype = 'e')
    AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid)
)
"""
SCHEMAS = """
SELECT quote_ident(nspname) FROM pg_namespace
WHERE nspname !~ '^(pg_|information_schema$|public$)'
"""
EXTENSIONS = "SELECT quote_ident(extname) FROM pg_extension"
ENUMS = """
SELECT t.oid::regtype::text AS name,
  array_agg(enumlabel::text ORDER BY enumsortorder) AS labels
FROM pg_enum JOIN pg_type t ON t.oid = enumtypid GROUP BY t.oid
"""
TABLES = f"{OURS} SELECT oid::regclass::text FROM ours ORDER BY oid"
COLUMNS = f"""
{OURS}
SELECT attrelid::regclass::text AS table, quote_ident(attname) AS name,
  format_type(atttypid, atttypmod) AS type, attnotnull AS required,
  CASE WHEN attcollation <> typcollation
    THEN attcollation::regcollation::text END AS collation,
  attidentity::text AS identity, attgenerated::text AS generated,
  pg_get_expr(adbin, adrelid, true) AS value
FROM pg_attribute JOIN ours ON oid = attrelid JOIN pg_type ON pg_type.oid = atttypid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attnum > 0 AND NOT attisdropped ORDER BY attrelid, attnum
"""
RULES = f"""
{OURS}, uses AS (
  SELECT classid, objid,
    array_agg(refobjid::regclass || '.' || quote_ident(attname)) AS columns
  FROM pg_depend JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
  WHERE refclassid = 'pg_class'::regclass GROUP BY classid, objid
)
SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name,
  contype::text AS kind, pg_get_constraintdef(c.oid, true) AS definition,
  coalesce(pg_get_indexdef(NULLIF(conindid, 0), 0, true), '') AS index,
  uses.columns || CASE WHEN contype IN ('p', 'u', 'x') THEN made.columns END AS columns
FROM pg_constraint c JOIN ours ON ours.oid = conrelid
LEFT JOIN uses ON uses.classid = 'pg_constraint'::regclass AND uses.objid = c.oid
-- The condition of an exclusion is its index's.
LEFT JOIN uses made ON made.classid = 'pg_class'::regclass AND made.objid = conindid
WHERE contype <> 'n'
UNION ALL
SELECT indrelid::regclass::text, quote_ident(relname), 'i',
  pg_get_indexdef(indexrelid, 0, true), '', columns
FROM pg_index JOIN ours ON oid = indrelid JOIN pg_class i ON i.oid = indexrelid
LEFT JOIN uses ON classid = 'pg_class'::regclass AND objid = indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint
  WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
ORDER BY 1, 2
"""
SEQUENCES = f"""
{OURS}
SELECT attrelid::regclass::text AS table, quote_ident(attname) AS column,
  pg_get_serial_sequence(attrelid::regclass::text, attname) AS sequence
FROM pg_attribute JOIN ours ON oid = attrelid
WHERE attnum > 0 AND attidentity <> '' AND NOT attisdropped
"""


@dataclass(frozen=True)
class Column:
    type: str
    required: bool
    collation: str | None
    identity: str
    generated: str
    value: str | None  # the default, or what it is computed by

    @property
    def default(self) -> str | None:
        return None if self.generated else self.value


@dataclass(frozen=True)
class Rule:
    """A constraint, or an index that is none's (`kind` is `i`)."""

    table: str
    kind: str
    definition: str
    index: str  # of a key, a unique, or what a reference refers to
    columns: frozenset[str]  # with their tables

    @property
    def made(self) -> str:
        """The SQL of the index that it is, or has."""
        return self.definition if self.kind == "i" else self.index

    def unnamed(self, name: str) -> tuple[str, str]:
        """What it is, whatever it is called."""
        return self.kind, self.definition.replace(f" {name} ON ", " ON ", 1)


@dataclass
class Catalog:
    schemas: set[str]
    extensions: set[str]
    enums: dict[str, list[str]]
    tables: dict[str, dict[str, Column]]
    rules: dict[tuple[str, str], Rule]  # by table and name
    sequences: dict[tuple[str, str], str]  # of identities


async def read(db: asyncpg.Connection) -> Catalog:
    def pick(row: asyncpg.Record, *names: str) -> dict[str, Any]:
        return {name: value for name, value in row.items() if name not in names}

    tables: dict[str, dict[str, Column]] = {it[0]: {} for it in await db.fetch(TABLES)}
    for it in await db.fetch(COLUMNS):
        tables[it["table"]][it["name"]] = Column(**pick(it, "table", "name"))
    others = mapped(managed=False)
    for table in others:
        tables.pop(quoted_name(table), None)
    theirs = quoted_enums(others) - quoted_enums(mapped())
    schemas = schemas_of(others) - schemas_of(mapped())
    return Catalog(
        schemas={it[0] for it in await db.fetch(SCHEMAS)} - {*map(ident, schemas)},
        extensions={it[0] for it in await db.fetch(EXTENSIONS)},
        enums={
            it["name"]: it["labels"]
            for it in await db.fetch(ENUMS)
            if it["name"] not in theirs
        },
        tables=tables,
        rules={
            (it["table"], it["name"]): Rule(
                **pick(it, "name", "columns"), columns=frozenset(it["columns"] or ())
            )
            for it in await db.fetch(RULES)
            if it["table"] in tables
        },
        sequences={
            (it["table"], it["column"]): it["sequence"]
            for it in await db.fetch(SEQUENCES)
            if it["table"] in tables
        },
    )


def enums_of(tables: Iterable[sa.Table]) -> list[sa.Enum]:
    types = (getattr(it.type, "item_type", it.type) for of in tables for it in of.c)
    return [it for it in types if isinstance(it, sa.Enum)]


def quoted_enums(tables: list[sa.Table]) -> set[str]:
    names = [(it.schema, it.name) for it in enums_of(tables)]
    return {".".join(ident(it) for it in name if it) for name in names}


def schemas_of(tables: list[sa.Table]) -> set[str]:
    """Those of the tables, and of their enums."""
    schemas = {it.schema for it in tables} | {it.schema for it in enums_of(tables)}
    return {schema for schema in schemas if schema}


def mapped(*, managed: bool = True) -> list[sa.Table]:
    tables = Base.metadata.tables.values()
    return [table for table in tables if table.info.get("managed", True) is managed]


def quoted_name(table: sa.Table) -> str:
    return DIALECT.identifier_preparer.format_table(table)


def shape(of: Catalog) -> tuple[Any, ...]:
    return of.schemas, of.enums, of.tables, of.rules, of.sequences


def same(one: Catalog, other: Catalog) -> bool:
    return shape(one) == shape(other) and one.extensions >= other.extensions


def differences(one: Catalog, other: Catalog) -> str:
    pairs = zip(shape(one), shape(other), strict=True)
    return "\n".join(f"{a}\n{b}" for a, b in pairs if a != b)
