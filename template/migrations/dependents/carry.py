"""Takes along what others hung on a column or an index that is made anew.

While others read and write: what takes long is done before; a few statements, which the
transaction runs that swaps them, give the names and the marks.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from alembic.util import CommandError

from migrations.dependents.catalog import BUILT, comment, rows, tree
from migrations.dependents.columns import COLUMN, carry_sequences, carry_settings
from migrations.dependents.indexes import carry_index, free, index_statements
from migrations.dependents.precautions import AGAIN
from migrations.names import bare, beside, split

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
  obj_description(oid, 'pg_trigger') AS comment, tgparentid <> 0 AS inherited
FROM pg_trigger
WHERE tgrelid = CAST(:id AS oid) AND (NOT tgisinternal OR tgparentid <> 0)
  AND {USES.format("pg_trigger", "pg_trigger.oid")} ORDER BY tgname
"""
STATISTICS = f"""
SELECT format('%I.%I', nspname, stxname) AS name, pg_get_statisticsobjdef(s.oid) AS definition,
  array_remove(ARRAY[nullif(stxstattarget, -1)], NULL) AS target,
  obj_description(s.oid, 'pg_statistic_ext') AS comment,
  array_remove(ARRAY[stxowner::regrole::text], current_user::regrole::text) AS owner
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = stxnamespace
WHERE stxrelid = CAST(:id AS oid) AND {USES.format("pg_statistic_ext", "s.oid")}
ORDER BY 1
"""
PUBLICATIONS = f"""
SELECT quote_ident(pubname) AS name,
  coalesce(' WHERE (' || pg_get_expr(prqual, prrelid) || ')', '') AS condition,
  coalesce((SELECT ' (' || string_agg(quote_ident(attname), ', ' ORDER BY attnum) || ')'
    FROM pg_attribute WHERE attrelid = prrelid AND attnum = ANY (prattrs::int2[])), '') AS columns
FROM pg_publication_rel r JOIN pg_publication p ON p.oid = prpubid
WHERE prrelid = CAST(:id AS oid) AND {USES.format("pg_publication_rel", "r.oid")}
ORDER BY 1
"""
UNFIT = ("22", "23", "42")  # of SQLSTATE: values, constraints, types
CONSTRAINT = """
SELECT convalidated FROM pg_constraint
WHERE conrelid = CAST(:id AS oid) AND quote_ident(conname) = :name
"""


@dataclass
class Carried:
    """What the transaction of a swap runs."""

    # Once the copies are identities, before the DROP COLUMN.
    before: list[str] = field(default_factory=list)
    # Once columns and types have their names.
    after: list[str] = field(default_factory=list)


def carry(
    db: sa.Connection,
    table: str,
    copies: Mapping[str, str],
    replaces: Iterable[str] = (),
    run: Callable[[str], object] | None = None,
) -> Carried:
    """Make on the copies what hangs on their columns, but what the revision makes itself.

    `copies` has the new column of each that goes; `replaces` the names of constraints and
    indexes, and `x DEFAULT` or `x NOT NULL` where the revision decides that. `db` is in
    autocommit; `run` runs a statement there. What an earlier run made is used.
    Raises CommandError where something can't be made for the new type.
    """
    known = {it if " " in it else split(it)[1] for it in replaces}
    carrier = Carrier(db, table, copies, known, run or db.exec_driver_sql)
    for it in tree(db, table):
        carrier.carry(it)
    return carrier.made


