"""What several steps check alike: former names and descriptions."""

from __future__ import annotations

import re
from collections.abc import Collection

from .. import names
from ..diagnostics import Code, plain, show
from ..draft import Draft, Loading


def description(loading: Loading, where: str, text: str) -> str | None:
    """`text` on one line."""
    text = " ".join(text.split())
    if not text.isprintable():
        what = "holds characters that cannot be printed: leave them out"
        loading.problems.add(f"{where}.doc", Code.UNPRINTABLE, what)
    return text or None


def column_name(loading: Loading, where: str, name: str) -> None:
    """Refuse what can't be the name of a column."""
    loading.sql_name(f"{where}.column", name, "column")
    loading.identifier(where, name, "set `column:`")
    if name in names.SYSTEM_COLUMNS:
        what = f"PostgreSQL has a column {name} in every table: set `column:`"
        loading.problems.add(where, Code.SYSTEM_COLUMN, what)


def former_name(
    loading: Loading, where: str, name: str, taken: Collection[str], form: re.Pattern[str]
) -> None:
    """Refuse a `was` that can't have been a name, or that is one of `taken`."""
    if not form.fullmatch(name):
        what = f"{show(name)} cannot be a former name: write the name as it was in this file"
        loading.problems.add(where, Code.WAS, what)
    elif name in taken:
        what = f"{plain(name)} still exists: remove it, or remove `was`"
        loading.problems.add(where, Code.WAS, what)


def former_name_of_field(
    loading: Loading, draft: Draft, where: str, former: str, name: str
) -> None:
    taken = [*draft.entries, *draft.manys]
    former_name(loading, f"{where}.was", former, taken, names.FIELD)
    loading.once(f"{where}.was", former, draft.former, name)
