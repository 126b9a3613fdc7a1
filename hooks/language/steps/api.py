"""`api:` and `order:`: what is served of a model, and under which path."""

from __future__ import annotations

from .. import grammar, names
from ..api import CHANGING_OPS, CREATING_OPS, DEFAULT_OPS, FIXED, KEYLESS_OPS, OPS, READ_OPS
from ..diagnostics import Code, did_you_mean, plain, show
from ..draft import Draft, Loading
from .embeds import embeds
from .lists import default_sort, filters, has_order, sorts
from .searches import searches
from .upserts import upsert_by

# What others call our operations.
CALLED = {
    **dict.fromkeys(("read", "fetch"), "get or list"),
    **dict.fromkeys(("retrieve", "show", "view", "detail"), "get"),
    **dict.fromkeys(("index", "find", "search"), "list"),
    **dict.fromkeys(("add", "insert", "new", "post"), "create"),
    **dict.fromkeys(("edit", "modify", "patch", "partial_update"), "update"),
    **dict.fromkeys(("remove", "destroy"), "delete"),
    "put": "replace",
    "write": "create, update or replace",
}


def resolve_apis(loading: Loading) -> None:
    for draft in loading.drafts.values():
        raw = draft.api or grammar.Api()
        api = draft.model.api
        api.served = draft.api is not None
        api.page = raw.page or "cursor"
        if draft.keyless:
            _page_without_key(loading, draft, raw)
        api.path = raw.path or f"/{names.kebab(draft.model.plural)}"
        if api.served:
            api.ops = _ops(loading, draft, raw)
        api.filter = filters(loading, draft, raw)
        api.sort = sorts(loading, draft, raw)
        api.default_sort = default_sort(loading, draft, raw)
        api.search = tuple(searches(loading, draft, raw))
        api.upsert = upsert_by(loading, draft, raw)
    for draft in loading.drafts.values():
        if draft.api is not None:
            draft.model.api.embed = tuple(embeds(loading, draft, draft.api.embed))
    _check_paths(loading)


def _ops(loading: Loading, draft: Draft, raw: grammar.Api) -> tuple[str, ...]:
    where = f"{draft.name}.api.ops"
    can_change = any(field.updatable for field in draft.model.fields)
    if raw.ops is None:
        ops = _default_ops(draft, can_change=can_change)
        is_user = loading.access is not None and loading.access.user is draft.model
        return tuple(op for op in ops if not (is_user and op in CREATING_OPS))
    if not raw.ops and not (draft.transfers or draft.transitions):
        loading.problems.warn(where, "serves no route: write api: false to have none")
    for op in dict.fromkeys(raw.ops):
        if raw.ops.count(op) > 1:
            loading.problems.add(where, Code.LISTED_TWICE, f"{plain(op)} is listed twice")
        if op not in OPS:
            called = CALLED.get(op.lower())
            hint = f": write {called}" if called else did_you_mean(op, OPS)
            if op == "restore":
                hint = ": write `soft_delete: true`, which adds it to delete"
            loading.problems.add(where, Code.OPS, f"{plain(op)!r} is not an operation{hint}")
        elif draft.keyless and op not in KEYLESS_OPS:
            what = f"{op} finds a row by its key, and {draft.name} has none: leave it out"
            loading.problems.add(where, Code.KEYLESS, what)
        elif op in CHANGING_OPS and not can_change and not draft.broken:
            what = f"{draft.name} has no field that can change: leave out {op}"
            loading.problems.add(where, Code.OPS_CHANGE, what)
    return tuple(op for op in OPS if op in raw.ops)


def _default_ops(draft: Draft, *, can_change: bool) -> tuple[str, ...]:
    if not draft.model.managed:
        return tuple(op for op in READ_OPS if op in KEYLESS_OPS or not draft.keyless)
    if draft.keyless:
        lists = has_order(draft.model)
        return tuple(op for op in DEFAULT_OPS if op in KEYLESS_OPS and (lists or op != "list"))
    return tuple(op for op in DEFAULT_OPS if can_change or op not in ("update", "replace"))


def _page_without_key(loading: Loading, draft: Draft, raw: grammar.Api) -> None:
    """Lists go on by a unique if there is one; else by offset, as rows may be equal."""
    model, api = draft.model, draft.model.api
    order_key = set(model.order_key)
    is_unique = any(set(it.fields) == order_key for it in model.uniques if it.referable)
    if not is_unique and raw.page == "cursor":
        what = (
            f"a cursor needs a key or a unique field, and {model.name} has none: write offset, or"
            " add a field, as in number: {type: bigint, auto: identity, unique: true}"
        )
        loading.problems.add(f"{model.name}.api.page", Code.KEYLESS, what)
    if not is_unique:
        api.page = "offset"
    lists = {"list", "export"} & set(raw.ops or ())
    if lists and not has_order(model) and not draft.broken:
        what = f"{model.name} has no field to sort a list by: leave out {min(lists)}"
        loading.problems.add(f"{model.name}.api.ops", Code.KEYLESS, what)


def _check_paths(loading: Loading) -> None:
    served = [draft for draft in loading.drafts.values() if draft.model.api.served]
    taken: dict[str, str] = {}
    for draft in served:
        where, path = f"{draft.name}.api.path", draft.model.api.path
        if not names.PATH.fullmatch(path):
            what = f"{show(path)} is not a path: write it like /order-lines"
            loading.problems.add(where, Code.PATH, what)
        elif any(path == fixed or path.startswith(f"{fixed}/") for fixed in FIXED):
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
