"""Each code: its example gives it, and nothing else; what the page writes instead is valid."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hooks import check as command
from hooks.diagnostics_page import page
from hooks.language.diagnostics import GROUPS, Code
from hooks.yaml_file import diagnose, diagnose_bytes
from tests.support import ROOT

# Told by an update, which knows what there was before.
ELSEWHERE = {Code.GONE}


@pytest.mark.parametrize("code", Code)
def test_a_code(code: Code) -> None:
    assert re.fullmatch(r"SW[0-9A][0-9]{2}", code)
    assert code[:3] in GROUPS
    assert code.what.endswith(".")
    assert "\n" not in code.what
    problems, _ = diagnose(code.wrong)
    if code in ELSEWHERE:
        assert problems == []
    else:
        assert len(problems) == 1, problems
        assert re.fullmatch(rf"models\.yml(:\d+)?: .*\S \[{code}\]", problems[0])
    assert diagnose(code.right)[0] == []


def test_there_are_enough() -> None:
    assert len(Code) >= 60


def test_the_page_is_up_to_date() -> None:
    written = (ROOT / "docs/diagnostics.md").read_text()
    assert written == page(), "python -m hooks.diagnostics_page > docs/diagnostics.md"


def test_every_code_is_used() -> None:
    sources = [it.read_text() for it in (ROOT / "hooks").rglob("*.py")]
    assert {it for it in Code if not any(f"Code.{it.name}" in text for text in sources)} == set()


LINES = """\
# a comment
models:

  Item:
    fields:
      name: varchar(3)
      price:
        type: int
        default: '1'
    many: {tags: {to: Nothing}}
    unique:
      - [nmae]
    nothing: {}
    indexes:
      - [price]
      - fields: [price]
        method: nope
      - expr: (
  'a.b': {}
  on: {}

enums:
  Colour: [red, red]
modles: {}
"""


def test_problems_have_lines() -> None:
    problems, _ = diagnose(LINES, "m.yml")
    lines = sorted(int(it.split(":")[1]) for it in problems)
    assert lines == [6, 9, 10, 12, 13, 17, 18, 19, 20, 23, 24]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("models: {A: {a: 1, b: 2, a: 3}}", "models.yml:1: models.A: a is also in line 1"),
        ("models:\n- a: 1\n  a: 2\n", "models.yml:3: models: a is also in line 2"),
        ("x: [", "models.yml:1: not YAML: "),
        ("a: b: c", "models.yml:1: not YAML: mapping values are not allowed here"),
        (
            "x: 2026-02-30",
            "models.yml:1: not YAML: '2026-02-30' is read as a timestamp, but",
        ),
        ("x: 1\ny: 2026-13-01", "models.yml:2: not YAML: '2026-13-01' is read as a timestamp"),
        (f"a:\n  b: {'9' * 5000}", "models.yml:2: not YAML: '999"),
        ("a: 1\nb:\n  " + "[" * 500 + "]" * 500, "models.yml:3: not YAML: nested over 100 deep"),
        (
            "models: {A: {a: nope, fields: {x: varchar2}, a: 3}}",
            "models.yml:1: A.x: the type varchar2",
        ),
        (
            "models:\n  A: {fields: {x: varchar2}}\n  A: {fields: {y: text}}",
            "models.yml:2: A.x: the type varchar2",
        ),
        (
            "x: {type: int[]}",
            "models.yml:1: not YAML: while parsing a flow mapping expected ',' or"
            " '}', but got '[': inside { } quote a type with `[]`, as in 'text[]' [SW003]",
        ),
        (
            "x:\n\ty: 1",
            "models.yml:2: not YAML: while scanning for the next token found character"
            " '\\t' that cannot start any token: indent with spaces [SW001]",
        ),
        (
            "x: {read: a in ('b', 'c')}",
            "models.yml:1: not YAML: while parsing a flow mapping expected ',' or '}', but got"
            " '<scalar>': quote a value with a quote or a comma in it [SW001]",
        ),
        ("a: 1\nb: \x07", "models.yml:2: not YAML: "),
        ("a: 1\n---\nb: 2", "models.yml:2: not YAML"),
        ("[" * 20000, "models.yml:1: not YAML: "),
        ("x: !!bool maybe", "models.yml:1: not YAML: "),
        ("x: !!timestamp maybe", "models.yml:1: not YAML: "),
        ("- a", "models.yml:1: the file is not a mapping"),
        ("modles: {}", "models.yml:1: modles: no such key; did you mean `models`?"),
        ("", "models.yml: models: there is no model"),
    ],
)
def test_files(text: str, expected: str) -> None:
    problems, _ = diagnose(text)
    assert any(it.startswith(expected) for it in problems), problems


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            "a: 1\nb: caf\xe9".encode("latin-1"),
            "f.yml:2: not YAML: invalid UTF-8 at the byte 0xe9",
        ),
        ("models: {}".encode("utf-16"), "f.yml:1: not YAML: UTF-16: save it as UTF-8"),
    ],
)
def test_files_of_other_encodings(data: bytes, expected: str) -> None:
    (problem,), warnings = diagnose_bytes(data, "f.yml")
    assert problem.startswith(expected)
    assert problem.endswith(f"[{Code.NOT_YAML}]")
    assert warnings == []


def test_what_is_merged_may_be_overridden() -> None:
    base = "models:\n  Item: {fields: &f {name: text}}\n"
    assert diagnose(f"{base}  Thing: {{fields: {{<<: *f, name: int}}}}\n") == ([], [])
    problems, _ = diagnose(f"{base}  Thing:\n    fields:\n      <<: *f\n      size: integer\n")
    assert [it.partition(": ")[0] for it in problems] == ["models.yml:6"]


def test_warnings_stand_beside_problems() -> None:
    problems, warnings = diagnose("models: {Item: {fields: {x: varchar2, class: int}}}")
    assert [len(problems), len(warnings)] == [1, 1]


def test_an_alias_is_no_duplicate() -> None:
    text = "models:\n  Item: {fields: &f {name: text}}\n  Thing: {fields: *f}\n"
    assert diagnose(text) == ([], [])


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("x: {{ y }}", "quote a text that starts with {"),
        ('x: "y', "close the quote that is open here"),
        ("x: {y: 1", "close the bracket that is open here"),
        ("x: !foo y", "leave it out, or quote a text that starts with !"),
        ("x: 1\n---\nx: 2", "leave out the line ---"),
        ("x: *y", "quote a text that starts with *"),
        ("Item: {fields: {n: int}}", "a model stands below models:, indented"),
    ],
)
def test_what_to_write_instead(text: str, hint: str) -> None:
    problems, _ = diagnose(text)
    assert f": {hint} [" in problems[0] or f"; {hint} [" in problems[0]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(Code.TYPE.right)
    bad.write_text(Code.TYPE.wrong)
    assert command.main([str(good)]) == 0
    assert capsys.readouterr() == ("", "")
    done = subprocess.run(
        [sys.executable, "-m", "hooks.check", bad], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stdout.startswith(f"{bad}:4: Item.price: unknown type 'decimall'")
    assert command.main([str(tmp_path)]) == 2
    assert "name a file" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command.main(["--help"])
    assert "all its problems and warnings" in capsys.readouterr().out
