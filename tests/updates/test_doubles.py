"""What its owner wrote, and then the template as well, doesn't stand twice without a word."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from hooks.update.doubles import single
from tests.support import render
from tests.updates.meeting import NO_GIT, meet, write
from tests.updates.support import conflicts

MARKS = ("<<<<<<< yours\n", "=======\n", ">>>>>>> the template's\n")
OWN = "from app.http.routing import APIRouter\n\nrouter = APIRouter()\n\n\n"


@pytest.mark.parametrize(
    ("path", "mine", "theirs", "key"),
    [
        ("m.py", "def f():\n    return 1\n", "def f():\n    return 2\n", "f"),
        ("m.py", "class A:\n    x = 1\n", "class A:\n    x = 2\n", "A"),
        ("m.py", "X = 1\n", "X: int = 2\n", "X"),
        ("m.py", '@r.get("/a/{id}")\ndef f():\n    pass\n',
         '@r.get("/a/{a_id}")\ndef g():\n    pass\n', "GET /a/{}"),
        ("c.yml", "x:\n  - 1\n", "x:\n  - 2\n", "x"),
        ("c.toml", "x = 1\n", "x = [\n    2,\n]\n", " x"),
        ("Makefile", "x:\n\techo 1\n", "x: y\n\techo 2\n", "x"),
        (".env.example", "X=1\n", "X=2\n", "X"),
    ],
    ids=["function", "class", "constant", "route", "yaml", "toml", "target", "variable"],
)  # fmt: skip
def test_marked(path: str, mine: str, theirs: str, key: str) -> None:
    start, between = {
        ".py": ("a = 0\n", "\nb = 0\n"),
        ".toml": ("a = 0\n", "b = 0\n"),
        ".example": ("A=0\n", "B=0\n"),
    }.get(Path(path).suffix, ("a: c\n", "b: c\n"))
    sides = (f"{start}{between}{mine}", f"{start}{theirs}{between}")
    found = single(path, *sides, f"{start}{theirs}{between}{mine}")
    assert found.marked == [key]
    assert found.text == f"{start}{MARKS[0]}{mine}{MARKS[1]}{theirs}{MARKS[2]}{between}"
    twice = single(path, f"{start}{between}{mine}", f"{start}{mine}{between}",
                   f"{start}{mine}{between}{mine}")  # fmt: skip
    assert (twice.text, twice.marked) == (f"{start}{mine}{between}", [])
    meant = f"{start}{mine}{between}{theirs}"
    assert single(path, meant, start, meant).text == meant  # its owner has it twice


def test_parts_of_what_is_there() -> None:
    base = "class A:\n    x = 1\n"
    ours, theirs = f"{base}    y = 1\n", "class A:\n    y = 2\n    x = 1\n"
    found = single("m.py", ours, theirs, "class A:\n    y = 2\n    x = 1\n    y = 1\n")
    assert found.marked == ["A.y"]
    dependencies = 'dependencies = [\n    "a",\n'
    ours, theirs = f'{dependencies}    "b-c>=1",\n]\n', f'{dependencies}    "b_c>=2",\n]\n'
    both = f'{dependencies}    "b_c>=2",\n    "b-c>=1",\n]\n'
    assert single("pyproject.toml", ours, theirs, both).marked == [" dependencies: b-c"]


def test_an_import_and_a_definition() -> None:
    ours, theirs = "from b import f\n", "def f():\n    pass\n"
    assert single("m.py", ours, theirs, ours + theirs).told == ["f"]
    same = "from b import f\n"
    assert single("m.py", same, "from b import f, g\n", f"{same}from b import f, g\n").told == []


def test_a_field_and_a_handler(originals: Path, tmp_path: Path) -> None:
    """In the files of the resource, and in a module of its owner's."""
    fields = {"name": "text"}
    before = {"models": {"Thing": {"fields": fields}}}
    after = {"models": {"Thing": {"fields": {**fields, "at": "date?"}, "api": {"ops": OPS}}}}
    old = render(originals / "template", tmp_path / "old", before)
    new = render(originals / "template", tmp_path / "new", after)
    project = copytree(old, tmp_path / "project", ignore=NO_GIT)
    handler = (
        '+\n\n@router.get("/things/export")\nasync def export_things() -> str:\n    return ""\n'
    )
    own = handler.removeprefix("+\n\n").replace("export_things", "mine").replace("export", "count")
    write(project, {
        "app/resources/things/model.py": '+\n    at: Mapped[str] = mapped_column(sa.Text)\n',
        "app/resources/things/router.py": handler,
        "app/resources/things/own.py": f"{OWN}{own}",
    })  # fmt: skip
    merged = meet(project, old, new)
    files = ["app/resources/things/model.py", "app/resources/things/router.py"]
    assert merged.conflicts == conflicts(project) == files
    both = "app/resources/things/own.py and app/resources/things/router.py both have"
    assert merged.broken == [f"{both} GET /things/count: keep one of them."]
    text = (project / files[0]).read_text()
    assert text.count("    at: Mapped[") == 2
    assert text.index(MARKS[0]) < text.index("at: Mapped[str]") < text.index(MARKS[1])


OPS = ["list", "create", "get", "update", "delete", "export", "count"]
