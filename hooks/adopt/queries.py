"""Queries of PostgreSQL's catalogue, and what older versions have instead of some columns."""

from __future__ import annotations

LATER = [
    ("indnullsnotdistinct", 150000, "false"),
    ("confdelsetcols", 150000, "NULL"),
    ("conenforced", 180000, "true"),
]

ABOUT = """
SELECT current_database() AS name, current_setting('server_version') AS version,
       current_setting('server_version_num')::int AS number
"""

SCHEMAS = """
SELECT nspname::text FROM pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
ORDER BY nspname <> 'public', nspname
"""

# Those of extensions belong to them, as does the table that Alembic keeps for itself.
TABLES = """
SELECT c.oid, nspname::text AS schema, relname::text AS name,
  CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
    WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END AS kind,
  obj_description(c.oid, 'pg_class') AS comment,
  ARRAY[
    (SELECT 'partition of ' || inhparent::regclass || ' ' || pg_get_expr(relpartbound, c.oid)
       FROM pg_inherits WHERE inhrelid = c.oid AND relispartition),
    CASE WHEN relkind = 'p' THEN 'partitioned by ' || pg_get_partkeydef(c.oid) END,
    (SELECT 'inherits from ' || string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno)
       FROM pg_inherits WHERE inhrelid = c.oid AND NOT relispartition),
    CASE WHEN relpersistence = 'u' THEN 'unlogged' END,
    'has the storage parameters ' || array_to_string(reloptions, ', '),
    (SELECT 'is in the tablespace ' || quote_ident(spcname) FROM pg_tablespace
       WHERE oid = reltablespace),
    CASE WHEN relrowsecurity THEN 'row level security is on' END,
    (SELECT 'is of the type ' || format_type(reloftype, NULL) WHERE reloftype <> 0)
  ] || ARRAY(
    SELECT pg_get_triggerdef(t.oid, true) FROM pg_trigger t
     WHERE tgrelid = c.oid AND NOT tgisinternal ORDER BY tgname
  ) || ARRAY(
    SELECT pg_get_ruledef(r.oid, true) FROM pg_rewrite r
     WHERE ev_class = c.oid AND rulename <> '_RETURN' ORDER BY rulename
  ) || ARRAY(
    SELECT format('policy %I for %s to %s%s%s', polname,
        CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
          WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
        CASE WHEN polroles = '{0}' THEN 'PUBLIC' ELSE
          (SELECT string_agg(quote_ident(rolname), ', ') FROM pg_roles
            WHERE pg_roles.oid = ANY (polroles)) END,
        ' USING (' || pg_get_expr(polqual, polrelid, true) || ')',
        ' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid, true) || ')')
      FROM pg_policy WHERE polrelid = c.oid ORDER BY polname
  ) || ARRAY(
    SELECT pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s
     WHERE stxrelid = c.oid ORDER BY stxname
  ) AS remarks
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname = ANY ($1) AND relpersistence <> 't'
  AND relname <> 'alembic_version'
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass
                  AND objid = c.oid AND deptype = 'e')
ORDER BY nspname <> 'public', nspname, relname
"""

COLUMNS = """
SELECT attrelid AS "table", attname::text AS name, format_type(atttypid, atttypmod) AS type,
  attnotnull AS not_null, pg_get_expr(adbin, adrelid) AS "default", d.oid AS default_oid,
  attidentity::text AS identity, attgenerated::text AS generated, attndims AS dimensions,
  CASE WHEN attcollation NOT IN (0, t.typcollation) THEN attcollation::regcollation::text END
    AS collation,
  col_description(attrelid, attnum) AS comment,
  CASE WHEN coalesce(e.typtype, t.typtype) = 'e' THEN coalesce(e.oid, t.oid) END AS enum,
  e.oid IS NOT NULL AS array,
  coalesce(e.typnamespace, t.typnamespace) <> 'pg_catalog'::regnamespace AS own_type,
  CASE WHEN coalesce(e.typtype, t.typtype) = 'd' THEN coalesce(e.oid, t.oid) END AS domain,
  (SELECT objid::regclass::text FROM pg_depend JOIN pg_class s ON s.oid = objid
    WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
      AND refobjid = attrelid AND refobjsubid = attnum AND deptype = 'a' AND s.relkind = 'S'
    LIMIT 1) AS sequence,
  (SELECT concat_ws(' ', CASE WHEN seqstart <> 1 THEN 'START ' || seqstart END,
      CASE WHEN seqincrement <> 1 THEN 'INCREMENT ' || seqincrement END,
      CASE WHEN seqcache <> 1 THEN 'CACHE ' || seqcache END, CASE WHEN seqcycle THEN 'CYCLE' END)
    FROM pg_depend JOIN pg_sequence ON seqrelid = objid
    WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
      AND refobjid = attrelid AND refobjsubid = attnum AND deptype IN ('a', 'i')
    LIMIT 1) AS sequence_options
FROM pg_attribute a
JOIN pg_type t ON t.oid = atttypid
LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
WHERE attrelid = ANY ($1) AND attnum > 0 AND NOT attisdropped
ORDER BY attrelid, attnum
"""

