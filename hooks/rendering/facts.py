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
        apart = {it for exclude in model.excludes for it in exclude.fields}
        self.samples = {
            it: sample(it, places.get(it.name, 0), apart=it in apart) for it in self.fields
        }
        self.models: dict[str, Model] = {model.name: model}  # to import
        self.tables: list[Many] = []  # likewise
        self.taken = taken(model)

    @property
    def sample(self) -> str:
        """What a create may send, but for what it refers to."""
        pairs = (f"{literal(it.attribute)}: {made.code}" for it, made in self.samples.items())
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
            "duplicates": flag(r.mapped.placed and not any(not it.given for it in self.taken)),
            "uniques": listed(self._unique(it) for it in self.taken),
            "checks": listed(self._checks),
            "ruled": names(self._ruled),
            "joined": names(it for exclude in model.excludes for it in exclude.joined),
            "references": listed(self._reference(it) for it in model.references),
            "pair": self._pair,
            "most": str(most) if (most := min([MOST, *room(model, set())])) < MOST else None,
        }
        stamps = [it for it in model.fields if it.generated in ("created_at", "updated_at")]
        fields = sequence(
            [
                *(self._field(it) for it in model.fields if it not in stamps),
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
            "search": names(it.field for it in r.searches),
            "related": listed(self._related(it) for it in r.nested),
            "embeds": listed(self._embeds) if r.embeds else None,
            "links": listed(self._link(it) for it in r.links),
            "transitions": listed(self._transitions) if r.transitions else None,
            "transfers": listed(self._transfers) if r.transfers else None,
        }

    def _field(self, it: Field) -> str:
        type_, entry, r = it.type, info(it.type), self.r
        lengths = (type_.length, it.max_length, entry.length)
        longest = min((n for n in lengths if n is not None), default=None)
        identity = "identity" if it.identity or it.serial else it.generated
        reserved = r.schemas.reserved(it)
        limits = {name: getattr(it, name) for name in ("min", "max", "gt", "lt", "min_length")}
        limits |= {"max_length": longest, "pattern": it.pattern}
        limits |= {"precision": type_.precision, "scale": type_.scale or None}
        moved = any(it in (of.field, *of.same) for of in self.model.transfers) or it.by_transition
        return call(
            "facts.Field",
            literal(it.attribute),
            literal(CUSTOM[type_.custom.python] if type_.custom else type_.name),
            array=flag(type_.array),
            optional=flag(it.optional),
            set=None if it.updatable else literal("once" if it.creatable else "never"),
            shown=None if it.readable else "False",
            default=self._default(it),
            generated=literal(identity) if identity else None,
            computed=literal(it.computed) if it.computed else None,
            values=literal([*type_.enum.values]) if type_.enum and (it.key or moved) else None,
            reserved=sequence(map(literal, reserved)) if reserved else None,
            **{name: python_value(value) for name, value in limits.items() if value is not None},
        )

    def _default(self, it: Field) -> str | None:
        """As JSON has it, where Python and PostgreSQL agree how that is."""
        if it.server_default is not None and it.creatable:
            return "facts.OF_THE_DATABASE"
        if not it.has_default:
            return None
        value, family = it.default, info(it.type).family
        if family == "decimal" and not it.type.array:
            value = value.quantize(unit(it))
        elif family not in ("integer", "bool", "text") and not it.type.enum:
            return "facts.SOME"
        return python_value(to_jsonable_python(value))

    def _of(self, model: Model) -> str:
        self.models[model.name] = model
        return model.name

    def _reference(self, it: Reference) -> str:
        return call(
            "facts.Reference",
            literal(it.name),
            self._of(it.target),
            pairs(it.columns),
            on_delete=literal(it.on_delete) if it.on_delete != "restrict" else None,
            optional=flag(it.optional),
            unique=flag(it.unique),
            parts=names(parts_of(it)),
        )

    def _related(self, it: Nested) -> str:
        columns, via, most = None, None, FOUR
        if isinstance(it.relation, Reference):
            columns = pairs(it.relation.columns)
            most = together(self.model, it.relation)
        else:
            via = self._via(it.relation, declared=it.declared)
        given = {"via": via, "one": flag(it.one), "most": str(most) if most < FOUR else None}
        return call("facts.Related", literal(it.name), self._of(it.of), columns, **given)

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
            sides = [pairs(it.columns) for it in (many.through_local, many.through_remote)]
            table = self._of(many.through)
        return call("facts.Via", table, *(sides if declared else sides[::-1]))

    @property
    def _embeds(self) -> Iterable[str]:
        for it in self.model.api.embed:
            given: dict[str, str | None] = {"optional": flag(it.optional)}
            if isinstance(it.relation, Reference):
                given = {"ours": pairs(it.relation.columns), "optional": flag(it.relation.optional)}
            elif isinstance(it.relation, Inverse):
                reference = it.relation.reference
                given["theirs"] = pairs(reference.columns)
                given["most"] = "1" if together(it.target, reference) < 2 else None
            else:
                given["via"] = self._via(it.relation, declared=it.declared)
            given["one"] = flag(it.one)
            yield call("facts.Embed", literal(it.name), self._of(it.target), **given)

    def _link(self, it: Link) -> str:
        self.tables.append(it.many)
        return call("facts.Link", literal(it.many.name), self._of(it.many.target), it.many.variable)

    @property
    def _transitions(self) -> Iterable[str]:
        for it in self.model.transitions:
            moves = {before: [*after] for before, after in it.moves.items()}
            yield call(
                "facts.Transition",
                literal(it.name),
                literal(it.field.attribute),
                python_value(moves),
            )

    @property
    def _transfers(self) -> Iterable[str]:
        for it in self.model.transfers:
            yield call(
                "facts.Transfer",
                literal(it.name),
                literal(it.field.attribute),
                self._of(it.log),
                source=pairs(it.source.columns),
                target=pairs(it.target.columns),
                amount=literal(it.amount.attribute),
                same=names(it.same),
                floor=None if it.floor is None else str(int(it.floor)),
            )

    @property
    def _pair(self) -> str | None:
        if not self.model.pair:
            return None
        reference, back = self.model.pair.both
        one, other = self._of(reference.model), self._of(back.model)
        return call("facts.Pair", one, literal(reference.name), other, literal(back.name))

    def _unique(self, it: Taken) -> str:
        free = None if it.free is None else values(it.free)
        given = values(it.given) if it.given else None
        return call("facts.Unique", names(it.fields), given=given, free=free)

    @property
    def _checks(self) -> Iterable[str]:
        known = {it for it in self.model.fields if it.creatable and sampled(it)}
        for check in self.model.checks:
            it = None if check.field else breach(self.model, check.sql, known)
            if it:
                like = literal(it.like.attribute) if it.like else None
                value = None if it.like else literal(it.value)
                name = literal(it.field.attribute)
                yield call("facts.Check", literal(check.name), name, value=value, like=like)

    @property
    def _ruled(self) -> list[Field]:
        """What checks of the whole model name."""
        rules = " ".join(it.sql for it in self.model.checks if not it.field)
        return [it for it in self.model.fields if re.search(rf"\b{it.column}\b", rules)]


def flag(value: bool) -> str | None:
    return "True" if value else None


def listed(items: Iterable[str]) -> str | None:
    return sequence(found) if (found := [*items]) else None


def names(fields: Iterable[Field]) -> str | None:
    return listed(literal(it.attribute) for it in fields)


def pairs(columns: Iterable[tuple[Field, Field]]) -> str:
    found = (f"{literal(a.attribute)}: {literal(b.attribute)}" for a, b in columns)
    return sequence(found, "{}")


def values(given: Iterable[tuple[Field, object]]) -> str:
    return sequence((f"{literal(it.attribute)}: {literal(value)}" for it, value in given), "{}")
