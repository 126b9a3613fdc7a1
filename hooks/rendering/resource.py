"""A model as a resource: what the templates of its package print."""

from __future__ import annotations

from functools import cached_property

from ..language.api import CHANGING_OPS
from ..language.spec import Model, Search, Spec
from .code import call, literal, sequence
from .embeds import Embeds, ordered
from .imports import Imports
from .keys import Key
from .links import links
from .mapped import Mapping
from .nested import nested
from .operations import TransferRoute, TransitionRoute
from .pairs import PairRoute
from .policy import policy_name
from .rules import Rules
from .schemas import Schemas
from .upserts import UpsertRoute

SCHEMAS = {  # that an operation needs
    "list": ("Read", "Query"),
    "get": ("Read",),
    "create": ("Create", "Read"),
    "update": ("Update", "Read"),
    "replace": ("Replace", "Read"),
    "bulk_create": ("Create",),
    "bulk_update": ("Change", "Update"),
    "bulk_delete": ("Key",),
    "upsert": ("Upsert", "Read"),
    "count": ("Filter", "Read"),
    "export": ("Export", "Read"),
}


class Resource:
    """A model, and what its package in `app/resources/` prints."""

    def __init__(self, model: Model, schemas: Schemas) -> None:
        self.model = model
        self.schemas = schemas
        self.name = model.name
        self.singular = model.singular
        self.plural = model.plural
        self.label = model.label
        self.labels = model.labels
        self.path = model.api.path
        self.key = Key(model)
        self.policy = policy_name(model)
        self.rules = Rules(model)
        self.ops = set(ops(model))
        self.nested = nested(model, ops(model))
        self.links = links(model)
        served = model.api.served
        self.transfers = [TransferRoute(of, model) for of in model.transfers if served]
        self.transitions = [TransitionRoute(of, model) for of in model.transitions if served]
        self.pair = PairRoute(model.pair) if model.pair and creates_both(model) else None
        self.upsert = UpsertRoute(model, schemas) if "upsert" in self.ops else None
        self.used = bool(schemas.used)
        self.mapped = Mapping(model)
        # Lists of these rows at other models take them from here too.
        self.embeds = Embeds(model) if model.api.embed and self.any("list", "get") else None
        self.imports = Imports(self)

    @property
    def title(self) -> str:
        return self.labels[0].upper() + self.labels[1:]

    @cached_property
    def routed(self) -> bool:
        return bool(self.ops or self.nested or self.links or self.transfers or self.transitions)

    @property
    def cursor(self) -> bool:
        return self.model.api.page == "cursor"

    def any(self, *ops: str) -> bool:
        return not self.ops.isdisjoint(ops)

    @property
    def page(self) -> str:
        return f"{'CursorPage' if self.cursor else 'OffsetPage'}[{self.shown}]"

    @property
    def shown(self) -> str:
        """The schema of a row that is read."""
        return self.embeds.schema if self.embeds else f"{self.name}Read"

    def first(self, statement: str, values: str) -> str:
        """The call for the row of `statement`."""
        if self.embeds:
            return f"EMBEDS.first(db, {statement}, query.embed, {values})"
        return f"db.first({statement}, {values})"

    def page_of(self, listing: str, arguments: str) -> str:
        """The call for a page of `listing`."""
        of = f"EMBEDS.within({listing}, query.embed)" if self.embeds else listing
        return f"{of}.page(db, {arguments})"

    @property
    def pages(self) -> bool:
        return "list" in self.ops or any(not nested.one for nested in self.nested)

    @property
    def lists(self) -> bool:
        return self.pages or self.exports or self.any("count")

    @property
    def reads(self) -> bool:
        """Whether a handler selects or returns a single row."""
        single = self.ops & {"get", "create", "update", "replace", "upsert"}
        one = any(nested.one for nested in self.nested)
        return bool(single or self.transitions) or self.restores or one

    @property
    def exports(self) -> bool:
        return "export" in self.ops

    @property
    def tagged(self) -> bool:
        """Whether a response is a single row with a version."""
        return self.model.version and self.reads

    @property
    def locked(self) -> bool:
        """Whether a handler writes a row only in the version that `If-Match` names."""
        return self.model.version and (
            self.any("update", "replace", "delete") or bool(self.transitions)
        )

    @property
    def compares(self) -> bool:
        """Whether a handler reads a row that it may change, without a change."""
        return self.any("update") or (self.locked and bool(self.transitions))

    @property
    def reads_one(self) -> bool:
        return self.any("get") or any(nested.one for nested in self.nested)

    @property
    def guards(self) -> str:
        """The parameters of a handler that checks `If-Match`."""
        return ", response: Response, if_match: IfMatch = None" if self.locked else ""

    @property
    def restores(self) -> bool:
        return self.model.soft_delete and "delete" in self.ops

    @property
    def stated(self) -> bool:
        """Whether there are statements: a bulk create alone needs none."""
        return self.routed and (self.ops != {"bulk_create"} or bool(self.imports.constants))

    @property
    def order(self) -> str:
        return ordered(self.model)

    @property
    def search(self) -> str:
        """The searches of the list."""
        return sequence(
            call(
                search_function(search),
                f"{self.name}.{search.field.attribute}",
                literal(search.language) if search.language else None,
            )
            for search in self.searches
        )

    @property
    def searches(self) -> tuple[Search, ...]:
        return self.model.api.search if self.lists else ()

    @property
    def replace_class(self) -> str:
        return self.schemas.replace_class


def ops(model: Model) -> tuple[str, ...]:
    """The operations of `api.ops`, less updates where no field is updatable."""
    if not model.api.served:
        return ()
    if any(field.updatable for field in model.fields):
        return model.api.ops
    return tuple(op for op in model.api.ops if op not in CHANGING_OPS)


def creates_both(model: Model) -> bool:
    """Whether the model has the route that creates its rows with those that they require."""
    pair = model.pair
    return pair is not None and pair.reference.model is model and "create" in ops(model)


def resources(spec: Spec) -> list[Resource]:
    """Every model of `spec`, with the schemas that it and others need of it."""
    used = used_schemas(spec)
    return [Resource(model, Schemas(model, used[model.name])) for model in spec.models]


def used_schemas(spec: Spec) -> dict[str, set[str]]:
    """The ends of the names of schemas that the service needs, by model."""
    used: dict[str, set[str]] = {model.name: set() for model in spec.models}
    for model in spec.models:
        served, own = set(ops(model)), used[model.name]
        own.update(*(SCHEMAS.get(op, ()) for op in served))
        for transfer in model.transfers if model.api.served else ():
            used[transfer.log.name] |= {"Create", "Read"}
        if model.transitions and model.api.served:
            own.add("Read")
        if model.soft_delete and "delete" in served:
            own.add("Read")
        if model.api.embed and "get" in served:
            own.add("Embeds")
        if served & {"list", "get"}:
            for embed in model.api.embed:
                used[embed.target.name].add("Read")
        if model.pair and creates_both(model):
            own.add("With")
            used[model.pair.back.model.name].add("For")
    return used


def search_function(search: Search) -> str:
    by_words = search.language is not None or search.field.type.name == "tsvector"
    return "has_words" if by_words else "is_like"
