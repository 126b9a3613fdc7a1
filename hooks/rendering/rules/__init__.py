"""Rules: what `policy.py` of a resource prints of them, and what handlers ask of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from keyword import iskeyword

from ...language.rules.nodes import Always, Kind, Never, Node, Role, Scope, User
from ...language.spec import Model
from ..code import call, docstring, literal
from ..policy import policy_name
from .criteria import Criteria
from .known import Branch, branches, known_only

IMPORTED = {"aliased", "can", "sa"}  # by policy.py, beside what has capitals
WRITE = ("create", "update", "delete")


@dataclass(frozen=True)
class Outcome:
    """`if condition: return found`; without a condition it is what is left."""

    condition: str | None
    found: str


@dataclass(frozen=True)
class Function:
    """The rule of some ops, as a function from who asks."""

    name: str
    ops: str  # the arguments of its decorator
    doc: str
    outcomes: list[Outcome]


class Rules:
    """The rules of a model, which are none in a service without `auth`."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.policy = policy_name(model)
        self.criteria = Criteria(model)
        self.constants: dict[str, str] = {}  # criteria by their names
        self.functions = list(self._functions()) if model.rules else []

    def __bool__(self) -> bool:
        return bool(self.model.rules)

    def _functions(self) -> Iterator[Function]:
        by_rule: dict[Node, list[str]] = {}
        for op, rule in self.model.rules.items():
            if op in self.setting:
                rule = known_only(rule)
            by_rule.setdefault(rule, []).append(op)
        for rule, ops in by_rule.items():
            name = "write" if tuple(ops) == WRITE else "_or_".join(ops)
            if iskeyword(name) or name in IMPORTED:
                name += "_"
            text = self.model.rule_texts[ops[0]]
            yield Function(
                name,
                ", ".join(map(literal, ops)),
                docstring(text),
                list(self._outcomes(name, rule)),
            )

    def _outcomes(self, function: str, rule: Node) -> Iterator[Outcome]:
        known = ""
        for rest, group in groupby(branches(rule), key=lambda it: it.rest):
            conditions = [it for branch in group if (it := condition(branch))]
            without_token = not conditions and "who.is_known" in known
            name = f"{'ANYBODY_' if without_token else ''}MAY_{function}"
            known = " or ".join(conditions)
            yield Outcome(known or None, self._found(name.upper(), rest))

    def _found(self, start: str, rest: Node) -> str:
        if rest == Always():
            return "EVERY_ROW"
        if rest == Never():
            return "NO_ROW"
        text = self.criteria.text(rest)
        name = next((it for it, other in self.constants.items() if other == text), None)
        if name is None:
            name, number = start, 1
            while name in self.constants:
                number += 1
                name = f"{start}_{number}"
            self.constants[name] = text
        return f"[{name}]"

    @cached_property
    def setting(self) -> set[str]:
        """The ops that make a row which has something of who makes it."""
        found = {it.name for it in self.model.transfers if set_of(it.log)}
        return found | {"create"} if self.set else found

    @cached_property
    def set(self) -> list[str]:
        return set_of(self.model)

    @property
    def insert(self) -> str:
        """The INSERT of a row."""
        return self.insert_with([])

    def insert_with(self, made: Iterable[str]) -> str:
        """The INSERT of a row that refers to another which is `made` beside it."""
        if not self:
            return call("sa.insert", self.model.name)
        insert = call(f"{self.policy}.insert", *map(literal, made))
        return call(f"{insert}.values", **dict.fromkeys(self.set, "ME")) if self.set else insert

    @property
    def inserted(self) -> str:
        """What many rows are inserted into."""
        return self.insert if self else self.model.name

    def created(self, statement: str, values: str) -> str:
        """The row that `statement` inserts."""
        if self:
            return f"await {self.policy}.create(db, {statement}, {values})"
        return f"await db.one({statement}, {values})"

    def found(self, row: str, values: str, op: str) -> str:
        """`row`, or why there is none."""
        if self:
            return f"{row} or await {self.policy}.refuse(db, {values}, {literal(op)})"
        return f"found_or_404({row}, {literal(self.model.label)})"

    def argument(self, op: str) -> str:
        return f", {literal(op)}" if self else ""


def set_of(model: Model) -> list[str]:
    """The attributes that a new row has of who makes it."""
    return [it.attribute for it in model.fields if it.set == "me"]


def condition(branch: Branch) -> str | None:
    """What is true of who asks in a branch; None in the last."""
    asked: list[str] = []
    for it in branch.holds:
        match it:
            case Role(name):
                asked.append(f"who.has_role({literal(name)})")
            case Scope(name):
                asked.append(f"who.has_scope({literal(name)})")
            case Kind(value):
                asked.append(f"who.kind == {literal(value)}")
            case User():
                asked.append("who.is_known")
    # Whoever has a role is known.
    if len(asked) > 1 and User() in branch.holds:
        asked.remove("who.is_known")
    return " and ".join(asked) or None


__all__ = ["Rules", "set_of"]
