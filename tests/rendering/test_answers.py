"""What becomes of the answers: models.yml, Copier's memory of it, and mistakes."""

import subprocess
from pathlib import Path

import pytest
import yaml

from hooks import json_schema
from tests.support import CLEAN, COPIER, EXAMPLES, copy, files, render

FOR_EDITORS = "# yaml-language-server: $schema=./models.schema.json\n"


def answers(project: Path) -> dict[str, object]:
    stored: dict[str, object] = yaml.safe_load((project / ".copier-answers.yml").read_text())
    return {name: value for name, value in stored.items() if name[0] != "_"}


def test_defaults_give_the_sample(template: Path, tmp_path: Path) -> None:
    project = render(template, tmp_path / "project")
    sample = EXAMPLES / "sample.yml"
    assert (project / "models.yml").read_text() == FOR_EDITORS + sample.read_text()
    assert answers(project)["models"] == yaml.safe_load(sample.read_text())["models"]


def test_models_yml_is_written_as_it_was_meant(template: Path, tmp_path: Path) -> None:
    shop = EXAMPLES / "shop.yml"
    project = render(template, tmp_path / "project", shop)
    meant = yaml.safe_load(shop.read_text())
    assert yaml.safe_load((project / "models.yml").read_text()) == meant
    first, second, *_ = (project / "models.yml").read_text().splitlines(keepends=True)
    assert first.startswith("# Written from data: ")
    assert second == FOR_EDITORS
    assert (project / "models.schema.json").read_text() == json_schema.text()
    assert {name: answers(project)[name] for name in meant} == meant
    written = render(template, tmp_path / "again", project / "models.yml")
    assert files(written) == files(project)


# A BOM, both kinds of line ends, comments, flow and blank lines, none at the end, an option.
ODD = (
    "\ufeff# ours\r\n\r\nproject_name: Café  # what it is called\r\n"
    "models: {Note: {fields: {\n\n  a: text}}}"
)


def test_a_file_that_is_given_is_kept_byte_for_byte(template: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.yml", tmp_path / "other.yml"
    one.write_bytes(ODD.encode())
    other.write_text("models: {Note: {fields: {a: text}}}\n")
    command: list[str | Path] = [COPIER, "copy", "--trust", "--defaults"]
    for name, options in {
        "first": [f"--data-file={one}"],
        "second": [f"--data-file={other}", "--data=enums={Size: [small]}"],
    }.items():
        done = [*command, *options, template, tmp_path / name]
        told = subprocess.run(done, env=CLEAN, check=True, capture_output=True, text=True).stderr
        assert "It was copied from no version of the template" in told
    assert (tmp_path / "first/models.yml").read_bytes() == ODD.encode()
    assert "Café" in (tmp_path / "first" / "README.md").read_text()
    text = (tmp_path / "second/models.yml").read_text()
    assert text.startswith("# Written from data: ")
    assert yaml.safe_load(text).keys() == {"enums", "models"}


def test_models_yml_at_the_destination_stays(template: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    text = "# ours\nmodels:\r\n  Note: {fields: {title: text}}  # a comment\n"
    (project / "models.yml").write_bytes(text.encode())
    render(template, project, project / "models.yml")
    assert (project / "models.yml").read_bytes() == text.encode()
    assert (project / "app/resources/notes/router.py").exists()


def test_an_invalid_models_yml_writes_nothing(template: Path, tmp_path: Path) -> None:
    models = {"models": {"Item": {"fields": {"price": "decimall(10,2)", "size": "varchar(3)"}}}}
    done = copy(template, tmp_path / "project", models)
    assert done.returncode == 1
    assert "decimal" in done.stderr
    assert "string(3)" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "project").exists()


def test_an_unknown_key_writes_nothing(template: Path, tmp_path: Path) -> None:
    done = copy(template, tmp_path / "project", {"modles": {}})
    assert done.returncode == 1
    assert "modles: no such key; did you mean `models`? [SW102]" in done.stderr
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize("option", ["--data-file ", "--data-file="])
def test_a_file_that_is_given_has_lines(template: Path, tmp_path: Path, option: str) -> None:
    models = tmp_path / "ours.yml"
    models.write_text("models:\n  Item: {fields: {x: int}}\nmodels:\n  Tag: {fields: {x: int}}\n")
    given = f"{option}{models}".split(" ")
    command: list[str | Path] = [COPIER, "copy", "--trust", "--defaults", "--quiet", *given]
    command += [template, tmp_path / "new"]
    done = subprocess.run(command, env=CLEAN, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        "ours.yml:3: models is also in line 1: rename or remove one [SW002]"
    )
    assert not (tmp_path / "new").exists()


def test_a_file_at_the_destination_has_lines(template: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    models = project / "models.yml"
    models.write_text("models:\n  Item:\n    fields:\n      name: text\n      name: varchar(3)\n")
    done = copy(template, project, models)
    assert done.returncode == 1
    told = done.stderr.splitlines()
    assert told[-2:] == [
        "models.yml:5: models.Item.fields: name is also in line 4: rename or remove one [SW002]",
        "models.yml:5: Item.name: the type varchar(3) is called string(3) here [SW302]",
    ]
    assert files(project) == ["models.yml"]
