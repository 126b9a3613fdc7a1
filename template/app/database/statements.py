"""What the statements of every resource share."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import InstrumentedAttribute

from app.database.base import Base

T = TypeVar("T")


class NotFound(Exception):
    """A row that the request names by its key isn't there."""

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.")


class Conflict(Exception):
    """The request can't be done as things are now."""


class Invalid(Exception):
    """A value can't be right, whatever the rows are: of the body (`pointer`) or not."""

    def __init__(
        self, detail: str, *, pointer: str | None = None, parameter: str | None = None
    ) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.parameter = parameter


class Refused(Exception):
    """Some of many rows can't be written: those at `places` of the body."""

    def __init__(self, status: int, detail: str, places: Sequence[int]) -> None:
        super().__init__(detail)
        self.status = status
        self.places = places


def columns(
    model: type[Base], schema: type[BaseModel]
) -> list[InstrumentedAttribute[Any]]:
    """The attributes of `model` that `schema` shows: what to select for it."""
    return [getattr(model, name) for name in schema.model_fields]


def found(it: T | None, what: str) -> T:
    """`it`; raises `NotFound`, naming it `what`, where there is none."""
    if it is None:
        raise NotFound(what)
    return it
