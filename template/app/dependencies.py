"""What handlers ask for: `db: Db`, or `session: SessionDep`."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database


async def get_database(request: Request) -> Database:
    """The database; for a GET its replica, where there is one: it can't write there."""
    state = request.app.state
    reads = request.method == "GET"
    database: Database = state.replica if reads else state.database
    return database


Db = Annotated[Database, Depends(get_database)]


async def get_session(db: Db) -> AsyncIterator[AsyncSession]:
    """An ORM session in a transaction, for the length of a handler."""
    async with db.session() as session:
        yield session


# With scope="function" it commits before the response is sent; by default, after it.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
