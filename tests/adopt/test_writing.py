"""YAML reads what is written as what it was."""

from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from hooks.adopt.writing import flow

values = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
    | st.text(st.characters(codec="utf-8")).filter(lambda it: "\0" not in it)
    | st.sampled_from(
        ["no", "12:30", "2026-01-01", "a: b", "a #b", "'", '"', "\\xff", "'\\'", "~"]
    ),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("ab: #'\"\\,{}é"), inner),
    max_leaves=8,
)


@given(values)
def test_flow(value: object) -> None:
    assert yaml.safe_load(f"[{flow(value)}]") == [value]


@given(values)
def test_behind_a_key(value: object) -> None:
    assert yaml.safe_load(f"key: {flow(value, inside=False)}") == {"key": value}
