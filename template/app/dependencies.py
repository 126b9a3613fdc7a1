"""What handlers ask for: `db: Db`, or `session: SessionDep`."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database


async def get_database(request: Request) -> Database:
    """The database; its replica answers the GETs."""
    state = request.app.state
    database: Database
    database = state.replica if request.method == "GET" else state.database
    return database


Db = Annotated[Database, Depends(get_database)]


async def get_session(db: Db) -> AsyncIterator[AsyncSession]:
    """An ORM session in a transaction, for the length of a handler."""
    async with db.session() as session:
        yield session


# scope="function" commits before the response is sent; the default would be after it.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
