"""The answers → drafts: each piece is read by itself, so that one mistake hides no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import grammar
from ..diagnostics import Code, Problems
from ..draft import Loading
from .access import read_access, read_rules
from .dropped import check_dropped
from .enums import read_enums
from .extensions import read_extensions
from .fields import mix_in, read_fields, read_mixins
from .models import read_model
from .shapes import read_mapping, read_shape


def read_answers(answers: Mapping[str, Any], problems: Problems) -> Loading:
    loading = Loading(problems)
    if answers.get("defaults") is not None:
        _read_defaults(loading, answers["defaults"])
    read_access(loading, answers)
    if answers.get("extensions") is not None:
        read_extensions(loading, answers["extensions"])
    if answers.get("enums") is not None:
        read_enums(loading, answers["enums"])
    models = answers.get("models")
    if models is None or models in ({}, []):
        problems.add("models", Code.NO_MODELS, "there is no model: describe at least one")
        return loading
    what = "a mapping {Name: {fields: …}}"
    for name, raw in read_mapping("models", models, what, problems).items():
        draft = read_model(loading, name, raw)
        if draft is None:
            loading.broken.add(name)
        else:
            loading.drafts[name] = draft
    known = [*loading.drafts, *loading.broken]
    if answers.get("mixins") is not None:
        read_mixins(loading, answers["mixins"], known)
    for draft in loading.drafts.values():
        read_fields(loading, draft, models[draft.name].get("fields"))
        mix_in(loading, draft)
    if answers.get("dropped") is not None:
        check_dropped(loading, answers["dropped"])
    return loading


def _read_defaults(loading: Loading, raw: object) -> None:
    if isinstance(raw, dict) and raw.get("rules") is not None:
        loading.default_rules = read_rules(loading, "defaults.rules", raw["rules"])
        raw = {key: value for key, value in raw.items() if key != "rules"}
    defaults = read_shape(grammar.Defaults, "defaults", raw, loading.problems)
    loading.defaults = defaults or loading.defaults
