"""What a rule asks of a row, as SQLAlchemy's criteria."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Iterable, Iterator

from ...language.rules.nodes import (
    And,
    Any,
    Can,
    Column,
    Compare,
    In,
    IsNull,
    Literal,
    Me,
    Node,
    Not,
    Or,
    Value,
)
from ...language.spec import Enum, Field, Inverse, Many, Model, Reference
from ..code import call, literal, sequence
from ..enums import enum_class
from ..literals import python_value

IMPORTS: dict[type | tuple[type, ...], str] = {  # of what `python_value` writes
    decimal.Decimal: "from decimal import Decimal",
    uuid.UUID: "from uuid import UUID",
    (dt.date, dt.time, dt.timedelta): "import datetime as dt",
}
SIGNS = {"=": "==", "<>": "!="}


class Criteria:
    """Prints the criteria of one model; what they need is in the attributes afterwards."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.models: dict[str, Model] = {}  # other than `model`
        self.associations: dict[str, Many] = {}
        self.enums: dict[str, Enum] = {}
        self.imports: dict[str, None] = {}  # for literals
        self.aliases: dict[str, str] = {}  # of what a rule asks about twice

    def text(self, rule: Node) -> str:
        return Row(self, self.model, self.model.name, ()).text(rule)

    def name(self, model: Model, taken: Iterable[str], of: str) -> str:
        """What stands for the rows of `model` beside the names that are `taken`."""
        if model is not self.model:
            self.models[model.name] = model
        if model.name in taken:
            return self.alias(call("aliased", model.name), taken, of)
        return model.name

    def association(self, many: Many, taken: Iterable[str]) -> str:
        """What stands for the rows of the table of `many`."""
        table = many.variable
        self.associations[table] = many
        return self.alias(f"{table}.alias()", taken, table) if table in taken else table

    def alias(self, made: str, taken: Iterable[str], of: str) -> str:
        alias = of.upper()
        while alias in taken or self.aliases.get(alias, made) != made:
            alias += "_"
        self.aliases[alias] = made
        return alias


class Row:
    """A row that a rule is about, called `name`, inside of what is about `others`."""

    def __init__(
        self, criteria: Criteria, model: Model, name: str, others: tuple[str, ...]
    ) -> None:
        self.criteria = criteria
        self.model = model
        self.name = name
        self.taken = (*others, name)
        self.columns: dict[Field, str] = {}  # of an association, which are the row's key

    def text(self, rule: Node, *, is_part: bool = False) -> str:
        """The criterion of `rule`; it is a part where a row may be allowed without it."""
        match rule:
            case And(parts):
                return call("sa.and_", *(self.text(it, is_part=is_part) for it in parts))
            case Or(parts):
                return call("sa.or_", *(self.text(it, is_part=True) for it in parts))
            case Any():
                return self.any(rule)
            case Not(Any() as asked):
                return f"~{self.any(asked)}"
            case Can():
                return self.can(rule, is_part=is_part)
            case Not(Can() as asked):
                return f"~{self.can(asked, is_part=True)}"
            case IsNull(Column(path, field), negated=False) if path:
                return f"{self.scalar(path, field)}.is_(None)"
        return self.leaf(rule)

    def leaf(self, rule: Node) -> str:
        """A comparison, with EXISTS around it where it is about rows that the row refers to."""
        paths = dict.fromkeys(it.path for it in columns(rule) if it.path)
        rows: dict[tuple[Reference, ...], Row] = {(): self}
        joins: list[str] = []
        for path in paths:
            for end in range(1, len(path) + 1):
                if path[:end] not in rows:
                    before, reference = rows[path[: end - 1]], path[end - 1]
                    after = before.beyond(reference, [it.name for it in rows.values()])
                    rows[path[:end]] = after
                    joins += joined(reference, before, after)
        compared = comparison(rule, rows, self.criteria)
        if not joins:
            return compared
        found = call("sa.exists().where", *joins, compared)
        return call(
            f"{found}.correlate_except", *(it.name for it in rows.values() if it is not self)
        )

    def beyond(self, reference: Reference, also: Iterable[str] = ()) -> Row:
        """The row that `reference` leads to."""
        taken = (*self.taken, *also)
        name = self.criteria.name(reference.target, taken, reference.name)
        return Row(self.criteria, reference.target, name, taken)

    def scalar(self, path: tuple[Reference, ...], field: Field) -> str:
        row, joins, names = self, list[str](), list[str]()
        for reference in path:
            after = row.beyond(reference)
            joins += joined(reference, row, after)
            names.append(after.name)
            row = after
        selected = call(f"sa.select({row.column(field)}).where", *joins)
        return f"{call(f'{selected}.correlate_except', *names)}.scalar_subquery()"

    def can(self, rule: Can, *, is_part: bool) -> str:
        target = rule.reference.target
        if target is not self.criteria.model:
            self.criteria.models[target.name] = target
        on = (
            f"{target.name}.{remote.attribute}: {self.column(local)}"
            for local, remote in rule.reference.columns
        )
        part = "True" if is_part else None
        return call("can", literal(rule.op), sequence(on, "{}"), is_part=part)

    def any(self, rule: Any) -> str:
        if isinstance(rule.relation, Many):
            return self.any_of_many(rule.relation, rule.inner, declared=rule.declared)
        reference = rule.relation.reference
        other = reference.model
        name = self.criteria.name(other, self.taken, rule.relation.name)
        row = Row(self.criteria, other, name, self.taken)
        joins = [*joined(reference, row, self), *alive(other, name)]
        found = call("sa.exists().where", *joins, row.text(rule.inner, is_part=True))
        return f"{found}.correlate_except({name})"

    def any_of_many(self, many: Many, inner: Node, *, declared: bool) -> str:
        ours, theirs = (many.local, many.remote) if declared else (many.remote, many.local)
        other = many.target if declared else many.model
        if many.through is not None:
            table = self.criteria.name(many.through, self.taken, many.through.singular)
            sides = many.through_local, many.through_remote
            near, far = sides if declared else sides[::-1]
            assert near is not None
            assert far is not None
            own = joined(near, Row(self.criteria, many.through, table, ()), self)
            own += alive(many.through, table)
            beyond = {remote: f"{table}.{local.attribute}" for local, remote in far.columns}
        else:
            table = self.criteria.association(many, self.taken)
            own = [f"{table}.c.{name} == {self.column(field)}" for name, field in ours]
            beyond = {field: f"{table}.c.{name}" for name, field in theirs}
        row = Row(self.criteria, other, "", (*self.taken, table))
        row.columns = beyond
        if not other.soft_delete and all(
            not it.path and it.field in beyond for it in columns(inner)
        ):
            found = call("sa.exists().where", *own, row.text(inner, is_part=True))
            return f"{found}.correlate_except({table})"
        relation = many.name if declared else many.inverse or many.name
        name = self.criteria.name(other, (*self.taken, table), relation)
        row = Row(self.criteria, other, name, (*self.taken, table))
        joins = [f"{column} == {name}.{field.attribute}" for field, column in beyond.items()]
        joins += alive(other, name)
        found = call("sa.exists().where", *own, *joins, row.text(inner, is_part=True))
        return f"{found}.correlate_except({table}, {name})"

    def column(self, field: Field) -> str:
        return self.columns.get(field) or f"{self.name}.{field.attribute}"


