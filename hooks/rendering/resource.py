"""What the templates print of one resource."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ..language.api import CHANGING_OPS
from ..language.handlers import (
    Nesting,
    link_function,
    linking,
    nestings,
    transfer_function,
    transition_function,
)
from ..language.names import kebab
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
from ..layout import (
    Group,
    Subscript,
    at,
    binary,
    call,
    docstring,
    imports,
    linked,
    literal,
    prefixed,
    seq,
    subscript,
)
from ..types import fill, home, row
from .embeds import Embeds, ordered
from .mapped import Mapping
from .pairs import PairRoute
from .schemas import Schemas, moved_class

OFFSETS = ("OffsetPage", "offset_page")


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

    @cached_property
    def path(self) -> str:
        return "/".join(f"{{{name}}}" for name in self.names)

    @cached_property
    def parameters(self) -> list[str]:
        """`item_id: UUID`, as a function's signature has it."""
        return [
            f"{name}: {parameter(it)}" for name, it in zip(self.names, self.model.key, strict=True)
        ]

    @cached_property
    def values(self) -> list[str]:
        """`"_item_id": item_id`, for the statement's bound parameters."""
        return [f'"_{name}": {name}' for name in self.names]

    @cached_property
    def conditions(self) -> list[Group]:
        """`Item.id == sa.bindparam("_item_id")`."""
        return [
            binary(f"{self.model.name}.{it.attribute}", "==", bound(name, it))
            for name, it in zip(self.names, self.model.key, strict=True)
        ]

    @cached_property
    def there(self) -> list[Group]:
        """`conditions`, and that the row isn't deleted."""
        return [*self.conditions, *alive(self.model)]

    @cached_property
    def columns(self) -> list[str]:
        return [f"{self.model.name}.{it.attribute}" for it in self.model.key]

    @cached_property
    def select(self) -> Group:
        return call("sa.select", self.columns[0])

    @property
    def exists(self) -> str:
        """The constant that selects the key where there is such a row."""
        return f"{self.model.singular}_exists".upper()

    @cached_property
    def location(self) -> Group:
        """The path of `row`."""
        key = (subscript("row", it.attribute) for it in self.model.key)
        return call("location", literal(self.model.api.path), *key)


def bound(name: str, field: Field, before: str = "") -> Group:
    """The parameter of a statement for a part of a key; a decimal isn't rounded to it."""
    exact = "sa.Numeric()" if field.type.name == "decimal" else None
    return call(f"{before}sa.bindparam", f'"_{name}"', type_=exact)


def alive(model: Model) -> list[Group]:
    """The criterion that leaves deleted rows out."""
    return [call(f"{model.name}.deleted_at.is_", "None")] if model.soft_delete else []


def parameter(field: Field) -> str:
    name = row(field.type).parameter
    assert name is not None, f"{field.name} can't be in a path"
    return fill(name, field.type)


def parameter_imports(field: Field) -> list[str]:
    name, entry = parameter(field), row(field.type)
    if name == fill(entry.python, field.type):
        return [fill(it, field.type) for it in entry.imports]
    return [home(name)]


