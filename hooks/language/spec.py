"""What a models.yml says, resolved and checked: every default is filled in, every name final.

Nothing here knows SQLAlchemy, FastAPI or Jinja; `hooks.rendering` prints it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .rules.nodes import Rule

Access = Literal["rw", "read_only", "create_only", "write_only", "hidden"]
Generated = Literal["uuid7", "uuid4", "created_at", "updated_at", "row_version", "deleted_at"]
Deferrable = Literal["initially_deferred", "initially_immediate"]
Action = Literal["restrict", "no_action", "cascade", "set_null", "set_default"]


ALIVE = "deleted_at IS NULL"  # of a row that is not soft-deleted


@dataclass(frozen=True)
class Enum:
    """A native enum: `name` is the Python class, `type_name` the PostgreSQL type."""

    name: str
    type_name: str
    values: tuple[str, ...]
    docs: tuple[str, ...] = ()  # what each value means; of all or none
    schema: str | None = None  # of PostgreSQL; None is the one that the connection has


@dataclass(frozen=True)
class Custom:
    """`type: {sql, python}`: any type of PostgreSQL, as text or a number."""

    sql: str
    python: str  # "str", "int", "float"
    example: str | None = None  # a value, with {n} where one differs from the next


@dataclass(frozen=True)
class Type:
    """A type expression: a row of `types.TYPES` with its arguments."""

    name: str  # "string", "decimal", …, or "enum"
    length: int | None = None  # string(n), char(n), vector(n)
    precision: int | None = None
    scale: int | None = None
    enum: Enum | None = None
    custom: Custom | None = None
    array: bool = False


@dataclass(frozen=True)
class Span:
    """A range as a default; None means that it has no end on this side."""

    lower: Any
    upper: Any
    bounds: str
    empty: bool


@dataclass(eq=False, kw_only=True)
class Field:
    """One column; a column that a reference brings is a field too."""

    name: str  # in models.yml and in JSON
    attribute: str  # in Python: the name, with a trailing "_" where Python needs it
    column: str  # in PostgreSQL
    type: Type
    optional: bool = False
    default: Any = None  # a checked Python value (Decimal, date, list, …); see has_default
    has_default: bool = False
    server_default: str | None = None  # SQL
    computed: str | None = None  # SQL of a generated stored column
    identity: bool = False  # BY DEFAULT AS IDENTITY
    serial: bool = False  # an identity by way of a sequence, as SERIAL makes it
    generated: Generated | None = None
    min: Any = None
    max: Any = None
    gt: Any = None
    lt: Any = None
    min_length: int | None = None
    max_length: int | None = None  # as written; string(n) keeps its n in `type.length`
    pattern: str | None = None
    access: Access = "rw"
    by_transition: bool = False  # changed by a transition alone, once the row is there
    doc: str | None = None
    key: bool = False  # part of the primary key
    reference: Reference | None = None  # the first foreign key that this column is part of
    shortest: int | None = None  # the length of the shortest text that refers to it
    made_by_reference: bool = False  # not written in models.yml: `ref` made it
    mixin: str | None = None  # that brings it
    was: str | None = None  # its former name, for the next migration
    set: Literal["me"] | None = None  # filled by the service with who asks; never rw
    claim: str | None = None  # of auth.user's model: the token's claim that fills it at first

    @property
    def readable(self) -> bool:
        return self.access not in ("write_only", "hidden")

    @property
    def creatable(self) -> bool:
        """Whether a client may, or must, send it to create a row."""
        automatic = self.identity or self.computed is not None or self.generated is not None
        automatic = automatic or (self.by_transition and not self._starts_anywhere)
        return not automatic and self.access in ("rw", "create_only", "write_only")

    @property
    def _starts_anywhere(self) -> bool:
        return not self.has_default and self.server_default is None

    @property
    def updatable(self) -> bool:
        """Whether a client may send it to update or replace a row; keys never change."""
        changes = not self.key and not self.by_transition and self.access != "create_only"
        return self.creatable and changes

    @property
    def required(self) -> bool:
        """Whether a client must send it to create a row."""
        return (
            self.creatable
            and not self.optional
            and not self.has_default
            and self.server_default is None
        )


@dataclass(eq=False, kw_only=True)
class Reference:
    """A foreign key with its to-one relation."""

    name: str
    attribute: str
    model: Model  # that refers
    target: Model
    columns: tuple[tuple[Field, Field], ...]  # (local, remote)
    optional: bool
    unique: bool  # one-to-one
    on_delete: Action
    on_update: Action
    constraint: str  # the foreign key's full name
    inverse: Inverse | None = None
    deferred: bool = False  # part of a cycle of tables: added after both tables exist
    deferrable: Deferrable | None = None  # checked at COMMIT, at once or on demand
    doc: str | None = None
    was: str | None = None


@dataclass(frozen=True, eq=False)
class Pair:
    """Two models that require each other, by a reference either way."""

    reference: Reference  # checked at COMMIT: its model is created with its target
    back: Reference

    @property
    def both(self) -> tuple[Reference, Reference]:
        return self.reference, self.back

    @property
    def name(self) -> str:
        """What the two are called in the route that creates both."""
        return f"{self.reference.model.singular}_with_{self.reference.name}"


@dataclass(eq=False, kw_only=True)
class Inverse:
    """The other side of a reference, on its target."""

    name: str
    attribute: str
    reference: Reference
    one: bool  # one-to-one


@dataclass(eq=False, kw_only=True)
class Many:
    """A many-to-many relation, declared on `model`."""

    name: str  # on model
    attribute: str
    model: Model
    target: Model
    table: str  # association table
    local: tuple[tuple[str, Field], ...]  # (association column, key field of model)
    remote: tuple[tuple[str, Field], ...]  # (association column, key field of target)
    local_constraint: str  # names of the foreign keys, the key, the index on the remote side
    remote_constraint: str
    key_constraint: str
    index: str | None = None  # None where there is none, or `through` has its own
    was: str | None = None  # its former name, for the next migration
    inverse: str | None = None  # on target
    inverse_attribute: str | None = None
    variable: str = ""  # what the association table is called in Python
    on_delete: Action = "cascade"  # of both foreign keys
    key_named: bool = False  # by models.yml, and not by the naming convention
    constraints_named: bool = False  # likewise
    schema: str | None = None
    through: Model | None = None
    through_local: Reference | None = None  # of through, to model
    through_remote: Reference | None = None  # of through, to target

    @property
    def full_table(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table


@dataclass(frozen=True, eq=False)
class Unique:
    name: str  # full name
    fields: tuple[Field, ...]
    named: bool = False  # by models.yml, and not by the naming convention
    where: str | None = None  # SQL: of those rows only, which makes it an index
    include: tuple[Field, ...] = ()
    nulls_not_distinct: bool = False  # since PostgreSQL 15
    deferrable: Deferrable | None = None

    @property
    def referable(self) -> bool:
        """Whether a foreign key or ON CONFLICT can rest on it."""
        return self.where is None and self.deferrable is None

    @property
    def plain(self) -> bool:
        """Whether its fields and its name say everything about it."""
        return self.referable and not self.include and not self.nulls_not_distinct

    @property
    def index(self) -> Index:
        return Index(
            self.name,
            tuple((it, False) for it in self.fields),
            named=True,
            where=self.where,
            include=self.include,
            unique=True,
            nulls_not_distinct=self.nulls_not_distinct,
        )


@dataclass(frozen=True, eq=False)
class Index:
    name: str
    fields: tuple[tuple[Field, bool], ...]  # (field, descending); none where it is `expr`
    method: str | None = None  # "gin", …; None is btree
    named: bool = False
    expr: str | None = None  # SQL
    where: str | None = None  # SQL
    include: tuple[Field, ...] = ()
    unique: bool = False
    nulls_not_distinct: bool = False

    @property
    def leads(self) -> bool:
        """Whether PostgreSQL can look up any row by its first fields."""
        return self.method is None and self.where is None and bool(self.fields)


@dataclass(frozen=True, eq=False)
class Element:
    """What two rows are compared by: a field, or an expression."""

    field: Field | None
    operator: str
    sql: str


@dataclass(frozen=True, eq=False)
class Exclude:
    name: str
    elements: tuple[Element, ...]
    using: str
    fields: tuple[Field, ...]  # of the elements, and of their expressions
    where: str | None = None  # SQL
    deferrable: Deferrable | None = None

    @property
    def joined(self) -> list[Field]:
        """The fields that only expressions mention."""
        alone = [it.field for it in self.elements]
        return [it for it in self.fields if it not in alone]


@dataclass(frozen=True, eq=False)
class Check:
    name: str  # without the convention's "ck_<table>_"
    sql: str
    full_name: str
    field: Field | None = None  # whose limit it is
    named: bool = False  # by models.yml, and not by the naming convention


@dataclass(eq=False, kw_only=True)
class Transfer:
    """An operation that moves `field` between two rows of a model, and records it in `log`."""

    name: str
    field: Field
    same: tuple[Field, ...]
    floor: Any  # None: no floor
    log: Model
    source: Reference  # of log
    target: Reference
    amount: Field
    request_key: Field


@dataclass(eq=False, kw_only=True)
class Transition:
    """An operation that moves `field`, an enum, along the edges in `moves`."""

    name: str
    field: Field
    moves: dict[str, tuple[str, ...]]

    @property
    def reached(self) -> list[str]:
        """The values that any move leads to."""
        enum = self.field.type.enum
        assert enum is not None
        after = {value for values in self.moves.values() for value in values}
        return [value for value in enum.values if value in after]


@dataclass(frozen=True, eq=False)
class Search:
    """A field in which the parameter `search` of a list looks."""

    field: Field
    language: str | None = None  # None: for what is like it, or by the words of a tsvector


@dataclass(frozen=True, eq=False, kw_only=True)
class Embed:
    """A relation whose rows a read includes if it is asked to."""

    name: str
    attribute: str
    target: Model
    relation: Reference | Inverse | Many
    one: bool
    optional: bool = False  # there may be none, where it is one
    declared: bool = True  # the many-to-many relation, by the model itself


@dataclass(eq=False, kw_only=True)
class Api:
    served: bool = True
    ops: tuple[str, ...] = ()  # of `api.OPS`
    path: str = ""  # "/order-lines"
    filter: tuple[Field, ...] = ()
    sort: tuple[Field, ...] = ()
    default_sort: tuple[tuple[Field, bool], ...] = ()  # (field, descending), the key not added
    page: Literal["cursor", "offset"] = "cursor"
    search: tuple[Search, ...] = ()
    embed: tuple[Embed, ...] = ()
    upsert: tuple[Field, ...] = ()  # the key, or a unique, that names the row to write


@dataclass(eq=False, kw_only=True)
class Model:
    name: str  # OrderLine
    singular: str  # order_line
    plural: str  # order_lines: package, module and function names
    label: str  # order line
    labels: str  # order lines
    table: str
    managed: bool = True  # by the migrations; else a view, or a table of others
    schema: str | None = None  # of PostgreSQL; None is the one that the connection has
    doc: str | None = None
    was: str | None = None
    timestamps: bool = True
    version: bool = False  # optimistic locking
    soft_delete: bool = False  # a deleted row stays, with the time in deleted_at
    fields: list[Field] = field(default_factory=list)  # every column in the order of the table
    key: tuple[Field, ...] = ()  # in key order; none of an append-only table
    key_name: str = ""  # of its constraint
    order_key: tuple[Field, ...] = ()  # by which rows are told apart: the key or a unique, if any
    references: list[Reference] = field(default_factory=list)
    inverses: list[Inverse] = field(default_factory=list)
    pair: Pair | None = None  # that this is one of
    manys: list[Many] = field(default_factory=list)  # declared here
    inverse_manys: list[Many] = field(default_factory=list)  # declared elsewhere, to here
    uniques: list[Unique] = field(default_factory=list)  # all: of fields and of the model
    indexes: list[Index] = field(default_factory=list)  # all: also those of references
    checks: list[Check] = field(default_factory=list)  # all: also limits
    excludes: list[Exclude] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    rules: Mapping[str, Rule] = field(default_factory=dict)  # by op: all if there is auth, or none
    rule_texts: Mapping[str, str] = field(default_factory=dict)  # by op, as they are written
    api: Api = field(default_factory=Api)

    @property
    def full_table(self) -> str:
        """The name of the table, behind that of its schema."""
        return f"{self.schema}.{self.table}" if self.schema else self.table

    def condition(self, where: str | None) -> str | None:
        """The condition of a unique or an exclusion, in which deleted rows don't count."""
        if not self.soft_delete:
            return where
        if where is None:
            return ALIVE
        mixed = re.search(r"\bOR\b", where, re.IGNORECASE)
        return f"({where}) AND {ALIVE}" if mixed else f"{where} AND {ALIVE}"

    @property
    def key_named(self) -> bool:
        """Whether models.yml names the key's constraint, and not the naming convention."""
        return self.key_name != f"pk_{self.table}"

    @property
    def operation_names(self) -> list[str]:
        """What can be done with a row besides storing it."""
        return [*(it.name for it in self.transfers), *(it.name for it in self.transitions)]

    @property
    def unique_constraints(self) -> list[Unique]:
        return [it for it in self.uniques if it.where is None]

    @property
    def all_indexes(self) -> list[Index]:
        """Those of the models, and uniques with a condition, which no constraint can have."""
        return [*self.indexes, *(it.index for it in self.uniques if it.where is not None)]

    def leads_with(self, columns: Collection[Field]) -> bool:
        """Whether the key, a unique or an index begins with `columns`, in whatever order."""
        wanted = set(columns)
        lists = [
            self.key,
            *(unique.fields for unique in self.unique_constraints),
            *(tuple(it for it, _ in index.fields) for index in self.indexes if index.leads),
        ]
        return any(set(fields[: len(wanted)]) == wanted for fields in lists)

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}


@dataclass(frozen=True, eq=False)
class Mixin:
    """Columns that several models share."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, eq=False)
class Auth:
    """Who asks is told by a token of an identity provider."""

    user: Model | None = None  # the model of a token's subject
    subject: Field | None = None  # its field of that name


@dataclass(eq=False, kw_only=True)
class Spec:
    models: list[Model]  # in the order of models.yml
    enums: list[Enum]  # only those in use
    mixins: list[Mixin] = field(default_factory=list)  # likewise
    extensions: list[str] = field(default_factory=list)  # that models.yml names
    auth: Auth | None = None  # None: whoever reaches the service may do everything
    roles: tuple[str, ...] = ()  # that rules can ask for
    warnings: list[str] = field(default_factory=list)

    @cached_property
    def sorted_models(self) -> list[Model]:
        """In the order of creation: a target before what references it, unless that is deferred."""
        done: dict[str, Model] = {}

        def add(model: Model) -> None:
            if model.name in done or model.name in visiting:
                return
            visiting.add(model.name)
            for reference in model.references:
                if not reference.deferred:
                    add(reference.target)
            done[model.name] = model

        visiting: set[str] = set()
        for model in self.models:
            add(model)
        return list(done.values())
