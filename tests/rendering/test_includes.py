"""Parts of templates, in `includes/`."""

from __future__ import annotations

import re

import yaml

from hooks.language import load
from hooks.rendering import context
from tests.support import EXAMPLES, ROOT

INCLUDE = re.compile(r'{% include "(includes/[^"]+)" %}')
SET = re.compile(r"{% set (\w+) = ")


def test_names_that_includes_see_are_not_in_the_context() -> None:
    """Copier's hook puts the context into each include anew, over what a template has set."""
    templates = [path.read_text() for path in (ROOT / "template").rglob("*.jinja")]
    including = [text for text in templates if INCLUDE.search(text)]
    assert including
    answers = yaml.safe_load((EXAMPLES / "sample.yml").read_text())
    known = set(context(load(answers), "3.11"))
    assert [name for text in including for name in SET.findall(text) if name in known] == []


def test_each_include_is_used() -> None:
    templates = [path.read_text() for path in (ROOT / "template").rglob("*.jinja")]
    used = {name for text in templates for name in INCLUDE.findall(text)}
    files = (path for path in (ROOT / "includes").rglob("*") if path.is_file())
    assert used == {path.relative_to(ROOT).as_posix() for path in files}
