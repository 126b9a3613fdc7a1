"""The answers → drafts: each piece is read by itself, so that one mistake hides no other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from . import expressions, grammar, names
from .diagnostics import Code, Problems, did_you_mean, plain, show
from .draft import STRATEGIES, Draft, Loading
from .spec import Enum, Model

# Keys of a model that are read a piece at a time.
KINDS = ("transfer", "transition")  # of operations
PIECES = ("fields", "many", "unique", "indexes", "exclude", "checks", "operations", "api")

L = TypeVar("L", bound=grammar.Shape)


def read_answers(answers: Mapping[str, Any], problems: Problems) -> Loading:
    loading = Loading(problems)
    if answers.get("defaults") is not None:
        loading.defaults = (
            grammar.read(grammar.Defaults, "defaults", answers["defaults"], problems)
            or loading.defaults
        )
    if answers.get("enums") is not None:
        _enums(loading, answers["enums"])
    raw = answers.get("models")
    if raw is None or raw in ({}, []):
        problems.add("models", Code.NO_MODELS, "there is no model: describe at least one")
        return loading
    for name, it in grammar.mapping(
        "models", raw, "a mapping {Name: {fields: …}}", problems
    ).items():
        draft = _model(loading, name, it)
        if draft is None:
            loading.broken.add(name)
        else:
            loading.drafts[name] = draft
    known = [*loading.drafts, *loading.broken]
    if answers.get("mixins") is not None:
        _mixins(loading, answers["mixins"], known)
    for draft in loading.drafts.values():
        _fields(loading, draft, raw[draft.name].get("fields"), known)
        _mix(loading, draft)
    if answers.get("dropped") is not None:
        _dropped(loading, answers["dropped"])
    return loading


def _enums(loading: Loading, raw: object) -> None:
    problems = loading.problems
    what = "a mapping {Name: [value, …]}"
    for name, values in grammar.mapping("enums", raw, what, problems).items():
        where = f"enums.{plain(name)}"
        loading.enums[name] = None
        good = _class_name(loading, where, name, "an enum")
        docs: list[str] = []
        if isinstance(values, dict):
            described = grammar.mapping(where, values, what, problems)
            docs = _descriptions(loading, where, described)
            good = good and len(docs) == len(values)
            values = [*described]
        if not isinstance(values, list) or not values:
            what = f"{show(values)} is not a list of values: write one, as in [draft, sent]"
            problems.add(where, Code.ENUM, what)
            continue
        type_name = names.snake(name)
        if type_name in names.SQL_TYPES:
            problems.add(
                where,
                Code.SQL_TYPE,
                f"PostgreSQL has its own type {type_name}: rename the enum, as in {name}Kind",
            )
            good = False
        loading.identifier(where, type_name, "shorten the name")
        seen: set[str] = set()
        for value in values:
            wrong = None
            if not isinstance(value, str):
                what = f"YAML reads {show(value)} here, not text: quote it"
                wrong = Code.QUOTE, what
            elif value in seen:
                wrong = Code.ENUM_TWICE, f"the value {show(value)} is listed twice"
            elif (fault := fault_of_value(value)) is not None:
                wrong = Code.ENUM_VALUE, fault
            else:
                seen.add(value)
            if wrong is not None:
                problems.add(where, *wrong)
                good = False
        if good:
            loading.enums[name] = Enum(name, type_name, tuple(values), tuple(docs))


def _descriptions(loading: Loading, where: str, described: dict[str, Any]) -> list[str]:
    docs = []
    for value, text in described.items():
        at = f"{where}.{plain(value)}"
        if not isinstance(text, str):
            what = f"{show(text)} is not text: quote the description, or write a list of values"
            loading.problems.add(at, Code.QUOTE, what)
        elif not (doc := " ".join(text.split())) or not doc.isprintable():
            what = "needs printable text as its description: write one, or a list of values"
            loading.problems.add(at, Code.ENUM, what)
        else:
            docs.append(doc)
    return docs


def fault_of_value(value: str) -> str | None:
    """Why an enum can't have it."""
    if not value.isprintable() or value != value.strip():
        return f"{show(value)} cannot be a value: write printable text, without spaces around it"
    if names.too_long(value):
        return f"the value {show(value)} has over 63 bytes, and PostgreSQL allows 63"
    return None


