"""Required references that form a circle, and those to add once both tables exist."""

from __future__ import annotations

from ..diagnostics import Code
from ..draft import Loading
from ..names import kebab, pascal
from ..spec import Model, Pair, Reference
from .pairs import find_pairs


def resolve_cycles(loading: Loading) -> None:
    """Defer as few references as will do, until both tables exist."""
    models = [draft.model for draft in loading.drafts.values()]
    references = [it for model in models for it in model.references if it.target is not model]
    required = [reference for reference in references if not reference.optional]
    for pair in find_pairs(required):
        pair.reference.deferred = True
        pair.reference.model.pair = pair.back.model.pair = pair
        required.remove(pair.reference)
        _check_names(loading, pair)
    if (circle := _circle(models, required)) is not None:
        _report(loading, circle, required)
        return
    if _circle(models, references) is None:
        return
    kept = list(required)
    for reference in references:
        if reference.optional:  # a required one is kept, or deferred already
            reference.deferred = _circle(models, [*kept, reference]) is not None
            if not reference.deferred:
                kept.append(reference)


def _report(loading: Loading, circle: list[Model], required: list[Reference]) -> None:
    path = " -> ".join([*(model.name for model in circle), circle[0].name])
    what = (
        f"required references form a circle, {path}, so no first row can be"
        " created: make one optional"
    )
    between = [it for it in required if {it.model, it.target} == set(circle)]
    if any(reference.deferrable == "initially_deferred" for reference in between):
        what += (
            "; two models are created at once if each references the other's key once, not both"
            " references are unique, and no other model is between them"
        )
    elif len(circle) == 2:
        what += ", or write {deferrable: initially_deferred} to create both at once"
    loading.problems.add(circle[0].name, Code.CYCLE, what)


def _check_names(loading: Loading, pair: Pair) -> None:
    """The route that creates both, and its classes, need names that nothing else has."""
    reference = pair.reference
    model, other = reference.model, pair.back.model
    classes = (f"{model.name}With{pascal(reference.name)}", f"{other.name}For{model.name}")
    for class_ in classes:
        if class_ in loading.drafts or class_ in loading.enums:
            what = f"{model.name} makes a class {class_}, with its {reference.name}: rename one"
            loading.problems.add(class_, Code.SCHEMA_CLASS, what)
    for transfer in model.transfers:
        if transfer.name == f"with_{reference.name}":
            path = f"{model.api.path}/{kebab(transfer.name)}"
            what = f"POST {path} already creates both: rename the operation"
            where = f"{model.name}.operations.{transfer.name}"
            loading.problems.add(where, Code.OPERATION_NAME, what)


def _circle(models: list[Model], references: list[Reference]) -> list[Model] | None:
    """The models of one circle of `references`, if there is any."""
    left = _in_circles(models, references)
    if not left:
        return None
    path = [next(model for model in models if model.name in left)]
    while path[-1] not in path[:-1]:
        targets = (it.target for it in references if it.model is path[-1])
        path.append(next(target for target in targets if target.name in left))
    return path[path.index(path[-1]) : -1]


def _in_circles(models: list[Model], references: list[Reference]) -> set[str]:
    """The models that are in a circle, or lead to one."""
    left = {model.name for model in models}
    waiting = dict.fromkeys(left, 0)
    users: dict[str, list[str]] = {name: [] for name in left}
    for reference in references:
        waiting[reference.model.name] += 1
        users[reference.target.name].append(reference.model.name)
    free = [name for name, count in waiting.items() if not count]
    while free:
        name = free.pop()
        left.discard(name)
        for user in users[name]:
            waiting[user] -= 1
            if not waiting[user]:
                free.append(user)
    return left
