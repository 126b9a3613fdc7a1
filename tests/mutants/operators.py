"""The mistakes that can be made in a rendered file: found in its syntax tree, made in its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

INVERSE: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
# Calls of a chain that can be left out of it.
DROPPED = {
    "returning": "returning",
    "where": "criterion",
    "with_for_update": "lock",
    "order_by": "order",
    "limit": "limit of rows",
    "on_conflict_do_nothing": "conflict",
    "values": "values",
}
LIMITS = {"ge", "gt", "le", "lt", "max_length", "min_length", "pattern", "max_digits"}
LIMITS |= {"decimal_places", "allow_inf_nan"}
NOTHING = "*()"  # in the place of an element
SAID = {"pointer", "parameter", "headers", "errors"}  # keyword arguments about an answer


@dataclass(frozen=True)
class Edit:
    """`text` instead of what stands from `start` to `end`."""

    file: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Mistake:
    kind: str
    edits: tuple[Edit, ...]


class Source:
    """A file of Python, with its syntax tree."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.tree = ast.parse(text)
        self.lines = [0]
        for line in text.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.parents = {
            child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)
        }

    def span(self, node: Any) -> tuple[int, int]:
        return self._at(node.lineno, node.col_offset), self._at(
            node.end_lineno, node.end_col_offset
        )

    def code(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def replaced(self, node: ast.AST, text: str) -> Edit:
        return Edit(self.file, *self.span(node), text)

    def removed(self, elements: Sequence[ast.AST], which: int, opening: int) -> Edit:
        """Without one of the elements of a list or a call, which begins at `opening`."""
        return self.without([self.span(it) for it in elements], which, opening)

    def without(self, spans: Sequence[tuple[int, int]], which: int, opening: int) -> Edit:
        start, end = spans[which]
        if which + 1 < len(spans):
            return Edit(self.file, start, spans[which + 1][0], "")
        return Edit(self.file, spans[which - 1][1] if which else opening, end, "")

    def _at(self, line: int, column: int) -> int:
        start = self.lines[line - 1]
        text = self.text[start : self.lines[line]].encode()[:column]
        return start + len(text.decode())


def mistakes(source: Source) -> Iterator[Mistake]:
    """All of `source` that are made in one place."""
    for node in ast.walk(source.tree):
        for kind, edit in in_node(source, node):
            yield Mistake(kind, (edit,))


def in_node(source: Source, node: ast.AST) -> Iterator[tuple[str, Edit]]:
    match node:
        case ast.Call():
            yield from in_call(source, node)
        case ast.Compare(ops=[operator]):
            left, right = source.code(node.left), source.code(node.comparators[0])
            if isinstance(operator, ast.In | ast.NotIn | ast.Is | ast.IsNot | ast.Eq | ast.NotEq):
                kind = "condition"
            else:
                kind = "comparison"
            yield kind, source.replaced(node, f"{left} {INVERSE[type(operator)]} {right}")
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            sign = "-" if isinstance(node.op, ast.Add) else "+"
            both = f"{source.code(node.left)} {sign} {source.code(node.right)}"
            yield "arithmetic", source.replaced(node, both)
        case ast.UnaryOp(op=ast.Not()):
            yield "boolean", source.replaced(node, source.code(node.operand))
        case ast.BoolOp():
            other = " or " if isinstance(node.op, ast.And) else " and "
            parts = [source.code(it) for it in node.values]
            yield "boolean", source.replaced(node, f"({other.join(parts)})")
        case ast.Constant(value=bool()):
            yield "boolean", source.replaced(node, str(not node.value))
        case ast.IfExp():
            yield "branch", source.replaced(node, source.code(node.body))
            yield "branch", source.replaced(node, source.code(node.orelse))
        case ast.If():
            yield "branch", source.replaced(node.test, f"not ({source.code(node.test)})")
        case ast.Dict():
            yield from in_dict(source, node)
        case ast.AsyncWith(items=[_, *_] as items) if len(items) > 1:
            for place, item in enumerate(items):
                if item.optional_vars is None:
                    spans = [(source.span(it.context_expr)[0], end_of(source, it)) for it in items]
                    yield "transaction", source.without(spans, place, spans[0][0])
        case ast.List() | ast.Set() if len(node.elts) > 1:
            for place in range(len(node.elts)):
                edit = source.removed(node.elts, place, source.span(node)[0] + 1)
                yield "element", edit
        case ast.Constant(value=str(value)) if value[:1] == "-" and len(value) > 2:
            yield "order", source.replaced(node, f'"{value[1:]}"')
        case ast.AugAssign(op=ast.Add() | ast.Sub()):
            sign = "-=" if isinstance(node.op, ast.Add) else "+="
            both = f"{source.code(node.target)} {sign} {source.code(node.value)}"
            yield "arithmetic", source.replaced(node, both)
        case ast.AnnAssign(value=ast.expr() as given, target=ast.Name()) if in_class(source, node):
            value = source.code(given)
            if value not in ("MISSING", "()") and not value.startswith(
                ("mapped_column", "relationship")
            ):
                head = f"{source.code(node.target)}: {source.code(node.annotation)}"
                yield "default", source.replaced(node, head)
        case ast.Expr(value=ast.Await() | ast.Call()) | ast.Raise() | ast.Assign():
            yield from in_statement(source, node)


def end_of(source: Source, item: ast.withitem) -> int:
    return source.span(item.optional_vars or item.context_expr)[1]


def in_class(source: Source, node: ast.AST) -> bool:
    parent = source.parents.get(node)
    query = ("Query", "Filter", "Export", "Embeds")
    return isinstance(parent, ast.ClassDef) and not parent.name.endswith(query)


def in_statement(source: Source, node: Any) -> Iterator[tuple[str, Edit]]:
    """Without a statement."""
    if isinstance(node, ast.Raise):
        yield "raise", source.replaced(node, "pass")
    elif isinstance(node, ast.Expr):
        yield "statement", source.replaced(node, "pass")
    elif isinstance(node.targets[0], ast.Subscript):
        kind = "header" if "headers" in source.code(node.targets[0]) else "statement"
        yield kind, source.replaced(node, "pass")


def in_call(source: Source, node: ast.Call) -> Iterator[tuple[str, Edit]]:
    name = source.code(node.func).rpartition(".")[2]
    opening = source.span(node.func)[1] + 1
    everything = [*node.args, *node.keywords]
    if isinstance(node.func, ast.Attribute):
        inner = source.code(node.func.value)
        if name in DROPPED and isinstance(node.func.value, ast.Call | ast.Name | ast.Attribute):
            yield DROPPED[name], source.replaced(node, inner)
        if name in ("asc", "desc"):
            yield "order", source.replaced(node, f"{inner}.{'asc' if name == 'desc' else 'desc'}()")
    if name in ("where", "and_", "or_") and len(node.args) > 1:
        for place in range(len(node.args)):
            yield "criterion", source.removed(everything, place, opening)
    if name in ("and_", "or_"):
        other = "or_" if name == "and_" else "and_"
        func = source.code(node.func).removesuffix(name) + other
        yield "criterion", source.replaced(node.func, func)
    if name in ("responses", "tagged"):
        for place in range(len(node.args)):
            yield "declared status", source.removed(everything, place, opening)
    if name in ("found", "unless_known") and node.args:
        yield "refusal", source.replaced(node, source.code(node.args[0]))
    if name in ("problem", "refused", "HTTPException") and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, int):
            yield "status", source.replaced(first, "400" if first.value != 400 else "409")
    for place, keyword in enumerate(node.keywords, start=len(node.args)):
        edit = source.removed(everything, place, opening)
        if keyword.arg == "status_code":
            yield "status", edit
        elif keyword.arg in ("responses", "response_class"):
            yield "declaration", edit
        elif keyword.arg in LIMITS:
            yield "limit", edit
            if isinstance(keyword.value, ast.Constant) and type(keyword.value.value) is int:
                more = keyword.value.value + (1 if keyword.arg[:2] in ("le", "lt", "ma") else -1)
                yield "limit", source.replaced(keyword.value, str(more))
        elif keyword.arg in SAID:
            yield "header" if keyword.arg == "headers" else "pointer", edit
        elif name == "mapped_column" and keyword.arg in ("default", "onupdate"):
            yield "default", edit


