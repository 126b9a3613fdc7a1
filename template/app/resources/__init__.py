"""What the service serves, a package a resource.

Every module in here that has a `router` is served and every mapped class is known to
the migrations: put a module or a package beside the others and it is found.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from fastapi import APIRouter


def modules() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        yield import_module(module.name)


def load_models() -> None:
    """Map every model: relations name each other, so all of them have to be there."""
    for _ in modules():
        pass


def routers() -> list[APIRouter]:
    """Each router once, also where a module imports another's.

    Those of owners come last: of two alike theirs serves, and OpenAPI describes the last.
    """
    found = sorted(modules(), key=lambda it: not it.__name__.endswith(".router"))
    made = (getattr(module, "router", None) for module in found)
    return list({id(it): it for it in made if isinstance(it, APIRouter)}.values())
