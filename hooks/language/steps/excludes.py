"""Exclusion constraints: no two rows for which every element is true of both."""

from __future__ import annotations

import re

from .. import grammar, names, sql, types
from ..diagnostics import Code, plain, show
from ..draft import Draft, Loading
from ..spec import Element, Exclude, Field, Model

OPERATORS = ("=", "<>", "&&", "-|-", "~=")


def resolve_excludes(loading: Loading, draft: Draft) -> None:
    for at, raw in draft.excludes.items():
        _exclude(loading, draft, f"{draft.name}.exclude[{at}]", raw)


def mentioned(model: Model, text: str) -> tuple[Field, ...]:
    """The fields whose columns are words of a piece of SQL."""
    words = set(re.findall(r"\w+", re.sub(r"'(?:[^']|'')*'", "", text)))
    return tuple(it for it in model.fields if it.column in words)


def _exclude(loading: Loading, draft: Draft, where: str, raw: grammar.Exclude) -> None:
    model = draft.model
    before = len(loading.problems.found)
    elements: list[Element] = []
    for pair in raw.elements:
        elements += _elements(loading, draft, where, raw.using, pair)
    if raw.where is not None and (wrong := sql.fault(raw.where)) is not None:
        loading.problems.add(f"{where}.where", Code.SQL, wrong)
    if raw.using == "spgist" and len(elements) > 1:
        what = "spgist takes one element: leave out the others, or `using`"
        loading.problems.add(where, Code.EXCLUDE, what)
    if raw.name is None and any(it.field is None for it in elements):
        what = f"has an expression, so it needs a name: write name: ex_{model.table}_…"
        loading.problems.add(where, Code.EXCLUDE, what)
    if len(loading.problems.found) > before:
        return
    columns = [it.field.column for it in elements if it.field]
    name = raw.name or names.by_convention("ex", model.table, columns)
    if raw.name is not None:
        loading.sql_name(where, name, "constraint")
    loading.identifier(where, name, "set a shorter `name:`")
    loading.relation(draft.name, name, "the exclusion", model.schema)
    fields = [
        it
        for element in elements
        for it in ([element.field] if element.field else mentioned(model, element.sql))
    ]
    condition = model.condition(raw.where and raw.where.strip())
    model.excludes.append(
        Exclude(
            name,
            tuple(elements),
            raw.using,
            tuple(dict.fromkeys(fields)),
            condition,
            raw.deferrable,
        )
    )


def _elements(
    loading: Loading, draft: Draft, where: str, using: str, pair: list[str]
) -> list[Element]:
    if len(pair) != 2:
        what = f"{show(pair)} is not [field, operator], as in [during, '&&']"
        loading.problems.add(where, Code.EXCLUDE, what)
        return []
    first, operator = pair
    if operator not in OPERATORS:
        what = f"{show(operator)} is not an operator; there are {', '.join(OPERATORS)}"
        loading.problems.add(where, Code.EXCLUDE, what)
        return []
    if not names.FIELD.fullmatch(first):
        if (wrong := sql.fault(first)) is not None:
            loading.problems.add(where, Code.SQL, wrong)
        return [Element(None, operator, first.strip())]
    found = [it for it, _ in loading.fields(draft, where, [first]) or []]
    for it in found:
        if (wrong := _unfit(it, operator, using)) is not None:
            loading.problems.add(where, Code.EXCLUDE, wrong)
    return [Element(it, operator, names.quote(it.column)) for it in found]


def _unfit(field: Field, operator: str, using: str) -> str | None:
    """Why PostgreSQL has no such operator of the index."""
    kind = f"{field.type.name}[]" if field.type.array else field.type.name
    if types.info(field.type).family == "range" and not field.type.array:
        fit = ["=", "&&", "-|-"]
    elif field.type.name == "custom":
        fit = list(OPERATORS)
    elif field.type.name in types.BY_BTREE_GIST and not field.type.array and using == "gist":
        fit = ["=", "<>"]
    else:
        return f"{field.name} is of type {kind}, which {using} does not support"
    if operator in fit:
        return None
    return f"{field.name} is of type {plain(kind)}, which takes {' and '.join(fit)} here"
