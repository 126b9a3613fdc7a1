"""Facts of a resource, as its tests have them: `tests/resources/<plural>.py` prints them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from pydantic_core import to_jsonable_python

from ..language.spec import Field, Inverse, Many, Model, Reference
from ..language.types import info
from .code import call, literal, sequence
from .conditions import breach
from .fields import parts_of
from .links import Link
from .literals import python_value
from .nested import Nested
from .resource import Resource
from .rows import Taken, own, positions, room, sampled, sorting, taken, ties, together, told_by
from .samples import sample, unit

CUSTOM = {"str": "str", "int": "integer", "float": "number"}
MOST = 6  # rows beside each other that a test makes
FOUR = 4  # rows that refer to the same one


class Facts:
    def __init__(self, resource: Resource) -> None:
        self.r = resource
        self.model = model = resource.model
        self.fields = own(model)
        places = positions(model)
        apart = {field for exclude in model.excludes for field in exclude.fields}
        self.samples = {
            field: sample(field, places.get(field.name, 0), apart=field in apart)
            for field in self.fields
        }
        self.models: dict[str, Model] = {model.name: model}  # to import
        self.tables: list[Many] = []  # likewise
        self.taken = taken(model)

    @property
    def has_ranges(self) -> bool:
        return any(info(field.type).family == "range" for field in self.model.fields)

    @property
    def sample(self) -> str:
        """What a create may send, but for what it refers to."""
        pairs = (f"{literal(field.attribute)}: {made.code}" for field, made in self.samples.items())
        return sequence(pairs, "{}")

    @cached_property
    def resource(self) -> str:
        model, r = self.model, self.r
        given = {
            **({"path": literal(r.path), **self._served} if r.routed else {}),
            "key": names(model.key),
            "known_by": names(told_by(model)) if not model.key else None,
            "version": flag(model.version),
            "soft_delete": flag(model.soft_delete),
            "managed": None if model.managed else "False",
            "duplicates": flag(
                r.mapped.placed and not any(not unique.given for unique in self.taken)
            ),
            "uniques": listed(self._unique(unique) for unique in self.taken),
            "checks": listed(self._checks),
            "ruled": names(self._ruled),
            "joined": names(field for exclude in model.excludes for field in exclude.joined),
            "references": listed(self._reference(reference) for reference in model.references),
            "pair": self._pair,
            "most": str(most) if (most := min([MOST, *room(model, set())])) < MOST else None,
        }
        stamps = [
            field for field in model.fields if field.generated in ("created_at", "updated_at")
        ]
        fields = sequence(
            [
                *(self._field(field) for field in model.fields if field not in stamps),
                *(["*facts.TIMESTAMPS"] if stamps else []),
            ]
        )
        return call("facts.Resource", literal(r.plural), model.name, "sample", fields, **given)

    @property
    def _served(self) -> dict[str, str | None]:
        model, r = self.model, self.r
        order = sorting(model) if r.any("list") else []
        return {
            "ops": sequence(map(literal, sorted(r.ops)), "{}") if r.ops else None,
            "page": None if r.cursor else '"offset"',
            "upsert": names(model.api.upsert) if r.upsert else None,
            "order": sequence(map(literal, order)) if order else None,
            "ties": flag(bool(order) and ties(model)),
            "sort": names(model.api.sort),
            "filter": names(model.api.filter),
            "search": names(search.field for search in r.searches),
            "related": listed(self._related(nested) for nested in r.nested),
            "embeds": listed(self._embeds) if r.embeds else None,
            "links": listed(self._link(link) for link in r.links),
            "transitions": listed(self._transitions) if r.transitions else None,
            "transfers": listed(self._transfers) if r.transfers else None,
        }

    def _field(self, field: Field) -> str:
        type_, entry, r = field.type, info(field.type), self.r
        lengths = (type_.length, field.max_length, entry.length)
        longest = min((n for n in lengths if n is not None), default=None)
        identity = "identity" if field.identity or field.serial else field.generated
        reserved = r.schemas.reserved(field)
        limits = {name: getattr(field, name) for name in ("min", "max", "gt", "lt", "min_length")}
        limits |= {"max_length": longest, "pattern": field.pattern}
        limits |= {"precision": type_.precision, "scale": type_.scale or None}
        moved = (
            any(field in (of.field, *of.same) for of in self.model.transfers) or field.by_transition
        )
        return call(
            "facts.Field",
            literal(field.attribute),
            literal(CUSTOM[type_.custom.python] if type_.custom else type_.name),
            array=flag(type_.array),
            optional=flag(field.optional),
            set=None if field.updatable else literal("once" if field.creatable else "never"),
            shown=None if field.readable else "False",
            default=self._default(field),
            generated=literal(identity) if identity else None,
            computed=literal(field.computed) if field.computed else None,
            values=literal([*type_.enum.values]) if type_.enum and (field.key or moved) else None,
            reserved=sequence(map(literal, reserved)) if reserved else None,
            **{name: python_value(value) for name, value in limits.items() if value is not None},
        )

    def _default(self, field: Field) -> str | None:
        """As JSON has it, where Python and PostgreSQL agree how that is."""
        if field.server_default is not None and field.creatable:
            return "facts.OF_THE_DATABASE"
        if not field.has_default:
            return None
        value, family = field.default, info(field.type).family
        if family == "decimal" and not field.type.array:
            value = value.quantize(unit(field))
        elif family not in ("integer", "bool", "text") and not field.type.enum:
            return "facts.SOME"
        return python_value(to_jsonable_python(value))

    def _of(self, model: Model) -> str:
        self.models[model.name] = model
        return model.name

    def _reference(self, reference: Reference) -> str:
        return call(
            "facts.Reference",
            literal(reference.name),
            self._of(reference.target),
            pairs(reference.columns),
            on_delete=literal(reference.on_delete) if reference.on_delete != "restrict" else None,
            optional=flag(reference.optional),
            unique=flag(reference.unique),
            parts=names(parts_of(reference)),
        )

    def _related(self, nested: Nested) -> str:
        columns, via, most = None, None, FOUR
        if isinstance(nested.relation, Reference):
            columns = pairs(nested.relation.columns)
            most = together(self.model, nested.relation)
        else:
            via = self._via(nested.relation, declared=nested.declared)
        given = {"via": via, "one": flag(nested.one), "most": str(most) if most < FOUR else None}
        return call("facts.Related", literal(nested.name), self._of(nested.of), columns, **given)

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
            table = self._of(many.through)
        return call("facts.Via", table, *(sides if declared else sides[::-1]))

    @property
    def _embeds(self) -> Iterable[str]:
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
            yield call("facts.Embed", literal(embed.name), self._of(embed.target), **given)

    def _link(self, link: Link) -> str:
        self.tables.append(link.many)
        return call(
            "facts.Link", literal(link.many.name), self._of(link.many.target), link.many.variable
        )

    @property
    def _transitions(self) -> Iterable[str]:
        for transition in self.model.transitions:
            moves = {before: [*after] for before, after in transition.moves.items()}
            yield call(
                "facts.Transition",
                literal(transition.name),
                literal(transition.field.attribute),
                python_value(moves),
            )

    @property
    def _transfers(self) -> Iterable[str]:
        for transfer in self.model.transfers:
            yield call(
                "facts.Transfer",
                literal(transfer.name),
                literal(transfer.field.attribute),
                self._of(transfer.log),
                source=pairs(transfer.source.columns),
                target=pairs(transfer.target.columns),
                amount=literal(transfer.amount.attribute),
                same=names(transfer.same),
                floor=None if transfer.floor is None else str(int(transfer.floor)),
            )

    @property
    def _pair(self) -> str | None:
        if not self.model.pair:
            return None
        reference, back = self.model.pair.both
        one, other = self._of(reference.model), self._of(back.model)
        return call("facts.Pair", one, literal(reference.name), other, literal(back.name))

    def _unique(self, unique: Taken) -> str:
        free = None if unique.free is None else values(unique.free)
        given = values(unique.given) if unique.given else None
        return call("facts.Unique", names(unique.fields), given=given, free=free)

    @property
    def _checks(self) -> Iterable[str]:
        known = {field for field in self.model.fields if field.creatable and sampled(field)}
        for check in self.model.checks:
            found = None if check.field else breach(self.model, check.sql, known)
            if found:
                like = literal(found.like.attribute) if found.like else None
                value = None if found.like else literal(found.value)
                name = literal(found.field.attribute)
                yield call("facts.Check", literal(check.name), name, value=value, like=like)

    @property
    def _ruled(self) -> list[Field]:
        """What checks of the whole model name."""
        rules = " ".join(check.sql for check in self.model.checks if not check.field)
        return [field for field in self.model.fields if re.search(rf"\b{field.column}\b", rules)]


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
