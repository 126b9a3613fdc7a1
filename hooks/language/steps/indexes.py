"""Indexes: of one field (`index:`), of several under `indexes:`, and one for each reference."""

from __future__ import annotations

from typing import Any

from .. import grammar, names, sql, types
from ..diagnostics import Code, plain, show
from ..draft import Draft, Loading
from ..spec import Field, Index, Type

Columns = tuple[tuple[Field, bool], ...]  # True is descending


def resolve_indexes(loading: Loading, draft: Draft) -> None:
    for name, raw in draft.entries.items():
        if isinstance(raw, grammar.Scalar) and raw.index is not False:
            _of_field(loading, draft, f"{draft.name}.{name}", draft.scalars[name], raw)
    for place, index in draft.indexes.items():
        _listed(loading, draft, f"{draft.name}.indexes[{place}]", index)
    for reference in draft.model.references:
        columns = [local for local, _ in reference.columns]
        if draft.refs()[reference.name].index and not draft.model.leads_with(columns):
            where = f"{draft.name}.{reference.name}"
            _add(loading, draft, where, tuple((column, False) for column in columns))


def _of_field(
    loading: Loading, draft: Draft, where: str, field: Field, raw: grammar.Scalar
) -> None:
    given = raw.index if isinstance(raw.index, str) else "btree"
    if (mistake := unfit(given, field.type)) is not None:
        loading.problems.add(f"{where}.index", *mistake)
        return
    method = None if given == "btree" else given
    if method is None and draft.model.leads_with([field]):
        what = "already has an index, by a key, a unique or `index`: leave this one out"
        loading.problems.warn(where, what)
        return
    _add(loading, draft, where, ((field, False),), method=method)


def _listed(loading: Loading, draft: Draft, where: str, raw: grammar.Index) -> None:
    columns = loading.fields(draft, where, raw.fields, descending=True)
    include = loading.fields(draft, where, raw.include)
    if columns is None or include is None:
        return
    if bool(raw.fields) == bool(raw.expr):
        loading.problems.add(where, Code.INDEX_OF, "needs either fields or an expr")
        return
    if raw.expr and raw.name is None:
        what = f"write {{expr: {plain(raw.expr)}, name: ix_{draft.model.table}_…}}"
        loading.problems.add(where, Code.INDEX_OF, what)
        return
    for key, text in (("expr", raw.expr), ("where", raw.where)):
        if text is not None and (fault := sql.fault(text)) is not None:
            loading.problems.add(f"{where}.{key}", Code.SQL, fault)
    if not _check_method(loading, where, tuple(columns), raw):
        return
    _add(
        loading,
        draft,
        where,
        tuple(columns),
        method=None if raw.method == "btree" else raw.method,
        name=raw.name,
        expr=raw.expr and raw.expr.strip(),
        where=raw.where and raw.where.strip(),
        include=tuple(field for field, _ in include),
        unique=raw.unique,
    )


def _check_method(loading: Loading, where: str, columns: Columns, raw: grammar.Index) -> bool:
    """Whether the method, if any, serves the types of the columns; reports what it can't do."""
    for field, _ in columns:
        if (mistake := unfit(raw.method or "btree", field.type)) is not None:
            loading.problems.add(f"{where}.method" if raw.method else where, *mistake)
            return False
    if raw.method is None:
        return True
    if raw.method not in types.INDEX_METHODS:
        loading.problems.add(f"{where}.method", Code.INDEX, _no_method(raw.method))
    ordered = any(descending for _, descending in columns)
    if raw.method != "btree" and (raw.unique or ordered):
        what = f"{raw.method} supports neither an order nor unique: only btree does"
        loading.problems.add(f"{where}.method", Code.INDEX_TYPE, what)
    if raw.method in ("hash", "spgist") and len(columns) > 1:
        what = f"{raw.method} indexes one column: write an index for each, or leave out method"
        loading.problems.add(f"{where}.method", Code.INDEX_TYPE, what)
    if raw.method not in ("btree", "gist", "spgist") and raw.include:
        what = f"{raw.method} does not support include: only btree, gist and spgist do"
        loading.problems.add(f"{where}.include", Code.INDEX_TYPE, what)
    return True


def _add(
    loading: Loading,
    draft: Draft,
    at: str,
    columns: Columns,
    *,
    method: str | None = None,
    name: str | None = None,
    **options: Any,
) -> None:
    model = draft.model
    in_name = [field.column for field, _ in columns]
    full_name = name or names.by_convention("ix", model.table, in_name)
    if name is not None:
        loading.sql_name(at, name, "index")
    listed = ", ".join(f"-{it.name}" if descending else it.name for it, descending in columns)
    instead = f"write indexes: [{{fields: [{listed}], name: …}}] with a shorter one"
    loading.identifier(at, full_name, instead)
    loading.relation(draft.name, full_name, "the index", model.schema)
    named = name is not None or full_name != names.convention("ix", model.table, in_name)
    index = Index(full_name, columns, method, named=named, **options)
    model.indexes.append(index)


def unfit(method: str, type_: Type) -> tuple[Code, str] | None:
    """Why an index method doesn't serve a type in PostgreSQL without extensions."""
    family, array = types.info(type_).family, type_.array
    if type_.name == "json_text" and method in types.INDEX_METHODS:
        return Code.INDEX_TYPE, "PostgreSQL indexes no json_text: write json, which is its jsonb"
    fits = {
        "btree": True,
        "hash": array or type_.name not in ("ltree", "tsvector", "vector"),
        "gin": array or family == "json" or type_.name in ("tsvector", "custom"),
        "gist": not array
        and (family == "range" or type_.name in types.BY_GIST | types.BY_BTREE_GIST),
        "spgist": not array
        and (
            type_.name in ("inet", "cidr")
            or family == "range"
            or type_.name == "custom"
            or (family == "text" and type_.name not in ("char", "citext"))
        ),
        "brin": not array
        and family not in ("bool", "json")
        and type_.name not in ("enum", "citext", "ltree", "tsvector", "vector"),
    }
    if method not in fits:
        return Code.INDEX, _no_method(method)
    kind = f"{type_.name}[]" if array else type_.name
    return None if fits[method] else (Code.INDEX_TYPE, f"{method} does not support {kind}")


def _no_method(method: str) -> str:
    return f"{show(method)} is not an index method; there are {', '.join(types.INDEX_METHODS)}"
