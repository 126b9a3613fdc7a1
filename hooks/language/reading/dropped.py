"""`dropped:`: what is named there may not exist any more."""

from __future__ import annotations

import re

from ..diagnostics import Code, show
from ..draft import Loading


def check_dropped(loading: Loading, raw: object) -> None:
    problems = loading.problems
    if not isinstance(raw, list):
        what = f"{show(raw)} is not a list, as in [Order, Item.price]"
        problems.add("dropped", Code.LIST, what)
        return
    for name in raw:
        if not isinstance(name, str):
            problems.add("dropped", Code.QUOTE, f"{show(name)} is not a name: quote it")
            continue
        renamed = _renamed(loading, name)
        if not re.fullmatch(r"\w+(\.\w+)?", name):
            problems.add("dropped", Code.DROPPED_NAME, f"{show(name)} is not Model or Model.field")
        elif renamed is not None:
            what = (
                f"{renamed} has `was: {name.rpartition('.')[2]}`, so {name} is not"
                " dropped: remove one of the two"
            )
            problems.add("dropped", Code.DROPPED, what)
        elif _exists(loading, name):
            what = f"{name} still exists: remove it there, or from this list"
            problems.add("dropped", Code.DROPPED, what)


def _exists(loading: Loading, name: str) -> bool:
    model, _, field = name.partition(".")
    draft = loading.drafts.get(model)
    if not field:
        return draft is not None or model in loading.broken
    return draft is not None and field in {*draft.entries, *draft.broken, *draft.manys}


def _renamed(loading: Loading, name: str) -> str | None:
    """What has `was:` with the name of a model, or of one of its fields."""
    model, _, field = name.partition(".")
    drafts = loading.drafts
    if not field:
        return next((new for new, draft in drafts.items() if draft.raw.was == model), None)
    draft = drafts.get(model)
    entries = {**draft.entries, **draft.manys} if draft else {}
    return next((f"{model}.{new}" for new, entry in entries.items() if entry.was == field), None)
