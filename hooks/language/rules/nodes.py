"""A rule as it is meant: every name found, every type checked.

Its meaning is SQL's, with three values: a row for which it isn't true is refused. `Role`, `Scope`,
`Kind`, `User`, `Always` and `Never` are known before any SQL; the others are asked of a row.
"""

from __future__ import annotations

import typing
from dataclasses import dataclass

from ..spec import Field, Inverse, Many, Reference, Type

Sign = typing.Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True)
class Always:
    """`public`: also without a token."""


@dataclass(frozen=True)
class Never:
    """`false`"""


@dataclass(frozen=True)
class User:
    """`user`: anybody with a valid token."""


@dataclass(frozen=True)
class Role:
    """`role(name)`"""

    name: str


@dataclass(frozen=True)
class Scope:
    """`scope(name)`"""

    name: str


@dataclass(frozen=True)
class Kind:
    """`me.kind = 'user'`"""

    value: str


@dataclass(frozen=True)
class Column:
    """A column of the row, or of what `path` leads to, where a null on the way makes it null."""

    path: tuple[Reference, ...]
    field: Field

    def __repr__(self) -> str:  # a reference knows its models, which know all others
        names = [*(it.name for it in self.path), self.field.name]
        return f"Column({'.'.join(names)})"


@dataclass(frozen=True)
class Me:
    """The key of who asks: of auth.user's model, or the token's subject; null without a token."""


@dataclass(frozen=True)
class Literal:
    """A value, checked to be one of the column's type that it is compared with."""

    value: typing.Any
    type: Type


Value = Column | Me | Literal


@dataclass(frozen=True)
class Compare:
    """A column is on at least one side; a bool column alone is one that `= true`."""

    left: Value
    sign: Sign
    right: Value


@dataclass(frozen=True)
class In:
    """`status in ('open', 'sent')`"""

    value: Column
    literals: tuple[Literal, ...]


@dataclass(frozen=True)
class IsNull:
    """`closed_at is null`, or `is not null`"""

    value: Column
    negated: bool = False


@dataclass(frozen=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    part: Node


@dataclass(frozen=True)
class Any:
    """`any(relation, …)`: some row over there for which `inner` is true."""

    relation: Inverse | Many
    inner: Node
    declared: bool = True  # the many-to-many relation, by the model itself

    def __repr__(self) -> str:
        return f"Any({self.relation.name}, {self.inner!r}, {self.declared})"


@dataclass(frozen=True)
class Can:
    """`can(op, reference)`: the rule of `op` of its target is true of the row over there."""

    op: str
    reference: Reference

    def __repr__(self) -> str:
        return f"Can({self.op}, {self.reference.name})"


Known = Always | Never | User | Role | Scope | Kind
Node = Known | Compare | In | IsNull | And | Or | Not | Any | Can
Rule = Node
