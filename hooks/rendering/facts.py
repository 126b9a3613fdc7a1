"""Facts of a resource, as its tests have them: `tests/resources/<plural>.py` prints them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from pydantic_core import to_jsonable_python

from ..language.spec import Field, Model
from ..language.types import info
from .apart import apart
from .code import call, literal, sequence
from .conditions import breach
from .limits import exact
from .literals import python_value
from .related_facts import RelatedFacts, flag, listed, names, values
from .resource import Resource
from .rows import Taken, room, sampled, sorting, taken, ties, told_by
from .rules import oracle
from .samples import sample, samples_of

CUSTOM = {"str": "str", "int": "integer", "float": "number"}
MOST = 10  # rows beside each other that a test makes


def _unsent(field: Field) -> str:
    return "sa.text(\"''\")" if field.type.name == "tsvector" else sample(field).code


class Facts:
    def __init__(self, resource: Resource, models: Sequence[Model] = ()) -> None:
        self.r = resource
        self.models = models  # all
        self.model = model = resource.model
        self.samples = samples_of(model)
        self.related = RelatedFacts(model)
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
            # Lists of others may stand below it, where it serves nothing itself.
            "path": literal(r.path) if r.routed or model.api.served else None,
            **(self._served if r.routed else {}),
            "key": names(model.key),
            "known_by": names(told_by(model)) if not model.key else None,
            "version": flag(model.version),
            "soft_delete": flag(model.soft_delete),
            "managed": None if model.managed else "False",
            "duplicates": flag(r.mapped.placed and not apart(model)),
            "uniques": listed(self._unique(unique) for unique in self.taken),
            "checks": listed(self._checks),
            "ruled": names(self._ruled),
            "filled": self._filled,
            "joined": names(field for exclude in model.excludes for field in exclude.joined),
            "references": listed(map(self.related.reference, model.references)),
            "pair": self.related.pair,
            "rules": oracle.rules(model),
            "most": str(self._most) if self._most < MOST else None,
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
    def _most(self) -> int:
        most = min([2 * MOST if self.model.pair else MOST, *room(self.model)])
        return max(1, most // 2 if self.model.pair else most)  # beside each there is another

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
            "related": listed(self.related.related(nested) for nested in r.nested),
            "embeds": listed(self.related.embeds) if r.embeds else None,
            "links": listed(self.related.link(link) for link in r.links),
            "transitions": listed(self.related.transitions) if r.transitions else None,
            "transfers": listed(self.related.transfers) if r.transfers else None,
        }

    def _field(self, field: Field) -> str:
        type_, entry, r = field.type, info(field.type), self.r
        lengths = (type_.length, field.max_length, entry.length)
        longest = min((n for n in lengths if n is not None), default=None)
        identity = "identity" if field.identity or field.serial else field.generated or field.set
        reserved = r.schemas.reserved(field)
        limits = {name: getattr(field, name) for name in ("min", "max", "gt", "lt", "min_length")}
        limits |= {"max_length": longest, "pattern": field.pattern}
        size = "digits" if entry.family == "time" else "precision"
        limits |= {size: type_.precision, "scale": type_.scale or None}
        moved = (
            any(field in (of.field, *of.same) for of in self.model.transfers) or field.by_transition
        )
        known = field.key or field.reference or moved  # by the tests
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
            values=literal([*type_.enum.values]) if type_.enum and known else None,
            asked=self._asked(field),
            reserved=sequence(map(literal, reserved)) if reserved else None,
            **{name: python_value(value) for name, value in limits.items() if value is not None},
        )

    def _asked(self, field: Field) -> str | None:
        """What rules compare it with, where tests don't know its values anyway."""
        values = [] if field.type.enum else oracle.compared(self.models, field)
        values = [it for it in values if not isinstance(it, bool)]
        return sequence(map(python_value, values)) if values else None

    def _default(self, field: Field) -> str | None:
        """As JSON has it, where Python and PostgreSQL agree how that is."""
        if field.server_default is not None and field.creatable:
            return "facts.OF_THE_DATABASE"
        if not field.has_default:
            return None
        value, family = field.default, info(field.type).family
        if family == "decimal" and not field.type.array:
            value = exact(field, value)
        elif family not in ("integer", "bool", "text") and not field.type.enum:
            return "facts.SOME"
        return python_value(to_jsonable_python(value))

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
    def _filled(self) -> str | None:
        """What a row has to have, also for others to refer to it, and no request can send."""
        known = ("identity", "serial", "generated", "has_default", "by_transition")
        targets = {field for unique in self.model.unique_constraints for field in unique.fields}
        fields = [
            field
            for field in self.model.fields
            if not (field.creatable or field.reference)
            and not (field.optional and field not in targets)
            and field.computed is None
            and field.server_default is None
            and not any(getattr(field, name) for name in known)
        ]
        texts = (f"{literal(field.attribute)}: {_unsent(field)}" for field in fields)
        return f"lambda n: {sequence(texts, '{}')}" if fields else None

    @property
    def _ruled(self) -> list[Field]:
        """What checks of the whole model name."""
        rules = " ".join(check.sql for check in self.model.checks if not check.field)
        return [
            field
            for field in self.model.fields
            if re.search(rf"(?<!\w){re.escape(field.column)}(?!\w)", rules)
        ]
