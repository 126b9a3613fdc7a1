"""Catalogue → the tree of a models.yml, with remarks on what the language can't express."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..language import names
from ..language.reading.enums import fault_of_value
from . import naming
from .catalogue import Catalogue, Enum, Table
from .draft import Adopted, Adoption, ModelDraft
from .steps.associations import find_associations
from .steps.checks import write_checks
from .steps.excludes import write_excludes
from .steps.fields import write_fields
from .steps.heads import find_text_keys, write_head, write_key
from .steps.indexes import write_indexes
from .steps.references import find_references
from .steps.relations import write_inverses, write_manys
from .steps.uniques import write_uniques

_ORDER = (
    "doc table schema managed plural pk pk_name version soft_delete timestamps fields many unique"
    " exclude indexes checks api"
)
ORDER = tuple(_ORDER.split())
LIMITS = ("min", "gt", "min_length", "max", "lt", "max_length", "pattern")


def adopt(catalogue: Catalogue) -> Adopted:
    tables = {table.oid: table for table in catalogue.tables if not _is_partition(table)}
    adoption = Adoption(catalogue, tables)
    own = [it for it in catalogue.enums.values() if not any(map(fault_of_value, it.values))]
    adoption.enums = naming.usual_enums(own)
    model_names = naming.models(list(tables.values()), set(adoption.enums.values()))
    adoption.enums |= naming.other_enums(own, adoption.enums, set(model_names.values()))
    for oid, table in tables.items():
        adoption.drafts[oid] = ModelDraft(table, model_names[oid], naming.fields(table))
    for draft in adoption.drafts.values():
        find_text_keys(adoption, draft)
    for draft in adoption.drafts.values():
        write_head(draft)
    for draft in adoption.drafts.values():
        find_references(adoption, draft)
    find_associations(adoption)
    for oid in adoption.associations:
        del adoption.drafts[oid]
    for draft in adoption.drafts.values():
        write_key(draft)
        write_fields(adoption, draft)
        write_uniques(draft)
        write_excludes(draft)
        write_indexes(draft)
        write_checks(draft)
    write_inverses(adoption)
    write_manys(adoption)
    for draft in adoption.drafts.values():
        _finish(draft)
    return _adopted(adoption)


def _is_partition(table: Table) -> bool:
    """Partitions are in the table that they are parts of."""
    return any(remark.startswith("partition of ") for remark in table.remarks)


def _finish(draft: ModelDraft) -> None:
    """Put keys into the order in which people write them."""
    by_domain = (f"{column} of {domain}" for column, domain in draft.domains.items())
    if draft.domains:
        draft.remarks.insert(0, f"of domains, here of their types: {', '.join(by_domain)}")
    draft.remarks += draft.table.remarks
    draft.body = {key: draft.body[key] for key in ORDER if key in draft.body}
    for name, entry in draft.entries.items():
        draft.entries[name] = dict(sorted(entry.items(), key=_place))


def _place(pair: tuple[str, Any]) -> int:
    """Limits stand last, and the least before the greatest."""
    return LIMITS.index(pair[0]) + 1 if pair[0] in LIMITS else 0


def _partitions(adoption: Adoption) -> Iterator[str]:
    """Those of each table, on a line."""
    found: dict[str, list[str]] = {}
    for table in adoption.catalogue.tables:
        if table.oid not in adoption.tables:
            whole = table.remarks[0].removeprefix("partition of ").split(" FOR VALUES ")[0]
            found.setdefault(whole.removesuffix(" DEFAULT"), []).append(table.full_name)
            for remark in table.remarks[1:]:
                yield f"{table.kind} {table.full_name}: {remark}"
    for whole, parts in found.items():
        yield f"partitions of {whole}: {', '.join(parts)}"


def _types(drafts: Iterable[ModelDraft]) -> set[str]:
    return {str(entry.get("type")) for it in drafts for entry in it.entries.values()}


def _adopted(adoption: Adoption) -> Adopted:
    catalogue = adoption.catalogue
    drafts = {draft.name: draft for draft in adoption.drafts.values()}
    used = _types(drafts.values())
    enums = {
        name: _enum(name, catalogue.enums[oid])
        for oid, name in adoption.enums.items()
        if name in used
    }
    remarks = [*_partitions(adoption), *catalogue.remarks]
    if any(it.comment or any(of.comment for of in it.columns) for it in catalogue.tables):
        remarks.append("COMMENT of tables and columns, which is doc here")
    for oid, enum in catalogue.enums.items():
        if oid not in adoption.enums or adoption.enums[oid] not in used:
            remarks.append(f"enum {enum.full_name}: {', '.join(enum.values)}")
        elif adoption.enums[oid] not in _types(
            it for it in drafts.values() if it.body.get("managed", True)
        ):
            remarks.append(f"enum {enum.full_name}, which only views have")
    return Adopted({}, enums, drafts, remarks)


def _enum(name: str, enum: Enum) -> Any:
    """The values, and what `name` doesn't say of the type."""
    schema = {} if enum.schema == "public" else {"schema": enum.schema}
    type_ = {} if names.snake(name) == enum.name else {"type": enum.name}
    return {**type_, **schema, "values": enum.values} if type_ or schema else enum.values
