"""What schemas share."""

import warnings
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.warnings import UnsupportedFieldAttributeWarning

T = TypeVar("T")

# FastAPI calls each body by an alias, and hides this only while it makes routes.
warnings.filterwarnings("ignore", "The 'alias'", UnsupportedFieldAttributeWarning)


class Input(BaseModel):
    """A request body. A field that isn't known is an error, not ignored."""

    # A default of bytes stands in OpenAPI as it would be sent.
    model_config = ConfigDict(extra="forbid", defer_build=True, ser_json_bytes="base64")


class Output(BaseModel):
    """A response body, filled from a row."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)


Bulk = Annotated[list[T], Field(min_length=1, max_length=10_000)]
