"""The rules of a model as SQL, by which rendered tests judge what the service answers.

It is printed from the rules themselves, and shares nothing with what policies are printed by.
A rule is one condition of the row `r`, three-valued as SQL is. It asks for `:known`, `:roles`,
`:scopes` and `:me`, the key of who asks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal

from ...language.rules import nodes
from ...language.spec import Field, Many, Model, Reference
from ..code import call, literal, sequence

ROW = "r"
TYPES = {"uuid": "uuid", "smallint": "smallint", "int": "integer", "bigint": "bigint"}


def rules(model: Model) -> str | None:
    """What the facts of a resource have of its rules."""
    printed = []
    for op, rule in model.rules.items():
        if op == "create" and any(it.set for it in model.fields):
            rule = nodes.And((nodes.User(), rule))  # without a token, nobody is set
        who = may(rule)
        text = call("facts.Rule", literal(Oracle().condition(rule, ROW)), _unless_true(who))
        printed.append(f"{literal(op)}: {text}")
    return sequence(printed, "{}") if printed else None


def _unless_true(text: str) -> str | None:
    return None if text == "true" else literal(text)


def compared(models: Iterable[Model], field: Field) -> list[object]:
    """The values that rules of any model compare `field` with."""
    found = (it for model in models for rule in model.rules.values() for it in every(rule))
    values: list[object] = []
    for node in found:
        match node:
            case nodes.Compare(nodes.Column(_, column), _, nodes.Literal(value)) if column is field:
                values.append(value)
            case nodes.In(nodes.Column(_, column), literals) if column is field:
                values += [it.value for it in literals]
    return list(dict.fromkeys(values))


def scopes(models: Iterable[Model]) -> list[str]:
    """Those that rules ask for."""
    found = (it for model in models for rule in model.rules.values() for it in every(rule))
    return sorted({it.name for it in found if isinstance(it, nodes.Scope)})


def every(rule: nodes.Node) -> Iterator[nodes.Node]:
    yield rule
    match rule:
        case nodes.And(parts) | nodes.Or(parts):
            for part in parts:
                yield from every(part)
        case nodes.Not(part) | nodes.Any(_, part):
            yield from every(part)


class Oracle:
    """Prints a rule; each table that it looks into has an alias of its own."""

    def __init__(self) -> None:
        self.aliases = 0

    def alias(self) -> str:
        self.aliases += 1
        return f"{ROW}{self.aliases}"

    def condition(self, rule: nodes.Node, row: str) -> str:
        match rule:
            case nodes.And(parts):
                return f"({' AND '.join(self.condition(it, row) for it in parts)})"
            case nodes.Or(parts):
                return f"({' OR '.join(self.condition(it, row) for it in parts)})"
            case nodes.Not(part):
                return f"NOT {self.condition(part, row)}"
            case nodes.Compare(left, sign, right):
                return f"({self.value(left, row, right)} {sign} {self.value(right, row, left)})"
            case nodes.In(column, literals):
                listed = ", ".join(self.value(it, row, column) for it in literals)
                return f"({self.value(column, row)} IN ({listed}))"
            case nodes.IsNull(column, negated):
                return f"({self.value(column, row)} IS {'NOT ' if negated else ''}NULL)"
            case nodes.Any():
                return self.any(rule, row)
            case nodes.Can(op, reference):
                return self.can(op, reference, row)
        return known(rule)

    def value(self, value: nodes.Value, row: str, other: nodes.Value | None = None) -> str:
        match value:
            case nodes.Literal(it):
                return constant(it)
            case nodes.Me():
                assert isinstance(other, nodes.Column)
                return f"CAST(:me AS {TYPES.get(other.field.type.name, 'text')})"
            case nodes.Column((), field):
                return f"{row}.{quoted(field.column)}"
            case nodes.Column((reference, *rest), field):
                there = self.alias()
                inner = self.value(nodes.Column(tuple(rest), field), there)
                return f"(SELECT {inner} FROM {self.joined(reference, row, there)})"
        raise AssertionError(value)

    def joined(self, reference: Reference, row: str, there: str) -> str:
        pairs = [(local.column, remote.column) for local, remote in reference.columns]
        return f"{table(reference.target)} {there} WHERE {equal(row, there, pairs)}"

    def can(self, op: str, reference: Reference, row: str) -> str:
        there, target = self.alias(), reference.target
        asked = [self.condition(target.rules[it], there) for it in dict.fromkeys(("read", op))]
        asked += alive(target, there)
        return f"EXISTS (SELECT FROM {self.joined(reference, row, there)} AND {_all(asked)})"

    def any(self, rule: nodes.Any, row: str) -> str:
        relation, there = rule.relation, self.alias()
        if not isinstance(relation, Many):
            reference = relation.reference
            pairs = [(remote.column, local.column) for local, remote in reference.columns]
            start = f"{table(reference.model)} {there} WHERE {equal(row, there, pairs)}"
            asked = _all([self.condition(rule.inner, there), *alive(reference.model, there)])
            return f"EXISTS (SELECT FROM {start} AND {asked})"
        between = self.alias()
        ours, theirs = relation.local, relation.remote
        other = relation.target
        if not rule.declared:
            ours, theirs, other = theirs, ours, relation.model
        near = equal(row, between, [(field.column, column) for column, field in ours])
        far = equal(there, between, [(field.column, column) for column, field in theirs])
        pairs_table = ".".join(map(quoted, relation.full_table.split(".")))
        tables = f"{pairs_table} {between}, {table(other)} {there}"
        both = [near, far, self.condition(rule.inner, there), *alive(other, there)]
        if relation.through:
            both += alive(relation.through, between)
        return f"EXISTS (SELECT FROM {tables} WHERE {' AND '.join(both)})"


def alive(model: Model, row: str) -> list[str]:
    return [f"{row}.deleted_at IS NULL"] if model.soft_delete else []


def known(rule: nodes.Node) -> str:
    """What is asked of who asks; of nobody, no role is known to be had or not."""
    match rule:
        case nodes.Always():
            return "true"
        case nodes.Never():
            return "false"
        case nodes.User():
            return ":known"
        case nodes.Kind(value):
            return f"CASE WHEN :known THEN {constant(value)} = 'user' END"
        case nodes.Role(name):
            return f"CASE WHEN :known THEN {constant(name)} = ANY (CAST(:roles AS text[])) END"
        case nodes.Scope(name):
            return f"CASE WHEN :known THEN {constant(name)} = ANY (CAST(:scopes AS text[])) END"
    raise AssertionError(rule)


def may(rule: nodes.Node, *, true: bool = True) -> str:
    """Whether `rule` may be `true` of any row: if not, who asks is refused without SQL."""
    match rule:
        case nodes.And(parts) | nodes.Or(parts):
            found = [may(part, true=true) for part in parts]
            if isinstance(rule, nodes.And) == true:
                return _all(found)
            # Where one of several rows may do, those are asked first.
            several = sum(isinstance(it, nodes.Can) for it in parts) > 1
            return "true" if several else _some(found)
        case nodes.Not(part):
            return may(part, true=not true)
        case nodes.Compare(left, _, right) if nodes.Me() in (left, right):
            return ":known"
        case nodes.Any(_, inner) if true:
            return may(inner)
        case nodes.Can(op, reference) if true:
            return _all(may(reference.target.rules[it]) for it in dict.fromkeys(("read", op)))
        case nodes.Compare() | nodes.In() | nodes.IsNull() | nodes.Any() | nodes.Can():
            return "true"
        case nodes.Always() | nodes.Never():
            return str(true == isinstance(rule, nodes.Always)).lower()
    return f"({known(rule)}) IS {str(true).upper()}"


def _all(parts: Iterable[str]) -> str:
    found = [it for it in dict.fromkeys(parts) if it != "true"]
    return f"({' AND '.join(found)})" if found else "true"


def _some(parts: Iterable[str]) -> str:
    found = list(dict.fromkeys(parts))
    return "true" if "true" in found else f"({' OR '.join(found)})"


def equal(one: str, other: str, pairs: Iterable[tuple[str, str]]) -> str:
    return " AND ".join(f"{one}.{quoted(a)} = {other}.{quoted(b)}" for a, b in pairs)


def table(model: Model) -> str:
    return ".".join(quoted(it) for it in (model.schema, model.table) if it)


def quoted(name: str) -> str:
    return f'"{name}"'


def constant(value: object) -> str:
    """A literal of SQL; a colon in it is no parameter."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, dt.timedelta):
        value = f"{value.days} days {value.seconds}.{value.microseconds:06} seconds"
    elif isinstance(value, dt.date | dt.time):
        value = value.isoformat()
    elif isinstance(value, bytes):
        value = f"\\x{value.hex()}"
    text = str(value).replace("'", "''").replace(":", "\\:")
    return f"'{text}'"
