"""What the templates print of one resource."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..language.api import CHANGING_OPS
from ..language.names import kebab
from ..language.operation_ids import (
    Nesting,
    link_function,
    linking,
    nestings,
    transfer_function,
    transition_function,
)
from ..language.spec import (
    Field,
    Many,
    Model,
    Reference,
    Search,
    Spec,
    Transfer,
    Transition,
)
from ..language.types import info
from .code import Import, call, docstring, literal, sequence
from .embeds import Embeds, ordered
from .fields import transition_class
from .mapped import Mapping
from .pairs import PairRoute
from .policy import policy_name
from .schemas import Schemas
from .types import fill, home, written


@dataclass(frozen=True)
class Key:
    """How requests name one row of a model."""

    model: Model
    by: tuple[Field, ...] = ()  # a unique in place of the key

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.by or self.model.key

    @cached_property
    def names(self) -> list[str]:
        """The path parameters: the key fields, led by the model's name."""
        lead = f"{self.model.singular}_"
        return [it.name if it.name.startswith(lead) else f"{lead}{it.name}" for it in self.fields]

    @property
    def composite(self) -> bool:
        return len(self.names) > 1

    @cached_property
    def path(self) -> str:
        return "/".join(f"{{{name}}}" for name in self.names)

    @cached_property
    def parameters(self) -> str:
        """`item_id: UUID`, as a function's signature has it."""
        pairs = zip(self.names, self.model.key, strict=True)
        return ", ".join(f"{name}: {parameter(field)}" for name, field in pairs)

    @cached_property
    def items(self) -> str:
        """`"_item_id": item_id`, for the statement's bound parameters."""
        return ", ".join(f'"_{name}": {name}' for name in self.names)

    @cached_property
    def conditions(self) -> list[str]:
        """`Item.id == sa.bindparam("_item_id")`."""
        return [
            f"{self.model.name}.{field.attribute} == {bound(name, field)}"
            for name, field in zip(self.names, self.model.key, strict=True)
        ]

    @cached_property
    def condition(self) -> str:
        """The criterion of the row that a request names."""
        both = len(self.conditions) > 1
        return call("sa.and_", *self.conditions) if both else self.conditions[0]

    @cached_property
    def columns(self) -> list[str]:
        return [f"{self.model.name}.{field.attribute}" for field in self.model.key]

    @property
    def is_plain(self) -> bool:
        """What a path has of it is what `str` makes of it."""
        families = {info(field.type).family for field in self.model.key}
        return families <= {"integer", "uuid", "text"}

    @cached_property
    def location(self) -> str:
        """The path of `row`."""
        path = self.model.api.path
        if not self.is_plain:
            key = (f'row["{field.attribute}"]' for field in self.model.key)
            return call("location", literal(path), *key)
        parts = [
            f"{{quote(row['{field.attribute}'], safe='')}}"
            if info(field.type).family == "text"
            else f"{{row['{field.attribute}']}}"
            for field in self.model.key
        ]
        return f'f"{"/".join([path, *parts])}"'


def bound(name: str, field: Field) -> str:
    """The parameter of a statement for a part of a key; a decimal isn't rounded to it."""
    exact = "sa.Numeric()" if field.type.name == "decimal" else None
    return call("sa.bindparam", f'"_{name}"', type_=exact)


def parameter(field: Field) -> str:
    name = written(field.type).parameter
    assert name is not None, f"{field.name} can't be in a path"
    return fill(name, field.type)


def parameter_types(fields: Iterable[Field]) -> list[Import]:
    """What the annotations of path parameters need."""
    found: dict[Import, None] = {}
    for field in fields:
        name, entry = parameter(field), written(field.type)
        of_python = name == fill(entry.python, field.type)
        for place in entry.imports if of_python else (home(name),):
            module, _, needed = fill(place, field.type).partition(":")
            found[Import(module, needed)] = None
    return list(found)


