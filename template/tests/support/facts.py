"""Facts of a resource, as models.yml has them. What follows from them, tests/contract says."""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import KW_ONLY, dataclass, replace
from dataclasses import field as made
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from app.database.base import Base
from tests import resources

Columns = Mapping[str, str]  # our attributes: those that they refer to
NO_DEFAULT: Any = object()
SOME: Any = object()  # a default that is nothing in JSON
OF_THE_DATABASE: Any = object()  # a default that PostgreSQL knows


@dataclass(frozen=True)
class Field:
    """A field: its type, and limits, by the words of models.yml."""

    attribute: str  # in Python: the name, with `_` behind a word of Python's
    type: str
    _: KW_ONLY
    array: bool = False
    optional: bool = False
    set: Literal["always", "once", "never"] = "always"  # by clients; once: by a create
    shown: bool = True
    default: Any = NO_DEFAULT  # as JSON has it
    generated: str = ""  # uuid7, identity, created_at, …
    computed: str = ""  # SQL
    min: Any = None
    max: Any = None
    gt: Any = None
    lt: Any = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    precision: int = 0
    scale: int = 0
    digits: int = 6  # after the second
    values: Sequence[str] = ()  # of an enum
    asked: Sequence[Any] = ()  # what rules compare it with
    reserved: Sequence[str] = ()  # what stands at its place in paths
    python: str = ""  # of a type that is PostgreSQL's alone

    @property
    def name(self) -> str:
        """In JSON."""
        return self.attribute.removesuffix("_")

    @property
    def creatable(self) -> bool:
        return self.set != "never"

    @property
    def limited(self) -> bool:
        limits = (self.min, self.max, self.gt, self.lt, self.min_length, self.pattern)
        return any(it is not None for it in limits)

    @property
    def updatable(self) -> bool:
        return self.set == "always"

    @property
    def required(self) -> bool:
        return self.creatable and not self.optional and self.default is NO_DEFAULT


TIMESTAMPS = (
    Field("created_at", "timestamptz", set="never", generated="created_at"),
    Field("updated_at", "timestamptz", set="never", generated="updated_at"),
)


@dataclass(frozen=True)
class Reference:
    """To one row of `model`."""

    name: str
    model: type[Base]
    columns: Columns
    _: KW_ONLY
    on_delete: str = "restrict"
    optional: bool = False
    unique: bool = False
    parts: Sequence[str] = ()  # null together, or not at all


@dataclass(frozen=True)
class Unique:
    """What no two rows have alike: of those alone, where a condition says which."""

    fields: Sequence[str]
    _: KW_ONLY
    given: Mapping[str, Any] = made(default_factory=dict)  # makes a row one of them
    free: Mapping[str, Any] | None = None  # makes another none of them

    @property
    def name(self) -> str:
        nulls = any(self.given.get(it, ...) is None for it in self.fields)
        return "-".join([*self.fields, *(["nulls"] if nulls else [])])


@dataclass(frozen=True)
class Check:
    """A rule of the model, and what breaks it: the value, or that of the field `like`."""

    name: str
    field: str
    _: KW_ONLY
    value: Any = None
    like: str = ""


@dataclass(frozen=True)
class Via:
    """An association: a table, or the class of one, with its columns for either side."""

    table: Any
    ours: Columns
    theirs: Columns


@dataclass(frozen=True)
class Route:
    """What has a name, and an end of a path by it."""

    name: str

    @property
    def path(self) -> str:
        return self.name.replace("_", "-")


class Rule(NamedTuple):
    """Who may do something with a row `r`, as SQL; `who` tells who may with any row."""

    row: str
    who: str = "true"


@dataclass(frozen=True)
class Related(Route):
    """Our rows as a list of a row of `model` (or the one): `GET /users/{id}/items`.

    By `columns` of ours that refer to it, or `via` an association.
    """

    model: type[Base]
    columns: Columns = made(default_factory=dict)
    _: KW_ONLY
    via: Via | None = None
    one: bool = False
    most: int = 4  # samples that can refer to the same row

    @property
    def label(self) -> str:
        return f"{self.name}-of-{self.model.__tablename__}"


@dataclass(frozen=True)
class Embed:
    """What a read can have of `model` in a row."""

    name: str
    model: type[Base]
    _: KW_ONLY
    ours: Columns = made(default_factory=dict)  # where our row refers to theirs
    theirs: Columns = made(default_factory=dict)  # where their rows refer to ours
    via: Via | None = None
    one: bool = False
    optional: bool = False
    most: int = 2  # samples that can refer to the same row


