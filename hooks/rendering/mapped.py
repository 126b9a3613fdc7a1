"""What `model.py` of a resource prints."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..language import names
from ..language.spec import Field, Index, Many, Model, Reference, Unique
from .code import arguments, call, literal
from .columns import Column, Imports, column, former
from .constraints import (
    Constraint,
    Options,
    action,
    actions,
    attribute,
    deferrable,
    exclude,
    index,
    unique,
)
from .relations import Relation, related, relations
from .types import sqlalchemy


class Mapping:
    """The mapped class of a model, and the association tables that it declares."""

    def __init__(self, model: Model) -> None:
        self.model = model
        # A mixin of references alone has no columns of its own.
        self.mixins = list(dict.fromkeys(field.mixin for field in model.fields if field.mixin))
        # Without a key or a unique, only PostgreSQL's own address of a row is another.
        self.placed = model.managed and not model.order_key
        added = ("created_at", "updated_at")
        self.fields = [
            field for field in model.fields if not field.mixin and field.generated not in added
        ]

    @property
    def bases(self) -> str:
        timestamps, keyless = self.model.timestamps, self.placed
        more = ["Timestamps"] * timestamps + ["Keyless"] * keyless
        return ", ".join([*self.mixins, *more, "Base"])

    @cached_property
    def imports(self) -> Imports:
        sides = [
            side
            for association in self.associations
            for side in (association.many.local, association.many.remote)
        ]
        of_associations = [field.type for side in sides for _, field in side]
        return Imports([*(field.type for field in self.fields), *of_associations])

    @property
    def others(self) -> list[Model]:
        return related(self.model)

    @property
    def mapper_key(self) -> str:
        """What the mapper takes for the key of a table that has none."""
        if self.model.key or self.placed:
            return ""
        return ", ".join(map(attribute, self.model.order_key or self.model.fields))

    @cached_property
    def columns(self) -> list[Column]:
        return [self._column(field) for field in self.fields]

    def _column(self, field: Field) -> Column:
        model = self.model
        keys = [
            foreign_key(reference)
            for reference in model.references
            if _is_single(reference) and reference.columns[0][0] is field
        ]
        flags = {
            "primary_key": self._is_bare_key and field in model.key,
            "unique": field in self._bare_uniques,
            "index": any(
                self._is_flag(index) and index.fields[0][0] is field for index in model.indexes
            ),
        }
        set_ = [name for name, is_set in flags.items() if is_set]
        return column(field, keys, set_, numbered=model.key != (field,))

    @property
    def _is_bare_key(self) -> bool:
        """What `primary_key=True` on a column makes."""
        single = len(self.model.key) == 1 and not self.model.key[0].mixin
        return single and not self.model.key_named

    @property
    def has_arguments(self) -> bool:
        """Whether something of the table isn't said on a column."""
        constraints = (self.key, self.foreign_keys, self.uniques, self.model.checks, self.excludes)
        return any((*constraints, self.indexes, self.model.schema, self.info))

    @cached_property
    def key(self) -> str:
        return "" if self._is_bare_key else ", ".join(map(attribute, self.model.key))

    @cached_property
    def foreign_keys(self) -> list[Constraint]:
        return [
            Constraint(
                reference.constraint,
                ", ".join(attribute(ours) for ours, _ in reference.columns),
                arguments(**_options(reference)),
                ", ".join(_remote(reference)),
            )
            for reference in self.model.references
            if not _is_single(reference)
        ]

    @cached_property
    def uniques(self) -> list[Constraint]:
        return [
            unique(constraint, attribute, literal(constraint.name) if constraint.named else None)
            for constraint in self.model.unique_constraints
            if not _is_bare(constraint)
        ]

    @cached_property
    def excludes(self) -> list[Constraint]:
        return [exclude(it, attribute) for it in self.model.excludes]

    @cached_property
    def indexes(self) -> list[Constraint]:
        return [index(it, attribute) for it in self.model.all_indexes if not self._is_flag(it)]

    @cached_property
    def _bare_uniques(self) -> list[Field]:
        return [it.fields[0] for it in self.model.uniques if _is_bare(it)]

    def _is_flag(self, declared: Index) -> bool:
        """What `index=True` on a column makes; beside `unique=True` it would be one of both."""
        return _is_plain(declared) and declared.fields[0][0] not in self._bare_uniques

    @property
    def info(self) -> str | None:
        """What the migrations want to know of the table."""
        model = self.model
        if not model.managed:
            return '{"managed": False}'
        was = names.plural(names.snake(model.was)) if model.was else None
        return former(was, model.table)

    @cached_property
    def associations(self) -> list[Association]:
        return [Association(many) for many in self.model.manys if many.through is None]

    @cached_property
    def relations(self) -> list[Relation]:
        return relations(self.model)


