"""What `doc` and the descriptions of enums say, for the test that finds it in OpenAPI."""

from __future__ import annotations

from .resource import Resource

WRITING = ("create", "update", "replace")


class Descriptions:
    """Of models and of their fields by schema, and of the values of enums."""

    def __init__(self, resources: list[Resource]) -> None:
        answering = [resource for resource in resources if resource.any("list", "get", *WRITING)]
        self.models: dict[str, str] = {}
        self.fields: dict[str, dict[str, str]] = {}
        self.values: dict[str, dict[str, str]] = {}
        for resource in answering:
            model = resource.model
            # What can embed others is read as another schema, with a docstring of its own.
            plain = not resource.embeds or resource.any(*WRITING)
            schema = f"{model.name}Read" if plain else resource.shown
            if plain and model.doc:
                self.models[schema] = model.doc
            readable = [field for field in model.fields if field.readable]
            docs = {field.name: field.doc for field in readable if field.doc}
            if docs:
                self.fields[schema] = docs
            for enum in (field.type.enum for field in readable):
                if enum and enum.docs:
                    self.values[enum.name] = dict(zip(enum.values, enum.docs, strict=True))

    def __bool__(self) -> bool:
        return bool(self.models or self.fields or self.values)
