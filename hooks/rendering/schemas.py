"""What `schemas.py` of a resource prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from ..language.names import kebab, pascal
from ..language.spec import Field, Model, Pair, Reference, Transition
from ..language.values import breach
from ..layout import WIDTH, Group, assign, call, columns, docstring, imports, literal, wrapped
from ..types import HOMES, Operator, fill, home, operators, row
from .literals import factory, field_value
from .pairs import pair_path, part_class, whole_class

# Names that the module or its classes use themselves.
TAKEN = {
    *("Annotated", "Any", "Decimal", "Field", "Input", "Literal", "Output", "UUID", "MISSING"),
    *("CursorQuery", "OffsetQuery", "FilterQuery", "ListQuery", "StrictBool", "FiniteFloat"),
    *("AnyOf", "Embedding", "EmbedsQuery", "Searched", "Sorting"),
    *HOMES,
}
BASES = "app.web.schemas"


@dataclass
class Schemas:
    """The schemas of `model`; `used` are the names of the classes that something needs."""

    model: Model
    used: set[str]
    _imports: set[str] = field(default_factory=set)
    _aliases: dict[str, str] = field(default_factory=dict)
    # Of what names the row of an upsert: as strict as a body, with what to import.
    path_types: dict[Field, tuple[str, list[str]]] = field(default_factory=dict)

    @cached_property
    def taken(self) -> set[str]:
        kinds = ["Create", "Update", "Replace", "Read", "Query", "Export", "Filter", "Sort"]
        kinds += ["Embed", "Embeds"] if self.model.api.embed else []
        kinds += ["Upsert", "Key", "Change"]
        enums = {it.type.enum.name for it in self.model.fields if it.type.enum}
        moved = {moved_class(self.model, it) for it in self.model.transitions}
        pair = self.model.pair
        both = {part_class(pair), whole_class(pair)} if pair else set()
        return TAKEN | enums | moved | both | {f"{self.model.name}{kind}" for kind in kinds}

    @cached_property
    def create(self) -> list[Field]:
        return [it for it in self.model.fields if it.creatable]

    @cached_property
    def replace(self) -> list[Field]:
        return [it for it in self.model.fields if it.updatable]

    @cached_property
    def upsert(self) -> list[Field]:
        return [it for it in self.create if it not in self.model.api.upsert]

    @cached_property
    def separate(self) -> bool:
        """A replace takes no keys and no create-only fields, and leaves nothing to the server."""
        return self.create != self.replace or self.by_server

    @cached_property
    def by_server(self) -> bool:
        return any(it.server_default is not None for it in self.replace)

    @property
    def replace_class(self) -> str:
        return f"{self.model.name}{'Replace' if self.separate else 'Create'}"

    def classes(self) -> list[str]:
        """Every class in use, in order, as code."""
        name, doc = self.model.name, self.model.doc
        made = []
        base, fields = "Input", self.create
        if "Replace" in self.used and self.separate:
            lines = [self._replace(it) for it in self.replace] + self._wholes(self.replace)
            made.append(_class(f"{name}Replace", "Input", None, lines))
            if not self.by_server:
                base = f"{name}Replace"
                fields = [it for it in self.create if it not in self.replace]
        if "Upsert" in self.used:
            self._import(BASES, "Input")
            lines = [self._replace(it) if it.updatable else self._input(it) for it in self.upsert]
            lines += self._wholes(self.upsert)
            made.append(_class(f"{name}Upsert", "Input", None, lines))
            self.path_types.update((it, self._path_type(it)) for it in self.model.api.upsert)
            if base == "Input" and not any(it.server_default for it in self.upsert):
                base, fields = f"{name}Upsert", [it for it in fields if it not in self.upsert]
        if "Create" in self.used or ("Replace" in self.used and not self.separate):
            lines = [self._input(it) for it in fields] + self._wholes(fields)
            made.append(_class(f"{name}Create", base, doc, lines))
            if base == "Input":
                self._import(BASES, "Input")
        if "Replace" in self.used:
            self._import(BASES, "Input")
        if "Update" in self.used:
            self._import(BASES, "Input")
            lines = [self._update(it) for it in self.replace] + self._wholes(self.replace)
            doc_update = "Fields that are not sent keep their values."
            made.append(_class(f"{name}Update", "Input", doc_update, lines))
        if self.model.pair is not None:
            made += self._paired(self.model.pair)
        if "Change" in self.used:
            lines = [self._named_by(it) for it in self.model.key] + self._versioned()
            made.append(_class(f"{name}Change", f"{name}Update", None, lines))
        if "Key" in self.used:
            self._import(BASES, "Input")
            lines = [self._named_by(it) for it in self.model.key] + self._versioned()
            made.append(_class(f"{name}Key", "Input", None, lines))
        for transition in self.model.transitions if self.model.api.served else []:
            self._import(BASES, "Input")
            it = transition.field
            line = self._declare(it, self._type(it, "input"), None)
            made.append(_class(moved_class(self.model, transition), "Input", None, [line]))
        if "Read" in self.used:
            self._import(BASES, "Output")
            lines = [self._read(it) for it in self.model.fields if it.readable]
            made.append(_class(f"{name}Read", "Output", doc, lines))
        made += self._queries()
        return made

    def _paired(self, pair: Pair) -> Iterator[str]:
        """Of the two that are created at once, each without its reference to the other."""
        if "With" in self.used:
            self._import(BASES, "Input")
            part, of = part_class(pair), pair.reference
            self._import(f"app.resources.{of.target.plural}.schemas", part)
            without = [it for it, _ in of.columns]
            fields = [it for it in self.create if it not in without]
            lines = [self._input(it) for it in fields]
            lines.append(f"    {of.attribute}: {part}")
            if of.attribute != of.name:
                self._import("pydantic", "Field")
                lines[-1] = "    " + assign(
                    4, lines[-1].strip(), call("Field", alias=literal(of.name))
                )
            lines += self._wholes(fields)
            yield _class(whole_class(pair), "Input", None, lines)
        if "For" in self.used:
            self._import(BASES, "Input")
            without = [it for it, _ in pair.back.columns]
            fields = [it for it in self.create if it not in without]
            lines = [self._input(it) for it in fields] + self._wholes(fields)
            yield _class(part_class(pair), "Input", None, lines)

    def module(self) -> tuple[str, list[str], list[str]]:
        """The import block, the named types and the classes."""
        classes = self.classes()
        aliases = list(self._aliases.values())
        return imports(self._imports), aliases, classes

    def _import(self, module: str, name: str = "") -> None:
        self._imports.add(f"{module}:{name}" if name else module)

    def _name(self, name: str, type_imports: Iterable[str]) -> str:
        """`name` of a type, imported from where it is."""
        if type_imports:
            for entry in type_imports:
                self._imports.add(entry)
        elif name not in ("bool", "int", "str", "float", "bytes", "list[float]"):
            self._imports.add(home(name))
        return name

    def _type(self, it: Field, which: str) -> str:
        """The type of `it` as `input`, `parameter` or `read`, without limits."""
        entry = row(it.type)
        named = getattr(entry, which)
        if named is None:  # a read as Python has it
            name, needs = fill(entry.python, it.type), entry.imports
        else:
            name = fill(named, it.type)
            needs = entry.imports if name == fill(entry.python, it.type) else ()
            if it.type.enum and which == "read":
                self._import(home("OrText"))
                needs = entry.imports
        if which == "input" and self.in_path(it):
            name = "KeyText" if self.model.key == (it,) else "KeyPart"
            name = f"Char{name}" if it.type.name == "char" else name
        needs = tuple(fill(need, it.type) for need in needs)
        self._name(name, needs)
        listed = it.type.array or (it.type.name == "vector" and which == "input")
        return f"list[{name}]" if listed else name

    def in_path(self, it: Field) -> bool:
        """Whether it is text, and a segment of the path to a row."""
        leads = it.key or it in self.model.api.upsert
        return leads and row(it.type).input == "Text" and not it.reference

    def reserved(self, it: Field) -> list[str]:
        """What the field can't be: paths of the model's own that stand where its key does."""
        if self.model.key != (it,) or not self.in_path(it):
            return []
        words = [kebab(transfer.name) for transfer in self.model.transfers]
        if (pair := self.model.pair) and pair.reference.model is self.model:
            words.append(pair_path(pair))
        longest = it.type.length or len(max(words, key=len, default=""))
        return [word for word in words if len(word) <= longest and not breach(it, word)]

    def _limits(self, it: Field) -> Group | None:
        """`Field(…)` with what the column's type and the models ask for."""
        known: dict[str, str | Group | None] = {}
        entry = row(it.type)
        if entry.family == "decimal" and it.type.precision is not None:
            known["decimal_places"] = str(it.type.scale or 0)
            if it.type.precision != it.type.scale:
                known["max_digits"] = str(it.type.precision)
            else:  # 0 has a digit ahead of the point, which `max_digits` would refuse
                known["gt"] = "-1" if it.min is None and it.gt is None else None
                known["lt"] = "1" if it.max is None and it.lt is None else None
        for limit, argument in (("min", "ge"), ("max", "le"), ("gt", "gt"), ("lt", "lt")):
            value = getattr(it, limit)
            if value is not None:
                known[argument] = field_value(it, value)
        lengths = [n for n in (it.type.length, it.max_length) if n is not None]
        if entry.length and entry.input == "Text":
            lengths.append(entry.length)
        shortest = it.type.length if it.type.name == "vector" else it.min_length
        known["min_length"] = None if shortest is None else str(shortest)
        known["max_length"] = str(min(lengths)) if lengths else None
        known["pattern"] = None if it.pattern is None else literal(it.pattern)
        known["description"] = literal(it.doc) if it.doc else None
        order = ("min_length", "max_length", "pattern", "gt", "ge", "lt", "le")
        names = (*order, "max_digits", "decimal_places", "description")
        given = {name: known[name] for name in names if known.get(name) is not None}
        return call("Field", **given) if given else None

    def _constrained(self, it: Field) -> str:
        """The input type of `it`: a name of its own where there are limits."""
        base = self._type(it, "input")
        limits = self._all_limits(it)
        if not limits:
            return base
        array = it.type.array
        name = self._alias(it)
        inner = base.removeprefix("list[").removesuffix("]") if array else base
        self._define(name, inner, limits)
        return f"list[{name}]" if array else name

    def _all_limits(self, it: Field) -> list[Group]:
        words = self.reserved(it)
        unless = call("none_of", *map(literal, words)) if words else None
        return [limit for limit in (unless, self._limits(it)) if limit is not None]

    def _define(self, name: str, base: str, limits: list[Group]) -> None:
        """Name the type of what is `base` within `limits`."""
        self._import("typing", "Annotated")
        for limit in limits:
            self._imports.add(home(limit.head.removesuffix("(")))
            if any("dt." in str(part) for part in limit.items):
                self._import("datetime as dt")
        self._aliases[name] = assign(0, name, Group("Annotated[", (base, *limits), "]"))

    def _path_type(self, it: Field) -> tuple[str, list[str]]:
        """The type of `it` in a path, with its limits, and what to import for it."""
        entry, limits, known = row(it.type), self._all_limits(it), set(self._imports)
        base = self._type(it, "input" if entry.input == entry.parameter else "parameter")
        if not limits:
            self._imports = known
            own = base == fill(entry.python, it.type)
            return base, [fill(need, it.type) for need in entry.imports] if own else [home(base)]
        name = f"{self.model.name}{self._alias(it)}Key"
        self._define(name, base, limits)
        return name, [f"app.resources.{self.model.plural}.schemas:{name}"]

    def _alias(self, it: Field) -> str:
        """The name of a field's type: the field's, unless something else has it."""
        name = pascal(it.name)
        rivals = [other for other in self.model.fields if pascal(other.name) == name]
        if rivals[0] is not it:
            name += f"Value{rivals.index(it)}"
        return f"{name}Value" if name in self.taken else name

    def _input(self, it: Field) -> str:
        return self._replace(it) if it.server_default is None else self._update(it)

    def _replace(self, it: Field) -> str:
        kind = self._constrained(it) + (" | None" if it.optional else "")
        if it.has_default:
            return self._declare(it, kind, self._default(it))
        return self._declare(it, kind, "None" if it.optional else None)

    def _update(self, it: Field) -> str:
        self._import("pydantic", "MISSING")
        kind = f"{self._constrained(it)} | MISSING{' | None' if it.optional else ''}"
        return self._declare(it, kind, "MISSING")

    def _named_by(self, it: Field) -> str:
        """A part of the key, which names one row of many."""
        return self._declare(it, self._constrained(it), None)

    def _versioned(self) -> list[str]:
        if not self.model.version:
            return []
        self._import("app.web.batches", "RowVersion")
        self._import("pydantic", "MISSING")
        return ["    row_version: RowVersion | MISSING = MISSING"]

    def _read(self, it: Field) -> str:
        kind = self._type(it, "read") + (" | None" if it.optional else "")
        doc = None
        if it.doc:
            self._import("pydantic", "Field")
            doc = call("Field", description=literal(it.doc))
        # By its attribute in the row, by its name in JSON.
        return self._declare(it, kind, doc, alias="serialization_alias")

    def _wholes(self, fields: list[Field]) -> list[str]:
        """That the parts of an optional reference among `fields` come together."""
        lines = []
        for reference in self.model.references:
            parts = parts_of(reference)
            if parts and all(it in fields for it in parts):
                self._import("app.web.wholes", "together")
                names = (literal(it.attribute) for it in parts)
                check = call("together", *names)
                lines.append("    " + assign(4, f"_{reference.name}", check))
        return ["", *lines] if lines else []

    def _default(self, it: Field) -> str | Group:
        value = field_value(it, it.default)
        for need in row(it.type).imports:
            entry = fill(need, it.type)
            if re.search(rf"\b{re.split('[: ]', entry)[-1]}\b", str(value)):
                self._imports.add(entry)
        if isinstance(it.default, list | dict):
            self._import("pydantic", "Field")
            return call("Field", default_factory=factory(it, it.default))
        return value

    def _declare(
        self,
        it: Field,
        kind: str,
        default: str | Group | None,
        alias: str = "alias",
        suffix: str = "",
    ) -> str:
        """A line of a class body, with the name in JSON where Python needs another."""
        attribute = it.attribute + suffix
        if it.attribute != it.name:
            self._import("pydantic", "Field")
            given: tuple[str | Group | None, ...] = (default,)
            if isinstance(default, Group) and default.head == "Field(":
                given = default.items
            default = call("Field", *given, **{alias: literal(it.name + suffix)})
        short = default in (None, "None", "MISSING")
        if short and " | " in kind and columns(f"    {attribute}: {kind} = (") > WIDTH:
            after = f" = {default}" if default else ""
            return "    " + wrapped(4, f"{attribute}: ", Group(kind, (), ""), after)
        if default is None:
            return f"    {attribute}: {kind}"
        return "    " + assign(4, f"{attribute}: {kind}", default)

    def _queries(self) -> list[str]:
        """Of a count, of an export, which sorts as well, and of a list, which has pages."""
        cursor = self.model.api.page == "cursor"
        paged = ("Query", "paging:CursorQuery") if cursor else ("Query", "offsets:OffsetQuery")
        kinds = (("Filter", "filters:FilterQuery"), ("Export", "paging:ListQuery"), paged)
        made, before, said = [], "", set[str]()
        for kind, home_of in kinds:
            if kind not in self.used:
                continue
            module, base = home_of.split(":")
            self._import(f"app.database.{module}", base)
            lines = [
                *([] if kind == "Filter" else [self._sort()]),
                *self._search(),
                *self._filters(),
                *(self._embed() if kind == "Query" else []),
            ]
            lines = [it for it in lines if it not in said]
            name = f"{self.model.name}{kind}"
            bases = (before, base) if before else (base,)
            body = lines or ["    pass"]
            made.append("\n".join([Group(f"class {name}(", bases, "):").at(0), *body]))
            before, said = name, said | {*lines}
        if "Embeds" in self.used:
            self._import("app.database.embeds", "EmbedsQuery")
            made.append(_class(f"{self.model.name}Embeds", "EmbedsQuery", None, self._embed()))
        return made

    def _embed(self) -> list[str]:
        """What may be embedded, by name."""
        names = tuple(literal(it.name) for it in self.model.api.embed)
        if not names:
            return []
        self._import("typing", "Literal")
        self._import("app.database.embeds", "Embedding")
        name = f"{self.model.name}Embed"
        self._aliases[name] = assign(0, name, Group("Literal[", names, "]"))
        return [f"    embed: Embedding[{name}] = ()"]

    def _search(self) -> list[str]:
        if not self.model.api.search:
            return []
        self._import("app.database.search", "Searched")
        return ["    search: Searched | None = None"]

    def _sort(self) -> str:
        model = self.model
        sorts = [literal(sign + it.name) for it in model.api.sort for sign in ("", "-")]
        if not sorts:
            return "    sort: tuple[()] = ()"
        self._import("typing", "Literal")
        name = f"{model.name}Sort"
        self._aliases[name] = assign(0, name, Group("Literal[", tuple(sorts), "]"))
        self._import("app.database.sorting", "Sorting")
        return f"    sort: Sorting[{name}] = ()"

    def _filters(self) -> list[str]:
        return [self._filter(it, by) for it in self.model.api.filter for by in operators(it)]

    def _filter(self, it: Field, by: Operator) -> str:
        kind = fill(by.parameter, it.type)
        entry = row(it.type)
        own = by.parameter == entry.parameter and kind == fill(entry.python, it.type)
        self._name(kind, [fill(need, it.type) for need in entry.imports] if own else ())
        suffix = f"__{by.name}" if by.name else ""
        if by.many:
            self._import("app.database.filters", "AnyOf")
            kind, default = f"AnyOf[{kind}]", "()"
        else:
            kind, default = f"{kind} | None", "None"
        return self._declare(it, kind, default, suffix=suffix)


def parts_of(reference: Reference) -> list[Field]:
    """The columns of an optional reference, if it has several that are for nothing else."""
    parts = [it for it, _ in reference.columns if it.optional and it.made_by_reference]
    return parts if len(parts) > 1 else []


def moved_class(model: Model, transition: Transition) -> str:
    """The body of a request that moves a row."""
    return f"{model.name}{pascal(transition.name)}"


def _class(name: str, base: str, doc: str | None, lines: list[str]) -> str:
    body = [f"    {docstring(doc)}"] if doc else []
    if doc and lines:
        body.append("")
    return "\n".join([f"class {name}({base}):", *body, *(lines or ([] if doc else ["    pass"]))])
