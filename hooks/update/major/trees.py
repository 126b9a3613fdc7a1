"""What a syntax tree says."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import libcst as cst


def module_at(path: str) -> str:
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_router(path: str) -> bool:
    """Whether it is that of a resource."""
    return path.startswith("app/resources/") and path.endswith("/router.py")


def code(node: cst.CSTNode) -> str:
    text = cst.Module([]).code_for_node(node)
    return text.strip().rstrip(",").rstrip()


def words(name: str) -> str:
    """How people call a row of a model: `order line` for `OrderLine`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.rpartition(".")[2]).lower()


def identifiers(module: cst.Module) -> list[cst.Name]:
    """The names that are not those of attributes."""
    found: list[cst.Name] = []

    class Visitor(cst.CSTVisitor):
        def visit_Attribute(self, node: cst.Attribute) -> bool:
            node.value.visit(self)
            return False

        def visit_Arg(self, node: cst.Arg) -> bool:
            node.value.visit(self)
            return False

        def visit_Name(self, node: cst.Name) -> None:
            found.append(node)

    module.visit(Visitor())
    return found


def dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return f"{dotted(node.value)}.{node.attr.value}"
    assert isinstance(node, cst.Name)
    return node.value


def dotted_or_none(node: cst.CSTNode) -> str | None:
    try:
        return dotted(node) if isinstance(node, cst.BaseExpression) else None
    except AssertionError:
        return None


def matches(value: cst.BaseExpression, key: str) -> bool:
    """Whether an expression such as `factories.create_item` may be that of `key`."""
    module, _, name = key.partition(":")
    return dotted_or_none(value) in (name, f"{module.rpartition('.')[2]}.{name}")


def bound(alias: cst.ImportAlias) -> str:
    if alias.asname:
        assert isinstance(alias.asname.name, cst.Name)
        return alias.asname.name.value
    return dotted(alias.name)


def absolute(statement: cst.ImportFrom, package: str) -> str:
    """The module that it imports from."""
    name = dotted(statement.module) if statement.module else ""
    if not statement.relative:
        return name
    parts = package.split(".")
    parts = parts[: len(parts) - len(statement.relative) + 1]
    return ".".join([*parts, *([name] if name else [])])
