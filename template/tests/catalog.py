"""Every column, constraint, index and enum, as PostgreSQL itself writes them."""

from sqlalchemy.ext.asyncio import AsyncConnection

WRITE = 'write the migration with make migration name="…"'
CATALOG = r"""
WITH ours AS (
  SELECT oid FROM pg_class
  WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
    AND relkind IN ('r', 'p') AND relname <> 'alembic_version'
)
SELECT format('%s.%s %s %s %s %s %s', attrelid::regclass, attname,
    format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END,
    attidentity, attgenerated, pg_get_expr(adbin, adrelid))
    || CASE WHEN attcollation <> typcollation
       THEN attcollation::regcollation::text ELSE '' END
  FROM pg_attribute JOIN ours ON oid = attrelid JOIN pg_type ON pg_type.oid = atttypid
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE attnum > 0 AND NOT attisdropped
UNION ALL
SELECT format('%s %s %s', conrelid::regclass, conname,
    pg_get_constraintdef(pg_constraint.oid))
  FROM pg_constraint JOIN ours ON ours.oid = conrelid WHERE contype <> 'n'
UNION ALL
SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN ours ON oid = indrelid
UNION ALL
SELECT format('%s %s', enumtypid::regtype,
    string_agg(enumlabel, ',' ORDER BY enumsortorder))
  FROM pg_enum GROUP BY enumtypid
ORDER BY 1
"""


async def catalog(connection: AsyncConnection) -> list[str]:
    return list((await connection.exec_driver_sql(CATALOG)).scalars())


def differences(migrated: list[str], modelled: list[str]) -> str:
    """What stands on one side only, and what to do; nothing if there is nothing."""
    lines = [
        f"  the models have     {it.strip()}" for it in modelled if it not in migrated
    ]
    lines += [
        f"  the migrations make {it.strip()}" for it in migrated if it not in modelled
    ]
    if more := lines[20:]:
        lines[20:] = [f"  and {len(more)} more"]
    head = f"The migrations don't make what the models say: {WRITE}"
    return "\n".join([head, *sorted(lines, key=str.split)]) if lines else ""
