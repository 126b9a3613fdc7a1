"""What `embeds.py` of a resource prints."""

from __future__ import annotations

from functools import cached_property

from ..language.spec import Embed, Inverse, Many, Model, Reference
from ..layout import Group, assign, call, imports, literal, seq

Pairs = list[tuple[str, str]]  # code of columns that are equal


class Embeds:
    """The rows that reads of `model` have in its own if asked."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.schema = f"{model.name}Embedded"
        self.relations = [Relation(it, model) for it in model.api.embed]

    @cached_property
    def fields(self) -> list[str]:
        return [it.field for it in self.relations]

    @cached_property
    def constant(self) -> str:
        return assign(0, "EMBEDS", call("Embeds", seq((it.entry for it in self.relations), "{}")))

    @cached_property
    def imports(self) -> str:
        package = f"app.resources.{self.model.plural}"
        needed = {"pydantic:MISSING", f"{package}.schemas:{self.model.name}Read"}
        needed |= {"app.database.embeds:Embeds"}
        for it in self.relations:
            needed |= it.imports
        return imports(needed)


class Relation:
    """One of them."""

    def __init__(self, embed: Embed, model: Model) -> None:
        self.embed = embed
        self.name = literal(embed.name)
        self.target = embed.target
        self.read = f"{embed.target.name}Read"
        self.kind = "ToOne" if embed.one else "ToMany"
        self.on: Pairs = []
        self.via: Pairs = []
        self.through: Model | None = None
        self.imports = {f"app.database.embeds:{self.kind}", _model(embed.target)}
        self.imports.add(f"app.resources.{embed.target.plural}.schemas:{self.read}")
        relation = embed.relation
        if isinstance(relation, Reference):
            self.on = [(_code(model, a), _code(self.target, b)) for a, b in _pairs(relation)]
            self.imports.add(_model(model))
        elif isinstance(relation, Inverse):
            pairs = _pairs(relation.reference)
            self.on = [(_code(model, b), _code(self.target, a)) for a, b in pairs]
            self.imports.add(_model(model))
        else:
            self._many(relation, model)
        if not embed.one:
            self.imports.add("app.database.embeds:Embedded")
        if embed.attribute != embed.name:
            self.imports.add("pydantic:Field")

    def _many(self, many: Many, model: Model) -> None:
        if many.through is not None:
            assert many.through_local is not None
            assert many.through_remote is not None
            self.through = through = many.through
            self.imports.add(_model(through))
            local = [(_code(through, a), b) for a, b in _pairs(many.through_local)]
            remote = [(_code(through, a), b) for a, b in _pairs(many.through_remote)]
        else:
            self.imports.add(f"app.resources.{many.model.plural}.model:{many.variable}")
            local = [(f"{many.variable}.c.{name}", it.attribute) for name, it in many.local]
            remote = [(f"{many.variable}.c.{name}", it.attribute) for name, it in many.remote]
        ours, theirs = (local, remote) if self.embed.declared else (remote, local)
        self.imports.add(_model(model))
        self.on = [(_code(model, it), column) for column, it in ours]
        self.via = [(column, _code(self.target, it)) for column, it in theirs]

    @property
    def entry(self) -> Group:
        """What it is by its name."""
        embed, target = self.embed, self.target
        alive = [
            call(f"{it.name}.deleted_at.is_", "None")
            for it in (self.through, target)
            if it is not None and it.soft_delete
        ]
        made = call(
            self.kind,
            target.name,
            self.read,
            _mapping(self.on),
            seq(alive) if alive else None,
            order=None if embed.one else ordered(target),
            via=_mapping(self.via) if self.via else None,
        )
        return Group(f"{self.name}: {made.head}", made.items, made.tail)

    @property
    def field(self) -> str:
        """The line of the schema."""
        embed = self.embed
        kind = self.read if embed.one else f"Embedded[{self.read}]"
        null = " | None" if embed.optional and embed.one else ""
        default: str | Group = "MISSING"
        if embed.attribute != embed.name:
            default = call("Field", default, alias=self.name)
        return assign(4, f"{embed.attribute}: {kind} | MISSING{null}", default)


def ordered(model: Model) -> Group:
    """What rows of `model` are in the order of, unless a request sorts."""
    made = tuple(it for it in model.fields if it.generated == "created_at")
    placed = not model.key and model.api.page == "offset"
    first = (made if placed else ()) or model.order_key
    terms = model.api.default_sort or tuple((it, False) for it in first)
    return seq(literal("-" * down + it.name) for it, down in terms)


def _mapping(pairs: Pairs) -> Group:
    return seq((f"{ours}: {theirs}" for ours, theirs in pairs), "{}")


def _pairs(reference: Reference) -> Pairs:
    return [(ours.attribute, theirs.attribute) for ours, theirs in reference.columns]


def _code(model: Model, attribute: str) -> str:
    return f"{model.name}.{attribute}"


def _model(model: Model) -> str:
    return f"app.resources.{model.plural}.model:{model.name}"
