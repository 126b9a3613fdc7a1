"""What PostgreSQL needs besides itself."""

from __future__ import annotations

from ..language.spec import Spec
from ..types import BY_BTREE_GIST, row


def extensions(spec: Spec) -> list[str]:
    """The extensions that have what the models use, for the first revision to create."""
    found = {row(it.type).extension for model in spec.models for it in model.fields}
    for model in spec.models:
        for index in model.indexes:
            if index.method == "gist" and any(
                it.type.name in BY_BTREE_GIST for it, _ in index.fields
            ):
                found.add("btree_gist")
    return sorted(it for it in found if it)