CONSTRAINTS = """
SELECT c.oid, conrelid AS "table", conname::text AS name, contype::text AS kind,
  ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute ON attrelid = conrelid AND attnum = k.number ORDER BY place) AS columns,
  pg_get_constraintdef(c.oid, true) AS definition,
  CASE WHEN contype = 'c' THEN pg_get_expr(conbin, conrelid, true) END AS expression,
  condeferrable AS deferrable, condeferred AS deferred, convalidated AS validated,
  conenforced AS enforced, NOT conislocal AS inherited, connoinherit AND contype = 'c'
    AS no_inherit,
  NULLIF(confrelid, 0) AS target,
  ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute ON attrelid = confrelid AND attnum = k.number ORDER BY place) AS remote,
  confdeltype::text AS on_delete, confupdtype::text AS on_update, confmatchtype::text AS match,
  confdelsetcols IS NOT NULL AS some_columns
FROM pg_constraint c
WHERE conrelid = ANY ($1) AND contype IN ('p', 'u', 'c', 'f', 'x', 't') AND conparentid = 0
ORDER BY conrelid, conname
"""

INDEXES = """
SELECT i.oid, indrelid AS "table", i.relname::text AS name,
  pg_get_indexdef(i.oid) AS definition, amname::text AS method, indisunique AS unique,
  indisvalid AND indisready AS valid, indnkeyatts::int AS key_count,
  ARRAY(SELECT attname::text FROM generate_series(0, indnatts - 1) AS at
    LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[at] AND indkey[at] <> 0
    ORDER BY at) AS columns,
  ARRAY(SELECT CASE WHEN indkey[at] = 0 AND pg_get_indexdef(i.oid, at + 1, true) !~ '^[a-z_.]+\\('
      THEN '(' || pg_get_indexdef(i.oid, at + 1, true) || ')'
      ELSE pg_get_indexdef(i.oid, at + 1, true) END
    FROM generate_series(0, indnatts - 1) AS at ORDER BY at) AS terms,
  ARRAY(SELECT CASE WHEN at < indnkeyatts THEN indoption[at]::int ELSE 0 END
    FROM generate_series(0, indnatts - 1) AS at ORDER BY at) AS options_,
  ARRAY(SELECT NULLIF(concat_ws(' ',
      CASE WHEN at < indnkeyatts AND indcollation[at] <> 0 AND indcollation[at] <>
          coalesce(NULLIF(attcollation, 0), typcollation, 'pg_catalog."default"'::regcollation)
        THEN 'COLLATE ' || indcollation[at]::regcollation END,
      CASE WHEN at < indnkeyatts AND (NOT opcdefault OR attoptions IS NOT NULL)
        THEN CASE WHEN opcnamespace::regnamespace::text NOT IN ('public', 'pg_catalog')
            THEN opcnamespace::regnamespace || '.' ELSE '' END || quote_ident(opcname) END), '')
    FROM generate_series(0, indnatts - 1) AS at
    LEFT JOIN pg_opclass ON pg_opclass.oid = CASE WHEN at < indnkeyatts THEN indclass[at] END
    LEFT JOIN (SELECT attnum, attcollation, typcollation FROM pg_attribute
        JOIN pg_type ON pg_type.oid = atttypid WHERE attrelid = indrelid) AS own
      ON own.attnum = indkey[at] AND indkey[at] <> 0
    LEFT JOIN (SELECT attnum AS place, attoptions FROM pg_attribute WHERE attrelid = i.oid)
      AS given ON given.place = at + 1
    ORDER BY at) AS odd,
  pg_get_expr(indpred, indrelid, true) AS where,
  indnullsnotdistinct AS nulls_not_distinct, coalesce(i.reloptions, '{}') AS options,
  (SELECT contype::text FROM pg_constraint WHERE conindid = i.oid AND contype IN ('p', 'u', 'x')
    LIMIT 1) AS constraint
FROM pg_index x JOIN pg_class i ON i.oid = indexrelid JOIN pg_am ON pg_am.oid = i.relam
WHERE indrelid = ANY ($1) AND NOT i.relispartition
ORDER BY indrelid, i.relname
"""

