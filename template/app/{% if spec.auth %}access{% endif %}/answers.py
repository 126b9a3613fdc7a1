"""How HTTP tells of authentication: the answer 401, and what OpenAPI says of tokens."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.responses import JSONResponse

from app.access.principal import ANYBODY, WHO, who_asks
from app.dependencies import get_database
from app.errors import Forbidden, RowsRefused, Unauthenticated, Unseen
from app.http.openapi import operations
from app.http.problems import Fault, problem, responses

SCHEME = "token"
ASKING = (get_database, who_asks)  # whoever depends on them is asked for


def install(app: FastAPI) -> None:
    @app.exception_handler(Unauthenticated)
    async def unauthenticated(request: Request, error: Unauthenticated) -> JSONResponse:
        challenge = 'Bearer error="invalid_token"' if error.invalid else "Bearer"
        return problem(401, str(error), headers={"WWW-Authenticate": challenge})

    rows_refused: Any = app.exception_handlers[RowsRefused]

    @app.exception_handler(Forbidden)
    async def forbidden(request: Request, error: Forbidden) -> JSONResponse:
        if request.scope.get(WHO) is ANYBODY:
            return await unauthenticated(request, Unauthenticated())
        return problem(403, str(error))

    @app.exception_handler(RowsRefused)
    async def forbidden_rows(request: Request, error: RowsRefused) -> JSONResponse:
        if error.status == 403 and request.scope.get(WHO) is ANYBODY:
            return await unauthenticated(request, Unauthenticated())
        answer: JSONResponse = await rows_refused(request, error)
        return answer

    @app.exception_handler(Unseen)
    async def unseen(request: Request, error: Unseen) -> JSONResponse:
        told = str(error).removesuffix(".")
        faults = [Fault(detail=told, pointer=f"#/{name}") for name in error.fields]
        return problem(409, str(error), faults)

    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            describe(app, make())
        return make()

    app.openapi = openapi  # type: ignore[method-assign]


def describe(app: FastAPI, document: dict[str, Any]) -> None:
    """Say which operations take a token. One that says so itself keeps what it says."""
    scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    components = document.setdefault("components", {})
    components.setdefault("securitySchemes", {})[SCHEME] = scheme
    for route, operation in operations(app, document["paths"]):
        if asks(route.dependant):
            operation.setdefault("security", [{SCHEME: []}])
            told = {str(status): it for status, it in responses(401, 403).items()}
            operation["responses"] = {**told, **operation["responses"]}


def asks(dependant: Dependant) -> bool:
    found = dependant.dependencies
    return dependant.call in ASKING or any(map(asks, found))
