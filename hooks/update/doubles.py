"""What an owner wrote, and then the template as well: it would stand twice."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from .settle import parsed

METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "trace", "websocket"}
TABLE = re.compile(r"^\[([^\[\]]+)\]\s*(?:#.*)?$")
KEY = re.compile(r"""^["']?([\w.-]+)["']?\s*=""")
DEPENDENCY = re.compile(r"""^\s+["']([A-Za-z0-9._-]+)\s*(?:[\[<>=!~;@ ].*)?["'],?\s*(?:#.*)?$""")
TARGET = re.compile(r"^(?!\.)([\w.-]+)\s*(?::(?![:=])|[?:+!]?=)")
VARIABLE = re.compile(r"^(?:export\s+)?(\w+)=")


@dataclass(frozen=True)
class Piece:
    """One thing, in the lines from `start` up to `end`; `marked` where these can be moved.

    `source` is where an import has it from.
    """

    key: str
    start: int
    end: int
    marked: bool = True
    source: str = ""


@dataclass
class Single:
    """A file in which nothing stands twice, and what would have."""

    text: str
    marked: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def single(path: str, ours: str, theirs: str, merged: str) -> Single:
    """`merged` with marks around what only the merge has twice; what is the same stands once."""
    made = Single(merged)
    find = finder(path)
    if find is None:
        return made
    mine, yours, both = (by_key(find(it)) for it in (ours, theirs, merged))
    lines = merged.splitlines(keepends=True)
    texts: dict[int, str] = {}
    gone: set[int] = set()
    for key, found in sorted(both.items(), key=lambda it: it[1][0].start - it[1][0].end):
        if len(found) != 2 or len(mine.get(key, ())) != 1 or len(yours.get(key, ())) != 1:
            continue
        if any(line in gone for it in found for line in range(it.start, it.end)):
            continue
        if not all(it.marked for it in found):
            if not found[0].source or found[0].source != found[1].source:
                made.told.append(key)
            continue
        its = yours[key][0]
        there = "".join(theirs.splitlines(keepends=True)[its.start : its.end]).rstrip()
        pair = sorted(found, key=lambda it: text_of(lines, it).rstrip() != there)
        template, owner = pair
        one, other = text_of(lines, owner), text_of(lines, template)
        gone |= {*range(template.start, template.end), *range(owner.start, owner.end)}
        if alike(one, other):
            texts[template.start] = other
            continue
        made.marked.append(key)
        marks = ("<" * 7 + " yours\n", "=" * 7 + "\n", ">" * 7 + " the template's\n")
        texts[template.start] = f"{marks[0]}{one}{marks[1]}{other}{marks[2]}"
    made.text = "".join(texts.get(at, "") if at in gone else line for at, line in enumerate(lines))
    return made


def text_of(lines: list[str], it: Piece) -> str:
    text = "".join(lines[it.start : it.end])
    return text if text.endswith("\n") else f"{text}\n"


def alike(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())


def by_key(pieces: Iterable[Piece]) -> Mapping[str, list[Piece]]:
    found: defaultdict[str, list[Piece]] = defaultdict(list)
    for it in pieces:
        found[it.key].append(it)
    return found


def finder(path: str) -> Callable[[str], Iterator[Piece]] | None:
    name = path.rpartition("/")[2]
    if name.endswith(".py"):
        return of_python
    if name.endswith((".yml", ".yaml")):
        return of_yaml
    if name.endswith(".toml"):
        return of_toml
    if name == "Makefile":
        return lambda text: of_lines(text, TARGET)
    return (lambda text: of_lines(text, VARIABLE)) if name.startswith(".env") else None


def of_python(text: str) -> Iterator[Piece]:
    tree = parsed(text)
    yield from of_body(tree.body, "") if tree else ()


def of_body(body: list[ast.stmt], scope: str) -> Iterator[Piece]:
    for node in body:
        end = node.end_lineno or node.lineno
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            start = min(it.lineno for it in (node, *node.decorator_list)) - 1
            for key in (f"{scope}{node.name}", *routes(node)):
                yield Piece(key, start, end)
            if isinstance(node, ast.ClassDef):
                yield from of_body(node.body, f"{scope}{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for it in targets:
                if isinstance(it, ast.Name):
                    yield Piece(f"{scope}{it.id}", node.lineno - 1, end)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for one in node.names:
                name = one.asname or one.name
                source = f"{getattr(node, 'module', '')} {one.name}"
                yield Piece(f"{scope}{name}", node.lineno - 1, end, False, source)


def routes(node: ast.AST) -> Iterator[str]:
    """Methods and paths that a function answers."""
    for it in getattr(node, "decorator_list", ()):
        if not isinstance(it, ast.Call) or not isinstance(it.func, ast.Attribute) or not it.args:
            continue
        path = it.args[0]
        if it.func.attr in METHODS and isinstance(path, ast.Constant):
            yield f"{it.func.attr.upper()} {re.sub(r'{[^}]*}', '{}', str(path.value))}"


def of_yaml(text: str) -> Iterator[Piece]:
    try:
        documents = [it for it in yaml.compose_all(text) if it]
    except yaml.YAMLError:
        return
    for at, it in enumerate(documents):
        yield from of_node(it, f"{at or ''}")


def of_node(node: yaml.Node, scope: str) -> Iterator[Piece]:
    if isinstance(node, yaml.SequenceNode):
        for at, it in enumerate(node.value):
            yield from of_node(it, f"{scope}[{at}]")
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        name = f"{scope}.{key.value}" if scope else str(key.value)
        mark = value.end_mark
        end = mark.line + (mark.column > 0)
        yield Piece(
            name, key.start_mark.line, max(end, key.start_mark.line + 1), not node.flow_style
        )
        yield from of_node(value, name)


def of_toml(text: str) -> Iterator[Piece]:
    table, array = "", ""
    starts: list[tuple[str, int]] = []
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if found := TABLE.match(line):
            table, array = f"[{found[1]}]", ""
            yield Piece(table, at, at + 1, marked=False)
        elif line.startswith("[["):
            table, array = f"{line} {at}", ""
        elif found := KEY.match(line):
            array = found[1]
            starts.append((f"{table} {array}", at))
        elif (found := DEPENDENCY.match(line)) and array:
            name = re.sub(r"[-_.]+", "-", found[1]).lower()
            yield Piece(f"{table} {array}: {name}", at, at + 1)
    for key, at in starts:
        yield Piece(key, at, end_of(lines, at, (" ", "\t", "]", ")", "}")))


def of_lines(text: str, pattern: re.Pattern[str]) -> Iterator[Piece]:
    """Each with the lines behind it that are indented."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if found := pattern.match(line):
            yield Piece(found[1], at, end_of(lines, at, ("\t", " ")))


def end_of(lines: list[str], start: int, going_on: tuple[str, ...]) -> int:
    """Behind the lines that follow and begin with one of `going_on`."""
    end = start + 1
    while end < len(lines) and lines[end].startswith(going_on):
        end += 1
    return end


def elsewhere(
    old: Mapping[str, str], new: Mapping[str, str], mine: Mapping[str, str]
) -> Iterator[str]:
    """Routes and tables that the template has since `new`, and the owner in another file."""
    before = {key for text in old.values() for key in claims(text)}
    theirs = {key: path for path, text in new.items() for key in claims(text) if key not in before}
    for path, text in sorted(mine.items()):
        for key in claims(text):
            if theirs.get(key, path) != path:
                yield f"{path} and {theirs[key]} both have {key}: keep one of them."


def claims(text: str) -> Iterator[str]:
    tree = parsed(text)
    for node in ast.walk(tree) if tree else ():
        yield from routes(node)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__tablename__":
            yield f"the table {ast.unparse(node.value)}"
