"""Problem documents (RFC 9457) for everything that can go wrong.

They point to what is wrong and never repeat what was sent, nor tell of SQL.
"""

import logging
import re
from functools import cache
from http import HTTPStatus
from itertools import takewhile
from typing import Any

import sqlalchemy as sa
from asyncpg import InterfaceError, InternalClientError, PostgresError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from app.database import Conflict, Invalid, NotFound, Unavailable, Unreadable
from app.database.base import Base
from app.database.engine import sqlstate
from app.database.statements import Refused
from app.garbage import uncollected
from app.web import queries
from app.web.routing import path_of

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TEXTS = re.compile(r"'(?:[^']|'')*'")  # in SQL
DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
SCHEMAS = "#/components/schemas/"
SAFE = re.compile(r"\w{1,63}", re.ASCII)
COPIED = re.compile(r"COPY .+, line (\d+)")  # where PostgreSQL refused a row of many
# Connections, conflicts, resources, locks, shutdown, the system, a standby.
AWAY = ("08", "40", "53", "55", "57", "58", "25006")
CLIENT_ERRORS = (InterfaceError, InternalClientError)  # asyncpg's: closed, confused


class Fault(BaseModel):
    """One thing that is wrong, in the body (`pointer`) or elsewhere (`parameter`)."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class Problem(BaseModel):
    """A problem document."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    errors: list[Fault] | None = None


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What `responses=` of a route declares."""
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{SCHEMAS}{Problem.__name__}"}}}
    return {
        status: {"content": content, "description": HTTPStatus(status).phrase}
        for status in statuses
    }


def problem(
    status: int,
    detail: str | None = None,
    errors: list[Fault] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    title = HTTPStatus(status).phrase
    body = Problem(title=title, status=status, detail=detail, errors=errors or None)
    content = body.model_dump(exclude_none=True)
    return JSONResponse(content, status, headers, media_type=MEDIA_TYPE)


def try_again() -> JSONResponse:
    return problem(503, "Try again soon.", headers={"Retry-After": "1"})


def install(app: FastAPI) -> None:
    @app.exception_handler(NotFound)
    @app.exception_handler(Conflict)
    async def refused(request: Request, error: Exception) -> JSONResponse:
        return problem(404 if isinstance(error, NotFound) else 409, str(error))

    @app.exception_handler(Invalid)
    async def invalid(request: Request, error: Invalid) -> JSONResponse:
        where = {"pointer": error.pointer, "parameter": error.parameter}
        return problem(422, errors=[Fault(detail=str(error), **where)])

    @app.exception_handler(Refused)
    async def refused_of_many(request: Request, error: Refused) -> JSONResponse:
        detail = str(error)
        faults = [Fault(detail=detail, pointer=f"#/{it}") for it in error.places]
        return problem(error.status, detail, faults)

    @app.exception_handler(RequestValidationError)
    async def odd(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = error.errors()
        unread = any(isinstance(it.get("input"), bytes) for it in errors)
        if unread:  # a body of another type
            return problem(415, "The Content-Type should be application/json.")
        # A body that is a list, and too long for one request.
        bulky = any((it["type"], it["loc"]) == ("too_long", ("body",)) for it in errors)
        return problem(413 if bulky else 422, errors=[fault(it) for it in errors])

    @app.exception_handler(Unreadable)
    async def unreadable(request: Request, error: Exception) -> JSONResponse:
        log.error("A stored value can't be read: %s", error)
        return problem(500, "A stored value can't be read.")

    @app.exception_handler(ResponseValidationError)
    async def unfit(request: Request, error: ResponseValidationError) -> JSONResponse:
        detail = "The response does not fit its schema."
        faults, reasons = zip(*map(misfit, error.errors()), strict=True)
        log.error("%s %s", detail, "; ".join(reasons))
        return problem(500, detail, [*faults])

    @app.exception_handler(Unavailable)
    async def unavailable(request: Request, error: Exception) -> JSONResponse:
        log.warning("%s: %r", error, error.__cause__)
        return try_again()

    @app.exception_handler(DBAPIError)
    @app.exception_handler(PostgresError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(InternalClientError)
    async def database(request: Request, error: Exception) -> JSONResponse:
        return by_sqlstate(request, error)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        error = within(error)
        # FastAPI's own 400 is a body that can't be parsed, which is 422 here.
        status = 422 if error.status_code == 400 else error.status_code
        own = error.detail if error.detail != HTTPStatus(status).phrase else None
        headers = dict(error.headers or {})
        if status == 405:  # Starlette names the methods of one route only
            headers["Allow"] = ", ".join(sorted(methods(request)))
        return problem(status, own, headers=headers)

    describe(app)


def within(error: HTTPException) -> HTTPException:
    """What ended a body too early, where a middleware's task group hides it."""
    cause = error.__cause__
    if error.status_code != 400 or not isinstance(cause, BaseExceptionGroup):
        return error
    while isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    return cause if isinstance(cause, HTTPException) else error


def methods(request: Request) -> set[str]:
    """What the path of the request can be asked for; a fixed one isn't a key too."""
    path = path_of(request.scope)
    routes = [it for it in iter_route_contexts(request.app.routes) if it.methods]
    fixed = [it for it in routes if it.path == path]
    there = fixed or [it for it in routes if compile_path(str(it.path))[0].match(path)]
    return {method for route in there for method in route.methods or ()}