@dataclass(frozen=True)
class Side:
    """The columns of an association table that refer to one of the two models."""

    columns: dict[str, str]  # the arguments by the name
    foreign_key: Constraint | None  # of several columns


class Association:
    """The table of a many-to-many relation."""

    def __init__(self, many: Many) -> None:
        self.many = many
        self.sides = [
            self._side(many.model, many.local, many.local_constraint),
            self._side(many.target, many.remote, many.remote_constraint),
        ]
        self.key = ", ".join(literal(name) for name, _ in (*many.local, *many.remote))
        self.index = ", ".join(literal(name) for name, _ in many.remote)

    def _side(self, model: Model, pairs: tuple[tuple[str, Field], ...], constraint: str) -> Side:
        many = self.many
        options = {
            "name": literal(constraint) if many.constraints_named else None,
            "ondelete": action(many.on_delete),
        }
        theirs = [literal(f"{model.full_table}.{field.attribute}") for _, field in pairs]
        single = call("sa.ForeignKey", *theirs, **options) if len(pairs) == 1 else None
        columns = {
            name: arguments(
                sqlalchemy(field.type),
                single,
                primary_key=None if many.key_named else "True",
                info=former(_former_column(many, model, name, field), name),
            )
            for name, field in pairs
        }
        if single:
            return Side(columns, None)
        ours = ", ".join(map(literal, columns))
        return Side(columns, Constraint(constraint, ours, arguments(**options), ", ".join(theirs)))

    @property
    def info(self) -> str | None:
        many = self.many
        if many.table != many.variable:
            return None
        model = names.snake(many.model.was) if many.model.was else many.model.singular
        return former(f"{model}_{many.was or many.name}", many.table)


def _former_column(many: Many, model: Model, name: str, field: Field) -> str | None:
    one = names.singular(many.name)
    if many.was and many.target is many.model and name == f"{one}_{field.name}":
        return f"{names.singular(many.was)}_{field.name}"
    if model.was and name == names.reference_column(model.singular, field.name):
        return names.reference_column(names.snake(model.was), field.name)
    return None


def _is_single(reference: Reference) -> bool:
    """What `sa.ForeignKey` on a column makes; a mixin's column isn't this model's to change."""
    return len(reference.columns) == 1 and not reference.columns[0][0].mixin


def _is_plain(declared: Index) -> bool:
    """What has nothing that `index=True` on a column doesn't say."""
    if len(declared.fields) != 1 or not declared.leads or declared.include or declared.unique:
        return False
    ((field, descending),) = declared.fields
    return not (descending or declared.named or field.mixin)


def _is_bare(constraint: Unique) -> bool:
    """What `unique=True` on a column makes."""
    single = len(constraint.fields) == 1 and not constraint.fields[0].mixin
    return single and constraint.plain and not constraint.named


def foreign_key(reference: Reference) -> str:
    return call("sa.ForeignKey", *_remote(reference), **_options(reference))


def _remote(reference: Reference) -> list[str]:
    table = reference.target.full_table
    return [literal(f"{table}.{field.attribute}") for _, field in reference.columns]


def _options(reference: Reference) -> Options:
    columns = "_".join(ours.column for ours, _ in reference.columns)
    convention = f"fk_{reference.model.table}_{columns}"
    named = reference.constraint != convention
    return {
        "name": literal(reference.constraint) if named else None,
        **actions(reference),
        **deferrable(reference.deferrable),
        "use_alter": "True" if reference.deferred else None,
    }
