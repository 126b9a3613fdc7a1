"""Problem documents (RFC 9457) for everything that can go wrong.

They point to what is wrong. They never repeat what was sent, and never show SQL.
"""

import datetime as dt
import logging
import re
from functools import cache
from http import HTTPStatus
from itertools import takewhile
from typing import Any, NamedTuple

import sqlalchemy as sa
from asyncpg import InterfaceError, InternalClientError, PostgresError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import conv
from starlette.exceptions import HTTPException

from app.database.base import Base
from app.database.retries import is_outdated, sqlstate
from app.errors import (
    Conflict,
    Forbidden,
    InvalidValue,
    NotFound,
    RowsRefused,
    ServiceError,
    Unavailable,
    UnreadableValue,
    still_referenced,
)
from app.http.urls import path_of
from app.lists.openapi import SCHEMAS

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TEXTS = re.compile(r"'(?:[^']|'')*'")  # in SQL
WORDS = re.compile(r'"([^"]+)"|(\w+)')
# In the style of others, a `%` would be doubled.
DIALECT: Dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
OF_PYTHON = re.compile(r"datetime\.(date|datetime|time|timedelta)\(([^()]*)\)")
SAFE = re.compile(r"\w{1,63}", re.ASCII)
COPIED = re.compile(r"COPY .+, line (\d+)")  # where PostgreSQL refused a row of many
# Connections, conflicts, resources, locks, shutdown, the system, a standby.
AWAY = ("08", "40", "53", "55", "57", "58", "25006")
STATUSES = {NotFound: 404, Forbidden: 403, Conflict: 409}
UNGRANTED = {"aclcheck_error"}  # what PostgreSQL finds is not the client's fault
CLIENT_ERRORS = (InterfaceError, InternalClientError)  # asyncpg's: closed, confused


class Fault(BaseModel):
    """One error: in the body (`pointer`), or in the path, query or headers (`parameter`)."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

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
    detail = "The service is temporarily unavailable. Try again soon."
    return problem(503, detail, headers={"Retry-After": "1"})


def install(app: FastAPI) -> None:
    @app.exception_handler(NotFound)
    @app.exception_handler(Forbidden)
    @app.exception_handler(Conflict)
    async def refused(request: Request, error: ServiceError) -> JSONResponse:
        status = next(it for of, it in STATUSES.items() if isinstance(error, of))
        return problem(status, str(error))

    @app.exception_handler(InvalidValue)
    async def invalid(request: Request, error: InvalidValue) -> JSONResponse:
        where = {"pointer": error.pointer, "parameter": error.parameter}
        return problem(422, errors=[Fault(detail=str(error), **where)])

    @app.exception_handler(RowsRefused)
    async def refused_of_many(request: Request, error: RowsRefused) -> JSONResponse:
        detail = str(error)
        faults = [Fault(detail=detail, pointer=f"#/{it}") for it in error.places]
        return problem(error.status, detail, faults)

    @app.exception_handler(RequestValidationError)
    async def odd(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = error.errors()
        unread = any(isinstance(it.get("input"), bytes) for it in errors)
        if unread:  # a body of another type
            return problem(415, "The Content-Type must be application/json.")
        # A body that is a list, and too long for one request.
        bulky = any((it["type"], it["loc"]) == ("too_long", ("body",)) for it in errors)
        return problem(413 if bulky else 422, errors=[fault(it) for it in errors])

    @app.exception_handler(ExceptionGroup)
    async def several(request: Request, error: ExceptionGroup[Exception]) -> Any:
        """The answer to the first that ended a task group of a handler."""
        first: Exception = error
        while isinstance(first, ExceptionGroup):
            first = first.exceptions[0]
        kinds = (it for it in type(first).__mro__ if it in app.exception_handlers)
        if kind := next(kinds, None):
            answer: Any = app.exception_handlers[kind](request, first)
            return await answer
        raise error

    @app.exception_handler(UnreadableValue)
    async def unreadable(request: Request, error: Exception) -> JSONResponse:
        log.error("A stored value cannot be read: %s", error)
        return problem(500, "A stored value cannot be read.")

    @app.exception_handler(ResponseValidationError)
    async def unfit(request: Request, error: ResponseValidationError) -> JSONResponse:
        detail = "The response does not fit its schema."
        faults, reasons = zip(*map(misfit, error.errors()), strict=True)
        log.error("%s %s", detail, "; ".join(reasons))
        return problem(500, detail, [*faults])

    @app.exception_handler(Unavailable)
    async def unavailable(request: Request, error: Exception) -> JSONResponse:
        cause = f": {error.__cause__!r}" if error.__cause__ else ""
        log.warning("%s%s", error, cause)
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
            methods = app.state.routes.methods(path_of(request.scope))
            headers["Allow"] = ", ".join(sorted(methods))
        return problem(status, own, headers=headers)


def within(error: HTTPException) -> HTTPException:
    """What ended a body too early, where a middleware's task group hides it."""
    cause = error.__cause__
    if error.status_code != 400 or not isinstance(cause, BaseExceptionGroup):
        return error
    while isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    return cause if isinstance(cause, HTTPException) else error


def fault(error: Any) -> Fault:
    """A validation error of Pydantic, without the input that it quotes."""
    where, *path = error["loc"]
    if error["type"] == "json_invalid":  # its path is the place in the text
        return Fault(detail=f"The body is not valid JSON at character {path[0] + 1}")
    detail = OF_PYTHON.sub(in_json, error["msg"].removeprefix("Value error, "))
    names = [*takewhile(SAFE.fullmatch, map(str, path))]
    if where in ("body", "response"):
        return Fault(detail=detail, pointer="/".join(["#", *names]))
    return Fault(detail=detail, parameter=".".join(names))


