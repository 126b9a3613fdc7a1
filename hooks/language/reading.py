"""The answers → drafts: each piece is read by itself, so that one mistake hides no other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from . import expressions, grammar, names
from .diagnostics import Code, Problems, did_you_mean, plain, show
from .draft import STRATEGIES, Draft, Work
from .spec import Enum, Model

# Keys of a model that are read a piece at a time.
KINDS = ("transfer", "transition")  # of operations
PIECES = ("fields", "many", "unique", "indexes", "exclude", "checks", "operations", "api")

L = TypeVar("L", bound=grammar.Shape)


def read_answers(answers: Mapping[str, Any], problems: Problems) -> Work:
    work = Work(problems)
    if answers.get("defaults") is not None:
        work.defaults = (
            grammar.read(grammar.Defaults, "defaults", answers["defaults"], problems)
            or work.defaults
        )
    if answers.get("enums") is not None:
        _enums(work, answers["enums"])
    raw = answers.get("models")
    if raw is None or raw in ({}, []):
        problems.add("models", Code.NO_MODELS, "there is no model: describe at least one")
        return work
    for name, it in grammar.mapping(
        "models", raw, "a mapping {Name: {fields: …}}", problems
    ).items():
        draft = _model(work, name, it)
        if draft is None:
            work.broken.add(name)
        else:
            work.drafts[name] = draft
    known = [*work.drafts, *work.broken]
    if answers.get("mixins") is not None:
        _mixins(work, answers["mixins"], known)
    for draft in work.drafts.values():
        _fields(work, draft, raw[draft.name].get("fields"), known)
        _mix(work, draft)
    if answers.get("dropped") is not None:
        _dropped(work, answers["dropped"])
    return work


def _enums(work: Work, raw: object) -> None:
    problems = work.problems
    what = "a mapping {Name: [value, …]}"
    for name, values in grammar.mapping("enums", raw, what, problems).items():
        where = f"enums.{plain(name)}"
        work.enums[name] = None
        good = _class_name(work, where, name, "an enum")
        docs: list[str] = []
        if isinstance(values, dict):
            described = grammar.mapping(where, values, what, problems)
            docs = _descriptions(work, where, described)
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
        work.identifier(where, type_name, "shorten the name")
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
            work.enums[name] = Enum(name, type_name, tuple(values), tuple(docs))


def _descriptions(work: Work, where: str, described: dict[str, Any]) -> list[str]:
    docs = []
    for value, text in described.items():
        at = f"{where}.{plain(value)}"
        if not isinstance(text, str):
            what = f"{show(text)} is not text: quote the description, or write a list of values"
            work.problems.add(at, Code.QUOTE, what)
        elif not (doc := " ".join(text.split())) or not doc.isprintable():
            what = "needs printable text as its description: write one, or a list of values"
            work.problems.add(at, Code.ENUM, what)
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


def _class_name(work: Work, where: str, name: str, what: str) -> bool:
    if not names.MODEL.fullmatch(name):
        made = names.pascal(re.sub(r"[^A-Za-z0-9]+", "_", names.ascii_of(name)))
        hint = f"; write {made}" if names.MODEL.fullmatch(made) else ""
        work.problems.add(where, Code.MODEL_NAME, f"{what} is named in PascalCase, in ASCII{hint}")
        return False
    if name in names.CLASSES:
        work.problems.add(
            where, Code.RESERVED, f"the service has its own class {name}: rename this one"
        )
        return False
    return True


def _model(work: Work, name: str, raw: object) -> Draft | None:
    where, problems = plain(name), work.problems
    good = _class_name(work, where, name, "a model")
    if name in work.enums:
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
    draft = Draft(model, read, _strategy(work, where, read))
    if checks is not None:
        draft.checks = _checks(work, f"{where}.checks", checks)
    many = grammar.mapping(
        f"{where}.many", pieces.get("many", {}), "a mapping {name: {to: …}}", problems
    )
    for key, it in many.items():
        got = grammar.read(grammar.Many, f"{where}.{plain(key)}", it, problems)
        if got is None:
            draft.broken.add(key)
        else:
            draft.manys[key] = got
    draft.uniques = _lists(work, grammar.Unique, f"{where}.unique", pieces.get("unique", []))
    draft.indexes = _lists(work, grammar.Index, f"{where}.indexes", pieces.get("indexes", []))
    exclude = pieces.get("exclude", [])
    draft.excludes = _mappings(work, grammar.Exclude, f"{where}.exclude", exclude)
    _operations(work, draft, pieces.get("operations", {}))
    api = pieces.get("api", {})
    if api is not False:
        draft.api = grammar.read(grammar.Api, f"{where}.api", api, problems) or grammar.Api()
    return draft


def _strategy(work: Work, where: str, raw: grammar.Model) -> str | list[str]:
    pk = raw.pk if raw.pk is not None else work.defaults.pk
    if isinstance(pk, list) or pk in STRATEGIES:
        return pk
    if pk == "none":
        for key in (it for it in ("version", "soft_delete") if getattr(raw, it)):
            what = f"`{key}` needs a key: leave it out, or write a key"
            work.problems.add(f"{where}.{key}", Code.KEYLESS, what)
            setattr(raw, key, False)
        return []
    near = did_you_mean(pk, [*STRATEGIES, "none"])
    what = f"{show(pk)} is not a key strategy{near}; for a field write pk: [{plain(pk)}]"
    work.problems.add(f"{where}.pk", Code.KEY, what)
    return "uuid7"


def _checks(work: Work, where: str, raw: object) -> dict[str, grammar.Check]:
    found: dict[str, grammar.Check] = {}
    for name, it in grammar.mapping(where, raw, "a mapping {name: SQL}", work.problems).items():
        if isinstance(it, str):
            found[name] = grammar.Check(sql=it)
        elif isinstance(it, dict):
            check = grammar.read(grammar.Check, f"{where}.{plain(name)}", it, work.problems)
            if check is not None:
                found[name] = check
        else:
            work.problems.add(
                f"{where}.{plain(name)}", Code.QUOTE, f"{show(it)} is not SQL: quote it"
            )
    return found


def _lists(work: Work, cls: type[L], where: str, raw: object) -> dict[int, L]:
    if not isinstance(raw, list):
        work.problems.add(where, Code.LIST, f"{show(raw)} is not a list of lists of field names")
        return {}
    bare = [plain(it) for it in raw if isinstance(it, str)]
    if bare:
        what = f"each item must be a list: write [{', '.join(f'[{it}]' for it in bare)}]"
        if len(bare) > 1:
            what += f", or [[{', '.join(bare)}]] for all of them together"
        work.problems.add(where, Code.LISTS, what)
    items = {at: {"fields": it} if isinstance(it, list) else it for at, it in enumerate(raw)}
    return _each(work, cls, where, {at: it for at, it in items.items() if not isinstance(it, str)})


def _mappings(work: Work, cls: type[L], where: str, raw: object) -> dict[int, L]:
    if not isinstance(raw, list):
        wanted = ", ".join(cls.model_fields)
        what = f"{show(raw)} is not a list of mappings with {wanted}"
        work.problems.add(where, Code.LIST, what)
        return {}
    return _each(work, cls, where, dict(enumerate(raw)))


def _each(work: Work, cls: type[L], where: str, items: dict[int, Any]) -> dict[int, L]:
    made = (
        (at, grammar.read(cls, f"{where}[{at}]", it, work.problems)) for at, it in items.items()
    )
    return {at: it for at, it in made if it is not None}


def _operations(work: Work, draft: Draft, raw: object) -> None:
    top = f"{draft.name}.operations"
    what = "a mapping {name: {kind: transfer, …}}"
    for name, it in grammar.mapping(top, raw, what, work.problems).items():
        where = f"{top}.{plain(name)}"
        kind = it.get("kind") if isinstance(it, dict) else KINDS[0]
        if kind not in KINDS:
            given = (
                f"{show(kind)} is not a kind of operation" if kind is not None else "has no `kind`"
            )
            what = f"{given}: write transfer, which moves a number between two rows, or transition,"
            what += " which moves an enum"
            work.problems.add(where, Code.CHOICE if kind is not None else Code.MISSING, what)
        elif isinstance(it, dict) and kind == "transition":
            moves = grammar.read(grammar.Transition, where, it, work.problems)
            if moves is not None:
                draft.transitions[name] = moves
        else:
            if isinstance(it, dict) and isinstance(it.get("log"), dict):
                log = grammar.read(grammar.Log, f"{where}.log", it["log"], work.problems)
                if log is None:
                    continue
                it = it | {"log": log}
            if isinstance(it, dict) and it.get("floor", 0) is None:
                it = {key: value for key, value in it.items() if key != "floor"}
            read = grammar.read(grammar.Transfer, where, it, work.problems)
            if read is not None:
                draft.transfers[name] = read


def _fields(work: Work, draft: Draft, raw: object, models: list[str]) -> None:
    where = f"{draft.name}.fields"
    problems = work.problems
    if raw is None:
        return
    data = grammar.mapping(where, raw, "a mapping {name: type}", problems)
    cut = grammar.cut_by_comma(data)
    for name, it in data.items():
        if cut and it is None and name.endswith(")"):
            continue
        entry = _field(work, f"{draft.name}.{plain(name)}", it, models)
        if entry is None:
            draft.broken.add(name)
        else:
            draft.entries[name] = entry


def _mixins(work: Work, raw: object, models: list[str]) -> None:
    what = "a mapping {Name: {field: type, …}}"
    for name, fields in grammar.mapping("mixins", raw, what, work.problems).items():
        where = f"mixins.{plain(name)}"
        made = work.mixins[name] = {}
        _class_name(work, where, name, "a mixin")
        if name in work.enums or name in models:
            kind = "an enum" if name in work.enums else "a model"
            what_else = f"is also the name of {kind}: rename one"
            work.problems.add(where, Code.TWICE, what_else)
        read = grammar.mapping(where, fields, "a mapping {field: type, …}", work.problems)
        for field, it in read.items():
            made[field] = _field(work, f"{where}.{plain(field)}", it, models)


def _mix(work: Work, draft: Draft) -> None:
    """Gives a model the fields of its mixins, behind its own."""
    where = f"{draft.name}.mixins"
    wanted = draft.raw.mixins
    for name in {it for it in wanted if wanted.count(it) > 1}:
        work.problems.add(where, Code.LISTED_TWICE, f"{plain(name)} is listed twice")
    for name in dict.fromkeys(wanted):
        if name not in work.mixins:
            known = filter(names.MODEL.fullmatch, work.mixins)
            what = f"there is no mixin {plain(name)!r}{did_you_mean(name, known)}"
            work.problems.add(where, Code.MIXIN, what)
            continue
        for field, entry in work.mixins[name].items():
            if field in draft.entries:
                whose = draft.mixed.get(field, draft.name)
                both = f"{plain(name)} and of {plain(whose)}"
                what = f"{plain(field)} is a field of {both}: keep one of the two"
                work.problems.add(where, Code.TWICE, what)
            elif entry is None:
                draft.broken.add(field)
            else:
                draft.entries[field] = entry
                draft.mixed[field] = name


def _field(
    work: Work, where: str, raw: object, models: list[str]
) -> grammar.Scalar | grammar.Ref | None:
    problems = work.problems
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
        return _ref(work, where, raw)
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


def _ref(work: Work, where: str, raw: dict[Any, Any]) -> grammar.Ref | None:
    """A key of columns on a reference is answered with where it goes."""
    scalar = grammar.Scalar.model_fields.keys() - grammar.Ref.model_fields.keys()
    for key in [it for it in raw if isinstance(it, str) and it in scalar]:
        work.problems.add(
            where,
            Code.COLUMN_KEY,
            f"`{key}` is for columns: declare the column as a field, and name it under `columns:`",
        )
        raw = {it: value for it, value in raw.items() if it != key}
    ref = raw["ref"]
    if isinstance(ref, str) and ref.endswith("?"):
        work.problems.add(where, Code.OPTIONAL, f"write ref: {ref[:-1]} with optional: true")
        return None
    return grammar.read(grammar.Ref, where, raw, work.problems)


def _dropped(work: Work, raw: object) -> None:
    problems = work.problems
    if not isinstance(raw, list):
        problems.add("dropped", Code.LIST, f"{show(raw)} is not a list, as in [Order, Item.price]")
        return
    for it in raw:
        if not isinstance(it, str):
            problems.add("dropped", Code.QUOTE, f"{show(it)} is not a name: quote it")
            continue
        model, _, field = it.partition(".")
        now = _renamed(work, model, field)
        if not re.fullmatch(r"\w+(\.\w+)?", it):
            problems.add("dropped", Code.DROPPED_NAME, f"{show(it)} is not Model or Model.field")
        elif now is not None:
            what = (
                f"{now} has `was: {it.rpartition('.')[2]}`, so {it} is not"
                " dropped: remove one of the two"
            )
            problems.add("dropped", Code.DROPPED, what)
        elif not field and (model in work.drafts or model in work.broken):
            problems.add(
                "dropped", Code.DROPPED, f"{it} still exists: remove it there, or from this list"
            )
        elif field and model in work.drafts:
            draft = work.drafts[model]
            if field in draft.entries or field in draft.broken or field in draft.manys:
                problems.add(
                    "dropped",
                    Code.DROPPED,
                    f"{it} still exists: remove it there, or from this list",
                )


def _renamed(work: Work, model: str, field: str) -> str | None:
    """What has the name of a model, or of one of its fields, by `was:`."""
    drafts = work.drafts
    if not field:
        return next((name for name, it in drafts.items() if it.raw.was == model), None)
    entries = drafts[model].entries if model in drafts else {}
    return next((f"{model}.{name}" for name, it in entries.items() if it.was == field), None)
