"""What the fields of a model are in its schemas: types, limits, defaults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ..language.bounds import breach
from ..language.expressions import MOST_DIGITS
from ..language.names import kebab, pascal
from ..language.spec import Field, Model, Reference, Span, Transition
from ..language.types import info
from .code import call, literal
from .literals import factory, field_value
from .pairs import pair_path, part_class, whole_class
from .types import HOMES, Operator, fill, home, written

# Names that the module or its classes use themselves.
TAKEN = {
    *("Annotated", "Any", "Decimal", "Field", "Input", "Literal", "Output", "UUID", "MISSING"),
    *("CursorQuery", "OffsetQuery", "QueryModel", "StrictBool", "FiniteFloat"),
    *("Searched", "False", "None", "True"),
    *HOMES,
}
KINDS = ("Create", "Update", "Replace", "Read", "Query", "Export", "Filter", "Sort")
BUILT_IN = ("bool", "int", "str", "float", "bytes", "list[float]")


@dataclass(frozen=True)
class Alias:
    """A type with limits, under a name of its own."""

    name: str
    base: str
    limits: tuple[str, ...]


@dataclass(frozen=True)
class SchemaField:
    """A field of a class, and what its type is made of."""

    attribute: str
    type: str
    default: str | None = None
    alias: Alias | None = None
    imports: tuple[str, ...] = ()  # "module:name"


@dataclass(frozen=True)
class Named:
    """A type by its name."""

    name: str
    imports: tuple[str, ...] = ()
    alias: Alias | None = None


class SchemaFields:
    """The fields of `model`, as each of its schemas has them."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._inputs: dict[Field, Named] = {}

    def create(self, field: Field) -> SchemaField:
        """In a create: the database knows a value for some."""
        return self.replace(field) if field.server_default is None else self.update(field)

    def replace(self, field: Field) -> SchemaField:
        default, options = "None" if field.optional else None, dict[str, str]()
        if field.has_default and isinstance(field.default, list | dict):
            default, options["default_factory"] = None, factory(field, field.default)
        elif field.has_default:
            default = field_value(field, field.default)
        null = " | None" if field.optional else ""
        return _declared(field, self.input(field), null, default=default, **options)

    def update(self, field: Field) -> SchemaField:
        null = " | MISSING | None" if field.optional else " | MISSING"
        return _declared(field, self.input(field), null, default="MISSING")

    def required(self, field: Field) -> SchemaField:
        """A part of the key, which names one row of many."""
        return _declared(field, self.input(field))

    def moved(self, transition: Transition) -> SchemaField:
        """In the body of a transition: what it can lead to, which is known if it is one value."""
        field, reached = transition.field, transition.reached
        named = self._base(field, "input")
        if field.type.enum and reached != [*field.type.enum.values]:
            named = Named(f"Literal[{', '.join(map(literal, reached))}]")
        return _declared(field, named, default=literal(reached[0]) if len(reached) == 1 else None)

    def read(self, field: Field) -> SchemaField:
        null = " | None" if field.optional else ""
        options = {"description": literal(field.doc)} if field.doc else {}
        # By its attribute in the row, by its name in JSON.
        renamed = "serialization_alias"
        return _declared(field, self._base(field, "read"), null, renamed, **options)

    def filter(self, field: Field, operator: Operator) -> SchemaField:
        kind = fill(operator.parameter, field.type)
        own = operator.parameter == written(field.type).parameter
        imports = _imports(field, kind) if own else _home(kind)
        suffix = f"__{operator.name}" if operator.name else ""
        if operator.many:
            named = Named(f"tuple[{kind}, ...]", imports)
            return _declared(field, named, default="()", suffix=suffix)
        named = Named(kind, imports)
        return _declared(field, named, " | None", default="None", suffix=suffix)

    def input(self, field: Field) -> Named:
        """The type of `field` in a body: a name of its own where there are limits."""
        if field not in self._inputs:
            self._inputs[field] = self._limited(field)
        return self._inputs[field]

    def _limited(self, field: Field) -> Named:
        limits = self.limits(field)
        if not limits:
            return self._base(field, "input")
        name = self._alias(field)
        if field.type.array:  # of which each is limited
            item = self._element(field, "input")
            return Named(f"list[{name}]", item.imports, Alias(name, item.name, limits))
        base = self._base(field, "input")
        return Named(name, base.imports, Alias(name, base.name, limits))

    def path(self, field: Field) -> Named:
        """The type of `field` in a path, as strict as in a body."""
        entry, limits = written(field.type), self.limits(field)
        base = self._base(field, "input" if entry.input == entry.parameter else "parameter")
        if not limits:
            return base
        name = f"{self.model.name}{self._alias(field)}Key"
        return Named(name, base.imports, Alias(name, base.name, limits))

    def _base(self, field: Field, where: str) -> Named:
        """The type of `field` as `input`, `parameter` or `read`, without limits."""
        item = self._element(field, where)
        if field.type.array or (field.type.name == "vector" and where == "input"):
            return Named(f"list[{item.name}]", item.imports)
        return item

    def _element(self, field: Field, where: str) -> Named:
        entry = written(field.type)
        named = getattr(entry, where)
        if where == "input" and self.in_path(field):
            name = "KeyText" if self.model.key == (field,) else "KeyPart"
            name = f"Char{name}" if field.type.name == "char" else name
        elif field.type.name == "bytes" and self.leads(field):
            name = "KeyBytes"
        elif field.type.name == "inet" and where == "input" and self.leads(field):
            name = "KeyInet"
        else:
            name = fill(entry.python if named is None else named, field.type)
        imports = _imports(field, name)
        if field.type.enum and where == "read":
            imports += (home("OrText"),)
        return Named(name, imports)

    def in_path(self, field: Field) -> bool:
        """Whether it is text, and a segment of the path to a row."""
        return self.leads(field) and written(field.type).input == "Text" and not field.reference

    def leads(self, field: Field) -> bool:
        """Whether it is a segment of a path: to its row, or to one that it refers to."""
        places = [(self.model, field)]
        if reference := field.reference:
            places.append((reference.target, dict(reference.columns)[field]))
        return any(it.key or it in model.api.upsert for model, it in places)

    def reserved(self, field: Field) -> list[str]:
        """What the field can't be: paths of the model's own that stand where its key does."""
        if self.model.key != (field,) or not self.in_path(field):
            return []
        words = [kebab(transfer.name) for transfer in self.model.transfers]
        if (pair := self.model.pair) and pair.reference.model is self.model:
            words.append(pair_path(pair))
        longest = field.type.length or len(max(words, key=len, default=""))
        return [word for word in words if len(word) <= longest and not breach(field, word)]

    def limits(self, field: Field) -> tuple[str, ...]:
        words, options = self.reserved(field), dict(_options(field))
        if field.type.name == "bytes" and self.leads(field) and not field.reference:
            options["min_length"] = "1"
        unless: tuple[str, ...] = (call("none_of", *map(literal, words)),) if words else ()
        if info(field.type).family == "time" and field.type.precision is not None:
            unless += (call("after_second", str(field.type.precision)),)
        return (*unless, call("Field", **options)) if options else unless

    def _alias(self, field: Field) -> str:
        """The name of a field's type: the field's, unless something else has it."""
        name = pascal(field.name)
        rivals = [other for other in self.model.fields if pascal(other.name) == name]
        if rivals[0] is not field:
            name += f"Value{rivals.index(field)}"
        return f"{name}Value" if name in self.taken else name

    @cached_property
    def taken(self) -> set[str]:
        model = self.model
        kinds = [*KINDS, "Upsert", "Key", "Change"]
        kinds += ["Embed", "Embeds"] if model.api.embed else []
        enums = {field.type.enum.name for field in model.fields if field.type.enum}
        moved = {transition_class(model, transition) for transition in model.transitions}
        both = {part_class(model.pair), whole_class(model.pair)} if model.pair else set()
        ranges = {"Range"} if self.has_ranges else set()
        return TAKEN | enums | moved | both | ranges | {f"{model.name}{kind}" for kind in kinds}

    @cached_property
    def has_ranges(self) -> bool:
        """Whether the default of a field is a range, or has some."""
        defaults = [field.default for field in self.model.fields if field.creatable]
        flat = [
            item for value in defaults for item in (value if isinstance(value, list) else [value])
        ]
        return any(isinstance(value, Span) for value in flat)


