"""`models:`: a draft for each, whose parts are read a piece at a time."""

from __future__ import annotations

from typing import Any, TypeVar

from .. import grammar, names
from ..diagnostics import Code, did_you_mean, plain, show
from ..draft import STRATEGIES, Draft, Loading
from ..spec import Model
from .access import read_rules
from .shapes import read_mapping, read_shape

KINDS = ("transfer", "transition")  # of operations
# Keys of a model that are read a piece at a time.
PIECES = ("fields", "many", "unique", "indexes", "exclude", "checks", "operations", "rules", "api")

T = TypeVar("T", bound=grammar.Shape)


def read_model(loading: Loading, name: str, raw: object) -> Draft | None:
    where, problems = plain(name), loading.problems
    good = loading.class_name(where, name, "a model")
    if name in loading.enums:
        problems.add(where, Code.MODEL_TWICE, "is also the name of an enum: rename one")
    data = read_mapping(where, raw, "a mapping, as in {fields: {name: text}}", problems)
    if not isinstance(raw, dict):
        return None
    pieces = {key: data.pop(key) for key in PIECES if key in data}
    for key in [key for key, value in pieces.items() if value is None]:
        problems.add(f"{where}.{key}", Code.EMPTY, "is empty: give it a value or leave it out")
        del pieces[key]
    head = read_shape(grammar.Model, where, data, problems)
    # What follows from a name that can't be used is not reported again.
    if head is None or not (good or names.FIELD.fullmatch(names.snake(name))):
        return None
    model = Model(name=name, singular="", plural="", label="", labels="", table="")
    draft = Draft(model, head, _strategy(loading, where, head))
    _read_pieces(loading, draft, where, pieces)
    return draft


def _read_pieces(loading: Loading, draft: Draft, where: str, pieces: dict[str, Any]) -> None:
    if "checks" in pieces:
        draft.checks = _checks(loading, f"{where}.checks", pieces["checks"])
    _read_manys(loading, draft, where, pieces.get("many", {}))
    uniques, indexes = pieces.get("unique", []), pieces.get("indexes", [])
    draft.uniques = _lists(loading, grammar.Unique, f"{where}.unique", uniques)
    draft.indexes = _lists(loading, grammar.Index, f"{where}.indexes", indexes)
    excludes = pieces.get("exclude", [])
    draft.excludes = _mappings(loading, grammar.Exclude, f"{where}.exclude", excludes)
    _read_operations(loading, draft, pieces.get("operations", {}))
    draft.rules = read_rules(loading, f"{where}.rules", pieces.get("rules", {}))
    api = pieces.get("api", {})
    if api is not False:
        shape = read_shape(grammar.Api, f"{where}.api", api, loading.problems)
        draft.api = shape or grammar.Api()


def _strategy(loading: Loading, where: str, head: grammar.Model) -> str | list[str]:
    pk = head.pk if head.pk is not None else loading.defaults.pk
    if isinstance(pk, list) or pk in STRATEGIES:
        return pk
    if pk == "none":
        for key in [key for key in ("version", "soft_delete") if getattr(head, key)]:
            what = f"`{key}` needs a key: leave it out, or write a key"
            loading.problems.add(f"{where}.{key}", Code.KEYLESS, what)
            setattr(head, key, False)
        return []
    near = did_you_mean(pk, [*STRATEGIES, "none"])
    what = f"{show(pk)} is not a key strategy{near}; for a field write pk: [{plain(pk)}]"
    loading.problems.add(f"{where}.pk", Code.KEY, what)
    return "uuid7"


def _read_manys(loading: Loading, draft: Draft, where: str, raw: object) -> None:
    problems = loading.problems
    manys = read_mapping(f"{where}.many", raw, "a mapping {name: {to: …}}", problems)
    for name, value in manys.items():
        if isinstance(value, str):
            what = f"{show(value)} is not a mapping: write {{to: {plain(value)}}}"
            problems.add(f"{where}.{plain(name)}", Code.SHAPE, what)
            continue
        many = read_shape(grammar.Many, f"{where}.{plain(name)}", value, problems)
        if many is None:
            draft.broken.add(name)
        else:
            draft.manys[name] = many


