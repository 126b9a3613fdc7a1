"""Factories of each model, which one function has by now, and the facts of each model."""

from __future__ import annotations

import ast
import re
import textwrap

from .units import Unit, defined

MODEL = re.compile(r"\bstore\(db, (\w+),")
SAMPLE = "def sample(n: int) -> dict[str, Any]:"


def replaced(was: str, now: str) -> dict[str, tuple[str, str]]:
    """The generic function and the model of each factory that can be replaced."""
    found: dict[str, tuple[str, str]] = {}
    theirs, mine = functions(was), functions(now)
    for name, node in theirs.items():
        values = f"{name.removeprefix('create_')}_values"
        if not name.startswith("create_") or values not in theirs or name not in mine:
            continue
        same = ast.dump(mine[name]) == ast.dump(node)
        model = MODEL.search(ast.unparse(node))
        if model and same and values in mine and sample(values, was, now):
            found |= {name: ("create", model[1]), values: ("values", model[1])}
    return found


def sample(name: str, was: str, now: str, head: str = SAMPLE) -> Unit | None:
    """A function of the number of a row, if it is made up as the template made it.

    It has what the owner does besides, unless that asks for more than the number.
    """
    before, node = functions(was)[name], functions(now)[name]
    last, usual = node.body[-1], {*map(ast.dump, before.body[:-1])}
    own = [it for it in node.body[:-1] if ast.dump(it) not in usual]
    if not isinstance(last, ast.Return) or not isinstance(last.value, ast.Dict):
        return None
    if len(node.body) - len(own) != len(before.body):
        return None
    keys = zip(last.value.keys, last.value.values, strict=True)
    pairs = [(key, value) for key, value in keys if key is not None]
    value = ast.Dict([key for key, _ in pairs], [value for _, value in pairs])
    body = "\n".join([*map(ast.unparse, own), f"return {ast.unparse(value)}"])
    text = f"{head}\n{textwrap.indent(body, '    ')}"
    made = Unit("define sample", text, 2, ast.parse(text).body[0])
    elsewhere = {"db", "given", *defined(now)} - names_in(before.body[-1])
    return None if made.uses & elsewhere else made


def names_in(node: ast.AST) -> set[str]:
    return {it.id for it in ast.walk(node) if isinstance(it, ast.Name)}


def functions(text: str) -> dict[str, ast.AsyncFunctionDef]:
    found = (it for it in ast.parse(text).body if isinstance(it, ast.AsyncFunctionDef))
    return {it.name: it for it in found}
