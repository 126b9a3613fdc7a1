"""Values of models.yml, written as Python."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import Any

from ..language.spec import Field
from ..layout import literal


def python_value(value: Any) -> str:
    """The expression that makes `value`, behind the imports that `hooks.types` names."""
    match value:
        case decimal.Decimal():
            return f'Decimal("{value}")'
        case uuid.UUID():
            return f'UUID("{value}")'
        case dt.datetime():
            zone = ", tzinfo=dt.UTC" if value.tzinfo else ""
            value = value.astimezone(dt.UTC) if value.tzinfo else value
            return f"dt.datetime({_parts(*value.timetuple()[:6], value.microsecond)}{zone})"
        case dt.date():
            return f"dt.date({value.year}, {value.month}, {value.day})"
        case dt.time():
            zone = ", tzinfo=dt.UTC" if value.tzinfo else ""
            parts = _parts(value.hour, value.minute, value.second, value.microsecond)
            return f"dt.time({parts}{zone})"
        case dt.timedelta():
            given = {"days": value.days, "seconds": value.seconds}
            given["microseconds"] = value.microseconds
            shown = [f"{unit}={n}" for unit, n in given.items() if n]
            return f"dt.timedelta({', '.join(shown)})"
        case list():
            return f"[{', '.join(map(python_value, value))}]"
        case dict():
            pairs = (f"{python_value(k)}: {python_value(v)}" for k, v in value.items())
            return f"{{{', '.join(pairs)}}}"
        case str():
            return literal(value)
        case _:
            return repr(value)


def field_value(field: Field, value: Any) -> str:
    """`value` of the type of `field`: a member where that is an enum."""
    if field.type.enum and isinstance(value, list):
        return f"[{', '.join(field_value(field, it) for it in value)}]"
    if field.type.enum:
        return f"{field.type.enum.name}({literal(value)})"
    return python_value(value)


def _parts(*numbers: int) -> str:
    """Without the zeros at the end, of which the first three or two are required."""
    kept = list(numbers)
    while len(kept) > 3 and not kept[-1]:
        kept.pop()
    return ", ".join(map(str, kept))
