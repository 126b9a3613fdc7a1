"""What shows only when all models are seen together."""

from __future__ import annotations

from .. import types
from ..api import MORE_SCHEMAS, SCHEMAS
from ..diagnostics import Code
from ..draft import Loading
from ..names import kebab, pascal
from ..operation_ids import operation_ids
from ..spec import Model, Pair, Reference
from .pairs import pairs

NUMBERS = ("singular", "plural")


def check_whole(loading: Loading) -> None:
    _names(loading)
    _creates(loading)
    _cycles(loading)
    _operation_ids(loading)


def _names(loading: Loading) -> None:
    models = [it.model for it in loading.drafts.values()]
    for kind in NUMBERS:
        seen: dict[str, Model] = {}
        for model in models:
            other = seen.setdefault(getattr(model, kind), model)
            if other is not model:
                name = getattr(model, kind)
                what = f"{other.name} has the same {kind}, {name}: set `plural:`, or rename one"
                loading.problems.add(model.name, Code.PLURAL_TWICE, what)
    classes = {made: it.name for it in models for made in _classes(it)}
    key_classes = {types.info(field.type).key_class for model in models for field in model.key}
    for name in [*(it.name for it in models), *loading.enums]:
        if name in classes:
            what = f"{classes[name]} makes a class {name} too: rename one"
            loading.problems.add(name, Code.SCHEMA_CLASS, what)
        elif name in key_classes:
            what = f"the service has its own class {name}: rename this one"
            loading.problems.add(name, Code.RESERVED, what)
    tables = {it.table for it in models} | {many.table for it in models for many in it.manys}
    for enum in loading.enums.values():
        if enum is not None and enum.type_name in tables:
            what = f"a table has the name of its type, {enum.type_name}: rename one of the two"
            loading.problems.add(f"enums.{enum.name}", Code.TABLE_TWICE, what)


def _classes(model: Model) -> list[str]:
    """What a model makes beside its own class."""
    kinds = [*SCHEMAS, *(kind for op, kind in MORE_SCHEMAS.items() if op in model.api.ops)]
    kinds += [pascal(it.name) for it in model.transitions]
    kinds += ["Embed", "Embedded", "Embeds"] if model.api.embed else []
    return [f"{model.name}{kind}" for kind in kinds]


def _operation_ids(loading: Loading) -> None:
    """No two routes have a function of the same name, which is their operation id."""
    models = [it.model for it in loading.drafts.values()]
    if any(len({getattr(it, kind) for it in models}) < len(models) for kind in NUMBERS):
        return  # told already
    seen: dict[str, str] = {}
    for model in models:
        for function, where in operation_ids(model):
            other = seen.setdefault(function, where)
            if other is not where:
                what = f"makes the operation {function}, and so does {other}: rename one"
                loading.problems.add(where, Code.HANDLER_TWICE, what)


def _creates(loading: Loading) -> None:
    """A required field that nobody can send makes every create fail."""
    logs = {it.log.name for draft in loading.drafts.values() for it in draft.model.transfers}
    for draft in loading.drafts.values():
        creates = {"create", "bulk_create", "upsert"}
        if not creates & set(draft.model.api.ops) and draft.name not in logs:
            continue
        for it in draft.model.fields:
            filled = it.optional or it.has_default or it.server_default is not None
            if not (
                it.creatable or it.identity or it.computed is not None or it.generated or filled
            ):
                what = (
                    f"is required and {it.access}, so every create would fail: give it a default,"
                    " make it optional, or leave create, bulk_create and upsert out of api.ops"
                )
                loading.problems.add(f"{draft.name}.{it.name}", Code.CREATE, what)


def _cycles(loading: Loading) -> None:
    """Finds references to put off until both tables exist: as few as will do."""
    models = [it.model for it in loading.drafts.values()]
    references = [it for model in models for it in model.references if it.target is not model]
    required = [it for it in references if not it.optional]
    for pair in pairs(models, required):
        pair.reference.deferred = True
        pair.reference.model.pair = pair.back.model.pair = pair
        required.remove(pair.reference)
        _pair_names(loading, pair)
    if (circle := _circle(models, required)) is not None:
        path = " -> ".join([*(it.name for it in circle), circle[0].name])
        what = (
            f"required references form a circle, {path}, so no first row can be"
            " created: make one optional"
        )
        between = [it for it in required if {it.model, it.target} == set(circle)]
        if any(it.deferrable == "initially_deferred" for it in between):
            what += (
                "; two models are created at once if each references the other's key once, not both"
            )
            what += " references are unique, and no other model is between them"
        elif len(circle) == 2:
            what += ", or write {deferrable: initially_deferred} to create both at once"
        loading.problems.add(circle[0].name, Code.CYCLE, what)
        return
    if _circle(models, references) is None:
        return
    kept = list(required)
    for it in references:
        if it.optional:  # what is required is kept, or put off already
            it.deferred = _circle(models, [*kept, it]) is not None
            if not it.deferred:
                kept.append(it)


def _pair_names(loading: Loading, pair: Pair) -> None:
    """What the route that creates both is called by is no other's."""
    model, other = pair.reference.model, pair.back.model
    for made in (f"{model.name}With{pascal(pair.reference.name)}", f"{other.name}For{model.name}"):
        if made in loading.drafts or made in loading.enums:
            what = f"{model.name} makes a class {made}, with its {pair.reference.name}: rename one"
            loading.problems.add(made, Code.SCHEMA_CLASS, what)
    for it in model.transfers:
        if it.name == f"with_{pair.reference.name}":
            what = (
                f"POST {model.api.path}/{kebab(it.name)} already creates both: rename the operation"
            )
            loading.problems.add(f"{model.name}.operations.{it.name}", Code.OPERATION_NAME, what)


def _circle(models: list[Model], references: list[Reference]) -> list[Model] | None:
    """The models of one circle of `references`, if there is any."""
    follows: dict[str, list[Model]] = {it.name: [] for it in models}
    for reference in references:
        follows[reference.model.name].append(reference.target)
    left = {it.name for it in models}
    waiting = {name: len(targets) for name, targets in follows.items()}
    users: dict[str, list[str]] = {name: [] for name in left}
    for reference in references:
        users[reference.target.name].append(reference.model.name)
    free = [name for name, count in waiting.items() if not count]
    while free:
        name = free.pop()
        left.discard(name)
        for user in users[name]:
            waiting[user] -= 1
            if not waiting[user]:
                free.append(user)
    if not left:
        return None
    path = [next(it for it in models if it.name in left)]
    while path[-1] not in path[:-1]:
        path.append(next(it for it in follows[path[-1].name] if it.name in left))
    return path[path.index(path[-1]) : -1]
