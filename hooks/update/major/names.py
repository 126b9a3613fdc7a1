"""What has to be written for which name of a module."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import libcst as cst
from libcst.metadata import (
    Access,
    GlobalScope,
    ImportAssignment,
    MetadataWrapper,
    ParentNodeProvider,
    Scope,
    ScopeProvider,
)

from .book import Book, Target
from .trees import absolute, bound, dotted, dotted_or_none, identifiers, matches, module_at

DOTTED = re.compile(r"(?:app|tests)(?:\.\w+)+")


class Names:
    """What has to be written for which node of a module."""

    def __init__(
        self, wrapper: MetadataWrapper, path: str, book: Book, local: Mapping[str, Target]
    ) -> None:
        self.book = book
        module = module_at(path)
        self.package = module if path.endswith("__init__.py") else module.rpartition(".")[0]
        self.parents = wrapper.resolve(ParentNodeProvider)
        scopes: set[Scope] = {it for it in wrapper.resolve(ScopeProvider).values() if it}
        self.taken = {it.value for it in identifiers(wrapper.module)}
        self.code: dict[cst.CSTNode, str] = {}  # instead of a name or an attribute
        self.keys: dict[cst.CSTNode, str] = {}  # functions that are called otherwise
        self.lines: dict[cst.CSTNode, list[str]] = {}  # instead of an import
        self.imports: set[tuple[str, str]] = set()
        self.changes: dict[str, str] = {}
        self.unknown: set[str] = set()
        self.imported = {it for of in wrapper.module.body for it in self.bindings(of)}
        for scope in scopes:
            for assignment in scope.assignments:
                accesses = assignment.references
                if isinstance(assignment, ImportAssignment):
                    statement = assignment.node
                    if isinstance(statement, cst.ImportFrom):
                        self.of_import_from(statement, assignment.name, accesses)
                    elif isinstance(statement, cst.Import):
                        self.of_import(statement, assignment.name, accesses)
                elif isinstance(scope, GlobalScope):
                    self.of_local(module, assignment.name, assignment, accesses, local)

    def bindings(self, statement: cst.CSTNode) -> Iterator[tuple[str, str, str]]:
        """The module, the name and the local name of what a statement imports."""
        lines = statement.body if isinstance(statement, cst.SimpleStatementLine) else ()
        for it in lines:
            if isinstance(it, cst.ImportFrom) and not isinstance(it.names, cst.ImportStar):
                module = absolute(it, self.package)
                for alias in it.names:
                    target = self.book.target(module, str(alias.name.value))
                    yield target.module, target.root, bound(alias)

    def of_local(
        self,
        module: str,
        name: str,
        assignment: object,
        accesses: Iterable[Access],
        local: Mapping[str, Target],
    ) -> None:
        node = getattr(assignment, "node", None)
        if target := local.get(name):
            if isinstance(node, cst.Name) and target.code.isidentifier():
                self.code[node] = target.code
            for it in accesses:
                self.code[it.node] = target.code
            if target.root:
                self.imports.add((target.module, target.root))
            self.changes[name] = target.code
            return
        key = f"{module}:{name}"
        parent = self.parents.get(self.parents.get(node)) if node else None  # type: ignore[arg-type]
        if isinstance(parent, cst.Assign):
            key = self.key_of(parent.value) or key
        if key in self.book.calls:
            for it in accesses:
                self.keys[it.node] = key

    def key_of(self, value: cst.BaseExpression) -> str:
        """Of what `value` names, if that is a function of the version before."""
        return next((it for it in self.book.calls if matches(value, it)), "")

    def of_import_from(
        self, statement: cst.ImportFrom, local: str, accesses: Iterable[Access]
    ) -> None:
        module = absolute(statement, self.package)
        if isinstance(statement.names, cst.ImportStar):
            if self.book.module_of(module) != module:
                self.unknown.add(f"{module}.*")
            return
        alias = next(it for it in statement.names if bound(it) == local)
        name = str(alias.name.value)
        key = f"{module}:{name}"
        if self.book.handled(key):
            for it in accesses:
                self.keys[it.node] = key
        target = self.book.target(module, name)
        is_module = self.book.is_module(f"{module}.{name}")
        if is_module:
            self.of_module(f"{module}.{name}", target.root, accesses)
        if not is_module and not self.book.handled(key) and not self.is_there(target):
            self.unknown.add(f"{module}.{name}")
            return
        if target == Target(module, name, name) and not self.book.handled(key):
            return
        lines = self.lines.setdefault(statement, [])
        if self.book.handled(key):
            self.changes[name] = ""
            return
        if not target.root:
            lines.append("")
            self.replace(accesses, target.code)
        elif alias.asname or self.is_taken(target, name):
            if "." in target.code:
                self.unknown.add(f"{module}.{name}")
                del self.lines[statement]
                return
            lines.append(f"from {target.module} import {target.root} as {local}")
        else:
            lines.append(f"from {target.module} import {target.root}")
            if target.code != name:
                self.replace(accesses, target.code)
        before = f"{module}.{name}" if target.code == name else name
        after = f"{target.module}.{name}" if target.code == name else target.code
        self.changes[before] = after

    def is_taken(self, target: Target, name: str) -> bool:
        if (target.module, target.root, target.root) in self.imported:
            return False
        return target.root != name and target.root in self.taken

    def is_there(self, target: Target) -> bool:
        if self.book.lenient or not target.root:
            return True
        return self.book.exists(target.module, target.root)

    def replace(self, accesses: Iterable[Access], code: str) -> None:
        for it in accesses:
            self.code[it.node] = code

    def of_import(self, statement: cst.Import, local: str, accesses: Iterable[Access]) -> None:
        for alias in statement.names:
            path = dotted(alias.name)
            now = self.book.module_of(path)
            if bound(alias) not in (local, path) or now == path:
                continue
            name = local if alias.asname else now
            self.of_module(path, name, accesses)
            for it in accesses:
                if not alias.asname and dotted_or_none(it.node) == path:
                    self.code.setdefault(it.node, now)
            suffix = f" as {local}" if alias.asname else ""
            self.lines.setdefault(statement, []).append(f"import {now}{suffix}")
            self.changes[path] = now

    def of_module(self, path: str, binding: str, accesses: Iterable[Access]) -> None:
        """What is reached as an attribute of the module."""
        now = self.book.module_of(path)
        for it in accesses:
            parent = self.parents.get(it.node)
            if not isinstance(parent, cst.Attribute):
                if binding.isidentifier():
                    self.code[it.node] = binding
                continue
            name = parent.attr.value
            key = f"{path}:{name}"
            if self.book.handled(key):
                self.keys[parent] = key
                continue
            target = self.book.target(path, name)
            if not self.book.is_module(f"{path}.{name}") and not self.is_there(target):
                self.unknown.add(f"{path}.{name}")
                continue
            if target.module == now:
                self.code[parent] = f"{binding}.{target.code}"
            else:
                self.code[parent] = target.code
                if target.root:
                    self.imports.add((target.module, target.root))
            if target.code != name or target.module != now:
                self.changes[name] = target.code

    def string(self, text: str) -> str | None:
        """A dotted name in quotes, as `monkeypatch.setattr` takes them."""
        if not DOTTED.fullmatch(text):
            return None
        if self.book.module_of(text) != text and self.book.is_module(text):
            return self.book.module_of(text)
        parts = text.split(".")
        for at in range(len(parts) - 1, 0, -1):
            module, name, rest = ".".join(parts[:at]), parts[at], parts[at + 1 :]
            if self.book.is_module(module):
                target = self.book.target(module, name)
                if target.root and target != Target(module, name, name):
                    return ".".join([target.module, target.code, *rest])
                return None
        return None
