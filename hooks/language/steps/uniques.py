"""Uniques: of one field or reference (`unique: true`), and of several under `unique:`."""

from __future__ import annotations

from typing import Any

from .. import grammar, names, sql
from ..diagnostics import Code
from ..draft import Draft, Loading
from ..spec import Field, Model, Unique
from .columns import fields_of
from .indexes import unfit


def resolve_uniques(loading: Loading, draft: Draft) -> None:
    model = draft.model
    for name, entry in draft.entries.items():
        if not entry.unique:
            continue
        fields = fields_of(loading, draft, name)
        if fields is not None and set(fields) != set(model.key):
            _add(loading, draft, f"{draft.name}.{name}", fields)
    for place, raw in draft.uniques.items():
        _listed(loading, draft, f"{draft.name}.unique[{place}]", raw)
    for reference in model.references:
        columns = {local for local, _ in reference.columns}
        over_all_rows = (None, model.condition(None))
        uniques = [set(it.fields) for it in model.uniques if it.where in over_all_rows]
        reference.unique = columns == set(model.key) or columns in uniques


def _listed(loading: Loading, draft: Draft, where: str, raw: grammar.Unique) -> None:
    listed = loading.fields(draft, where, raw.fields)
    include = loading.fields(draft, where, raw.include)
    if listed is None or include is None:
        return
    fields = tuple(field for field, _ in listed)
    _check_options(loading, draft, where, fields, raw)
    _add(
        loading,
        draft,
        where,
        fields,
        name=raw.name,
        condition=raw.where and raw.where.strip(),
        include=tuple(field for field, _ in include),
        nulls_not_distinct=raw.nulls_not_distinct,
        deferrable=raw.deferrable,
    )


def _check_options(
    loading: Loading, draft: Draft, where: str, fields: tuple[Field, ...], raw: grammar.Unique
) -> None:
    if draft.model.soft_delete and raw.deferrable is not None:
        what = "has `deferrable`, but soft_delete makes it an index, which cannot be deferred"
        loading.problems.add(where, Code.UNIQUE, f"{what}: leave out one")
    if raw.where is not None and (fault := sql.fault(raw.where)) is not None:
        loading.problems.add(f"{where}.where", Code.SQL, fault)
    if raw.where is not None and raw.deferrable is not None:
        what = (
            "has `where`, which makes it an index, and `deferrable`, which"
            " no index can be: keep one"
        )
        loading.problems.add(where, Code.UNIQUE, what)
    if raw.nulls_not_distinct and not any(field.optional for field in fields):
        what = "has nulls_not_distinct, but none of the fields is optional: leave it out"
        loading.problems.add(where, Code.UNIQUE, what)


def _add(
    loading: Loading,
    draft: Draft,
    where: str,
    fields: tuple[Field, ...],
    *,
    name: str | None = None,
    condition: str | None = None,
    **options: Any,
) -> None:
    model = draft.model
    if not _is_subject(loading, draft, fields):  # whoever is deleted is not made anew
        condition = model.condition(condition)
    columns = [it.column for it in fields]
    full_name = name or names.by_convention("uq", model.table, columns)
    named = name is not None or full_name != names.convention("uq", model.table, columns)
    unique = Unique(full_name, fields, named=named, where=condition, **options)
    if (same := _same(model, unique)) is not None:
        loading.problems.warn(where, f"{same} keeps the same apart: leave this one out")
        return
    if name is not None:
        loading.sql_name(where, name, "constraint")
    for field in fields:
        if (mistake := unfit("btree", field.type)) is not None:
            loading.problems.add(where, *mistake)
    listed = ", ".join(field.name for field in fields)
    instead = f"write unique: [{{fields: [{listed}], name: …}}] with a shorter one"
    loading.identifier(where, full_name, instead)
    loading.relation(draft.name, full_name, "the unique constraint", model.schema)
    model.uniques.append(unique)


def _same(model: Model, unique: Unique) -> str | None:
    """What CREATE TABLE takes for the same constraint, and makes one of both."""
    if unique.where is not None:
        return None
    if unique.plain and unique.fields == tuple(model.key):
        return "the key"

    def says(it: Unique) -> tuple[object, ...]:
        return it.where, it.fields, it.include, it.nulls_not_distinct, it.deferrable

    return next((it.name for it in model.uniques if says(it) == says(unique)), None)


def _is_subject(loading: Loading, draft: Draft, fields: tuple[Field, ...]) -> bool:
    is_user = loading.auth is not None and loading.auth.user == draft.name
    return is_user and [field.name for field in fields] == ["subject"]