def _declared(
    field: Field,
    named: Named,
    null: str = "",
    renamed: str = "alias",
    *,
    default: str | None = None,
    suffix: str = "",
    **options: str,
) -> SchemaField:
    """A field with the name in JSON where Python needs another."""
    if field.attribute != field.name:
        options[renamed] = literal(field.name + suffix)
    if options:
        default = call("Field", default, **options)
    kind = named.name + null
    return SchemaField(field.attribute + suffix, kind, default, named.alias, named.imports)


def _imports(field: Field, name: str) -> tuple[str, ...]:
    """Of `name`, which may be the type that Python has for the field."""
    entry = written(field.type)
    if field.type.enum:
        return tuple(fill(need, field.type) for need in entry.imports)
    return () if name == fill(entry.python, field.type) else _home(name)


def _home(name: str) -> tuple[str, ...]:
    return () if name in BUILT_IN else (home(name),)


def _options(field: Field) -> Iterator[tuple[str, str]]:
    """What the column's type and the models ask of a value, for `Field(…)`."""
    entry, type_ = info(field.type), field.type
    shortest = type_.length if type_.name == "vector" else field.min_length
    lengths = [n for n in (type_.length, field.max_length) if n is not None]
    if entry.length and written(field.type).input == "Text":
        lengths.append(entry.length)
    if shortest is not None:
        yield "min_length", str(shortest)
    if lengths:
        yield "max_length", str(min(lengths))
    if field.pattern is not None:
        yield "pattern", literal(field.pattern)
    exact = entry.family == "decimal" and type_.precision is not None
    # 0 has a digit ahead of the point, which `max_digits` would refuse.
    fraction = exact and type_.precision == type_.scale
    bounds = (("gt", field.gt), ("ge", field.min), ("lt", field.lt), ("le", field.max))
    given = {name: field_value(field, value) for name, value in bounds if value is not None}
    if fraction and not {"gt", "ge"} & {*given}:
        given["gt"] = "-1"
    if fraction and not {"lt", "le"} & {*given}:
        given["lt"] = "1"
    yield from ((name, given[name]) for name, _ in bounds if name in given)
    if entry.family == "decimal" and not exact:
        yield "max_digits", str(MOST_DIGITS)
    if exact and not fraction:
        yield "max_digits", str(type_.precision)
    if exact:
        yield "decimal_places", str(type_.scale or 0)
    if field.doc:
        yield "description", literal(field.doc)


def parts_of(reference: Reference) -> list[Field]:
    """The columns of an optional reference, if it has several that are for nothing else."""
    parts = [field for field, _ in reference.columns if field.optional and field.made_by_reference]
    return parts if len(parts) > 1 else []


def transition_class(model: Model, transition: Transition) -> str:
    """The body of a request that moves a row."""
    return f"{model.name}{pascal(transition.name)}"