def _class_name(loading: Loading, where: str, name: str, what: str) -> bool:
    if not names.MODEL.fullmatch(name):
        made = names.pascal(re.sub(r"[^A-Za-z0-9]+", "_", names.ascii_of(name)))
        hint = f"; write {made}" if names.MODEL.fullmatch(made) else ""
        loading.problems.add(
            where, Code.MODEL_NAME, f"{what} is named in PascalCase, in ASCII{hint}"
        )
        return False
    if name in names.CLASSES:
        loading.problems.add(
            where, Code.RESERVED, f"the service has its own class {name}: rename this one"
        )
        return False
    return True


def _model(loading: Loading, name: str, raw: object) -> Draft | None:
    where, problems = plain(name), loading.problems
    good = _class_name(loading, where, name, "a model")
    if name in loading.enums:
        problems.add(where, Code.MODEL_TWICE, "is also the name of an enum: rename one")
    data = grammar.mapping(where, raw, "a mapping, as in {fields: {name: text}}", problems)
    if not isinstance(raw, dict):
        return None
    pieces = {key: data.pop(key) for key in PIECES if key in data}
    for key in [key for key, it in pieces.items() if it is None]:
        problems.add(f"{where}.{key}", Code.EMPTY, "is empty: give it a value or leave it out")
        del pieces[key]
    checks = pieces.get("checks")
    read = grammar.read(grammar.Model, where, data, problems)
    # What follows from a name that can't be used is not told again.
    if read is None or not (good or names.FIELD.fullmatch(names.snake(name))):
        return None
    model = Model(name=name, singular="", plural="", label="", labels="", table="")
    draft = Draft(model, read, _strategy(loading, where, read))
    if checks is not None:
        draft.checks = _checks(loading, f"{where}.checks", checks)
    many = grammar.mapping(
        f"{where}.many", pieces.get("many", {}), "a mapping {name: {to: …}}", problems
    )
    for key, it in many.items():
        got = grammar.read(grammar.Many, f"{where}.{plain(key)}", it, problems)
        if got is None:
            draft.broken.add(key)
        else:
            draft.manys[key] = got
    draft.uniques = _lists(loading, grammar.Unique, f"{where}.unique", pieces.get("unique", []))
    draft.indexes = _lists(loading, grammar.Index, f"{where}.indexes", pieces.get("indexes", []))
    exclude = pieces.get("exclude", [])
    draft.excludes = _mappings(loading, grammar.Exclude, f"{where}.exclude", exclude)
    _operations(loading, draft, pieces.get("operations", {}))
    api = pieces.get("api", {})
    if api is not False:
        draft.api = grammar.read(grammar.Api, f"{where}.api", api, problems) or grammar.Api()
    return draft


def _strategy(loading: Loading, where: str, raw: grammar.Model) -> str | list[str]:
    pk = raw.pk if raw.pk is not None else loading.defaults.pk
    if isinstance(pk, list) or pk in STRATEGIES:
        return pk
    if pk == "none":
        for key in (it for it in ("version", "soft_delete") if getattr(raw, it)):
            what = f"`{key}` needs a key: leave it out, or write a key"
            loading.problems.add(f"{where}.{key}", Code.KEYLESS, what)
            setattr(raw, key, False)
        return []
    near = did_you_mean(pk, [*STRATEGIES, "none"])
    what = f"{show(pk)} is not a key strategy{near}; for a field write pk: [{plain(pk)}]"
    loading.problems.add(f"{where}.pk", Code.KEY, what)
    return "uuid7"


def _checks(loading: Loading, where: str, raw: object) -> dict[str, grammar.Check]:
    found: dict[str, grammar.Check] = {}
    for name, it in grammar.mapping(where, raw, "a mapping {name: SQL}", loading.problems).items():
        if isinstance(it, str):
            found[name] = grammar.Check(sql=it)
        elif isinstance(it, dict):
            check = grammar.read(grammar.Check, f"{where}.{plain(name)}", it, loading.problems)
            if check is not None:
                found[name] = check
        else:
            loading.problems.add(
                f"{where}.{plain(name)}", Code.QUOTE, f"{show(it)} is not SQL: quote it"
            )
    return found


def _lists(loading: Loading, cls: type[L], where: str, raw: object) -> dict[int, L]:
    if not isinstance(raw, list):
        loading.problems.add(where, Code.LIST, f"{show(raw)} is not a list of lists of field names")
        return {}
    bare = [plain(it) for it in raw if isinstance(it, str)]
    if bare:
        what = f"each item must be a list: write [{', '.join(f'[{it}]' for it in bare)}]"
        if len(bare) > 1:
            what += f", or [[{', '.join(bare)}]] for all of them together"
        loading.problems.add(where, Code.LISTS, what)
    items = {at: {"fields": it} if isinstance(it, list) else it for at, it in enumerate(raw)}
    return _each(
        loading, cls, where, {at: it for at, it in items.items() if not isinstance(it, str)}
    )


