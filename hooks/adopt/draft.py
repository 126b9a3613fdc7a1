"""A database on its way to a models.yml."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..language import names
from ..language.spec import ALIVE
from .catalogue import Catalogue, Constraint, Index, Table
from .columns import Entry

ACTIONS = {
    "a": "no_action",
    "r": "restrict",
    "c": "cascade",
    "n": "set_null",
    "d": "set_default",
}


@dataclass
class Reference:
    """A foreign key on its way to a field."""

    constraint: Constraint
    target: Table
    name: str = ""
    made: bool = False  # it brings its columns, which are not declared


@dataclass
class ModelDraft:
    """A table on its way to a model."""

    table: Table
    name: str
    fields: dict[str, str]  # column → field
    body: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    domains: dict[str, str] = field(default_factory=dict)  # of columns
    text: set[str] = field(default_factory=set)  # columns of varchar that are keys
    plain: dict[str, Entry] = field(default_factory=dict)  # columns that a reference brings
    extensions: set[str] = field(default_factory=set)  # that its SQL needs

    @property
    def singular(self) -> str:
        return names.snake(self.name)

    @property
    def plural(self) -> str:
        return str(self.body.get("plural") or names.plural(self.singular))

    @property
    def entries(self) -> dict[str, Entry]:
        entries: dict[str, Entry] = self.body["fields"]
        return entries

    @property
    def brought(self) -> dict[str, Reference]:
        """The references that bring columns, by column."""
        return {name: it for it in self.references if it.made for name in it.constraint.columns}

    @property
    def added(self) -> set[str]:
        """The columns that the template adds."""
        columns = set()
        if self.body["timestamps"]:
            columns |= {"created_at", "updated_at"}
        if "version" in self.body:
            columns.add("row_version")
        if "soft_delete" in self.body:
            columns.add("deleted_at")
        if isinstance(self.body.get("pk"), str) and self.body["pk"] != "none":
            columns.add("id")
        return columns

    def listed(self, columns: list[str]) -> list[str]:
        """`columns` as a list in models.yml names them: a reference stands for all of its own."""
        found: list[str] = []
        rest = list(columns)
        while rest:
            for reference in self.references:
                own = reference.constraint.columns
                if reference.made and rest[: len(own)] == own:
                    found.append(reference.name)
                    rest = rest[len(own) :]
                    break
            else:
                found.append(self.fields[rest.pop(0)])
        return found

    def lacks(self, columns: Iterable[str]) -> bool:
        """Whether one of `columns` was left out, because the language has no word for its type."""
        kept = self.added | self.brought.keys()
        return any(
            name not in kept and self.fields.get(name) not in self.entries for name in columns
        )

    def forbid_creates(self, column: str) -> None:
        """Serve no create: the column is required, and left out."""
        self.body.setdefault("api", {})["ops"] = ["list", "get", "delete"]
        self.remarks.append(f"nothing can be created without {column}")

    def condition(self, index: Index) -> str | None:
        """The condition of `index`, without what `soft_delete` adds to it."""
        if index.where is None or "soft_delete" not in self.body:
            return index.where
        return index.where.removesuffix(ALIVE).removesuffix(" AND ") or None


@dataclass
class Association:
    """A table that is nothing but pairs, on its way to `many`."""

    ours: ModelDraft
    name: str
    theirs: ModelDraft
    inverse: str
    many: dict[str, Any]


@dataclass
class Adoption:
    """What the steps of an adoption share."""

    catalogue: Catalogue
    tables: dict[int, Table]  # by oid, as all that follows
    enums: dict[int, str] = field(default_factory=dict)  # the enums that have a name in the file
    drafts: dict[int, ModelDraft] = field(default_factory=dict)
    associations: dict[int, Association] = field(default_factory=dict)

    def target(self, reference: Reference) -> ModelDraft:
        return self.drafts[reference.target.oid]


@dataclass
class Adopted:
    """What becomes of a database."""

    defaults: dict[str, Any]
    enums: dict[str, Any]  # as models.yml has them
    drafts: dict[str, ModelDraft]
    remarks: list[str]  # on the whole

    @property
    def tree(self) -> dict[str, Any]:
        models = {name: draft.body for name, draft in self.drafts.items()}
        needed = sorted({name for draft in self.drafts.values() for name in draft.extensions})
        parts = {"defaults": self.defaults, "extensions": needed, "enums": self.enums}
        parts["models"] = models
        return {name: part for name, part in parts.items() if part or name == "models"}


def by_convention(kind: str, table: Table, columns: Iterable[str]) -> str:
    return names.by_convention(kind, table.name, columns)


def one_line(text: str) -> str:
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def deferrable(constraint: Constraint) -> str:
    return "initially_deferred" if constraint.deferred else "initially_immediate"


def is_plain_index(index: Index, columns: list[str]) -> bool:
    """Whether the columns and the name of `index` say everything about it."""
    return (
        [key.column for key in index.keys] == columns
        and all(key.plain and not key.descending for key in index.keys)
        and index.method == "btree"
        and index.valid
        and not (index.unique or index.where or index.include or index.options)
    )


def is_partial_unique(index: Index) -> bool:
    ascending = all(key.plain and not key.descending for key in index.keys)
    return index.unique and index.where is not None and ascending
