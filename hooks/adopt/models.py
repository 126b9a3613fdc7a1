"""Catalogue → the tree of a models.yml, with remarks on what the language can't say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from ..language import names
from ..language.api import FIXED
from ..language.reading import fault_of_value
from ..language.spec import ALIVE
from . import columns, naming
from .catalogue import Catalogue, Column, Constraint, Index, Table
from .columns import Entry

ACTIONS = {
    "a": "no_action",
    "r": "restrict",
    "c": "cascade",
    "n": "set_null",
    "d": "set_default",
}
KEYS = {
    ("uuid", "", None): "uuid7",
    ("uuid", "", "gen_random_uuid()"): "uuid4",
    ("bigint", "d", None): "identity",
    ("bigint", "a", None): "identity",
    ("integer", "d", None): "identity32",
    ("integer", "a", None): "identity32",
}
_OPERATOR = re.compile(r" WITH (\S+?)(?=[,)])")  # of an exclusion's elements
SERIAL = {"smallint", "integer", "bigint"}


@dataclass
class Reference:
    """A foreign key on its way to a field."""

    constraint: Constraint
    target: Table
    name: str = ""
    made: bool = False  # its columns are made by it, not declared


@dataclass
class Draft:
    """A model on its way."""

    table: Table
    name: str
    fields: dict[str, str]  # column → field
    body: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    text: set[str] = field(default_factory=set)  # columns of varchar that are keys
    plain: dict[str, Entry] = field(default_factory=dict)  # columns that a reference makes

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

    def called(self, listed: list[str]) -> list[str]:
        """Columns as a list in models.yml names them: a reference stands for all of its own."""
        found: list[str] = []
        rest = list(listed)
        while rest:
            for it in self.references:
                own = it.constraint.columns
                if it.made and rest[: len(own)] == own:
                    found.append(it.name)
                    rest = rest[len(own) :]
                    break
            else:
                found.append(self.fields[rest.pop(0)])
        return found


@dataclass
class Association:
    """A table that is nothing but pairs, on its way to `many`."""

    ours: Draft
    name: str
    theirs: Draft
    inverse: str
    many: dict[str, Any]


@dataclass
class Adopted:
    """What becomes of a database."""

    defaults: dict[str, Any]
    enums: dict[str, list[str]]
    drafts: dict[str, Draft]
    remarks: list[str]  # on the whole

    @property
    def tree(self) -> dict[str, Any]:
        models = {name: it.body for name, it in self.drafts.items()}
        parts = {"defaults": self.defaults, "enums": self.enums, "models": models}
        return {name: it for name, it in parts.items() if it or name == "models"}


def adopt(catalogue: Catalogue) -> Adopted:
    return _Builder(catalogue).build()


class _Builder:
    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.remarks: list[str] = []
        self.enums: dict[int, str] = {}
        self.tables = {it.oid: it for it in catalogue.tables if _is_ours(it)}
        self.drafts: dict[int, Draft] = {}
        self.associations: dict[int, Association] = {}  # by table

    def build(self) -> Adopted:
        self._enums()
        called = naming.models(list(self.tables.values()), set(self.enums.values()))
        for oid, table in self.tables.items():
            self.drafts[oid] = Draft(table, called[oid], naming.fields(table))
        for draft in self.drafts.values():
            self._text_keys(draft)
        for draft in self.drafts.values():
            self._head(draft)
        for draft in self.drafts.values():
            self._references(draft)
        self._find_associations()
        for oid in self.associations:
            del self.drafts[oid]
        for draft in self.drafts.values():
            self._key(draft)
            self._fields(draft)
            self._uniques(draft)
            self._excludes(draft)
            self._indexes(draft)
            self._checks(draft)
        self._inverses()
        self._manys()
        for draft in self.drafts.values():
            draft.remarks += draft.table.remarks
            draft.body = {key: draft.body[key] for key in ORDER if key in draft.body}
            for name, it in draft.entries.items():
                draft.entries[name] = dict(sorted(it.items(), key=_place))
        drafts = {it.name: it for it in self.drafts.values()}
        used = {str(entry.get("type")) for it in drafts.values() for entry in it.entries.values()}
        values = {
            name: self.catalogue.enums[oid].values
            for oid, name in self.enums.items()
            if name in used
        }
        for oid, enum in self.catalogue.enums.items():
            if oid not in self.enums or self.enums[oid] not in used:
                listed = ", ".join(enum.values)
                full = enum.name if enum.schema == "public" else f"{enum.schema}.{enum.name}"
                self.remarks.append(f"enum {full}: {listed}")
        return Adopted({}, values, drafts, self._about() + self.remarks)

    def _about(self) -> list[str]:
        """What holds of the whole, first."""
        found = []
        found += [
            f"{it.kind} {it.full_name}: {'; '.join(it.remarks)}"
            for it in self.catalogue.tables
            if it.oid not in self.tables
        ]
        return found + self.catalogue.remarks

    def _enums(self) -> None:
        taken: set[str] = set()
        for oid, it in self.catalogue.enums.items():
            name = naming.enum(it.name) if it.schema == "public" else None
            if name is not None and name not in taken and not any(map(fault_of_value, it.values)):
                self.enums[oid] = name
                taken.add(name)

    # the model itself

    def _text_keys(self, draft: Draft) -> None:
        """Columns of varchar that are keys: the escape hatch makes none, so they are text."""
        for it in draft.table.constraints:
            if it.kind in "pf":
                draft.text.update(it.columns)
            if it.target in self.drafts:
                self.drafts[it.target].text.update(it.remote)

    def _head(self, draft: Draft) -> None:
        table, body = draft.table, draft.body
        body["fields"] = {}
        if table.comment and (doc := _one_line(table.comment)):
            body["doc"] = doc
        if draft.plural == draft.singular or names.is_keyword(draft.plural):
            body["plural"] = f"{draft.singular}_list"
        elif draft.name.endswith("Record") and table.name == names.plural(
            draft.singular.removesuffix("_record")
        ):
            body["plural"] = table.name
        if table.name != draft.plural:
            body["table"] = table.name
        if (path := f"/{names.kebab(draft.plural)}") in FIXED:
            body["api"] = {"path": f"{path}-list"}
        if table.schema != "public":
            body["schema"] = table.schema
        if table.kind not in ("table", "partitioned table"):
            body["managed"] = False
        added = [it for it in table.columns if it.name in ("created_at", "updated_at")]
        stamped = len(added) == 2 and all(
            it.type == "timestamp with time zone"
            and it.not_null
            and it.default == "now()"
            and not it.generated
            and not it.collation
            for it in added
        )
        body["timestamps"] = stamped
        version = next((it for it in table.columns if it.name == "row_version"), None)
        if version and (version.type, version.not_null, version.default) == ("integer", True, "1"):
            body["version"] = True
        if _is_soft_deleted(table):
            body["soft_delete"] = True

    def _added(self, draft: Draft) -> set[str]:
        """Columns that the template adds."""
        found = set()
        if draft.body["timestamps"]:
            found |= {"created_at", "updated_at"}
        if "version" in draft.body:
            found.add("row_version")
        if "soft_delete" in draft.body:
            found.add("deleted_at")
        if isinstance(draft.body.get("pk"), str) and draft.body["pk"] != "none":
            found.add("id")
        return found

    def _strategy(self, draft: Draft) -> str | None:
        """How `id` is made, where it is the key and made in one of the language's ways."""
        key = draft.table.key
        if key is None or key.columns != ["id"]:
            return None
        column = draft.table.column("id")
        if any("id" in it.columns for it in draft.table.of("f")) or column.foreign:
            return None
        return KEYS.get((column.type, column.identity, column.default))

    def _key(self, draft: Draft) -> None:
        key = draft.table.key
        if key is None:
            draft.body["pk"] = "none"
            return
        if draft.body["pk"] is None:
            draft.body["pk"] = draft.called(key.columns)
        draft.body["pk_name"] = key.name
        if key.deferrable:
            draft.remarks.append(f"the key {key.name} is deferrable")
        if "INCLUDE" in key.definition or "WITHOUT OVERLAPS" in key.definition:
            draft.remarks.append(f"the key {key.name} is {key.definition}")

    # references

    def _references(self, draft: Draft) -> None:
        table = draft.table
        draft.body["pk"] = self._strategy(draft)
        place = {it.name: number for number, it in enumerate(table.columns)}
        for it in sorted(table.of("f"), key=lambda it: [place[name] for name in it.columns]):
            target = self.tables.get(it.target or 0)
            if target is None:
                draft.remarks.append(f"{it.name}: {it.definition}, a table that isn't adopted here")
                continue
            draft.references.append(Reference(it, target))
        uses = Counter(name for it in draft.references for name in it.constraint.columns)
        taken = {draft.fields[it.name] for it in table.columns}
        for reference in draft.references:
            key, it = reference.target.key, reference.constraint
            remote = self.drafts[reference.target.oid]
            free = all(
                uses[name] == 1 and self._is_bare(draft, table.column(name)) for name in it.columns
            )
            alike = {table.column(name).not_null for name in it.columns}
            if free and len(alike) == 1 and key is not None and key.columns == it.remote:
                name = naming.relation(it.columns, [remote.fields[one] for one in it.remote])
                if name and name not in taken and self._same_types(draft, reference):
                    reference.name, reference.made = name, True
                    taken.add(name)
        for reference in draft.references:
            if not reference.made:
                fields = [draft.fields[name] for name in reference.constraint.columns]
                remote = self.drafts[reference.target.oid]
                keys = [remote.fields[name] for name in reference.constraint.remote]
                name = naming.reference(fields, keys, remote.name)
                while name in taken:
                    name += "_ref" if not name.endswith("_ref") else "2"
                reference.name = name
                taken.add(name)

    def _same_types(self, draft: Draft, reference: Reference) -> bool:
        it = reference.constraint
        return all(
            draft.table.column(ours).type == reference.target.column(theirs).type
            for ours, theirs in zip(it.columns, it.remote, strict=True)
        )

    def _is_bare(self, draft: Draft, column: Column) -> bool:
        """Nothing is said of it but its type: a reference may make it."""
        return (
            draft.fields[column.name] == column.name
            and column.default is None
            and not (column.identity or column.generated or column.collation or column.domain)
        )

    def _find_associations(self) -> None:
        referred = {it.target.oid for draft in self.drafts.values() for it in draft.references}
        for draft in self.drafts.values():
            table, key = draft.table, draft.table.key
            if (
                key is None
                or len(draft.references) != 2
                or table.oid in referred
                or table.remarks
                or table.comment
                or len(table.columns) != len(key.columns)
                or any(it.kind not in "pf" for it in table.constraints)
                or any(it.comment or it.default or it.collation for it in table.columns)
                or any(it.identity or it.generated for it in table.columns)
                or not all(it.enum in self.enums or columns.entry(it.type) for it in table.columns)
            ):
                continue
            found = self._association(draft, *draft.references)
            found = found or self._association(draft, *draft.references[::-1])
            if found is not None:
                self.associations[table.oid] = found

    def _association(self, draft: Draft, one: Reference, other: Reference) -> Association | None:
        """How `many` makes exactly this table, if it does."""
        table, key = draft.table, draft.table.key
        ours, theirs = self.drafts[one.target.oid], self.drafts[other.target.oid]
        sides = [one.constraint, other.constraint]
        columns_ = [*sides[0].columns, *sides[1].columns]
        index = [it for it in table.indexes if it.constraint is None]
        if (
            key is None
            or key.columns != columns_
            or key.deferrable
            or "INCLUDE" in key.definition
            or table.schema != ours.table.schema
            or not all(
                target.table.key is not None
                and target.table.key.columns == it.remote
                and target.table.kind == "table"
                and _is_usual(it)
                for target, it in zip((ours, theirs), sides, strict=True)
            )
            or sides[0].on_delete != sides[1].on_delete
            or sides[0].on_delete not in "arc"
            or not all(self._same_types(draft, it) for it in (one, other))
            or len(index) > 1
            or not all(_is_usual_index(it, sides[1].columns) for it in index)
        ):
            return None
        names_ = [table.name, *columns_]
        if not all(names.is_column(it) for it in names_):
            return None
        name = table.name.removeprefix(f"{ours.singular}_")
        if ours is theirs:
            other_name = names.plural(_relation(theirs, sides[1]))
            name = other_name if name == table.name else name
            remote = names.singular(name)
            inverse = names.plural(_relation(ours, sides[0]))
        else:
            name = name if name != table.name and names.is_plural(name) else theirs.plural
            remote, inverse = theirs.singular, ours.plural
        taken = {*ours.fields.values(), *(it.name for it in self._associations_of(ours))}
        taken |= {it.name for it in ours.references}
        for instead in (name, table.name, f"{table.name}_{theirs.plural}"):
            if instead not in taken and names.FIELD.fullmatch(instead):
                name = instead
                break
        else:
            return None
        usual = [
            *(names.reference_column(ours.singular, ours.fields[it]) for it in sides[0].remote),
            *(
                f"{remote}_{theirs.fields[it]}"
                if ours is theirs
                else names.reference_column(remote, theirs.fields[it])
                for it in sides[1].remote
            ),
        ]
        many: dict[str, Any] = {"to": theirs.name}
        if table.name != f"{ours.singular}_{name}":
            many["table"] = table.name
        if usual != columns_:
            many["columns"] = columns_
        if sides[0].on_delete != "c":
            many["on_delete"] = ACTIONS[sides[0].on_delete]
        many["pk_name"] = key.name
        if [it.name for it in sides] != [_convention("fk", table, it.columns) for it in sides]:
            many["constraints"] = [it.name for it in sides]
        if not index:
            many["index"] = False
        elif index[0].name != _convention("ix", table, sides[1].columns):
            many["index"] = index[0].name
        return Association(ours, name, theirs, inverse, many)

    def _associations_of(self, draft: Draft) -> list[Association]:
        return [it for it in self.associations.values() if it.ours is draft]

    # fields

    def _fields(self, draft: Draft) -> None:
        added = self._added(draft)
        made = {name: it for it in draft.references if it.made for name in it.constraint.columns}
        done: set[str] = set()
        for column in draft.table.columns:
            self._remark(draft, column)
            if column.name in added:
                if column.comment:
                    draft.remarks.append(f"{column.name}: {_one_line(column.comment)}")
                continue
            if column.name in made:
                reference = made[column.name]
                if (plain := self._entry(draft, column)) is not None:
                    draft.plain[column.name] = plain
                if reference.name not in draft.entries:
                    draft.entries[reference.name] = self._reference(draft, reference)
            else:
                entry = self._entry(draft, column)
                if entry is not None:
                    draft.entries[draft.fields[column.name]] = entry
            done.add(column.name)
            for reference in draft.references:
                own = set(reference.constraint.columns)
                if (
                    not reference.made
                    and own <= done | added
                    and (reference.name not in draft.entries)
                ):
                    draft.entries[reference.name] = self._reference(draft, reference)

    def _remark(self, draft: Draft, column: Column) -> None:
        """What of a column gets lost."""
        name = column.name
        if column.collation:
            draft.remarks.append(f"{name} has the collation {column.collation}")
        if column.identity == "a":
            draft.remarks.append(f"{name} is GENERATED ALWAYS AS IDENTITY, here BY DEFAULT")
        if column.generated == "v":
            draft.remarks.append(f"{name} is a VIRTUAL generated column, here STORED")
        if column.sequence_options:
            draft.remarks.append(f"the sequence of {name}: {column.sequence_options}")

    def _entry(self, draft: Draft, column: Column) -> Entry | None:
        name = draft.fields[column.name]
        entry = self._type(draft, column)
        if entry is None:
            draft.remarks.append(
                f"the column {column.name} {column.type}{_rest(column)} is left out"
            )
            if column.not_null and column.default is None and not column.identity:
                draft.body.setdefault("api", {})["ops"] = ["list", "get", "delete"]
                draft.remarks.append(f"nothing can be created without {column.name}")
            return None
        if not column.not_null:
            entry["optional"] = True
        if column.identity:
            entry["auto"] = "identity"
        elif column.generated:
            entry["computed"] = column.default
        elif column.default is not None:
            self._default(draft, column, entry)
        if column.comment and (doc := _one_line(column.comment)):
            entry["doc"] = doc
        if name != column.name:
            entry["column"] = column.name
        return entry

    def _default(self, draft: Draft, column: Column, entry: Entry) -> None:
        serial = column.sequence is not None and column.default == (
            f"nextval('{column.sequence}'::regclass)"
        )
        if serial and column.type in SERIAL and column.not_null:
            entry["auto"] = "serial"
            expected = f"{draft.table.full_name}_{column.name}_seq"
            if column.sequence != expected:
                draft.remarks.append(f"the sequence of {column.name} is {column.sequence}")
        elif serial or column.foreign:
            needs = f", which needs {', '.join(column.foreign)}" if column.foreign else ""
            draft.remarks.append(f"{column.name} has the default {column.default}{needs}")
        else:
            entry["server_default"] = column.default

    def _type(self, draft: Draft, column: Column) -> Entry | None:
        if column.enum in self.enums:
            array: Entry = {"array": True} if column.array else {}
            return {"type": self.enums[column.enum], **array} if column.dimensions < 2 else None
        name, domain = column.type, self.catalogue.domains.get(column.domain or 0)
        if domain is not None:
            draft.remarks.append(
                f"{column.name} is of the domain {domain.name}: {domain.definition}"
            )
            if domain.enum in self.enums and not column.array:
                return {"type": self.enums[domain.enum]}
            name = domain.base + "[]" * column.array
        if column.name in draft.text and name in ("character varying", "bpchar"):
            draft.remarks.append(f"{column.name} is {name}, here text")
            return {"type": "text"}
        entry = columns.entry(name)
        if entry is not None and (column.dimensions < 2 or not column.array):
            return columns.named(draft.fields[column.name], entry)
        return None if domain is not None else columns.hatch(column)

    def _reference(self, draft: Draft, reference: Reference) -> Entry:
        it, table = reference.constraint, draft.table
        target = self.drafts[reference.target.oid]
        entry: Entry = {"ref": target.name}
        if not reference.made:
            entry["columns"] = {
                draft.fields[ours]: target.fields[theirs]
                for ours, theirs in zip(it.columns, it.remote, strict=True)
            }
        if not all(table.column(name).not_null for name in it.columns):
            entry["optional"] = True
        entry["on_delete"] = ACTIONS[it.on_delete]
        entry["on_update"] = ACTIONS[it.on_update]
        if it.name != _convention("fk", table, it.columns):
            entry["constraint"] = it.name
        if it.deferrable:
            entry["deferrable"] = "initially_deferred" if it.deferred else "initially_immediate"
        if not it.validated:
            draft.remarks.append(f"{it.name} is NOT VALID in the database")
        if not it.enforced:
            draft.remarks.append(f"{it.name} is NOT ENFORCED in the database")
        if it.match != "s" or it.some_columns:
            draft.remarks.append(f"{it.name}: {it.definition}")
        comments = [table.column(name).comment for name in it.columns] if reference.made else []
        if doc := _one_line(" ".join(it for it in comments if it)):
            entry["doc"] = doc
        return entry

    # uniques, indexes, checks

    def _uniques(self, draft: Draft) -> None:
        table = draft.table
        listed: list[Any] = []
        for it in table.of("u"):
            index = next((one for one in table.indexes if one.name == it.name), None)
            if any(one not in draft.fields for one in it.columns) or self._left_out(
                draft, it.columns
            ):
                draft.remarks.append(f"{it.name}: {it.definition}")
                continue
            called = draft.called(it.columns)
            extra: dict[str, Any] = {}
            if it.name != _convention("uq", table, it.columns):
                extra["name"] = it.name
            if index is not None and index.include:
                extra["include"] = draft.called(index.include)
            if index is not None and index.nulls_not_distinct:
                extra["nulls_not_distinct"] = True
            if it.deferrable:
                extra["deferrable"] = _deferred(it)
            if "WITHOUT OVERLAPS" in it.definition:
                draft.remarks.append(f"{it.name}: {it.definition}")
            elif not extra and len(called) == 1 and called[0] in draft.entries:
                entry = draft.entries[called[0]]
                if "unique" in entry or ("ref" in entry and not self._leads(draft, called[0], it)):
                    listed.append(called)
                else:
                    entry["unique"] = True
            else:
                listed.append({"fields": called, **extra} if extra else called)
        if listed:
            draft.body["unique"] = listed
        for it in table.of("t"):
            draft.remarks.append(f"{it.name}: {it.definition}")

    def _excludes(self, draft: Draft) -> None:
        table = draft.table
        for it in table.of("x"):
            index = next(one for one in table.indexes if one.name == it.name)
            operators = _OPERATOR.findall(it.definition)
            columns_ = [key.column for key in index.keys if key.column]
            if (
                len(operators) != len(index.keys)
                or index.include
                or self._left_out(draft, columns_)
            ):
                draft.remarks.append(f"{it.name}: {it.definition}")
                continue
            elements: list[list[str]] = []
            pairs = zip(index.keys, operators, strict=True)
            for (operator, plain), run in groupby(pairs, key=lambda one: (one[1], one[0].plain)):
                keys = [key for key, _ in run]
                if plain:
                    called = draft.called([key.column or "" for key in keys])
                else:
                    called = [key.sql for key in keys]
                elements += [[name, operator] for name in called]
            exclude: dict[str, Any] = {"elements": elements}
            if index.method != "gist":
                exclude["using"] = index.method
            if where := self._condition(draft, index):
                exclude["where"] = where
            own = all(key.plain for key in index.keys)
            if not own or it.name != _convention("ex", table, columns_):
                exclude["name"] = it.name
            if it.deferrable:
                exclude["deferrable"] = _deferred(it)
            draft.body.setdefault("exclude", []).append(exclude)

    def _leads(self, draft: Draft, name: str, it: Constraint) -> bool:
        reference = next(one for one in draft.references if one.name == name)
        return reference.constraint.columns == it.columns

    def _left_out(self, draft: Draft, wanted: Iterable[str]) -> bool:
        """Whether a column isn't there, having a type that can't be said."""
        made = {name for it in draft.references if it.made for name in it.constraint.columns}
        there = self._added(draft) | made
        return any(
            name not in there and draft.fields.get(name) not in draft.entries for name in wanted
        )

    def _indexes(self, draft: Draft) -> None:
        table = draft.table
        free = [it for it in table.indexes if it.constraint is None and self._can_be(draft, it)]
        automatic = {
            it.name: reference
            for it in free
            for reference in draft.references
            if _is_automatic(it, table, reference.constraint.columns)
        }
        explicit = [it for it in free if it.name not in automatic]
        led = [it.columns for it in table.constraints if it.kind in "pu"]
        led += [
            [key.column or "" for key in it.keys]
            for it in explicit
            if it.method == "btree" and not it.where and all(key.plain for key in it.keys)
        ]
        for reference in draft.references:
            own = reference.constraint.columns
            if any(set(it[: len(own)]) == set(own) for it in led):
                # Nothing is added for it, so what is there is there by itself.
                explicit += [it for it in free if automatic.get(it.name) is reference]
            elif any(one is reference for one in automatic.values()):
                led.append(own)
            else:
                draft.entries[reference.name]["index"] = False
        listed: list[Any] = []
        for it in free:
            if it in explicit:
                self._index(draft, it, listed)
        if listed:
            draft.body["indexes"] = listed

    def _can_be(self, draft: Draft, it: Index) -> bool:
        """Whether the language can say it; told, where it can't."""
        columns_ = [key.column for key in it.keys if key.column]
        lost = None
        if self._is_search(draft, it):
            return True
        if it.foreign:
            lost = f", which needs {', '.join(it.foreign)}"
        elif it.options:
            lost = f" WITH ({', '.join(it.options)})"
        elif not it.valid:
            lost = ", which is not valid"
        elif (
            (it.nulls_not_distinct and not _is_partial_unique(it))
            or self._left_out(draft, [*columns_, *it.include])
            or (len(it.keys) > 1 and not all(key.plain for key in it.keys))
        ):
            lost = ""
        if lost is not None:
            draft.remarks.append(f"{it.definition}{lost}")
        return lost is None

    def _is_search(self, draft: Draft, it: Index) -> bool:
        """Whether it is the index of a field that `search` names."""
        key = it.keys[0]
        if key.column is None or key.sql != f"{names.quote(key.column)} gin_trgm_ops":
            return False
        entry = draft.entries.get(draft.fields[key.column])
        type_ = columns.type_of(entry) if entry and "type" in entry else None
        return (
            type_ is not None
            and type_.name in ("string", "text", "email", "url", "slug")
            and not type_.array
            and it.name == _convention("ix", draft.table, [key.column]) + "_trgm"
            and not (it.where or it.options)
        )

    def _index(self, draft: Draft, it: Index, listed: list[Any]) -> None:
        table = draft.table
        if self._is_search(draft, it):
            api = draft.body.setdefault("api", {})
            api.setdefault("search", []).append(draft.fields[it.keys[0].column or ""])
            return
        method = {} if it.method == "btree" else {"method": it.method}
        index: dict[str, Any]
        if it.nulls_not_distinct or (it.unique and "soft_delete" in draft.body):
            self._partial_unique(draft, it)
            return
        if all(key.plain for key in it.keys):
            plain = [key.column or "" for key in it.keys]
            down = {key.column for key in it.keys if key.descending}
            if down:
                called = ["-" * (name in down) + draft.fields[name] for name in plain]
            else:
                called = draft.called(plain)
            index = {"fields": called}
            named = it.name != _convention("ix", table, plain)
        else:
            index, named = {"expr": it.keys[0].sql}, True
        more = {
            **({"unique": True} if it.unique else {}),
            **({"where": it.where} if it.where else {}),
            **method,
            **({"include": [draft.fields[name] for name in it.include]} if it.include else {}),
            **({"name": it.name} if named else {}),
        }
        fields = index.get("fields", [])
        alone = draft.entries.get(fields[0]) if len(fields) == 1 else None
        if alone is not None and "type" in alone and more == method and "index" not in alone:
            alone["index"] = it.method if method else True
        elif not more:
            listed.append(fields)
        else:
            listed.append(index | more)

    def _condition(self, draft: Draft, it: Index) -> str | None:
        """Without what `soft_delete` adds to it."""
        if it.where is None or "soft_delete" not in draft.body:
            return it.where
        return it.where.removesuffix(ALIVE).removesuffix(" AND ") or None

    def _partial_unique(self, draft: Draft, it: Index) -> None:
        plain = [key.column or "" for key in it.keys]
        named = it.name != _convention("uq", draft.table, plain)
        where, called = self._condition(draft, it), draft.called(plain)
        more: dict[str, Any] = {
            **({"where": where} if where else {}),
            **({"nulls_not_distinct": True} if it.nulls_not_distinct else {}),
            **({"include": [draft.fields[name] for name in it.include]} if it.include else {}),
            **({"name": it.name} if named else {}),
        }
        alone = draft.entries.get(called[0]) if len(called) == 1 else None
        led = [one for one in draft.references if one.name == called[0]]
        if (
            not more
            and alone is not None
            and "unique" not in alone
            and all(one.constraint.columns == plain for one in led)
        ):
            alone["unique"] = True
        else:
            draft.body.setdefault("unique", []).append(
                {"fields": called, **more} if more else called
            )

    def _checks(self, draft: Draft) -> None:
        table = draft.table
        found: dict[str, Any] = {}
        prefix = f"ck_{table.name}_"
        for it in table.of("c"):
            expression = it.expression or ""
            lost = None
            if it.foreign:
                lost = f", which needs {', '.join(it.foreign)}"
            elif not it.enforced or it.no_inherit or self._left_out(draft, it.columns):
                lost = ""
            if lost is not None:
                draft.remarks.append(f"{it.name}: {it.definition}{lost}")
                continue
            if not it.validated:
                draft.remarks.append(f"{it.name} is NOT VALID in the database")
            fit = names.is_identifier(it.name)
            limit = self._limit(draft, it)
            if limit and it.name.startswith(prefix) and it.name != f"{prefix}{limit[0]}_{limit[1]}":
                limit = None  # it has a name that says more
            if limit is not None and f"{limit[0]}_{limit[1]}" not in found:
                name, kind, value = limit
                entry = draft.entries[name]
                if (kind, value, entry["type"]) == ("pattern", columns.SLUG, "string(100)"):
                    entry["type"] = "slug"
                else:
                    entry[kind] = value
                name = f"{name}_{kind}"
                if fit and it.name != prefix + name:
                    found[name] = {"name": it.name}
            else:
                name = it.name.removeprefix(prefix)
                if not names.FIELD.fullmatch(name):
                    name = naming.snake(name, "check")
                name = name.removeprefix(f"{table.name}_").removesuffix("_check") or "check"
                while name in found:
                    name += "_too"
                named = fit and it.name != prefix + name
                found[name] = {"sql": expression, "name": it.name} if named else expression
            if not fit:
                draft.remarks.append(f"the check {it.name} is called {prefix}{name} here")
        if found:
            draft.body["checks"] = found

    def _limit(self, draft: Draft, it: Constraint) -> tuple[str, str, Any] | None:
        if len(it.columns) != 1:
            return None
        column = it.columns[0]
        name = draft.fields[column]
        entry = draft.entries.get(name)
        if entry is None or "type" not in entry or (type_ := columns.type_of(entry)) is None:
            return None
        found = columns.limit(column, type_, it.expression or "")
        return None if found is None or found[0] in entry else (name, *found)

    # the other sides

    def _inverses(self) -> None:
        """The default where it does; a name of their own where two would have the same."""
        for target in self.drafts.values():
            taken = {*target.entries, *target.fields.values()}
            taken |= {it.name for it in self.associations.values() if it.ours is target}
            taken |= {it.inverse for it in self.associations.values() if it.theirs is target}
            wanted = [
                (draft, it, self._default_inverse(draft, it))
                for draft in self.drafts.values()
                for it in draft.references
                if it.target is target.table
            ]
            counts = Counter(name for _, _, name in wanted)
            for draft, it, default in wanted:
                entry = draft.entries[it.name]
                name = default
                if draft is target and it.name in naming.SELF and not self._is_one(draft, it):
                    name = naming.SELF[it.name]
                elif draft is target or (counts[default] > 1 and it.name != target.singular):
                    short = it.name.removesuffix(f"_{target.singular}").removesuffix("_ref")
                    name = f"{short}_{default}"
                for instead in (name, f"{it.name}_{default}", f"{draft.singular}_{it.name}"):
                    if instead not in taken and names.FIELD.fullmatch(instead):
                        taken.add(instead)
                        if instead != default:
                            entry["inverse"] = instead
                        break
                else:
                    entry["inverse"] = False

    def _default_inverse(self, draft: Draft, it: Reference) -> str:
        return draft.singular if self._is_one(draft, it) else draft.plural

    def _is_one(self, draft: Draft, it: Reference) -> bool:
        own = set(it.constraint.columns)
        found = [set(one.columns) for one in draft.table.constraints if one.kind in "pu"]
        if "soft_delete" in draft.body:
            alive = (one for one in draft.table.indexes if one.unique and one.where == ALIVE)
            found += [{key.column or "" for key in one.keys} for one in alive]
        return own in found

    def _manys(self) -> None:
        taken = {
            it.name: {*it.entries, *it.fields.values(), *self._seen_from(it)}
            for it in self.drafts.values()
        }
        for it in self.associations.values():
            it.ours.body.setdefault("many", {})[it.name] = it.many
            taken[it.ours.name].add(it.name)
        for it in self.associations.values():
            for inverse in (it.inverse, f"{names.singular(it.name)}_{it.ours.plural}"):
                if inverse not in taken[it.theirs.name]:
                    taken[it.theirs.name].add(inverse)
                    if inverse != it.ours.plural:
                        it.many["inverse"] = inverse
                    break
            else:
                it.many["inverse"] = False
        for draft in self.drafts.values():
            key = draft.table.key
            sides = [it for it in draft.references if key and _is_part(it, key)]
            if key is None or len(sides) != 2 or sides[0].target is sides[1].target:
                continue
            if {name for it in sides for name in it.constraint.columns} != set(key.columns):
                continue
            ours, theirs = (self.drafts[it.target.oid] for it in sides)
            whole = [it for it in draft.references if it.target in (ours.table, theirs.table)]
            name, inverse = theirs.plural, ours.plural
            free = name not in taken[ours.name] and inverse not in taken[theirs.name]
            if free and len(whole) == 2:
                many = {"to": theirs.name, "through": draft.name}
                ours.body.setdefault("many", {})[name] = many
                taken[ours.name].add(name)
                taken[theirs.name].add(inverse)

    def _seen_from(self, target: Draft) -> set[str]:
        """The inverses that a model has."""
        found = set()
        for draft in self.drafts.values():
            for it in draft.references:
                if it.target is target.table:
                    given = draft.entries[it.name].get("inverse")
                    found.add(given if given is not None else self._default_inverse(draft, it))
        return {it for it in found if it}


