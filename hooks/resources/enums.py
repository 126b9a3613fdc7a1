"""What `app/enums.py` prints."""

from __future__ import annotations

import keyword
import re

from ..language.spec import Enum
from ..layout import Group, assign, docstring, literal, prefixed, seq
from .resource import Resource


def doc(enum: Enum) -> str:
    """The docstring, which OpenAPI shows as well; empty where no value has a description."""
    lines = [f"- {value}: {doc}" for value, doc in zip(enum.values, enum.docs, strict=False)]
    return docstring("\n".join(["One of:", "", *lines])) if lines else ""


def described(resources: list[Resource]) -> Group | None:
    """What the values of enums mean that some answer has: name → value → meaning."""
    rows = [it.model for it in resources if it.any("list", "get", "create", "update", "replace")]
    shown = [it.type.enum for model in rows for it in model.fields if it.readable]
    found = {it.name: it for it in shown if it and it.docs}
    if not found:
        return None
    return seq((prefixed(f"{literal(name)}: ", _meanings(it)) for name, it in found.items()), "{}")


def _meanings(enum: Enum) -> Group:
    pairs = zip(enum.values, enum.docs, strict=True)
    # In a docstring their lines may be broken elsewhere.
    told = (f"{literal(value)}: {literal(' '.join(doc.split()))}" for value, doc in pairs)
    return seq(told, "{}")


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
