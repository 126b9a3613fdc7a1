"""Which samples of a model can be stored, beside each other or for the same row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from math import lcm

from ..language.spec import Field, Model, Reference
from ..language.types import info
from .apart import Apart, apart
from .conditions import Term, terms
from .samples import samples_of


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
    found: list[Taken] = []
    for it in apart(model):
        if not it.told:
            continue
        if it.where is not None and known.issuperset(it.fields):
            found += _partial(model, it.fields, it.where, known)
        elif it.nulls and all(field.creatable for field in it.fields):
            nulls = [Term(field, None) for field in it.fields if field.optional]
            found.append(Taken(it.fields, nulls))
        elif it.always and known.issuperset(it.fields):
            found.append(Taken(it.fields))
    found = [one for one in found if not any(_tells_first(it, one, found) for it in found)]
    for exclude in model.excludes:
        same = all(element.operator in ("=", "&&") for element in exclude.elements)
        if same and known.issuperset(exclude.fields):
            found += _partial(model, exclude.fields, exclude.where, known)
    return found


def _tells_first(it: Taken, other: Taken, found: list[Taken]) -> bool:
    """Whether rows that clash in `other` clash in fewer fields as well, or in an earlier one."""
    fewer, fields = {*it.fields}, {*other.fields}
    given = dict(other.given)
    if it is other or any(given.get(field, value) != value for field, value in it.given):
        return False
    return fewer < fields or (fewer == fields and found.index(it) < found.index(other))


def _partial(
    model: Model, fields: tuple[Field, ...], where: str | None, known: set[Field]
) -> list[Taken]:
    given = terms(model, where, known) if where else []
    return [] if given is None else [Taken(fields, given)]  # PostgreSQL alone knows its rows


def together(model: Model, reference: Reference) -> int:
    """How many samples, up to four, can be stored in a row that refer to the same one."""
    shared = {ours for ours, _ in reference.columns}
    return min([4, *(_many(model, it, shared) or 4 for it in apart(model))])


def _many(model: Model, it: Apart, shared: Set[Field] = frozenset()) -> int | None:
    """How many samples `it` has room for that have `shared` alike; None for any number."""
    known = {field for field in model.fields if field.creatable and sampled(field)}
    met = terms(model, it.where, known) if it.where else None
    if any(_untrue(term, known) for term in met or []):
        return None
    rest = [field for field in it.fields if field not in shared]
    if not it.nulls and any(_null(field) for field in rest):
        return None
    varieties = [variety(model, field, nulls=it.nulls) for field in rest]
    return None if None in varieties else lcm(*filter(None, varieties))


def _null(field: Field) -> bool:
    """Whether the rows of the tests have nothing there."""
    default = field.has_default or field.server_default is not None
    return field.optional and not sampled(field) and (field.creatable or not default)


def room(model: Model) -> list[int]:
    """How many samples the uniques have room for: its own, and those of what each needs."""
    return [
        many // needed
        for of, needed in _needed(model, {}).items()
        for it in apart(of)
        if (many := _many(of, it)) is not None
    ]


def _needed(model: Model, known: dict[Model, Counter[Model]]) -> Counter[Model]:
    """How many rows of each model are made with one of `model`."""
    if model in known:
        return known[model]
    known[model] = Counter()  # in a cycle
    found = Counter([model])
    given = set[Field]()
    for reference in model.references:
        ours = {field for field, _ in reference.columns}
        if not reference.optional and not ours <= given:
            found += _needed(reference.target, known)
            given |= ours
    known[model] = found
    return found


def variety(model: Model, field: Field, *, nulls: bool = False) -> int | None:
    """After how many samples the values of the field come again, where that is soon."""
    if field.creatable and sampled(field):
        return None if field.reference else samples_of(model)[field].cycle
    automatic = field.identity or field.serial or field.computed is not None or field.generated
    if field.has_default or field.server_default is not None:  # rows have what it says
        return None if automatic or "(" in (field.server_default or "") else 1
    return None if automatic or (field.optional and not nulls) else 1


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
    groups = [*(it.fields for it in apart(model)), *(it.fields for it in model.excludes)]
    return not any(first in group for group in groups) and all(it.field for it in model.checks)