def alive(model: Model, name: str) -> list[str]:
    """That a row, called `name`, isn't deleted softly: what is deleted lets nobody in."""
    return [f"{name}.deleted_at.is_(None)"] if model.soft_delete else []


def joined(reference: Reference, here: Row, there: Row) -> list[str]:
    return [
        f"{there.column(remote)} == {here.column(local)}" for local, remote in reference.columns
    ]


def columns(rule: Node) -> Iterator[Column]:
    """The columns of the row that `rule` is about, and of those that it refers to."""
    match rule:
        case And(parts) | Or(parts):
            for part in parts:
                yield from columns(part)
        case Not(part):
            yield from columns(part)
        case Compare(left, _, right):
            yield from (it for it in (left, right) if isinstance(it, Column))
        case In(value) | IsNull(value):
            yield value
        case Any(Many() as many):
            yield from (Column((), field) for _, field in many.local)
        case Any(Inverse() as inverse):
            yield from (Column((), field) for _, field in inverse.reference.columns)
        case Can(_, reference):
            yield from (Column((), local) for local, _ in reference.columns)


def comparison(rule: Node, rows: dict[tuple[Reference, ...], Row], criteria: Criteria) -> str:
    def text(value: Value) -> str:
        match value:
            case Column(path, field):
                return rows[path].column(field)
            case Literal():
                return of_literal(value, criteria)
            case Me():
                return "ME"

    match rule:
        case Compare(Column() as column, sign, Literal(value=bool(value))):
            return f"{text(column)}.is_({value == (sign == '=')})"
        case Compare(left, sign, right):
            return f"{text(left)} {SIGNS.get(sign, sign)} {text(right)}"
        case In(value, literals):
            return f"{text(value)}.in_({sequence(map(text, literals))})"
        case Not(In(value, literals)):
            return f"{text(value)}.not_in({sequence(map(text, literals))})"
        case IsNull(value, negated):
            return f"{text(value)}.{'is_not' if negated else 'is_'}(None)"
    raise AssertionError(rule)


def of_literal(value: Literal, criteria: Criteria) -> str:
    enum = value.type.enum
    criteria.imports |= {it: None for kind, it in IMPORTS.items() if isinstance(value.value, kind)}
    if enum is None:
        return python_value(value.value)
    criteria.enums[enum.name] = enum
    members = enum_class(enum).members
    return f"{enum.name}.{next(name for name, it in members.items() if it == value.value)}"