def _mappings(loading: Loading, cls: type[L], where: str, raw: object) -> dict[int, L]:
    if not isinstance(raw, list):
        wanted = ", ".join(cls.model_fields)
        what = f"{show(raw)} is not a list of mappings with {wanted}"
        loading.problems.add(where, Code.LIST, what)
        return {}
    return _each(loading, cls, where, dict(enumerate(raw)))


def _each(loading: Loading, cls: type[L], where: str, items: dict[int, Any]) -> dict[int, L]:
    made = (
        (at, grammar.read(cls, f"{where}[{at}]", it, loading.problems)) for at, it in items.items()
    )
    return {at: it for at, it in made if it is not None}


def _operations(loading: Loading, draft: Draft, raw: object) -> None:
    top = f"{draft.name}.operations"
    what = "a mapping {name: {kind: transfer, …}}"
    for name, it in grammar.mapping(top, raw, what, loading.problems).items():
        where = f"{top}.{plain(name)}"
        kind = it.get("kind") if isinstance(it, dict) else KINDS[0]
        if kind not in KINDS:
            given = (
                f"{show(kind)} is not a kind of operation" if kind is not None else "has no `kind`"
            )
            what = f"{given}: write transfer, which moves a number between two rows, or transition,"
            what += " which moves an enum"
            loading.problems.add(where, Code.CHOICE if kind is not None else Code.MISSING, what)
        elif isinstance(it, dict) and kind == "transition":
            moves = grammar.read(grammar.Transition, where, it, loading.problems)
            if moves is not None:
                draft.transitions[name] = moves
        else:
            if isinstance(it, dict) and isinstance(it.get("log"), dict):
                log = grammar.read(grammar.Log, f"{where}.log", it["log"], loading.problems)
                if log is None:
                    continue
                it = it | {"log": log}
            if isinstance(it, dict) and it.get("floor", 0) is None:
                it = {key: value for key, value in it.items() if key != "floor"}
            read = grammar.read(grammar.Transfer, where, it, loading.problems)
            if read is not None:
                draft.transfers[name] = read


def _fields(loading: Loading, draft: Draft, raw: object, models: list[str]) -> None:
    where = f"{draft.name}.fields"
    problems = loading.problems
    if raw is None:
        return
    data = grammar.mapping(where, raw, "a mapping {name: type}", problems)
    cut = grammar.cut_by_comma(data)
    for name, it in data.items():
        if cut and it is None and name.endswith(")"):
            continue
        entry = _field(loading, f"{draft.name}.{plain(name)}", it, models)
        if entry is None:
            draft.broken.add(name)
        else:
            draft.entries[name] = entry


def _mixins(loading: Loading, raw: object, models: list[str]) -> None:
    what = "a mapping {Name: {field: type, …}}"
    for name, fields in grammar.mapping("mixins", raw, what, loading.problems).items():
        where = f"mixins.{plain(name)}"
        made = loading.mixins[name] = {}
        _class_name(loading, where, name, "a mixin")
        if name in loading.enums or name in models:
            kind = "an enum" if name in loading.enums else "a model"
            what_else = f"is also the name of {kind}: rename one"
            loading.problems.add(where, Code.TWICE, what_else)
        read = grammar.mapping(where, fields, "a mapping {field: type, …}", loading.problems)
        for field, it in read.items():
            made[field] = _field(loading, f"{where}.{plain(field)}", it, models)


def _mix(loading: Loading, draft: Draft) -> None:
    """Gives a model the fields of its mixins, behind its own."""
    where = f"{draft.name}.mixins"
    wanted = draft.raw.mixins
    for name in {it for it in wanted if wanted.count(it) > 1}:
        loading.problems.add(where, Code.LISTED_TWICE, f"{plain(name)} is listed twice")
    for name in dict.fromkeys(wanted):
        if name not in loading.mixins:
            known = filter(names.MODEL.fullmatch, loading.mixins)
            what = f"there is no mixin {plain(name)!r}{did_you_mean(name, known)}"
            loading.problems.add(where, Code.MIXIN, what)
            continue
        for field, entry in loading.mixins[name].items():
            if field in draft.entries:
                whose = draft.mixed.get(field, draft.name)
                both = f"{plain(name)} and of {plain(whose)}"
                what = f"{plain(field)} is a field of {both}: keep one of the two"
                loading.problems.add(where, Code.TWICE, what)
            elif entry is None:
                draft.broken.add(field)
            else:
                draft.entries[field] = entry
                draft.mixed[field] = name


