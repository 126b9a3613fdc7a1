"""What `schemas.py` of a resource prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..language.spec import Field, Model, Reference
from .code import Import, arguments, call, literal
from .fields import Alias, Named, SchemaField, SchemaFields, parts_of, transition_class
from .pairs import part_class, whole_class
from .types import fill, operators, written

Printed = Callable[[Field], SchemaField]


class Schemas:
    """The schemas of `model`; `used` are the kinds of classes that something needs."""

    def __init__(self, model: Model, used: set[str]) -> None:
        self.model = model
        self.used = used
        self.fields = SchemaFields(model)
        self.create = [field for field in model.fields if field.creatable]
        self.replace = [field for field in model.fields if field.updatable]
        self.upsert = [field for field in self.create if field not in model.api.upsert]
        self.by_server = any(field.server_default is not None for field in self.replace)

    @property
    def separate(self) -> bool:
        """A replace takes no keys and no create-only fields, and leaves nothing to the server."""
        return self.create != self.replace or self.by_server

    @property
    def replace_class(self) -> str:
        return f"{self.model.name}{'Replace' if self.separate else 'Create'}"

    @cached_property
    def paths(self) -> dict[Field, Named]:
        """The types of what names the row of an upsert, as strict as in a body."""
        fields = self.model.api.upsert if "Upsert" in self.used else ()
        return {field: self.fields.path(field) for field in fields}

    @property
    def path_types(self) -> dict[Field, tuple[str, list[str]]]:
        """Their names, with what to import."""
        found = {}
        for field, named in self.paths.items():
            imports = list(named.imports) or [
                fill(need, field.type) for need in written(field.type).imports
            ]
            if named.alias:
                imports = [f"app.resources.{self.model.plural}.schemas:{named.name}"]
            found[field] = named.name, imports
        return found

    def in_path(self, field: Field) -> bool:
        return self.fields.in_path(field)

    def reserved(self, field: Field) -> list[str]:
        return self.fields.reserved(field)

    @cached_property
    def module(self) -> SchemasModule:
        return SchemasModule(self)


@dataclass(frozen=True)
class Schema:
    """A class, and of which references it takes all parts or none."""

    name: str
    base: str
    fields: list[SchemaField]
    together: dict[str, str]  # the names of the parts by that of the reference


@dataclass(frozen=True)
class Query:
    """The parameters of a list, an export or a count, without those of its bases."""

    bases: str
    sorts: bool
    searches: bool
    filters: list[SchemaField]
    embeds: bool

    @property
    def is_empty(self) -> bool:
        return not (self.sorts or self.searches or self.filters or self.embeds)


class SchemasModule:
    """The classes in use, by their kind, and what they need."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self.model, self.used, self.fields = schemas.model, schemas.used, schemas.fields
        self.classes = {**self._of_a_row(), **self._of_a_pair(), **self._of_many_rows()}
        if "Read" in self.used:
            readable = [self.fields.read(field) for field in self.model.fields if field.readable]
            self.classes["Read"] = Schema(f"{self.model.name}Read", "Output", readable, {})
        self.transitions = [
            Schema(
                transition_class(self.model, transition),
                "Input",
                [self.fields.moved(transition)],
                {},
            )
            for transition in (self.model.transitions if self.model.api.served else ())
        ]
        self.queries = self._queries()

    def _of_a_row(self) -> dict[str, Schema]:
        """What a request writes."""
        found, schemas, name = dict[str, Schema](), self.schemas, self.model.name
        base, fields = "Input", schemas.create
        separate = "Replace" in self.used and schemas.separate
        if separate:
            found["Replace"] = self._schema(f"{name}Replace", schemas.replace, self.fields.replace)
            if not schemas.by_server:
                base = schemas.replace_class
                fields = [field for field in fields if field not in schemas.replace]
        if "Upsert" in self.used:
            found["Upsert"] = upsert = self._schema(f"{name}Upsert", schemas.upsert, self._upserted)
            if base == "Input" and not any(field.server_default for field in schemas.upsert):
                base, fields = (
                    upsert.name,
                    [field for field in fields if field not in schemas.upsert],
                )
        if "Create" in self.used or ("Replace" in self.used and not separate):
            found["Create"] = self._schema(f"{name}Create", fields, self.fields.create, base)
        if "Update" in self.used:
            found["Update"] = self._schema(f"{name}Update", schemas.replace, self.fields.update)
        return found

    def _upserted(self, field: Field) -> SchemaField:
        return self.fields.replace(field) if field.updatable else self.fields.create(field)

    def _of_a_pair(self) -> dict[str, Schema]:
        """Of the two that are created at once, each without its reference to the other."""
        found, pair = dict[str, Schema](), self.model.pair
        if pair is None:
            return found
        if "With" in self.used:
            whole = self._without(pair.reference, whole_class(pair))
            found["With"] = whole
            whole.fields.append(self._other(pair.reference, part_class(pair)))
        if "For" in self.used:
            found["For"] = self._without(pair.back, part_class(pair))
        return found

    def _without(self, reference: Reference, name: str) -> Schema:
        left_out = [field for field, _ in reference.columns]
        fields = [field for field in self.schemas.create if field not in left_out]
        return self._schema(name, fields, self.fields.create)

    def _other(self, reference: Reference, part: str) -> SchemaField:
        renamed = reference.attribute != reference.name
        alias = call("Field", alias=literal(reference.name)) if renamed else None
        module = f"app.resources.{reference.target.plural}.schemas"
        return SchemaField(reference.attribute, part, alias, imports=(f"{module}:{part}",))

    def _of_many_rows(self) -> dict[str, Schema]:
        """What names one row of many."""
        bases = {"Change": f"{self.model.name}Update", "Key": "Input"}
        return {
            kind: self._schema(
                f"{self.model.name}{kind}", self.model.key, self.fields.required, base
            )
            for kind, base in bases.items()
            if kind in self.used
        }

    def _schema(
        self, name: str, fields: Sequence[Field], printed: Printed, base: str = "Input"
    ) -> Schema:
        together = {
            reference.name: arguments(*(literal(part.attribute) for part in parts))
            for reference in self.model.references
            if (parts := parts_of(reference)) and all(part in fields for part in parts)
        }
        return Schema(name, base, [printed(field) for field in fields], together)

    def _queries(self) -> dict[str, Query]:
        """Of a count, of an export, which sorts as well, and of a list, which has pages."""
        api, found = self.model.api, dict[str, Query]()
        bases = {"Filter": "QueryModel", "Export": "" if "Filter" in self.used else "QueryModel"}
        page = "CursorQuery" if api.page == "cursor" else "OffsetQuery"
        bases["Query"] = "PageQuery" if page == f"{self.model.name}Query" else page
        filters = [self.fields.filter(field, by) for field in api.filter for by in operators(field)]
        before, sorted_ = "", False
        for kind, base in bases.items():
            if kind not in self.used:
                continue
            found[kind] = Query(
                bases=", ".join(class_ for class_ in (before, base) if class_),
                sorts=kind != "Filter" and not sorted_,
                searches=bool(api.search) and not before,
                filters=[] if before else filters,
                embeds=bool(api.embed) and kind == "Query",
            )
            before, sorted_ = f"{self.model.name}{kind}", kind != "Filter"
        return found

    @cached_property
    def aliases(self) -> list[Alias]:
        """The types with limits, each ahead of what uses it."""
        found: list[Alias | None] = []
        for kind, schema in self.classes.items():
            found += [field.alias for field in schema.fields]
            if kind == "Upsert":
                found += [named.alias for named in self.schemas.paths.values()]
        return [alias for alias in dict.fromkeys(found) if alias]

    @cached_property
    def imports(self) -> list[Import]:
        """Of types that depend on the models."""
        schemas = [*self.classes.values(), *self.transitions]
        fields = [field for schema in schemas for field in schema.fields]
        fields += [field for query in self.queries.values() for field in query.filters]
        found = [need for field in fields for need in field.imports]
        for named in self.schemas.paths.values():
            found += named.imports if named.alias else ()
        return [Import(*place.split(":")) for place in dict.fromkeys(found)]

    @property
    def sorts(self) -> bool:
        return bool(self.model.api.sort) and not self.used.isdisjoint({"Export", "Query"})

    @property
    def embeds(self) -> bool:
        return bool(self.model.api.embed) and not self.used.isdisjoint({"Embeds", "Query"})

    @property
    def has_wholes(self) -> bool:
        return any(schema.together for schema in self.classes.values())
