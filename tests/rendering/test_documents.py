"""A document that a file names is there: in this repository, and for whoever reads a service."""

import ast
import re
import subprocess
from pathlib import Path

import yaml

from hooks.language import load
from tests.support import EXAMPLES, ROOT, files, render

# Not of another place: /tmp/x.md, https://…/x.md, HEAD:x.md.
NAME = re.compile(r"(?<![\w./:-])(?:\.\./)*(\w[\w./-]*\.md)\b")
README = ROOT / "README.md"
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
OF_LIBRARIES = {"Annotated", "Any", "Field", "MISSING", "UUID", "dict", "dt", "sa", "str"}
MADE = {"notes/README.md", "told.md"}  # by tests


def test_of_this_repository() -> None:
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    tracked = [it for it in listed.split("\0") if it and not it.endswith(".bundle")]
    there = [f"/{it.removesuffix('.jinja')}" for it in tracked]
    missing = {
        (path, name)
        for path in tracked
        for name in NAME.findall((ROOT / path).read_text())
        if not any(it.endswith(f"/{name}") for it in there)
    }
    assert {it for it in missing if it[1] not in MADE} == set()


def test_paths_in_contributing() -> None:
    named = re.findall(r"`((?:hooks|template|tests|docs|examples|benchmarks)/[\w./-]*)`", GUIDE)
    assert len(named) > 30
    assert [it for it in named if not (ROOT / it).exists()] == []


def test_of_a_service(template: Path, tmp_path: Path) -> None:
    for models in (None, EXAMPLES / "shop.yml"):
        project = render(template, tmp_path / str(models is None), models)
        for path in files(project):
            text = (project / path).read_text()
            for name in NAME.findall(text):
                if not (project / name).is_file():
                    ours = rf"{name}\S* (of|in) the\s+template|template's {name}"
                    assert re.search(ours, text), f"{path}: {name}"
                    assert (ROOT / name).is_file()


def test_the_code_in_our_readme(template: Path, tmp_path: Path) -> None:
    """Each line of it stands in what its models.yml makes."""
    blocks = re.findall(r"^```(yaml|python)\n(.*?)^```$", README.read_text(), re.S | re.M)
    models, ruled = (text for language, text in blocks if language == "yaml")
    assert load(yaml.safe_load(ruled)).warnings == []
    (tmp_path / "models.yml").write_text(models)
    package = render(template, tmp_path / "x", tmp_path / "models.yml") / "app/resources/posts"
    modules = ("policy.py", "queries.py", "router.py", "schemas.py")
    made = "".join((package / it).read_text() for it in modules).splitlines()
    code = "".join(text for language, text in blocks if language == "python")
    shown = [line for line in code.splitlines() if line.removeprefix("# ") not in modules]
    assert [it for it in shown if it not in made] == []
    tree = list(ast.walk(ast.parse(code)))
    used = {it.id for it in tree if isinstance(it, ast.Name)}
    made_here = {it.id for it in tree if isinstance(it, ast.Name) and isinstance(it.ctx, ast.Store)}
    made_here |= {it.name for it in tree if isinstance(it, ast.ClassDef | ast.alias)}
    made_here |= {it.arg for it in tree if isinstance(it, ast.arg)}
    assert used - made_here == OF_LIBRARIES
