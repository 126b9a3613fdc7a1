"""Routes like `GET /orders/{order_id}/lines`: the rows that belong to a row of another model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ..language.names import kebab
from ..language.operation_ids import Nesting, nestings
from ..language.spec import Many, Model, Reference
from .code import call
from .keys import Key, bound
from .policy import policy_name


@dataclass(frozen=True, eq=False)
class Nested(Nesting):
    """A list of rows, or one row, that belongs to a row of another model."""

    criteria: Sequence[str]  # joins, then the key of the other model

    @property
    def reference(self) -> Reference | None:
        return self.relation if isinstance(self.relation, Reference) else None

    @property
    def many(self) -> Many | None:
        return self.relation if isinstance(self.relation, Many) else None

    @property
    def constant(self) -> str:
        return f"{self.name}_of_{self.of.singular}".upper()

    @property
    def path(self) -> str:
        return f"{self.of.api.path}/{self.key.path}/{kebab(self.name)}"

    @cached_property
    def key(self) -> Key:
        return Key(self.of)

    @property
    def policy(self) -> str:
        """The policy of the other model."""
        return policy_name(self.of)


def nested(model: Model, served: tuple[str, ...]) -> list[Nested]:
    """The lists of the model's rows that other models' rows have."""
    found = []
    for nesting in nestings(model, served):
        relation = nesting.relation
        if isinstance(relation, Many):
            criteria = _of_many(relation, nesting)
        else:
            criteria = _of_reference(relation, nesting)
        found.append(
            Nested(nesting.of, nesting.name, nesting.one, relation, nesting.declared, criteria)
        )
    return found


def _of_reference(reference: Reference, nesting: Nesting) -> list[str]:
    names = dict(zip(nesting.of.key, Key(nesting.of).names, strict=True))
    return [
        f"{reference.model.name}.{local.attribute} == {bound(names[remote], remote, local)}"
        for local, remote in reference.columns
    ]


def _of_many(many: Many, nesting: Nesting) -> list[str]:
    if many.through is not None:
        assert many.through_local is not None
        assert many.through_remote is not None
        through = many.through
        local = [(f"{through.name}.{a.attribute}", a, b) for a, b in many.through_local.columns]
        remote = [(f"{through.name}.{a.attribute}", a, b) for a, b in many.through_remote.columns]
    else:
        local = [(f"{many.variable}.c.{name}", field, field) for name, field in many.local]
        remote = [(f"{many.variable}.c.{name}", field, field) for name, field in many.remote]
    ours, theirs, model = remote, local, many.target
    if nesting.declared:
        ours, theirs, model = local, remote, many.model
    names = dict(zip(nesting.of.key, Key(nesting.of).names, strict=True))
    joins = [f"{column} == {model.name}.{field.attribute}" for column, _, field in ours]
    these = [f"{column} == {bound(names[field], field, it)}" for column, it, field in theirs]
    also = [f"*{policy_name(many.through)}.read"] if many.through else []
    return [call("sa.exists().where", *joins, *these, *also)]
