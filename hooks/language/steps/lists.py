"""Lists: the fields by which they can be filtered and sorted."""

from __future__ import annotations

from collections.abc import Iterable

from .. import grammar, types
from ..api import PARAMETERS
from ..diagnostics import Code
from ..draft import Draft, Loading
from ..spec import Field, Model


def filters(loading: Loading, draft: Draft, raw: grammar.Api) -> tuple[Field, ...]:
    """Those of `api.filter`, else what an index serves, references, enums and booleans."""
    model = draft.model
    if raw.filter is None:
        indexed = _leading(model) | indexed_contents(model)
        return tuple(
            field
            for field in model.fields
            if field.readable
            and types.filters(field)
            and field.name not in PARAMETERS
            and (field.reference or field in indexed or field.type.name in ("enum", "bool"))
        )
    where = f"{draft.name}.api.filter"
    fields = [field for field, _ in loading.fields(draft, where, raw.filter) or ()]
    for field in fields:
        mistake = why_not(field, "filter", able=bool(types.filters(field)))
        if mistake is None and field.name in PARAMETERS:
            what = f"every list has a parameter {field.name} of its own: rename the field"
            mistake = Code.PARAMETER, what
        if mistake is not None:
            loading.problems.add(where, *mistake)
    return tuple(fields)


def sorts(loading: Loading, draft: Draft, raw: grammar.Api) -> tuple[Field, ...]:
    """Those of `api.sort`, else the key, the time of creation and what an index serves."""
    model = draft.model
    if raw.sort is None:
        first = [*model.key, *(it for it in model.fields if it.generated == "created_at")]
        leading = _leading(model)
        rest = [it for it in model.fields if it in leading and it not in first]
        return tuple(field for field in (*first, *rest) if types.sortable(field))
    where = f"{draft.name}.api.sort"
    fields = [field for field, _ in loading.fields(draft, where, raw.sort) or ()]
    check_sortable(loading, where, fields)
    return tuple(fields)


def default_sort(
    loading: Loading, draft: Draft, raw: grammar.Api
) -> tuple[tuple[Field, bool], ...]:
    """That of `api.default_sort`, else of `order`; True is descending."""
    order: tuple[tuple[Field, bool], ...] = ()
    lists = {"order": draft.raw.order, "api.default_sort": raw.default_sort or []}
    for key, wanted in lists.items():
        where = f"{draft.name}.{key}"
        listed = loading.fields(draft, where, wanted, descending=True)
        if listed:
            if draft.api is not None:
                check_sortable(loading, where, (field for field, _ in listed))
            order = tuple(listed)
    return order


def check_sortable(loading: Loading, where: str, fields: Iterable[Field]) -> None:
    for field in fields:
        mistake = why_not(field, "sort", able=types.sortable(field))
        if mistake is not None:
            loading.problems.add(where, *mistake)


def why_not(field: Field, purpose: str, *, able: bool) -> tuple[Code, str] | None:
    """Why a list can't use `field` for filter, sort or search; `able` is what its type allows."""
    if not field.readable:
        what = f"{field.name} is {field.access}, and {purpose} would reveal its values"
        return Code.FILTER, what
    if not able:
        kind = f"{field.type.name}[]" if field.type.array else field.type.name
        instead = ""
        if purpose == "sort" and types.info(field.type).family == "range":
            instead = f": sort by a field of its own, `computed: lower({field.column})`"
        what = f"{field.name} is of type {kind}, which does not support {purpose}{instead}"
        return Code.COMPARED, what
    return None


def has_order(model: Model) -> bool:
    """Whether its rows can be listed one after the other; a view has no ctid."""
    return model.managed or bool(model.order_key)


def indexed_contents(model: Model) -> set[Field]:
    """Arrays, ranges and the like whose contents are in an index."""
    indexes = (it for it in model.indexes if it.method in ("gin", "gist") and it.fields)
    fields = (index.fields[0][0] for index in indexes)
    return {field for field in fields if types.filters(field)}


def _leading(model: Model) -> set[Field]:
    """Fields that a unique or an index begins with."""
    uniques = {unique.fields[0] for unique in model.uniques}
    return uniques | {index.fields[0][0] for index in model.indexes if index.leads}
