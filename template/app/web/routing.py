"""Makes each route once, and finds it in a time that doesn't grow with the resources."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route, get_name
from starlette.types import Receive, Scope, Send


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


class Index:
    """Which routers may serve a path, by its first segment and number of segments.

    FastAPI would try all of them in turn. It still does where none of these serves:
    for the routes of the app itself, and to tell 404 from 405. The options are those
    of `include_router`: dependencies of all routes, and the like.
    """

    def __init__(
        self, app: FastAPI, routers: Iterable[APIRouter], **options: Any
    ) -> None:
        self.fixed: defaultdict[str, set[str]] = defaultdict(set)
        self.routes: defaultdict[tuple[str, int], list[BaseRoute]] = defaultdict(list)
        for router in routers:
            app.include_router(router, **options)
            included = app.router.routes[-1]
            places = set()
            for route in iter_route_contexts([included]):
                if route.path and isinstance(route.original_route, Route):
                    places.add(place_of(route.path))
                    if "{" not in route.path:
                        self.fixed[route.path] |= route.methods or set()
            for place in places:
                self.routes[place].append(included)
        self.otherwise = app.router.middleware_stack
        app.router.middleware_stack = self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            methods = self.fixed.get(scope["path"])
            if methods and scope["method"] not in methods:
                raise HTTPException(405)  # and it's no key: /users/bulk, /users/{id}
            for route in self.routes.get(place_of(scope["path"]), ()):
                match, child_scope = route.matches(scope)
                if match is Match.FULL:
                    scope.update(child_scope)
                    await route.handle(scope, receive, send)
                    return
        await self.otherwise(scope, receive, send)


def place_of(path: str) -> tuple[str, int]:
    return path[1:].partition("/")[0], path.count("/")