def settle(adopted: Adopted) -> None:
    """Takes out of the models what most have in common: `defaults` says it."""
    bodies = [it.body for it in adopted.drafts.values()]
    tables = [it for it in bodies if it.get("managed", True)]
    refs = [it for body in bodies for it in body["fields"].values() if "ref" in it]
    strategies = [it["pk"] for it in tables if isinstance(it["pk"], str) and it["pk"] != "none"]
    usual = {
        "pk": _most(strategies, "uuid7"),
        "pk_name": _most([*map(_pattern, _keys(adopted))], "pk_{table}"),
        "timestamps": _most([it["timestamps"] for it in tables], True),
        # What deletes or changes other rows is told where it is, or later references have it too.
        "on_delete": _most(
            [it["on_delete"] for it in refs if it["on_delete"] in ("restrict", "no_action")],
            "restrict",
        ),
        "on_update": _most([it["on_update"] for it in refs], "no_action"),
    }
    for body in bodies:
        for key in ("pk", "timestamps"):
            if body[key] == usual[key]:
                del body[key]
    for name, of in _keys(adopted):
        if of["pk_name"] == usual["pk_name"].replace("{table}", name):
            del of["pk_name"]
    for it in refs:
        for key in ("on_delete", "on_update"):
            if it.get(key) == usual[key]:
                del it[key]
    plain = {
        "pk": "uuid7",
        "pk_name": "pk_{table}",
        "timestamps": True,
        "on_delete": "restrict",
        "on_update": "no_action",
    }
    adopted.defaults |= {key: it for key, it in usual.items() if it != plain[key]}


