"""What `app/enums.py` prints."""

from __future__ import annotations

import keyword
import re

from ..language.spec import Enum
from ..layout import assign, docstring, literal


def doc(enum: Enum) -> str:
    """The docstring, which OpenAPI shows as well; empty where no value has a description."""
    lines = [f"- {value}: {doc}" for value, doc in zip(enum.values, enum.docs, strict=False)]
    return docstring("\n".join(["One of:", "", *lines])) if lines else ""


def members(enum: Enum) -> list[str]:
    """`name = "value"` for each value, under a name that Python takes."""
    lines: list[str] = []
    taken = {"name", "value", "mro", *dir(str)}
    for value in enum.values:
        name = re.sub(r"\W", "_", value, flags=re.ASCII).strip("_") or "empty"
        if name[0].isdigit():
            name = f"n{name}"
        while name in taken or keyword.iskeyword(name):
            name += "_"
        taken.add(name)
        lines.append(assign(4, name, literal(value)))
    return lines
