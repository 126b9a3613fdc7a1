"""What hangs on tables and columns in this very database, whoever put it there.

The catalogues are asked, not the models: a revision that would take away what it doesn't
know is refused before its first step, in one line for each thing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

FIRST = "drop it in a revision of your own before this one"
AGAIN = f"{FIRST}, and create it again in one after it"
# A table, its partitions, and whatever inherits from it: roots first.
TREE = """
WITH RECURSIVE tree (id, depth, above) AS (
  SELECT to_regclass(:table)::oid, 0, CAST(0 AS oid)
  UNION ALL
  SELECT inhrelid, depth + 1, id FROM pg_inherits JOIN tree ON inhparent = id
)
SELECT c.oid::bigint AS id, c.oid::regclass::text AS name, relkind::text AS kind,
  relispartition AS part, reloftype <> 0 AS typed, row_security_active(c.oid) AS hides,
  pg_has_role(relowner, 'USAGE') AS ours, relowner::regrole::text AS owner,
  has_schema_privilege(relnamespace, 'CREATE') AS open,
  relnamespace::regnamespace::text AS schema,
  reltype::bigint AS row, min(depth) AS depth, min(above)::bigint AS parent
FROM tree JOIN pg_class c ON c.oid = id GROUP BY c.oid ORDER BY min(depth), c.oid
"""
COLUMN = """
SELECT attnum::int AS number, attinhcount::int AS parents, attislocal AS own,
  (SELECT string_agg(DISTINCT grantor::regrole::text, ', ') FROM aclexplode(attacl)
    WHERE grantor <> relowner AND NOT pg_has_role(grantor, 'MEMBER')) AS grantors
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
WHERE attrelid = :id AND attname = :name AND attnum > 0 AND NOT attisdropped
"""
SHARED = """
SELECT pg_describe_object(classid, objid, objsubid) AS described, deptype::text AS how
FROM pg_shdepend
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND classid = 'pg_class'::regclass AND objid = :id AND objsubid = :number
  AND deptype NOT IN ('a', 'i')
"""
# What depends on some things, with all that decides on whether it may go.
HANGING = """
SELECT DISTINCT catalog, id, sub, d.classid::regclass::text AS of, d.objid::bigint AS it,
  d.objsubid AS part, d.deptype::text AS how,
  pg_describe_object(d.classid, d.objid, d.objsubid) AS described,
  CASE
    WHEN v.relkind = 'v' THEN 'view'
    WHEN v.relkind = 'm' THEN 'materialized view'
    WHEN w.oid IS NOT NULL THEN 'rule'
    WHEN indexrelid IS NOT NULL THEN 'index'
    WHEN contype = 'c' THEN 'check'
    WHEN contype = 'f' THEN 'foreign key'
    WHEN contype = 'u' THEN 'unique'
    WHEN contype = 'p' THEN 'primary key'
    WHEN contype = 'x' THEN 'exclusion'
    WHEN contype = 'n' THEN 'not null'
    WHEN t.oid IS NOT NULL THEN 'trigger'
    WHEN attgenerated <> '' OR c.relkind IN ('r', 'p', 'f') AND d.objsubid > 0
      THEN 'column'
    WHEN f.oid IS NOT NULL THEN 'default'
    WHEN s.oid IS NOT NULL THEN 'statistics'
    WHEN r.oid IS NOT NULL THEN 'publication'
    WHEN l.oid IS NOT NULL THEN 'policy'
    WHEN c.relkind = 'S' THEN 'sequence'
    WHEN c.relkind IN ('r', 'p', 'f') AND d.objid = d.refobjid THEN 'partition key'
    WHEN c.relkind IN ('r', 'p', 'f') THEN 'table'
    WHEN d.classid = 'pg_type'::regclass AND d.deptype = 'i' THEN 'type'
    WHEN c.relkind = 't' THEN 'toast'
    ELSE 'unknown'
  END AS kind,
  quote_ident(coalesce(c.relname, conname, tgname, stxname, polname)) AS name,
  coalesce(indrelid, conrelid, tgrelid, ev_class, adrelid, stxrelid, polrelid,
    prrelid, CASE WHEN c.relkind IN ('r', 'p', 'f') THEN c.oid END)::bigint AS home,
  coalesce(adnum, d.objsubid)::int AS number,
  coalesce(c.relispartition AND indexrelid IS NOT NULL, false)
    OR coalesce(coninhcount > 0 OR conparentid <> 0 OR contype = 't', false)
    OR coalesce(tgparentid <> 0 OR tgisinternal, false) AS inherited,
  coalesce(indisvalid, true) AS valid, coalesce(indisreplident, false) AS identity,
  coalesce(conrelid = d.refobjid AND d.refobjsubid = ANY (conkey), false) AS refers,
  coalesce(confrelid = d.refobjid AND d.refobjsubid = ANY (confkey), false) AS referred,
  coalesce((SELECT amname FROM pg_am JOIN pg_class i ON i.relam = pg_am.oid
    WHERE i.oid = conindid), 'btree') AS method,
  coalesce((SELECT relkind = 'p' FROM pg_class h WHERE h.oid = conrelid), false)
    AS parted,
  pg_has_role(coalesce(stxowner, pubowner, current_user::regrole), 'USAGE') AS ours,
  EXISTS (SELECT FROM pg_depend e WHERE e.deptype IN ('x', 'e')
    AND e.classid = d.classid AND e.objid = d.objid) AS extends,
  (SELECT count(DISTINCT u.refobjsubid) FROM pg_depend u
    WHERE u.classid = d.classid AND u.objid = d.objid AND u.refobjsubid > 0) AS width
