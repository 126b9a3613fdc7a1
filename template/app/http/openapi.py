"""The OpenAPI document: FastAPI's, with what clients are generated from."""

import sys
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import (
    get_fields_from_routes,
    get_openapi,
    get_openapi_path,
)
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import to_jsonable_python

from app import DESCRIPTION, LICENSE
from app.http.problems import Problem, responses
from app.lists.openapi import SCHEMAS, model_of, parameters
from app.lists.query import QueryModel
from app.process import gc

BOUNDS = {"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"}
# JSON Schema has no keywords for the limits of dates.
LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
VALUES = {"const", "default", "enum", "example", "examples"}  # and no schemas


def install(app: FastAPI, root_path: str = "") -> None:
    """Complete what `app.openapi()` makes, for clients below `root_path`."""
    app.description = app.description or DESCRIPTION
    app.license_info = app.license_info or LICENSE
    make, size = app.openapi, 0

    def openapi() -> dict[str, Any]:
        nonlocal size
        if app.openapi_schema is None or size != len(app.routes):
            size = len(app.routes)
            with gc.paused():
                complete(BaseModel)
                apart = app.separate_input_output_schemas
                document = document_of(app) if apart else make()
                document.setdefault("servers", [{"url": root_path or "/"}])
                describe(app, document)
                app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def document_of(app: FastAPI) -> dict[str, Any]:
    """What `get_openapi` of FastAPI makes.

    That looks through all models three times, and makes a model of each part of the
    document: with a thousand resources, a third of the time and half of the memory.
    """
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        summary=app.summary,
        description=app.description,
        routes=[],
        webhooks=app.webhooks.routes,
        tags=app.openapi_tags,
        servers=app.servers or None,
        terms_of_service=app.terms_of_service,
        contact=app.contact,
        license_info=app.license_info,
        external_docs=app.openapi_external_docs,
    )
    add_paths(app, document)
    plain: dict[str, Any] = to_jsonable_python(document)
    return plain


def add_paths(app: FastAPI, document: dict[str, Any]) -> None:
    """Add the operations of all routes, and the schemas that they refer to."""
    components = document.setdefault("components", {})
    routes = [*shown_routes(app)]
    fields = get_fields_from_routes(routes)
    inputs = [(it, it.mode, core_schema(it)) for it in fields]
    generator = GenerateJsonSchema(ref_template=f"{SCHEMAS}{{model}}")
    made: Any = generator.generate_definitions(inputs)
    by_field, schemas = made
    operation_ids: set[str] = set()
    for route in routes:
        path, security, own = get_openapi_path(
            route=route,
            operation_ids=operation_ids,
            model_name_map={},
            field_mapping=by_field,
        )
        document["paths"].setdefault(route.path_format, {}).update(path)
        schemas |= own
        if security:
            components.setdefault("securitySchemes", {}).update(security)
    schemas |= components.get("schemas", {})
    components["schemas"] = dict(sorted(schemas.items()))


def core_schema(field: Any) -> Any:
    """Pydantic's of what a route reads or answers; of a response that of its model."""
    model = field.field_info.annotation
    if (
        field.mode == "serialization"
        and isinstance(model, type)
        and issubclass(model, BaseModel)
    ):
        return model.__pydantic_core_schema__
    return field._type_adapter.core_schema


def complete(model: type[BaseModel]) -> None:
    """Build every deferred schema once, instead of at each use."""
    for schema in model.__subclasses__():
        schema.model_rebuild(raise_errors=False)
        complete(schema)


def describe(app: FastAPI, document: dict[str, Any]) -> None:
    """Add queries, problems and tags, and say in OpenAPI's terms what FastAPI doesn't."""
    tidy(document)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template=f"{SCHEMAS}{{model}}")
    schemas |= {**problem.pop("$defs"), Problem.__name__: problem}
    tags: dict[str, str] = {}
    queries: dict[type[QueryModel], list[dict[str, Any]]] = {}
    for route, operation in operations(app, document["paths"]):
        add_problems(operation["responses"], bodies="requestBody" in operation)
        module = sys.modules.get(route.endpoint.__module__)
        told = getattr(module, "__doc__", None)
        for tag in operation.get("tags", ()):
            tags.setdefault(tag, (told or tag).strip().partition("\n")[0])
        for dependency in route.dependant.dependencies:
            if query := model_of(dependency.call):
                if query not in queries:
                    queries[query] = parameters(query, schemas)
                    tidy(queries[query])
                operation.setdefault("parameters", []).extend(queries[query])
    document.setdefault("tags", [{"name": it, "description": tags[it]} for it in tags])
    document.setdefault("security", [])  # an operation that asks for some says so


def operations(
    app: FastAPI, paths: dict[str, Any]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The routes of `app`, with what the document says of each method."""
    for route in shown_routes(app):
        for method in route.methods or ():
            yield route, paths[str(route.path_format)][method.lower()]


def shown_routes(app: FastAPI) -> Iterator[Any]:
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            yield route


def add_problems(answers: dict[str, Any], *, bodies: bool) -> None:
    for status, of in answers.items():
        if status >= "400" and not of.get("content"):
            of.update(responses(int(status))[int(status)])
    if bodies:
        answers |= {str(it): of for it, of in responses(408, 413, 415).items()}


def tidy(node: Any, *, named: bool = False) -> None:
    """Correct the schemas at and below `node`; if `named`, its keys are names of them."""
    if isinstance(node, list):
        for it in node:
            tidy(it)
    if isinstance(node, dict):
        if not named:
            for name in [name for name, it in node.items() if it is None]:
                del node[name]
            correct(node)
        for name, it in node.items():
            if named or name not in VALUES:
                tidy(it, named=name == "properties" and not named)


def correct(schema: dict[str, Any]) -> None:
    """Whole numbers for integers, one bound to a side, no keyword of Pydantic's own."""
    if schema.get("type") == "integer":  # whose bounds FastAPI makes floats of
        schema |= {it: whole(schema[it]) for it in BOUNDS & schema.keys()}
    if {"minimum", "exclusiveMinimum"} <= schema.keys():
        wider = schema["exclusiveMinimum"] < schema["minimum"]
        del schema["exclusiveMinimum" if wider else "minimum"]
    if {"maximum", "exclusiveMaximum"} <= schema.keys():
        wider = schema["exclusiveMaximum"] > schema["maximum"]
        del schema["exclusiveMaximum" if wider else "maximum"]
    told = [f"{LIMITS[it]} {schema.pop(it)}" for it in LIMITS if it in schema]
    if told:
        schema.setdefault("description", ", ".join(told).capitalize())
    choices = schema.get("anyOf", [])
    if {} in choices:  # which is anything
        del schema["anyOf"]
    if any(it.get("type") == "number" for it in choices):
        for it in choices:
            if it.get("type") == "string":
                it["format"] = "decimal"


def whole(bound: float) -> int:
    return min(int(bound), 2**63 - 1)
