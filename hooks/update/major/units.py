"""Python files in pieces: a statement, or lines of comments that stand alone."""

from __future__ import annotations

import ast
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Unit:
    key: str  # the same for the same piece in other versions of the file
    text: str
    blank: int  # lines before it
    node: ast.stmt | None = None

    @property
    def names(self) -> set[str]:
        """What it defines."""
        node = self.node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return {node.name}
        if isinstance(node, ast.Assign):
            return {it.id for to in node.targets for it in ast.walk(to) if isinstance(it, ast.Name)}
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            return {node.target.id}
        return set()

    @property
    def uses(self) -> set[str]:
        if self.node is None:
            return set()
        return {it.id for it in ast.walk(self.node) if isinstance(it, ast.Name)}


@dataclass(frozen=True)
class Import:
    """One name that an import binds."""

    name: str
    line: str
    noted: bool  # whether a comment stands beside it


@dataclass
class Module:
    """A file. Raises SyntaxError where it isn't Python."""

    imports: dict[str, Import]
    units: list[Unit]

    @staticmethod
    def of(text: str) -> Module:
        tree = ast.parse(text)
        lines = text.splitlines()
        imports: dict[str, Import] = {}
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for it in imported(node, lines):
                    imports[it.name] = it
        found = list(pieces(tree.body, lines, 0, len(lines)))
        kept = [it for it in found if not isinstance(it.node, ast.Import | ast.ImportFrom)]
        return Module(imports, kept)

    @property
    def defined(self) -> set[str]:
        return {name for it in self.units for name in it.names}

    @property
    def bound(self) -> set[str]:
        return self.defined | self.imports.keys()

    def text(self) -> str:
        doc = [it.text for it in self.units if it.key == DOC]
        rest = [it for it in self.units if it.key != DOC]
        lines = sorted({it.line for it in self.imports.values()}, key=first_the_future)
        return "\n".join([*doc, "", *lines, "", joined(rest), ""]).lstrip("\n")


DOC = "docstring"
MARK = "# Yours below"  # stands alone, whatever its owner wrote right below it


def first_the_future(line: str) -> tuple[bool, str]:
    return not line.startswith("from __future__"), line


def imported(node: ast.Import | ast.ImportFrom, lines: list[str]) -> Iterator[Import]:
    single = node.lineno == node.end_lineno
    _, _, comment = lines[node.lineno - 1].partition("#")
    noted = f"  #{comment}" if single and comment else ""
    for it in node.names:
        what = it.name + (f" as {it.asname}" if it.asname else "")
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield Import(it.asname or it.name, f"from {module} import {what}{noted}", bool(noted))
        else:
            yield Import(it.asname or it.name, f"import {what}{noted}", bool(noted))


def pieces(body: list[ast.stmt], lines: list[str], start: int, end: int) -> Iterator[Unit]:
    """Those between two lines; `body` is what is there."""
    seen: Counter[str] = Counter()
    at = start
    for node in body:
        firsts = [node.lineno, *(it.lineno for it in getattr(node, "decorator_list", []))]
        first, last = min(firsts) - 1, end_of(node, lines, end)
        *alone, attached = blocks(lines, at, first)
        for it in alone:
            yield numbered(it, seen)
        text = "\n".join(
            [*lines[first - len(attached.text.splitlines()) : first], *lines[first:last]]
        )
        blank = attached.blank
        yield numbered(Unit(key_of(node), text, blank, node), seen)
        at = last
    for it in blocks(lines, at, end):
        if it.text:
            yield numbered(it, seen)


def end_of(node: ast.stmt, lines: list[str], end: int) -> int:
    """With comments behind it that are deeper, as those at the end of a class."""
    last = at = node.end_lineno or node.lineno
    if not isinstance(getattr(node, "body", None), list):
        return last
    while at < end and (not lines[at].strip() or indent(lines[at]) > node.col_offset):
        at += 1
        if lines[at - 1].strip():
            last = at
    return last


def indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def blocks(lines: list[str], start: int, end: int) -> list[Unit]:
    """Comments that stand alone, then those right above what follows, which may be none."""
    found: list[Unit] = []
    block: list[str] = []
    blank = before = 0
    for line in lines[start:end]:
        if line.strip():
            if not block:
                before = blank
            block.append(line)
            blank = 0
            if line.lstrip().startswith(MARK):
                found.append(comment(block, before))
                block = []
        else:
            if block:
                found.append(comment(block, before))
                block = []
            blank += 1
    return [*found, comment(block, before if block else blank)]


def comment(block: list[str], blank: int) -> Unit:
    text = "\n".join(block)
    return Unit(textwrap.dedent(text), text, blank)


def numbered(it: Unit, seen: Counter[str]) -> Unit:
    seen[it.key] += 1
    many = seen[it.key]
    return it if many == 1 else replace(it, key=f"{it.key} #{many}")


def key_of(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return f"define {node.name}"
    if isinstance(node, ast.Assign):
        return f"define {', '.join(map(ast.unparse, node.targets))}"
    if isinstance(node, ast.AnnAssign):
        return f"define {ast.unparse(node.target)}"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return DOC
    return ast.unparse(node)


def joined(units: Iterable[Unit]) -> str:
    parts: list[str] = []
    for it in units:
        parts += [""] * (it.blank if parts else 0)
        parts.append(it.text)
    return "\n".join(parts)


def defined(text: str) -> set[str]:
    try:
        return Module.of(text).defined
    except SyntaxError:
        return set()
