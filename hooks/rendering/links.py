"""Routes that link and unlink the rows of a many-to-many relation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ..language.names import kebab
from ..language.operation_ids import link_function, linking
from ..language.spec import Field, Many, Model
from .keys import Key, bound, parameter
from .policy import policy_name


@dataclass(frozen=True)
class Link:
    """`PUT` and `DELETE` of a pair, at the model that declares the many-to-many relation."""

    many: Many

    @cached_property
    def key(self) -> Key:
        return Key(self.many.model)

    @cached_property
    def other(self) -> Key:
        return Key(self.many.target)

    @cached_property
    def other_names(self) -> list[str]:
        """The path parameters of the other side, with a prefix where both sides are one model."""
        names = self.other.names
        if self.many.target is not self.many.model:
            return names
        return [f"other_{name}" for name in names]

    @property
    def constant(self) -> str:
        return f"LINK_{self.many.name}".upper()

    @property
    def policy(self) -> str:
        """The policy of the other side."""
        return policy_name(self.many.target)

    @property
    def function(self) -> str:
        return link_function(self.many)

    @property
    def path(self) -> str:
        other = "/".join(f"{{{name}}}" for name in self.other_names)
        return f"{self.many.model.api.path}/{self.key.path}/{kebab(self.many.name)}/{other}"

    @property
    def parameters(self) -> str:
        pairs = zip(self.other_names, self.many.target.key, strict=True)
        others = (f"{name}: {parameter(field)}" for name, field in pairs)
        return ", ".join([self.key.parameters, *others])

    @property
    def other_items(self) -> str:
        """The key of the other side, by the names that its own statements bind."""
        pairs = zip(self.other.names, self.other_names, strict=True)
        return ", ".join(f'"_{key}": {name}' for key, name in pairs)

    @cached_property
    def pairs(self) -> list[tuple[str, str, Field]]:
        """(association column, path parameter, part of a key)"""
        local = dict(zip(self.many.model.key, self.key.names, strict=True))
        remote = dict(zip(self.many.target.key, self.other_names, strict=True))
        return [
            *((column, local[field], field) for column, field in self.many.local),
            *((column, remote[field], field) for column, field in self.many.remote),
        ]

    @property
    def row(self) -> str:
        """The values of the row in the association table."""
        return ", ".join(f'"{column}": {name}' for column, name, _ in self.pairs)

    @property
    def items(self) -> str:
        return ", ".join(f'"_{name}": {name}' for _, name, _ in self.pairs)

    @property
    def joins(self) -> list[str]:
        """The conditions that join the association to this side."""
        return self._joins(self.many.model, self.many.local)

    @property
    def other_joins(self) -> list[str]:
        return self._joins(self.many.target, self.many.remote)

    def _joins(self, model: Model, columns: Sequence[tuple[str, Field]]) -> list[str]:
        table = f"{self.many.variable}.c"
        return [f"{model.name}.{field.attribute} == {table}.{name}" for name, field in columns]

    @property
    def conditions(self) -> list[str]:
        return [
            f"{self.many.variable}.c.{column} == {bound(name, field)}"
            for column, name, field in self.pairs
        ]


def links(model: Model) -> list[Link]:
    return [Link(many) for many in linking(model)]