def in_dict(source: Source, node: ast.Dict) -> Iterator[tuple[str, Edit]]:
    """Without one of its keys."""
    if len(node.values) < 2:
        return
    spans: list[tuple[int, int]] = []
    for key, value in zip(node.keys, node.values, strict=True):
        start, end = source.span(value)
        start = source.span(key)[0] if key else source.text.rindex("**", 0, start)
        spans.append((start, end))
    for place in range(len(spans)):
        yield "key of a dict", source.without(spans, place, source.span(node)[0] + 1)


def in_annotated(source: Source) -> Iterator[Mistake]:
    """Without one of the things that `Annotated` adds to a type."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Subscript(
                value=ast.Name(id="Annotated" | "Literal"), slice=ast.Tuple(elts=elements)
            ) if len(elements) > 2:
                literal = isinstance(elements[0], ast.Constant)
                for place in range(0 if literal else 1, len(elements)):
                    edit = source.removed(elements, place, source.span(node.slice)[0])
                    yield Mistake("element" if literal else "limit", (edit,))


def in_schema(model: Source, revision: Source) -> Iterator[Mistake]:
    """What the database is to keep: without one thing in the model and the first revision."""
    for node in ast.walk(model.tree):
        match node:
            case ast.ClassDef():
                table = tablename(node)
                if table:
                    yield from of_class(model, revision, node, table)


def tablename(node: ast.ClassDef) -> str:
    for it in node.body:
        match it:
            case ast.Assign(targets=[ast.Name(id="__tablename__")], value=ast.Constant(value=name)):
                return str(name)
    return ""


def of_class(model: Source, revision: Source, node: ast.ClassDef, table: str) -> Iterator[Mistake]:
    for statement in node.body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id="__table_args__")], value=ast.Tuple(elts=elements)
            ):
                for it in elements:
                    kind, name = named(model, it, table)
                    if name and (theirs := in_revision(revision, name)):
                        yield Mistake(kind, (model.replaced(it, NOTHING), theirs))
            case ast.AnnAssign(target=ast.Name(id=column), value=ast.Call() as call):
                yield from of_column(model, revision, call, table, column)


def named(model: Source, node: Any, table: str) -> tuple[str, str]:
    """The kind of a rule, and its name in the database."""
    kind = model.code(node.func).rpartition(".")[2]
    texts = [str(it.value) for it in node.args if isinstance(it, ast.Constant)]
    names = [it.value.value for it in node.keywords if it.arg == "name"]
    match kind:
        case "CheckConstraint":
            return "check", f"ck_{table}_{names[0]}"
        case "UniqueConstraint":
            return "unique", f"uq_{table}_{'_'.join(texts)}"
        case "Index":
            return "unique" if "unique=True" in model.code(node) else "index", texts[0]
    return "", ""


def of_column(
    model: Source, revision: Source, call: ast.Call, table: str, column: str
) -> Iterator[Mistake]:
    opening = model.span(call.func)[1] + 1
    everything = [*call.args, *call.keywords]
    for place, keyword in enumerate(call.keywords, start=len(call.args)):
        prefix = {"unique": "uq", "index": "ix"}.get(str(keyword.arg))
        if prefix:
            theirs = in_revision(revision, f"{prefix}_{table}_{column}")
            if theirs:
                ours = model.removed(everything, place, opening)
                yield Mistake(str(keyword.arg), (ours, theirs))
    for it in call.args:
        if isinstance(it, ast.Call) and model.code(it.func) == "sa.ForeignKey":
            name = f"fk_{table}_{column}"
            both = [*it.args, *it.keywords]
            ours = model.removed(both, 1, model.span(it.func)[1] + 1)
            for call_ in calls(revision, name):
                parts = [*call_.args, *call_.keywords]
                place = next(i for i, p in enumerate(parts) if "ondelete" in revision.code(p))
                theirs = revision.removed(parts, place, revision.span(call_.func)[1] + 1)
                yield Mistake("foreign key action", (ours, theirs))
            theirs_ = in_revision(revision, name)
            if theirs_:
                yield Mistake("foreign key", (model.replaced(it, NOTHING), theirs_))


def calls(revision: Source, name: str) -> Iterator[ast.Call]:
    """Those that make the thing called `name`."""
    for node in ast.walk(revision.tree):
        match node:
            case ast.Call(args=[ast.Constant(value=value)], func=ast.Attribute(attr="f")):
                parent = revision.parents[node]
                while not isinstance(parent, ast.Call):
                    parent = revision.parents[parent]
                if value == name:
                    yield parent


def in_revision(revision: Source, name: str) -> Edit | None:
    """The first revision without the thing called `name`."""
    for call in calls(revision, name):
        table = revision.parents[call]
        if isinstance(table, ast.Expr):
            return revision.replaced(table, "pass")
        if isinstance(table, ast.Call):
            return revision.replaced(call, NOTHING)
    return None
