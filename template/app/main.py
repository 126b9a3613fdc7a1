"""The service: wiring only."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import TITLE, settings
from app.database import Database
from app.resources import routers
from app.web import health, problems


def create_app(config: settings.Settings | None = None) -> FastAPI:
    """The application, configured by `config` or else by the environment."""
    config = config or settings.load()
    logging.basicConfig(level=config.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.database = Database(config)
        try:
            yield
        finally:
            await app.state.database.engine.dispose()

    app = FastAPI(
        title=TITLE,
        lifespan=lifespan,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        responses=problems.responses(422, 503),
    )
    problems.install(app)
    app.include_router(health.router)
    for router in routers():
        app.include_router(router)
    # Yours below: middleware, routers and the like.
    return app
