"""No model can be called what the modules that name models have for something else."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hooks.language import load, names
from hooks.language.steps.whole import taken_beside, taken_by
from tests.rendering.test_any_spec import render_fast
from tests.support import CASES, EXAMPLES

FILES = [*sorted(EXAMPLES.glob("*.yml")), *sorted(CASES.glob("*.yml"))]
MOST = ("names", "shop", "types")  # between them they have nearly every name
# What functions of a router are called, before the name of a model.
VERBS = re.compile(r"(create|get|update|delete|restore|put|list|count|export)_([a-z0-9_]+)")


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(it, id=it.stem, marks=() if it.stem in MOST else pytest.mark.cross)
        for it in FILES
    ],
)
def test_no_model_may_take_a_name_of_ours(file: Path, tmp_path: Path) -> None:
    tree = yaml.safe_load(file.read_text())
    render_fast(tree, tmp_path)
    found, functions = set[str](), set[str]()
    for path in [*tmp_path.glob("app/resources/*/*.py"), *tmp_path.glob("tests/resources/*.py")]:
        module = ast.parse(path.read_text())
        if path.name == "model.py" or any(it.endswith(".model") for it in imported(module)):
            found |= {name for name in ours(module) if names.MODEL.fullmatch(name)}
            functions |= {it[2] for name in ours(module) if (it := VERBS.fullmatch(name))}
    found |= {names.pascal(name) for name in functions}
    found -= tree["models"].keys()  # I is one, and no constant
    found -= {"Policy"}  # which is RowPolicy beside a model of that name
    spec = load(tree)
    models = spec.models
    reserved = names.CLASSES | set().union(*map(taken_by, models))
    reserved |= names.CLASSES_OF_ACCESS | {"ME"} if spec.auth else set()
    assert found - reserved == set()
    for model in models:
        path = tmp_path / f"app/resources/{model.plural}/schemas.py"
        beside = classes(path) if path.exists() else set()
        assert beside - names.CLASSES - taken_by(model) - taken_beside(model) == set()


def classes(schemas: Path) -> set[str]:
    """What it imports, that an enum might be called like."""
    found = set[str]()
    for node in ast.walk(ast.parse(schemas.read_text())):
        if isinstance(node, ast.ImportFrom) and not re.match(
            r"app\.(enums|resources)", node.module or ""
        ):
            found |= {it.asname or it.name for it in node.names}
    return {
        it for it in found if names.MODEL.fullmatch(it) and names.snake(it) not in names.SQL_TYPES
    }


def imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""


def ours(module: ast.Module) -> Iterator[str]:
    """The names in it that no model gives: from elsewhere, Python's own, and constants."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            if not (node.module or "").startswith(("app.resources", "app.enums", "app.mixins")):
                yield from (it.asname or it.name for it in node.names)
            else:
                yield from (it.name for it in node.names if it.name.isupper())
        elif isinstance(node, ast.Name) and (hasattr(builtins, node.id) or node.id.isupper()):
            yield node.id
