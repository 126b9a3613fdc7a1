"""Keys: what tells the rows of a model apart, and what lists are ordered by."""

from __future__ import annotations

from .. import types
from ..diagnostics import Code, plain
from ..draft import Draft, Loading
from ..spec import Field
from .columns import fields_of, key_of


def resolve_key(loading: Loading, draft: Draft) -> None:
    where = f"{draft.name}.pk"
    key = key_of(loading, draft)
    if isinstance(draft.pk, list):
        if not draft.pk and not draft.keyless:
            loading.problems.add(where, Code.KEY_EMPTY, "names no field: write at least one")
        for name in draft.pk:
            if fields_of(loading, draft, name) is None:
                loading.unknown_field(draft, where, name)
        for name in {name for name in draft.pk if draft.pk.count(name) > 1}:
            loading.problems.add(where, Code.LISTED_TWICE, f"{plain(name)} is listed twice")
    if key is None:
        return
    for name in {field.name for field in key if key.count(field) > 1} - set(draft.pk):
        loading.problems.add(where, Code.LISTED_TWICE, f"{name} is listed twice")
    draft.model.key = key
    for field in key:
        field.key = True
        _check_part(loading, draft, where, field)


def _check_part(loading: Loading, draft: Draft, where: str, field: Field) -> None:
    """Refuse a field that can't be part of a key."""
    if field.computed is not None:
        what = f"{field.name} is computed, and a key never changes: name another"
        loading.problems.add(where, Code.COMPUTED, what)
    if field.generated == "row_version":
        what = "row_version changes with the row, so it cannot be a key"
        loading.problems.add(where, Code.KEY_CHANGES, what)
    elif field.optional:
        what = f"{field.name} is optional, and a key cannot be null: make it required"
        loading.problems.add(where, Code.KEY_OPTIONAL, what)
    if field.type.array or not types.info(field.type).key:
        kind = "an array" if field.type.array else f"a {field.type.name}"
        what = f"{field.name} is {kind}, which cannot be a key"
        loading.problems.add(where, Code.KEY_TYPE, what)
    if not field.readable and draft.api is not None:
        what = f"{field.name} is {field.access}, but a key is in every path"
        loading.problems.add(where, Code.KEY_HIDDEN, what)


def resolve_order_key(draft: Draft) -> None:
    """Lists are ordered by the key, else by a unique, else by every field that has an order."""
    model = draft.model
    uniques = (unique.fields for unique in model.uniques if unique.referable)
    total = (
        fields
        for fields in uniques
        if all(types.sortable(field) and not field.optional for field in fields)
    )
    # A view has no ctid.
    sortable = tuple(it for it in model.fields if types.sortable(it) and not model.managed)
    model.order_key = model.key or next(total, sortable)
