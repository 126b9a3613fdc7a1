"""`upsert` of `api.ops`: which key or unique names the row that a PUT makes or replaces."""

from __future__ import annotations

from .. import grammar, types
from ..diagnostics import Code
from ..draft import Draft, Loading
from ..spec import Field, Model, Unique

# Keys since 2.1 only: they don't make an upsert ambiguous that was clear before.
LATER = ("bytes", "inet", "ltree")
SENT = "as in code: {type: string(20), unique: true}"


def upsert_by(loading: Loading, draft: Draft, raw: grammar.Api) -> tuple[Field, ...]:
    """The key if clients set it, else `api.upsert`, else the only unique that serves."""
    model, where = draft.model, f"{draft.name}.api.upsert"
    if "upsert" not in model.api.ops:
        if raw.upsert is not None:
            what = "needs the operation upsert: add it to `ops`, or leave this out"
            loading.problems.add(where, Code.UPSERT, what)
        return ()
    if draft.broken or draft.keyless:
        return ()
    if model.key and all(field.creatable for field in model.key):
        _check_key(loading, draft, raw)
        return model.key
    serving = [unique.fields for unique in model.uniques if _serves(unique, model)]
    if raw.upsert is not None:
        return _named(loading, draft, where, raw.upsert, serving)
    usual = [it for it in serving if not any(field.type.name in LATER for field in it)] or serving
    if len(usual) == 1:
        return usual[0]
    what = f"upsert needs a key or a unique that clients set, {SENT}"
    if serving:
        listed = " or ".join(f"[{', '.join(it.name for it in fields)}]" for fields in serving)
        what = f"upsert could use more than one unique: name it in `api.upsert`, {listed}"
    loading.problems.add(f"{draft.name}.api.ops", Code.UPSERT, what)
    return ()


def _check_key(loading: Loading, draft: Draft, raw: grammar.Api) -> None:
    model = draft.model
    if raw.upsert is not None:
        listed = ", ".join(field.name for field in model.key)
        what = f"clients set the key ({listed}), and an upsert is a PUT on it: leave this out"
        loading.problems.add(f"{draft.name}.api.upsert", Code.UPSERT, what)
    if "replace" in model.api.ops:
        what = "upsert and replace are both a PUT on the key: leave out replace"
        loading.problems.add(f"{draft.name}.api.ops", Code.UPSERT_REPLACE, what)


def _named(
    loading: Loading,
    draft: Draft,
    where: str,
    wanted: list[str],
    serving: list[tuple[Field, ...]],
) -> tuple[Field, ...]:
    """The unique that `api.upsert` names."""
    listed = loading.fields(draft, where, wanted)
    if listed is None:
        return ()
    named = {field for field, _ in listed}
    chosen = next((fields for fields in serving if set(fields) == named), None)
    if chosen is None:
        what = (
            f"({', '.join(wanted)}) must be unique over all rows, and readable and"
            f" writable by clients, {SENT}"
        )
        loading.problems.add(where, Code.UPSERT, what)
    return chosen or ()


def _serves(unique: Unique, model: Model) -> bool:
    """Whether a path can name a row by it, and ON CONFLICT rest on it."""
    return (
        unique.deferrable is None
        and unique.where == model.condition(None)
        and all(map(_can_be_in_path, unique.fields))
    )


def _can_be_in_path(field: Field) -> bool:
    return (
        field.creatable and field.readable and not field.type.array and types.info(field.type).key
    )
