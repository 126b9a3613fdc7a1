"""The data: one pool of connections, and three ways to it.

In this order of preference: one statement (`db.first`, `db.all`), a unit of work
(`db.transaction`), an ORM session as a dependency (`SessionDep`). All of them commit
before the response is sent.
"""

from app.database.compiled import Record
from app.database.engine import Database

__all__ = ["Database", "Record"]