ENUMS = """
SELECT t.oid, nspname::text AS schema, typname::text AS name,
  array_agg(enumlabel::text ORDER BY enumsortorder) AS values,
  obj_description(t.oid, 'pg_type') AS comment
FROM pg_type t JOIN pg_enum ON enumtypid = t.oid JOIN pg_namespace n ON n.oid = typnamespace
GROUP BY t.oid, nspname, typname
ORDER BY nspname <> 'public', nspname, typname
"""

DOMAINS = """
SELECT t.oid, t.oid::regtype::text AS name, format_type(t.typbasetype, t.typtypmod) AS base,
  t.typbasetype AS over, t.typnotnull AS not_null, t.typdefault AS default,
  CASE WHEN b.typtype = 'e' THEN b.oid END AS enum,
  b.typnamespace <> 'pg_catalog'::regnamespace AS own_type
FROM pg_type t JOIN pg_type b ON b.oid = t.typbasetype
WHERE t.typtype = 'd' AND t.typnamespace <> 'information_schema'::regnamespace
"""

# Of extensions that the first revision creates where a model needs them.
EXTENSIONS = ["btree_gist", "citext", "cube", "hstore", "ltree", "seg", "vector"]

# 16384 is the first oid that isn't PostgreSQL's own.
FOREIGN = """
SELECT DISTINCT classid::regclass::text AS class, objid AS oid,
  pg_describe_object(refclassid, refobjid, 0) AS needed,
  (SELECT extname::text FROM pg_depend AS part JOIN pg_extension x ON x.oid = part.refobjid
    WHERE part.classid = pg_depend.refclassid AND part.objid = pg_depend.refobjid
      AND part.deptype = 'e' AND extnamespace = to_regnamespace('public')) AS extension
FROM pg_depend
WHERE refobjid >= 16384 AND deptype = 'n'
  AND refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass,
    'pg_class'::regclass, 'pg_collation'::regclass, 'pg_ts_config'::regclass)
  AND refobjid <> ALL ($1)
  AND NOT EXISTS (SELECT FROM pg_depend AS part JOIN pg_extension x ON x.oid = part.refobjid
    WHERE part.classid = pg_depend.refclassid AND part.objid = pg_depend.refobjid
      AND part.deptype = 'e' AND extname = ANY ($2))
  AND (classid = 'pg_attrdef'::regclass AND objid IN
         (SELECT oid FROM pg_attrdef WHERE adrelid = ANY ($1))
    OR classid = 'pg_constraint'::regclass AND objid IN
         (SELECT oid FROM pg_constraint WHERE conrelid = ANY ($1) AND contype IN ('c', 'x'))
    OR classid = 'pg_class'::regclass AND objid IN
         (SELECT indexrelid FROM pg_index WHERE indrelid = ANY ($1)))
ORDER BY 1, 2, 3
"""

OTHERS = """
SELECT remark FROM (
  SELECT 1 AS rank, 'function ' || p.oid::regprocedure AS remark FROM pg_proc p
    JOIN pg_namespace n ON n.oid = pronamespace
    WHERE nspname = ANY ($1) AND NOT EXISTS (SELECT FROM pg_depend
      WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype IN ('e', 'i'))
  UNION ALL
  SELECT 2, 'sequence ' || s.oid::regclass FROM pg_class s
    JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'S' AND nspname = ANY ($1) AND NOT EXISTS (SELECT FROM pg_depend
      WHERE classid = 'pg_class'::regclass AND objid = s.oid AND deptype IN ('a', 'i', 'e'))
  UNION ALL
  SELECT 3, 'domain ' || t.oid::regtype || ': ' || format_type(t.typbasetype, t.typtypmod)
      || CASE WHEN typnotnull THEN ' NOT NULL' ELSE '' END
      || coalesce(' DEFAULT ' || typdefault, '')
      || coalesce((SELECT string_agg(' ' || pg_get_constraintdef(oid, true), '' ORDER BY conname)
        FROM pg_constraint WHERE contypid = t.oid AND contype = 'c'), '')
    FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
    WHERE typtype = 'd' AND nspname = ANY ($1) AND NOT EXISTS (SELECT FROM pg_depend
      WHERE classid = 'pg_type'::regclass AND objid = t.oid AND deptype = 'e')
  UNION ALL
  SELECT 4, 'type ' || t.oid::regtype FROM pg_type t JOIN pg_class c ON c.oid = typrelid
    JOIN pg_namespace n ON n.oid = typnamespace
    WHERE relkind = 'c' AND nspname = ANY ($1) AND NOT EXISTS (SELECT FROM pg_depend
      WHERE classid = 'pg_type'::regclass AND objid = t.oid AND deptype = 'e')
  UNION ALL
  SELECT 5, 'event trigger ' || quote_ident(evtname) FROM pg_event_trigger
) AS found
ORDER BY rank, remark
"""