def _field(
    loading: Loading, where: str, raw: object, models: list[str]
) -> grammar.Scalar | grammar.Ref | None:
    problems = loading.problems
    if isinstance(raw, str):
        found = expressions.reference(raw)
        if found is not None:
            return grammar.Ref(ref=found[0], optional=found[1])
        return grammar.Scalar(type=raw)
    if raw is None:
        problems.add(where, Code.NO_TYPE, "has no type: write one, as in string(40) or -> User")
        return None
    if not isinstance(raw, dict):
        problems.add(where, Code.SHAPE, f"{show(raw)} is not a type: write one, as in string(40)")
        return None
    if "ref" in raw and "type" in raw:
        problems.add(
            where,
            Code.BOTH,
            "has `type` and `ref`: keep `type` for a column, or `ref` for a reference",
        )
        return None
    if "ref" in raw:
        return _ref(loading, where, raw)
    if "to" in raw:
        problems.add(
            where, Code.MISPLACED, "`to` is for many-to-many: put it under `many:`, or write ref"
        )
        return None
    if isinstance(raw.get("type"), dict):
        custom = grammar.read(grammar.Custom, f"{where}.type", raw["type"], problems)
        if custom is None:
            return None
        return grammar.read(grammar.Scalar, where, raw | {"type": custom}, problems)
    if isinstance(raw.get("type"), str) and (it := expressions.reference(raw["type"])):
        problems.add(
            where,
            Code.REFERENCE,
            f"write the reference as ref: {it[0]}, with optional: true for `?`",
        )
        return None
    return grammar.read(grammar.Scalar, where, raw, problems)


def _ref(loading: Loading, where: str, raw: dict[Any, Any]) -> grammar.Ref | None:
    """A key of columns on a reference is answered with where it goes."""
    scalar = grammar.Scalar.model_fields.keys() - grammar.Ref.model_fields.keys()
    for key in [it for it in raw if isinstance(it, str) and it in scalar]:
        loading.problems.add(
            where,
            Code.COLUMN_KEY,
            f"`{key}` is for columns: declare the column as a field, and name it under `columns:`",
        )
        raw = {it: value for it, value in raw.items() if it != key}
    ref = raw["ref"]
    if isinstance(ref, str) and ref.endswith("?"):
        loading.problems.add(where, Code.OPTIONAL, f"write ref: {ref[:-1]} with optional: true")
        return None
    return grammar.read(grammar.Ref, where, raw, loading.problems)


def _dropped(loading: Loading, raw: object) -> None:
    problems = loading.problems
    if not isinstance(raw, list):
        problems.add("dropped", Code.LIST, f"{show(raw)} is not a list, as in [Order, Item.price]")
        return
    for it in raw:
        if not isinstance(it, str):
            problems.add("dropped", Code.QUOTE, f"{show(it)} is not a name: quote it")
            continue
        model, _, field = it.partition(".")
        now = _renamed(loading, model, field)
        if not re.fullmatch(r"\w+(\.\w+)?", it):
            problems.add("dropped", Code.DROPPED_NAME, f"{show(it)} is not Model or Model.field")
        elif now is not None:
            what = (
                f"{now} has `was: {it.rpartition('.')[2]}`, so {it} is not"
                " dropped: remove one of the two"
            )
            problems.add("dropped", Code.DROPPED, what)
        elif not field and (model in loading.drafts or model in loading.broken):
            problems.add(
                "dropped", Code.DROPPED, f"{it} still exists: remove it there, or from this list"
            )
        elif field and model in loading.drafts:
            draft = loading.drafts[model]
            if field in draft.entries or field in draft.broken or field in draft.manys:
                problems.add(
                    "dropped",
                    Code.DROPPED,
                    f"{it} still exists: remove it there, or from this list",
                )


def _renamed(loading: Loading, model: str, field: str) -> str | None:
    """What has the name of a model, or of one of its fields, by `was:`."""
    drafts = loading.drafts
    if not field:
        return next((name for name, it in drafts.items() if it.raw.was == model), None)
    entries = drafts[model].entries if model in drafts else {}
    return next((f"{model}.{name}" for name, it in entries.items() if it.was == field), None)
