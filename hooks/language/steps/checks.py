"""Checks: one for each limit, and those under `checks:`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from .. import grammar, names, sql, types
from ..diagnostics import Code, did_you_mean, plain
from ..draft import Draft, Loading
from ..spec import Model


def resolve_checks(loading: Loading, draft: Draft) -> None:
    model = draft.model
    for field in model.fields:
        if not field.made_by_reference:
            longest = field.type.length or types.info(field.type).length
            model.checks += sql.limits(field, model.table, field.pattern, longest)
    for name, raw in draft.checks.items():
        _check(loading, draft, name, raw)
    for check in model.checks:
        where = draft.name if check.field is None else f"{draft.name}.{check.field.name}"
        instead = f"write checks: {{{check.name}: {{name: …}}}} with a shorter one"
        loading.identifier(where, check.full_name, instead)
    _names_differ(loading, model)


def _check(loading: Loading, draft: Draft, name: str, raw: grammar.Check) -> None:
    """A check of the model's own, or another name for that of a limit."""
    model = draft.model
    where = f"{draft.name}.checks.{plain(name)}"
    if not re.fullmatch(names.FIELD, name):
        loading.problems.add(where, Code.NAME, "names must be in ASCII and snake_case")
    if raw.name is not None:
        loading.sql_name(f"{where}.name", raw.name, "constraint")
    if raw.sql is not None:
        if (fault := sql.fault(raw.sql)) is not None:
            loading.problems.add(where, Code.SQL, fault)
        check = sql.check(model.table, name, raw.sql.strip())
        if raw.name is not None:
            check = replace(check, full_name=raw.name, named=True)
        model.checks.append(check)
        return
    limits = {check.name: place for place, check in enumerate(model.checks) if check.field}
    if name not in limits:
        what = f"has no `sql`: write SQL as text{did_you_mean(name, limits)}"
        loading.problems.add(where, Code.SQL, what)
    else:
        place = limits[name]
        full_name = raw.name or model.checks[place].full_name
        model.checks[place] = replace(model.checks[place], full_name=full_name, named=True)


def _names_differ(loading: Loading, model: Model) -> None:
    """No two constraints of a table have one name."""
    constraints = [
        (model.key_name, "the key"),
        *((it.name, "a unique") for it in model.unique_constraints),
        *((it.name, f"the exclusion {it.name}") for it in model.excludes),
        *((it.constraint, f"the reference {it.name}") for it in model.references),
        *((it.full_name, f"the check {it.name}") for it in model.checks),
    ]
    seen: dict[str, str] = {}
    for name, what in constraints:
        if name in seen and not {what, seen[name]} <= {"the key", "a unique"}:
            both = f"{seen[name]} and {what} have the same constraint name, {plain(name)}"
            loading.problems.add(model.name, Code.CONSTRAINT_TWICE, f"{both}: rename one")
        seen.setdefault(name, what)


def check_columns_of_sql(loading: Loading, draft: Draft) -> None:
    """Report columns that a piece of SQL names, and that the table doesn't have."""
    if draft.broken:
        return
    known = [field.column for field in draft.model.fields]
    for where, text in pieces_of_sql(draft):
        if text is None or sql.fault(text) is not None:
            continue
        for name, is_certain in sql.unknown_columns(text, {*known, draft.model.table}):
            near = did_you_mean(name, known)
            what = f"there is no column {plain(name)}, and text needs single quotes{near}"
            if is_certain:
                loading.problems.add(where, Code.COLUMN, what)
            else:
                loading.problems.warn(where, what)


def check_sql_of_a_row(loading: Loading, draft: Draft) -> None:
    """Report SQL that PostgreSQL refuses: it sees one row, and gives the same each time."""
    for where, text in pieces_of_sql(draft):
        if text is None or sql.fault(text) is not None:
            continue
        stored = ".checks." not in where and not where.endswith(".server_default")
        if (found := sql.beyond_row(text)) is not None:
            what = f"sees only its own row, and {found} reads others: write the rule in the code"
            loading.problems.add(where, Code.OTHER_ROWS, what)
        elif stored and (other := sql.unsteady(text)) is not None:
            what = f"is stored, and {other[0]} gives another value later: {other[1]}"
            loading.problems.add(where, Code.UNSTEADY, what)


def pieces_of_sql(draft: Draft) -> Iterator[tuple[str, str | None]]:
    """Each piece of SQL in a model that is evaluated for a row, behind its place in the file."""
    for name, entry in draft.entries.items():
        if isinstance(entry, grammar.Scalar):
            yield f"{draft.where(name)}.computed", entry.computed
            yield f"{draft.where(name)}.server_default", entry.server_default
    for name, check in draft.checks.items():
        yield f"{draft.name}.checks.{plain(name)}", check.sql
    for place, index in draft.indexes.items():
        yield f"{draft.name}.indexes[{place}].expr", index.expr
        yield f"{draft.name}.indexes[{place}].where", index.where
    for place, unique in draft.uniques.items():
        yield f"{draft.name}.unique[{place}].where", unique.where
    for place, exclude in draft.excludes.items():
        yield f"{draft.name}.exclude[{place}].where", exclude.where
        for first, *_ in exclude.elements:
            if not names.FIELD.fullmatch(first):  # a field is reported by its own step
                yield f"{draft.name}.exclude[{place}]", first
