"""Makes each route once, and finds it in a time that doesn't grow with the resources."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from types import MethodType
from typing import Any

import fastapi
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.convertors import FloatConvertor, IntegerConvertor, UUIDConvertor
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Mount, Route, compile_path, get_name
from starlette.types import Receive, Scope, Send

from app.http.urls import Rest, path_of, read_url

NO_LIFESPAN = type(fastapi.APIRouter().lifespan_context)
FOUND = "app.route"  # in the scope of a request: the route that serves it
NEAR = "app.near"  # or, if none does: the routers that have its path


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
        methods = options.get("methods")
        self.methods = {"GET"} if methods is None else {it.upper() for it in methods}

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


def generated_routes(top: BaseRoute) -> list[LazyRoute]:
    """Those of an included router, if all of them are generated."""
    routes = getattr(getattr(top, "original_router", None), "routes", [])
    return routes if all(map(is_generated, routes)) else []


class Candidate:
    """A route that may serve what is asked, to be compared with others."""

    def __init__(
        self, top: BaseRoute, route: BaseRoute, methods: set[str] | None, compiled: Any
    ) -> None:
        self.top = top  # the route, or the router of the app that it is in
        self.route = route
        self.generated = is_generated(route)
        self.number = 0
        self.methods = methods or set()
        self.answers_head = False  # as it answers GET
        self.regex, self.path, kinds = compiled
        # One of its URLs, which no narrower route has as well.
        values = {name: URLS.get(type(it), "\0") for name, it in kinds.items()}
        self.url = self.path.format_map(values)

    @classmethod
    def within(cls, top: BaseRoute) -> Iterator["Candidate"]:
        """Those in `top`; of a generated router, without what FastAPI makes of them."""
        if generated := generated_routes(top):
            for it in generated:
                path = top.include_context.path_for(it)  # type: ignore[attr-defined]
                yield cls(top, it, it.methods, compile_path(path))
            return
        for context in iter_route_contexts([top]):
            route = context.original_route
            if isinstance(route, Route | Mount):
                asked = context.matches.__self__
                if isinstance(asked, BaseRoute):  # maybe a copy, of one of Starlette's
                    route = asked
                convertors = context.param_convertors
                compiled = context.path_regex, str(context.path_format), convertors
                yield cls(top, route, context.methods, compiled)

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

    FastAPI makes the routes of an included router when it is first asked: those of
    owners here, so that a mistake in them ends the start, and those of a generated
    router with its first request. A thousand of these would take most of the start.
    """

    def __init__(self, app: FastAPI) -> None:
        self.router = app.router
        self.otherwise = app.router.middleware_stack
        app.router.middleware_stack = app.state.routes = self
        self.fill()

    def fill(self) -> None:
        self.size = len(self.router.routes)
        self.fixed: defaultdict[str, list[Candidate]] = defaultdict(list)
        self.below: defaultdict[str, list[Candidate]] = defaultdict(list)
        candidates: list[Candidate] = []
        for top in self.router.routes:
            candidates += Candidate.within(top)
            if generated_routes(top):
                vars(top).setdefault("matches", MethodType(matches_if_near, top))
        heads = {it.regex for it in candidates if "HEAD" in it.methods}
        for number, it in enumerate(candidates):
            it.number = number
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
            found = fixed or self.candidates(path)
            for it in found:
                if it.serves(method, path):
                    if method == "HEAD" and it.answers_head:
                        scope["method"] = "GET"
                    scope[FOUND] = it.route, scope.get("root_path")
                    match, child_scope = type(it.top).matches(it.top, scope)
                    if match is not Match.FULL:  # by a rule of its own class
                        del scope[FOUND]
                        scope["method"] = method
                    elif it.top is it.route:
                        break
                    else:
                        scope.update(child_scope)
                        await it.top.handle(scope, receive, send)
                        return
            else:
                scope[NEAR] = [it.top for it in found if it.regex.match(path)]
        await self.otherwise(scope, receive, send)

    def methods(self, path: str) -> set[str]:
        """What `path` can be asked for."""
        found = self.fixed.get(path) or self.candidates(path)
        return {name for it in found if it.regex.match(path) for name in it.methods}

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


def matches_if_near(top: BaseRoute, scope: Scope) -> tuple[Match, Scope]:
    """What `top` says where it has the path: asking it makes all its routes."""
    if any(it is top for it in scope.get(NEAR, ())):
        return type(top).matches(top, scope)
    return Match.NONE, {}
