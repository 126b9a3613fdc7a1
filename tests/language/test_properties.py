"""Whatever is in the file: a Spec or `Invalid`, and a Spec for what is valid."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hooks.language import Invalid, load
from hooks.language.grammar import Api, Auth, Index, Log, Many, Model, Ref, Scalar, Transfer, Unique
from hooks.language.names import FIELD, attribute, kebab, pascal, plural, singular, snake
from tests.strategies import NAMES, specs

quiet = settings(
    max_examples=100,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
KEYS = sorted(
    {
        key
        for shape in (Api, Auth, Index, Log, Many, Model, Ref, Scalar, Transfer, Unique)
        for key in (*shape.model_fields, *shape.later)
    }
)
WORDS = [
    *KEYS,
    "User",
    "Item",
    "id",
    "int",
    "string(3)?",
    "decimal(12,2)",
    "-> User",
    "uuid7",
    "me",
]
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.datetimes()
    | st.binary(max_size=3)
    | st.text(max_size=8)
    | st.sampled_from(WORDS)
)
keys = st.sampled_from(WORDS) | st.text(max_size=5) | st.none() | st.booleans() | st.integers()
rubbish = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=25,
)
models = st.dictionaries(
    st.sampled_from(["User", "Item", "Tag"]) | st.text(max_size=4),
    st.dictionaries(st.sampled_from(KEYS), rubbish, max_size=6)
    | st.fixed_dictionaries(
        {"fields": st.dictionaries(st.sampled_from(["id", "a", "b"]), rubbish, max_size=3)},
        optional={key: rubbish for key in Model.model_fields if key != "fields"},
    ),
    min_size=1,
    max_size=3,
)


def survives(answers: Any) -> None:
    problems: list[str] = []
    try:
        load(answers)
    except Invalid as error:
        problems = error.problems or [""]
    assert all(it.isprintable() and it.endswith("]") for it in problems)


@quiet
@given(
    st.dictionaries(
        st.sampled_from(["models", "enums", "mixins", "auth", "roles", "defaults", "dropped"]),
        rubbish,
    )
)
def test_rubbish(answers: dict[str, Any]) -> None:
    survives(answers)


@settings(quiet, max_examples=150)
@given(models, rubbish, rubbish)
def test_rubbish_in_models(models: dict[str, Any], enums: Any, defaults: Any) -> None:
    survives({"models": models, "enums": enums, "defaults": defaults})


@settings(quiet, max_examples=150)
@given(specs(), st.data())
def test_one_piece_of_rubbish(answers: dict[str, Any], data: st.DataObject) -> None:
    """The nearest thing to a mistake: a valid file with one value replaced."""
    at: Any = answers
    while isinstance(at, dict) and at:
        key = data.draw(st.sampled_from(list(at)))
        if not isinstance(at[key], dict) or data.draw(st.integers(0, 4)) == 0:
            at[key] = data.draw(rubbish)
            break
        at = at[key]
    survives(answers)


@settings(quiet, max_examples=300)
@given(specs())
def test_valid(answers: dict[str, Any]) -> None:
    spec = load(answers)
    assert [it.name for it in spec.models] == list(answers["models"])
    assert {it.name for it in spec.sorted_models} == {it.name for it in spec.models}
    again = load(yaml.safe_load(yaml.safe_dump(answers, sort_keys=False)))
    assert repr([it.name for it in again.models]) == repr([it.name for it in spec.models])
    made: set[str] = set()
    for model in spec.sorted_models:
        assert model.key
        for reference in model.references:
            there = reference.target is model or reference.target.name in made
            assert there is not reference.deferred
            assert all(local in model.fields for local, _ in reference.columns)
            assert all(remote in reference.target.fields for _, remote in reference.columns)
        names = [
            *(it.attribute for it in model.fields),
            *(it.attribute for it in model.references),
            *(it.attribute for it in model.inverses),
            *(it.attribute for it in model.manys),
            *(it.inverse_attribute for it in model.inverse_manys if it.inverse_attribute),
        ]
        assert len(set(names)) == len(names)
        assert all(it.isidentifier() for it in names)
        made.add(model.name)


def test_huge_and_endless_values() -> None:
    endless: list[Any] = []
    endless.append(endless)
    deep: Any = 0
    for _ in range(5000):
        deep = [deep]
    for value in (1 << 20000, endless, deep, "\ud800", "a\0b", {"a": endless}, float("nan")):
        for kind in ("int", "json", "text", "decimal(3,1)", "float", "date", "bytes"):
            survives({"models": {"User": {"fields": {"x": {"type": kind, "default": value}}}}})
            survives({"models": {"User": {"fields": {"x": {"type": kind, "min": value}}}}})
        survives({"models": {"User": {"fields": {"x": value}}}})
        survives({"models": {"User": value}, "enums": {"E": [value]}, "defaults": value})


@given(st.sampled_from(NAMES) | st.from_regex(r"\A([A-Z][a-z]{1,6}){1,3}\Z"))
def test_names(name: str) -> None:
    one = snake(name)
    assert FIELD.fullmatch(one)
    assert FIELD.fullmatch(plural(one))
    assert pascal(one).lower() == name.lower()
    assert "_" not in kebab(one)
    assert attribute(one).isidentifier()
    assert FIELD.fullmatch(singular(one))
