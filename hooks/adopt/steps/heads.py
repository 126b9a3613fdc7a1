"""What a model says of its table as a whole, and of its key."""

from __future__ import annotations

from ...language import names
from ...language.api import FIXED
from ...language.spec import ALIVE
from ..catalogue import Column, Table
from ..draft import Adoption, ModelDraft, is_partial_unique, one_line

KEYS = {  # by type, kind of identity and default of `id`
    ("uuid", "", None): "uuid7",
    ("uuid", "", "gen_random_uuid()"): "uuid4",
    ("bigint", "d", None): "identity",
    ("bigint", "a", None): "identity",
    ("integer", "d", None): "identity32",
    ("integer", "a", None): "identity32",
}


def find_text_keys(adoption: Adoption, draft: ModelDraft) -> None:
    """Columns of bpchar that are keys become text, as the escape hatch can't be a key."""
    for constraint in draft.table.constraints:
        if constraint.kind in "pf":
            draft.text.update(constraint.columns)
        if constraint.target in adoption.drafts:
            adoption.drafts[constraint.target].text.update(constraint.remote)


def write_head(draft: ModelDraft) -> None:
    table, body = draft.table, draft.body
    body["fields"] = {}
    if table.comment and (doc := one_line(table.comment)):
        body["doc"] = doc
    if (
        draft.plural == draft.singular
        or draft.singular.endswith("ics")
        or names.is_keyword(draft.plural)
    ):
        body["plural"] = f"{draft.singular}_list"
    elif draft.name.endswith("Record") and table.name == names.plural(
        draft.singular.removesuffix("_record")
    ):
        body["plural"] = table.name
    if table.name != draft.plural:
        body["table"] = table.name
    if (path := f"/{names.kebab(draft.plural)}") in FIXED:
        body["api"] = {"path": f"{path}-list"}
    if table.schema != "public":
        body["schema"] = table.schema
    if table.kind not in ("table", "partitioned table"):
        body["managed"] = False
    body["timestamps"] = _has_timestamps(table)
    if _has_version(table):
        body["version"] = True
    if _is_soft_deleted(table):
        body["soft_delete"] = True
    body["pk"] = _strategy(table)


def write_key(draft: ModelDraft) -> None:
    key = draft.table.key
    if key is None:
        draft.body["pk"] = "none"
        return
    if draft.body["pk"] is None:
        draft.body["pk"] = draft.listed(key.columns)
    draft.body["pk_name"] = key.name
    if key.deferrable:
        draft.remarks.append(f"the key {key.name} is deferrable")
    if "INCLUDE" in key.definition or "WITHOUT OVERLAPS" in key.definition:
        draft.remarks.append(f"the key {key.name} is {key.definition}")


def _strategy(table: Table) -> str | None:
    """How `id` is made, if it is the key and made in one of the language's ways."""
    if table.key is None or table.key.columns != ["id"]:
        return None
    column = table.column("id")
    if any("id" in constraint.columns for constraint in table.of("f")) or column.foreign:
        return None
    return KEYS.get((column.type, column.identity, column.default))


def _has_timestamps(table: Table) -> bool:
    added = [it for it in table.columns if it.name in ("created_at", "updated_at")]
    return len(added) == 2 and all(map(_is_timestamp, added))


def _is_timestamp(column: Column) -> bool:
    return (
        column.type == "timestamp with time zone"
        and column.not_null
        and column.default == "now()"
        and not column.generated
        and not column.collation
    )


def _has_version(table: Table) -> bool:
    column = next((it for it in table.columns if it.name == "row_version"), None)
    return column is not None and (column.type, column.not_null, column.default) == (
        "integer",
        True,
        "1",
    )


def _is_soft_deleted(table: Table) -> bool:
    """Whether every unique holds among the rows without `deleted_at` only."""
    deleted = next((it for it in table.columns if it.name == "deleted_at"), None)
    if deleted is None or deleted.not_null or deleted.default or deleted.generated:
        return False
    uniques = [it for it in table.indexes if it.unique and it.constraint != "p"]
    excludes = [it for it in table.indexes if it.constraint == "x"]
    return (
        deleted.type == "timestamp with time zone"
        and bool(uniques)
        and all(is_partial_unique(it) and (it.where or "").endswith(ALIVE) for it in uniques)
        and all(it.where and it.where.endswith(ALIVE) for it in excludes)
    )