@dataclass(frozen=True)
class Link(Route):
    """`PUT /items/{id}/tags/{tag_id}`."""

    model: type[Base]
    table: sa.Table


@dataclass(frozen=True)
class Transition(Route):
    """`POST /orders/{id}/advance`: an enum moves along some edges, and no other way."""

    field: str
    moves: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Transfer(Route):
    """`POST /accounts/transfer`: `field` moves from row to row, and `log` has a row of each."""

    field: str
    log: type[Base]
    _: KW_ONLY
    source: Columns
    target: Columns
    amount: str
    same: Sequence[str] = ()  # what both sides have alike
    floor: int | None = None


class Pair(NamedTuple):
    """Two models that require each other: that of `reference` is made with the other."""

    model: type[Base]
    reference: str
    other: type[Base]
    back: str


@dataclass(frozen=True, eq=False, repr=False)
class Resource:
    """What is served of a model."""

    name: str  # of its package in app/resources
    model: type[Base]
    sample: Callable[[int], dict[str, Any]]  # what a create may send, by its number
    fields: Sequence[Field]
    _: KW_ONLY
    path: str = ""
    ops: AbstractSet[str] = frozenset()
    key: Sequence[str] = ()
    known_by: Sequence[str] = ()  # where rows have no key
    page: Literal["cursor", "offset"] = "cursor"
    version: bool = False
    soft_delete: bool = False
    managed: bool = True  # by our migrations
    duplicates: bool = False  # rows may be equal in everything
    upsert: Sequence[str] = ()
    order: Sequence[str] = ()  # by default, down to the key, where Python sorts alike
    ties: bool = False  # rows may be equal in what they are ordered by first
    sort: Sequence[str] = ()
    filter: Sequence[str] = ()
    search: Sequence[str] = ()
    uniques: Sequence[Unique] = ()
    checks: Sequence[Check] = ()
    ruled: Sequence[str] = ()  # what checks of the model are about
    filled: Callable[[int], dict[str, Any]] | None = None  # required, and never sent
    joined: Sequence[str] = ()  # what keeps rows apart only with others
    references: Sequence[Reference] = ()
    related: Sequence[Related] = ()
    embeds: Sequence[Embed] = ()
    links: Sequence[Link] = ()
    transitions: Sequence[Transition] = ()
    transfers: Sequence[Transfer] = ()
    pair: Pair | None = None
    rules: Mapping[str, Rule] = made(default_factory=dict)  # by what is done
    most: int = 10  # samples that can be stored side by side
    exceptions: dict[str, str] = made(default_factory=dict)

    def __repr__(self) -> str:
        return self.name

    def fails(self, test: str, reason: str) -> None:
        """`test` of the contract, such as `test_create[items]`, doesn't hold here."""
        self.exceptions[test] = reason

    def field(self, attribute: str) -> Field:
        return next(it for it in self.fields if it.attribute == attribute)

    def fields_of(self, *attributes: str) -> list[Field]:
        return [self.field(it) for it in attributes]

    @property
    def served(self) -> bool:
        return bool(self.ops or self.related or self.links or self.transitions)

    def reference_of(self, attribute: str) -> Reference | None:
        """The first that the field is part of."""
        return next((it for it in self.references if attribute in it.columns), None)

    def samples(self, field: Field) -> bool:
        """Whether every row that the tests make has a value of the field."""
        if field.optional and not field.creatable:
            return False
        to = self.reference_of(field.attribute)
        return to is None or not (to.optional or to.model is self.model)


@cache
def every() -> list[Resource]:
    """The facts of all models, out of tests/resources."""
    names = [it.name for it in pkgutil.iter_modules(resources.__path__)]
    modules = [import_module(f"{resources.__name__}.{it}") for it in names]
    found = [it.FACTS for it in modules if hasattr(it, "FACTS")]
    return [it if has_router(it) else without_routes(it) for it in found]


def has_router(resource: Resource) -> bool:
    return find_spec(f"app.resources.{resource.name}.router") is not None


def without_routes(resource: Resource) -> Resource:
    """What is left to test where its router.py was deleted."""
    return replace(
        resource, ops=frozenset(), related=(), links=(), transitions=(), transfers=()
    )


def facts_of(model: type[Base]) -> Resource:
    """Raises LookupError where there are none: rows of other models need them."""
    for resource in every():
        if resource.model is model:
            return resource
    raise LookupError(f"No file in tests/resources/ has the facts of {model.__name__}.")
