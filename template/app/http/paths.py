"""Paths of what was made."""

from urllib.parse import quote

from pydantic_core import to_jsonable_python


def location(path: str, *key: object) -> str:
    """The path of one resource (RFC 9110, Location): its key behind that of the list."""
    parts = (quote(str(part), safe="") for part in to_jsonable_python(key))
    return "/".join([path, *parts])
