"""Intervals, read as PostgreSQL compares them."""

import datetime as dt
from typing import Any

INTERVAL = 1186  # an OID


def set_codec(connection: Any, record: object) -> None:
    """On a new connection: a month has 30 days; asyncpg gives a year 365."""
    settings = connection.driver_connection._protocol.get_settings()
    codec = ("scalar", encoded, decoded, "tuple")
    settings.add_python_codec(INTERVAL, "interval", "pg_catalog", [], *codec)


def encoded(value: dt.timedelta) -> tuple[int, int, int]:
    return 0, value.days, value.seconds * 1_000_000 + value.microseconds


def decoded(value: tuple[int, int, int]) -> dt.timedelta:
    months, days, microseconds = value
    return dt.timedelta(30 * months + days, microseconds=microseconds)
