"""Operation ids: the names of the functions that answer requests, which no two may share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .spec import Many, Model, Reference, Transfer, Transition

OF_ONE = ("get", "create", "update", "replace", "delete", "upsert")


@dataclass(frozen=True, eq=False)
class Nesting:
    """The rows of a model, or the one row, that belong to a row of another."""

    of: Model
    name: str  # of the relation, on `of`
    one: bool
    relation: Reference | Many
    declared: bool  # the rows are those of the model that declares the many-to-many

    @property
    def function(self) -> str:
        return f"{'get' if self.one else 'list'}_{self.name}_of_{self.of.singular}"


def transfer_function(transfer: Transfer, model: Model) -> str:
    return f"{transfer.name}_between_{model.plural}"


def transition_function(transition: Transition, model: Model) -> str:
    return f"{transition.name}_{model.singular}"


def link_function(many: Many) -> str:
    """The end of the name, behind `link_` and `unlink_`."""
    return f"{many.model.singular}_{many.name}"


def nestings(model: Model, served: tuple[str, ...]) -> list[Nesting]:
    """The lists of the model's rows that other models' rows have."""
    return [nesting for nesting in _nestings(model, served) if nesting.of.api.served]


def _nestings(model: Model, served: tuple[str, ...]) -> Iterator[Nesting]:
    for reference in model.references:
        if (nesting := _of_reference(reference, served)) is not None:
            yield nesting
    if "list" not in served:
        return
    for many in model.inverse_manys:
        yield _of_many(many.model, many.name, many, declared=False)
    for many in model.manys:
        if many.inverse:
            yield _of_many(many.target, many.inverse, many, declared=True)


def _of_reference(reference: Reference, served: tuple[str, ...]) -> Nesting | None:
    inverse, target = reference.inverse, reference.target
    if inverse is None or {remote for _, remote in reference.columns} != set(target.key):
        return None
    if ("get" if inverse.one else "list") not in served:
        return None
    return Nesting(
        of=target, name=inverse.name, one=inverse.one, relation=reference, declared=False
    )


def _of_many(of: Model, name: str, many: Many, *, declared: bool) -> Nesting:
    return Nesting(of=of, name=name, one=False, relation=many, declared=declared)


def linking(model: Model) -> list[Many]:
    """Many-to-many relations whose pairs have routes."""
    if not model.api.served:
        return []
    return [it for it in model.manys if it.through is None and it.target.api.served]


def operation_ids(model: Model) -> Iterator[tuple[str, str]]:
    """The functions of a model's routes, each with the place in the file that makes it."""
    ops, where = model.api.ops, f"{model.name}.api"
    for op in ops:
        name = model.singular if op in OF_ONE else model.plural
        yield f"{op}_{name}", where
    if model.soft_delete and "delete" in ops:
        yield f"restore_{model.singular}", where
    if model.pair and model.pair.reference.model is model and "create" in ops:
        yield f"create_{model.pair.name}", f"{model.name}.{model.pair.reference.name}"
    for nesting in nestings(model, ops):
        relation = nesting.relation
        yield nesting.function, f"{relation.model.name}.{relation.name}"
    for many in linking(model):
        for verb in ("link", "unlink"):
            yield f"{verb}_{link_function(many)}", f"{model.name}.{many.name}"
    if not model.api.served:
        return
    for transfer in model.transfers:
        yield transfer_function(transfer, model), f"{model.name}.operations.{transfer.name}"
    for transition in model.transitions:
        at = f"{model.name}.operations.{transition.name}"
        yield transition_function(transition, model), at