def _keys(adopted: Adopted) -> list[tuple[str, dict[str, Any]]]:
    """Tables by name, and what says how their keys are called."""
    found = [(it.table.name, it.body) for it in adopted.drafts.values() if "pk_name" in it.body]
    for draft in adopted.drafts.values():
        for name, it in draft.body.get("many", {}).items():
            if "pk_name" in it:
                found.append((it.get("table", f"{draft.singular}_{name}"), it))
    return found


def _pattern(key: tuple[str, dict[str, Any]]) -> str:
    table, of = key
    name: str = of["pk_name"]
    return name.replace(table, "{table}")


_ORDER = (
    "doc table schema managed plural pk pk_name version soft_delete timestamps fields many unique"
    " exclude indexes checks api"
)
ORDER = tuple(_ORDER.split())
LIMITS = ("min", "gt", "min_length", "max", "lt", "max_length", "pattern")


def _place(pair: tuple[str, Any]) -> int:
    """Limits stand last, and the least before the greatest."""
    return LIMITS.index(pair[0]) + 1 if pair[0] in LIMITS else 0


def _is_ours(table: Table) -> bool:
    """Parts of a table are in it already."""
    return not any(it.startswith("partition of ") for it in table.remarks)


def _is_usual(it: Constraint) -> bool:
    return (
        it.on_update == "a"
        and it.match == "s"
        and it.validated
        and it.enforced
        and not (it.deferrable or it.some_columns)
    )


