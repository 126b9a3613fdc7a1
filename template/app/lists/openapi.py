"""The parameters of queries, as OpenAPI has them."""

from typing import Any

from app.lists.query import COMMAS, MOST, QueryModel

SCHEMAS = "#/components/schemas/"
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


def parameters(
    model: type[QueryModel], schemas: dict[str, Any]
) -> list[dict[str, Any]]:
    """The parameters of a query; enums that they refer to are added to `schemas`."""
    schema = model.model_json_schema(ref_template=f"{SCHEMAS}{{model}}")
    known = schema.get("$defs", {})
    # Another class may have the name.
    apart = {
        name: it for name, it in known.items() if schemas.setdefault(name, it) != it
    }
    found = []
    properties: dict[str, Any] = schema["properties"]
    for name, of in sorted(properties.items(), key=lambda it: it[0] != "sort"):
        shown: dict[str, Any] = {"name": name, "in": "query", "required": False}
        _, compares, comparison = name.rpartition("__")
        means = COMPARISONS.get(comparison) if compares else MEANINGS.get(name)
        if means:
            shown["description"] = means
        if name in COMMAS:
            shown["explode"] = False
        shown["schema"] = plain(of, apart)
        shown["schema"].pop("title", None)  # the name, in other letters
        if shown["schema"].get("type") == "array" and name not in COMMAS:
            shown["schema"]["maxItems"] = MOST
        found.append(shown)
    return found


def plain(schema: Any, apart: dict[str, Any]) -> Any:
    """Without null, which no query can send, and with what is `apart` in its place."""
    if isinstance(schema, list):
        return [plain(it, apart) for it in schema if it != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    schema = {name: plain(it, apart) for name, it in schema.items()}
    if schema.get("default", ...) in (None, []):
        del schema["default"]
    named = schema.get("$ref", "").removeprefix(SCHEMAS)
    if named in apart:
        return plain(apart[named], apart)
    if len(schema.get("anyOf", ())) == 1:
        (only,) = schema.pop("anyOf")
        return {**only, **schema}
    return schema


def model_of(call: Any) -> type[QueryModel] | None:
    """The query that a dependency reads."""
    model = getattr(call, "__self__", None)
    return model if isinstance(model, type) and issubclass(model, QueryModel) else None
