"""What the modules of a resource import: the templates import all that they may need."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..language.spec import Many, Model
from .code import Import
from .keys import parameter_types
from .policy import policy_name

if TYPE_CHECKING:
    from .resource import Resource


class Imports:
    """What `queries.py` and `router.py` import from the packages of resources."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource

    @cached_property
    def ruled(self) -> list[Model]:
        """Those whose policies the statements keep to."""
        resource = self.resource
        manys = [nested.many for nested in resource.nested if nested.many]
        found = [resource.model, *(nested.of for nested in resource.nested)]
        found += [many.through for many in manys if many.through]
        found += [link.many.target for link in resource.links]
        found += [transfer.log for transfer in resource.transfers]
        return list(dict.fromkeys(found))

    @property
    def models(self) -> list[Model]:
        pair = self.resource.pair
        return list(dict.fromkeys([*self.ruled, *([pair.other] if pair else [])]))

    @cached_property
    def associations(self) -> list[Many]:
        """The many-to-many relations whose association tables the statements name."""
        manys = [nested.many for nested in self.resource.nested if nested.many]
        found = [many for many in manys if not many.through]
        return list(dict.fromkeys([*found, *(link.many for link in self.resource.links)]))

    @cached_property
    def policies(self) -> list[tuple[str, str]]:
        """Of those: the package of each, and its name."""
        asked = self.models if self.resource.rules else self.ruled
        return [(model.plural, policy_name(model)) for model in asked]

    @cached_property
    def constants(self) -> list[str]:
        """The statements of nested lists, links, operations and pairs, in `queries.py`."""
        resource = self.resource
        found = [nested.constant for nested in resource.nested]
        for transition in resource.transitions:
            found += [transition.constant, transition.edges_constant]
        for link in resource.links:
            found += [link.constant, f"UN{link.constant}"]
        found += [transfer.constant for transfer in resource.transfers]
        if resource.pair:
            numbered = (field for field in resource.pair.made if field.identity)
            found += [resource.pair.constant, *map(resource.pair.next, numbered)]
            found += [resource.pair.own_constant] if resource.rules else []
        return found

    @cached_property
    def parameter_types(self) -> list[Import]:
        """What the annotations of path parameters need."""
        resource = self.resource
        models = [resource.model] if resource.model.api.served else []
        models += [nested.of for nested in resource.nested]
        for link in resource.links:
            models += [link.many.model, link.many.target]
        found = parameter_types(field for model in models for field in model.key)
        return [*found, *(resource.upsert.types if resource.upsert else [])]
