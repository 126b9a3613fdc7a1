"""Every setting of the service, from the environment. Times are in seconds."""

import sys
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

Seconds = Annotated[float, Field(gt=0, le=3600)]


def asyncpg_url(value: str) -> str:
    """A PostgreSQL URL as hosts hand it out, for SQLAlchemy with asyncpg."""
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("write postgresql://user:password@host:5432/name") from None
    if url.get_backend_name() not in ("postgres", "postgresql"):
        raise ValueError("this service needs PostgreSQL: write postgresql://…")
    query = dict(url.query)
    if mode := query.pop("sslmode", None):  # libpq's name for it
        query["ssl"] = mode
    url = url.set(drivername="postgresql+asyncpg", query=query)
    return url.render_as_string(hide_password=False)


class Settings(BaseSettings):
    """One attribute a variable: `database_url` is `DATABASE_URL`."""

    database_url: Annotated[str, AfterValidator(asyncpg_url)]
    database_pool_size: Annotated[int, Field(ge=1, le=1000)] = 20
    database_pool_overflow: Annotated[int, Field(ge=0, le=1000)] = 0
    """Connections on top of the pool's, opened and closed as they are needed."""
    database_pool_timeout: Seconds = 2
    """How long a request waits for a free connection before it is answered 503."""
    database_connect_timeout: Seconds = 3
    database_statement_timeout: Seconds = 30
    database_lock_timeout: Seconds = 2
    database_echo: bool = False
    """Log every statement."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    # Yours below: settings of your own.


def load() -> Settings:
    """The settings; ends the process, a line for each that is missing or wrong."""
    try:
        return Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        sys.exit(
            "\n".join(
                f"{str(problem['loc'][0]).upper()}: {problem['msg']}"
                for problem in error.errors()
            )
        )