def _checks(loading: Loading, where: str, raw: object) -> dict[str, grammar.Check]:
    problems = loading.problems
    checks: dict[str, grammar.Check] = {}
    for name, value in read_mapping(where, raw, "a mapping {name: SQL}", problems).items():
        at = f"{where}.{plain(name)}"
        if isinstance(value, str):
            checks[name] = grammar.Check(sql=value)
        elif isinstance(value, dict):
            check = read_shape(grammar.Check, at, value, problems)
            if check is not None:
                checks[name] = check
        else:
            problems.add(at, Code.QUOTE, f"{show(value)} is not SQL: quote it")
    return checks


def _lists(loading: Loading, cls: type[T], where: str, raw: object) -> dict[int, T]:
    """Items that are lists of names, or mappings with `fields`."""
    if not isinstance(raw, list):
        what = f"{show(raw)} is not a list of lists of field names"
        loading.problems.add(where, Code.LIST, what)
        return {}
    bare = [plain(item) for item in raw if isinstance(item, str)]
    if bare:
        what = f"each item must be a list: write [{', '.join(f'[{it}]' for it in bare)}]"
        if len(bare) > 1:
            what += f", or [[{', '.join(bare)}]] for all of them together"
        loading.problems.add(where, Code.LISTS, what)
    items = {
        place: {"fields": item} if isinstance(item, list) else item
        for place, item in enumerate(raw)
        if not isinstance(item, str)
    }
    return _each(loading, cls, where, items)


def _mappings(loading: Loading, cls: type[T], where: str, raw: object) -> dict[int, T]:
    if not isinstance(raw, list):
        wanted = ", ".join(cls.model_fields)
        what = f"{show(raw)} is not a list of mappings with {wanted}"
        loading.problems.add(where, Code.LIST, what)
        return {}
    return _each(loading, cls, where, dict(enumerate(raw)))


def _each(loading: Loading, cls: type[T], where: str, items: dict[int, Any]) -> dict[int, T]:
    shapes = {
        place: read_shape(cls, f"{where}[{place}]", item, loading.problems)
        for place, item in items.items()
    }
    return {place: shape for place, shape in shapes.items() if shape is not None}


def _read_operations(loading: Loading, draft: Draft, raw: object) -> None:
    where = f"{draft.name}.operations"
    what = "a mapping {name: {kind: transfer, …}}"
    for name, value in read_mapping(where, raw, what, loading.problems).items():
        at = f"{where}.{plain(name)}"
        kind = value.get("kind") if isinstance(value, dict) else KINDS[0]
        if kind not in KINDS:
            _report_kind(loading, at, kind)
        elif kind == "transition":
            transition = read_shape(grammar.Transition, at, value, loading.problems)
            if transition is not None:
                draft.transitions[name] = transition
        else:
            transfer = _transfer(loading, at, value)
            if transfer is not None:
                draft.transfers[name] = transfer


def _report_kind(loading: Loading, where: str, kind: object) -> None:
    what = "has no `kind`" if kind is None else f"{show(kind)} is not a kind of operation"
    what += ": write transfer, which moves a number between two rows, or transition,"
    what += " which moves an enum"
    loading.problems.add(where, Code.MISSING if kind is None else Code.CHOICE, what)


def _transfer(loading: Loading, where: str, raw: object) -> grammar.Transfer | None:
    if isinstance(raw, dict) and isinstance(raw.get("log"), dict):
        log = read_shape(grammar.Log, f"{where}.log", raw["log"], loading.problems)
        if log is None:
            return None
        raw = raw | {"log": log}
    if isinstance(raw, dict) and raw.get("floor", 0) is None:
        raw = {key: value for key, value in raw.items() if key != "floor"}
    return read_shape(grammar.Transfer, where, raw, loading.problems)
