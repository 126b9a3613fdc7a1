"""Exclusion constraints: no two rows for which every element is true of both."""

from __future__ import annotations

import re

from .. import grammar, names, sql, types
from ..diagnostics import Code, plain, show
from ..draft import Draft, Loading
from ..spec import Element, Exclude, Field, Model

OPERATORS = ("=", "<>", "&&", "-|-", "~=")


def resolve_excludes(loading: Loading, draft: Draft) -> None:
    for place, raw in draft.excludes.items():
        _exclude(loading, draft, f"{draft.name}.exclude[{place}]", raw)


def mentioned(model: Model, text: str) -> tuple[Field, ...]:
    """The fields whose columns are words of a piece of SQL."""
    words = set(re.findall(r"\w+", re.sub(r"'(?:[^']|'')*'", "", text)))
    return tuple(field for field in model.fields if field.column in words)


def _exclude(loading: Loading, draft: Draft, where: str, raw: grammar.Exclude) -> None:
    model = draft.model
    elements = _checked_elements(loading, draft, where, raw)
    if elements is None:
        return
    columns = [element.field.column for element in elements if element.field]
    name = raw.name or names.by_convention("ex", model.table, columns)
    if raw.name is not None:
        loading.sql_name(where, name, "constraint")
    loading.identifier(where, name, "set a shorter `name:`")
    loading.relation(draft.name, name, "the exclusion", model.schema)
    fields: list[Field] = []
    for element in elements:
        fields += [element.field] if element.field else mentioned(model, element.sql)
    exclude = Exclude(
        name=name,
        elements=tuple(elements),
        using=raw.using,
        fields=tuple(dict.fromkeys(fields)),
        where=model.condition(raw.where and raw.where.strip()),
        deferrable=raw.deferrable,
    )
    model.excludes.append(exclude)


def _checked_elements(
    loading: Loading, draft: Draft, where: str, raw: grammar.Exclude
) -> list[Element] | None:
    """The elements; None, reported, if anything about the exclusion is wrong."""
    known = len(loading.problems.found)
    elements: list[Element] = []
    for pair in raw.elements:
        elements += _elements(loading, draft, where, raw.using, pair)
    if raw.where is not None and (fault := sql.fault(raw.where)) is not None:
        loading.problems.add(f"{where}.where", Code.SQL, fault)
    if raw.using == "spgist" and len(elements) > 1:
        what = "spgist takes one element: leave out the others, or `using`"
        loading.problems.add(where, Code.EXCLUDE, what)
    if raw.name is None and any(element.field is None for element in elements):
        what = f"has an expression, so it needs a name: write name: ex_{draft.model.table}_…"
        loading.problems.add(where, Code.EXCLUDE, what)
    return elements if len(loading.problems.found) == known else None


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
        if (fault := sql.fault(first)) is not None:
            loading.problems.add(where, Code.SQL, fault)
        return [Element(None, operator, first.strip())]
    fields = [field for field, _ in loading.fields(draft, where, [first]) or []]
    for field in fields:
        if (mistake := _unfit(field, operator, using)) is not None:
            loading.problems.add(where, Code.EXCLUDE, mistake)
    return [Element(field, operator, names.quote(field.column)) for field in fields]


def _unfit(field: Field, operator: str, using: str) -> str | None:
    """Why PostgreSQL has no such operator for the index."""
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
