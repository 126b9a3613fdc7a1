"""Any valid models.yml renders to code that needs neither a formatter nor a linter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from hooks.language import Invalid, load
from hooks.rendering import context
from tests.strategies import alike, specs
from tests.support import BIN, ROOT, run
from tests.templates import environment, write_python

TEMPLATE = ROOT / "template"
OPTIONS = {
    "project_name": "Any Service",
    "project_slug": "any-service",
    "description": "Serves any spec",
    "author": "Nobody",
    "license": "MIT",
    "python_version": "3.11",
}
AT_ONCE = 10  # specs of an example: ruff is started once for all of them
YIELD = re.compile(r"{% yield (\w+) from (\w+) %}(.*?){% endyield %}")


JINJA = environment()
SOURCES = [
    (str(path.relative_to(TEMPLATE)), path.read_text())
    for path in sorted(TEMPLATE.rglob("*"))
    if path.is_file()
    and path.name.endswith((".py", ".py.jinja", "%}", "%}.jinja", "pyproject.toml.jinja"))
    and (path.parent != TEMPLATE or path.name.startswith("pyproject"))
]
COMPILED = [
    (name, JINJA.from_string(text) if name.endswith(".jinja") else text) for name, text in SOURCES
]


def render_fast(answers: Mapping[str, Any], folder: Path) -> None:
    """All the Python of a service, without Copier, which takes a second for it."""
    names = {**OPTIONS, **context(load(dict(answers)), OPTIONS["python_version"])}
    printed: dict[Path, str] = {}
    for name, source in COMPILED:
        for path, more in paths(name, names):
            if not all(path.removesuffix(".jinja").split("/")):
                continue  # an empty part: not for these answers, as with Copier
            file = folder / path.removesuffix(".jinja")
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(source, str):
                file.write_text(source)
            elif file.suffix == ".py":
                printed[file] = source.render(**names, **more)
            else:
                file.write_text(source.render(**names, **more))
    write_python(printed)


def paths(name: str, names: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The files that one of the template becomes: of a `yield`, one for each."""
    found = YIELD.search(name)
    if found is None:
        yield JINJA.from_string(name).render(**names), {}
        return
    variable, several, shown = found.groups()
    for one in names[several]:
        more = {variable: one}
        yield JINJA.from_string(name.replace(found[0], shown)).render(**names, **more), more


# What there is once in a service: operation ids, routes, classes, tables, constraints, indexes.
ONCE = {
    "router.py": [
        r"^async def (\w+)\(",
        r'^@router\.(\w+\(\s*"[^"]+")',
    ],
    "schemas.py": [r"^class (\w+)"],
    "embeds.py": [r"^class (\w+)"],
    "model.py": [r"^class (\w+)", r'__tablename__ = (".+")', r'^\w+ = sa\.Table\(\s*(".+?")'],
    "0001_initial.py": [
        r"(?:op\.create_(?:table|index)\(|sa\.(?:PrimaryKey|Unique)Constraint\([^()]*name=)"
        r'\s*(?:op\.f\(\s*)?(".+?")'
    ],
}


def twice(project: Path) -> list[str]:
    """What collides in a rendered service."""
    found = []
    for name, patterns in ONCE.items():
        text = "\n".join(it.read_text() for it in sorted(project.rglob(name)))
        for pattern in patterns:
            several = re.findall(pattern, text, re.MULTILINE)
            made = Counter(re.sub(r"\{\w+\}", "{}", re.sub(r"\s", "", it)) for it in several)
            found += [it for it, count in made.items() if count > 1]
    (first,) = project.rglob("0001_initial.py")
    for table in first.read_text().split("op.create_table(")[1:]:  # its constraints
        names = Counter(re.findall(r'name=(?:op\.f\(\s*)?(".+?")', table))
        found += [it for it, count in names.items() if count > 1]
    return found


LONG = ("", "", "", "Of", "OfThisYear", "OfEveryLastMonthOfTheYear", "TwoWordsThatAreLong")
DOCS = (
    "It is said, and this goes on for longer than a line of code has columns, that this is it",
    '"Quoted" at the start, and at the "end"',
    "Ends in a backslash \\",
    "Two\n\nparagraphs: the\n  second one indented",
    '"""',
    "2 × 3 – that’s it",  # noqa: RUF001
    "“x” … é 長い日本語の説明がここにあります。",
    "# {{ x }} {% y %} %(z)s :name \\N{DASH} '''",
)


@st.composite
def wild_specs(draw: st.DrawFn) -> dict[str, Any]:
    """Those of `specs()` with names that make lines too long, and docs that are hard to quote."""
    answers = draw(specs())
    models = {name: name + draw(st.sampled_from(LONG)) for name in answers["models"]}
    fields = {
        name: name + draw(st.sampled_from(["", "", "_of_it", "_that_is_wanted_by_some"]))
        for raw in answers["models"].values()
        for name in (*raw["fields"], *raw.get("many", {}))
    }
    renamed: dict[str, Any] = _renamed(answers, models, fields)
    for raw in renamed["models"].values():
        for it in (raw, *raw["fields"].values()):
            if isinstance(it, dict) and "doc" in it:
                it["doc"] = draw(st.sampled_from(DOCS))
    try:
        load(renamed)
    except Invalid:  # a name that PostgreSQL or another of the names doesn't allow
        return answers
    return renamed


def _renamed(raw: Any, models: dict[str, str], fields: dict[str, str], key: str = "") -> Any:
    if isinstance(raw, dict):
        new = {"models": models, "fields": fields, "many": fields}.get(key, {})
        return {new.get(it, it): _renamed(raw[it], models, fields, it) for it in raw}
    if isinstance(raw, list):
        return [_renamed(it, models, fields, key) for it in raw]
    if key in ("ref", "to", "log"):
        return models.get(raw, raw)
    if key in ("pk", "unique", "order", "sort", "fields", "field", "same"):
        name = str(raw).removeprefix("-")
        sign = "-" * str(raw).startswith("-")
        return sign + fields[name] if name in fields else raw
    return raw


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(wild_specs(), min_size=AT_ONCE, max_size=AT_ONCE))
def test_any_spec(tmp_path_factory: pytest.TempPathFactory, answers: list[dict[str, Any]]) -> None:
    folder = tmp_path_factory.mktemp("any")
    for number, answer in enumerate(answers):
        project = folder / str(number)
        render_fast(answer, project)
        (project / "models.yml").write_text(yaml.safe_dump(answer, sort_keys=False))
        for file in project.rglob("*.py"):
            compile(file.read_text(), file, "exec", dont_inherit=True)
        assert twice(project) == []
    run(folder, BIN / "ruff", "check", "--quiet", "--no-cache", ".")
    run(folder, BIN / "ruff", "format", "--diff", "--quiet", "--no-cache", ".")


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(alike())
def test_names_never_collide(
    tmp_path_factory: pytest.TempPathFactory, answers: dict[str, Any]
) -> None:
    """What is named alike is refused, or nothing that is made of it has the same name."""
    try:
        load(answers)
    except Invalid:
        assume(False)
    project = tmp_path_factory.mktemp("alike")
    render_fast(answers, project)
    assert twice(project) == []
