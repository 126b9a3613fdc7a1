"""What has to be written for which name of a module."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import libcst as cst
from libcst.metadata import (
    Access,
    GlobalScope,
    ImportAssignment,
    MetadataWrapper,
    Scope,
)

from .book import Book, Target
from .trees import absolute, bound, dotted, dotted_or_none, identifiers, module_at
from .uses import Uses


class Names:
    """What has to be written for which node of a module."""

    def __init__(
        self, wrapper: MetadataWrapper, path: str, book: Book, local: Mapping[str, Target]
    ) -> None:
        self.book = book
        module = module_at(path)
        self.package = module if path.endswith("__init__.py") else module.rpartition(".")[0]
        self.uses = Uses(wrapper, book)
        self.parents, self.scopes = self.uses.parents, self.uses.scopes
        scopes: dict[Scope, None] = {it: None for it in self.scopes.values() if it}
        self.taken = {it.value for it in identifiers(wrapper.module)} - local.keys()
        self.code: dict[cst.CSTNode, str] = {}  # instead of a name or an attribute
        self.keys: dict[cst.CSTNode, str] = {}  # functions that are called otherwise
        self.quoted: dict[cst.CSTNode, dict[str, str]] = {}  # in annotations in quotes
        self.here = book.module_of(module)
        self.lines: dict[cst.CSTNode, list[str]] = {}  # instead of an import
        self.gone: defaultdict[cst.CSTNode, set[str]] = defaultdict(set)  # of those imports
        self.imports: set[tuple[str, str]] = set()
        self.changes: dict[str, str] = {}
        self.unknown: set[str] = set()
        self.imported = {it for of in wrapper.module.body for it in self.bindings(of)}
        for scope in scopes:
            for assignment in sorted(scope.assignments, key=lambda it: it.name):
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
            if not isinstance(it, cst.ImportFrom):
                continue
            module = absolute(it, self.package)
            if isinstance(it.names, cst.ImportStar):
                self.unknown |= {f"{module}.*"} if self.book.is_module(module) else set()
                continue
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
            elif isinstance(node, cst.FunctionDef | cst.ClassDef):
                self.code[node.name] = target.code
            for it in accesses:
                to = (
                    target.yours if target.yours and not self.uses.is_in(it.node, local) else target
                )
                self.replace([it], name, self.import_of(to))
            self.changes[name] = target.code
            return
        key = f"{module}:{name}"
        parent = self.parents.get(self.parents.get(node)) if node else None  # type: ignore[arg-type]
        if isinstance(parent, cst.Assign):
            key = self.uses.key_of(parent.value) or key
        nodes = [it.node for it in accesses]
        if key in self.book.arguments and all(self.uses.written(key, it) for it in nodes):
            self.keys |= dict.fromkeys(nodes, key)
            if isinstance(node, cst.FunctionDef | cst.ClassDef):
                self.code |= dict.fromkeys(nodes, self.book.target(module, name).code)

    def of_import_from(
        self, statement: cst.ImportFrom, local: str, accesses: Iterable[Access]
    ) -> None:
        module = absolute(statement, self.package)
        assert not isinstance(statement.names, cst.ImportStar)
        alias = next(it for it in statement.names if bound(it) == local)
        name = str(alias.name.value)
        key = f"{module}:{name}"
        nodes = [it.node for it in accesses]
        if self.book.handled(key) and self.uses.all_written(key, nodes):
            self.keys |= dict.fromkeys(nodes, key)
            self.lines.setdefault(statement, [])
            self.gone[statement].add(local)
            self.changes[name] = ""
            return
        target = self.called(key, self.book.target(module, name), nodes)
        is_module = self.book.is_module(f"{module}.{name}")
        if is_module:
            kept = alias.asname or self.is_taken(target, name)
            self.of_module(f"{module}.{name}", local if kept else target.root, local, accesses)
        if not is_module and not self.is_there(target):
            self.unknown.add(f"{module}.{name}")
            return
        if target == Target(module, name, name):
            return
        lines = self.lines.setdefault(statement, [])
        self.gone[statement].add(local)
        if not target.root or target.module == self.here:
            lines.append("")
            self.replace(accesses, local, target.code)
        elif not target.code.isidentifier():
            lines.append("")
            self.replace(accesses, local, self.import_of(target))
        elif alias.asname or self.is_taken(target, name):
            lines.append(f"from {target.module} import {target.root} as {local}")
        else:
            lines.append(f"from {target.module} import {target.root}")
            if target.code != name:
                self.replace(accesses, name, target.code)
        before = f"{module}.{name}" if target.code == name else name
        after = f"{target.module}.{name}" if target.code == name else target.code
        self.changes[before] = after

    def called(self, key: str, target: Target, nodes: Sequence[cst.CSTNode]) -> Target:
        """`target`, unless what it is called with can't be written for it."""
        if key not in self.book.arguments:
            return target
        module, _, name = key.partition(":")
        bad = [it for it in nodes if not self.uses.written(key, it)]
        if target.code != name and bad:
            return Target(module, name, name)
        if any(isinstance(self.uses.use(it), cst.Call) for it in bad):
            self.unknown.add(f"{module}.{name}(…)")
        self.keys |= {it: key for it in nodes if it not in bad}
        return target

    def is_taken(self, target: Target, name: str) -> bool:
        if (target.module, target.root, target.root) in self.imported:
            return False
        return target.root != name and target.root in self.taken

    def is_there(self, target: Target) -> bool:
        if self.book.lenient or not target.root:
            return True
        return self.book.exists(target.module, target.root)

    def replace(self, accesses: Iterable[Access], name: str, now: str) -> None:
        for it in accesses:
            if isinstance(it.node, cst.SimpleString):
                self.quoted.setdefault(it.node, {})[name] = now
            else:
                self.code[it.node] = now

    def import_of(self, target: Target) -> str:
        """What to write for it, once it is imported."""
        text = target.code
        for module, root in ((target.module, target.root), *target.more):
            if not root or module == self.here or (module, root, root) in self.imported:
                continue
            name, others = root, {it for it in self.imports if it[1] == root} - {(module, root)}
            if name in self.taken or others:
                name = "_".join([*module.split(".")[-2 if others else -1 :], root])
                text = re.sub(rf"\b{root}\b", name, text)
            self.imports.add((module, root if name == root else f"{root} as {name}"))
        return text

    def of_import(self, statement: cst.Import, local: str, accesses: Iterable[Access]) -> None:
        for alias in statement.names:
            path = dotted(alias.name)
            now = self.book.module_of(path)
            if bound(alias) not in (local, path) or not self.book.is_module(path):
                continue
            if alias.asname:
                self.of_module(path, local, local, accesses)
            else:  # without those that begin alike
                nodes = [it for it in accesses if dotted_or_none(it.node) in (path, None)]
                if now != path:
                    plain = (it.node for it in nodes if not isinstance(it.node, cst.SimpleString))
                    self.code |= dict.fromkeys(plain, now)
                self.of_module(path, now, path, nodes)
            if now != path:
                suffix = f" as {local}" if alias.asname else ""
                self.lines.setdefault(statement, []).append(f"import {now}{suffix}")
                self.changes[path] = now

    def of_module(self, path: str, binding: str, local: str, accesses: Iterable[Access]) -> None:
        """What is reached as an attribute of the module, which is called `local`."""
        for it in accesses:
            parent = self.parents.get(it.node)
            if isinstance(it.node, cst.SimpleString):
                members = re.findall(rf"(?<![\w.]){re.escape(local)}\.(\w+)", it.node.value)
                for name in members:
                    now = self.member(path, name, binding, it.node)
                    self.replace([it], f"{local}.{name}", now or f"{binding}.{name}")
            elif isinstance(parent, cst.Attribute):
                self.of_attribute(path, parent, binding)
            elif binding.isidentifier():
                self.code[it.node] = binding

    def of_attribute(self, path: str, node: cst.Attribute, binding: str) -> None:
        """That of a module; it may be a module itself."""
        name, parent = node.attr.value, self.parents.get(node)
        deeper = f"{path}.{name}"
        if self.book.is_module(deeper) and isinstance(parent, cst.Attribute):
            if self.book.module_of(deeper) != deeper:
                self.of_attribute(deeper, parent, "")
        elif now := self.member(path, name, binding, node):
            self.code[node] = now

    def member(self, path: str, name: str, binding: str, node: cst.CSTNode) -> str:
        """What is written instead of it; "" where it stays."""
        key, now = f"{path}:{name}", self.book.module_of(path)
        if self.book.handled(key) and self.uses.written(key, node):
            self.keys[node] = key
            return ""
        target = self.called(key, self.book.target(path, name), [node])
        if not self.book.is_module(f"{path}.{name}") and not self.is_there(target):
            self.unknown.add(f"{path}.{name}")
            return ""
        if target.code != name or target.module != now:
            self.changes[name] = target.code
        here = binding and target.module == now
        return f"{binding}.{target.code}" if here else self.import_of(target)
