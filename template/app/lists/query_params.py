"""Query strings, read into a model at once: FastAPI takes a turn for each parameter."""

from functools import cache
from typing import Any, Generic, TypeVar, get_origin

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, ValidationError

Q = TypeVar("Q", bound=BaseModel)

COMMAS = {"sort", "embed"}
MEANINGS = {
    "sort": "Fields to sort by, separated by commas; `-` before one sorts descending",
    "limit": "The maximum number of rows to return",
    "cursor": "The `next_cursor` of the previous page",
    "offset": "The number of rows to skip: the `next_offset` of the previous page",
    "search": "The text to search for",
    "embed": "Related rows to include in each row, separated by commas",
}
COMPARISONS = {
    "in": "Equal to one of these values; repeat the parameter for each",
    "gt": "Greater than this value",
    "gte": "Greater than or equal to this value",
    "lt": "Less than this value",
    "lte": "Less than or equal to this value",
    "ilike": "Matches this pattern, ignoring case: `%` is any text, `_` any character",
    "contains": "Contains this value, or all of these",
    "overlaps": "Overlaps this range, or contains one of these values",
    "isnull": "`true`: only rows where it is null; `false`: only rows where it is not",
}


def QueryParams(model: type[BaseModel]) -> Any:
    """A dependency, as FastAPI's `Query()` for a model, and several times as fast."""
    return Depends(QueryReader(model))


class QueryReader(Generic[Q]):
    """Reads the query string into a `model`, which knows every parameter.

    What is a tuple may be given several times, and those of COMMAS with commas.
    """

    def __init__(self, model: type[Q]) -> None:
        self.model = model
        self.many = {
            it.alias or name
            for name, it in model.model_fields.items()
            if get_origin(it.annotation) is tuple
        }

    async def __call__(self, request: Request) -> Q:
        values: dict[str, Any] = {}
        faults: list[Any] = []
        for name, value in request.query_params.multi_items():
            if name in self.many:
                parts = value.split(",") if name in COMMAS else [value]
                values.setdefault(name, []).extend(parts)
            elif name in values:
                said = "Input should be given only once"
                faults.append({"type": "twice", "loc": (name,), "msg": said})
            else:
                values[name] = value
        try:
            query = self.model.model_validate(values)
        except ValidationError as error:
            faults += error.errors(include_url=False, include_input=False)
        if faults:
            raise RequestValidationError(
                [{**it, "loc": ("query", it["loc"][0])} for it in faults]
            )
        return query


@cache
def parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    """The parameters of a query, as OpenAPI has them."""
    schema = model.model_json_schema()
    found = []
    for name, of in schema["properties"].items():
        shown = {"name": name, "in": "query", "required": False}
        _, apart, comparison = name.rpartition("__")
        means = COMPARISONS.get(comparison) if apart else MEANINGS.get(name)
        if means:
            shown["description"] = means
        if name in COMMAS:
            shown["explode"] = False
        shown["schema"] = plain(of, schema.get("$defs", {}))
        shown["schema"].pop("title", None)  # the name, in other letters
        found.append(shown)
    return found


def plain(schema: Any, known: dict[str, Any]) -> Any:
    """Without null, which no query can send, and with what it refers to in its place."""
    if isinstance(schema, list):
        return [plain(it, known) for it in schema if it != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    schema = {name: plain(it, known) for name, it in schema.items()}
    if schema.get("default", ...) in (None, []):
        del schema["default"]
    if "$ref" in schema:
        return plain(known[schema["$ref"].rpartition("/")[2]], known)
    if len(schema.get("anyOf", ())) == 1:
        (only,) = schema.pop("anyOf")
        return {**only, **schema}
    return schema


def document(app: FastAPI, paths: dict[str, Any]) -> None:
    """Add the parameters to the operations that read them."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            calls = [it.call for it in route.dependant.dependencies]
            for reads in (it for it in calls if isinstance(it, QueryReader)):
                model: type[BaseModel] = reads.model
                operation = paths[str(route.path_format)]["get"]
                operation.setdefault("parameters", []).extend(parameters(model))
