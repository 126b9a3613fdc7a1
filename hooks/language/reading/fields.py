"""`fields:` and `mixins:`: each entry is a column, or a reference."""

from __future__ import annotations

from typing import Any

from .. import expressions, grammar, names
from ..diagnostics import Code, did_you_mean, plain, show
from ..draft import Draft, Loading
from .shapes import is_cut_by_comma, read_mapping, read_shape


def read_fields(loading: Loading, draft: Draft, raw: object) -> None:
    if raw is None:
        return
    where = f"{draft.name}.fields"
    data = read_mapping(where, raw, "a mapping {name: type}", loading.problems)
    is_cut = is_cut_by_comma(data)
    for name, value in data.items():
        if is_cut and value is None and name.endswith(")"):
            continue
        entry = _entry(loading, f"{draft.name}.{plain(name)}", value)
        if entry is None:
            draft.broken.add(name)
        else:
            draft.entries[name] = entry


def read_mixins(loading: Loading, raw: object, models: list[str]) -> None:
    problems = loading.problems
    what = "a mapping {Name: {field: type, …}}"
    for name, fields in read_mapping("mixins", raw, what, problems).items():
        where = f"mixins.{plain(name)}"
        loading.class_name(where, name, "a mixin")
        if name in loading.enums or name in models:
            kind = "an enum" if name in loading.enums else "a model"
            problems.add(where, Code.TWICE, f"is also the name of {kind}: rename one")
        data = read_mapping(where, fields, "a mapping {field: type, …}", problems)
        loading.mixins[name] = {
            field: _entry(loading, f"{where}.{plain(field)}", value)
            for field, value in data.items()
        }


def mix_in(loading: Loading, draft: Draft) -> None:
    """Give a model the fields of its mixins, behind its own."""
    where = f"{draft.name}.mixins"
    wanted = draft.raw.mixins
    for name in {name for name in wanted if wanted.count(name) > 1}:
        loading.problems.add(where, Code.LISTED_TWICE, f"{plain(name)} is listed twice")
    for name in dict.fromkeys(wanted):
        if name not in loading.mixins:
            known = filter(names.MODEL.fullmatch, loading.mixins)
            what = f"there is no mixin {plain(name)!r}{did_you_mean(name, known)}"
            loading.problems.add(where, Code.MIXIN, what)
            continue
        for field, entry in loading.mixins[name].items():
            if field in draft.entries:
                owner = draft.mixed.get(field, draft.name)
                both = f"{plain(name)} and of {plain(owner)}"
                what = f"{plain(field)} is a field of {both}: keep one of the two"
                loading.problems.add(where, Code.TWICE, what)
            elif entry is None:
                draft.broken.add(field)
            else:
                draft.entries[field] = entry
                draft.mixed[field] = name


def _entry(loading: Loading, where: str, raw: object) -> grammar.Scalar | grammar.Ref | None:
    problems = loading.problems
    if isinstance(raw, str):
        reference = expressions.parse_reference(raw)
        if reference is not None:
            return grammar.Ref(ref=reference.model, optional=reference.optional)
        return grammar.Scalar(type=raw)
    if raw is None:
        problems.add(where, Code.NO_TYPE, "has no type: write one, as in string(40) or -> User")
        return None
    if not isinstance(raw, dict):
        problems.add(where, Code.SHAPE, f"{show(raw)} is not a type: write one, as in string(40)")
        return None
    if "ref" in raw and "type" in raw:
        what = "has `type` and `ref`: keep `type` for a column, or `ref` for a reference"
        problems.add(where, Code.BOTH, what)
        return None
    if "ref" in raw:
        return _reference(loading, where, raw)
    if "to" in raw:
        what = "`to` is for many-to-many: put it under `many:`, or write ref"
        problems.add(where, Code.MISPLACED, what)
        return None
    return _scalar(loading, where, raw)


def _scalar(loading: Loading, where: str, raw: dict[Any, Any]) -> grammar.Scalar | None:
    type_ = raw.get("type")
    if isinstance(type_, dict):
        custom = read_shape(grammar.Custom, f"{where}.type", type_, loading.problems)
        if custom is None:
            return None
        raw = raw | {"type": custom}
    elif isinstance(type_, str) and (reference := expressions.parse_reference(type_)):
        what = f"write the reference as ref: {reference.model}, with optional: true for `?`"
        loading.problems.add(where, Code.REFERENCE, what)
        return None
    return read_shape(grammar.Scalar, where, raw, loading.problems)


def _reference(loading: Loading, where: str, raw: dict[Any, Any]) -> grammar.Ref | None:
    # A key of columns is answered with where it goes.
    of_columns = grammar.Scalar.model_fields.keys() - grammar.Ref.model_fields.keys()
    for key in [key for key in raw if isinstance(key, str) and key in of_columns]:
        what = f"`{key}` is for columns: declare the column as a field, and name it under"
        loading.problems.add(where, Code.COLUMN_KEY, f"{what} `columns:`")
        raw = {other: value for other, value in raw.items() if other != key}
    ref = raw["ref"]
    if isinstance(ref, str) and ref.endswith("?"):
        what = f"write ref: {ref[:-1]} with optional: true"
        loading.problems.add(where, Code.OPTIONAL, what)
        return None
    return read_shape(grammar.Ref, where, raw, loading.problems)
