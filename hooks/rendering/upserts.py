"""The route that creates a row or replaces it."""

from __future__ import annotations

from ..language.names import kebab
from ..language.spec import Model
from .code import Import, literal, sequence
from .keys import Key
from .schemas import Schemas


class UpsertRoute:
    """`PUT /items/{item_id}`: create or replace a row, found by its key or a unique."""

    def __init__(self, model: Model, schemas: Schemas) -> None:
        self.model, self.schemas = model, schemas
        self.key = Key(model, model.api.upsert)
        self.fixed = []  # segments of the path
        if model.api.upsert != model.key:
            names = [kebab(field.name) for field in model.api.upsert]
            self.fixed = [f"by-{'-and-'.join(names)}"]
        self.path = "/".join([model.api.path, *self.fixed, self.key.path])
        self.by = sequence(f"{model.name}.{field.attribute}" for field in self.key.fields)
        kept = [field.attribute for field in schemas.upsert if not field.updatable]
        self.kept = sequence(map(literal, kept)) if kept else None

    @property
    def parameters(self) -> str:
        types = [self.schemas.path_types[field][0] for field in self.key.fields]
        pairs = zip(self.key.names, types, strict=True)
        return ", ".join(f"{name}: {kind}" for name, kind in pairs)

    @property
    def types(self) -> list[Import]:
        """The imports that the annotations of `parameters` need."""
        places = [place for field in self.key.fields for place in self.schemas.path_types[field][1]]
        return [Import(*place.split(":")) for place in places]

    @property
    def items(self) -> str:
        """The key that a request names, by the attributes of the model."""
        pairs = zip(self.key.fields, self.key.names, strict=True)
        return ", ".join(f'"{field.attribute}": {name}' for field, name in pairs)