@dataclass(frozen=True, eq=False)
class Nested(Nesting):
    criteria: Sequence[str]  # joins, then the other's key

    @property
    def reference(self) -> Reference | None:
        return self.relation if isinstance(self.relation, Reference) else None

    @property
    def many(self) -> Many | None:
        return self.relation if isinstance(self.relation, Many) else None

    @property
    def constant(self) -> str:
        return f"{self.name}_of_{self.of.singular}".upper()

    @property
    def path(self) -> str:
        return f"{self.of.api.path}/{self.key.path}/{kebab(self.name)}"

    @cached_property
    def key(self) -> Key:
        return Key(self.of)

    @property
    def policy(self) -> str:
        """That of the model whose rows have these."""
        return policy_name(self.of)


@dataclass(frozen=True)
class Link:
    """A many-to-many relation whose pairs are linked and unlinked, at its declaring model."""

    many: Many

    @cached_property
    def key(self) -> Key:
        return Key(self.many.model)

    @cached_property
    def other(self) -> Key:
        return Key(self.many.target)

    @cached_property
    def other_names(self) -> list[str]:
        """Of the path parameters; led by the relation where both sides are one model."""
        names = self.other.names
        if self.many.target is not self.many.model:
            return names
        return [f"other_{name}" for name in names]

    @property
    def constant(self) -> str:
        return f"LINK_{self.many.name}".upper()

    @property
    def policy(self) -> str:
        """That of the other side."""
        return policy_name(self.many.target)

    @property
    def function(self) -> str:
        return link_function(self.many)

    @property
    def path(self) -> str:
        other = "/".join(f"{{{name}}}" for name in self.other_names)
        return f"{self.many.model.api.path}/{self.key.path}/{kebab(self.many.name)}/{other}"

    @property
    def parameters(self) -> str:
        pairs = zip(self.other_names, self.many.target.key, strict=True)
        others = (f"{name}: {parameter(field)}" for name, field in pairs)
        return ", ".join([self.key.parameters, *others])

    @property
    def other_items(self) -> str:
        """The key of the other side, by its own names."""
        pairs = zip(self.other.names, self.other_names, strict=True)
        return ", ".join(f'"_{bound}": {name}' for bound, name in pairs)

    @cached_property
    def pairs(self) -> list[tuple[str, str, Field]]:
        """(association column, path parameter, part of a key)"""
        local = dict(zip(self.many.model.key, self.key.names, strict=True))
        remote = dict(zip(self.many.target.key, self.other_names, strict=True))
        return [
            *((column, local[field], field) for column, field in self.many.local),
            *((column, remote[field], field) for column, field in self.many.remote),
        ]

    @property
    def row(self) -> str:
        """The row of the association."""
        return ", ".join(f'"{column}": {name}' for column, name, _ in self.pairs)

    @property
    def items(self) -> str:
        return ", ".join(f'"_{name}": {name}' for _, name, _ in self.pairs)

    @property
    def joins(self) -> list[str]:
        """A pair of the association, and its row of ours."""
        return self._joins(self.many.model, self.many.local)

    @property
    def other_joins(self) -> list[str]:
        return self._joins(self.many.target, self.many.remote)

    def _joins(self, model: Model, columns: Sequence[tuple[str, Field]]) -> list[str]:
        table = f"{self.many.variable}.c"
        return [f"{model.name}.{field.attribute} == {table}.{name}" for name, field in columns]

    @property
    def conditions(self) -> list[str]:
        return [
            f"{self.many.variable}.c.{column} == {bound(name, field)}"
            for column, name, field in self.pairs
        ]


