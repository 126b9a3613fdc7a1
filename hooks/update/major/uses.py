"""How names are used in a module."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

import libcst as cst
from libcst.metadata import GlobalScope, MetadataWrapper, ParentNodeProvider, ScopeProvider

from .book import Book, Target
from .trees import code, matches

DOTTED = re.compile(r"(?:app|tests)(?:\.\w+)+")


class Uses:
    def __init__(self, wrapper: MetadataWrapper, book: Book) -> None:
        self.book = book
        self.parents = wrapper.resolve(ParentNodeProvider)
        self.scopes = wrapper.resolve(ScopeProvider)

    def key_of(self, value: cst.BaseExpression) -> str:
        """Of what `value` names, if that is a function of the version before."""
        return next((it for it in self.book.arguments if matches(value, it)), "")

    def use(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The call of a function, or what is said in the brackets of a type."""
        parent = self.parents.get(node)
        if isinstance(parent, cst.Call) and parent.func is node:
            return parent
        return parent if isinstance(parent, cst.Subscript) and parent.value is node else None

    def written(self, key: str, node: cst.CSTNode) -> bool:
        """Whether it is known what to write for a use of `key`: a call, or an alias's calls."""
        parent = self.parents.get(node)
        scope = self.scopes.get(node)
        if isinstance(parent, cst.Assign) and isinstance(scope, GlobalScope):
            names = [it.target for it in parent.targets]
            known = {it for to in names if isinstance(to, cst.Name) for it in scope[to.value]}
            uses = [of.node for it in known for of in getattr(it, "references", ())]
            return len(known) == 1 and all(self.book.writes(key, self.use(it)) for it in uses)
        return self.book.writes(key, self.use(node))

    def all_written(self, key: str, nodes: Iterable[cst.CSTNode]) -> bool:
        return all(self.written(key, it) for it in nodes)

    def is_in(self, node: cst.CSTNode, names: Container[str]) -> bool:
        """Whether it is in the assignment of one of `names`."""
        while (parent := self.parents.get(node)) and not isinstance(parent, cst.Module):
            if isinstance(node, cst.Assign):
                return any(code(it.target) in names for it in node.targets)
            node = parent
        return False

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
                if target == Target(module, name, name):
                    target = Target(module, name, self.book.imported(module, name))
                if target.root and target != Target(module, name, name):
                    return ".".join([target.module, target.code, *rest])
                return None
        return None
