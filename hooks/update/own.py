"""An owner's own modules, after models were renamed: by their syntax trees, whole or not at all."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import libcst as cst

from .major.book import Book, Target
from .major.trees import dotted_or_none, module_at
from .major.units import Module
from .major.writer import rename
from .renaming import Renaming

TABLE = re.compile(r'^    __tablename__ = "(\w+)"$', re.MULTILINE)
KEYS = ("ForeignKey", "ForeignKeyConstraint")  # of SQLAlchemy, with tables in strings


@dataclass
class Told:
    notes: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


class Own:
    """`old` and `new` are the template's modules by their paths, `mine` the owner's own."""

    def __init__(
        self,
        renaming: Renaming,
        old: Mapping[str, str],
        new: Mapping[str, str],
        mine: Mapping[str, str],
    ) -> None:
        self.renaming, self.mine = renaming, mine
        self.theirs = {module_at(path): bound(text) for path, text in new.items()}
        names: dict[str, Target] = {}
        for path, text in old.items():
            module, now = module_at(path), self.module_of(module_at(path))
            there = self.theirs.get(now, set())
            for name in bound(text) - there:
                called = renaming.new(name)
                if called in there:
                    names[f"{module}:{name}"] = Target(now, called, called)
        modules = {*map(module_at, (*old, *mine))}
        packages = {it.rpartition(".")[0] for it in modules}
        known = modules | packages
        own = {*map(self.module_of, map(module_at, mine))}

        def exists(module: str, name: str) -> bool:
            return (
                module in own
                or module not in self.theirs
                or name in self.theirs[module]
                or self.module_of(f"{module}.{name}") in {*self.theirs, *own}
            )

        self.book = Book(names, self.module_of, known.__contains__, exists)
        were, are = ({*TABLE.findall("\n".join(it.values()))} for it in (old, new))
        self.tables = {it: renaming.new(it) for it in were - are if renaming.new(it) in are}
        self.words = {**renaming.models, **renaming.folders, **self.tables}

    def module_of(self, module: str) -> str:
        return self.renaming.moved(module.replace(".", "/")).replace("/", ".")

    def carry(self, work: Path) -> Told:
        told = Told()
        for path, text in sorted(self.mine.items()):
            now = self.renaming.moved(path)
            try:
                renamed = rename(text, path, self.book, {})
                strings = Strings(self.renaming.models, self.tables)
                code = cst.parse_module(renamed.code).visit(strings).code
            except (SyntaxError, cst.ParserSyntaxError):
                told.broken += [f"{now}: is not Python, so the new names aren't in it."]
                continue
            if renamed.unknown:
                missing = ", ".join(renamed.unknown)
                told.broken.append(
                    f"{now}: left as it was, as there is no {missing} now: change it by hand."
                )
                continue
            if code != text:
                (work / now).write_bytes(code.encode())
                changes = {**renamed.changes, **strings.changes}
                each = [f"{one} is now {other}" for one, other in sorted(changes.items())]
                told.notes.append(f"{now}: {', '.join(each)}.")
            for word, lines in self.mentions(code).items():
                told.notes.append(
                    f"{now}: strings have {word} (line {', '.join(map(str, lines))}): where that"
                    f" means what is {self.words[word]} now, change it."
                )
        return told

    def mentions(self, code: str) -> dict[str, list[int]]:
        """Words in strings that may mean what is called otherwise by now, and their lines."""
        tree = ast.parse(code)
        docs = {
            it.body[0].value
            for it in ast.walk(tree)
            if isinstance(it, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and it.body
            and isinstance(it.body[0], ast.Expr)
        }
        found: dict[str, list[int]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs:
                for word in {*re.findall(r"\w+", node.value)} & self.words.keys():
                    found.setdefault(word, []).append(node.lineno)
        return {it: sorted({*lines}) for it, lines in sorted(found.items())}


class Strings(cst.CSTTransformer):
    """The names in strings that SQLAlchemy looks up."""

    def __init__(self, models: Mapping[str, str], tables: Mapping[str, str]) -> None:
        super().__init__()
        self.models, self.tables = models, tables
        self.changes: dict[str, str] = {}
        self.depth = 0

    def visit_Call(self, node: cst.Call) -> None:
        self.depth += self.is_key(node)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        self.depth -= self.is_key(original_node)
        args = updated_node.args
        if called(original_node) == "relationship" and args and not args[0].keyword:
            first = args[0].value
            now = self.models.get(said(first))
            if now:
                self.changes[said(first)] = now
                value = cst.SimpleString(repr_like(first, now))
                return updated_node.with_changes(
                    args=[args[0].with_changes(value=value), *args[1:]]
                )
        return updated_node

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.BaseExpression:
        text = said(original_node)
        table, dot, column = text.rpartition(".")
        schema, point, name = table.rpartition(".")
        now = self.tables.get(name)
        if not self.depth or not dot or now is None:
            return updated_node
        self.changes[name] = now
        return cst.SimpleString(repr_like(original_node, f"{schema}{point}{now}.{column}"))

    @staticmethod
    def is_key(node: cst.Call) -> bool:
        return called(node) in KEYS


def called(node: cst.Call) -> str:
    return (dotted_or_none(node.func) or "").rpartition(".")[2]


def said(node: cst.CSTNode) -> str:
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else ""
    return value if isinstance(value, str) else ""


def repr_like(node: cst.CSTNode, text: str) -> str:
    quote = node.quote if isinstance(node, cst.SimpleString) else '"'
    return f"{quote}{text}{quote}"


def bound(text: str) -> set[str]:
    try:
        return Module.of(text).bound
    except SyntaxError:
        return set()


def modules(folder: Path) -> dict[str, str]:
    """The Python of a project by its paths, but for migrations, which are history."""
    found = {}
    for path in folder.rglob("*.py"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and not name.startswith("migrations/"):
            try:
                found[name] = path.read_bytes().decode()
            except UnicodeDecodeError:
                continue
    return found
