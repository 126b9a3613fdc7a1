"""What `app/mixins.py` prints."""

from __future__ import annotations

from ..language.spec import Spec
from ..layout import imports
from .mapped import column, column_needs, uses_sqlalchemy


def mixins(spec: Spec) -> tuple[str, dict[str, list[str]]]:
    """The import block, and the columns of each mixin."""
    needed = {"sqlalchemy.orm:Mapped", "sqlalchemy.orm:mapped_column"}
    columns = {
        it.name: [column(field, numbered=not field.key) for field in it.fields]
        for it in spec.mixins
    }
    if any(uses_sqlalchemy(*it) for it in columns.values()):
        needed.add("sqlalchemy as sa")
    for mixin in spec.mixins:
        for it in mixin.fields:
            needed |= column_needs(it)
    return imports(needed), columns
