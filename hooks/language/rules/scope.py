"""The names of a rule: which column, reference or relation of a model each of them is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..diagnostics import Code, did_you_mean, plain
from ..draft import Draft, Loading
from ..spec import Field, Inverse, Many, Model, Reference
from .nodes import Column
from .syntax import Fault, Name


@dataclass(frozen=True)
class Scope:
    """The model whose row a rule is asked of, and the operation that it allows."""

    loading: Loading
    draft: Draft
    op: str
    inside: bool = False  # any(): the row is another than the one of the operation

    @property
    def model(self) -> Model:
        return self.draft.model

    def beyond(self, model: Model) -> Scope:
        """The scope of any() over rows of `model`."""
        return Scope(self.loading, self.loading.drafts[model.name], self.op, inside=True)

    def column(self, name: Name) -> Column:
        """The column that `name` leads to. Raises `Fault`."""
        draft, path = self.draft, list[Reference]()
        for part in name.parts[:-1]:
            reference = draft.reference(part)
            if reference is None:
                raise self._no_path(draft, part)
            path.append(reference)
            draft = self.loading.drafts[reference.target.name]
        found = Column(tuple(path), self._field(draft, name.parts[-1]))
        own = [local for local, _ in path[0].columns] if path else [found.field]
        self._check_known(own)
        return found

    def reference(self, name: Name) -> Reference:
        """The reference of can(). Raises `Fault`."""
        first = name.parts[0]
        reference = self.draft.reference(first)
        if reference is None:
            known = [it.name for it in self.model.references]
            raise self._unknown(self.draft, first, "reference", known)
        if len(name.parts) > 1:
            target = reference.target.name
            what = f"can() takes a reference of {self.model.name} itself: write can(…, {first}),"
            raise Fault(Code.RULE_NAME, f"{what} and ask the rest in the rule of {target}")
        self._check_known(local for local, _ in reference.columns)
        return reference

    def relation(self, name: Name) -> tuple[Inverse | Many, Model, bool]:
        """The relation of any(), its model, and whether it is declared here. Raises `Fault`."""
        first, model = name.parts[0], self.model
        found = _relations(model)
        if self.draft.reference(first) is not None:
            what = f"{first} is to one row: write {first}.… for its columns, or can(…, {first})"
            raise Fault(Code.RULE_NAME, what)
        if first not in found:
            raise self._unknown(self.draft, first, "relation", list(found))
        if len(name.parts) > 1:
            what = f"any() takes a relation: write any({first}, …) with the rest in its condition"
            raise Fault(Code.RULE_NAME, what)
        return found[first]

    def _field(self, draft: Draft, name: str) -> Field:
        reference = draft.reference(name)
        if reference is None and name not in draft.model.by_name:
            raise self._no_field(draft, name)
        if reference is None:
            return draft.model.by_name[name]
        if len(reference.columns) > 1:
            listed = ", ".join(local.name for local, _ in reference.columns)
            raise Fault(Code.RULE_NAME, f"{name} has several columns: name one of {listed}")
        return reference.columns[0][0]

    def _no_field(self, draft: Draft, name: str) -> Fault:
        if name in _relations(draft.model):
            what = f"{name} is to many rows: write any({name}, …)"
            return Fault(Code.RULE_NAME, what)
        fields = [it.name for it in draft.model.fields]
        return self._unknown(
            draft, name, "field", [*fields, *(it.name for it in draft.model.references)]
        )

    def _no_path(self, draft: Draft, name: str) -> Fault:
        if name in draft.model.by_name:
            what = f"{name} is a column, and leads to no other row: write it alone"
            return Fault(Code.RULE_NAME, what)
        if name in _relations(draft.model):
            return Fault(Code.RULE_NAME, f"{name} is to many rows: write any({name}, …)")
        known = [it.name for it in draft.model.references]
        return self._unknown(draft, name, "reference", known)

    def _unknown(self, draft: Draft, name: str, kind: str, known: list[str]) -> Fault:
        if name in draft.broken or any(name.startswith(f"{it}_") for it in draft.broken):
            return Fault(Code.RULE_NAME)
        if draft.broken and kind != "field":
            return Fault(Code.RULE_NAME)
        what = f"{draft.name} has no {kind} {plain(name)!r}{did_you_mean(name, known)}"
        return Fault(Code.RULE_NAME, what)

    def _check_known(self, fields: Iterable[Field]) -> None:
        """Refuse columns of the operation's own row that are not known before it is stored."""
        for field in fields if not self.inside else ():
            fault = _unknown_before(field, self.op)
            if fault is not None:
                raise Fault(Code.RULE_STORED, f"{field.name} {fault}")


def _unknown_before(field: Field, op: str) -> str | None:
    """Why the value that a create or an update gives `field` isn't known before."""
    changes = field.computed is not None or field.generated in ("updated_at", "row_version")
    if op == "update" and changes:
        return "of a changed row is made when it is stored: leave it out of update"
    if op != "create":
        return None
    if changes or field.identity or field.generated is not None:
        return "of a new row is made when it is stored: leave it out of create"
    if field.server_default is not None:
        return "of a new row may be its server_default: write `default`, or leave it out of create"
    return None


def _relations(model: Model) -> dict[str, tuple[Inverse | Many, Model, bool]]:
    """Those to many rows by name, each with its model, and whether it is declared here."""
    found: dict[str, tuple[Inverse | Many, Model, bool]] = {}
    found |= {it.name: (it, it.reference.model, True) for it in model.inverses}
    found |= {it.name: (it, it.target, True) for it in model.manys}
    return found | {str(it.inverse): (it, it.model, False) for it in model.inverse_manys}
