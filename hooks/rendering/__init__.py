"""Spec → what the templates print."""

from __future__ import annotations

from typing import Any

from ..language.spec import Spec
from .code import docstring, literal
from .columns import sql_text
from .descriptions import Descriptions
from .enums import enum_class
from .extensions import uses_native
from .facts import Facts
from .guide import guide
from .mixins import MixinClass, mixin_imports
from .readme import paging, walk
from .resource import Resource, resources
from .revision import Revision
from .types import NEEDED

FILTERS = {"docstring": docstring, "literal": literal, "sql_text": sql_text}


def unindexed(spec: Spec) -> list[str]:
    """The foreign keys that no key, unique or index leads with."""
    names = [
        reference.constraint
        for model in spec.models
        for reference in model.references
        if not model.leads_with([local for local, _ in reference.columns])
    ]
    manys = [many for model in spec.models for many in model.manys if not many.through]
    return names + [many.remote_constraint for many in manys if many.index is None]


def field_modules(made: list[Resource]) -> set[str]:
    """The modules of `app.fields` that schemas and routers import from."""
    used, routed = [it for it in made if it.used], [it for it in made if it.routed]
    types = [type for resource in used for type in resource.schemas.module.imports]
    types += [type for resource in routed for type in resource.imports.parameter_types]
    modules = (type.module.rpartition(".") for type in types)
    found = {module for package, _, module in modules if package == "app.fields"}
    return found.union(*(NEEDED.get(module, ()) for module in found))


def context(spec: Spec, python_version: str) -> dict[str, Any]:
    """The names that the templates know besides the answers."""
    made = resources(spec)
    fields = [it for model in spec.models for it in model.fields]
    uses_uuid7 = any(it.generated == "uuid7" for it in fields)
    return {
        "spec": spec,
        "resources": made,
        "served": [it for it in made if it.routed],
        "walk": walk(made),
        "paging": paging(made),
        "guide": guide(made),
        "facts": {it.name: Facts(it) for it in made},
        "mixin_classes": list(map(MixinClass, spec.mixins)),
        "mixin_imports": mixin_imports(spec.mixins),
        "revision": Revision(spec),
        "unindexed": unindexed(spec),
        "enum_classes": list(map(enum_class, spec.enums)),
        "descriptions": Descriptions(made),
        "uses_versions": any(it.tagged or it.locked or it.upsert for it in made),
        "restores": [it for it in made if it.restores],
        "bulk": any(it.any("bulk_create") for it in made),
        "locations": any(it.ops >= {"create", "get"} and not it.key.is_plain for it in made),
        "keyless": any(it.mapped.placed for it in made),
        "wholes": any(it.schemas.module.has_wholes for it in made if it.used),
        "upserts": any(it.upsert for it in made),
        "bulk_updates": any("bulk_update" in it.ops for it in made),
        "bulk_deletes": any("bulk_delete" in it.ops for it in made),
        "batches": any(it.any("bulk_update", "bulk_delete") for it in made),
        "bulks": any(it.any("bulk_create", "bulk_update", "bulk_delete") for it in made),
        "links": any(it.links for it in made),
        "pairs": any(it.pair for it in made),
        "transfers": any(it.transfers for it in made),
        "transitions": any(it.transitions for it in made),
        "offsets": any(it.pages and not it.cursor for it in made if it.routed),
        "counts": any("count" in it.ops for it in made),
        "searches": any(it.searches for it in made),
        "embeds": any(it.embeds for it in made),
        "exports": any(it.exports for it in made),
        "field_modules": field_modules(made),
        "uses_email": any(it.type.name == "email" for it in fields),
        "uses_native": uses_native(spec),
        "uses_uuid7": uses_uuid7,
        "uses_uuid_utils": uses_uuid7 and python_version != "3.14",  # it has its own
    }
