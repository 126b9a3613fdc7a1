"""Where the code of a file of the version before stands by now."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from pathlib import PurePosixPath

from .samples import sample
from .trees import is_router, module_at
from .units import MARK, Import, Module, Unit
from .versions import FACTORIES, Versions

MAIN = "app/main.py"
# What handlers of lists did with an empty page, as lists do by now.
PARENT = re.compile(
    r"if not page\['items'\]:\n +found_or_404\(await db\.first\(\w+\.exists, key\), '[^']+'\)"
)
EXTEND = '''def extend(app: FastAPI, config: settings.Settings) -> None:
    """Add what only this service has."""
'''


def place(path: str, text: str, versions: Versions) -> dict[str, str]:
    """The parts of a file whose names are those of now, by their paths; the first has the rest."""
    if is_router(path):
        return split(path, text, versions)
    if path == FACTORIES:
        return apart(text, versions)
    if path == MAIN:
        return {path: extended(text)}
    return spread(path, text, versions)


def extended(text: str) -> str:
    """With a function of its own for what is the owner's alone."""
    head, mark, rest = text.partition(f"    {MARK}: middleware, routers and the like.\n")
    own, last, tail = rest.partition("    app.add_middleware(  # around all others\n")
    if not mark or not last:
        return text
    return f"{head}    extend(app, config)\n\n{last}{tail}\n\n{EXTEND}{mark}{own}"


def moved(path: str, versions: Versions) -> str:
    """Where a file is by now."""
    module = module_at(path)
    now = versions.module_of(module)
    if now == module:
        return path
    name = PurePosixPath(now.replace(".", "/"))
    return str(name / "__init__.py" if path.endswith("__init__.py") else name.with_suffix(".py"))


def split(path: str, text: str, versions: Versions) -> dict[str, str]:
    """A router, and the statements that have files of their own."""
    folder = path.removesuffix("router.py")
    module = Module.of(without_parents(text))
    parts: dict[str, str] = {}
    taken: list[Unit] = []
    for name in ("policy", "queries"):
        target = f"{folder}{name}.py"
        there = Module.of(versions.new[target]).defined if target in versions.new else set()
        mine = [it for it in module.units if it.names & there and it not in taken]
        taken += mine
        if "UNCHANGED" in there - module.defined:  # for what the new version has two of
            mine += [named(it, "UNCHANGED") for it in mine if it.names == {"SELECT"}]
        if mine:
            parts[target] = part(module.imports, mine, module_at(target))
    rest = [it for it in module.units if it not in taken]
    return {path: Module(module.imports, rest).text(), **parts}


def without_parents(text: str) -> str:
    """Handlers of lists that leave it to them to ask for the parent."""
    lines = text.splitlines(keepends=True)
    for node in reversed(ast.parse(text).body):
        body = node.body if isinstance(node, ast.AsyncFunctionDef) else []
        asks = [it for it in body if PARENT.fullmatch(ast.unparse(it))]
        *_, got, last = [None, None, *(it for it in body if it not in asks)]
        returned = asks and got and last and ast.unparse(last) == "return page"
        if returned and isinstance(got, ast.Assign) and ast.unparse(got.targets[0]) == "page":
            del lines[last.lineno - 1 : last.end_lineno]
            lines[got.lineno - 1] = lines[got.lineno - 1].replace("page = ", "return ", 1)
        for it in asks:
            del lines[it.lineno - 1 : it.end_lineno]
    return "".join(lines)


def named(unit: Unit, name: str) -> Unit:
    """A copy of an assignment, to another name."""
    text = re.sub(r"^\w+", name, unit.text, count=1, flags=re.MULTILINE)
    return Unit(f"define {name}", text, unit.blank, ast.parse(text).body[0])


def part(imports: dict[str, Import], units: list[Unit], module: str) -> str:
    """A file of `units`, with all imports but those of what stands in `module` itself."""
    own = {name for it in units for name in it.names}
    kept = {
        name: it
        for name, it in imports.items()
        if name not in own and not it.line.startswith(f"from {module} import")
    }
    return Module(kept, units).text()


def spread(path: str, text: str, versions: Versions) -> dict[str, str]:
    """A file, and what is in others by now."""
    here = moved(path, versions)
    modules = {it.code: it.module for it in versions.statements(path, text).values()}
    module, parts = Module.of(text), {}
    for target in sorted({*modules.values()} - {module_at(here)}):
        units = [it for it in module.units if target in {modules.get(name) for name in it.names}]
        where = versions.new_modules.get(target)
        if units and where:
            parts[where] = part(module.imports, units, target)
            module.units = [it for it in module.units if it not in units]
    return {here: module.text() if parts else text, **parts}


def apart(text: str, versions: Versions) -> dict[str, str]:
    """Factories, and what they gave to the rows of a model, as its facts have it."""
    module = Module.of(text)
    parts, rest = {}, []
    for unit in module.units:
        node = unit.node
        names = unit.names & versions.factories.keys()
        function, model = versions.factories[names.pop()] if names else ("", "")
        path = versions.goal.samples.get(model)
        if not path or not isinstance(node, ast.AsyncFunctionDef):
            rest.append(unit)
        elif function == "values":
            head = versions.goal.head_of_sample(path)
            if made := sample(node.name, versions.old[FACTORIES], text, head):
                parts[path] = Module(dict(module.imports), [made]).text()
    return {FACTORIES: Module(module.imports, rest).text(), **parts}


def bring(text: str, source: str, names: Collection[str]) -> str:
    """`text` with what else is wanted of the version before, and what that uses."""
    module, spare = Module.of(text), Module.of(source)
    wanted = set(names)
    brought: list[Unit] = []
    while wanted:
        units = [it for it in spare.units if it.names & wanted and it not in brought]
        brought += units
        used = {name for it in units for name in it.uses}
        wanted = used - module.bound - {name for it in brought for name in it.names}
        wanted &= spare.defined
    units = [*module.units, *(it for it in spare.units if it in brought)]
    return Module({**spare.imports, **module.imports}, units).text()
