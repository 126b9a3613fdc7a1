"""What a database holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

TableKind = Literal["table", "partitioned table", "view", "materialized view", "foreign table"]


@dataclass
class Column:
    name: str
    type: str  # as format_type writes it
    not_null: bool
    default: str | None  # SQL; also that of a generated column
    identity: str  # "", "a" for ALWAYS, "d" for BY DEFAULT
    generated: str  # "", "s" for STORED, "v" for VIRTUAL
    dimensions: int
    collation: str | None  # if it isn't the type's own
    comment: str | None
    enum: int | None  # the oid of its type, or of its elements', if that is an enum
    array: bool
    own_type: bool  # a type that PostgreSQL doesn't bring with it
    domain: int | None
    sequence: str | None  # that it owns
    sequence_options: str | None  # if they aren't the usual ones
    foreign: list[str]  # functions and the like that its default needs
    extensions: list[str]  # those that `extensions:` can bring


@dataclass
class Constraint:
    name: str
    kind: str  # "p", "u", "c", "f", "x", "t"
    columns: list[str]
    definition: str
    expression: str | None  # of a check, as people write it
    deferrable: bool
    deferred: bool
    validated: bool
    enforced: bool
    inherited: bool
    no_inherit: bool
    foreign: list[str]
    extensions: list[str]
    target: int | None = None
    remote: list[str] = field(default_factory=list)
    on_delete: str = "a"
    on_update: str = "a"
    match: str = "s"
    some_columns: bool = False  # ON DELETE SET NULL (some)


@dataclass
class IndexKey:
    column: str | None  # None: an expression
    sql: str  # with every option that isn't the default
    descending: bool
    plain: bool  # a column and a direction, and no other option


@dataclass
class Index:
    name: str
    definition: str
    method: str
    unique: bool
    valid: bool
    keys: list[IndexKey]
    include: list[str]
    where: str | None
    nulls_not_distinct: bool
    options: list[str]
    constraint: str | None  # the kind of constraint that it belongs to
    foreign: list[str]
    extensions: list[str]


@dataclass
class Table:
    oid: int
    schema: str
    name: str
    kind: TableKind
    comment: str | None
    remarks: list[str]  # what a model can't express, a line each
    columns: list[Column] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)

    def column(self, name: str) -> Column:
        return next(it for it in self.columns if it.name == name)

    @property
    def key(self) -> Constraint | None:
        return next((it for it in self.constraints if it.kind == "p"), None)

    def of(self, kind: str) -> list[Constraint]:
        return [it for it in self.constraints if it.kind == kind]

    @property
    def full_name(self) -> str:
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"


@dataclass
class Enum:
    oid: int
    schema: str
    name: str
    values: list[str]
    comment: str | None

    @property
    def full_name(self) -> str:
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"


@dataclass
class Domain:
    oid: int
    name: str
    base: str
    over: int  # the oid of the type, or of the domain, that it is made of
    not_null: bool
    default: str | None
    enum: int | None
    own_type: bool


@dataclass
class Catalogue:
    database: str
    version: str
    tables: list[Table]
    enums: dict[int, Enum]
    domains: dict[int, Domain]
    remarks: list[str]  # what a model can't express, and no table has
