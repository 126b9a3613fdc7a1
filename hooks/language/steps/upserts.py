"""`upsert` of `api.ops`: which key or unique names the row that a PUT makes or replaces."""

from __future__ import annotations

from .. import grammar, types
from ..diagnostics import Code
from ..draft import Draft, Loading
from ..spec import Field, Model, Unique

SENT = "as in code: {type: string(20), unique: true}"


def upsert_by(loading: Loading, draft: Draft, raw: grammar.Api) -> tuple[Field, ...]:
    """The key where clients give it, else `api.upsert`, else the only unique that serves."""
    model, where = draft.model, f"{draft.name}.api.upsert"
    ops = f"{draft.name}.api.ops"
    if "upsert" not in model.api.ops:
        if raw.upsert is not None:
            what = "needs the operation upsert: add it to `ops`, or leave this out"
            loading.problems.add(where, Code.UPSERT, what)
        return ()
    if draft.broken or draft.keyless:
        return ()
    if model.key and all(it.creatable for it in model.key):
        listed = ", ".join(it.name for it in model.key)
        if raw.upsert is not None:
            what = f"clients set the key ({listed}), and an upsert is a PUT on it: leave this out"
            loading.problems.add(where, Code.UPSERT, what)
        if "replace" in model.api.ops:
            what = "upsert and replace are both a PUT on the key: leave out replace"
            loading.problems.add(ops, Code.UPSERT_REPLACE, what)
        return model.key
    fit = [it.fields for it in model.uniques if _serves(it, model)]
    if raw.upsert is not None:
        found = loading.fields(draft, where, raw.upsert)
        if found is None:
            return ()
        named = {it for it, _ in found}
        chosen = next((it for it in fit if set(it) == named), None)
        if chosen is None:
            listed = ", ".join(raw.upsert)
            what = (
                f"({listed}) must be unique over all rows, and readable and"
                f" writable by clients, {SENT}"
            )
            loading.problems.add(where, Code.UPSERT, what)
        return chosen or ()
    if len(fit) == 1:
        return fit[0]
    if fit:
        listed = " or ".join(f"[{', '.join(it.name for it in fields)}]" for fields in fit)
        what = f"upsert could use more than one unique: name it in `api.upsert`, {listed}"
    else:
        what = f"upsert needs a key or a unique that clients set, {SENT}"
    loading.problems.add(ops, Code.UPSERT, what)
    return ()


def _serves(unique: Unique, model: Model) -> bool:
    """Whether a path can name a row by it, and ON CONFLICT rest on it."""
    return (
        unique.deferrable is None
        and unique.where == model.condition(None)
        and all(
            it.creatable and it.readable and not it.type.array and types.info(it.type).key
            for it in unique.fields
        )
    )
