"""A rule as it is written: its words and how they belong together, without what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from ..diagnostics import Code


class Fault(Exception):
    """What is wrong with a rule; without words where that is reported already."""

    def __init__(self, code: Code, what: str = "") -> None:
        super().__init__(what)
        self.code, self.what = code, what


@dataclass(frozen=True)
class Name:
    """`owner`, `project.owner`, `public`, `me`"""

    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Text:
    value: str


@dataclass(frozen=True)
class Number:
    text: str


@dataclass(frozen=True)
class Truth:
    """`true` or `false`, which alone is a rule too."""

    value: bool


Operand = Name | Text | Number | Truth


@dataclass(frozen=True)
class Ask:
    """`role(name)` or `scope(name)`"""

    of: str
    name: str


@dataclass(frozen=True)
class Call:
    """`any(relation, inner)`, or `can(op, relation)` with the op as `inner`."""

    of: str
    relation: Name
    inner: Expression


@dataclass(frozen=True)
class Comparison:
    left: Operand
    sign: str
    right: Operand


@dataclass(frozen=True)
class Membership:
    value: Operand
    items: tuple[Operand, ...]


@dataclass(frozen=True)
class NullTest:
    value: Operand
    negated: bool


@dataclass(frozen=True)
class Both:
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Either:
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Opposite:
    part: Expression


Expression = Operand | Ask | Call | Comparison | Membership | NullTest | Both | Either | Opposite