def _is_automatic(it: Index, table: Table, columns_: list[str]) -> bool:
    """Whether it is what a reference makes by itself."""
    return _is_usual_index(it, columns_) and it.name == _convention("ix", table, columns_)


def _is_usual_index(it: Index, columns_: list[str]) -> bool:
    """Whether its columns and its name say it all."""
    return (
        [key.column for key in it.keys] == columns_
        and all(key.plain and not key.descending for key in it.keys)
        and it.method == "btree"
        and it.valid
        and not (it.unique or it.where or it.include or it.options)
    )


def _relation(target: Draft, it: Constraint) -> str:
    """What a column calls the row that it leads to."""
    keys = [target.fields[name] for name in it.remote]
    return naming.relation(it.columns, keys) or naming.reference(it.columns, keys, target.name)


def _is_part(reference: Reference, key: Constraint) -> bool:
    return set(reference.constraint.columns) <= set(key.columns)


def _deferred(it: Constraint) -> str:
    return "initially_deferred" if it.deferred else "initially_immediate"


def _is_soft_deleted(table: Table) -> bool:
    """Whether what is unique is so among the rows without `deleted_at`."""
    deleted = next((it for it in table.columns if it.name == "deleted_at"), None)
    if deleted is None or deleted.not_null or deleted.default or deleted.generated:
        return False
    uniques = [it for it in table.indexes if it.unique and it.constraint != "p"]
    return (
        deleted.type == "timestamp with time zone"
        and bool(uniques)
        and all(_is_partial_unique(it) and (it.where or "").endswith(ALIVE) for it in uniques)
        and all(
            it.where and it.where.endswith(ALIVE) for it in table.indexes if it.constraint == "x"
        )
    )


def _is_partial_unique(it: Index) -> bool:
    ascending = all(key.plain and not key.descending for key in it.keys)
    return it.unique and it.where is not None and ascending


def _convention(kind: str, table: Table, columns_: list[str]) -> str:
    return "_".join([kind, table.name, *columns_])


def _most(found: list[Any], instead: Any) -> Any:
    return Counter(found).most_common(1)[0][0] if found else instead


def _one_line(text: str) -> str:
    return "".join(it for it in " ".join(text.split()) if it.isprintable())


def _rest(column: Column) -> str:
    return " NOT NULL" * column.not_null + (f" DEFAULT {column.default}" if column.default else "")
