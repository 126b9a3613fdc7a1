"""Makes each route once, and finds it in a time that doesn't grow with the resources."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from operator import attrgetter
from types import MethodType
from typing import Any
from urllib.parse import unquote_to_bytes

import fastapi
from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.convertors import (
    FloatConvertor,
    IntegerConvertor,
    PathConvertor,
    StringConvertor,
    UUIDConvertor,
    register_url_convertor,
)
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Mount, Route, get_name
from starlette.types import Receive, Scope, Send

SLASH = "\ufdd0"  # one within a segment, while routes are looked for: no text has it
NO_LIFESPAN = type(fastapi.APIRouter().lifespan_context)
FOUND = "app.route"  # in the scope of a request: the route that serves it


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
# What may stand for a parameter of the kind, and for none of a narrower kind.
URLS: dict[type, str] = {
    IntegerConvertor: "0",
    FloatConvertor: "0.5",
    UUIDConvertor: "f" * 32,
    Rest: "//",
}


class LazyRoute(APIRoute):
    """A route that the app which includes it makes.

    FastAPI would make it here, and again for the app. If anything but what it was
    declared with is asked of it, it is made here after all.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.stream_item_type, self.form_limits = None, {}
        vars(self).update(options, path=path, endpoint=endpoint, options=options)
        self.name = options.get("name") or get_name(endpoint)

    def __getattr__(self, name: str) -> Any:
        options = vars(self).pop("options", None)
        if options is None:
            raise AttributeError(name)
        super().__init__(self.path, self.endpoint, **options)
        return getattr(self, name)


class APIRouter(fastapi.APIRouter):
    """FastAPI's router; what it serves is made when an app includes it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=LazyRoute, **options)


def include(app: FastAPI, router: fastapi.APIRouter, **options: Any) -> None:
    """As FastAPI does, but for a lifespan that does nothing.

    It would nest each in all before it: with a thousand resources that is too deep.
    """
    before, lifespan = app.router.lifespan_context, router.lifespan_context
    app.include_router(router, **options)
    handlers = [*router.on_startup, *router.on_shutdown]
    if isinstance(lifespan, NO_LIFESPAN) and not handlers:
        app.router.lifespan_context = before


def is_generated(route: Any) -> bool:
    """Whether it is in a `router.py`, and not in a module of an owner's."""
    return isinstance(route, LazyRoute) and route.endpoint.__module__.endswith(
        ".router"
    )


class Candidate:
    """A route that may serve what is asked, to be compared with others."""

    def __init__(self, number: int, top: BaseRoute, context: RouteContext) -> None:
        self.top = top  # the route, or the router of the app that it is in
        self.route = context.original_route
        asked = context.matches.__self__
        if isinstance(asked, BaseRoute):  # maybe a copy, of one that isn't FastAPI's
            self.route = asked
        self.generated = is_generated(self.route)
        self.number = number
        self.methods: set[str] = context.methods or set()
        self.answers_head = False  # as it answers GET
        self.regex = context.path_regex
        self.path = str(context.path_format)
        # One of its URLs, which no narrower route has as well.
        kinds = context.param_convertors.items()
        values = {name: URLS.get(type(it), "\0") for name, it in kinds}
        self.url = self.path.format_map(values)

    def serves(self, method: str, path: str) -> bool:
        asked = not self.methods or method in self.methods
        return asked and self.regex.match(path) is not None

    def precedes(self, other: "Candidate") -> bool:
        """Whether it is narrower; of two alike in a generated router, the later one.

        That is its owner's, who wrote it below.
        """
        alike = self.regex.match(other.url)
        both_generated = self.generated and other.generated
        return bool(other.regex.match(self.url)) and (not alike or both_generated)


class RoutingTable:
    """Which routes may serve a path, by their segments before the first parameter.

    The narrowest comes first, wherever it is declared: /users/me before /users/{id}.
    Of others, those of owners come before those of generated routers. FastAPI would
    try each in turn. It still does where none of these serves: to tell 404 from 405.
    """

    def __init__(self, app: FastAPI) -> None:
        self.router = app.router
        self.otherwise = app.router.middleware_stack
        app.router.middleware_stack = self
        self.fill()

    def fill(self) -> None:
        self.size = len(self.router.routes)
        contexts = [
            (top, context)
            for top in self.router.routes
            for context in iter_route_contexts([top])
            if isinstance(context.original_route, Route | Mount)
        ]
        self.fixed: defaultdict[str, list[Candidate]] = defaultdict(list)
        self.below: defaultdict[str, list[Candidate]] = defaultdict(list)
        candidates = [Candidate(number, *it) for number, it in enumerate(contexts)]
        heads = {it.regex for it in candidates if "HEAD" in it.methods}
        for it in candidates:
            it.answers_head = "GET" in it.methods and it.regex not in heads
            if it.answers_head:
                it.methods = {*it.methods, "HEAD"}
            vars(it.route).setdefault("matches", MethodType(matches, it.route))
            start, parameter, _ = it.path.partition("{")
            if parameter:
                self.below[start.rpartition("/")[0]].append(it)
            else:
                self.fixed[it.path].append(it)
        self.depth = max((it.count("/") for it in self.below), default=0)
        for start in sorted(self.below, key=len):
            wider = self.candidates(start.rpartition("/")[0]) if start else []
            self.below[start] = ordered([*wider, *self.below[start]])
        for path, found in self.fixed.items():
            # A catch-all of an owner's may have GET /login, and a route POST /login.
            if not any(it.generated for it in found):
                found += [it for it in self.candidates(path) if not it.generated]
            self.fixed[path] = ordered(found)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if len(self.router.routes) != self.size:
                self.fill()
            query = scope["query_string"]
            if (
                b"%" in scope.get("raw_path", b"")
                or b"%" in query
                or not query.isascii()
            ):
                read_url(scope)
            path, method = path_of(scope), scope["method"]
            fixed = self.fixed.get(path)
            if fixed and not any(it.serves(method, path) for it in fixed):
                raise HTTPException(405)  # and it's no key: /users/bulk, /users/{id}
            for it in fixed or self.candidates(path):
                if it.serves(method, path):
                    if method == "HEAD" and it.answers_head:
                        scope["method"] = "GET"
                    scope[FOUND] = it.route, scope.get("root_path")
                    match, child_scope = it.top.matches(scope)
                    if match is not Match.FULL:  # by a rule of its own class
                        del scope[FOUND]
                        scope["method"] = method
                    elif it.top is it.route:
                        break
                    else:
                        scope.update(child_scope)
                        await it.top.handle(scope, receive, send)
                        return
        await self.otherwise(scope, receive, send)

    def candidates(self, path: str) -> list[Candidate]:
        """Those with a parameter, by the longest start of `path` that any has."""
        parts = path.split("/", self.depth + 1)[: self.depth + 1]
        while parts:
            if found := self.below.get("/".join(parts)):
                return found
            parts.pop()
        return []


def ordered(candidates: Iterable[Candidate]) -> list[Candidate]:
    """In the order in which they are asked."""
    found: list[Candidate] = []
    for it in sorted(candidates, key=attrgetter("generated", "number")):
        later = (at for at, other in enumerate(found) if it.precedes(other))
        found.insert(next(later, len(found)), it)
    return found


def matches(route: BaseRoute, scope: Scope) -> tuple[Match, Scope]:
    """What `route` itself says, unless another was found to serve the request.

    A route of a mounted app is asked below another root, and may be the same object.
    """
    if FOUND in scope:
        found, root_path = scope[FOUND]
        if found is not route and root_path == scope.get("root_path"):
            return Match.NONE, {}
    return type(route).matches(route, scope)


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