class Move:
    """A transfer between two rows of a model."""

    def __init__(self, transfer: Transfer, model: Model) -> None:
        source = [f"data.{column.attribute}" for column, _ in transfer.source.columns]
        target = [f"data.{column.attribute}" for column, _ in transfer.target.columns]
        self.name = kebab(transfer.name)
        self.function = transfer_function(transfer, model)
        self.constant = f"SIDES_OF_{transfer.name}".upper()
        columns = Key(model).columns
        key = columns[0] if len(columns) == 1 else call("sa.tuple_", *columns)
        self.sides = f'{key}.in_(sa.bindparam("_keys", expanding=True))'
        self.log = transfer.log
        self.source_values, self.target_values = ", ".join(source), ", ".join(target)
        # How the handler calls the keys of both.
        self.source, self.target = source[0], target[0]
        self.key_of_side = f"side.{model.key[0].attribute}"
        if len(model.key) > 1:
            self.source, self.target = "source_key", "target_key"
            self.key_of_side = sequence((f"side.{field.attribute}" for field in model.key), "()")
        self.field, self.attribute = transfer.field.name, transfer.field.attribute
        self.amount = transfer.amount.attribute
        self.target_name = transfer.target.columns[0][0].name
        self.source_label = f"{transfer.source.name} {model.label}"
        self.target_label = f"{transfer.target.name} {model.label}"
        self.request_key = transfer.request_key.attribute
        self.log_key = f"{self.log.name}.{self.request_key}"
        self.request_name = transfer.request_key.name
        self.same = transfer.same
        self.floor = None if transfer.floor is None else str(transfer.floor)


class Step:
    """A transition of a row of a model."""

    def __init__(self, transition: Transition, model: Model) -> None:
        self.name = kebab(transition.name)
        self.function = transition_function(transition, model)
        self.field, self.attribute = transition.field.name, transition.field.attribute
        self.schema = transition_class(model, transition)
        self.constant = self.function.upper()
        pairs = transition.moves.items()
        edges = (f"{literal(value)}: {sequence(map(literal, after))}" for value, after in pairs)
        self.edges = sequence(edges, "{}")
        told = [f"- {value}: {', '.join(after)}" for value, after in pairs]
        head = f"Change `{self.field}`; what it is decides what it may become:"
        self.docstring = docstring("\n".join([head, "", *told]))


class Upserting:
    """A row that is made or replaced, by its key or a unique."""

    def __init__(self, model: Model, schemas: Schemas) -> None:
        self.model, self.schemas = model, schemas
        self.key = Key(model, model.api.upsert)
        self.fixed = []  # of the path
        if model.api.upsert != model.key:
            self.fixed = [f"by-{'-and-'.join(kebab(it.name) for it in model.api.upsert)}"]
        self.path = "/".join([model.api.path, *self.fixed, self.key.path])
        self.by = sequence(f"{model.name}.{field.attribute}" for field in self.key.fields)
        kept = [field.attribute for field in schemas.upsert if not field.updatable]
        self.kept = sequence(map(literal, kept)) if kept else None

    @property
    def parameters(self) -> str:
        types = [self.schemas.path_types[field][0] for field in self.key.fields]
        pairs = zip(self.key.names, types, strict=True)
        return ", ".join(f"{name}: {kind}" for name, kind in pairs)

    @property
    def types(self) -> list[Import]:
        """What the annotations of its parameters need."""
        places = [place for field in self.key.fields for place in self.schemas.path_types[field][1]]
        return [Import(*place.split(":")) for place in places]

    @property
    def items(self) -> str:
        """The key that is asked for, by the attributes of the model."""
        pairs = zip(self.key.fields, self.key.names, strict=True)
        return ", ".join(f'"{field.attribute}": {name}' for field, name in pairs)