def in_json(found: re.Match[str]) -> str:
    """A limit such as `datetime.date(2026, 1, 31)` as JSON has it."""
    kind, inside = found.groups()
    parts = [int(it) for it in re.findall(r"(?<![\w=-])\d+", inside)]
    named: Any = {name: int(it) for name, it in re.findall(r"(\w+)=(-?\d+)", inside)}
    if "tzinfo" in inside:
        named["tzinfo"] = dt.UTC
    return str(to_jsonable_python(getattr(dt, kind)(*parts, **named)))


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
    rule = rule_of(cause)

    def refused(status: int, detail: str) -> JSONResponse:
        fields = rule.fields
        faults = [Fault(detail=detail, pointer=f"#/{name}") for name in fields]
        copied = COPIED.match(getattr(cause, "context", None) or "")
        if copied:
            row = f"#/{int(copied[1]) - 1}"
            places = [f"{row}/{name}" for name in fields] or [row]
            faults = [Fault(detail=detail, pointer=it) for it in places]
        elif request.url.path.endswith("/bulk"):  # nobody says in which of the rows
            faults = [Fault(detail=f"{detail}: {name}") for name in fields]
        return problem(status, f"{detail}.", faults)

    match code:
        case "23505":
            return refused(409, "Already taken")
        case "23P01":
            return refused(409, "Conflicts with another row")
        case "23503" | "23001":
            kept = "still referenced" in str(getattr(cause, "detail", ""))
            if kept or request.method == "DELETE":
                return problem(
                    409, still_referenced(getattr(cause, "table_name", None))
                )
            return refused(409, "References a row that does not exist")
        case "23502" if request.method == "DELETE":  # by ON DELETE SET NULL
            return problem(409, still_referenced(getattr(cause, "table_name", None)))
        case "23502":
            return refused(422, "A required value is missing")
        case "23514":
            return refused(422, f"Violates {rule.check}")
        case "44000":
            return problem(422, "Violates the check option of a view.")
        case "42501" if getattr(cause, "server_source_function", "") not in UNGRANTED:
            return problem(403, "A rule of the database does not allow this.")
        case "23000" | "P0001":  # a trigger's RAISE, unless it has a code of its own
            return problem(409, "A trigger of the database rejects this change.")
    transient = code.startswith(AWAY) or isinstance(cause, CLIENT_ERRORS)
    if transient or is_outdated(error):
        log.warning("Transient database error: %r", cause)
        return try_again()
    # 54: longer than an index can hold; 0A000: of a type that this server was built without
    if code.startswith(("22", "54")) or code == "0A000":
        asked = request.query_params or request.path_params
        if request.method in ("GET", "HEAD") and (code == "22012" or not asked):
            log.error("A stored value or a view can't be computed", exc_info=error)
            return problem(500, "The database couldn't compute what was asked for.")
        return problem(422, "A value is invalid or too large for its column.")
    log.error("Unexpected database error", exc_info=error)
    return problem(500)


class Rule(NamedTuple):
    """What refused a row: a check by its name, and the fields that it is about."""

    check: str
    fields: list[str]


def rule_of(error: object) -> Rule:
    """What PostgreSQL names in `error`, whether the models know it or not."""
    schema, table, name, column, domain = (
        getattr(error, f"{it}_name", None)
        for it in ("schema", "table", "constraint", "column", "data_type")
    )
    tables = Base.metadata.tables
    mapped = tables.get(f"{schema}.{table}", tables.get(str(table)))
    # A partition isn't mapped, but has the checks of a table that is.
    near = [mapped] if mapped is not None else [*tables.values()] if table else []
    for it in near:
        if name in rules_of(it):
            return rules_of(it)[name]
    if name:
        return Rule(check_named(name, table, domain), [])
    columns = [] if mapped is None else [*mapped.c]
    fields = [field(it) for it in columns if it.name == column]
    return Rule("a check", fields or ([column] if column else []))


def check_named(name: str, table: str | None, domain: str | None = None) -> str:
    """As the models call it: without what the naming convention puts before it."""
    own = name.removeprefix(f"ck_{table}_")
    return f"the check `{own}`" + (f" of the type `{domain}`" if domain else "")


@cache
def rules_of(table: sa.Table) -> dict[str | None, Rule]:
    """The constraints and indexes of a table, by their names in the database."""
    rules: list[Any] = [*table.constraints, *table.indexes]
    return {
        stored: Rule(check_named(it.name, table.name), [*map(field, ruled(it))])
        for it in rules
        if isinstance(it.name, str)  # a type has a check without one
        for stored in stored_names(it.name)
    }


def stored_names(name: str) -> set[str]:
    """What becomes of a long one: SQLAlchemy shortens it, or PostgreSQL cuts it."""
    prepare = DIALECT.identifier_preparer.truncate_and_render_constraint_name
    shortened = prepare(conv(name), _alembic_quote=False)
    return {it.encode()[:63].decode(errors="ignore") for it in (name, shortened)}


def field(column: Any) -> str:
    return str(column.key).removesuffix("_")


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
    words = [one or other for one, other in WORDS.findall(TEXTS.sub("", sql))]
    named = [it for it in rule.table.c if it.name in words]
    return list(dict.fromkeys([*rule.columns, *named]))
