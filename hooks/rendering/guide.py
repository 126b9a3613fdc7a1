"""The models that the examples of GUIDE.md are about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..language import load
from ..language.spec import Field, Reference
from .resource import Resource, resources
from .types import written

OPS = {"list", "get", "create", "update", "delete"}
PEOPLE = {"User", "Person", "Member", "Customer"}  # who calls, in most services
KEYS = {"UUID": "UUID(int=0)", "int": "0"}  # types of a user's key, and one that nobody has
WIDTH = 88
EXAMPLE = {
    "models": {
        "User": {"fields": {"name": "string(80)"}},
        "Item": {"fields": {"name": "string(80)", "owner": "-> User"}},
    }
}


@dataclass(frozen=True)
class Guide:
    """Of whoever calls, and of rows that belong to one caller each."""

    user: Resource
    mine: Resource
    reference: Reference  # from `mine` to `user`
    is_ours: bool  # and not of a service that has both

    @property
    def owner(self) -> Field:
        return self.reference.columns[0][0]

    @property
    def key(self) -> str:
        """The type of a user's key."""
        return written(self.user.model.key[0].type).python

    @property
    def nobody(self) -> str:
        return KEYS[self.key]

    @cached_property
    def alias(self) -> str:
        """The line that gives a text of `user` its limits."""
        alias = self.user.schemas.module.aliases[0]
        return f"{alias.name} = Annotated[{alias.base}, {', '.join(alias.limits)}]"


def guide(made: list[Resource]) -> Guide:
    """Of the service's own models, or of an example where none of them fit.

    With rules, lines of the service read otherwise than the recipes say.
    """
    ruled = any(it.rules for it in made)
    return (None if ruled else find(made, is_ours=True)) or example()


def find(made: list[Resource], *, is_ours: bool) -> Guide | None:
    users = [it for it in made if it.name in PEOPLE and is_user(it)]
    found = [
        Guide(user, mine, reference, is_ours)
        for user in users
        for mine in made
        for reference in mine.model.references
        if reference.target is user.model and belongs(mine, reference)
    ]
    return next((it for it in found if fits(it)), None)


def is_user(resource: Resource) -> bool:
    key, aliases = resource.model.key, resource.schemas.module.aliases
    simple = len(key) == 1 and written(key[0].type).python in KEYS
    return simple and resource.ops >= OPS and bool(aliases) and aliases[0].base == "Text"


def belongs(resource: Resource, reference: Reference) -> bool:
    model, columns = resource.model, reference.columns
    local = columns[0][0]
    return (
        not (model.pair or reference.optional)
        and resource.ops >= OPS
        and reference.model is not reference.target
        and len(columns) == 1
        and local.creatable
        and local not in model.key
    )


def fits(made: Guide) -> bool:
    """What a diff of the guide shows stands in one line."""
    return len(made.alias) <= WIDTH


def example() -> Guide:
    found = find(resources(load(EXAMPLE)), is_ours=False)
    assert found
    return found
