"""What a migration leaves as it is because the version before still needs it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from migrations.online import filler, mirrored
from tools.migration.catalog import Catalog, Column, Rule
from tools.migration.conversions import is_shared
from tools.migration.sql import names, renamed

Names = dict[tuple[str, str], str]  # a column and what it was called
UNIQUE = re.compile(r"CREATE UNIQUE INDEX")
RANDOM = {"text", "character varying", "citext"}


@dataclass
class Plan:
    goal: Catalog  # what the migration makes
    mirrors: Names
    later: list[str] = field(default_factory=list)
    unshared: list[str] = field(default_factory=list)
    kept: set[tuple[str, str]] = field(default_factory=set)  # fillers that stay
    fills: dict[tuple[str, str], str] = field(default_factory=dict)  # for the old one
    empty: list[str] = field(default_factory=list)  # columns that nothing can fill


def copy_of(it: Catalog) -> Catalog:
    return Catalog(
        {*it.schemas},
        {*it.extensions},
        {**it.enums},
        {name: {**columns} for name, columns in it.tables.items()},
        {**it.rules},
        {**it.sequences},
    )


def expand(now: Catalog, goal: Catalog, mirrors: Names, before: Catalog) -> Plan:
    """`now` is what there is, `goal` what the models say.

    `before` has the types that columns of `now` had for the version before.
    """
    plan = Plan(copy_of(goal), mirrors)
    made, later = plan.goal, plan.later
    olds = {(table, old): new for (table, new), old in mirrors.items()}
    for (table, new), old in mirrors.items():
        later.append(f"DROP FUNCTION IF EXISTS {mirrored(table, new)} CASCADE")
        later.append(f"ALTER TABLE {table} DROP COLUMN {old}")
        was, it = now.tables[table][old], goal.tables[table][new]
        made.tables[table][old] = replace(was, required=False, value=None)
        if it.default and not it.required:
            # Else nothing would tell a NULL that the version before writes from none.
            made.tables[table][new] = replace(it, value=None)
            alter = f"ALTER TABLE {table} ALTER COLUMN {new}"
            later.append(f"{alter} SET DEFAULT {it.default}")
    for table, columns in now.tables.items():
        if table not in goal.tables:
            made.tables[table] = columns
            later.append(f"DROP TABLE {table}")
            continue
        for name, it in columns.items():
            if name not in goal.tables[table] and (table, name) not in olds:
                if is_computed_anew(it, columns, goal.tables[table]):
                    continue
                made.tables[table][name] = left(now, table, name, it, plan)
                later.append(f"ALTER TABLE {table} DROP COLUMN {name}")
    for table, columns in goal.tables.items():
        there = now.tables.get(table)
        for name, it in columns.items() if there is not None else ():
            known = (there or {}).get(name)
            if not it.required or it.generated or it.identity:
                continue
            if (known and known.required) or (table, name) in mirrors:
                continue
            if known is None and it.default:
                continue
            plan.kept.add((table, name))
            later.append(f"DROP FUNCTION IF EXISTS {filler(table, name)} CASCADE")
    for key, rule in now.rules.items():
        if key in goal.rules:
            continue
        if key[0] not in goal.tables or stays(rule, key, now, plan, olds):
            made.rules[key] = rule
    for (table, name), sequence in now.sequences.items():
        if name in made.tables.get(table, {}):
            made.sequences.setdefault((table, name), sequence)
    for name in sorted(now.enums.keys() - goal.enums.keys()):
        made.enums[name] = now.enums[name]
        later.append(f"DROP TYPE {name}")
    for name in sorted(now.schemas - goal.schemas):
        made.schemas.add(name)
        later.append(f"DROP SCHEMA {name}")
    later.sort(key=lambda it: not it.startswith("DROP FUNCTION"))
    merged = [it for it in later if it.startswith("DROP TABLE ")]
    if len(merged) > 1:  # they may refer to each other
        later[:] = [it for it in later if it not in merged or it == merged[0]]
        names = ", ".join(it.removeprefix("DROP TABLE ") for it in merged)
        later[later.index(merged[0])] = f"DROP TABLE {names}"
    plan.unshared = [*unshared(now, goal, plan, before)]
    return plan


def is_computed_anew(
    it: Column, now: dict[str, Column], goal: dict[str, Column]
) -> bool:
    """What is computed goes at once where what it is computed from changes."""
    used = names(it.value) if it.generated else ()
    return any(name in now and goal.get(name) != now[name] for name in used)


def left(now: Catalog, table: str, name: str, it: Column, plan: Plan) -> Column:
    """A column that the models have no more, so that rows can be made without it."""
    if it.default or it.identity or it.generated or not it.required:
        return it
    rules = [rule for rule in now.rules.values() if f"{table}.{name}" in rule.columns]
    unique = any(rule.kind == "p" or keeps_unique(rule) for rule in rules)
    keys = [
        rule.definition for rule in rules if rule.kind == "f" and rule.table == table
    ]
    if value := neutral(now, it, unique) if not keys else None:
        return replace(it, value=value)
    one = re.match(
        r"FOREIGN KEY \([^,]+\) REFERENCES (\S+)\(([^,]+)\)", "".join(keys[:1])
    )
    if one and not unique:
        plan.fills[table, name] = f"(SELECT {one[2]} FROM {one[1]} LIMIT 1)"
        plan.kept.add((table, name))
        plan.later.append(f"DROP FUNCTION IF EXISTS {filler(table, name)} CASCADE")
    else:
        plan.empty.append(f"{table}.{name}")
    return replace(it, required=False)


def neutral(now: Catalog, it: Column, unique: bool) -> str | None:
    """What the version before reads in rows that are made without the column."""
    kind, *size = re.findall(r"[^(),]+", it.type)
    if it.type.endswith("[]"):
        return None if unique else f"'{{}}'::{it.type}"
    if kind in RANDOM and unique:
        long = not size or int(size[0]) >= 36
        return f"(gen_random_uuid())::{kind}" if long and kind != "citext" else None
    if kind == "uuid":
        return "gen_random_uuid()"
    if unique:
        return None
    if kind in now.enums:
        return f"'{now.enums[kind][0]}'::{kind}"
    known = {
        **dict.fromkeys(("smallint", "integer", "bigint"), "0"),
        **dict.fromkeys(("real", "double precision", "numeric"), "0"),
        "boolean": "false",
        "text": "''::text",
        "citext": "''::citext",
        "character varying": "''::character varying",
        "character": "''::bpchar",
        "json": "'{}'::json",
        "time without time zone": "'00:00:00'::time without time zone",
        "timestamp without time zone": "LOCALTIMESTAMP",
        "interval": "'00:00:00'::interval",
        "inet": "'0.0.0.0'::inet",
        "date": "CURRENT_DATE",
        "timestamp with time zone": "now()",
        "jsonb": "'{}'::jsonb",
    }
    return known.get(kind)


def stays(
    rule: Rule,
    key: tuple[str, str],
    now: Catalog,
    plan: Plan,
    olds: Names,
) -> bool:
    """Whether the version before needs a constraint or index, and the new one can."""
    table = key[0]
    mine = {it.removeprefix(f"{table}.") for it in rule.columns}
    mine = {it for it in mine if it in now.tables[table]}
    goal = plan.goal
    moved = {it: olds[table, it] for it in mine if (table, it) in olds}
    going = {it for it in mine if it in moved or is_dropped(plan, table, it)}
    if not going or rule.kind == "p":
        return False
    if any(it not in goal.tables[table] for it in mine):
        return False
    unique = keeps_unique(rule)
    if rule.kind == "i" and not unique:
        return True
    if moved:
        text = renamed(rule.definition, moved)
        alike = {
            it.unnamed(name) for (of, name), it in goal.rules.items() if of == table
        }
        return unique and replace(rule, definition=text).unnamed(key[1]) in alike
    empty = [goal.tables[table][it] for it in going]
    free = all(not it.required and not it.value for it in empty)
    if unique or rule.kind == "x":
        return free or all("gen_random_uuid" in (it.value or "") for it in empty)
    # A reference would delete, or keep, rows that the new version knows nothing of.
    return rule.kind == "c" and free and mine == going


def is_dropped(plan: Plan, table: str, name: str) -> bool:
    return f"ALTER TABLE {table} DROP COLUMN {name}" in plan.later


def unshared(now: Catalog, goal: Catalog, plan: Plan, before: Catalog) -> Iterator[str]:
    """What the two versions can't share, with the requests that fail and when."""
    start = "From this migration until all processes run the new version,"
    for name in plan.empty:
        yield (
            f"{start} the version before can't read rows that the new one makes: they"
            f" have no {name}."
        )
    for (table, _), rule in now.rules.items():
        if (
            rule.kind == "f"
            and table in goal.tables
            and rule not in goal.rules.values()
        ):
            for name in sorted(rule.columns):
                if is_dropped(plan, table, name.removeprefix(f"{table}.")):
                    yield (
                        f"{start} deleting what {name} refers to leaves the row, whichever"
                        " version does it."
                    )
    for table in now.tables:
        if table not in goal.tables:
            refers = [
                it.definition
                for it in now.rules.values()
                if it.kind == "f"
                and it.table == table
                and "CASCADE" not in it.definition
            ]
            kept = ": until `make contract` its rows keep those that they refer to from"
            yield (
                f"The table {table} stays for the version before"
                + (f"{kept} being deleted (409)." if refers else ".")
            )
    for table, columns in goal.tables.items():
        for name, it in columns.items():
            old = plan.mirrors.get((table, name), name)
            was = before.tables.get(table, {}).get(old)
            if was is None:
                continue
            changed = (was.type, was.collation) != (it.type, it.collation)
            if changed and not is_shared(was, it):
                yield (
                    f"{start} requests of the version before that write {table}.{name}"
                    f" or filter by it may fail: it is {it.type}, and was {was.type}."
                )
            if it.required and not was.required and (table, old) in then_filled(plan):
                yield (
                    f"Until `make contract`, a NULL that the version before writes to"
                    f" {table}.{old} is stored as the value that existing rows get."
                )
            if was.required and not it.required:
                yield (
                    f"{start} the version before can't read rows whose {table}.{name} the"
                    " new one left empty: its GETs of them fail."
                )
    for name, labels in goal.enums.items():
        gone = [it for it in now.enums.get(name, ()) if it not in labels]
        if gone:
            yield (
                f"{start} requests of the version before that write or filter by"
                f" {', '.join(gone)} of {name} are refused (422)."
            )
    for (table, _), rule in now.rules.items():
        if (
            is_unique(rule)
            and table in goal.tables
            and rule not in plan.goal.rules.values()
        ):
            keys = ", ".join(sorted(rule.columns))
            yield (
                f"{start} the version before can't upsert by {keys} alone, where it"
                " does that."
            )
    for key, rule in goal.rules.items():
        known = now.rules.get(key)
        if is_stricter(key, rule, now, plan):
            yield (
                f"{start} what {key[1]} of {key[0]} forbids is refused, also where the"
                " version before allowed it (409 or 422)."
            )
        if rule.kind == "p" and known and known != rule:
            yield (
                f"{start} requests of the version before for single rows of {key[0]} may"
                " fail: its key is another."
            )


def then_filled(plan: Plan) -> set[tuple[str, str]]:
    return plan.kept | {(table, old) for (table, _), old in plan.mirrors.items()}


def is_unique(rule: Rule) -> bool:
    return " WHERE " not in rule.made and keeps_unique(rule)


def keeps_unique(rule: Rule) -> bool:
    index = rule.kind == "i" and bool(UNIQUE.match(rule.definition))
    return rule.kind == "u" or index


def is_stricter(key: tuple[str, str], rule: Rule, now: Catalog, plan: Plan) -> bool:
    """Whether a constraint may forbid what the version before writes."""
    table, name = key
    unique = keeps_unique(rule)
    if table not in now.tables or not (unique or rule.kind in "cfx"):
        return False
    olds = {new: old for (of, new), old in plan.mirrors.items() if of == table}
    mine = {it.removeprefix(f"{table}.") for it in rule.columns}
    mine = {it for it in mine if it in plan.goal.tables[table]}
    if any(olds.get(it, it) not in now.tables[table] for it in mine):
        return False
    text = replace(rule, definition=renamed(rule.definition, olds))
    known = {
        it.unnamed(other)[1] for (of, other), it in now.rules.items() if of == table
    }
    return text.unnamed(name)[1] not in known