@dataclass(frozen=True, eq=False)
class Nested(Nesting):
    criteria: Sequence[Group]  # joins, then the other's key
    imports: list[str]

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
    def values(self) -> Group:
        return seq(self.key.values, "{}")

    @property
    def where(self) -> list[str | Group]:
        """`criteria`, and that the row that they belong to isn't deleted."""
        if not self.of.soft_delete:
            return [*self.criteria]
        # It is another row, even where it is of the same table.
        return [*self.criteria, f"{self.key.exists}.correlate(None).exists()"]


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
    def function(self) -> str:
        return link_function(self.many)

    @property
    def path(self) -> str:
        other = "/".join(f"{{{name}}}" for name in self.other_names)
        path = f"{self.many.model.api.path}/{self.key.path}"
        return f'"{path}/{kebab(self.many.name)}/{other}"'

    @property
    def parameters(self) -> list[str]:
        others = zip(self.other_names, self.many.target.key, strict=True)
        return [*self.key.parameters, *(f"{name}: {parameter(it)}" for name, it in others)]

    @property
    def ours(self) -> Group:
        return seq(self.key.values, "{}")

    @property
    def theirs(self) -> Group:
        pairs = zip(self.other.names, self.other_names, strict=True)
        return seq((f'"_{bound}": {name}' for bound, name in pairs), "{}")

    @cached_property
    def pairs(self) -> list[tuple[str, str, Field]]:
        """(association column, path parameter, part of a key)"""
        local = dict(zip(self.many.model.key, self.key.names, strict=True))
        remote = dict(zip(self.many.target.key, self.other_names, strict=True))
        return [
            *((column, local[it], it) for column, it in self.many.local),
            *((column, remote[it], it) for column, it in self.many.remote),
        ]

    @property
    def row(self) -> Group:
        return seq([f'"{column}": {name}' for column, name, _ in self.pairs], "{}")

    @property
    def values(self) -> Group:
        return seq([f'"_{name}": {name}' for _, name, _ in self.pairs], "{}")

    @property
    def conditions(self) -> list[Group]:
        return [
            binary(f"{self.many.variable}.c.{column}", "==", bound(name, it))
            for column, name, it in self.pairs
        ]


class Move:
    """A transfer between two rows of a model."""

    def __init__(self, transfer: Transfer, model: Model) -> None:
        source = [f"data.{column.attribute}" for column, _ in transfer.source.columns]
        target = [f"data.{column.attribute}" for column, _ in transfer.target.columns]
        self.name = kebab(transfer.name)
        self.function = transfer_function(transfer, model)
        self.log = transfer.log.name
        self.composite = len(model.key) > 1
        self.source_values, self.target_values = seq(source, "()"), seq(target, "()")
        # How the handler calls the keys of both.
        self.source, self.target = source[0], target[0]
        if self.composite:
            self.source, self.target = "source_key", "target_key"
        self.field, self.attribute = transfer.field.name, transfer.field.attribute
        self.amount = transfer.amount.attribute
        self.target_name = transfer.target.columns[0][0].name
        self.columns = [f"{model.name}.{it.attribute}" for it in model.key]
        both = seq([self.source, self.target], "()")
        self.sides = call(".where", call(f"{self.columns[0]}.in_", both), *alive(model))
        key: str | Group = f"side.{model.key[0].attribute}"
        if self.composite:
            self.sides = call(".where", "either", *alive(model))
            self.either = linked(call("sa.tuple_", *self.columns), call("in_", both))
            key = seq([f"side.{it.attribute}" for it in model.key], "()")
        self.by_key = _by_key(key)
        self.source_label = f"{transfer.source.name} {model.label}"
        self.target_label = f"{transfer.target.name} {model.label}"
        self.request_key = transfer.request_key.attribute
        self.log_key = f"{self.log}.{self.request_key}"
        self.request_name = transfer.request_key.name
        self.same = transfer.same
        self.floor = None if transfer.floor is None else str(transfer.floor)


def _by_key(key: str | Group) -> str:
    """The assignment of both sides by their keys."""
    flat = Subscript("{", (f"{key}: side for side in sides",), "}").at(8, "by_key = ")
    if all(len(line) <= 88 for line in flat.splitlines()):
        return flat
    first = at(key, 12, after=": side")
    return f"by_key = {{\n            {first}\n            for side in sides\n        }}"


class Step:
    """A transition of a row of a model."""

    def __init__(self, transition: Transition, model: Model) -> None:
        self.name = kebab(transition.name)
        self.function = transition_function(transition, model)
        self.field, self.attribute = transition.field.name, transition.field.attribute
        self.schema = moved_class(model, transition)
        self.constant = transition.name.upper()
        pairs = transition.moves.items()
        moves = [prefixed(f"{literal(it)}: ", seq(map(literal, after))) for it, after in pairs]
        self.moves = seq(moves, "{}")
        told = [f"- {it}: {', '.join(after)}" for it, after in pairs]
        head = f"Change `{self.field}`; what it is decides what it may become:"
        self.docstring = docstring("\n".join([head, "", *told]))
        column = f"{model.name}.{self.attribute}"
        self.before = call(f"{column}.in_", call("sa.bindparam", '"_before"', expanding="True"))
        self.condition = f"data.{self.attribute} in after"


