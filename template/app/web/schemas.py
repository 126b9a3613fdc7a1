"""What schemas share."""

import warnings
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.warnings import UnsupportedFieldAttributeWarning
from pydantic_core import InitErrorDetails, PydanticCustomError

T = TypeVar("T")

# FastAPI calls each body by an alias, and hides this only while it makes routes.
warnings.filterwarnings("ignore", "The 'alias'", UnsupportedFieldAttributeWarning)


class Input(BaseModel):
    """A request body. A field that isn't known is an error, not ignored."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


def together(*names: str) -> Any:
    """A validator of a body: all of `names` are null, or none is."""
    rule = "All of {names} should be null, or none"
    detail = PydanticCustomError("together", rule, {"names": ", ".join(names)})

    def check(body: BaseModel) -> BaseModel:
        if len({getattr(body, name) is None for name in names}) == 1:
            return body
        fields = type(body).model_fields
        places = [fields[name].alias or name for name in names]
        faults = [InitErrorDetails(type=detail, loc=(it,), input=None) for it in places]
        raise ValidationError.from_exception_data(type(body).__name__, faults)

    return model_validator(mode="after")(check)


class Output(BaseModel):
    """A response body, filled from a row."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)


class Created(BaseModel):
    """How many rows a bulk create made."""

    created: int


Bulk = Annotated[list[T], Field(min_length=1, max_length=10_000)]
