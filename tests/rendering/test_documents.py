"""A document that a file names is there: in this repository, and for whoever reads a service."""

import re
import subprocess
from pathlib import Path

from tests.support import EXAMPLES, ROOT, files, render

# Not of another place: /tmp/x.md, https://…/x.md, HEAD:x.md.
NAME = re.compile(r"(?<![\w./:-])(?:\.\./)*(\w[\w./-]*\.md)\b")
MADE = {"notes/README.md", "told.md"}  # by tests


def test_of_this_repository() -> None:
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    tracked = [it for it in listed.split("\0") if it]
    there = [f"/{it.removesuffix('.jinja')}" for it in tracked]
    missing = {
        (path, name)
        for path in tracked
        for name in NAME.findall((ROOT / path).read_text())
        if not any(it.endswith(f"/{name}") for it in there)
    }
    assert {it for it in missing if it[1] not in MADE} == set()


def test_of_a_service(template: Path, tmp_path: Path) -> None:
    for models in (None, EXAMPLES / "shop.yml"):
        project = render(template, tmp_path / str(models is None), models)
        for path in files(project):
            text = (project / path).read_text()
            for name in NAME.findall(text):
                if not (project / name).is_file():
                    assert re.search(rf"{name}\S* (of|in) the\s+template", text), f"{path}: {name}"
                    assert (ROOT / name).is_file()
