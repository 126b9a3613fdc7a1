"""What schemas share."""

import warnings
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.warnings import UnsupportedFieldAttributeWarning
from pydantic_core import CoreSchema

from app.database.base import SHOWN

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

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """For OpenAPI: fields have the formats of the columns that they show."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema)["properties"]
        model = next((SHOWN[it] for it in cls.__mro__ if it in SHOWN), None)
        for name, field in cls.model_fields.items():
            kind = getattr(getattr(model, name, None), "type", None)
            add_formats(properties[field.serialization_alias or name], kind)
        return schema


def add_formats(schema: dict[str, Any], kind: Any) -> None:
    for it in schema.get("anyOf", [schema]):
        if it.get("type") == "array" and isinstance(kind, sa.ARRAY):
            add_formats(it["items"], kind.item_type)
        elif it.get("type") in (found := formats(kind)):
            it["format"] = found[it["type"]]


def formats(kind: Any) -> dict[str, str]:
    """By the types of JSON: OpenAPI's formats for the values of a column."""
    match kind:
        case sa.BigInteger():
            return {"integer": "int64"}
        case sa.Integer():
            return {"integer": "int32"}
        case sa.REAL():
            return {"number": "float"}
        case sa.Float():
            return {"number": "double"}
        case sa.Numeric():
            return {"string": "decimal"}
        case sa.DateTime(timezone=False):
            return {"string": "date-time-local"}
        case sa.Time(timezone=False):
            return {"string": "time-local"}
    return {}


Bulk = Annotated[list[T], Field(min_length=1, max_length=10_000)]
