"""`api:` and `order:`: what is served, and how its lists are filtered and sorted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .. import grammar, names, types
from ..api import CHANGING_OPS, DEFAULT_OPS, FIXED, KEYLESS_OPS, OPS, PARAMETERS, READ_OPS
from ..diagnostics import Code, did_you_mean, plain, show
from ..draft import Draft, Loading
from ..spec import Api, Embed, Field, Index, Model, Search
from ..types import sortable
from .upserts import upsert_by

_LANGUAGE = re.compile("[a-z][a-z_]*")


def resolve_apis(loading: Loading) -> None:
    for draft in loading.drafts.values():
        raw = draft.api or grammar.Api()
        api = draft.model.api
        api.served = draft.api is not None
        api.page = raw.page or "cursor"
        if draft.keyless:
            _keyless(loading, draft, raw)
        api.path = raw.path or f"/{names.kebab(draft.model.plural)}"
        if api.served:
            api.ops = _ops(loading, draft, raw)
        api.filter = _filter(loading, draft, raw)
        api.sort = _sort(loading, draft, raw)
        _default_sort(loading, draft, raw, api)
        api.search = tuple(_search(loading, draft, raw))
        api.upsert = upsert_by(loading, draft, raw)
    for draft in loading.drafts.values():
        if draft.api is not None:
            draft.model.api.embed = tuple(_embed(loading, draft, draft.api.embed))
    _paths(loading)


def _ops(loading: Loading, draft: Draft, raw: grammar.Api) -> tuple[str, ...]:
    where = f"{draft.name}.api.ops"
    changes = any(it.updatable for it in draft.model.fields)
    if raw.ops is None and not draft.model.managed:
        return tuple(it for it in READ_OPS if it in KEYLESS_OPS or not draft.keyless)
    if raw.ops is None and draft.keyless:
        lists = _has_order(draft.model)
        return tuple(it for it in DEFAULT_OPS if it in KEYLESS_OPS and (lists or it != "list"))
    if raw.ops is None:
        return tuple(it for it in DEFAULT_OPS if changes or it not in ("update", "replace"))
    if not raw.ops and not (draft.transfers or draft.transitions):
        loading.problems.warn(where, "serves no route: write api: false to have none")
    for it in dict.fromkeys(raw.ops):
        if raw.ops.count(it) > 1:
            loading.problems.add(where, Code.LISTED_TWICE, f"{plain(it)} is listed twice")
        if it not in OPS:
            hint = did_you_mean(it, OPS)
            if it == "restore":
                hint = ": write `soft_delete: true`, which adds it to delete"
            what = f"{plain(it)!r} is not an operation{hint}"
            loading.problems.add(where, Code.OPS, what)
        elif draft.keyless and it not in KEYLESS_OPS:
            what = f"{it} finds a row by its key, and {draft.name} has none: leave it out"
            loading.problems.add(where, Code.KEYLESS, what)
        elif it in CHANGING_OPS and not changes and not draft.broken:
            what = f"{draft.name} has no field that can change: leave out {it}"
            loading.problems.add(where, Code.OPS_CHANGE, what)
    return tuple(it for it in OPS if it in raw.ops)


def _keyless(loading: Loading, draft: Draft, raw: grammar.Api) -> None:
    """Lists go on by a unique if there is one; else by their place, where rows may be equal."""
    model, api = draft.model, draft.model.api
    unique = any(set(it.fields) == set(model.order_key) for it in model.uniques if it.referable)
    if not unique and raw.page == "cursor":
        what = (
            f"a cursor needs a key or a unique field, and {model.name} has none: write offset, or"
            " add a field, as in number: {type: bigint, auto: identity, unique: true}"
        )
        loading.problems.add(f"{model.name}.api.page", Code.KEYLESS, what)
    if not unique:
        api.page = "offset"
    lists = {"list", "export"} & set(raw.ops or ())
    if lists and not _has_order(model) and not draft.broken:
        what = f"{model.name} has no field to sort a list by"
        loading.problems.add(
            f"{model.name}.api.ops", Code.KEYLESS, f"{what}: leave out {min(lists)}"
        )


def _has_order(model: Model) -> bool:
    return model.managed or bool(model.order_key)


def _paths(loading: Loading) -> None:
    served = [it for it in loading.drafts.values() if it.model.api.served]
    taken: dict[str, str] = {}
    for draft in served:
        where, path = f"{draft.name}.api.path", draft.model.api.path
        if not names.PATH.fullmatch(path):
            what = f"{show(path)} is not a path: write it like /order-lines"
            loading.problems.add(where, Code.PATH, what)
        elif any(path == it or path.startswith(f"{it}/") for it in FIXED):
            what = f"the service serves {path} itself: set another `api.path`"
            loading.problems.add(where, Code.PATH_TAKEN, what)
        elif path in taken:
            what = f"{taken[path]} has the same path, {path}: set `api.path` at one of them"
            loading.problems.add(where, Code.PATH_TWICE, what)
        taken.setdefault(path, draft.name)
    for draft in served:
        for path, name in taken.items():
            if draft.model.api.path.startswith(f"{path}/"):
                what = (
                    f"{draft.model.api.path} lies below {path}, where the rows of"
                    f" {name} are: set another `api.path`"
                )
                loading.problems.add(f"{draft.name}.api.path", Code.PATH_INSIDE, what)


def _why_not(field: Field, what: str, able: bool) -> tuple[Code, str] | None:
    if not field.readable:
        return Code.FILTER, f"{field.name} is {field.access}, and {what} would reveal its values"
    if not able:
        kind = f"{field.type.name}{'[]' if field.type.array else ''}"
        return Code.COMPARED, f"{field.name} is of type {kind}, which does not support {what}"
    return None


def _leading(draft: Draft) -> set[Field]:
    """Fields that a unique or an index starts with."""
    model = draft.model
    plain_indexes = (it for it in model.indexes if it.leads)
    return {it.fields[0] for it in model.uniques} | {it.fields[0][0] for it in plain_indexes}


def _held(draft: Draft) -> set[Field]:
    """Arrays and ranges whose contents an index has."""
    indexes = (it for it in draft.model.indexes if it.method in ("gin", "gist") and it.fields)
    return {it.fields[0][0] for it in indexes if types.filters(it.fields[0][0])}


def _filter(loading: Loading, draft: Draft, raw: grammar.Api) -> tuple[Field, ...]:
    model = draft.model
    if raw.filter is None:
        wanted = _leading(draft) | _held(draft)
        return tuple(
            it
            for it in model.fields
            if it.readable
            and types.filters(it)
            and it.name not in PARAMETERS
            and (it.reference or it in wanted or it.type.name in ("enum", "bool"))
        )
    where = f"{draft.name}.api.filter"
    found = [it for it, _ in loading.fields(draft, where, raw.filter) or ()]
    for it in found:
        wrong = _why_not(it, "filter", bool(types.filters(it)))
        if wrong is None and it.name in PARAMETERS:
            what = f"every list has a parameter {it.name} of its own: rename the field"
            wrong = Code.PARAMETER, what
        if wrong is not None:
            loading.problems.add(where, *wrong)
    return tuple(found)


def _sort(loading: Loading, draft: Draft, raw: grammar.Api) -> tuple[Field, ...]:
    model = draft.model
    if raw.sort is None:
        lead = [*model.key, *(it for it in model.fields if it.generated == "created_at")]
        leading = _leading(draft)
        rest = [it for it in model.fields if it in leading and it not in lead]
        return tuple(it for it in (*lead, *rest) if sortable(it))
    where = f"{draft.name}.api.sort"
    found = [it for it, _ in loading.fields(draft, where, raw.sort) or ()]
    _sortable(loading, where, found)
    return tuple(found)


def _sortable(loading: Loading, where: str, fields: Iterable[Field]) -> None:
    for it in fields:
        wrong = _why_not(it, "sort", sortable(it))
        if wrong is not None:
            loading.problems.add(where, *wrong)


def _search(loading: Loading, draft: Draft, raw: grammar.Api) -> Iterator[Search]:
    where = f"{draft.name}.api.search"
    for it in raw.search:
        name, language = (it, None) if isinstance(it, str) else (it.field, it.language)
        for field, _ in loading.fields(draft, where, [name]) or ():
            vector = field.type.name == "tsvector"
            # ILIKE of the two others isn't what an index of trigrams knows.
            texts = types.info(field.type).family == "text"
            able = (texts and field.type.name not in ("char", "citext")) or vector
            wrong = _why_not(field, "search", able and not field.type.array)
            if wrong is None and language is not None and vector:
                wrong = Code.SEARCH, f"{name} is a tsvector, whose language is fixed: write {name}"
            if wrong is None and language is not None and not _LANGUAGE.fullmatch(language):
                wrong = (
                    Code.SEARCH,
                    (
                        f"{show(language)} is not a text search configuration: write"
                        " one, as in english"
                    ),
                )
            if wrong is not None:
                loading.problems.add(where, *wrong)
                continue
            _search_index(loading, draft, where, field, language)
            yield Search(field, language)


def _search_index(
    loading: Loading, draft: Draft, where: str, field: Field, language: str | None
) -> None:
    model, column = draft.model, names.quote(field.column)
    name = f"ix_{model.table}_{field.column}"
    if field.type.name == "tsvector":
        if field in _held(draft):
            return
        index = Index(name, ((field, False),), method="gin")
    elif language is None:
        index = Index(f"{name}_trgm", (), method="gin", expr=f"{column} gin_trgm_ops")
    else:
        vector = f"to_tsvector('{language}', {column})"
        index = Index(f"{name}_fts", (), method="gin", expr=vector)
    loading.identifier(where, index.name, "write a shorter `column:` or `table:`")
    loading.relation(draft.name, index.name, "the index", model.schema)
    model.indexes.append(index)


def _embed(loading: Loading, draft: Draft, wanted: list[str]) -> Iterator[Embed]:
    where, model = f"{draft.name}.api.embed", draft.model
    if wanted and not {"list", "get"}.intersection(model.api.ops):
        what = f"nothing reads {model.labels}: add list or get to `api.ops`"
        loading.problems.add(where, Code.EMBED, what)
    known = {it.name: it for it in _relations(model)}
    whole = not (loading.broken or any(it.broken for it in loading.drafts.values()))
    for name in dict.fromkeys(wanted):
        if wanted.count(name) > 1:
            loading.problems.add(where, Code.LISTED_TWICE, f"{plain(name)} is listed twice")
        if name in known:
            target = known[name].target
            if not target.api.served:  # else told where it is served
                _sortable(loading, where, (it for it, _ in target.api.default_sort))
            if not (known[name].one or _has_order(target) or not whole):
                what = f"{target.name} has no field to sort {name} by"
                loading.problems.add(where, Code.EMBED, what)
            yield known[name]
        elif name in model.by_name:
            what = f"{name} is a field, not a relation{_has(known)}"
            loading.problems.add(where, Code.EMBED, what)
        elif whole:
            near = did_you_mean(name, known)
            what = f"{draft.name} has no relation {plain(name)!r}{near}"
            loading.problems.add(where, Code.EMBED, what)


def _has(known: Iterable[str]) -> str:
    names = ", ".join(known)
    return f"; it has {names}" if names else ""


def _relations(model: Model) -> Iterator[Embed]:
    for it in model.references:
        gone = it.target.soft_delete or not model.managed  # and there is no row any more
        yield Embed(it.name, it.attribute, it.target, it, True, it.optional or gone)
    for inverse in model.inverses:
        other = inverse.reference.model
        yield Embed(inverse.name, inverse.attribute, other, inverse, inverse.one, inverse.one)
    for many in model.manys:
        yield Embed(many.name, many.attribute, many.target, many, False)
    for many in model.inverse_manys:
        if many.inverse and many.inverse_attribute:
            name, attribute = many.inverse, many.inverse_attribute
            yield Embed(name, attribute, many.model, many, False, declared=False)


def _default_sort(loading: Loading, draft: Draft, raw: grammar.Api, api: Api) -> None:
    lists = {"order": draft.raw.order, "api.default_sort": raw.default_sort or []}
    for key, wanted in lists.items():
        where = f"{draft.name}.{key}"
        found = loading.fields(draft, where, wanted, descending=True)
        if found:
            if draft.api is not None:
                _sortable(loading, where, (it for it, _ in found))
            api.default_sort = tuple(found)