class Resource:
    """A model, with what its package prints."""

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
        self.ops = set(ops(model))
        self.nested = nested(model)
        self.links = links(model)
        self.transfers = model.transfers if model.api.served else []
        self.moves = [Move(it, model) for it in self.transfers]
        self.transitions = model.transitions if model.api.served else []
        self.steps = [Step(it, model) for it in self.transitions]
        self.pair = None
        if model.pair is not None and model.pair.reference.model is model and "create" in self.ops:
            self.pair = PairRoute(model.pair)
        self.upsert = Upserting(model, schemas) if "upsert" in self.ops else None
        self.used = bool(schemas.used)
        self.mapped = Mapping(model)
        # Lists that others have of our rows are as our own.
        self.embeds = Embeds(model) if model.api.embed and self.ops & {"list", "get"} else None

    @property
    def title(self) -> str:
        return self.labels[0].upper() + self.labels[1:]

    @cached_property
    def routed(self) -> bool:
        return bool(self.ops or self.nested or self.links or self.transfers or self.steps)

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

    def turn(self, of: str, arguments: str) -> str:
        """The call for a page of the list `of`."""
        whole = f"EMBEDS.within({of}, query.embed)" if self.embeds else of
        return f"{whole}.page(db, {arguments})"

    @property
    def pages(self) -> bool:
        return "list" in self.ops or any(not it.one for it in self.nested)

    @property
    def lists(self) -> bool:
        return self.pages or self.exports or self.any("count")

    @property
    def reads(self) -> bool:
        """Some handler selects or returns a single row."""
        single = self.ops & {"get", "create", "update", "replace", "upsert"}
        one = any(it.one for it in self.nested)
        return bool(single or self.steps) or self.restores or one

    @property
    def exports(self) -> bool:
        return "export" in self.ops

    @property
    def tagged(self) -> bool:
        """Some answer is a single row that has a version."""
        return self.model.version and self.reads

    @property
    def locked(self) -> bool:
        """Some handler writes a row in the version that it is asked to."""
        return self.model.version and (self.any("update", "replace", "delete") or bool(self.steps))

    @property
    def compares(self) -> bool:
        """Some handler asks for a row that it could change, as it is."""
        return self.any("update") or self.restores or (self.locked and bool(self.steps))

    @property
    def reads_one(self) -> bool:
        return self.any("get") or any(nested.one for nested in self.nested)

    @property
    def guards(self) -> str:
        """The parameters of a handler that writes a row in the version that it is asked to."""
        return ", response: Response, if_match: IfMatch = None" if self.locked else ""

    @property
    def restores(self) -> bool:
        return self.model.soft_delete and "delete" in self.ops

    @property
    def stated(self) -> bool:
        """It has statements of its own: a bulk create needs none."""
        return self.routed and (self.ops != {"bulk_create"} or bool(self.constants))

    @property
    def constants(self) -> list[str]:
        """The statements that other resources, links and operations make."""
        found = [nested.constant for nested in self.nested]
        found += [name for step in self.steps for name in (step.constant, f"{step.constant}_EDGES")]
        found += [name for link in self.links for name in (link.constant, f"UN{link.constant}")]
        found += [move.constant for move in self.moves]
        if self.pair:
            numbered = (field for field in self.pair.made if field.identity)
            found += [self.pair.constant, *map(self.pair.next, numbered)]
        return found

    @property
    def order(self) -> str:
        return ordered(self.model)

    @property
    def search(self) -> str:
        """How a list is searched."""
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

    @cached_property
    def policies(self) -> list[tuple[str, str]]:
        """Those that its statements keep to: the package of each, and its name."""
        found = [self.model, *(nested.of for nested in self.nested)]
        manys = [nested.many for nested in self.nested if nested.many]
        found += [many.through for many in manys if many.through]
        found += [link.many.target for link in self.links]
        return [(model.plural, policy_name(model)) for model in dict.fromkeys(found)]

    @cached_property
    def parameter_types(self) -> list[Import]:
        """What the annotations of path parameters need."""
        sides = [side for link in self.links for side in (link.many.model, link.many.target)]
        models = [self.model, *(nested.of for nested in self.nested), *sides]
        fields = (
            field
            for model in models
            if model.api.served or model is not self.model
            for field in model.key
        )
        return [*parameter_types(fields), *(self.upsert.types if self.upsert else [])]

    @cached_property
    def models(self) -> list[Model]:
        """Those that statements of the router may name."""
        found = [self.model, *(nested.of for nested in self.nested)]
        found += [
            nested.many.through for nested in self.nested if nested.many and nested.many.through
        ]
        found += [link.many.target for link in self.links]
        found += [move.log for move in self.moves]
        found += [self.pair.other] if self.pair else []
        return list(dict.fromkeys(found))

    @cached_property
    def associations(self) -> list[Many]:
        """The tables of pairs that statements of the router name."""
        found = [nested.many for nested in self.nested if nested.many and not nested.many.through]
        return list(dict.fromkeys([*found, *(link.many for link in self.links)]))


