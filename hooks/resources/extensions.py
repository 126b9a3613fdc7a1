"""What PostgreSQL needs besides itself."""

from __future__ import annotations

from ..language.spec import Spec
from ..types import row


def extensions(spec: Spec) -> list[str]:
    """The extensions that have what the models use, for the first revision to create."""
    fields = (it for model in spec.models for it in model.fields)
    return sorted({name for it in fields if (name := row(it.type).extension)})
