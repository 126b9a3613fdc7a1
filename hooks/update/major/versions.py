"""What two renders of a service say of the way from one to the other."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import libcst as cst

from .book import Book, Rewrite, Target
from .tables import MODULES, NAMES, STATEMENTS
from .trees import code, module_at
from .units import Module, Unit

FACTORIES = "tests/factories.py"
MODEL = re.compile(r"\bstore\(db, (\w+),")
SAMPLE = '''def sample(n: int) -> dict[str, Any]:
    """What a create may send, another for each `n`, but for what it refers to."""'''
PATHS = "app.http.paths"  # rendered only where a key needs it
Texts = Mapping[str, str]  # by path


def texts(folder: Path) -> dict[str, str]:
    """The Python files of a project."""
    found = {}
    for it in sorted(folder.rglob("*.py")):
        if it.is_file() and not it.is_symlink():
            with suppress(UnicodeDecodeError):
                found[it.relative_to(folder).as_posix()] = it.read_text(encoding="utf-8")
    return found


def module_of(module: str) -> str:
    """What a module of the version before is called by now."""
    if found := MODULES.get(module):
        return found
    return (
        f"app.http.{module.removeprefix('app.web.')}" if module.startswith("app.web.") else module
    )


class Versions:
    def __init__(self, old: Texts, new: Texts, own: Texts) -> None:
        self.old, self.new, self.changed = old, new, own
        self.old_modules = {module_at(it): it for it in old}
        self.new_modules = {module_at(it): it for it in new}
        self.known: dict[str, set[str]] = {}
        self.kept: set[tuple[str, str]] = set()  # names that are brought along
        self.own = {
            (module_of(module_at(path)), name)
            for path, text in own.items()
            for name in defined(text) - defined(old.get(path, ""))
        }

    @cached_property
    def policies(self) -> dict[str, Target]:
        """That of each model."""
        found = {}
        for path, text in self.new.items():
            policies = path.startswith("app/resources/") and path.endswith("/policy.py")
            for node in ast.parse(text).body if policies else ():
                if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("Policy("):
                    assert isinstance(node.value, ast.Call)
                    name = ast.unparse(node.targets[0])
                    model = ast.unparse(node.value.args[0])
                    found[model] = Target(module_at(path), name, name)
        return found

    @cached_property
    def samples(self) -> dict[str, str]:
        """The file of facts of each model."""
        found = {}
        for path, text in self.new.items():
            if path.startswith("tests/resources/"):
                for node in ast.walk(ast.parse(text)):
                    if isinstance(node, ast.Call) and ast.unparse(node.func) == "facts.Resource":
                        found[ast.unparse(node.args[1])] = path
        return found

    @cached_property
    def factories(self) -> dict[str, tuple[str, str]]:
        """The generic function and the model of each factory that can be replaced."""
        found: dict[str, tuple[str, str]] = {}
        mine = functions(self.changed.get(FACTORIES, self.old.get(FACTORIES, "")))
        theirs = functions(self.old.get(FACTORIES, ""))
        for name, node in theirs.items():
            values = f"{name.removeprefix('create_')}_values"
            if not name.startswith("create_") or values not in theirs or name not in mine:
                continue
            same = ast.dump(mine[name]) == ast.dump(node)
            model = MODEL.search(ast.unparse(node))
            if model and same and values in mine and sample_of(mine[values]):
                found |= {name: ("create", model[1]), values: ("values", model[1])}
        return found

    @cached_property
    def models(self) -> dict[str, str]:
        """The module of each model."""
        return {
            name: module_at(path)
            for path, text in self.new.items()
            if path.startswith("app/resources/") and path.endswith("/model.py")
            for name in defined(text)
        }

    def aliases(self, router: str) -> dict[str, str]:
        """What a router calls the types of its queries."""
        found = {}
        for node in ast.parse(self.new.get(router, "")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("Annotated["):
                found[ast.unparse(node.value)] = ast.unparse(node.targets[0])
        return found

    def statements(self, router: str) -> dict[str, Target]:
        """Where what a router of the version before defines is by now."""
        folder = router.removesuffix("router.py")
        targets: dict[str, Target] = {}
        places = {
            name: module_at(path)
            for path in (f"{folder}policy.py", f"{folder}queries.py")
            for name in defined(self.new.get(path, ""))
        }
        for unit in Module.of(self.old.get(router, "")).units:
            for name in unit.names:
                now = renamed_statement(name, places)
                if now:
                    targets[name] = Target(places[now], now, now)
                elif name.endswith("_EXISTS") and isinstance(unit.node, ast.Assign):
                    model = (
                        ast.unparse(unit.node.value).partition("sa.select(")[2].partition(".")[0]
                    )
                    if policy := self.policies.get(model):
                        targets[name] = Target(policy.module, policy.root, f"{policy.code}.exists")
        return targets

    def exists(self, module: str, name: str) -> bool:
        if f"{module}.{name}" in self.new_modules or (module, name) in self.own:
            return True
        if module not in self.known:
            path = self.new_modules.get(module)
            self.known[module] = Module.of(self.new[path]).bound if path else set()
        if name in self.known[module]:
            return True
        was = {module_of(it): it for it in self.old_modules}.get(module)
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
        for path in self.old:
            if path.startswith("app/resources/") and path.endswith("/router.py"):
                for name, target in self.statements(path).items():
                    names[f"{module_at(path)}:{name}"] = target
        calls: dict[str, Rewrite] = {
            "app.web.queries:Reads": from_request,
            "app.web.problems:responses": responses,
            "app.database.offsets:offset_page": offset_page,
        }
        for name, (function, model) in self.factories.items():
            calls[f"tests.factories:{name}"] = self.factory(function, model)
        items = {
            "app.database.filters:AnyOf": lambda it: f"tuple[{it}, ...]",
            "app.database.sorting:Sorting": lambda it: f"tuple[{it}, ...]",
        }
        return Book(names, module_of, self.old_modules.__contains__, self.exists, calls, items)

    def book_of(self, path: str) -> Book:
        """For one file: routers of ours say some things in another way."""
        if path not in self.old:
            return self.book
        if not path.startswith("app/resources/") or not path.endswith("/router.py"):
            return replace(self.book, lenient=True)
        row = Target("typing", "Any", "dict[str, Any]")
        return replace(
            self.book,
            names={**self.book.names, "app.database:Row": row},
            calls={**self.book.calls, "fastapi:APIRouter": router},
            aliases=self.aliases(path),
            lenient=True,
        )

    def factory(self, function: str, model: str) -> Rewrite:
        def rewrite(arguments: Sequence[cst.Arg]) -> Target | None:
            first, *rest = [code(it) for it in arguments] or [""]
            if not first or "=" in first or first.startswith("*"):
                return None
            inside = ", ".join([first, model, *rest])
            return Target("tests.factories", function, f"{function}({inside})")

        return rewrite


def functions(text: str) -> dict[str, ast.AsyncFunctionDef]:
    found = (it for it in ast.parse(text).body if isinstance(it, ast.AsyncFunctionDef))
    return {it.name: it for it in found}


def sample_of(node: ast.AsyncFunctionDef) -> Unit | None:
    """A function of the number of a row, if it is made up as the template made it."""
    last = node.body[-1]
    if not isinstance(last, ast.Return) or not isinstance(last.value, ast.Dict):
        return None
    keys = zip(last.value.keys, last.value.values, strict=True)
    pairs = [(key, value) for key, value in keys if key is not None]
    value = ast.Dict([key for key, _ in pairs], [value for _, value in pairs])
    text = f"{SAMPLE}\n    return {ast.unparse(value)}"
    return Unit("define sample", text, 2, ast.parse(text).body[0])


def renamed_statement(name: str, places: Mapping[str, str]) -> str:
    now = STATEMENTS.get(name, name)
    if now in places:
        return now
    stem, edges = name.removesuffix("_MOVES"), name.endswith("_MOVES")
    alike = [it for it in places if it.startswith(f"{stem}_") and it.endswith("_EDGES") == edges]
    return alike[0] if len(alike) == 1 else ""


def defined(text: str) -> set[str]:
    try:
        return Module.of(text).defined
    except SyntaxError:
        return set()


def router(arguments: Sequence[cst.Arg]) -> Target:
    """The class hides that of its routes."""
    inside = [code(it) for it in arguments if not it.keyword or it.keyword.value != "route_class"]
    return Target("app.http.routing", "APIRouter", f"APIRouter({', '.join(inside)})")


def from_request(arguments: Sequence[cst.Arg]) -> Target | None:
    if len(arguments) != 1:
        return None
    return Target("", "", f"{code(arguments[0])}.from_request")


def responses(arguments: Sequence[cst.Arg]) -> Target | None:
    """FastAPI's own form: the problem document is added to OpenAPI."""
    if any(it.star or it.keyword for it in arguments):
        return None
    inside = ", ".join(f"{code(it)}: {{}}" for it in arguments)
    return Target("", "", f"{{{inside}}}")


def offset_page(arguments: Sequence[cst.Arg]) -> Target | None:
    if len(arguments) < 3 or any(it.star or it.keyword for it in arguments):
        return None
    db, listing, *rest = [code(it) for it in arguments]
    return Target("", "", f"{listing}.page({', '.join([db, *rest])})")
