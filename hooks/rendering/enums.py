"""What `app/enums.py` prints."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

from ..language.spec import Enum


@dataclass(frozen=True)
class EnumClass:
    """An enum, with a name that Python takes for each of its values."""

    enum: Enum
    members: dict[str, str]  # values by their names

    @property
    def name(self) -> str:
        return self.enum.name

    @property
    def doc(self) -> str:
        """What OpenAPI shows as well; empty where no value has a description."""
        described = zip(self.enum.values, self.enum.docs, strict=False)
        lines = [f"- {value}: {doc}" for value, doc in described]
        return "\n".join(["One of:", "", *lines]) if lines else ""


def enum_class(enum: Enum) -> EnumClass:
    members: dict[str, str] = {}
    taken = {"name", "value", "mro", *dir(str)}
    for value in enum.values:
        name = re.sub(r"\W", "_", value, flags=re.ASCII).strip("_") or "empty"
        if name[0].isdigit():
            name = f"n{name}"
        while name in taken or keyword.iskeyword(name):
            name += "_"
        taken.add(name)
        members[name] = value
    return EnumClass(enum, members)