FROM unnest(CAST(:catalogs AS text[]), CAST(:ids AS bigint[]), CAST(:subs AS int[]))
  AS target (catalog, id, sub)
JOIN pg_depend d ON d.refclassid = catalog::regclass AND d.refobjid = id::oid
  AND (sub = -1 OR d.refobjsubid = sub)
LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
LEFT JOIN pg_index ON indexrelid = c.oid
LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
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
TYPES = """
SELECT unnest(ARRAY[oid, typarray])::bigint FROM pg_type WHERE oid = to_regtype(:name)
"""
INDEX = """
SELECT indexrelid::bigint AS id, indisreplident AS identity, indrelid::regclass AS home
FROM pg_index WHERE indexrelid = to_regclass(:name)
"""
CONSTRAINTS = "SELECT oid::bigint FROM pg_constraint WHERE quote_ident(conname) = :name"
PARTITIONED = """
SELECT array_remove(array_agg(quote_ident(attname)), NULL)
FROM pg_partitioned_table, unnest(partattrs::int2[]) AS key
LEFT JOIN pg_attribute ON attrelid = partrelid AND attnum = key AND key <> 0
WHERE partrelid = CAST(:id AS oid)
HAVING count(*) > 0
"""
# What `carrying` makes anew on a copy, and what PostgreSQL itself does in place.
CARRIED = {"index", "check", "unique", "foreign key", "trigger", "statistics"}
CARRIED |= {"publication", "default", "sequence", "not null"}
REBUILT = {"index", "check", "unique", "primary key", "exclusion", "foreign key"}
REBUILT |= {"statistics", "default", "sequence", "not null"}
OWN = REBUILT - {"exclusion"}
VERBS = {
    "view": "reads",
    "materialized view": "reads",
    "foreign key": "refers to",
    "column": "is computed from, or made of",
}
IDENT = r'(?:"(?:[^"]|"")+"|[^\s."(),]+)'

Key = tuple[str, int, int]  # the catalogue, the object's number, the column's


@dataclass(frozen=True)
class Target:
    label: str
    mode: str  # copy, alter, drop; table, type; rule for what goes with one of them


