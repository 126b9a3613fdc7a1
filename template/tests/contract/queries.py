"""What can be asked of a list, by the types of its fields."""

from itertools import pairwise

from tests.contract.values import NUMBERS, TEXTS, TIMES, unstorable
from tests.support.facts import Field, Resource

COMPARED = ("gt", "gte", "lt", "lte")
OF_LISTS = {"sort", "limit", "cursor", "offset", "embed", "search"}


def operators(field: Field, *, refers: bool) -> list[str]:
    """Of filters; "" is that of equal values."""
    if field.type.endswith("range") and not field.array:
        return ["contains", "overlaps"]
    if field.array:
        return ["contains", "overlaps"]
    found = []
    if field.type not in ("float", "real"):
        found += [""] if field.type == "bool" else ["", "in"]
    if field.type in NUMBERS | TIMES and not refers:
        found += COMPARED
    if field.type in TEXTS - {"char"}:
        found.append("ilike")
    return found


def filters(resource: Resource) -> list[tuple[Field, str]]:
    """The filters by what every row of the tests has, with their operators."""
    fields = [it for it in resource.fields_of(*resource.filter) if resource.samples(it)]
    return [
        (it, by)
        for it in fields
        for by in operators(it, refers=resource.reference_of(it.attribute) is not None)
    ]


def equal_filters(resource: Resource) -> list[str]:
    return [it.name for it, by in filters(resource) if not by]


def compared_filters(resource: Resource) -> list[str]:
    return [f"{it.name}__{by}" for it, by in filters(resource) if by]


def bad_filters(resource: Resource) -> list[tuple[str, str | int]]:
    """Filters, with values that PostgreSQL has none of."""
    found: list[tuple[str, str | int]] = []
    for field, by in filters(resource):
        if not by:
            found += [(field.name, it) for it in unstorable(field)]
        elif by == "ilike":
            found.append((f"{field.name}__ilike", "\\"))
    return found


def null_filters(resource: Resource) -> list[Field]:
    fields = resource.fields_of(*resource.filter)
    free = (it for it in fields if it.attribute not in resource.ruled)
    return [it for it in free if it.optional and it.creatable]


def caseless_filters(resource: Resource) -> list[str]:
    equal = equal_filters(resource)
    caseless = [it for it in resource.fields if it.type == "citext" and not it.array]
    return [it.name for it in caseless if it.name in equal]


def sorts(resource: Resource) -> list[str]:
    """Each of the fields, and with the next."""
    names = [it.name for it in resource.fields_of(*resource.sort)]
    return [*names, *(f"{a},-{b}" for a, b in pairwise(names))]


def first_but(resource: Resource, attributes: set[str]) -> list[str]:
    """A field that isn't one of `attributes`, if there is one."""
    others = (it for it in resource.fields if it.attribute not in attributes)
    return [it.name for it in others if it.shown and it.name not in OF_LISTS][:1]


def searched(resource: Resource, *, by_word: bool) -> list[str]:
    """The attributes that a search looks into: for a word, or for what is like it."""
    fields = [it for it in resource.fields_of(*resource.search) if resource.samples(it)]
    return [it.attribute for it in fields if (it.type == "tsvector") is by_word]
