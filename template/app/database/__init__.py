"""The data: one engine, and three ways to it.

In this order of preference: one statement (`Db`: `db.first`, `db.all`), a unit of work
(`db.transaction`), an ORM session as a dependency (`Session`). All of them commit
before the response is sent.
"""

from app.database.compiled import Row
from app.database.engine import Database, Db, Session, Unavailable, Unreadable
from app.database.paging import CursorPage, Listing
from app.database.statements import Conflict, Invalid, NotFound, columns, found

__all__ = [
    "Conflict",
    "CursorPage",
    "Database",
    "Db",
    "Invalid",
    "Listing",
    "NotFound",
    "Row",
    "Session",
    "Unavailable",
    "Unreadable",
    "columns",
    "found",
]