def ops(model: Model) -> tuple[str, ...]:
    """Of the operations asked for, those that the model has anything for."""
    if not model.api.served:
        return ()
    if any(it.updatable for it in model.fields):
        return model.api.ops
    return tuple(it for it in model.api.ops if it not in CHANGING_OPS)


def nested(model: Model) -> list[Nested]:
    """The lists of the model's rows that other models' rows have."""
    found = []
    for nesting in nestings(model, ops(model)):
        relation = nesting.relation
        if isinstance(relation, Many):
            criteria = _of_many(relation, nesting)
        else:
            criteria = _of_reference(relation, nesting)
        found.append(
            Nested(nesting.of, nesting.name, nesting.one, relation, nesting.declared, criteria)
        )
    return found


def _of_reference(reference: Reference, nesting: Nesting) -> list[str]:
    names = dict(zip(nesting.of.key, Key(nesting.of).names, strict=True))
    return [
        f"{reference.model.name}.{local.attribute} == {bound(names[remote], remote)}"
        for local, remote in reference.columns
    ]


def _of_many(many: Many, nesting: Nesting) -> list[str]:
    if many.through is not None:
        assert many.through_local is not None
        assert many.through_remote is not None
        through = many.through
        local = [(f"{through.name}.{a.attribute}", b) for a, b in many.through_local.columns]
        remote = [(f"{through.name}.{a.attribute}", b) for a, b in many.through_remote.columns]
    else:
        local = [(f"{many.variable}.c.{name}", field) for name, field in many.local]
        remote = [(f"{many.variable}.c.{name}", field) for name, field in many.remote]
    ours, theirs, model = remote, local, many.target
    if nesting.declared:
        ours, theirs, model = local, remote, many.model
    names = dict(zip(nesting.of.key, Key(nesting.of).names, strict=True))
    joins = [f"{column} == {model.name}.{field.attribute}" for column, field in ours]
    these = [f"{column} == {bound(names[field], field)}" for column, field in theirs]
    also = [f"*{policy_name(many.through)}.read"] if many.through else []
    return [call("sa.exists().where", *joins, *these, *also)]


def links(model: Model) -> list[Link]:
    return [Link(it) for it in linking(model)]


def resources(spec: Spec) -> list[Resource]:
    """Every model of `spec` with what it needs of its own and of others' schemas."""
    used: dict[str, set[str]] = {model.name: set() for model in spec.models}
    needs = {
        "list": {"Read", "Query"},
        "get": {"Read"},
        "create": {"Create", "Read"},
        "update": {"Update", "Read"},
        "replace": {"Replace", "Read"},
        "bulk_create": {"Create"},
        "bulk_update": {"Change", "Update"},
        "bulk_delete": {"Key"},
        "upsert": {"Upsert", "Read"},
        "count": {"Filter", "Read"},
        "export": {"Export", "Read"},
    }
    for model in spec.models:
        for op in ops(model):
            used[model.name] |= needs.get(op, set())
        for transfer in model.transfers if model.api.served else []:
            used[transfer.log.name] |= {"Create", "Read"}
        if model.transitions and model.api.served:
            used[model.name].add("Read")
        if model.soft_delete and "delete" in ops(model):
            used[model.name].add("Read")
        if model.api.embed and "get" in ops(model):
            used[model.name].add("Embeds")
        for embed in model.api.embed if {"list", "get"}.intersection(ops(model)) else ():
            used[embed.target.name].add("Read")
        if model.pair and model.pair.reference.model is model and "create" in ops(model):
            used[model.name].add("With")
            used[model.pair.back.model.name].add("For")
    return [Resource(model, Schemas(model, used[model.name])) for model in spec.models]


def search_function(it: Search) -> str:
    by_words = it.language is not None or it.field.type.name == "tsvector"
    return "has_words" if by_words else "is_like"
