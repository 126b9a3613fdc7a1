"""The two tables of types: what a type is, and how it is written."""

from __future__ import annotations

import sys

import pytest

from hooks.language.types import TYPES
from hooks.rendering.types import WRITTEN
from tests.support import ROOT


def test_both_tables_have_every_type() -> None:
    assert list(WRITTEN) == list(TYPES)


@pytest.mark.parametrize("name", TYPES)
def test_both_tables_agree(name: str) -> None:
    info, written = TYPES[name], WRITTEN[name]
    assert info.comparable == (written.parameter is not None)
    if info.key and name not in ("bool", "enum"):  # which need no class of the service
        assert info.key_class == written.parameter
    else:
        assert info.key_class is None


def test_no_module_beside_a_script_hides_one_of_python() -> None:
    """Copier runs `hooks/tasks.py` as a script, which puts its folder ahead of the library."""
    modules = {file.stem for file in (ROOT / "hooks").iterdir()}
    assert modules & sys.stdlib_module_names == set()
