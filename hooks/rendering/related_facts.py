"""Facts of what a resource relates to: other rows, and how they come together."""

from __future__ import annotations

from collections.abc import Iterable

from ..language.spec import Field, Inverse, Many, Model, Reference
from .code import call, literal, sequence
from .fields import parts_of
from .links import Link
from .literals import python_value
from .nested import Nested
from .rows import together

FOUR = 4  # rows that refer to the same one


class RelatedFacts:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.models: dict[str, Model] = {model.name: model}  # to import
        self.tables: list[Many] = []  # likewise

    def named(self, model: Model) -> str:
        self.models[model.name] = model
        return model.name

    def reference(self, reference: Reference) -> str:
        return call(
            "facts.Reference",
            literal(reference.name),
            self.named(reference.target),
            pairs(reference.columns),
            on_delete=literal(reference.on_delete) if reference.on_delete != "restrict" else None,
            optional=flag(reference.optional),
            unique=flag(reference.unique),
            parts=names(parts_of(reference)),
        )

    def related(self, nested: Nested) -> str:
        columns, via, most = None, None, FOUR
        if isinstance(nested.relation, Reference):
            columns = pairs(nested.relation.columns)
            most = together(self.model, nested.relation)
        else:
            many = nested.relation
            via = self._via(many, declared=nested.declared)
            to = many.through_remote if nested.declared else many.through_local
            if many.through and to:
                most = together(many.through, to)
        given = {"via": via, "one": flag(nested.one), "most": str(most) if most < FOUR else None}
        return call("facts.Related", literal(nested.name), self.named(nested.of), columns, **given)

    def _via(self, many: Many, *, declared: bool) -> str:
        """The association from our side, which is that of the model that declares it or not."""
        if many.through is None:
            self.tables.append(many)
            sides = [
                sequence((f"{literal(a)}: {literal(b.attribute)}" for a, b in side), "{}")
                for side in (many.local, many.remote)
            ]
            table = many.variable
        else:
            assert many.through_local
            assert many.through_remote
            sides = [
                pairs(reference.columns) for reference in (many.through_local, many.through_remote)
            ]
            table = self.named(many.through)
        return call("facts.Via", table, *(sides if declared else sides[::-1]))

    @property
    def embeds(self) -> Iterable[str]:
        for embed in self.model.api.embed:
            given: dict[str, str | None] = {"optional": flag(embed.optional)}
            if isinstance(embed.relation, Reference):
                given = {
                    "ours": pairs(embed.relation.columns),
                    "optional": flag(embed.relation.optional),
                }
            elif isinstance(embed.relation, Inverse):
                reference = embed.relation.reference
                given["theirs"] = pairs(reference.columns)
                given["most"] = "1" if together(embed.target, reference) < 2 else None
            else:
                given["via"] = self._via(embed.relation, declared=embed.declared)
            given["one"] = flag(embed.one)
            yield call("facts.Embed", literal(embed.name), self.named(embed.target), **given)

    def link(self, link: Link) -> str:
        self.tables.append(link.many)
        return call(
            "facts.Link", literal(link.many.name), self.named(link.many.target), link.many.variable
        )

    @property
    def transitions(self) -> Iterable[str]:
        for transition in self.model.transitions:
            moves = {before: [*after] for before, after in transition.moves.items()}
            yield call(
                "facts.Transition",
                literal(transition.name),
                literal(transition.field.attribute),
                python_value(moves),
            )

    @property
    def transfers(self) -> Iterable[str]:
        for transfer in self.model.transfers:
            yield call(
                "facts.Transfer",
                literal(transfer.name),
                literal(transfer.field.attribute),
                self.named(transfer.log),
                source=pairs(transfer.source.columns),
                target=pairs(transfer.target.columns),
                amount=literal(transfer.amount.attribute),
                same=names(transfer.same),
                floor=None if transfer.floor is None else str(int(transfer.floor)),
            )

    @property
    def pair(self) -> str | None:
        if not self.model.pair:
            return None
        reference, back = self.model.pair.both
        one, other = self.named(reference.model), self.named(back.model)
        return call("facts.Pair", one, literal(reference.name), other, literal(back.name))


def flag(value: bool) -> str | None:
    return "True" if value else None


def listed(items: Iterable[str]) -> str | None:
    return sequence(found) if (found := [*items]) else None


def names(fields: Iterable[Field]) -> str | None:
    return listed(literal(field.attribute) for field in fields)


def pairs(columns: Iterable[tuple[Field, Field]]) -> str:
    found = (f"{literal(a.attribute)}: {literal(b.attribute)}" for a, b in columns)
    return sequence(found, "{}")


def values(given: Iterable[tuple[Field, object]]) -> str:
    return sequence(
        (f"{literal(field.attribute)}: {literal(value)}" for field, value in given), "{}"
    )
