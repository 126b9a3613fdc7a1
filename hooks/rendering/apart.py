"""What keeps the rows of a model apart."""

from __future__ import annotations

from dataclasses import dataclass

from ..language.spec import Field, Model
from ..language.sql import tokens


@dataclass(frozen=True)
class Apart:
    """Fields whose values no two rows have alike: none of those that `where` is true of."""

    fields: tuple[Field, ...]
    where: str | None = None
    nulls: bool = False  # are alike
    told: bool = True  # by the fields, where a row is refused

    @property
    def always(self) -> bool:
        return self.where is None and not self.nulls


def apart(model: Model) -> list[Apart]:
    """The key, the uniques, and the unique indexes."""
    found = [Apart(model.key)] if model.key else []
    found += [Apart(it.fields, it.where, it.nulls_not_distinct) for it in model.uniques]
    for index in model.indexes:
        if index.unique and index.expr is None:
            fields = tuple(field for field, _ in index.fields)
            found.append(Apart(fields, index.where, index.nulls_not_distinct))
        elif index.unique:
            found.append(Apart(named(model, index.expr or ""), index.where, told=False))
    return list(dict.fromkeys(found))


def named(model: Model, sql: str) -> tuple[Field, ...]:
    """The fields whose columns a piece of SQL names."""
    words = {part.strip('"') for _, part in tokens(sql)}
    return tuple(field for field in model.fields if field.column in words)
