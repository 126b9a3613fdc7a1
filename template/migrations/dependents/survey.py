"""What hangs on tables and columns in this very database, whoever put it there.

The catalogues are asked, not the models: a revision that would take away what it doesn't
know is refused before its first step, in one line for each thing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from migrations.dependents.catalog import rows, tree, version
from migrations.dependents.hanging import Key, hanging
from migrations.dependents.precautions import AGAIN, FIRST, access, unbuildable
from migrations.names import bare, beside, parts, split

COLUMN = """
SELECT attnum::int AS number, attinhcount::int AS parents, attislocal AS own,
  (SELECT string_agg(DISTINCT grantor::regrole::text, ', ') FROM aclexplode(attacl)
    WHERE grantor <> relowner AND NOT pg_has_role(grantor, 'MEMBER')) AS grantors,
  EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass
    AND objid = attrelid AND objsubid = attnum AND deptype = 'i'
    AND refclassid = classid AND refobjid = objid AND refobjsubid = 0) AS parts
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
RULES = """
SELECT pg_describe_object('pg_rewrite'::regclass, oid, 0) AS described FROM pg_rewrite
WHERE ev_class = CAST(:id AS oid) AND ev_type = '2' AND ev_enabled <> 'D'
"""
TYPES = """
SELECT unnest(ARRAY[oid, typarray])::bigint FROM pg_type WHERE oid = to_regtype(:name)
"""
INDEX = """
SELECT indexrelid::bigint AS id, indisreplident AS identity, indrelid::regclass AS home
FROM pg_index WHERE indexrelid = to_regclass(:name)
"""
CONSTRAINTS = "SELECT oid::bigint FROM pg_constraint WHERE quote_ident(conname) = :name"
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
        self.targets.setdefault(("pg_type", it.row, 0), Target(it.name, "row"))
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
                "that table itself, or to another parent",
                "take the inheritance away in a revision of your own before this one",
            )
        if column.parts:
            self.refuse(
                f"The partitions of {it.name} are by",
                name,
                "make a new table by other ones, and move the rows",
            )
        if mode == "copy" and column.grantors:
            self.refuse(
                f"A grant of {name} is by {column.grantors},",
                "a role that yours isn't a member of",
                "revoke it, and grant it again afterwards",
            )
        for shared in rows(self.db, SHARED, id=it.id, number=column.number):
            self.refuse(shared.described, f"{name} ({shared.how})", AGAIN)

    def add_filled(self, table: str) -> None:
        """Rules that keep rows from an UPDATE, or make more of it."""
        for it in tree(self.db, table):
            for rule in rows(self.db, RULES, id=it.id):
                self.refuse(f"The {rule.described} hangs on", it.name, AGAIN)

    def add_drop(self, name: str) -> None:
        if name.startswith("type "):
            for (id_,) in rows(self.db, TYPES, name=name.removeprefix("type ")):
                self.types["pg_type", id_, 0] = Target(name, "type")
            return
        found = tree(self.db, name)
        if found and found[0].kind in "rpf":
            for it in found:
                if it.depth and not it.part:
                    continue  # what inherits is no part of it
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
        found = rows(self.db, INDEX, name=name) if len(parts(name)) < 3 else []
        for it in found:
            self.targets["pg_class", it.id, 0] = Target(name, "rule")
        return any(it.identity for it in found)

    def look(self) -> None:
        self.follow(self.targets)
        self.follow(self.types)

    def follow(self, level: dict[Key, Target]) -> None:
        while level:
            deeper: dict[Key, Target] = {}
            for it in hanging(self.db, level):
                key, target = (it.of, it.it, it.part), level[it.catalog, it.id, it.sub]
                first = target.mode in ("copy", "drop", "alter")
                if key in self.targets or (key in self.accepted and not first):
                    continue
                if advice := self.advice(it, target):
                    verb = VERBS.get(it.kind, "hangs on")
                    self.refuse(f"The {title(it)} {verb}", target.label, advice)
                    continue
                if target.mode == "row" and it.kind != "type":
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
        if mode == "row":  # rows that other tables hold lose what the column has
            held = it.kind in ("column", "materialized view") or (
                it.of in ("pg_type", "pg_class") and it.kind == "unknown"
            )
            return FIRST if held else ""
        if mode == "alter":
            return "" if it.kind in REBUILT and not foreign(it) else AGAIN
        if it.identity and mode in ("drop", "rule") and it.how != "i":
            return "give the table another REPLICA IDENTITY before"
        if mode == "rule":
            return "" if it.of == "pg_class" and it.how == "i" else AGAIN
        if mode in ("drop", "table"):
            own = it.kind in OWN and it.width <= 1 and not foreign(it)
            dies = it.kind == "sequence" and it.how in "ai"
            return "" if dies or (own and mode == "drop") else FIRST
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
            return "this role may not make it anew: run this as one that may, or drop it before"
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
        return re.split(" on | of ", it.described, maxsplit=1)[-1]
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
    makes: Iterable[str] = (),
) -> list[str]:
    """A line for everything that stops a revision; none: it can go.

    `fills` are columns that rows are filled in, `replaces` those that a copy takes the
    place of, with the constraints and indexes that the revision itself makes anew,
    `alters` those whose type changes where they are, `builds` the CREATE INDEX of it.
    `drops` are tables, columns, indexes and constraints, and types, as `type kind`;
    `makes` the indexes and constraints that the revision makes anew.
    """
    look = Survey(db)
    replaced = {it: [*names] for it, names in (replaces or {}).items()}
    fills, drops, alters = [*fills], [*drops], [*alters]
    look.handled |= {split(it)[1] for it in makes}
    for name in drops:
        look.add_drop(name)
    for name, rules in replaced.items():
        look.add_column(name, "copy")
        for rule in rules:
            look.add_rule(beside(split(name)[0], rule))
    for name in alters:
        look.add_column(name, "alter")
    filled = dict.fromkeys(split(it)[0] for it in [*fills, *replaced])
    look.look()
    for table in filled:
        look.add_filled(table)
    changed = dict.fromkeys(split(it)[0] for it in [*replaced, *alters])
    named = [it for it in drops if not it.startswith("type ")]
    gone = [it for name in named for it in (name, split(name)[0])]
    lines = access(db, {**filled, **changed}, {*filled}, gone)
    lines += look.lines()
    return lines + [line for sql in builds for line in unbuildable(db, sql)]
