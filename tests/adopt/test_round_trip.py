"""Database → models.yml → migration → database: nothing is lost but what a comment tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from hooks.language import load
from hooks.language.spec import Field, Index, Model, Spec
from tests.adopt.support import Line, Server, adopt, comments, put_revision
from tests.migrations.support import Forge
from tests.support import CASES, EXAMPLES, render

OURS = [*sorted(EXAMPLES.glob("*.yml")), *sorted(CASES.glob("*.yml"))]
THEIRS = sorted((Path(__file__).parent / "schemas").glob("*.sql"))


@pytest.mark.parametrize(
    "models",
    [
        pytest.param(it, id=it.stem, marks=pytest.mark.cross if place % 2 else ())
        for place, it in enumerate(OURS)
    ],
)
def test_of_our_own(models: Path, project: Path, forge: Forge, server: Server) -> None:
    first, second = server.database(), server.database()
    put_revision(project, yaml.safe_load(models.read_text()))
    forge.run(project, first, "alembic", "upgrade", "head")
    assert_there(load(yaml.safe_load(models.read_text())), server.catalogue(first))
    text = adopt(first)
    uncreatable = (
        r"(Adopted .* would not\. )(\w+ is required and read_only: nothing can be created ?)+"
    )
    assert re.fullmatch(rf"({uncreatable})?", comments(text))
    put_revision(project, yaml.safe_load(text))
    forge.run(project, second, "alembic", "upgrade", "head")
    assert server.catalogue(second) == server.catalogue(first)
    assert adopt(second) == text


@pytest.mark.parametrize("schema", THEIRS, ids=lambda path: str(path.stem))
def test_of_others(
    schema: Path, template: Path, forge: Forge, server: Server, tmp_path: Path
) -> None:
    first, second = server.database(schema.read_text()), server.database()
    text = adopt(first)
    (tmp_path / "models.yml").write_text(text)
    project = render(template, tmp_path / "project", tmp_path / "models.yml")
    forge.run(project, second, "alembic", "upgrade", "head")
    before, after = server.catalogue(first), server.catalogue(second)
    told = comments(text)
    assert not [it for it in before - after if not is_told(it, told)]
    changed = {(whose, name) for whose, name, _ in before - after}
    made = [it for it in after - before if it[:2] not in changed]
    assert not [it for it in made if not is_told(it, told)]
    again = adopt(second)
    assert migrated(again) == migrated(text), again


def test_that_what_is_told_is_told_by_name() -> None:
    told = "no_overlap: EXCLUDE USING gist (place WITH =) table billing.customers (id integer)"
    assert is_told(("rooms", "no_overlap", ""), told)
    assert is_told(("billing.customers", "id", ""), told)
    assert not is_told(("rooms", "overlap", ""), told)
    assert not is_told(("customers", "with", ""), told)


def assert_there(spec: Spec, catalogue: set[Line]) -> None:
    """Each line of the models is in the database, and nothing besides."""
    found: dict[str, dict[str, list[str]]] = {}
    for whose, name, sql in catalogue:
        found.setdefault(whose.replace('"', ""), {}).setdefault(name, []).append(sql)
    for model in spec.models:
        if model.managed:
            told = found[f"{model.schema}.{model.table}" if model.schema else model.table]
            wanted = dict(said(model))
            assert told.keys() == wanted.keys()
            for name, parts in wanted.items():
                for part in parts:
                    assert any(part in sql for sql in told[name]), (model.name, name, part)


def said(model: Model) -> Iterator[tuple[str, list[str]]]:
    """Columns, constraints and indexes by name, with parts of the SQL that they have."""
    for it in model.fields:
        yield it.column, column(it)
    if model.key:
        yield model.key_name, ["PRIMARY KEY"]
    for reference in model.references:
        parts = ["FOREIGN KEY"]
        if reference.on_delete != "no_action":
            parts.append(f"ON DELETE {reference.on_delete.replace('_', ' ').upper()}")
        yield reference.constraint, parts
    for unique in model.unique_constraints:
        yield unique.name, ["UNIQUE"]
    for index in model.all_indexes:
        yield index.name, indexed(index)
    for check in model.checks:
        yield check.full_name, ["CHECK"]
    for exclude in model.excludes:
        yield exclude.name, [f"EXCLUDE USING {exclude.using}"]


def column(it: Field) -> list[str]:
    parts = [] if it.optional else ["NOT NULL"]
    if it.computed is not None:
        parts.append(" s ")
    if it.identity and not it.serial:
        parts.append(" d")
    if it.type.name == "decimal" and it.type.precision is not None:
        parts.append(f"({it.type.precision},{it.type.scale or 0})")
    elif it.type.precision is not None:
        parts.append(f"({it.type.precision})")
    elif it.type.length is not None:
        parts.append(f"({it.type.length})")
    return parts


def indexed(it: Index) -> list[str]:
    parts = [f"USING {it.method or 'btree'}"]
    parts += ["UNIQUE"] * it.unique
    parts += [" DESC"] * any(descending for _, descending in it.fields)
    parts += [" WHERE "] * (it.where is not None)
    parts += [" INCLUDE "] * bool(it.include)
    return [*parts, *(field.column for field, _ in it.fields)]


def is_told(line: Line, told: str) -> bool:
    """Whether a comment names it, or all of its table."""
    whose, name, _ = line
    whose = whose.replace('"', "")
    if re.search(rf"(table|view) {re.escape(whose)}[ :]", told):
        return True
    if re.search(rf"partitions of [\w.]+:( [\w.]+,)* {re.escape(whose)}(?![\w.])", told):
        return True
    return re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", told) is not None


def migrated(text: str) -> Any:
    """What migrations make of a models.yml: no views and what is theirs, nothing of the API."""
    tree = yaml.safe_load(text)
    models = tree["models"]
    tree["models"] = {name: it for name, it in models.items() if it.get("managed", True)}
    for model in tree["models"].values():
        model.pop("doc", None)
        model.pop("api", None)
        for name, entry in model.get("fields", {}).items():
            if isinstance(entry, dict):
                entry.pop("doc", None)
                entry.pop("access", None)
                if entry.keys() == {"type"}:
                    model["fields"][name] = entry["type"]
                elif entry.keys() == {"type", "optional"} and isinstance(entry["type"], str):
                    model["fields"][name] = f"{entry['type']}?"
    used = re.findall(r"\w+", repr(tree["models"]))
    tree["enums"] = {name: it for name, it in tree.get("enums", {}).items() if name in used}
    return tree
