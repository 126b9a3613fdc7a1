"""`Yours below` is the end of its file: what an owner appends stands where the line says."""

import ast
from pathlib import Path

import pytest
import yaml

from tests.rendering.test_any_spec import TEMPLATE, render_fast
from tests.support import CASES, EXAMPLES

MARKER = "# Yours below"
MODELS = [*sorted(EXAMPLES.glob("*.yml")), *sorted(CASES.glob("*.yml"))]
# What the marker is in, where that isn't the module.
WITHIN = {"app/main.py": "extend", "app/settings.py": "Settings"}
# Where every service has one, beside those of its resources.
EVERYWHERE = {*WITHIN, "tests/conftest.py", "tests/factories.py"}
OF_A_RESOURCE = {"model.py", "schemas.py", "policy.py", "router.py", "embeds.py"}


@pytest.mark.parametrize("models", MODELS, ids=lambda path: str(path.stem))
def test_what_is_appended_is_where_it_should_be(models: Path, tmp_path: Path) -> None:
    render_fast(yaml.safe_load(models.read_text()), tmp_path)
    found = set()
    for path in tmp_path.rglob("*.py"):
        text = path.read_text()
        if MARKER not in text:
            continue
        name = str(path.relative_to(tmp_path))
        found.add(name)
        last = text.rstrip("\n").rpartition("\n")[2]
        assert MARKER in last, f"{name} goes on below the marker"
        indent = last[: -len(last.lstrip())]
        whole = ast.parse(f"{text}{indent}ours: int = 1\n").body[-1]
        assert (not indent) == isinstance(whole, ast.AnnAssign), name
        if indent:
            assert isinstance(whole, ast.ClassDef | ast.FunctionDef), name
            assert isinstance(whole.body[-1], ast.AnnAssign), name
            assert path.name == "model.py" or whole.name == WITHIN[name]
    assert found >= EVERYWHERE
    resources = {path.parent for path in tmp_path.glob("app/resources/*/model.py")}
    written = {path for it in resources for path in it.glob("*.py") if path.name in OF_A_RESOURCE}
    assert {str(path.relative_to(tmp_path)) for path in written} <= found


def test_other_files_end_with_it_too() -> None:
    said = []
    for path in TEMPLATE.rglob("*"):
        if path.is_file() and ".py" not in path.name and ".md" not in path.name:
            lines = path.read_text().rstrip("\n").splitlines()
            if any(line.lstrip().startswith(MARKER) for line in lines):
                said.append(path.name)
                assert lines[-1].startswith(MARKER), path.name
    assert said == ["Makefile.jinja"]
    assert MARKER not in (TEMPLATE / "pyproject.toml.jinja").read_text()
