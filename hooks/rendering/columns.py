"""Columns, as `mapped_column` takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..language import names
from ..language.spec import Field, Type
from ..language.types import info
from .code import arguments, call, literal
from .extensions import is_native
from .literals import factory, field_value, stored_text
from .types import python, sqlalchemy


@dataclass(frozen=True)
class Column:
    """An attribute of a mapped class or a mixin."""

    attribute: str
    kind: str  # inside of `Mapped[…]`
    arguments: str  # of `mapped_column`


@dataclass(frozen=True)
class Imports:
    """What columns of some types need, where the models might have a class of that name."""

    types: Sequence[Type]

    @property
    def enums(self) -> list[str]:
        return sorted({type_.enum.name for type_ in self.types if type_.enum})

    @property
    def native(self) -> bool:
        return any(is_native(type_) for type_ in self.types)

    @property
    def ranges(self) -> bool:
        return any(info(type_).family == "range" for type_ in self.types)


def column(
    field: Field, keys: Iterable[str] = (), flags: Iterable[str] = (), *, numbered: bool = True
) -> Column:
    """The column of `field`, with its foreign `keys` and the `flags` that are set.

    SQLAlchemy has the database number an integer that is the key, unless told not to.
    """
    renamed = field.attribute != field.column
    positional = [
        literal(field.column) if renamed else None,
        sqlalchemy(field.type),
        "sa.Identity()" if field.identity and not field.serial else None,
        computed(field),
        *keys,
    ]
    options: dict[str, str | None] = {}
    if renamed:
        options["key"] = literal(field.attribute)
    options |= _defaults(field)
    options["autoincrement"] = autoincrement(field, numbered=numbered)
    options["info"] = former(former_column(field), field.column)
    kind = python(field.type) + (" | None" if field.optional else "")
    options |= dict.fromkeys(flags, "True")
    return Column(field.attribute, kind, arguments(*positional, **options))


def _defaults(field: Field) -> dict[str, str | None]:
    """What sets the column where an INSERT or an UPDATE doesn't."""
    if field.generated == "uuid7":
        return {"default": "uuid7"}
    if field.generated == "uuid4":
        return {"server_default": "sa.func.gen_random_uuid()"}
    options: dict[str, str | None] = {}
    if field.has_default:
        changes = isinstance(field.default, list | dict)
        options["default"] = (factory if changes else field_value)(field, field.default)
        options["server_default"] = constant(field)
    elif field.server_default is not None:
        options["server_default"] = sql(field.server_default)
    if field.generated == "row_version":
        options["onupdate"] = sql("row_version + 1")
    return options


def constant(field: Field) -> str:
    """The DEFAULT of a column whose default is a literal, for INSERTs that don't know it."""
    text = stored_text(field.type, field.default)
    if not re.search(r"['\\]", text):
        return literal(text)
    quoted = text.replace("'", "''")
    return sql(f"'{quoted}'")


def computed(field: Field) -> str | None:
    if field.computed is None:
        return None
    return call("sa.Computed", literal(sql_text(field.computed)), persisted="True")


def autoincrement(field: Field, *, numbered: bool) -> str | None:
    """What SQLAlchemy is told of it: it would number a key of one integer, and none of several."""
    if field.serial and numbered:
        return "True"
    return "False" if is_unnumbered(field) and not numbered else None


def is_unnumbered(field: Field) -> bool:
    """A natural key of one integer."""
    own = not field.identity and field.reference is None and field.server_default is None
    return info(field.type).family == "integer" and own


def former_column(field: Field) -> str | None:
    """What the column was called, by `was` of the field or of the reference that made it."""
    reference = field.reference
    if field.made_by_reference and reference is not None and reference.was:
        remote = next(theirs for ours, theirs in reference.columns if ours is field)
        return names.reference_column(reference.was, remote.name)
    return field.was


def former(was: str | None, name: str) -> str | None:
    """`info=` of what is called `name` and had another name."""
    return f'{{"was": {literal(was)}}}' if was and was != name else None


def sql_text(text: str) -> str:
    """SQL for `sa.text`, which reads `:name` as a parameter and takes the backslash of `\\:`."""
    return re.sub(r"((?<![:\w\\]):\w+|\\:\w*)(?![:\w])", r"\\\1", text)


def sql(text: str) -> str:
    return call("sa.text", literal(sql_text(text)))
