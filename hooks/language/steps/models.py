"""Models: what each is called, in Python, in the API and in the database."""

from __future__ import annotations

from .. import names
from ..diagnostics import Code, show
from ..draft import Draft, Loading
from .shared import description, former_name


def resolve_model(loading: Loading, draft: Draft) -> None:
    model, raw = draft.model, draft.raw
    _names_in_python(loading, draft)
    _table(loading, draft)
    _key_name(loading, draft)
    model.schema = loading.schema(f"{draft.name}.schema", raw.sql_schema)
    is_free = loading.relation(draft.name, model.table, "the table", model.schema)
    if is_free and model.key_name:
        loading.relation(draft.name, model.key_name, "the key", model.schema)
    model.was = raw.was
    if raw.was is not None:
        where = f"{draft.name}.was"
        former_name(loading, where, raw.was, loading.drafts, names.MODEL)
        loading.once(where, raw.was, loading.former, model.name)
    if raw.doc is not None:
        model.doc = description(loading, draft.name, raw.doc)
    model.timestamps = loading.defaults.timestamps if raw.timestamps is None else raw.timestamps
    model.version = raw.version
    model.soft_delete = raw.soft_delete
    model.managed = raw.managed


def _names_in_python(loading: Loading, draft: Draft) -> None:
    model, where = draft.model, draft.name
    model.singular = names.snake(model.name)
    one = names.pascal(names.singular(model.singular))
    if names.is_plural(model.singular):
        loading.problems.warn(where, f"models are named in the singular: write {one}")
    model.plural = draft.raw.plural or names.plural(model.singular)
    if not names.FIELD.fullmatch(model.plural):
        what = f"{show(model.plural)} is not a name in ASCII and snake_case"
        loading.problems.add(f"{where}.plural", Code.NAME, what)
    elif model.plural == model.singular:
        instead = f"set `plural: {model.singular}_list`"
        if one != model.name:
            instead = f"rename the model to {one}, or {instead}"
        what = f"the singular and the plural are both {model.singular}: {instead}"
        loading.problems.add(where, Code.PLURAL, what)
    if names.is_keyword(model.singular):
        what = f"`{model.singular}` is a reserved word in Python: rename the model"
        loading.problems.add(where, Code.PYTHON_WORD, what)
    elif names.is_keyword(model.plural):
        what = f"`{model.plural}` is a reserved word in Python: set `plural:`"
        loading.problems.add(where, Code.PYTHON_WORD, what)
    model.label = model.singular.replace("_", " ")
    model.labels = model.plural.replace("_", " ")


def _table(loading: Loading, draft: Draft) -> None:
    model, where = draft.model, draft.name
    model.table = draft.raw.table or model.plural
    loading.sql_name(f"{where}.table", model.table, "table")
    if model.table.startswith("pg_") or model.table == "alembic_version":
        what = f"PostgreSQL or Alembic reserves the name {model.table}: set another `table:`"
        loading.problems.add(f"{where}.table", Code.SYSTEM_TABLE, what)
    loading.identifier(where, model.table, "set `table:`")


def _key_name(loading: Loading, draft: Draft) -> None:
    model, raw = draft.model, draft.raw
    if draft.keyless:
        return
    pattern = loading.defaults.pk_name if raw.pk_name is None else raw.pk_name
    model.key_name = pattern.replace("{table}", model.table)
    if raw.pk_name is None:
        model.key_name = names.fit(model.key_name)
    else:
        loading.sql_name(f"{draft.name}.pk_name", model.key_name, "constraint")
    loading.identifier(draft.name, model.key_name, "set a shorter `pk_name:`")
