"""Models on their way from the file to the Spec."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from . import grammar, names
from .diagnostics import Code, Problems, did_you_mean, plain, show
from .spec import Auth, Enum, Field, Model, Reference

ColumnPairs = tuple[tuple[Field, Field], ...]  # (local, remote)

STRATEGIES = ("uuid7", "uuid4", "identity", "identity32")


@dataclass(eq=False)
class Draft:
    """A model of the file, with what is known of it so far."""

    model: Model
    raw: grammar.Model
    pk: str | list[str]
    entries: dict[str, grammar.Scalar | grammar.Ref] = field(default_factory=dict)
    mixed: dict[str, str] = field(default_factory=dict)  # of the entries, those of a mixin
    manys: dict[str, grammar.Many] = field(default_factory=dict)
    # By their place in the list; items that are wrong are left out.
    uniques: dict[int, grammar.Unique] = field(default_factory=dict)
    indexes: dict[int, grammar.Index] = field(default_factory=dict)
    excludes: dict[int, grammar.Exclude] = field(default_factory=dict)
    transfers: dict[str, grammar.Transfer] = field(default_factory=dict)
    transitions: dict[str, grammar.Transition] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)  # by op, as they are written
    api: grammar.Api | None = None  # None: no routes
    scalars: dict[str, Field] = field(default_factory=dict)  # declared and implied
    broken: set[str] = field(default_factory=set)  # names that can't be used: reported already
    attributes: dict[str, str] = field(default_factory=dict)  # name → what it is
    checks: dict[str, grammar.Check] = field(default_factory=dict)
    former: dict[str, str] = field(default_factory=dict)  # name → what has it now

    @property
    def keyless(self) -> bool:
        return self.raw.pk == "none"

    @property
    def name(self) -> str:
        return self.model.name

    def where(self, name: str) -> str:
        """The place in the file where an entry is written."""
        whose = f"mixins.{plain(self.mixed[name])}" if name in self.mixed else self.name
        return f"{whose}.{plain(name)}"

    def refs(self) -> dict[str, grammar.Ref]:
        return {name: it for name, it in self.entries.items() if isinstance(it, grammar.Ref)}

    def reference(self, name: str) -> Reference | None:
        return next((it for it in self.model.references if it.name == name), None)


@dataclass
class Loading:
    """What the steps of a load share."""

    problems: Problems
    defaults: grammar.Defaults = field(default_factory=lambda: grammar.Defaults())
    enums: dict[str, Enum | None] = field(default_factory=dict)
    # By the names of the mixin and the field; None, reported, for what can't be used.
    mixins: dict[str, dict[str, grammar.Scalar | grammar.Ref | None]] = field(default_factory=dict)
    extensions: list[str] = field(default_factory=list)
    auth: grammar.Auth | None = None
    has_auth: bool = False  # though it may be wrong, and reported
    access: Auth | None = None  # `auth`, resolved
    roles: list[str] = field(default_factory=list)
    default_rules: dict[str, str] = field(default_factory=dict)
    broken_rules: set[str] = field(default_factory=set)  # where some can't be used
    drafts: dict[str, Draft] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)  # models that can't be used
    relations: dict[str, str] = field(default_factory=dict)  # tables and indexes → whose
    former: dict[str, str] = field(default_factory=dict)  # former name of a model → its name now
    keys: dict[str, tuple[Field, ...] | None] = field(default_factory=dict)
    # Of references, by the names of the model and the reference.
    column_pairs: dict[tuple[str, str], ColumnPairs | None] = field(default_factory=dict)
    under_way: set[tuple[str, str]] = field(default_factory=set)  # keys and references

    def target(self, where: str, name: str) -> Draft | None:
        if name in self.drafts:
            return self.drafts[name]
        if name not in self.broken:
            near = did_you_mean(name, self.drafts)
            self.problems.add(where, Code.MODEL, f"there is no model {plain(name)!r}{near}")
        return None

    def fields(
        self, draft: Draft, where: str, wanted: Iterable[str], *, descending: bool = False
    ) -> list[tuple[Field, bool]] | None:
        """The fields that a list names; a reference stands for its columns. True is descending."""
        found: list[tuple[Field, bool]] = []
        good = True
        for name in wanted:
            is_descending = descending and name.startswith("-")
            bare = name[1:] if is_descending else name
            reference = draft.reference(bare)
            if reference is not None:
                found += [(local, is_descending) for local, _ in reference.columns]
            elif bare in draft.model.by_name:
                found.append((draft.model.by_name[bare], is_descending))
            else:
                good = False
                self.unknown_field(draft, where, bare)
        columns = [column for column, _ in found]
        for column in {column for column in columns if columns.count(column) > 1}:
            good = False
            self.problems.add(where, Code.LISTED_TWICE, f"{column.name} is listed twice")
        return found if good else None

    def unknown_field(self, draft: Draft, where: str, name: str) -> None:
        if name in draft.broken:
            return
        known = [*draft.model.by_name, *(it.name for it in draft.model.references)]
        if name in draft.manys:
            what = f"{name} is a many-to-many relation, not a field"
        else:
            sorted_by = names.sort_of_sql(name)
            near = f": write {sorted_by}" if sorted_by else did_you_mean(name, known)
            what = f"{draft.name} has no field {plain(name)!r}{near}"
        self.problems.add(where, Code.FIELD, what)

    def identifier(self, where: str, name: str, instead: str) -> None:
        """Refuse a name that PostgreSQL would cut; `instead` says how to set a shorter one."""
        if names.too_long(name):
            size = len(name.encode("utf-8", "surrogatepass"))
            self.problems.add(
                where,
                Code.LENGTH,
                f"{plain(name)} has {size} bytes, and PostgreSQL allows 63: {instead}",
            )

    def relation(self, where: str, name: str, what: str, schema: str | None) -> bool:
        """Refuse a name twice: tables, indexes and uniques of a schema share a namespace."""
        full = f"{schema}.{name}" if schema else name
        if full in self.relations:
            self.problems.add(
                where,
                Code.TABLE_TWICE,
                f"{what} {plain(name)} has the same name as {self.relations[full]}: rename one",
            )
            return False
        self.relations[full] = f"{what} of {where}"
        return True

    def sql_name(self, where: str, name: str, what: str) -> None:
        """Refuse a name that can't go into the database as it is."""
        if not names.is_identifier(name) or (what == "table" and "." in name):
            self.problems.add(
                where,
                Code.SQL_NAME,
                f"{show(name)} can't name a {what}: write letters, digits and _",
            )

    def schema(self, where: str, name: str | None) -> str | None:
        """The schema `name`; None for the one that the connection has."""
        if name is None or name == "public":
            return None
        self.identifier(where, name, "write a shorter one")
        if not name.isidentifier() or names.is_keyword(name):
            what = f"{show(name)} cannot name a schema: write letters, digits and _"
            self.problems.add(where, Code.SQL_NAME, what)
        elif name.startswith("pg_") or name == "information_schema":
            what = f"{name} belongs to PostgreSQL: set another"
            self.problems.add(where, Code.SYSTEM_TABLE, what)
        return name

    def referable(self, where: str, columns: Iterable[Field]) -> None:
        """Refuse what SQLAlchemy can't reference: it takes such names apart at their dots."""
        for column in columns:
            if "." in column.column:
                what = f"no reference can name the column {plain(column.column)}: rename it"
                self.problems.add(where, Code.SQL_NAME, what)

    def once(self, where: str, was: str, former: dict[str, str], name: str) -> None:
        """Refuse a former name that something else of `former` has too."""
        other = former.setdefault(was, name)
        if other != name:
            what = f"{plain(was)} is also the former name of {plain(other)}: remove one `was`"
            self.problems.add(where, Code.WAS, what)

    def class_name(self, where: str, name: str, what: str) -> bool:
        """Whether `name` can be that of a class; if not, it is reported."""
        if not names.MODEL.fullmatch(name):
            made = names.pascal(re.sub(r"[^A-Za-z0-9]+", "_", names.ascii_of(name)))
            hint = f"; write {made}" if names.MODEL.fullmatch(made) else ""
            what = f"{what} is named in PascalCase, in ASCII{hint}"
            self.problems.add(where, Code.MODEL_NAME, what)
            return False
        if name in names.CLASSES:
            what = f"the service has its own class {name}: rename this one"
            self.problems.add(where, Code.RESERVED, what)
            return False
        return True

    def attribute(self, draft: Draft, name: str, what: str) -> str | None:
        """The Python name of a field or relation; None, reported, if it can't have one."""
        where = f"{draft.name}.{plain(name)}"
        if not names.FIELD.fullmatch(name):
            hint = _snake_hint(name)
            self.problems.add(where, Code.NAME, f"names must be in ASCII and snake_case{hint}")
            return None
        if names.refused_by_pydantic(name):
            self.problems.add(
                where,
                Code.PYDANTIC,
                "Pydantic reserves names that start with model_dump or model_validate: rename it",
            )
            return None
        if name in draft.attributes:
            taken = draft.attributes[name]
            code, hint = Code.TWICE, "rename one"
            if "inverse" in what + taken:
                code, hint = Code.INVERSE_TWICE, "write `inverse:` at one of them"
            self.problems.add(where, code, f"{what} has the same name as {taken}: {hint}")
            return None
        draft.attributes[name] = what
        made = names.attribute(name)
        if made != name:
            self.problems.warn(
                where,
                (
                    f"is `{made}` in Python, which reserves `{name}`; the column and"
                    " JSON keep the name"
                ),
            )
        return made


def _snake_hint(name: str) -> str:
    made = names.snake(names.ascii_of(name).strip()).replace("-", "_").replace(" ", "_").strip("_")
    return f"; write {made}" if names.FIELD.fullmatch(made) and made != name else ""
