"""The parameters of queries, as OpenAPI has them."""

from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from app.lists.query import COMMAS, MOST, QueryModel

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


@cache
def parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    """The parameters of a query, as OpenAPI has them."""
    schema = model.model_json_schema()
    found = []
    properties: dict[str, Any] = schema["properties"]
    for name, of in sorted(properties.items(), key=lambda it: it[0] != "sort"):
        shown: dict[str, Any] = {"name": name, "in": "query", "required": False}
        _, apart, comparison = name.rpartition("__")
        means = COMPARISONS.get(comparison) if apart else MEANINGS.get(name)
        if means:
            shown["description"] = means
        if name in COMMAS:
            shown["explode"] = False
        shown["schema"] = plain(of, schema.get("$defs", {}))
        shown["schema"].pop("title", None)  # the name, in other letters
        if shown["schema"].get("type") == "array" and name not in COMMAS:
            shown["schema"]["maxItems"] = MOST
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


def model_of(call: Any) -> type[QueryModel] | None:
    """The query that a dependency reads."""
    model = getattr(call, "__self__", None)
    return model if isinstance(model, type) and issubclass(model, QueryModel) else None


def document(app: FastAPI, paths: dict[str, Any]) -> None:
    """Add the parameters to the operations that read them."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            models = [model_of(it.call) for it in route.dependant.dependencies]
            for model in filter(None, models):
                operation = paths[str(route.path_format)]["get"]
                operation.setdefault("parameters", []).extend(parameters(model))
