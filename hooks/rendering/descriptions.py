"""What `doc` and the descriptions of enums say, for the test that finds it in OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping

from ..layout import Group, literal, prefixed, seq
from .resource import Resource

WRITING = ("create", "update", "replace")


class Descriptions:
    """Of models and of their fields by schema, and of the values of enums; None where none is."""

    def __init__(self, resources: list[Resource]) -> None:
        answering = [it for it in resources if it.any("list", "get", *WRITING)]
        models, fields = {}, {}
        for it in answering:
            # What can embed others is read as another schema, with a docstring of its own.
            plain = not it.embeds or it.any(*WRITING)
            schema = f"{it.name}Read" if plain else it.shown
            if plain and it.model.doc:
                models[schema] = literal(it.model.doc)
            docs = {of.name: literal(of.doc) for of in it.model.fields if of.readable and of.doc}
            if docs:
                fields[schema] = _dict(docs)
        shown = [of.type.enum for it in answering for of in it.model.fields if of.readable]
        values = {
            enum.name: _dict(dict(zip(enum.values, map(literal, enum.docs), strict=True)))
            for enum in shown
            if enum and enum.docs
        }
        self.models, self.fields, self.values = (
            _dict(it) if it else None for it in (models, fields, values)
        )

    def __bool__(self) -> bool:
        return any((self.models, self.fields, self.values))


def _dict(pairs: Mapping[str, str | Group]) -> Group:
    return seq((prefixed(f"{literal(key)}: ", it) for key, it in pairs.items()), "{}")