class Survey:
    """All that hangs on what a revision touches."""

    def __init__(self, db: sa.Connection) -> None:
        self.db = db
        self.targets: dict[Key, Target] = {}
        self.types: dict[Key, Target] = {}
        self.handled: set[str] = set()
        self.touched: set[tuple[int, int]] = set()
        self.dropped: set[int] = set()
        self.accepted: set[Key] = set()
        self.refused: dict[str, tuple[set[str], str]] = {}

    def refuse(self, thing: str, label: str, advice: str) -> None:
        self.refused.setdefault(thing, (set(), advice))[0].add(label)

    def add_column(self, name: str, mode: str) -> None:
        table, column = split(name)
        for it in tree(self.db, table):
            found = rows(self.db, COLUMN, id=it.id, name=bare(column))
            for column_ in found:
                self.check_column(it, column_, name, mode)

    def check_column(self, it: Any, column: Any, name: str, mode: str) -> None:
        key = ("pg_class", it.id, column.number)
        self.targets[key] = Target(name, mode)
        self.touched.add((it.id, column.number))
        if not it.depth and column.parents:
            self.refuse(
                f"The column {name} comes from",
                "a table that this one inherits from",
                "change that table",
            )
        if it.depth and mode != "drop" and (column.own or column.parents > 1):
            self.refuse(
                f"The column {name} of {it.name} belongs to",
                "that table itself, or another parent as well",
                "take the inheritance away in a revision of your own before this one",
            )
        if mode == "copy" and column.grantors:
            self.refuse(
                f"A grant of {name} is by {column.grantors},",
                "a role that yours isn't a member of",
                "revoke it, and grant it again afterwards",
            )
        for shared in rows(self.db, SHARED, id=it.id, number=column.number):
            self.refuse(shared.described, f"{name} ({shared.how})", AGAIN)

    def add_drop(self, name: str) -> None:
        if name.startswith("type "):
            for (id_,) in rows(self.db, TYPES, name=name.removeprefix("type ")):
                self.types["pg_type", id_, 0] = Target(name, "type")
            return
        found = tree(self.db, name)
        if found and found[0].kind in "rpf":
            for it in found:
                self.dropped.add(it.id)
                self.targets["pg_class", it.id, -1] = Target(name, "table")
                self.targets["pg_type", it.row, 0] = Target(name, "table")
            return
        if self.add_rule(name):
            self.refuse(
                f"The index {name} serves",
                "the replication of its table",
                "give the table another REPLICA IDENTITY before",
            )
        self.add_column(name, "drop")

    def add_rule(self, name: str) -> bool:
        """A constraint or an index; whether it tells rows apart for subscribers."""
        last = split(name)[1]
        self.handled.add(last)
        for (id_,) in rows(self.db, CONSTRAINTS, name=last):
            self.targets["pg_constraint", id_, 0] = Target(name, "rule")
        found = rows(self.db, INDEX, name=name)
        for it in found:
            self.targets["pg_class", it.id, 0] = Target(name, "rule")
        return any(it.identity for it in found)

    def look(self) -> None:
        self.follow(self.targets)
        self.follow(self.types)

    def follow(self, level: dict[Key, Target]) -> None:
        while level:
            catalogs, ids, subs = (list(it) for it in zip(*level, strict=True))
            deeper: dict[Key, Target] = {}
            for it in rows(self.db, HANGING, catalogs=catalogs, ids=ids, subs=subs):
                key, target = (it.of, it.it, it.part), level[it.catalog, it.id, it.sub]
                if key in self.accepted or key in self.targets:
                    continue
                if advice := self.advice(it, target):
                    verb = VERBS.get(it.kind, "hangs on")
                    self.refuse(f"The {title(it)} {verb}", target.label, advice)
                    continue
                self.accepted.add(key)
                if target.mode != "alter":
                    mode = target.mode if it.kind == "type" else "rule"
                    deeper[key] = Target(target.label, mode)
            level = deeper

    def advice(self, it: Any, target: Target) -> str:
        """What to do where it can't be taken along; empty where it can."""
        name, mode = it.name or "", target.mode
        if name.strip('"').startswith("zz_") or it.inherited:
            return ""
        if name in self.handled and it.kind in REBUILT:
            return AGAIN if it.extends else ""
        if it.home in self.dropped and it.kind != "publication":
            return ""
        if it.kind in ("default", "column") and (it.home, it.number) in self.touched:
            return ""
        if it.kind == "type" or it.kind == "toast":
            return "" if it.how == "i" else AGAIN
        if it.kind == "partition key":
            return "the rows lie where they do by it: make a new table, and move them"
        if mode == "alter":
            return "" if it.kind in REBUILT and not foreign(it) else AGAIN
        if it.identity and mode in ("drop", "rule") and it.how != "i":
            return "give the table another REPLICA IDENTITY before"
        if mode == "rule":
            return "" if it.kind == "index" and it.how == "i" else AGAIN
        if mode == "drop":
            own = it.kind in OWN and it.width <= 1 and not foreign(it)
            return "" if own or it.kind == "sequence" else FIRST
        return self.copied(it) if mode == "copy" else FIRST

    def copied(self, it: Any) -> str:
        if it.kind not in CARRIED or foreign(it) or it.extends:
            return AGAIN
        if not it.valid:
            return "it is not valid: REINDEX INDEX CONCURRENTLY or drop it"
        if it.kind == "unique" and (it.method != "btree" or it.parted):
            return AGAIN
        if it.kind == "foreign key" and it.parted and version(self.db) < 180000:
            return AGAIN
        if not it.ours:
            return "it isn't yours: run this as a role that owns it, or have it dropped"
        return ""

    def lines(self) -> list[str]:
        return [
            f"{thing} {', '.join(sorted(labels))}: {advice}."
            for thing, (labels, advice) in self.refused.items()
        ]


