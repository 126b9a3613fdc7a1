"""What the first revision prints: the tables of the models, under their final names.

It is a record of that day, so nothing in it refers to the models' code.
"""

from __future__ import annotations

from functools import cached_property

from ..language.spec import Enum, Field, Many, Model, Reference, Spec, Type
from ..layout import Group, at, call, imports, literal, seq
from ..types import fill, row
from .extensions import extensions, uses_native
from .mapped import (
    action,
    actions,
    computed,
    constant,
    deferrable,
    excluding,
    expression,
    index_options,
    is_unnumbered,
    sql_text,
    unique_options,
)

Part = str | Group


class Revision:
    """The operations of `0001_initial`, in order."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.tables = [it for it in spec.sorted_models if it.managed]
        self.manys = [many for model in spec.models for many in model.manys if not many.through]
        self.deferred = [it for model in self.tables for it in model.references if it.deferred]
        used = {field.type.enum for model in self.tables for field in model.fields}
        self.used = [it for it in spec.enums if it in used]
        self.enums = [self._enum(it) for it in self.used]
        self.extensions = extensions(spec)
        self.native = uses_native(spec)
        self.schemas = sorted({it.schema for it in self.tables if it.schema})
        uniques = [it for model in self.tables for it in model.uniques]
        self.newer = any(it.nulls_not_distinct for it in uniques)

    @property
    def imports(self) -> str:
        needed = {"sqlalchemy as sa", "alembic:op"}
        if "postgresql." in "".join([*self.enums, *self.upgrade]):
            needed.add("sqlalchemy.dialects:postgresql")
        if self.native:
            needed.add("typing:Any")
        if self.schemas:
            needed.add("sqlalchemy.schema:CreateSchema")
        if self.extensions or self.newer:
            needed |= {"alembic:context", "alembic.util:CommandError"}
        return imports(needed)

    def _enum(self, enum: Enum) -> str:
        values = [literal(it) for it in enum.values]
        made = call("postgresql.ENUM", *values, name=literal(enum.type_name), create_type="False")
        return at(made, 0, f"{_constant(enum)} = ")

    @cached_property
    def upgrade(self) -> list[str]:
        statements: list[Part] = ["need_postgresql(15)"] if self.newer else []
        statements += [call("create_extension", literal(it)) for it in self.extensions]
        statements += [
            call("op.execute", call("CreateSchema", literal(it), if_not_exists="True"))
            for it in self.schemas
        ]
        statements += [call(f"{_constant(it)}.create", "op.get_bind()") for it in self.used]
        for model in self.tables:
            statements += [self._table(model), *self._indexes(model)]
        for many in self.manys:
            statements += self._association(many)
        statements += [_added(it) for it in self.deferred]
        return [at(it, 4) for it in statements]

    @property
    def downgrade(self) -> list[str]:
        statements: list[Part] = [
            call(
                "op.drop_constraint",
                _name(it.constraint),
                literal(it.model.table),
                type_='"foreignkey"',
                schema=_schema(it.model),
            )
            for it in self.deferred
        ]
        tables: list[Model | Many] = [*self.tables, *self.manys]
        statements += [
            call("op.drop_table", literal(it.table), schema=_schema(it)) for it in reversed(tables)
        ]
        statements += [call("drop_schema", literal(it)) for it in self.schemas]
        statements += [call(f"{_constant(it)}.drop", "op.get_bind()") for it in self.used]
        return [at(it, 4) for it in statements]

    def _table(self, model: Model) -> Group:
        parts: list[Part] = [literal(model.table)]
        parts += [_column(it, numbered=model.key != (it,)) for it in model.fields]
        parts += [
            call(
                "sa.CheckConstraint",
                literal(sql_text(it.sql)),
                name=_name(it.full_name),
            )
            for it in model.checks
        ]
        parts += [_foreign_key(it) for it in model.references if not it.deferred]
        key = [literal(it.column) for it in model.key]
        if key:
            parts.append(call("sa.PrimaryKeyConstraint", *key, name=_name(model.key_name)))
        for unique in model.unique_constraints:
            columns = [literal(it.column) for it in unique.fields]
            options = unique_options(unique, [literal(it.column) for it in unique.include])
            made = call("sa.UniqueConstraint", *columns, name=_name(unique.name), **options)
            parts.append(made)
        parts += [excluding(it, name=_name(it.name)) for it in model.excludes]
        return call("op.create_table", *parts, schema=_schema(model))

    def _indexes(self, model: Model) -> list[Group]:
        made = []
        for index in model.all_indexes:
            columns = [
                call("sa.column", literal(it.column)) if down else literal(it.column)
                for it, down in index.fields
            ]
            terms = [
                f"{column}.desc()" if down else column
                for column, (_, down) in zip(columns, index.fields, strict=True)
            ]
            made.append(
                call(
                    "op.create_index",
                    _name(index.name),
                    literal(model.table),
                    seq(terms or [expression(index)]),
                    schema=_schema(model),
                    **index_options(index, [literal(it.column) for it in index.include]),
                )
            )
        return made

    def _association(self, many: Many) -> list[Group]:
        parts: list[Part] = [literal(many.table)]
        sides = (
            (many.local, many.model, many.local_constraint),
            (many.remote, many.target, many.remote_constraint),
        )
        for pairs, _, _ in sides:
            parts += [
                call("sa.Column", literal(name), _type(it.type), nullable="False")
                for name, it in pairs
            ]
        for pairs, model, constraint in sides:
            ours = seq(literal(name) for name, _ in pairs)
            theirs = seq(literal(f"{model.full_table}.{it.column}") for _, it in pairs)
            parts.append(
                call(
                    "sa.ForeignKeyConstraint",
                    ours,
                    theirs,
                    name=_name(constraint),
                    ondelete=action(many.on_delete),
                )
            )
        names = [literal(name) for name, _ in (*many.local, *many.remote)]
        parts.append(call("sa.PrimaryKeyConstraint", *names, name=_name(many.key_constraint)))
        made = [call("op.create_table", *parts, schema=_schema(many))]
        if many.index:
            columns = seq(literal(name) for name, _ in many.remote)
            table, schema = literal(many.table), _schema(many)
            index = call("op.create_index", _name(many.index), table, columns, schema=schema)
            made.append(index)
        return made


def _constant(enum: Enum) -> str:
    """What the revision calls the type: in capitals, no name of it or of Python is in the way."""
    return enum.type_name.upper()


def _schema(of: Model | Many) -> str | None:
    return literal(of.schema) if of.schema else None


def _name(name: str) -> Group:
    """A name that no naming convention is to touch."""
    return call("op.f", literal(name))


def _type(type: Type) -> str:
    if type.enum:
        inner = _constant(type.enum)
    else:
        inner = fill(row(type).sqlalchemy, type).replace("none_as_null=True", "")
        if inner.startswith("Native("):
            inner = f"Native({literal(fill(row(type).sql, type))})"
        inner = inner if inner.endswith(")") else f"{inner}()"
    return f"postgresql.ARRAY({inner})" if type.array else inner


def _column(it: Field, *, numbered: bool) -> Group:
    arguments: list[Part] = [literal(it.column), _type(it.type)]
    if it.identity and not it.serial:
        arguments.append("sa.Identity()")
    if it.computed is not None:
        arguments.append(computed(it.computed))
    default = it.server_default
    if it.generated in ("created_at", "updated_at"):
        default = "now()"
    elif it.generated == "uuid4":
        default = "gen_random_uuid()"
    given: Part | None = None
    if it.has_default:
        given = constant(it)
    elif default is not None:
        given = call("sa.text", literal(sql_text(default)))
    by_hand = "False" if is_unnumbered(it) and not numbered else None
    options = {"server_default": given, "autoincrement": by_hand, "nullable": str(it.optional)}
    return call("sa.Column", *arguments, **options)


def _foreign_key(it: Reference) -> Group:
    ours = seq(literal(field.column) for field, _ in it.columns)
    theirs = seq(literal(f"{it.target.full_table}.{field.column}") for _, field in it.columns)
    return call(
        "sa.ForeignKeyConstraint",
        ours,
        theirs,
        name=_name(it.constraint),
        **actions(it),
        **deferrable(it.deferrable),
    )


def _added(it: Reference) -> Group:
    """A foreign key of a cycle, added when both tables are there."""
    return call(
        "op.create_foreign_key",
        _name(it.constraint),
        literal(it.model.table),
        literal(it.target.table),
        seq(literal(field.column) for field, _ in it.columns),
        seq(literal(field.column) for _, field in it.columns),
        source_schema=_schema(it.model),
        referent_schema=_schema(it.target),
        **actions(it),
        **deferrable(it.deferrable),
    )
