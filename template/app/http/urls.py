"""How the path of a request is read, and what a parameter of a path may be."""

from urllib.parse import unquote_to_bytes

from starlette.convertors import (
    PathConvertor,
    StringConvertor,
    register_url_convertor,
)
from starlette.exceptions import HTTPException
from starlette.types import Scope

SLASH = "\ufdd0"  # one within a segment, while routes are looked for: no text has it


class Segment(StringConvertor):
    """A parameter of a path; `%2F` in it is a slash."""

    def convert(self, value: str) -> str:
        return value.replace(SLASH, "/")


class Rest(PathConvertor):
    """All that is left of a path."""

    def convert(self, value: str) -> str:
        return value.replace(SLASH, "/")


register_url_convertor("str", Segment())
register_url_convertor("path", Rest())


def put_root(scope: Scope, root: str) -> None:
    """Put `root` before the path, as ASGI has it, where a proxy took it away."""
    scope["root_path"] = root
    if not f"{scope['path']}/".startswith(f"{root}/"):
        scope["path"] = root + scope["path"]
        scope["raw_path"] = root.encode() + (scope.get("raw_path") or b"")


def read_url(scope: Scope) -> None:
    """Tell slashes within the segments of the path from those between them.

    Raises 422 for what is not UTF-8: servers put U+FFFD in its place.
    """
    query = scope["query_string"]
    try:
        unquote_to_bytes(query).decode()
        parts = (scope.get("raw_path") or b"").split(b"/")
        segments = [unquote_to_bytes(it).decode() for it in parts]
    except UnicodeDecodeError:
        raise HTTPException(422, "The URL is not UTF-8.") from None
    path = "/".join(segments)
    if SLASH in path or not query.isascii():
        raise HTTPException(422, "The URL has characters that no URL can have.")
    if path == scope["path"]:  # and no middleware has changed it
        scope["path"] = "/".join(it.replace("/", SLASH) for it in segments)


def path_of(scope: Scope) -> str:
    """The path that routes know, without what a proxy or a mount has put before it."""
    path: str = scope["path"]
    root_path = scope.get("root_path") or ""
    if root_path and path.startswith(f"{root_path}/"):
        return path.removeprefix(root_path)
    return path
