"""Keys of rows: in paths, in signatures and in the conditions of statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ..language.spec import Field, Model
from ..language.types import info
from .code import Import, call, literal
from .types import fill, home, written


@dataclass(frozen=True)
class Key:
    """How requests name one row of a model."""

    model: Model
    by: tuple[Field, ...] = ()  # a unique in place of the key

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.by or self.model.key

    @cached_property
    def names(self) -> list[str]:
        """The path parameters: the key fields, led by the model's name."""
        lead = f"{self.model.singular}_"
        names = (field.name for field in self.fields)
        return [name if name.startswith(lead) else f"{lead}{name}" for name in names]

    @property
    def composite(self) -> bool:
        return len(self.names) > 1

    @cached_property
    def path(self) -> str:
        return "/".join(f"{{{name}}}" for name in self.names)

    @cached_property
    def parameters(self) -> str:
        """`item_id: UUID`, as a function's signature has it."""
        pairs = zip(self.names, self.model.key, strict=True)
        return ", ".join(f"{name}: {parameter(field)}" for name, field in pairs)

    @cached_property
    def items(self) -> str:
        """`"_item_id": item_id`, for the statement's bound parameters."""
        return ", ".join(f'"_{name}": {name}' for name in self.names)

    @cached_property
    def conditions(self) -> list[str]:
        """`Item.id == sa.bindparam("_item_id")`."""
        return [
            f"{self.model.name}.{field.attribute} == {bound(name, field)}"
            for name, field in zip(self.names, self.model.key, strict=True)
        ]

    @cached_property
    def condition(self) -> str:
        """The criterion of the row that a request names."""
        several = len(self.conditions) > 1
        return call("sa.and_", *self.conditions) if several else self.conditions[0]

    @cached_property
    def columns(self) -> list[str]:
        return [f"{self.model.name}.{field.attribute}" for field in self.model.key]

    @property
    def is_plain(self) -> bool:
        """Whether `str` writes the key as a path has it, but for what is to be quoted."""
        families = {info(field.type).family for field in self.model.key}
        return families <= {"integer", "uuid", "text"}

    @cached_property
    def location(self) -> str:
        """The expression for the path of `row`."""
        path = self.model.api.path
        if not self.is_plain:
            key = (f'row["{field.attribute}"]' for field in self.model.key)
            return call("location", literal(path), *key)
        parts = [
            f"{{quote(row['{field.attribute}'], safe='')}}"
            if info(field.type).family == "text"
            else f"{{row['{field.attribute}']}}"
            for field in self.model.key
        ]
        return f'f"{"/".join([path, *parts])}"'


def bound(name: str, field: Field, column: Field | None = None) -> str:
    """The bound parameter for a field of a key, to compare with `column` or the field itself.

    A decimal is not rounded to its scale, and a number has the room of the key.
    """
    exact = "sa.Numeric()" if field.type.name == "decimal" else None
    if column and info(field.type).family == "integer" and column.type != field.type:
        exact = f"{written(field.type).sqlalchemy}()"
    return call("sa.bindparam", f'"_{name}"', type_=exact)


def parameter(field: Field) -> str:
    """The annotation of a path parameter."""
    name = written(field.type).parameter
    assert name is not None, f"{field.name} can't be in a path"
    return fill(name, field.type)


def parameter_types(fields: Iterable[Field]) -> list[Import]:
    """The imports that the annotations of path parameters need."""
    found: dict[Import, None] = {}
    for field in fields:
        name, entry = parameter(field), written(field.type)
        of_python = name == fill(entry.python, field.type)
        for place in entry.imports if of_python else (home(name),):
            module, _, needed = fill(place, field.type).partition(":")
            found[Import(module, needed)] = None
    return list(found)