class Upserting:
    """A row that is made or replaced, by its key or a unique."""

    def __init__(self, model: Model, schemas: Schemas) -> None:
        self.model, self.schemas = model, schemas
        self.key = Key(model, model.api.upsert)
        self.fixed = []  # of the path
        if model.api.upsert != model.key:
            self.fixed = [f"by-{'-and-'.join(kebab(it.name) for it in model.api.upsert)}"]
        self.path = f'"{"/".join([model.api.path, *self.fixed, self.key.path])}"'
        self.kept = [it.attribute for it in schemas.upsert if not it.updatable]

    @property
    def parameters(self) -> list[str]:
        types = [self.schemas.path_types[it][0] for it in self.key.fields]
        return [f"{name}: {kind}" for name, kind in zip(self.key.names, types, strict=True)]

    @property
    def imports(self) -> set[str]:
        return {need for it in self.key.fields for need in self.schemas.path_types[it][1]}

    @property
    def statement(self) -> Group:
        name = self.model.name
        return call(
            "Upsert",
            name,
            f"{name}Upsert",
            by=seq(f"{name}.{it.attribute}" for it in self.key.fields),
            read="READ",
            kept=seq(map(literal, self.kept)) if self.kept else None,
            version=f"{name}.row_version" if self.model.version else None,
            alive=next(iter(alive(self.model)), None),
        )

    @property
    def values(self) -> Group:
        pairs = zip(self.key.fields, self.key.names, strict=True)
        return seq([f'"{it.attribute}": {name}' for it, name in pairs], "{}")


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
        self.quoted = literal(self.label)
        self.used = bool(schemas.used)
        self.mapped = Mapping(model)
        # Lists that others have of our rows are as our own.
        self.embeds = Embeds(model) if model.api.embed and self.ops & {"list", "get"} else None
        self.docstring = docstring(model.doc) if model.doc else ""

    @property
    def title(self) -> str:
        return self.labels[0].upper() + self.labels[1:]

    @cached_property
    def routed(self) -> bool:
        return bool(self.ops or self.nested or self.links or self.transfers or self.steps)

    @cached_property
    def schemas_module(self) -> tuple[str, list[str], list[str]]:
        return self.schemas.module()

    @property
    def cursor(self) -> bool:
        return self.model.api.page == "cursor"

    def any(self, *ops: str) -> bool:
        return not self.ops.isdisjoint(ops)

    def quoted_path(self, *rest: str) -> str:
        return f'"{"/".join([self.path, *rest])}"'

    @property
    def page(self) -> str:
        return f"{'CursorPage' if self.cursor else 'OffsetPage'}[{self.shown}]"

    @property
    def shown(self) -> str:
        """The schema of a row that is read."""
        return self.embeds.schema if self.embeds else f"{self.name}Read"

    def first(self, statement: str, values: str | Group) -> Group:
        """The call for the row of `statement`."""
        if self.embeds:
            return call("await EMBEDS.first", "db", statement, "query.embed", values)
        return call("await db.first", statement, values)

    def query(self, kind: str = "Query") -> Group:
        of = f"{self.name}{kind}"
        return Group("query: Annotated[", (of, f"Depends(Reads({of}))"), "]")

    @property
    def asked(self) -> list[Group]:
        """The parameter of a handler that reads one row."""
        return [self.query("Embeds")] if self.embeds else []

    def turn(self, of: str, *arguments: str) -> Group:
        """The call for a page of the list `of`."""
        if self.embeds and self.cursor:
            within = call("await EMBEDS.within", of, "query.embed")
            return linked(within, call("page", "db", *arguments))
        if self.cursor:
            return call(f"await {of}.page", "db", *arguments)
        whole = call("EMBEDS.within", of, "query.embed") if self.embeds else of
        return call("await offset_page", "db", whole, *arguments)

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
    def read(self) -> Group:
        """The columns of a single row."""
        shown = call("columns", self.name, f"{self.name}Read")
        if not self.model.version:
            return shown
        return seq([prefixed("*", shown), f"{self.name}.row_version"])

    @property
    def get(self) -> Group | None:
        """The statement that finds a row by its key, if any handler needs it."""
        if self.any("get", "update") or self.locked or self.restores:
            return call("sa.select", "*READ" if self.reads else self.key.columns[0])
        return None

    @property
    def written(self) -> list[str]:
        """The criteria of an UPDATE or DELETE."""
        return ["THIS", *self.matched]

    @property
    def matched(self) -> list[str]:
        return ["MATCHES"] if self.locked else []

    @property
    def guards(self) -> list[str]:
        """The parameters of a handler that writes a row in the version that it is asked to."""
        return ["response: Response", "if_match: IfMatch = None"] if self.locked else []

    @property
    def restores(self) -> bool:
        return self.model.soft_delete and "delete" in self.ops

    @property
    def many(self) -> Group:
        return call(
            "ManyRows",
            self.name,
            self.quoted,
            version=f"{self.name}.row_version" if self.model.version else None,
            alive=next(iter(alive(self.model)), None),
        )

    @property
    def refused(self) -> str:
        """How a request that names many rows may be refused."""
        return f"responses(404, 409{', 412' if self.model.version else ''})"

    @property
    def delete(self) -> list[Group]:
        """The parts of the statement that deletes a row."""
        returning = call("returning", self.key.columns[0])
        if not self.model.soft_delete:
            return [call("sa.delete", self.name), call("where", *self.written), returning]
        gone = call("values", deleted_at="sa.func.now()")
        return [call("sa.update", self.name), call("where", *self.written), gone, returning]

    @property
    def restore(self) -> list[Group]:
        deleted = call(f"{self.name}.deleted_at.is_not", "None")
        return [
            call("sa.update", self.name),
            call("where", *self.key.conditions, deleted, *self.matched),
            call("values", deleted_at="None"),
            call("returning", "*READ"),
        ]

    @property
    def constants(self) -> bool:
        return bool(self.ops - {"bulk_create"} or self.nested or self.links or self.steps)

    @property
    def order(self) -> Group:
        return ordered(self.model)

    @property
    def listing(self) -> Group:
        of = (self.name, f"{self.name}Read")
        criteria = alive(self.model)
        options = {"order": self.order, "criteria": seq(criteria) if criteria else None}
        if not self.searches:
            return call("Listing", *of, **options)
        search = [
            call(
                search_function(it),
                f"{self.name}.{it.field.attribute}",
                literal(it.language) if it.language else None,
            )
            for it in self.searches
        ]
        return call("SearchListing", *of, **options, search=seq(search))

    @property
    def searches(self) -> tuple[Search, ...]:
        return self.model.api.search if self.lists else ()

    @property
    def this(self) -> Group:
        if len(self.key.there) > 1:
            return call("sa.and_", *self.key.there)
        return bound(self.key.names[0], self.model.key[0], f"{self.key.columns[0]} == ")

    @property
    def replace_class(self) -> str:
        return self.schemas.replace_class

    def key_values(self, *more: str) -> Group:
        return seq([*self.key.values, *more], "{}")

    @cached_property
    def parents(self) -> list[Key]:
        """Whose lists of our rows are served, or links: they may not be there."""
        models = [it.of for it in self.nested]
        models += [side for it in self.links for side in (it.many.model, it.many.target)]
        models += [self.model] if self.steps and not self.locked else []
        return [Key(it) for it in dict.fromkeys(models)]

    @cached_property
    def router_imports(self) -> str:
        package = f"app.resources.{self.plural}"
        own = f"{package}.schemas:{self.name}"
        writing = {
            "sqlalchemy as sa",
            "fastapi:status",
            "sqlalchemy.dialects.postgresql:insert",
            "sqlalchemy.ext.asyncio:AsyncSession",
            "app.database:found",
        }
        by_key = self.any("get", "update", "replace", "delete") or bool(self.steps)
        finds = self.any("get") or bool(self.nested) or (by_key and not self.locked)
        reads_one = self.any("get") or any(it.one for it in self.nested)
        preconditions = "app.web.preconditions"
        needed = {
            *("fastapi:APIRouter", "app.web.routing:LazyRoute"),
            *("app.database:Db", f"{package}.model:{self.name}"),
        }
        uses: list[tuple[bool, set[str]]] = [
            (
                not self.ops <= {"list", "export", "count"}
                or bool(self.nested or self.links or self.moves or self.steps),
                {"app.web.problems:responses"},
            ),
            (self.lists, {"fastapi:Depends", "typing:Annotated", f"{own}Read"}),
            (self.lists, {"app.web.queries:Reads"}),
            (self.lists and not self.searches, {"app.database:Listing"}),
            (bool(self.searches), {"app.database.search:SearchListing"}),
            (
                bool(self.searches),
                {f"app.database.search:{search_function(it)}" for it in self.searches},
            ),
            (self.any("count"), {f"{own}Filter"}),
            (self.any("count"), {f"app.database.counts:{it}" for it in ("RowCount", "count")}),
            (self.pages, {"typing:Any", f"{own}Query"}),
            (self.pages and self.cursor, {"app.database:CursorPage"}),
            (self.pages and not self.cursor, {f"app.database.offsets:{it}" for it in OFFSETS}),
            (self.exports, {f"{own}Export", "app.web.jsonlines:JsonLines"}),
            (self.exports, {"app.database.exports:export"}),
            (self.reads, {"app.database:Row", "app.database:columns", f"{own}Read"}),
            (finds, {"app.database:found"}),
            (by_key or self.any("create") or bool(self.nested), {"sqlalchemy as sa"}),
            (self.any("create", "bulk_create", "delete"), {"fastapi:status"}),
            (self.any("create", "bulk_create"), {f"{own}Create"}),
            (self.ops >= {"create", "get"} or self.tagged, {"fastapi:Response"}),
            (self.tagged, {f"{preconditions}:tagged"}),
            (
                self.tagged and reads_one,
                {f"{preconditions}:IfNoneMatch", f"{preconditions}:unless_known"},
            ),
            (
                self.tagged
                and (self.any("create", "update", "replace") or self.restores or bool(self.steps)),
                {f"{preconditions}:etag"},
            ),
            (
                self.locked,
                {f"{preconditions}:{it}" for it in ("IfMatch", "matches", "refusal", "versions")},
            ),
            (self.ops >= {"create", "get"}, {"app.web.paths:location"}),
            (self.any("bulk_create"), {"app.database.bulk:insert_all"}),
            (self.any("bulk_create"), {"app.web.schemas:Bulk", "app.web.schemas:Created"}),
            (self.any("bulk_update", "bulk_delete"), {"app.database.batches:ManyRows"}),
            (self.any("bulk_update", "bulk_delete"), {"app.web.schemas:Bulk"}),
            (self.any("bulk_update"), {"app.database.bulk_updates:update_all"}),
            (self.any("bulk_update"), {"app.web.batches:Updated", f"{own}Change"}),
            (self.any("bulk_delete"), {"app.database.bulk_deletes:delete_all"}),
            (self.any("bulk_delete"), {"app.web.batches:Deleted", f"{own}Key"}),
            (self.any("update"), {f"{own}Update"}),
            (self.any("replace"), {f"{package}.schemas:{self.replace_class}"}),
            (
                bool(self.links),
                writing | {f"{package}.model:{it.many.variable}" for it in self.links},
            ),
            (bool(self.embeds), {f"{package}.embeds:{it}" for it in ("EMBEDS", self.shown)}),
            (
                bool(self.embeds) and reads_one,
                {f"{own}Embeds", "app.web.queries:Reads", "fastapi:Depends", "typing:Annotated"},
            ),
            (bool(self.steps), {"app.database:Conflict"}),
            (bool(self.moves), writing | {"app.database:Conflict", "app.database:Invalid"}),
        ]
        for used, names in uses:
            if used:
                needed |= names
        if self.upsert:
            needed |= {"fastapi:Response", "fastapi:status", f"{own}Upsert", *self.upsert.imports}
            needed |= {f"app.database.upserts:{it}" for it in ("CREATED", "Upsert")}
            needed |= {f"app.web.upserts:{it}" for it in ("IfNew", "made", "put")}
            needed.add(f"{preconditions}:IfMatch")
            needed |= {f"{preconditions}:{it}" for it in ("ETAG", "etag")} if self.tagged else set()
            needed |= {"app.web.paths:location"} if self.any("get") else set()
        needed |= {f"{package}.schemas:{it.schema}" for it in self.steps}
        needed |= self.pair.imports if self.pair else set()
        for nested in self.nested:
            needed |= set(nested.imports)
        for link in self.links:
            needed.add(_import_of(link.many.target))
        for transfer in self.transfers:
            log = transfer.log
            schemas = f"app.resources.{log.plural}.schemas:{log.name}"
            needed |= {_import_of(log), f"{schemas}Create", f"{schemas}Read"}
        keys = [self.model] if by_key else []
        keys += [it.of for it in self.nested]
        keys += [side for it in self.links for side in (it.many.model, it.many.target)]
        for model in keys:
            for field in model.key:
                needed |= set(parameter_imports(field))
        return imports(needed)


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
    for it in nestings(model, ops(model)):
        relation = it.relation
        if isinstance(relation, Many):
            criteria, more = _of_many(relation, it)
        else:
            criteria, more = _of_reference(relation, it), []
        same = (it.of, it.name, it.one, relation, it.declared)
        found.append(Nested(*same, criteria, [_import_of(it.of), *more]))
    return found


