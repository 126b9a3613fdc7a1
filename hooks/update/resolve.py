"""Imports of what no longer exists, told without running anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from .project import ASIDE
from .settle import parsed

ANYTHING = "*"
Missing = tuple[str, str]  # a module, and a name that it should have; "" is the module itself


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.exported: dict[str, set[str]] = {}

    @cached_property
    def tops(self) -> set[str]:
        return {it.name for it in self.folder.iterdir() if it.is_dir()}

    def missing(self, theirs: Path) -> Iterator[tuple[str, Missing]]:
        """By files that aren't as `theirs` has them."""
        for path in sorted(self.folder.rglob("*.py")):
            name = path.relative_to(self.folder).as_posix()
            same = theirs / name
            if path.is_symlink() or not path.is_file() or name.startswith(ASIDE):
                continue
            data = path.read_bytes()
            if same.is_file() and same.read_bytes() == data:
                continue
            if tree := parsed(data):
                yield from ((name, it) for it in self.of(name, tree))

    def of(self, name: str, tree: ast.Module) -> Iterator[Missing]:
        parts = PurePosixPath(name).with_suffix("").parts[:-1]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((it.name, "") for it in node.names if not self.has(it.name))
            elif isinstance(node, ast.ImportFrom):
                above = parts[: len(parts) + 1 - node.level] if node.level else ()
                module = ".".join([*above, *([node.module] if node.module else [])])
                if not self.has(module):
                    yield module, ""
                    continue
                there = self.exports(module)
                for it in node.names:
                    inside = f"{module}.{it.name}"
                    if not {it.name, ANYTHING} & there and not self.has(inside, alone=True):
                        yield module, it.name

    def has(self, module: str, *, alone: bool = False) -> bool:
        """Whether the module is there, or none of the project's, if not `alone`."""
        path = self.folder / module.replace(".", "/")
        if module.partition(".")[0] not in self.tops:
            return not alone
        return path.with_suffix(".py").is_file() or path.is_dir()

    def exports(self, module: str) -> set[str]:
        if module not in self.exported:
            self.exported[module] = {*self.names(module)}
        return self.exported[module]

    def names(self, module: str) -> Iterator[str]:
        base = self.folder / module.replace(".", "/")
        path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
        if module.partition(".")[0] not in self.tops:
            yield ANYTHING
            return
        tree = parsed(path.read_bytes()) if path.is_file() else ast.Module([], [])
        if tree is None:
            yield ANYTHING
            return
        left: list[ast.AST] = [*tree.body]
        while left:
            node = left.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield ANYTHING if node.name == "__getattr__" else node.name
            elif isinstance(node, ast.alias):
                yield (node.asname or node.name).partition(".")[0]
            elif isinstance(node, ast.Name):
                yield node.id
            else:
                left += ast.iter_child_nodes(node)


def told(found: tuple[str, Missing]) -> str:
    path, (module, name) = found
    if not name:
        return f"{path}: imports {module}, which no longer exists: change it by hand."
    return f"{path}: imports {name} from {module}, which no longer has it: change it by hand."
