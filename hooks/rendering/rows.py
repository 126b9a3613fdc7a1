"""Which samples of a model can be stored, beside each other or for the same row."""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm

from ..language.spec import Field, Model, Reference
from ..language.types import info
from .conditions import Term, terms
from .samples import sample


def own(model: Model) -> list[Field]:
    """What a create may send, but for what refers to others."""
    return [field for field in model.fields if field.creatable and field.reference is None]


def sampled(field: Field) -> bool:
    """Whether every row that the tests make has a value for the field."""
    reference = field.reference
    if field.optional and not field.creatable:
        return False
    return reference is None or not (reference.optional or reference.target is reference.model)


def told_by(model: Model) -> Sequence[Field]:
    """The fields by which a row is found among those of an answer."""
    shown = (
        field
        for field in model.fields
        if field.creatable and field.readable and info(field.type).key
    )
    # Of rows that may be equal, what JSON and PostgreSQL tell apart alike.
    return model.order_key or [field for field in shown if not field.type.array]


def groups(model: Model) -> list[tuple[Field, ...]]:
    """The key and the uniques of all rows."""
    found = [model.key, *(unique.fields for unique in model.unique_constraints)]
    return list(dict.fromkeys(group for group in found if group))


class Taken:
    """Fields whose values another row has, where a condition is true of both."""

    def __init__(self, fields: tuple[Field, ...], given: Sequence[Term] = ()) -> None:
        self.fields = fields
        self.given = [(term.field, term.yes) for term in given]
        others = [term for term in given if term.field not in fields]
        # A change of what the condition is about, and nothing is taken any more.
        self.free: list[tuple[Field, object]] | None = None
        if others and (others[0].no is not None or sampled(others[0].field)):
            self.free = [(term.field, term.yes) for term in others[1:]]
            if others[0].no is not None:
                self.free.insert(0, (others[0].field, others[0].no))


def taken(model: Model) -> list[Taken]:
    """What two creates can clash in: each unique, and the key if it is sent."""
    known = {field for field in model.fields if field.creatable and sampled(field)}
    found = [Taken(group) for group in groups(model) if known.issuperset(group)]
    for unique in model.uniques:
        if unique.where is not None and known.issuperset(unique.fields):
            found += _partial(model, unique.fields, unique.where, known)
        elif unique.nulls_not_distinct and all(field.creatable for field in unique.fields):
            nulls = [Term(field, None) for field in unique.fields if field.optional]
            found.append(Taken(unique.fields, nulls))
    for exclude in model.excludes:
        same = all(element.operator in ("=", "&&") for element in exclude.elements)
        if same and known.issuperset(exclude.fields):
            found += _partial(model, exclude.fields, exclude.where, known)
    return found


def _partial(
    model: Model, fields: tuple[Field, ...], where: str | None, known: set[Field]
) -> list[Taken]:
    given = terms(model, where, known) if where else []
    return [] if given is None else [Taken(fields, given)]  # PostgreSQL alone knows its rows


def together(model: Model, reference: Reference) -> int:
    """How many samples, up to four, can be stored in a row that refer to the same one."""
    shared = {ours for ours, _ in reference.columns}
    known = {field for field in model.fields if field.creatable and sampled(field)}
    most = 4
    uniques = [(unique.fields, unique.where, unique.nulls_not_distinct) for unique in model.uniques]
    for fields, where, nulls in [(model.key, None, False), *uniques]:
        rest = [field for field in fields if field not in shared]
        null = any(field.optional and not sampled(field) for field in rest)
        if not fields or (null and not nulls):
            continue
        met = terms(model, where, known) if where else None
        if not any(_untrue(term, known) for term in met or []):
            most = min(most, max((variety(field) or most for field in rest), default=1))
    return most


def room(model: Model, known: set[Model]) -> list[int]:
    """How many samples the uniques have room for, and those of what each refers to."""
    known.add(model)
    varieties = [[variety(field) for field in group] for group in groups(model)]
    found = [lcm(*filter(None, group)) for group in varieties if None not in group]
    for reference in model.references:
        if not reference.optional and reference.target not in known:
            found += room(reference.target, known)
    return found


def variety(field: Field) -> int | None:
    """After how many samples the values of the field come again, where that is soon."""
    if field.creatable and sampled(field):
        return None if field.reference else sample(field).cycle
    automatic = field.identity or field.serial or field.computed is not None
    return None if automatic or field.generated or field.optional else 1


def _untrue(term: Term, known: set[Field]) -> bool:
    """Whether no sample meets the term."""
    if term.yes is None:
        return term.field in known
    return term.field.type.name == "bool" and term.yes is False


def sorting(model: Model) -> list[str]:
    """What lists are sorted by unless asked, where Python compares as PostgreSQL does."""
    if not model.api.default_sort or model.pair or not model.key:
        return []
    terms = dict(model.api.default_sort)
    known = {"integer", "decimal", "text", "time"}
    if not all(
        sampled(field) and field.creatable and info(field.type).family in known for field in terms
    ):
        return []
    last = list(terms.values())[-1]
    if any(info(field.type).family not in {*known, "uuid"} for field in model.key):
        return []
    both = {**terms, **{field: last for field in model.key if field not in terms}}
    return [f"{'-' * down}{field.attribute}" for field, down in both.items()]


def ties(model: Model) -> bool:
    """Whether two rows may have the same of what they are ordered by first."""
    first, _ = model.api.default_sort[0]
    apart = [*groups(model), *(unique.fields for unique in model.uniques)]
    apart += [exclude.fields for exclude in model.excludes]
    return not any(first in group for group in apart) and all(check.field for check in model.checks)


def positions(model: Model) -> dict[str, int]:
    """How many numbers or times of its kind a field has before it, where checks compare."""
    if not model.excludes and not any(check.field is None for check in model.checks):
        return {}
    seen: dict[str, int] = {}
    found: dict[str, int] = {}
    for field in model.fields:
        family = info(field.type).family
        if family in ("integer", "float", "decimal", "time") and not field.reference:
            found[field.name] = seen.get(family, 0)
            seen[family] = found[field.name] + 1
    return found
