"""Every setting of the service, from the environment. Times are in seconds."""

import re
import sys
from ipaddress import ip_network
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

T = TypeVar("T")
# Of a URL's query: what asyncpg takes, and what has settings here or is done anyway.
ASYNCPG = {"host", "port", "user", "password", "database", "passfile", "ssl"}
ASYNCPG |= {"target_session_attrs", "krbsrvname"}
UNASKED = {"application_name", "channel_binding", "connect_timeout", "gssencmode"}
EXAMPLE = "postgresql://user:password@host:5432/name"
HOST = re.compile(r"\*|(\*\.)?([\w.-]+|\[[\da-fA-F:.]+\])", re.ASCII)
ORIGIN = re.compile(r"\*|null|[a-z][a-z\d+.-]*://[^\s/?#@]+")
ROOT = re.compile(r"(/[\w.~!$&'()*+,;=:@-]+)*", re.ASCII)
Seconds = Annotated[float, Field(gt=0, le=3600)]


def asyncpg_url(value: str) -> str:
    """A PostgreSQL URL as hosts hand it out, for SQLAlchemy with asyncpg."""
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):  # of the port, which it quotes
        raise ValueError(f"Input should be a URL: {EXAMPLE}") from None
    if url.get_backend_name() not in ("postgres", "postgresql"):
        raise ValueError(f"Input should be a URL of PostgreSQL: {EXAMPLE}")
    query = {name: of for name, of in url.query.items() if name not in UNASKED}
    if mode := query.pop("sslmode", None):  # libpq's name for it
        query["ssl"] = mode
    for name in query.keys() - ASYNCPG:
        instead = f"; set PG{name.upper()} instead" if name.startswith("ssl") else ""
        raise ValueError(f"Input should not have the parameter {name}{instead}")
    url = url.set(drivername="postgresql+asyncpg", query=query)
    return url.render_as_string(hide_password=False)


def root_path(value: str) -> str:
    """The prefix of all public URLs: nothing, or a path such as `/api/v1`."""
    path = value.rstrip("/")
    if not ROOT.fullmatch(path) or {".", ".."} & {*path.split("/")}:
        raise ValueError("Input should be a path such as /api/v1")
    return path


def proxy(value: str) -> str:
    """An address, a network, or `*` for all."""
    if value != "*":
        try:
            ip_network(value)
        except ValueError:
            raise ValueError("Input should be addresses, networks or `*`") from None
    return value


def host(value: str) -> str:
    """A host, `*.` before those below one, or `*` for all."""
    if not HOST.fullmatch(value):
        raise ValueError("Input should be hosts: api.example.com, *.example.org")
    return value


def origin(value: str) -> str:
    """The origin of a page, as browsers send it, or `*` for all."""
    value = value.rstrip("/").lower()
    if not ORIGIN.fullmatch(value):
        raise ValueError("Input should be origins: https://example.com")
    return value


def words(value: object) -> object:
    """`a, b` as a list: what Pydantic expects is JSON."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


Url = Annotated[str, AfterValidator(asyncpg_url)]
RootPath = Annotated[str, AfterValidator(root_path)]
Proxy = Annotated[str, AfterValidator(proxy)]
Host = Annotated[str, AfterValidator(host)]
Origin = Annotated[str, AfterValidator(origin)]
Names = Annotated[list[T], NoDecode, BeforeValidator(words)]


def load() -> "Settings":
    """The settings; ends the process, a line for each that is missing or wrong."""
    try:
        return Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        sys.exit("\n".join(map(told, error.errors())))


def told(error: Any) -> str:
    """A line for one setting; the value is not in it, as it may be a secret."""
    detail = error["msg"].removeprefix("Value error, ")
    if error["type"] == "missing":
        detail = "This setting is required"
    name = ".".join(map(str, error["loc"])).upper()  # of several settings: none
    return f"{name}: {detail}" if name else detail


class Settings(BaseSettings):
    """One attribute a variable: `database_url` is `DATABASE_URL`."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    root_path: RootPath = ""
    """The prefix of all public URLs; the service answers with and without it."""
    workers: Annotated[int, Field(ge=1, le=1000)] = 1
    """Processes that answer on the port, each with a pool of its own."""
    forwarded_allow_ips: Names[Proxy] = ["127.0.0.1", "::1"]
    """Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    shutdown_timeout: Annotated[int, Field(ge=1, le=3600)] = 5
    """How long requests in flight may take once the service is told to stop."""
    keep_alive_timeout: Annotated[int, Field(ge=1, le=3600)] = 75
    """How long a connection may be idle: longer than load balancers keep theirs."""
    header_timeout: Seconds = 20
    """How long the head of a request may take to arrive before it is answered 408."""
    body_limit: Annotated[int, Field(ge=0)] = 16 * 1024 * 1024
    """Bytes of a request's body; more is answered 413."""
    body_timeout: Seconds = 20
    """How long a request's body may take to arrive before it is answered 408."""
    cors_origins: Names[Origin] = []
    """Whose pages may call the service from a browser; `*` is all."""
    trusted_hosts: Names[Host] = ["*"]
    """The Host headers that are answered."""
    docs: bool = True
    """Serve `/docs`, and the OpenAPI document that it shows."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] = "json"

    database_url: Url
    database_replica_url: Url | None = None
    """A streaming replica, which answers the GETs."""
    database_pgbouncer: bool = False
    """The URLs lead to PgBouncer in transaction mode (README)."""
    database_pool_size: Annotated[int, Field(ge=1, le=1000)] = 20
    """Connections that are kept; one table or unit of work gets half of all at most."""
    database_pool_overflow: Annotated[int, Field(ge=0, le=1000)] = 0
    """Connections on top of the pool's, opened and closed as they are needed."""
    database_pool_timeout: Seconds = 2
    """How long a request waits for a free connection before it is answered 503."""
    database_connect_timeout: Seconds = 3
    database_statement_timeout: Seconds = 30
    database_lock_timeout: Seconds = 1
    database_echo: bool = False
    """Log every statement, with its parameters."""

    # Yours below: settings of your own.
