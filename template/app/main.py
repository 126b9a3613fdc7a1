"""The service: wiring only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app import TITLE, settings
from app.database import Database
from app.http import docs, health, openapi, problems
from app.http.middleware import RequestMiddleware, TrustedHosts
from app.http.routing import RoutingTable, include
from app.process import gc, logs
from app.resources import routers


@gc.paused()  # a thousand resources are many objects, and all of them stay
def create_app(config: settings.Settings | None = None) -> FastAPI:
    """The application, configured by `config` or else by the environment."""
    config = config or settings.load()
    logs.configure(config.log_level, config.log_format)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        state = app.state
        state.database = state.replica = Database(config)
        if config.database_replica_url:
            state.replica = Database(config, config.database_replica_url)
        gc.freeze()
        try:
            yield
        finally:
            await state.database.close()
            await state.replica.close()

    app = FastAPI(
        title=TITLE,
        openapi_url="/openapi.json" if config.docs else None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        responses=problems.responses(422, 503),
    )
    problems.install(app)
    openapi.install(app, config.root_path)
    if config.docs:
        docs.install(app)
    app.include_router(health.router)
    for router in routers():
        include(app, router)
    extend(app, config)

    # From the inside out: also what the first refuse has the headers of the others.
    if config.trusted_hosts != ["*"]:
        app.add_middleware(TrustedHosts, allowed_hosts=config.trusted_hosts)
    if config.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=config.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["ETag", "Location", "X-Request-ID"],
        )
    app.add_middleware(  # around all others
        RequestMiddleware,
        root_path=config.root_path,
        body_limit=config.body_limit,
        body_timeout=config.body_timeout,
    )
    RoutingTable(app)
    return app


def extend(app: FastAPI, config: settings.Settings) -> None:
    """Add what only this service has."""
    # Yours below: middleware, routers and the like.
