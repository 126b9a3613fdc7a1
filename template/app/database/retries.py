"""Which errors of PostgreSQL pass, and trying again until they have."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from asyncpg import InvalidCachedStatementError, PostgresError
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")

RETRIED = {"40001", "40P01"}  # serialization failure, deadlock
ATTEMPTS = 5
OUTDATED = (
    InvalidCachedStatementError,
    AsyncAdapt_asyncpg_dbapi.InvalidCachedStatementError,
)


async def again(run: Callable[[], Awaitable[T]]) -> T:
    """`run()`, tried anew while PostgreSQL picks it as the victim of a conflict."""
    for attempt in range(1, ATTEMPTS):
        try:
            return await run()
        except (PostgresError, DBAPIError) as error:
            if sqlstate(error) not in RETRIED and not is_outdated(error):
                raise
        await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
    return await run()


def sqlstate(error: Exception) -> str:
    """PostgreSQL's code of an error, or "" where it didn't come from the server."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


def is_outdated(error: Exception) -> bool:
    """Whether it comes of a statement prepared for what was made anew since."""
    if isinstance(getattr(error, "orig", error), OUTDATED):
        return True
    return sqlstate(error) == "XX000" and "cache lookup failed for type" in str(error)