def _of_reference(reference: Reference, nesting: Nesting) -> list[Group]:
    names = dict(zip(nesting.of.key, Key(nesting.of).names, strict=True))
    criteria: list[Group] = [
        binary(
            f"{reference.model.name}.{local.attribute}",
            "==",
            bound(names[remote], remote),
        )
        for local, remote in reference.columns
    ]
    return criteria + (alive(reference.model) if nesting.one else [])


def _of_many(many: Many, nesting: Nesting) -> tuple[list[Group], list[str]]:
    if many.through is not None:
        assert many.through_local is not None
        assert many.through_remote is not None
        through = many.through
        table = [f"app.resources.{through.plural}.model:{through.name}"]
        local = [(f"{through.name}.{a.attribute}", b) for a, b in many.through_local.columns]
        remote = [(f"{through.name}.{a.attribute}", b) for a, b in many.through_remote.columns]
    else:
        table = [f"app.resources.{many.model.plural}.model:{many.variable}"]
        local = [(f"{many.variable}.c.{name}", field) for name, field in many.local]
        remote = [(f"{many.variable}.c.{name}", field) for name, field in many.remote]
    of = nesting.of
    ours, theirs, model = remote, local, many.target
    if nesting.declared:
        ours, theirs, model = local, remote, many.model
    names = dict(zip(of.key, Key(of).names, strict=True))
    joins = [binary(column, "==", f"{model.name}.{it.attribute}") for column, it in ours]
    these = [binary(column, "==", bound(names[it], it)) for column, it in theirs]
    also = alive(many.through) if many.through else []
    exists = call("sa.exists().where", *joins, *these, *also)
    return [exists], table


def _import_of(model: Model) -> str:
    return f"app.resources.{model.plural}.model:{model.name}"


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
