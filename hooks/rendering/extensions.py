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
    """Those that models.yml names or the models need, for the first revision to create."""
    fields = [field for model in spec.models for field in model.fields]
    found = {info(field.type).extension for field in fields}
    found |= {field.type.custom.sql for field in fields if field.type.custom} & BY_THEIR_NAME
    for model in spec.models:
        if any(
            search.language is None and info(search.field.type).family == "text"
            for search in model.api.search
        ):
            found.add("pg_trgm")
        for exclude in model.excludes:
            if exclude.using == "gist" and any(
                element.field.type.name in BY_BTREE_GIST
                if element.field
                else element.operator in ("=", "<>")
                for element in exclude.elements
            ):
                found.add("btree_gist")
        for index in model.indexes:
            if index.method == "gist" and any(
                field.type.name in BY_BTREE_GIST for field, _ in index.fields
            ):
                found.add("btree_gist")
    return sorted({*spec.extensions, *filter(None, found)})
