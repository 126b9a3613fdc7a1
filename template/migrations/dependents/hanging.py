"""What depends on some objects, with all that decides on whether it may go."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from migrations.dependents.catalog import rows

Key = tuple[str, int, int]  # the catalogue, the object's number, the column's
HANGING = """
SELECT DISTINCT catalog, id, sub, d.classid::regclass::text AS of, d.objid::bigint AS it,
  d.objsubid AS part, d.deptype::text AS how,
  pg_describe_object(d.classid, d.objid, d.objsubid) AS described,
  CASE
    WHEN 'v' IN (c.relkind, v.relkind) THEN 'view'
    WHEN 'm' IN (c.relkind, v.relkind) THEN 'materialized view'
    WHEN w.oid IS NOT NULL THEN 'rule'
    WHEN k.contype = 'c' THEN 'check'
    WHEN k.contype = 'f' THEN 'foreign key'
    WHEN k.contype = 'n' THEN 'not null'
    WHEN 'u' IN (k.contype, o.contype) THEN 'unique'
    WHEN 'p' IN (k.contype, o.contype) THEN 'primary key'
    WHEN 'x' IN (k.contype, o.contype) THEN 'exclusion'
    WHEN indexrelid IS NOT NULL THEN 'index'
    WHEN t.oid IS NOT NULL THEN 'trigger'
    WHEN attgenerated <> '' OR c.relkind IN ('r', 'p', 'f') AND d.objsubid > 0
      THEN 'column'
    WHEN f.oid IS NOT NULL THEN 'default'
    WHEN s.oid IS NOT NULL THEN 'statistics'
    WHEN r.oid IS NOT NULL THEN 'publication'
    WHEN l.oid IS NOT NULL THEN 'policy'
    WHEN c.relkind = 'S' THEN 'sequence'
    WHEN c.relkind IN ('r', 'p', 'f') THEN 'table'
    WHEN d.classid = 'pg_type'::regclass AND d.deptype = 'i' THEN 'type'
    WHEN c.relkind = 't' THEN 'toast'
    ELSE 'unknown'
  END AS kind,
  quote_ident(coalesce(c.relname, k.conname, tgname, stxname, polname)) AS name,
  coalesce(indrelid, k.conrelid, tgrelid, ev_class, adrelid, stxrelid, polrelid,
    prrelid, CASE WHEN c.relkind IN ('r', 'p', 'f') THEN c.oid END)::bigint AS home,
  coalesce(adnum, d.objsubid)::int AS number,
  coalesce(c.relispartition AND indexrelid IS NOT NULL, false)
    OR coalesce(k.coninhcount > 0 OR k.conparentid <> 0 OR k.contype = 't', false)
    OR coalesce(tgparentid <> 0 OR tgisinternal, false) AS inherited,
  coalesce(indisvalid, true) AS valid, coalesce(indisreplident, false) AS identity,
  coalesce(k.conrelid = d.refobjid AND d.refobjsubid = ANY (k.conkey), false) AS refers,
  coalesce(k.confrelid = d.refobjid AND d.refobjsubid = ANY (k.confkey), false) AS referred,
  coalesce((SELECT amname FROM pg_am JOIN pg_class i ON i.relam = pg_am.oid
    WHERE i.oid = k.conindid), 'btree') AS method,
  coalesce((SELECT relkind = 'p' FROM pg_class h WHERE h.oid = k.conrelid), false)
    AS parted,
  pg_has_role(coalesce(stxowner, pubowner, current_user::regrole), 'USAGE')
    AND coalesce(has_function_privilege(nullif(tgfoid, 0), 'EXECUTE'), true)
    AND coalesce(has_schema_privilege(stxnamespace, 'CREATE'), true) AS ours,
  EXISTS (SELECT FROM pg_depend e WHERE e.deptype IN ('x', 'e')
    AND e.classid = d.classid AND e.objid = d.objid) AS extends,
  (SELECT count(DISTINCT u.refobjsubid) FROM pg_depend u
    WHERE u.classid = d.classid AND u.objid = d.objid
      AND u.refobjid = d.refobjid AND u.refobjsubid > 0) AS width
FROM unnest(CAST(:catalogs AS text[]), CAST(:ids AS bigint[]), CAST(:subs AS int[]))
  AS target (catalog, id, sub)
JOIN pg_depend d ON d.refclassid = catalog::regclass AND d.refobjid = id::oid
  AND (sub = -1 OR d.refobjsubid = sub)
LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
LEFT JOIN pg_index ON indexrelid = c.oid
LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
LEFT JOIN pg_constraint o  -- by whose condition an index may hang on more
  ON o.conindid = indexrelid AND o.conrelid = indrelid AND o.contype IN ('p', 'u', 'x')
LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
LEFT JOIN pg_class v ON v.oid = ev_class
LEFT JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
LEFT JOIN pg_attribute a ON attrelid = adrelid AND attnum = adnum
LEFT JOIN pg_statistic_ext s
  ON d.classid = 'pg_statistic_ext'::regclass AND s.oid = d.objid
LEFT JOIN pg_publication_rel r
  ON d.classid = 'pg_publication_rel'::regclass AND r.oid = d.objid
LEFT JOIN pg_publication p ON p.oid = prpubid
LEFT JOIN pg_policy l ON d.classid = 'pg_policy'::regclass AND l.oid = d.objid
"""


def hanging(db: sa.Connection, on: Iterable[Key]) -> list[Any]:
    catalogs, ids, subs = (list(it) for it in zip(*on, strict=True))
    return rows(db, HANGING, catalogs=catalogs, ids=ids, subs=subs)
