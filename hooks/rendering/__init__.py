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
from .rules import oracle
from .types import NEEDED, sqlalchemy

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
    names += [many.remote_constraint for many in manys if many.index is None]
    return list(dict.fromkeys(names))  # two tables may have keys of one name


def field_modules(made: list[Resource]) -> set[str]:
    """The modules of `app.fields` that schemas and routers import from."""
    used = [resource for resource in made if resource.used]
    routed = [resource for resource in made if resource.routed]
    types = [type for resource in used for type in resource.schemas.module.imports]
    types += [type for resource in routed for type in resource.imports.parameter_types]
    modules = (type.module.rpartition(".") for type in types)
    found = {module for package, _, module in modules if package == "app.fields"}
    return found.union(*(NEEDED.get(module, ()) for module in found))


def used_parts(made: list[Resource]) -> dict[str, Any]:
    """Which parts of the service some resource needs; the others are not rendered."""
    return {
        "uses_versions": any(
            resource.tagged or resource.locked or resource.upsert for resource in made
        ),
        "restores": [resource for resource in made if resource.restores],
        "bulk": any(resource.any("bulk_create") for resource in made),
        "locations": any(
            "get" in resource.ops and resource.any("create", "upsert") and not resource.key.is_plain
            for resource in made
        ),
        "keyless": any(resource.mapped.placed for resource in made),
        "wholes": any(resource.schemas.module.has_wholes for resource in made if resource.used),
        "upserts": any(resource.upsert for resource in made),
        "bulk_updates": any("bulk_update" in resource.ops for resource in made),
        "bulk_deletes": any("bulk_delete" in resource.ops for resource in made),
        "batches": any(resource.any("bulk_update", "bulk_delete") for resource in made),
        "bulks": any(
            resource.any("bulk_create", "bulk_update", "bulk_delete") for resource in made
        ),
        "links": any(resource.links for resource in made),
        "pairs": any(resource.pair for resource in made),
        "transfers": any(resource.transfers for resource in made),
        "transitions": any(resource.transitions for resource in made),
        "offsets": any(
            resource.pages and not resource.cursor for resource in made if resource.routed
        ),
        "counts": any("count" in resource.ops for resource in made),
        "searches": any(resource.searches for resource in made),
        "embeds": any(resource.embeds for resource in made),
        "exports": any(resource.exports for resource in made),
    }


def is_ambiguous(spec: Spec) -> bool:
    """Whether a name may be taken for a digit, which ruff tells: there are no better ones here."""
    names = {name for enum in spec.enums for name in enum_class(enum).members}
    for model in spec.models:
        names |= {model.name, *(it.attribute for it in model.fields)}
        names |= {it.attribute for it in model.references}
    return not names.isdisjoint({"l", "I", "O"})


def me_type(spec: Spec) -> str:
    """The type of what rules call `me`."""
    user = spec.auth.user if spec.auth else None
    return sqlalchemy(user.key[0].type) if user else "sa.Text"


def context(spec: Spec, python_version: str) -> dict[str, Any]:
    """The names that the templates know besides the answers."""
    made = resources(spec)
    fields = [field for model in spec.models for field in model.fields]
    uses_uuid7 = any(field.generated == "uuid7" for field in fields)
    return {
        "spec": spec,
        "resources": made,
        "me_type": me_type(spec),
        "asked_scopes": oracle.scopes(spec.models),
        "served": [resource for resource in made if resource.routed],
        "walk": walk(made),
        "paging": paging(made),
        "guide": guide(made),
        "facts": {resource.name: Facts(resource, spec.models) for resource in made},
        "mixin_classes": list(map(MixinClass, spec.mixins)),
        "mixin_imports": mixin_imports(spec.mixins),
        "revision": Revision(spec),
        "unindexed": unindexed(spec),
        "enum_classes": list(map(enum_class, spec.enums)),
        "descriptions": Descriptions(made),
        **used_parts(made),
        "field_modules": field_modules(made),
        "is_ambiguous": is_ambiguous(spec),
        "uses_email": any(field.type.name == "email" for field in fields),
        "uses_native": uses_native(spec),
        "uses_uuid7": uses_uuid7,
        "uses_uuid_utils": uses_uuid7 and python_version != "3.14",  # it has its own
    }
