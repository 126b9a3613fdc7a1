"""What `docs/architecture.md` says of `hooks/`: who imports whom, and what is where."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support import ROOT

HOOKS = ROOT / "hooks"


def imported(file: Path) -> set[str]:
    """The modules of `hooks/` that a module imports when it runs, as `language.spec`."""
    package = file.parent.relative_to(ROOT).parts
    found = set()
    for statement in ast.parse(file.read_text()).body:  # not those under `if TYPE_CHECKING`
        if isinstance(statement, ast.ImportFrom) and statement.level:
            base = package[: len(package) - statement.level + 1]
            base += tuple((statement.module or "").split(".")) if statement.module else ()
            names = [".".join([*base, alias.name]) for alias in statement.names]
            found |= {name if is_module(name) else ".".join(base) for name in names}
    return {name.removeprefix("hooks.") for name in found}


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


FILES = sorted(HOOKS.rglob("*.py"))
IMPORTS = {
    ".".join(file.relative_to(HOOKS).with_suffix("").parts).removesuffix(".__init__"): imported(
        file
    )
    for file in FILES
}


def test_no_circle() -> None:
    TopologicalSorter(IMPORTS).prepare()  # raises CycleError


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("language", {"language"}),
        ("rendering", {"rendering", "language"}),
        ("adopt", {"adopt", "language"}),
        ("update", {"update"}),
        ("fleet", {"fleet", "update", "yaml_file", "questions"}),
    ],
)
def test_packages_import_only(package: str, allowed: set[str]) -> None:
    modules = [name for name in IMPORTS if name.split(".")[0] == package]
    assert modules
    assert {name.split(".")[0] for module in modules for name in IMPORTS[module]} <= allowed


def test_paths_in_the_page_exist() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    paths = re.findall(r"`([\w./]+/[\w./]*)`", page)
    assert paths
    assert [
        path
        for path in paths
        if not any((folder / path).exists() for folder in (ROOT, HOOKS, ROOT / "template"))
    ] == []
