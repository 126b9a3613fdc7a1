"""Writes a module anew by its syntax tree, with the names of now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import MetadataWrapper

from .book import Book, Target
from .names import Names
from .trees import absolute, code, dotted, module_at


@dataclass
class Renamed:
    """The code, and what was changed in it: old names and new ones."""

    code: str
    changes: dict[str, str]
    unknown: list[str]  # names that 2.0 has nothing for, and that stand as they were


def rename(text: str, path: str, book: Book, local: Mapping[str, Target]) -> Renamed:
    """The file with the names of now, and `local` for those that it defines itself.

    Raises SyntaxError.
    """
    try:
        wrapper = MetadataWrapper(cst.parse_module(text))
    except cst.ParserSyntaxError:
        raise SyntaxError(path) from None
    found = Names(wrapper, path, book, local)
    changed = wrapper.module.visit(Writer(found))
    here = book.module_of(module_at(path))
    code = with_imports(changed.code, [it for it in found.imports if it[0] != here])
    return Renamed(code, found.changes, sorted(found.unknown))


class Writer(cst.CSTTransformer):
    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names

    def on_leave(self, original: cst.CSTNode, updated: cst.CSTNode) -> object:  # type: ignore[override]
        code = self.names.code.get(original)
        if code is not None:
            return cst.parse_expression(code)
        return super().on_leave(original, updated)

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel:
        (first, *more) = original_node.body
        if more or first not in self.names.lines:
            return updated_node
        assert isinstance(first, cst.Import | cst.ImportFrom)
        lines = sorted({*self.names.lines[first], *self.kept(first)} - {""})
        if not lines:
            return cst.RemovalSentinel.REMOVE
        made = [cst.parse_statement(it) for it in lines]
        start = made[0].with_changes(leading_lines=updated_node.leading_lines)
        last = made[-1] if made[1:] else start
        last = last.with_changes(trailing_whitespace=updated_node.trailing_whitespace)
        made = [start, *made[1:-1], last] if made[1:] else [last]
        return cst.FlattenSentinel(made)

    def kept(self, statement: cst.Import | cst.ImportFrom) -> list[str]:
        """What else the import brings, and as it was."""
        book = self.names.book
        if isinstance(statement, cst.Import):
            return [
                f"import {code(it)}"
                for it in statement.names
                if book.module_of(dotted(it.name)) == dotted(it.name)
            ]
        module = absolute(statement, self.names.package)
        assert not isinstance(statement.names, cst.ImportStar)
        return [
            f"from {module} import {code(it)}"
            for it in statement.names
            if book.target(module, str(it.name.value))
            == Target(module, str(it.name.value), str(it.name.value))
            and not book.handled(f"{module}:{it.name.value}")
        ]

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        key = self.names.keys.get(original_node.func)
        rewrite = self.names.book.calls.get(key or "")
        target = rewrite(updated_node.args) if rewrite else None
        if target is None:
            if key and rewrite:
                self.names.unknown.add(key.replace(":", "."))
            return updated_node
        if target.root:
            self.names.imports.add((target.module, target.root))
        self.names.changes[str(key).partition(":")[2]] = target.code.partition("(")[0]
        return cst.parse_expression(target.code)

    def leave_Subscript(
        self, original_node: cst.Subscript, updated_node: cst.Subscript
    ) -> cst.BaseExpression:
        key = self.names.keys.get(original_node.value)
        rewrite = self.names.book.items.get(key or "")
        if rewrite is None:
            alias = self.names.book.aliases.get(" ".join(code(updated_node).split()))
            return cst.Name(alias) if alias else updated_node
        inside = ", ".join(code(it.slice) for it in updated_node.slice)
        self.names.changes[str(key).partition(":")[2]] = "tuple"
        return cst.parse_expression(rewrite(inside))

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.BaseExpression:
        text = original_node.evaluated_value
        now = self.names.string(text) if isinstance(text, str) else None
        if now is None:
            return updated_node
        self.names.changes[str(text)] = now
        return updated_node.with_changes(value=updated_node.value.replace(str(text), now))


def with_imports(text: str, imports: Iterable[tuple[str, str]]) -> str:
    """With more imports, behind the first one, or the docstring."""
    lines = [f"from {module} import {name}" for module, name in sorted(imports)]
    if not lines:
        return text
    tree = cst.parse_module(text)
    at = 0
    for place, statement in enumerate(tree.body):
        if isinstance(statement, cst.SimpleStatementLine):
            first = statement.body[0]
            if place == 0 and isinstance(first, cst.Expr):
                at = 1
            if isinstance(first, cst.Import | cst.ImportFrom):
                at = place + 1
    made = [cst.parse_statement(it) for it in lines]
    return tree.with_changes(body=[*tree.body[:at], *made, *tree.body[at:]]).code