def foreign(it: Any) -> bool:
    """A reference to here, whoever's."""
    return it.kind == "foreign key" and (it.referred or not it.refers)


def title(it: Any) -> str:
    if it.kind in ("view", "materialized view"):
        return str(it.described).partition(" on ")[2]
    if it.of == "pg_attrdef":
        return str(it.described).removeprefix("default value for ")
    return str(it.described)


def survey(
    db: sa.Connection,
    *,
    fills: Iterable[str] = (),
    replaces: Mapping[str, Iterable[str]] | None = None,
    drops: Iterable[str] = (),
    alters: Iterable[str] = (),
    builds: Iterable[str] = (),
) -> list[str]:
    """A line for everything that stops a revision; none: it can go.

    `fills` are columns that rows are filled in, `replaces` those that a copy takes the
    place of, with the constraints and indexes that the revision itself makes anew,
    `alters` those whose type changes where they are, `builds` the CREATE INDEX of it.
    `drops` are tables, columns, indexes and constraints, and types, as `type kind`.
    """
    look, replaced = Survey(db), {it: [*names] for it, names in (replaces or {}).items()}
    fills, drops, alters = [*fills], [*drops], [*alters]
    for name in drops:
        look.add_drop(name)
    for name, rules in replaced.items():
        look.add_column(name, "copy")
        for rule in rules:
            look.add_rule(beside(split(name)[0], rule))
    for name in alters:
        look.add_column(name, "alter")
    look.look()
    changed = dict.fromkeys(split(it)[0] for it in [*replaced, *alters])
    filled = dict.fromkeys(split(it)[0] for it in [*fills, *replaced])
    lines = [*access(db, {**filled, **changed}, {*filled})]
    lines += look.lines()
    return lines + [line for sql in builds for line in unbuildable(db, sql)]


WAYS = "run this as a role that owns it"


def access(db: sa.Connection, changed: Iterable[str], filled: set[str]) -> list[str]:
    """What keeps the current role from some of the tables, or from rows in them."""
    lines = {}
    for name in changed:
        for it in tree(db, name):
            if it.kind == "f":
                line = f"{it.name} is a foreign table: detach it before, attach it after."
            elif it.kind not in "rp":
                line = f"{it.name} is not a table: {AGAIN}."
            elif not it.ours:
                line = f"{it.name} belongs to {it.owner}: run this as that role."
            elif not it.open:
                line = f"This role may not create in {it.schema}: grant it CREATE on it."
            elif it.typed:
                line = f"{it.name} is a table of a type: ALTER TABLE … NOT OF before."
            elif it.hides and name in filled:
                line = (
                    f"Row security hides rows of {it.name} from this role: run this as"
                    " one with BYPASSRLS, or ALTER TABLE … NO FORCE ROW LEVEL SECURITY"
                    " before, and FORCE it again after."
                )
            else:
                continue
            lines[it.id] = line
    return [*lines.values()]


BUILT = re.compile(
    rf"CREATE (UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?({IDENT})"
    rf" ON (?:ONLY )?({IDENT}(?:\.{IDENT})?)(.*)",
    re.DOTALL,
)