def fault(error: Any) -> Fault:
    """A validation error of Pydantic, without the input that it quotes."""
    where, *path = error["loc"]
    if error["type"] == "json_invalid":  # its path is the place in the text
        return Fault(detail=f"Not JSON from its character {path[0] + 1} on")
    detail = error["msg"].removeprefix("Value error, ")
    names = [*takewhile(SAFE.fullmatch, map(str, path))]
    if where in ("body", "response"):
        return Fault(detail=detail, pointer="/".join(["#", *names]))
    return Fault(detail=detail, parameter=".".join(names))


def misfit(error: Any) -> tuple[Fault, str]:
    """What the schema of a response refuses, for the client and for the log.

    Neither has a value in it: the text of an error of one's own may quote it.
    """
    refused, reason = fault(error), error["type"]
    if reason == "get_attribute_error":
        refused.detail = "Could not be read"
        reason = error["ctx"]["error"].partition(":")[0]  # such as MissingGreenlet
    elif "error" in error.get("ctx", {}):
        refused.detail = "Does not fit"
    return refused, f"{refused.pointer}: {reason}"


def by_sqlstate(request: Request, error: Exception) -> JSONResponse:
    """What PostgreSQL's refusal of a statement means to the client."""
    code = sqlstate(error)
    cause: object = error
    if isinstance(error, DBAPIError):
        cause = getattr(error.orig, "__cause__", None)

    def faults(detail: str) -> list[Fault]:
        names = fields_of(cause)
        copied = COPIED.match(getattr(cause, "context", None) or "")
        if copied:
            place = f"#/{int(copied[1]) - 1}"
        elif request.url.path.endswith("/bulk"):  # nobody says in which of the rows
            return [Fault(detail=f"{detail}: {name}") for name in names]
        else:
            place = "#"
        return [Fault(detail=detail, pointer=f"{place}/{name}") for name in names]

    match code:
        case "23505" | "23P01":
            return problem(409, "Taken already.", faults("Taken already"))
        case "23503" | "23001":
            kept = "still referenced" in str(getattr(cause, "detail", ""))
            if kept or request.method == "DELETE":
                return problem(409, "Others still refer to it.")
            return problem(409, "Refers to what isn't there.", faults("Not there"))
        case "23514" | "23502" | "44000":
            return problem(422, "Breaks a rule.", faults("Breaks a rule"))
        case "23000" | "P0001":  # a trigger's RAISE, unless it has a code of its own
            return problem(409, "Refused by a rule of the database.")
    # 54: longer than an index can hold; 0A000: of a type that this server was built without
    if code.startswith(("22", "54")) or code == "0A000":
        return problem(422, "A value is outside of what can be stored.")
    if code.startswith(AWAY) or isinstance(cause, CLIENT_ERRORS):
        log.warning("The database gave up: %r", cause)
        return try_again()
    log.error("The database refused a statement", exc_info=error)
    return problem(500)


def fields_of(error: object) -> list[str]:
    """What the constraint or column that refused is called in the API."""
    schema, table, constraint, column = (
        getattr(error, f"{it}_name", None)
        for it in ("schema", "table", "constraint", "column")
    )
    known = constrained()
    named = known.get((schema, table, constraint), known.get((None, table, constraint)))
    return named or ([column] if column else [])


@cache
def constrained() -> dict[tuple[Any, Any, Any], list[str]]:
    tables = Base.metadata.tables.values()
    rules: list[Any] = [it for of in tables for it in (*of.constraints, *of.indexes)]
    return {
        (it.table.schema, it.table.name, it.name): [
            str(of.key).removesuffix("_") for of in ruled(it)
        ]
        for it in rules
    }


def ruled(rule: Any) -> list[Any]:
    """The columns that a constraint or an index is about, also in its SQL."""
    sql = ""
    if isinstance(rule, sa.CheckConstraint):
        sql = str(rule.sqltext)
    elif isinstance(rule, sa.Index):
        texts = [it for it in rule.expressions if isinstance(it, sa.TextClause)]
        sql = " ".join(map(str, texts))
    elif isinstance(rule, postgresql.ExcludeConstraint):
        ddl = sa.schema.AddConstraint(rule, isolate_from_table=False)
        whole = str(ddl.compile(dialect=DIALECT))
        sql = whole.partition("(")[2].rpartition(") WHERE (")[0] or whole
    words = re.findall(r"\w+", TEXTS.sub("", sql))
    named = [it for it in rule.table.c if it.name in words]
    return list(dict.fromkeys([*rule.columns, *named]))


def complete(model: type[BaseModel]) -> None:
    """Build all that derives from `model`, which each of its uses would build else."""
    for schema in model.__subclasses__():
        schema.model_rebuild(raise_errors=False)
        complete(schema)


def describe(app: FastAPI) -> None:
    """Add to the OpenAPI document what queries, bodies and problems are."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            with uncollected():
                complete(BaseModel)
                add_to(make())
        return make()

    def add_to(made: dict[str, Any]) -> None:
        queries.document(app, made["paths"])
        for path in made["paths"].values():
            for operation in path.values():
                if "requestBody" in operation:
                    of_bodies = responses(408, 413, 415).items()
                    operation["responses"] |= {str(it): of for it, of in of_bodies}
        schema = Problem.model_json_schema(ref_template=f"{SCHEMAS}{{model}}")
        parts = schema.pop("$defs")
        known = made.setdefault("components", {}).setdefault("schemas", {})
        known |= {**parts, Problem.__name__: schema}

    app.openapi = openapi  # type: ignore[method-assign]
