"""What the README of a rendered service shows of its API."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from pydantic_core import to_jsonable_python

from ..language.spec import Field
from .resource import Resource
from .samples import samples_of

SHOWN = {"list", "get", "create", "update", "delete"}


class Walk:
    """One resource, created, listed, changed and deleted with curl."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.path = resource.path
        self.label = resource.label
        fields = resource.model.fields
        sent = [
            field
            for field in fields
            if field.creatable and (field.required or field in self._changed(fields))
        ]
        self.samples = samples_of(resource.model)
        self.create = self._body(sent, 1)
        self.update = self._body(self._changed(fields), 2)
        key = resource.model.key
        self.given = all(field.creatable for field in key)  # else the answer to the create tells it
        self.key = (
            "/".join(quote(str(self._example(field, 1)), safe="") for field in key)
            if self.given
            else "$ID"
        )

    def _body(self, fields: list[Field], n: int) -> str:
        """JSON that a shell takes between single quotes."""
        body = {field.name: self._example(field, n) for field in fields}
        return json.dumps(body).replace("'", "\\u0027")

    def _example(self, field: Field, n: int) -> Any:
        """The sample for `n`, in the form that JSON has."""
        return to_jsonable_python(self.samples[field].value(n), bytes_mode="base64")

    @staticmethod
    def _changed(fields: list[Field]) -> list[Field]:
        return [
            field for field in fields if field.updatable and field.readable and not field.reference
        ][:1]


def walk(resources: list[Resource]) -> Walk | None:
    """The walk through the resource that needs the fewest others, of those that have it all."""
    fit = [
        resource
        for resource in resources
        if resource.ops >= SHOWN
        and not any(field.required and field.reference for field in resource.model.fields)
        and any(field.updatable and not field.reference for field in resource.model.fields)
    ]
    return Walk(fit[0]) if fit else None


def paging(resources: list[Resource]) -> str:
    """How lists lead to their next page; empty where there is none."""
    found = {resource.cursor for resource in resources if resource.routed and resource.pages}
    ways = {
        True: "its `next_cursor`, sent as `?cursor=`,",
        False: "its `next_offset`, sent as `?offset=`,",
    }
    return " or ".join(way for cursor, way in ways.items() if cursor in found)
