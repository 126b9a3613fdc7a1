"""Problem documents (RFC 9457) for everything that can go wrong.

They point to what is wrong and never repeat what was sent, nor tell of SQL.
"""

import logging
import re
from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

from asyncpg import InterfaceError, InternalClientError, PostgresError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from app.database.base import Base
from app.database.engine import Unavailable, sqlstate
from app.database.paging import InvalidCursor
from app.database.statements import Conflict, Invalid, NotFound

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = {"Retry-After": "1"}
# Connections, conflicts, resources, locks, shutdown, the system, a standby.
AWAY = ("08", "40", "53", "55", "57", "58", "25006")
CLIENT_ERRORS = (InterfaceError, InternalClientError)  # asyncpg's: closed, confused
SAFE = re.compile(r"\w{1,63}", re.ASCII)


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
    return {
        status: {"model": Problem, "description": HTTPStatus(status).phrase}
        for status in statuses
    }


def problem(
    status: int,
    detail: str | None = None,
    errors: Sequence[Fault] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=list(errors) or None,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True), status, headers, media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    @app.exception_handler(NotFound)
    async def not_found(request: Request, error: NotFound) -> JSONResponse:
        return problem(404, str(error))

    @app.exception_handler(Conflict)
    async def conflict(request: Request, error: Conflict) -> JSONResponse:
        return problem(409, str(error))

    @app.exception_handler(Invalid)
    async def invalid_field(request: Request, error: Invalid) -> JSONResponse:
        fault = Fault(detail=str(error), pointer=f"#/{error.field}")
        return problem(422, errors=[fault])

    @app.exception_handler(InvalidCursor)
    async def invalid_cursor(request: Request, error: InvalidCursor) -> JSONResponse:
        fault = Fault(detail="Not a cursor of this list", parameter="cursor")
        return problem(422, errors=[fault])

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = error.errors()
        status = 413 if any(is_bulk_limit(it) for it in errors) else 422
        return problem(status, errors=[fault(it) for it in errors])

    @app.exception_handler(Unavailable)
    async def unavailable(request: Request, error: Exception) -> JSONResponse:
        log.warning("%s", error, exc_info=error.__cause__)
        return problem(503, "Try again soon.", headers=RETRY_AFTER)

    @app.exception_handler(DBAPIError)
    @app.exception_handler(PostgresError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(InternalClientError)
    async def database(request: Request, error: Exception) -> JSONResponse:
        return refused(request, error)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        # FastAPI's own 400 is a body that can't be parsed, which is 422 here.
        status = 422 if error.status_code == 400 else error.status_code
        own = error.detail if error.detail != HTTPStatus(status).phrase else None
        headers = dict(error.headers or {})
        if status == 405:  # Starlette names the methods of one route only
            headers["Allow"] = ", ".join(sorted(methods(request)))
        return problem(status, own, headers=headers)

    describe(app)


def methods(request: Request) -> set[str]:
    """What the path of the request can be asked for; a fixed one isn't a key too."""
    path = request.scope["path"]
    routes = [it for it in iter_route_contexts(request.app.routes) if it.path]
    fixed = [it for it in routes if it.path == path]
    there = fixed or [it for it in routes if compile_path(str(it.path))[0].match(path)]
    return {method for route in there for method in route.methods or ()}


def is_bulk_limit(error: Any) -> bool:
    """The body is a list, and too long for one request."""
    return bool(error["type"] == "too_long" and error["loc"] == ("body",))


def fault(error: Any) -> Fault:
    """A validation error of Pydantic, without the input that it quotes."""
    where, *path = error["loc"]
    detail = error["msg"].removeprefix("Value error, ")
    names = [str(part) for part in path]
    safe = next((i for i, it in enumerate(names) if not SAFE.fullmatch(it)), len(names))
    if where == "body":
        pointer = "".join(f"/{name}" for name in names[:safe])
        return Fault(detail=detail, pointer=f"#{pointer}")
    return Fault(detail=detail, parameter=".".join(names[:safe]))


def refused(request: Request, error: Exception) -> JSONResponse:
    """What PostgreSQL's refusal of a statement means to the client, by SQLSTATE."""
    code = sqlstate(error)
    cause: object = error
    if isinstance(error, DBAPIError):
        cause = getattr(error.orig, "__cause__", None)
    table = getattr(cause, "table_name", None)
    constraint = getattr(cause, "constraint_name", None)
    names = fields_of_constraints().get((table, constraint), [])
    if not names and (column := getattr(cause, "column_name", None)):
        names = [str(column)]
    still_referenced = "still referenced" in str(getattr(cause, "detail", ""))

    def faults(detail: str) -> list[Fault]:
        return [Fault(detail=detail, pointer=f"#/{name}") for name in names]

    match code:
        case "23505" | "23P01":
            return problem(409, "Taken already.", faults("Taken already"))
        case "23503" | "23001" if request.method == "DELETE" or still_referenced:
            return problem(409, "Others still refer to it.")
        case "23503" | "23001":
            return problem(409, "Refers to what isn't there.", faults("Not there"))
        case "23514" | "23502" | "44000":
            return problem(422, "Breaks a rule.", faults("Breaks a rule"))
        case "23000" | "P0001":  # a trigger's RAISE, unless it has a code of its own
            return problem(409, "Refused by a rule of the database.")
    # 54: longer than an index can hold
    if code.startswith(("22", "54")):
        return problem(422, "A value is outside of what can be stored.")
    if code.startswith(AWAY) or isinstance(cause, CLIENT_ERRORS):
        log.warning("The database gave up", exc_info=error)
        return problem(503, "Try again soon.", headers=RETRY_AFTER)
    log.error("The database refused a statement", exc_info=error)
    return problem(500)


@cache
def fields_of_constraints() -> dict[tuple[Any, Any], list[str]]:
    """The fields that a constraint is on, as the API names them, by table and name."""
    return {
        (table.name, constraint.name): [
            str(column.key).removesuffix("_") for column in constraint.columns
        ]
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if hasattr(constraint, "columns")
    }


def describe(app: FastAPI) -> None:
    """Give problems their media type in the OpenAPI document, and every body its own."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = make()
            for path in document["paths"].values():
                for operation in path.values():
                    answers = operation["responses"]
                    if "requestBody" in operation:
                        for code in (408, 413):
                            phrase = {"description": HTTPStatus(code).phrase}
                            answers[str(code)] = answers["422"] | phrase
                    for status, response in answers.items():
                        content = response.get("content", {})
                        if status >= "400":
                            for other in content.keys() - {MEDIA_TYPE}:
                                content[MEDIA_TYPE] = content.pop(other)
        return make()

    app.openapi = openapi  # type: ignore[method-assign]
