"""Checks become limits of fields if they are written as those are, else `checks:`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...language import names
from .. import columns, naming
from ..catalogue import Constraint
from ..draft import ModelDraft


@dataclass(frozen=True)
class Limit:
    field: str
    key: str
    value: Any

    @property
    def name(self) -> str:
        return f"{self.field}_{self.key}"


def write_checks(draft: ModelDraft) -> None:
    checks: dict[str, Any] = {}
    for constraint in draft.table.of("c"):
        if (lost := _lost(draft, constraint)) is not None:
            draft.remarks.append(f"{constraint.name}: {constraint.definition}{lost}")
            continue
        if not constraint.validated:
            draft.remarks.append(f"{constraint.name} is NOT VALID in the database")
        _write_check(draft, constraint, checks)
        draft.extensions.update(constraint.extensions)
    if checks:
        draft.body["checks"] = checks


def _lost(draft: ModelDraft, constraint: Constraint) -> str | None:
    """Why the language can't express a check; None if it can."""
    if constraint.foreign:
        return f", which needs {', '.join(constraint.foreign)}"
    if not constraint.enforced or constraint.no_inherit or draft.lacks(constraint.columns):
        return ""
    return None


def _write_check(draft: ModelDraft, constraint: Constraint, checks: dict[str, Any]) -> None:
    prefix = f"ck_{draft.table.name}_"
    fits = names.is_identifier(constraint.name)
    limit = _limit(draft, constraint)
    if limit and constraint.name.startswith(prefix) and constraint.name != prefix + limit.name:
        limit = None  # it has a name that says more
    if limit is not None and limit.name not in checks:
        _write_limit(draft, limit)
        name = limit.name
        if fits and constraint.name != prefix + name:
            checks[name] = {"name": constraint.name}
    else:
        name = _name(draft, constraint, checks)
        sql = constraint.expression or ""
        named = fits and constraint.name != prefix + name
        checks[name] = {"sql": sql, "name": constraint.name} if named else sql
    if not fits:
        draft.remarks.append(f"the check {constraint.name} is called {prefix}{name} here")


def _limit(draft: ModelDraft, constraint: Constraint) -> Limit | None:
    if len(constraint.columns) != 1:
        return None
    column = constraint.columns[0]
    name = draft.fields[column]
    entry = draft.entries.get(name)
    if entry is None or "type" not in entry or (type_ := columns.type_of(entry)) is None:
        return None
    found = columns.limit(column, type_, constraint.expression or "")
    return None if found is None or found[0] in entry else Limit(name, *found)


def _write_limit(draft: ModelDraft, limit: Limit) -> None:
    entry = draft.entries[limit.field]
    if (limit.key, limit.value, entry["type"]) == ("pattern", columns.SLUG, "string(100)"):
        entry["type"] = "slug"
    else:
        entry[limit.key] = limit.value


def _name(draft: ModelDraft, constraint: Constraint, checks: dict[str, Any]) -> str:
    table = draft.table.name
    name = constraint.name.removeprefix(f"ck_{table}_")
    if not names.FIELD.fullmatch(name):
        name = naming.snake(name, "check")
    name = name.removeprefix(f"{table}_").removesuffix("_check") or "check"
    while name in checks:
        name += "_too"
    return name
