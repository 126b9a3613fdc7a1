"""What `embeds.py` of a resource prints."""

from __future__ import annotations

from ..language.spec import Embed, Inverse, Many, Model, Reference
from .code import literal, sequence
from .policy import policy_name

Columns = list[tuple[str, str]]  # code of columns that are equal


class Embeds:
    """The rows that reads of `model` have in its own if asked."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.schema = f"{model.name}Embedded"
        self.relations = [Relation(embed, model) for embed in model.api.embed]

    @property
    def models(self) -> list[Model]:
        """Those that the statements name."""
        found = [self.model]
        for relation in self.relations:
            found += [relation.target, *([relation.through] if relation.through else [])]
        return list(dict.fromkeys(found))

    @property
    def policies(self) -> list[tuple[str, str]]:
        """Those that the statements keep to: the package of each, and its name."""
        return [(model.plural, policy_name(model)) for model in self.models]

    @property
    def associations(self) -> list[Many]:
        """The tables of pairs that the statements name."""
        manys = (relation.association for relation in self.relations)
        return list(dict.fromkeys(many for many in manys if many))


class Relation:
    """One of them."""

    def __init__(self, embed: Embed, model: Model) -> None:
        self.embed = embed
        self.name, self.attribute = embed.name, embed.attribute
        self.target = embed.target
        self.policy = policy_name(embed.target)
        self.required = embed.one and not embed.optional
        self.kind = "ToOne" if embed.one else "ToMany"
        self.through: Model | None = None
        self.association: Many | None = None
        on, via = self._columns(embed.relation, model)
        self.on, self.via = _mapping(on), _mapping(via)

    def _columns(
        self, relation: Reference | Inverse | Many, model: Model
    ) -> tuple[Columns, Columns]:
        """What is equal in the rows of both, or in those of both and of what is between."""
        if isinstance(relation, Reference):
            return [(_code(model, a), _code(self.target, b)) for a, b in _pairs(relation)], []
        if isinstance(relation, Inverse):
            pairs = _pairs(relation.reference)
            return [(_code(model, b), _code(self.target, a)) for a, b in pairs], []
        return self._many(relation, model)

    def _many(self, many: Many, model: Model) -> tuple[Columns, Columns]:
        if many.through is not None:
            assert many.through_local is not None
            assert many.through_remote is not None
            self.through = through = many.through
            local = [(_code(through, a), b) for a, b in _pairs(many.through_local)]
            remote = [(_code(through, a), b) for a, b in _pairs(many.through_remote)]
        else:
            self.association = many
            local = [(f"{many.variable}.c.{name}", field.attribute) for name, field in many.local]
            remote = [(f"{many.variable}.c.{name}", field.attribute) for name, field in many.remote]
        ours, theirs = (local, remote) if self.embed.declared else (remote, local)
        return (
            [(_code(model, attribute), column) for column, attribute in ours],
            [(column, _code(self.target, attribute)) for column, attribute in theirs],
        )

    @property
    def through_policy(self) -> str | None:
        return policy_name(self.through) if self.through else None

    @property
    def order(self) -> str:
        return ordered(self.target)

    @property
    def annotation(self) -> str:
        """The type of its field in the schema."""
        read = f"{self.target.name}Read"
        if not self.embed.one:
            return f"Embedded[{read}] | MISSING"
        return f"{read} | MISSING | None" if self.embed.optional else f"{read} | MISSING"


def ordered(model: Model) -> str:
    """What rows of `model` are in the order of, unless a request sorts."""
    made = tuple(field for field in model.fields if field.generated == "created_at")
    placed = not model.key and model.api.page == "offset"
    first = (made if placed else ()) or model.order_key
    terms = model.api.default_sort or tuple((field, False) for field in first)
    return sequence(literal(f"-{field.name}" if down else field.name) for field, down in terms)


def _mapping(columns: Columns) -> str:
    return ", ".join(f"{ours}: {theirs}" for ours, theirs in columns)


def _pairs(reference: Reference) -> Columns:
    return [(ours.attribute, theirs.attribute) for ours, theirs in reference.columns]


def _code(model: Model, attribute: str) -> str:
    return f"{model.name}.{attribute}"
