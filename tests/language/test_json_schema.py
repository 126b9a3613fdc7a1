"""models.schema.json takes what the language takes, and refuses what has the wrong structure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hooks import json_schema
from hooks.language import Invalid, grammar, load
from hooks.language.diagnostics import Code
from tests.language.test_diagnostics import SNIPPETS
from tests.strategies import specs
from tests.support import CASES, EXAMPLES, ROOT

DOCUMENT = json.loads(json_schema.text())
VALIDATOR = Draft202012Validator(DOCUMENT)
FILES = [
    *sorted(CASES.glob("*.yml")),
    *sorted(EXAMPLES.glob("*.yml")),
    ROOT / "benchmarks/models.yml",
]
# Mistakes that show in one place of the file.
STRUCTURAL = """
ARGUMENTS BOTH CHOICE COLUMN_KEY COMMA DIMENSIONS DROPPED_NAME EMPTY ENUM ENUM_TWICE EXPRESSION
INDEX KEY KEY_EMPTY KEY_QUOTE LENGTH_NEEDED LIST LISTS MISPLACED MISSING MODEL_NAME NAME NO_MODELS
NO_TYPE OPS OPTIONAL PATH REFERENCE SHAPE SPELLING TYPE UNKNOWN_KEY VALUE
"""
WRONG = [
    *((code, text) for code, text, _ in SNIPPETS if code.name in STRUCTURAL.split()),
    *((Code[name], Code[name].wrong) for name in STRUCTURAL.split()),
]


def faults(answers: object) -> list[str]:
    return [f"{it.json_path}: {it.message[:300]}" for it in VALIDATOR.iter_errors(answers)]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(DOCUMENT)


@pytest.mark.parametrize("path", FILES, ids=lambda it: f"{it.parent.name}/{it.stem}")
def test_files(path: Path) -> None:
    assert faults(yaml.safe_load(path.read_text())) == []


@pytest.mark.parametrize("code", Code)
def test_what_the_page_recommends(code: Code) -> None:
    assert faults(yaml.safe_load(code.right)) == []


@settings(deadline=None, max_examples=60)
@given(specs())
def test_any_spec(answers: dict[str, Any]) -> None:
    assert faults(answers) == []


@pytest.mark.parametrize(("code", "text"), WRONG)
def test_wrong_structure(code: Code, text: str) -> None:
    assert faults(yaml.safe_load(text))


def shapes(cls: type[grammar.Shape] = grammar.Shape) -> list[type[grammar.Shape]]:
    return [it for sub in cls.__subclasses__() for it in (sub, *shapes(sub))]


def test_only_what_is_built_is_offered() -> None:
    of = DOCUMENT["$defs"] | {"File": DOCUMENT}
    for shape in shapes():
        offered = of[shape.__name__]["properties"]
        keys = {it.alias or name for name, it in shape.model_fields.items()}
        assert keys <= set(offered)
        assert not shape.later & set(offered)
        assert all(it["description"] for it in offered.values())


def test_options() -> None:
    options = {"project_name": "A", "container": "none", "python_version": "3.11"}
    models = {"Item": {"fields": {"name": "text"}}}
    assert faults({**options, "models": models}) == []
    assert faults({"container": "podman", "models": models})
    assert faults({"python_version": 3.11, "models": models})


PIECES = ["int", "string", "decimal", "Size", "Integer", "User", "->", "(", "4", ",", ")", "[", "]"]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from([*PIECES, "?", " "]), max_size=8).map("".join))
@example(" decimal ( 4 , 4 ) [ ] ? ")
@example("->User ?")
def test_no_valid_type_is_refused(text: str) -> None:
    enums = {"Size": ["small", "large"]}
    models = {"User": {"fields": {"name": "text"}}, "Item": {"fields": {"what": text}}}
    answers = {"enums": enums, "models": models}
    try:
        load(answers)
    except Invalid:
        return
    assert faults(answers) == []
