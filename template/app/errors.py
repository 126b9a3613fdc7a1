"""What can go wrong, and the status that `app.http.problems` answers it with.

    ServiceError
    ├── NotFound         404  a row that the request names by its key is not there
    ├── Forbidden        403  whoever asks may not do that
    ├── Conflict         409  the request can't be met as things are now
    ├── InvalidValue     422  a value can't be right, whatever is stored
    ├── RowsRefused      its  some of many rows can't be written: 404, 409, 412 or 422
    ├── Unavailable      503  the database can't be reached, or has no connection free
    └── UnreadableValue  500  a stored value has no equivalent in Python

Raise them anywhere below a handler: the answer is a problem document, and what the
transaction did is rolled back. PostgreSQL's own errors are answered there too, such as
a value that is taken (409), or a lock that doesn't come in time (503).
"""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def still_referenced(table: str | None) -> str:
    """Why a row can't be deleted; `table` has the rows that refer to it, if known."""
    return f"{f'Rows of {table}' if table else 'Other rows'} still reference it."


class ServiceError(Exception):
    """The base of them all. Its text is shown to the client, as `detail`."""


class NotFound(ServiceError):
    """A row that the request names by its key is not there."""

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.")


class Forbidden(ServiceError):
    """Whoever asks may not do that, to any row."""


class Conflict(ServiceError):
    """The request can't be met as things are now."""


class InvalidValue(ServiceError):
    """A value can't be right, whatever is stored.

    It is in the body, at a JSON `pointer`, or a `parameter` of the path, query or headers.
    """

    def __init__(
        self, detail: str, *, pointer: str | None = None, parameter: str | None = None
    ) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.parameter = parameter


class RowsRefused(ServiceError):
    """Some of many rows can't be written: those at `places` of the body."""

    def __init__(self, status: int, detail: str, places: Sequence[int]) -> None:
        super().__init__(detail)
        self.status = status
        self.places = places


class Unavailable(ServiceError):
    """The database can't be reached, or has no connection free in time."""


class UnreadableValue(ServiceError):
    """A stored value has no equivalent in Python, such as a date BC."""


def found_or_404(row: T | None, what: str) -> T:
    """`row`; raises `NotFound`, which calls it `what`, where there is none."""
    if row is None:
        raise NotFound(what)
    return row
