"""`api.search`: fields in which the parameter `search` looks, each with its index."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import grammar, names, types
from ..diagnostics import Code, show
from ..draft import Draft, Loading
from ..spec import Field, Index, Search
from .lists import indexed_contents, why_not

_LANGUAGE = re.compile("[a-z][a-z_]*")


def searches(loading: Loading, draft: Draft, raw: grammar.Api) -> Iterator[Search]:
    where = f"{draft.name}.api.search"
    for entry in raw.search:
        name, language = (entry, None) if isinstance(entry, str) else (entry.field, entry.language)
        for field, _ in loading.fields(draft, where, [name]) or ():
            mistake = _mistake(field, name, language)
            if mistake is not None:
                loading.problems.add(where, *mistake)
                continue
            _add_index(loading, draft, where, field, language)
            yield Search(field, language)


def _mistake(field: Field, name: str, language: str | None) -> tuple[Code, str] | None:
    is_vector = field.type.name == "tsvector"
    # An index of trigrams serves no ILIKE on char and citext.
    is_text = types.info(field.type).family == "text" and field.type.name not in ("char", "citext")
    mistake = why_not(field, "search", able=(is_text or is_vector) and not field.type.array)
    if mistake is not None or language is None:
        return mistake
    if is_vector:
        return Code.SEARCH, f"{name} is a tsvector, whose language is fixed: write {name}"
    if not _LANGUAGE.fullmatch(language):
        what = f"{show(language)} is not a text search configuration: write one, as in english"
        return Code.SEARCH, what
    return None


def _add_index(
    loading: Loading, draft: Draft, where: str, field: Field, language: str | None
) -> None:
    model, column = draft.model, names.quote(field.column)
    name = names.convention("ix", model.table, [field.column])
    if field.type.name == "tsvector":
        if field in indexed_contents(model):
            return
        index = Index(names.fit(name), ((field, False),), method="gin")
    elif language is None:
        index = Index(names.fit(f"{name}_trgm"), (), method="gin", expr=f"{column} gin_trgm_ops")
    else:
        vector = f"to_tsvector('{language}', {column})"
        index = Index(names.fit(f"{name}_fts"), (), method="gin", expr=vector)
    loading.relation(draft.name, index.name, "the index", model.schema)
    model.indexes.append(index)
