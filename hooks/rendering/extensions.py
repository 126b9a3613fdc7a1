"""What PostgreSQL needs besides itself."""

from __future__ import annotations

from ..language.spec import Spec, Type
from ..language.types import BY_BTREE_GIST, info

# Types for the escape hatch that come with an extension of the same name.
BY_THEIR_NAME = {"cube", "hstore", "seg"}


def is_native(type_: Type) -> bool:
    """Whether SQLAlchemy has no class for it."""
    return type_.name in ("custom", "ltree", "vector")


def uses_native(spec: Spec) -> bool:
    return any(is_native(field.type) for model in spec.models for field in model.fields)


def extensions(spec: Spec) -> list[str]:
    """The extensions that have what the models use, for the first revision to create."""
    fields = [it for model in spec.models for it in model.fields]
    found = {info(it.type).extension for it in fields}
    found |= {it.type.custom.sql for it in fields if it.type.custom} & BY_THEIR_NAME
    for model in spec.models:
        if any(
            it.language is None and info(it.field.type).family == "text" for it in model.api.search
        ):
            found.add("pg_trgm")
        for exclude in model.excludes:
            if exclude.using == "gist" and any(
                it.field.type.name in BY_BTREE_GIST if it.field else it.operator in ("=", "<>")
                for it in exclude.elements
            ):
                found.add("btree_gist")
        for index in model.indexes:
            if index.method == "gist" and any(
                it.type.name in BY_BTREE_GIST for it, _ in index.fields
            ):
                found.add("btree_gist")
    return sorted(it for it in found if it)
