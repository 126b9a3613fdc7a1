"""Constraints and indexes, as the models and the first revision declare them.

A model calls a column by its attribute, the revision by its name in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..language.spec import Action, Deferrable, Element, Exclude, Field, Index, Reference, Unique
from ..language.sql import terms
from .code import arguments, literal, sequence
from .columns import sql

Options = dict[str, str | None]
Naming = Callable[[Field], str]


@dataclass(frozen=True)
class Constraint:
    """A constraint or an index: its name, and its arguments as code."""

    name: str
    columns: str
    options: str
    remote: str = ""  # of a foreign key: the columns that it refers to


def attribute(field: Field) -> str:
    return literal(field.attribute)


def stored(field: Field) -> str:
    return literal(field.column)


def unique(constraint: Unique, name: Naming, named: str | None = None) -> Constraint:
    options = {
        "name": named,
        **deferrable(constraint.deferrable),
        "postgresql_include": _include(constraint, name),
        "postgresql_nulls_not_distinct": "True" if constraint.nulls_not_distinct else None,
    }
    columns = ", ".join(map(name, constraint.fields))
    return Constraint(constraint.name, columns, arguments(**options))


def exclude(constraint: Exclude, name: Naming) -> Constraint:
    def element(part: Element) -> str:
        term = name(part.field) if part.field else sql(f"({part.sql})")
        return f"({term}, {literal(part.operator)})"

    options = {
        "using": literal(constraint.using),
        "where": sql(constraint.where) if constraint.where else None,
        **deferrable(constraint.deferrable),
    }
    columns = ", ".join(map(element, constraint.elements))
    return Constraint(constraint.name, columns, arguments(**options))


def index(declared: Index, name: Naming, **options: str | None) -> Constraint:
    def key(field: Field, descending: bool) -> str:
        # One that descends is an expression, which has columns by their own names.
        return f"sa.column({stored(field)}).desc()" if descending else name(field)

    columns = [key(field, descending) for field, descending in declared.fields]
    options |= {
        "unique": "True" if declared.unique else None,
        "postgresql_using": literal(declared.method) if declared.method else None,
        "postgresql_include": _include(declared, name),
        "postgresql_where": sql(declared.where) if declared.where else None,
        "postgresql_nulls_not_distinct": "True" if declared.nulls_not_distinct else None,
    }
    columns = columns or [sql(term) for term in terms(declared.expr or "")]
    return Constraint(declared.name, ", ".join(columns), arguments(**options))


def _include(declared: Unique | Index, name: Naming) -> str | None:
    return sequence(map(name, declared.include)) if declared.include else None


def deferrable(kind: Deferrable | None) -> Options:
    if kind is None:
        return {}
    return {"deferrable": "True", "initially": literal(kind.removeprefix("initially_").upper())}


def actions(reference: Reference) -> Options:
    return {"ondelete": action(reference.on_delete), "onupdate": action(reference.on_update)}


def action(name: Action) -> str | None:
    """As SQLAlchemy takes it; NO ACTION is PostgreSQL's default."""
    return None if name == "no_action" else literal(name.upper().replace("_", " "))
