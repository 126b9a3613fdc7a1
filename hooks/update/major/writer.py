"""Writes a module anew by its syntax tree, with the names of now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import MetadataWrapper

from .book import Book, Target
from .names import Names
from .trees import bound, code, dotted, module_at

RESPONSES = "app.web.problems:responses"
PARENT = re.compile(r"(\w+)\.exists\.correlate\(None\)\.exists\(\)")
COMMENT = re.compile(r"#.*")


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
        lines = in_one({*self.names.lines[first], *self.kept(first)} - {""})
        if not lines and isinstance(self.names.parents[original_node], cst.Module):
            return cst.RemovalSentinel.REMOVE
        made = [cst.parse_statement(it) for it in lines or ["pass"]]
        inside = [cst.EmptyLine(comment=cst.Comment(it)) for it in COMMENT.findall(code(first))]
        start = made[0].with_changes(leading_lines=[*updated_node.leading_lines, *inside])
        last = made[-1] if made[1:] else start
        last = last.with_changes(trailing_whitespace=updated_node.trailing_whitespace)
        made = [start, *made[1:-1], last] if made[1:] else [last]
        return cst.FlattenSentinel(made)

    def kept(self, statement: cst.Import | cst.ImportFrom) -> list[str]:
        """What else the import brings, and as it was."""
        if isinstance(statement, cst.Import):
            now = self.names.book.module_of
            return [
                f"import {code(it)}"
                for it in statement.names
                if now(dotted(it.name)) == dotted(it.name)
            ]
        assert not isinstance(statement.names, cst.ImportStar)
        start = code(statement).partition(" import ")[0]
        gone = self.names.gone[statement]
        return [f"{start} import {code(it)}" for it in statement.names if bound(it) not in gone]

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        key, book = self.names.keys.get(original_node.func, ""), self.names.book
        rewrite = book.calls.get(key) or book.arguments.get(key)
        written = rewrite(updated_node.args) if rewrite else None
        if written is None:
            return of_parent(updated_node)
        made = written.code
        for module, name in written.imports:
            now = self.names.import_of(Target(module, name, name))
            made = made if now == name else re.sub(rf"\b{name}\b", now, made)
        if key in book.calls:
            self.names.changes[key.partition(":")[2]] = made.partition("(")[0]
            return cst.parse_expression(made)
        call = cst.ensure_type(cst.parse_expression(f"f({made})"), cst.Call)
        return updated_node.with_changes(args=call.args)

    def leave_BinaryOperation(
        self, original_node: cst.BinaryOperation, updated_node: cst.BinaryOperation
    ) -> cst.BaseExpression:
        """`responses(404) | others` is one dict by now."""
        left, call = updated_node.left, original_node.left
        key = self.names.keys.get(call.func) if isinstance(call, cst.Call) else None
        if key != RESPONSES or not isinstance(left, cst.Dict):
            return updated_node
        return left.with_changes(
            elements=[*left.elements, cst.StarredDictElement(updated_node.right)]
        )

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

    def leave_FormattedStringText(
        self, original_node: cst.FormattedStringText, updated_node: cst.FormattedStringText
    ) -> cst.FormattedStringText:
        text = updated_node.value.rstrip(".")
        now = self.names.uses.string(text)
        return updated_node.with_changes(value=updated_node.value.replace(text, now or text, 1))

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.BaseExpression:
        text = original_node.evaluated_value
        if names := self.names.quoted.get(original_node):
            old = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
            value = re.sub(
                rf"(?<![\w.])({old})(?!\w)", lambda it: names[it[1]], original_node.value
            )
            return updated_node.with_changes(value=value)
        now = self.names.uses.string(text) if isinstance(text, str) else None
        if now is None:
            return updated_node
        self.names.changes[str(text)] = now
        return updated_node.with_changes(value=updated_node.value.replace(str(text), now))


def of_parent(call: cst.Call) -> cst.Call:
    """`LIST.where(…, TAGS.exists.correlate(None).exists())`: the list asks that by now."""
    last = PARENT.fullmatch(code(call.args[-1])) if call.args else None
    if last is None or code(call.func) != "LIST.where":
        return call
    parent = call.args[-1].with_changes(
        keyword=cst.Name("parent"),
        value=cst.Name(last[1]),
        equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
    )
    return call.with_changes(args=[*call.args[:-1], parent])


def is_string(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.SimpleString | cst.ConcatenatedString)


def in_one(lines: Iterable[str]) -> list[str]:
    """With one line for all names of a module."""
    names: dict[str, list[str]] = {}
    for it in sorted(lines):
        start, imports, name = it.partition(" import ")
        names.setdefault(start + imports if imports else it, []).append(name)
    return [start + ", ".join(found) for start, found in names.items()]


def with_imports(text: str, imports: Iterable[tuple[str, str]]) -> str:
    """With more imports, behind the first one, or the docstring."""
    lines = in_one(f"from {module} import {name}" for module, name in imports)
    if not lines:
        return text
    tree = cst.parse_module(text)
    at = 0
    for place, statement in enumerate(tree.body):
        if isinstance(statement, cst.SimpleStatementLine):
            first = statement.body[0]
            if place == 0 and isinstance(first, cst.Expr) and is_string(first.value):
                at = 1
            if isinstance(first, cst.Import | cst.ImportFrom):
                at = place + 1
    made = [cst.parse_statement(it) for it in lines]
    return tree.with_changes(body=[*tree.body[:at], *made, *tree.body[at:]]).code
