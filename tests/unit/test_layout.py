"""`hooks.layout` against ruff: `ruff format` and its rule I leave alone what it lays out."""

from __future__ import annotations

import ast
import inspect
import string
import subprocess
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from hooks.layout import (
    WIDTH,
    Group,
    assign,
    at,
    call,
    chain,
    docstring,
    imports,
    literal,
    prefixed,
    seq,
    signature,
)
from tests.support import BIN

quiet = settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
words = st.text(string.ascii_lowercase, min_size=1, max_size=30).map(lambda it: f"{it}_1")
texts = st.text(string.ascii_letters + " \"'\\{}é", max_size=40).map(literal)
nodes: st.SearchStrategy[Any] = st.recursive(
    words | texts,
    lambda inner: st.one_of(
        st.builds(call, words, inner, inner, key=st.none() | inner),
        st.builds(seq, st.lists(inner, max_size=4)),
        st.builds(lambda key, it: seq([prefixed(f"{key}: ", it)], "{}"), texts, inner),
    ),
    max_leaves=12,
)
groups = nodes.filter(lambda it: isinstance(it, Group))
modules = st.sampled_from(
    (
        *("datetime as dt", "typing:Any", "typing:TYPE_CHECKING", "uuid:UUID", "decimal:Decimal"),
        *("sqlalchemy as sa", "sqlalchemy.orm:Mapped", "sqlalchemy.orm:mapped_column"),
        *("sqlalchemy.orm:relationship", "sqlalchemy.dialects:postgresql", "alembic:op"),
        *("app.enums:Level", "app.enums:Level2", "app.enums:Level10", "app.database.base:Base"),
        *("app.resources.items.model:Item", "app.resources.items_10.model:Item10"),
        "app.resources.a_package_with_a_rather_long_name.model:AClassWithARatherLongName",
        *("tests.factories:make_item", "tools:postgres", "fastapi:APIRouter", "fastapi:status"),
        *("app.fields:ID", "app.fields:Text", "app.fields:text", "app.fields:X"),
    )
)
FIRST_PARTY = 'lint.isort.known-first-party = ["app", "tests", "tools"]'


def ruff(code: str, *arguments: str) -> str:
    options = (f"--line-length={WIDTH}", "--isolated", "--no-cache", "-")
    command = [str(BIN / "ruff"), *arguments, *options]
    done = subprocess.run(command, input=code, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def unchanged(code: str) -> None:
    assert ruff(code, "format") == code


def in_class(lines: list[str]) -> str:
    return "class It:\n" + "".join(f"    {line}\n" for line in lines)


@quiet
@given(st.lists(st.tuples(words, groups), min_size=1, max_size=10))
def test_assignments(made: list[tuple[str, Group]]) -> None:
    unchanged("".join(f"{assign(0, name, value)}\n" for name, value in made))
    unchanged(in_class([assign(4, name, value) for name, value in made]))


@quiet
@given(st.lists(st.tuples(words, texts), min_size=1, max_size=10))
def test_assignments_of_what_has_no_parts(made: list[tuple[str, str]]) -> None:
    unchanged(in_class([assign(4, name, value) for name, value in made]))


@quiet
@given(st.lists(st.tuples(words, words, groups), min_size=1, max_size=10))
def test_annotated_assignments(made: list[tuple[str, str, Group]]) -> None:
    lines = [assign(4, name, value, "Mapped", kind) for name, kind, value in made]
    unchanged(in_class(lines))


@quiet
@given(st.lists(groups.filter(lambda it: bool(it.items)), min_size=1, max_size=10))
def test_statements(made: list[Group]) -> None:
    unchanged("".join(f"{at(it, 0)}\n" for it in made))


@quiet
@given(words, words, st.lists(st.builds(call, words, words, nodes), min_size=2, max_size=4))
def test_chains(name: str, head: str, links: list[Group]) -> None:
    unchanged(chain(0, f"{name} = ", f"{head}(1)", *links) + "\n")


@quiet
@given(words, st.lists(words, max_size=6, unique=True))
def test_signatures(name: str, parameters: list[str]) -> None:
    typed = [f"{it}: int" for it in parameters]
    unchanged(f"{signature(0, f'def {name}', typed, 'None')}\n    pass\n")


@quiet
@given(st.sets(modules, min_size=1))
def test_imports(entries: set[str]) -> None:
    ruff(imports(entries) + "\n", "check", "--select=I", "--config", FIRST_PARTY)
    for column, before in ((0, ""), (4, "if True:\n    ")):
        unchanged(f"{before}{imports(entries, column)}\n")


@quiet
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    | st.binary(max_size=30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.booleans()
    | st.none()
)
@example(b"it's")
@example(b'"\\\x00\xff')
@example(6.2e16)
@example("\x7f\u2028 \"'")
def test_literals(value: object) -> None:
    written = literal(value)
    assert ast.literal_eval(written) == value
    unchanged(f"x = {written}\n" if len(written) < 80 else f"x = (\n    {written}\n)\n")


@quiet
@given(st.text("abc \"'\\\né", min_size=1, max_size=300).filter(str.strip))
@example("x" * 80)
@example("words " * 13 + "x")
@example("https://example.org/" + "long-path/" * 9)
@example('"Said" so: """')
@example("Ends in \\")
def test_docstrings(text: str) -> None:
    for column, code in (
        (0, f"{docstring(text, 0)}\n"),
        (4, f"class It:\n    {docstring(text)}\n"),
    ):
        body: Any = ast.parse(code).body[0]
        node = body if column == 0 else body.body[0]
        doc = inspect.cleandoc(node.value.value)
        assert doc.split() == text.split()
        unchanged(code)


@pytest.mark.parametrize("length", range(74, 86))
def test_docstrings_about_as_long_as_a_line(length: int) -> None:
    text = ("four " * 20)[: length - 1] + "x"
    unchanged(f"class It:\n    {docstring(text)}\n")