class Carrier:
    def __init__(
        self,
        db: sa.Connection,
        table: str,
        copies: Mapping[str, str],
        known: set[str],
        run: Callable[[str], object],
    ) -> None:
        self.db, self.table, self.copies = db, table, copies
        self.known, self.run, self.made = known, run, Carried()
        self.required: set[int] = set()  # tables whose column is NOT NULL again

    def carry(self, it: Any) -> None:
        """What a table has, or one of its partitions and children by itself."""
        before, after = self.made.before, self.made.after
        columns = [
            {**column._mapping, "new": new}
            for old, new in self.copies.items()
            for column in rows(self.db, COLUMN, id=it.id, old=bare(old), new=bare(new))
        ]
        values = {"id": it.id, "numbers": [column["number"] for column in columns]}
        for rule in self.rules(values):
            try:
                self.carry_rule(it, rule)
            except sa.exc.DBAPIError as error:
                if getattr(error.orig, "sqlstate", "")[:2] not in UNFIT:
                    raise
                told = (
                    f"{rule.name} on {it.name} can't be made for the new type: {AGAIN}."
                )
                says = str(error.orig).rpartition(">: ")[2]
                raise CommandError(f"{told} PostgreSQL says: {says}") from error
        for one in rows(self.db, TRIGGERS, **values):
            state = f"ALTER TABLE {it.name} {one.state} TRIGGER {one.name}"
            said = comment(f"TRIGGER {one.name} ON {it.name}", one.comment)
            if one.inherited:
                after += [state, *said]
                continue
            before.append(f"DROP TRIGGER {one.name} ON {it.name}")
            after += [one.definition, state, *said]
        for one in rows(self.db, STATISTICS, **values):
            alter = f"ALTER STATISTICS {one.name}"
            before.append(f"DROP STATISTICS {one.name}")
            after.append(one.definition)
            after += [f"{alter} SET STATISTICS {it}" for it in one.target]
            after += comment(f"STATISTICS {one.name}", one.comment)
            after += [f"{alter} OWNER TO {it}" for it in one.owner]
        for one in rows(self.db, PUBLICATIONS, **values):
            alter = f"ALTER PUBLICATION {one.name}"
            before.append(f"{alter} DROP TABLE ONLY {it.name}")
            after.append(
                f"{alter} ADD TABLE ONLY {it.name}{one.columns}{one.condition}"
            )
        for column in columns:
            self.carry_column(it, column)

    def rules(self, values: dict[str, Any]) -> list[Any]:
        """Indexes and constraints, as PostgreSQL writes them where they are on the copies."""
        if not any(self.is_others(it.name) for it in rows(self.db, RULES, **values)):
            return []
        swaps, types = [], set()
        for number, (old, new) in enumerate(self.copies.items()):
            rename = f"ALTER TABLE {self.table} RENAME COLUMN"
            swaps += [f"{rename} {new} TO zz_{number}", f"{rename} {old} TO {new}"]
            both = {"old": bare(old), "new": bare(new)}
            types |= {*rows(self.db, ENUMS, table=self.table, **both)}
        for number, (old, new) in enumerate(sorted(types)):
            swaps.append(f"ALTER TYPE {new} RENAME TO zz_{number}")
            swaps.append(f"ALTER TYPE {old} RENAME TO {split(new)[1]}")
        self.run("BEGIN")
        self.run(f"LOCK TABLE {self.table} IN SHARE UPDATE EXCLUSIVE MODE")
        try:  # it writes them by the names that there are
            for sql in swaps:
                self.run(sql)
            found = rows(self.db, RULES, **values)
        finally:
            self.run("ROLLBACK")
        return [it for it in found if self.is_others(it.name)]

    def is_others(self, name: str) -> bool:
        return name not in self.known and not bare(name).startswith("zz_")

    def carry_rule(self, it: Any, rule: Any) -> None:
        spare, alter = free(it.name, rule.name), f"ALTER TABLE {it.name}"
        if match := BUILT.match(rule.definition):
            index, built = beside(it.name, rule.name), beside(it.name, spare)
            unique = match[1] or ""
            sql = f"CREATE {unique}INDEX CONCURRENTLY {spare} ON {it.name}{match[4]}"
            for statement in index_statements(self.db, sql, like=index):
                self.run(statement)
            last = f"ALTER INDEX {built} RENAME TO {rule.name}"
            if rule.of:
                using = f"UNIQUE USING INDEX {spare}{rule.waits}"
                last = f"{alter} ADD CONSTRAINT {rule.name} {using}"
            self.made.after += [last, *carry_index(self.db, index, built)]
            return
        self.constrain(it, spare, rule.definition, valid=rule.valid)
        self.made.after.append(f"{alter} RENAME CONSTRAINT {spare} TO {rule.name}")
        on = f"CONSTRAINT {rule.name} ON {it.name}"
        self.made.after += comment(on, rule.comment)

    def constrain(self, it: Any, name: str, definition: str, *, valid: bool) -> None:
        """Unless that was done: by a run that was stopped."""
        alter, there = f"ALTER TABLE {it.name}", self.validated(it, name)
        if there is None:
            late = (
                "" if re.search(r" NOT (VALID|ENFORCED)$", definition) else " NOT VALID"
            )
            self.run(f"{alter} ADD CONSTRAINT {name} {definition}{late}")
        if valid and not there:
            self.run(f"{alter} VALIDATE CONSTRAINT {name}")

    def validated(self, it: Any, name: str) -> bool | None:
        found = rows(self.db, CONSTRAINT, id=it.id, name=name)
        return bool(found[0].convalidated) if found else None

    def carry_column(self, it: Any, column: dict[str, Any]) -> None:
        new, alter = column["new"], f"ALTER TABLE {it.name}"
        name = column["name"]
        required = column["required"] and f"{name} NOT NULL" not in self.known
        if required and it.parent not in self.required:
            spare = free(it.name, f"{new} is there")
            self.constrain(it, spare, f"CHECK ({new} IS NOT NULL)", valid=True)
            self.made.before.append(f"{alter} ALTER COLUMN {new} SET NOT NULL")
            self.made.before.append(f"{alter} DROP CONSTRAINT {spare}")
        if required:
            self.required.add(it.id)
        if column["default"] and f"{name} DEFAULT" not in self.known:
            default = f"ALTER COLUMN {column['name']} SET DEFAULT {column['default']}"
            self.made.after.append(f"ALTER TABLE ONLY {it.name} {default}")
        self.made.before += carry_sequences(self.db, it, column)
        self.made.after += carry_settings(self.db, it, column)
