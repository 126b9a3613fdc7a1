"""What schemas share."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class Input(BaseModel):
    """A request body. A field that isn't known is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Output(BaseModel):
    """A response body, filled from a row."""

    model_config = ConfigDict(from_attributes=True)


class Created(BaseModel):
    """How many rows a bulk create made."""

    created: int


Bulk = Annotated[list[T], Field(min_length=1, max_length=10_000)]