def unbuildable(db: sa.Connection, sql: str) -> Iterator[str]:
    """A unique index that a partitioned table can't have."""
    if not (match := BUILT.match(sql.strip())) or not match[1]:
        return
    keys = {*re.findall(IDENT, re.split(r" INCLUDE | NULLS NOT | WHERE ", match[4])[0])}
    for it in tree(db, match[3]):
        for (needed,) in rows(db, PARTITIONED, id=it.id):
            if missing := sorted({*needed} - keys) or ([] if needed else ["an expression"]):
                yield (
                    f"{match[2]} can't be unique: {it.name} is partitioned by"
                    f" {', '.join(missing)}, which isn't in it. Put it in, or let it go."
                )
                return
        if it.kind == "f":
            yield f"{match[2]} can't be unique: {it.name} is a foreign table."


TRIGGERS = """
SELECT DISTINCT quote_ident(tgname) AS name FROM pg_trigger
WHERE tgrelid = CAST(:id AS oid) AND NOT tgisinternal AND tgenabled <> 'D'
  AND tgname !~ '^zz_' AND tgtype::int & 16 <> 0
  AND (tgattr::text = '' OR EXISTS (SELECT FROM pg_attribute
    WHERE attrelid = tgrelid AND attnum = ANY (tgattr) AND attname = ANY (:names)))
"""
FUNCTIONS = r"""
SELECT oid::regprocedure::text AS name FROM pg_proc
WHERE prosqlbody IS NULL AND prolang IN (SELECT oid FROM pg_language WHERE lanispl OR lanname = 'sql')
  AND pronamespace::regnamespace::text !~ '^(pg_|information_schema$)' AND proname !~ '^zz_'
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass
    AND objid = pg_proc.oid AND deptype = 'e')
  AND prosrc ~* CAST(:table AS text) AND prosrc ~* CAST(:column AS text)
ORDER BY 1
"""
PUBLICATIONS = """
SELECT DISTINCT quote_ident(pubname) AS name FROM pg_publication_tables
WHERE format('%I.%I', schemaname, tablename)::regclass = CAST(:id AS oid)
"""


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
                lines.append(f"Triggers of {it.name} fire for each row filled: {found}.")
            for x in rows(db, PUBLICATIONS, id=it.id):
                lines.append(
                    f"The publication {x.name} sends each row of {it.name} that is filled:"
                    " its subscribers need the new columns first."
                )
    for name in [*replaced, *drops, *alters]:
        table, column = split(name)
        words = {"table": word(split(table)[1] or column), "column": word(column)}
        for x in rows(db, FUNCTIONS, **words):
            lines.append(f"The function {x.name} may use {name} in its text: read it.")
    return [*dict.fromkeys(lines)]


def word(name: str) -> str:
    """A pattern for a name in the text of a function."""
    return rf"(?<![\w$]){re.escape(bare(name))}(?![\w$])"


def tree(db: sa.Connection, table: str) -> list[Any]:
    return rows(db, TREE, table=table)


def leaves(db: sa.Connection, table: str) -> list[str]:
    """All tables with rows of their own: it, its partitions, what inherits from it."""
    return [it.name for it in tree(db, table) if it.kind in "rf"]


def partitioned(db: sa.Connection, table: str) -> bool:
    return any(it.kind == "p" for it in tree(db, table)[:1])


def version(db: sa.Connection) -> int:
    return int(rows(db, "SHOW server_version_num")[0][0])


def split(name: str) -> tuple[str, str]:
    """All but the last part of a name, and that."""
    parts = re.findall(IDENT, name)
    return ".".join(parts[:-1]), parts[-1]


def bare(name: str) -> str:
    """As catalogues have it."""
    quoted = name.startswith('"')
    return name[1:-1].replace('""', '"') if quoted else name


def beside(table: str, name: str) -> str:
    """With the schema of the table."""
    schema = split(table)[0] if table else ""
    return f"{schema}.{name}" if schema else name


def rows(db: sa.Connection, sql: str, **values: Any) -> list[Any]:
    return [*db.execute(sa.text(sql), values)]
