"""What the first revision prints: the tables of the models, under their final names.

It is a record of that day, so nothing in it refers to the models' code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..language import names, types
from ..language.spec import Check, Enum, Field, Many, Model, Reference, Spec, Type
from .code import arguments, literal
from .columns import autoincrement, computed, constant, sql
from .constraints import Constraint, action, actions, deferrable, exclude, index, stored, unique
from .extensions import extensions, is_native, uses_native
from .types import fill, template


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    options: str


@dataclass(frozen=True)
class Table:
    name: str
    schema: str | None
    columns: list[Column]
    foreign_keys: list[Constraint]
    key: str
    key_name: str
    checks: Sequence[Check] = ()
    uniques: Sequence[Constraint] = ()
    excludes: Sequence[Constraint] = ()
    indexes: Sequence[Constraint] = ()


@dataclass(frozen=True)
class EnumType:
    enum: Enum

    @property
    def constant(self) -> str:
        """In capitals: no name of the revision or of Python is in the way."""
        return _constant(self.enum)


class Revision:
    """The tables of `0001_initial`, in order, and what they need."""

    def __init__(self, spec: Spec) -> None:
        models = [model for model in spec.sorted_models if model.managed]
        manys = [many for model in spec.models for many in model.manys if not many.through]
        self.tables = [*map(_table, models), *map(_association, manys)]
        self.deferred = [
            (reference, _foreign_key(reference))
            for model in models
            for reference in model.references
            if reference.deferred
        ]
        used = {field.type.enum for model in models for field in model.fields}
        self.enums = [EnumType(enum) for enum in spec.enums if enum in used]
        self.extensions = extensions(spec)
        self.native = uses_native(spec)
        schemas = {model.schema for model in models} | {it.enum.schema for it in self.enums}
        self.schemas = sorted(filter(None, schemas))
        uniques = [constraint for model in models for constraint in model.uniques]
        self.newer = any(constraint.nulls_not_distinct for constraint in uniques)


def _table(model: Model) -> Table:
    return Table(
        model.table,
        model.schema,
        [_column(field, numbered=model.key != (field,)) for field in model.fields],
        [
            _foreign_key(reference, reference.target.full_table)
            for reference in model.references
            if not reference.deferred
        ],
        ", ".join(map(stored, model.key)),
        model.key_name,
        model.checks,
        [unique(it, stored) for it in model.unique_constraints],
        [exclude(it, stored) for it in model.excludes],
        [index(it, stored) for it in model.all_indexes],
    )


def _association(many: Many) -> Table:
    sides = ((many.local, many.model), (many.remote, many.target))
    names = (many.local_constraint, many.remote_constraint)
    pairs = [pair for side, _ in sides for pair in side]
    foreign_keys = [
        Constraint(
            name,
            ", ".join(literal(column) for column, _ in side),
            arguments(ondelete=action(many.on_delete)),
            ", ".join(literal(f"{model.full_table}.{field.column}") for _, field in side),
        )
        for name, (side, model) in zip(names, sides, strict=True)
    ]
    columns = ", ".join(literal(column) for column, _ in many.remote)
    return Table(
        many.table,
        many.schema,
        [Column(name, _type(field.type), "nullable=False") for name, field in pairs],
        foreign_keys,
        ", ".join(literal(name) for name, _ in pairs),
        many.key_constraint,
        indexes=[Constraint(many.index, columns, "")] if many.index else (),
    )


def _column(field: Field, *, numbered: bool) -> Column:
    default = None
    if field.generated in ("created_at", "updated_at"):
        default = sql("now()")
    elif field.generated == "uuid4":
        default = sql("gen_random_uuid()")
    elif field.has_default:
        default = constant(field)
    elif field.server_default is not None:
        default = sql(field.server_default)
    options = arguments(
        "sa.Identity()" if field.identity and not field.serial else None,
        computed(field),
        server_default=default,
        autoincrement=autoincrement(field, numbered=numbered),
        nullable=str(field.optional),
    )
    return Column(field.column, _type(field.type), options)


def _type(type_: Type) -> str:
    if type_.enum:
        inner = _constant(type_.enum)
    elif is_native(type_):
        inner = f"Native({literal(types.sql(type_))})"
    elif types.info(type_).family == "json":
        inner = f"postgresql.{types.sql(type_).upper()}()"
    else:
        inner = fill(template(type_), type_)
        inner = inner if inner.endswith(")") else f"{inner}()"
    return f"postgresql.ARRAY({inner})" if type_.array else inner


def _constant(enum: Enum) -> str:
    name = names.fit(names.snake(enum.name)).upper()
    return "LATER_" if name == "LATER" else name  # which a revision has itself


def _foreign_key(reference: Reference, table: str = "") -> Constraint:
    lead = f"{table}." if table else ""
    return Constraint(
        reference.constraint,
        ", ".join(stored(ours) for ours, _ in reference.columns),
        arguments(**actions(reference), **deferrable(reference.deferrable)),
        ", ".join(literal(lead + theirs.column) for _, theirs in reference.columns),
    )
