"""What is wrong with a value."""

from __future__ import annotations

from typing import Any

from ..diagnostics import Code, show


class Wrong(ValueError):
    """What a value is not, and what to write instead."""

    def __init__(self, what: str, code: Code = Code.DEFAULT) -> None:
        super().__init__(what)
        self.code = code


def quoted(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(f"YAML reads {show(value)} here, not text: quote it", Code.QUOTE)
    if any(char == "\0" or 0xD800 <= ord(char) <= 0xDFFF for char in value):
        raise Wrong(f"{show(value)} holds a character that PostgreSQL cannot store")
    return value
