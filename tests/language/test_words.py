"""The level of the messages: a place, a clause with subject and verb, and the code at its end."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hooks.language.diagnostics import Code
from hooks.yaml_file import diagnose
from tests.language.test_diagnostics import SNIPPETS
from tests.language.test_rules import WRONG
from tests.support import ROOT

# Behind the place a clause, not a sentence: no article in upper case, and no full stop.
MESSAGE = re.compile(r".*?\S: (?!(An?|The|There|This|It) )\S.*[^.,:; ]")
SENTENCES = re.compile(r"[A-Z`].*[\w`)]\.")
# What readers had to decode: English that reads as translated.
UNCLEAR = re.compile(
    r"stands? here|\bany more\b|\botherwise\b(?! by)|word of Python|\bas well\b|\bby now\b"
    r"|\bgave up\b|broke off|nothing handles|Taken already|Breaks a rule|what isn't there"
    r"|\bis no (enum|type|kind|length|path|name|reference|value|version|URL)\b|would tell"
)
# They say what a key does, and not what is wrong.
HELP = {"help.py", "language_page.py", "json_schema.py"}


def messages() -> Iterator[str]:
    for code in Code:
        yield from diagnose(code.wrong)[0]
    for code, _, expected in SNIPPETS:
        yield f"{expected} [{code}]"
    for code, _, expected in WRONG:
        yield f"Project.rules.read: {expected} [{code}]"


def test_messages_have_one_form() -> None:
    for message in messages():
        told, _, code = message.removesuffix("]").rpartition(" [")
        assert code in list(Code), message
        assert MESSAGE.fullmatch(told), message
        assert told == told.replace("  ", " "), message


@pytest.mark.parametrize("code", Code)
def test_codes_are_told_in_sentences(code: Code) -> None:
    assert SENTENCES.fullmatch(code.what)


def strings(path: Path) -> Iterator[str]:
    """Every string in a module but its docstrings."""
    tree = ast.parse(path.read_text())
    docstrings = {it.value for it in ast.walk(tree) if isinstance(it, ast.Expr)}
    for it in ast.walk(tree):
        if isinstance(it, ast.Constant) and isinstance(it.value, str) and it not in docstrings:
            yield it.value


def test_no_message_has_to_be_decoded() -> None:
    folders = ("hooks", "template/app", "template/migrations", "template/tools")
    paths = [it for folder in folders for it in (ROOT / folder).rglob("*.py")]
    modules = [it for it in paths if it.name not in HELP]
    assert len(modules) > 80
    found = [(it.name, text) for it in modules for text in strings(it) if UNCLEAR.search(text)]
    assert found == []
