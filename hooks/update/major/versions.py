"""What two renders of a service say of the way from one to the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from .aside import clashes, in_the_way
from .book import Book, Rewrite, Target
from .goal import Goal
from .rewrites import (
    by_policy,
    factory,
    from_request,
    offset_page,
    responses,
    router,
)
from .samples import replaced
from .statements import Statements
from .tables import NAMES, module_of
from .trees import is_router, module_at
from .units import Module, defined

FACTORIES = "tests/factories.py"
PATHS = "app.http.paths"  # rendered only where a key needs it
# Of what takes a policy by now instead of a model.
LISTS = (
    "app.database:Listing",
    "app.database.paging:Listing",
    "app.database.search:SearchListing",
)
RELATIONS = ("app.database.embeds:ToOne", "app.database.embeds:ToMany")
TESTS = re.compile(r"tests\.resources\.(\w+)\.(\w+)")
Texts = Mapping[str, str]  # by path


class Versions:
    def __init__(self, old: Texts, new: Texts, own: Texts) -> None:
        self.old, self.new, self.changed = old, new, own
        self.goal = Goal(new)
        self.routers = Statements(old, self.goal)
        self.old_modules = {module_at(it): it for it in old}
        self.new_modules = {module_at(it): it for it in new}
        self.known: dict[str, set[str]] = {}
        self.kept: set[tuple[str, str]] = set()  # names that are brought along
        self.aside = in_the_way(old, new, own)
        self.clashes = {
            path: clashes(path, old[path], own[path], new, self.targets(path))
            for path in own.keys() & old.keys()
        }
        self.own = {
            (self.module_of(module_at(path)), self.clashes.get(path, {}).get(name, name))
            for path, text in own.items()
            for name in defined(text) - defined(old.get(path, ""))
        }

    def module_of(self, module: str) -> str:
        """What a module of the version before, or of the owner, is called by now."""
        if found := TESTS.fullmatch(module):
            return self.module_of_tests(module, *found.groups())
        head, tail = module, ""
        while head:
            if head in self.aside:
                return self.aside[head] + tail
            head, _, last = head.rpartition(".")
            tail = f".{last}{tail}"
        return module_of(module)

    def module_of_tests(self, module: str, plural: str, name: str) -> str:
        """A file has what a package of tests had; what is the owner's own is beside it."""
        facts = f"tests.resources.{plural}"
        if facts not in self.new_modules or facts not in self.old_modules:
            return module
        if module in self.old_modules:
            return facts
        own = f"tests/resources/{plural}/conftest.py" in self.changed
        return f"{facts}_own.{name}" if own else f"{facts}_{name}"

    def targets(self, path: str) -> list[str]:
        """The files that have by now what was in one of the version before."""
        module = self.module_of(module_at(path)).replace(".", "/")
        found = [path.replace(module_at(path).replace(".", "/"), module, 1)]
        if is_router(path):
            folder = path.removesuffix("router.py")
            found += [f"{folder}policy.py", f"{folder}queries.py"]
        return found

    @cached_property
    def factories(self) -> dict[str, tuple[str, str]]:
        """The generic function and the model of each factory that can be replaced."""
        was = self.old.get(FACTORIES, "")
        return replaced(was, self.changed.get(FACTORIES, was))

    def statements(self, path: str, text: str) -> dict[str, Target]:
        """Where what a file of the version before, of which this is the text, has is by now."""
        if is_router(path):
            return self.routers.of(path, text)
        module = module_at(path)
        found = {it: Target.of(NAMES.get(f"{module}:{it}", "")) for it in defined(self.old[path])}
        return {name: it for name, it in found.items() if it.code.isidentifier()}

    @cached_property
    def before(self) -> dict[str, str]:
        """The module of the version before that is one of now."""
        return {self.module_of(it): it for it in self.old_modules}

    def exists(self, module: str, name: str) -> bool:
        if f"{module}.{name}" in self.new_modules or (module, name) in self.own:
            return True
        if module not in self.known:
            path = self.new_modules.get(module)
            self.known[module] = Module.of(self.new[path]).bound if path else set()
        if name in self.known[module]:
            return True
        was = self.before.get(module)
        if was is None:
            return module not in self.new_modules  # of somebody else
        brought = module == PATHS or module.startswith("tests.")
        if not brought or name not in defined(self.old[self.old_modules[was]]):
            return False
        self.kept.add((module, name))
        return True

    @cached_property
    def book(self) -> Book:
        names = {key: Target.of(it) for key, it in NAMES.items()}
        for path, found in self.clashes.items():
            module = module_at(path)
            names |= {
                f"{module}:{it}": Target(self.module_of(module), own, own)
                for it, own in found.items()
            }
        for path, it in self.old.items():
            if is_router(path):
                for name, target in self.routers.of(path, self.changed.get(path, it)).items():
                    names[f"{module_at(path)}:{name}"] = target.yours or target
        calls: dict[str, Rewrite] = {
            "app.web.queries:Reads": from_request,
            "app.web.problems:responses": responses,
            "app.database.offsets:offset_page": offset_page,
        }
        arguments = {it: by_policy(self.goal.policies, of_lists=True) for it in LISTS}
        arguments |= {it: by_policy(self.goal.policies, of_lists=False) for it in RELATIONS}
        for name, (function, model) in self.factories.items():
            names[f"tests.factories:{name}"] = Target("tests.factories", function, function)
            arguments[f"tests.factories:{name}"] = factory(model, self.goal.models[model])
        items = {
            "app.database.filters:AnyOf": lambda it: f"tuple[{it}, ...]",
            "app.database.sorting:Sorting": lambda it: f"tuple[{it}, ...]",
        }
        is_module = (self.old_modules.keys() | self.aside.keys()).__contains__
        return Book(
            names, self.module_of, is_module, self.exists, self.imported, calls, arguments, items
        )

    def imported(self, module: str, name: str) -> str:
        """What `name` is by now that a module of the version before imported."""
        imports = Module.of(self.old[self.old_modules[module]]).imports
        line = imports[name].line.split() if name in imports else []
        if len(line) < 4 or line[0] != "from":
            return name
        now = self.book.target(line[1], line[3]).code
        return now if self.exists(self.module_of(module), now) else name

    def book_of(self, path: str) -> Book:
        """For one file: routers of ours say some things in another way."""
        if path not in self.old:
            return self.book
        if not is_router(path):
            return replace(self.book, lenient=True)
        row = Target("typing", "Any", "dict[str, Any]")
        here = Target("app.http.routing", "APIRouter", "APIRouter")
        return replace(
            self.book,
            names={**self.book.names, "app.database:Row": row, "fastapi:APIRouter": here},
            arguments={**self.book.arguments, "fastapi:APIRouter": router},
            aliases=self.goal.aliases(path),
            lenient=True,
        )
