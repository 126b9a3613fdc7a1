"""A model gets another name: an owner's own modules follow by their syntax, or not at all."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from tests.support import render
from tests.updates.meeting import NO_GIT, meet, write

OWN = '''"""A Thing is a thing; things are Things."""

import sqlalchemy as sa
from sqlalchemy.orm import relationship

import app.resources.things.model as m
from app.resources.things import schemas
from app.resources.things.model import Thing

# Thing: a thing


class ThingReport:
    """Of a Thing."""

    thing: Thing
    things: "list[Thing]"


def thing(things: list[Thing]) -> Thing:
    Items = {"Thing": things}
    return things[0] or m.Thing() or Items


CREATE = schemas.ThingCreate
KEY = sa.ForeignKey("things.id")
PARENT = relationship("Thing", back_populates="things")
COUNT = sa.text("SELECT count(*) FROM things")
'''
RENAMED = (
    OWN.replace(".things", ".gadgets")
    .replace("import Thing", "import Gadget")
    .replace("thing: Thing", "thing: Gadget")
    .replace("[Thing]", "[Gadget]")
    .replace("-> Thing", "-> Gadget")
    .replace("m.Thing", "m.Gadget")
    .replace("ThingCreate", "GadgetCreate")
    .replace('Key("things', 'Key("gadgets')
    .replace('("Thing"', '("Gadget"')
)


def models(name: str, **more: str) -> dict[str, Any]:
    fields = {"thing": {"ref": name, "on_delete": "cascade"}}
    return {"models": {name: {"fields": {"name": "text"}, **more}, "Order": {"fields": fields}}}


@pytest.fixture(scope="session")
def sides(originals: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("sides")
    template = originals / "template"
    return (
        render(template, folder / "old", models("Thing")),
        render(template, folder / "new", models("Gadget", was="Thing")),
    )


@pytest.fixture
def project(sides: tuple[Path, Path], tmp_path: Path) -> Path:
    return copytree(sides[0], tmp_path / "project", ignore=NO_GIT)


def test_by_syntax(sides: tuple[Path, Path], project: Path) -> None:
    extra = (
        "from . import schemas\nfrom .model import Thing\n\nONE = Thing\nREAD = schemas.ThingRead\n"
    )
    plain = '"""Nothing of a Thing."""\n\nThing = things = 1\n'
    names = {
        "app/reports/things.py": OWN,
        "app/reports/plain.py": plain,
        "app/resources/things/extra.py": extra,
    }
    write(project, names)
    merged = meet(project, *sides)
    assert (merged.conflicts, merged.broken) == ([], [])
    assert (project / "app/reports/things.py").read_text() == RENAMED
    assert (project / "app/reports/plain.py").read_text() == plain
    moved = project / "app/resources/gadgets/extra.py"
    assert "import Gadget\n\nONE = Gadget\nREAD = schemas.GadgetRead\n" in moved.read_text()
    assert not (project / "app/resources/things").exists()
    told = "\n".join(merged.notes)
    assert "app/reports/things.py: Thing is now Gadget, ThingCreate is now GadgetCreate," in told
    assert "app/resources/gadgets/extra.py: Thing is now Gadget" in told
    line = OWN.splitlines().index('COUNT = sa.text("SELECT count(*) FROM things")') + 1
    assert f"strings have things (line {line - 1}, {line})" in told
    assert "plain.py" not in told


def test_not_at_all(sides: tuple[Path, Path], project: Path) -> None:
    half = "from app.resources.things.model import Thing, mine\n\nONE = Thing\n"
    write(project, {"app/half.py": half})
    merged = meet(project, *sides)
    assert (project / "app/half.py").read_text() == half
    (left, imports) = merged.broken
    assert left.startswith("app/half.py: left as it was, as there is no app.resources.things.model")
    assert imports.startswith(
        "app/half.py: imports app.resources.things.model, which no longer exists"
    )


@pytest.mark.parametrize("both", [False, True])
def test_begun_by_hand(sides: tuple[Path, Path], project: Path, both: bool) -> None:
    """The class, or the package, has the new name already."""
    for path in (*project.glob("app/**/*.py"), *project.glob("tests/**/*.py")):
        text = path.read_text()
        text = text.replace("app.resources.things", "app.resources.gadgets") if both else text
        path.write_text(text.replace("import Thing", "import Gadget") if both else text)
    if both:
        (project / "app/resources/things").rename(project / "app/resources/gadgets")
        write(project, {"app/resources/things/mine.py": "MINE = 1\n"})
    model = project / f"app/resources/{'gadgets' if both else 'things'}/model.py"
    model.write_text(model.read_text().replace("class Thing(", "class Gadget("))
    merged = meet(project, *sides)
    assert (merged.conflicts, merged.broken) == ([], [])
    assert "class Gadget(" in (project / "app/resources/gadgets/model.py").read_text()
    assert not (project / "app/resources/things").exists()
    assert (project / "app/resources/gadgets/mine.py").exists() == both


def test_a_name_that_is_gone(sides: tuple[Path, Path], tmp_path: Path) -> None:
    """An owner's module that imports it is told."""
    project = copytree(sides[1], tmp_path / "project", ignore=NO_GIT)
    write(project, {"app/own.py": "from app.resources.gadgets.model import Gadget\n"})
    new = copytree(sides[1], tmp_path / "gone", ignore=NO_GIT)
    (new / "app/resources/gadgets/model.py").write_text("X = 1\n")
    merged = meet(project, sides[1], new)
    assert (
        "app/own.py: imports Gadget from app.resources.gadgets.model, which no longer has it"
        in str(merged.broken)
    )
