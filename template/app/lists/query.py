"""Query strings, read into a model at once: FastAPI takes a turn for each parameter."""

from collections.abc import Collection
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import Any, Self, get_origin

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticKnownError

COMMAS = {"sort", "embed"}  # separate the values of these
NO_FILTERS = {*COMMAS, "limit", "cursor", "offset"}
MOST = 200  # values of a filter
SUGGESTIONS = 5  # for unknown parameters of one query


class QueryModel(BaseModel):
    """What the query string of a resource may have: it knows every parameter.

    A tuple may be given several times, and those of COMMAS with commas.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    @classmethod
    async def from_request(cls, request: Request) -> Self:
        """A dependency, as FastAPI's `Query()` for a model, and several times as fast."""
        values: dict[str, Any] = {}
        faults: list[Any] = []
        many = repeatable(cls)
        for name, value in request.query_params.multi_items():
            if name in many:
                parts = value.split(",") if name in COMMAS else [value]
                values.setdefault(name, []).extend(parts)
            elif name in values:
                said = "Input should be given only once"
                faults.append({"type": "twice", "loc": (name,), "msg": said})
            else:
                values[name] = value
        try:
            query = cls.model_validate(values)
        except ValidationError as error:
            faults += error.errors(include_url=False, include_input=False)
        if faults:
            unknown = (it for it in faults if it["type"] == "extra_forbidden")
            for it in islice(unknown, SUGGESTIONS):
                it["msg"] = f"Unknown parameter: {instead_of(it['loc'][0], cls)}"
            raise RequestValidationError(
                [{**it, "loc": ("query", *it["loc"][:1])} for it in faults]
            )
        return query

    @field_validator("*")
    @classmethod
    def _check_many(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, tuple):
            return value
        if info.field_name == "sort":
            if len({term.removeprefix("-") for term in value}) < len(value):
                raise ValueError("Input should name each field only once")
        elif info.field_name == "embed":
            return tuple(sorted(set(value)))  # so that they make one statement
        elif len(value) > MOST:
            sizes = {"max_length": MOST, "actual_length": len(value)}
            raise PydanticKnownError("too_long", {"field_type": "Tuple", **sizes})
        return value

    def filters(self) -> dict[str, Any]:
        """The filters that are asked for, by the parameters of statements."""
        names = sorted(self.model_fields_set - NO_FILTERS)
        return {parameter(name, value := getattr(self, name)): value for name in names}

    def _sort(self) -> tuple[str, ...]:
        return getattr(self, "sort", ())


def instead_of(name: str, model: type[QueryModel]) -> str:
    """What `name` may be meant for: parameters like it, or all that are no comparison."""
    fields = model.model_fields.items()
    known = [it.alias or attribute for attribute, it in fields]
    if near := get_close_matches(name[:99], known):
        return f"did you mean {' or '.join(near)}?"
    return f"there are {', '.join(it for it in known if '__' not in it) or 'none'}"


@cache
def repeatable(model: type[QueryModel]) -> Collection[str]:
    """The parameters that may be given several times."""
    return {
        it.alias or name
        for name, it in model.model_fields.items()
        if get_origin(it.annotation) is tuple
    }


def parameter(name: str, value: Any) -> str:
    """The bind parameter of a filter; `isnull=false` has its own, as it changes the SQL."""
    if value is False and name.endswith("__isnull"):
        name = name.removesuffix("isnull") + "notnull"
    return f"is_{name}"
