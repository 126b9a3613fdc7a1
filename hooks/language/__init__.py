"""models.yml → Spec: what the language allows is checked here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .diagnostics import Invalid, Problems
from .draft import Loading
from .reading import read_answers
from .spec import Enum, Mixin, Model, Spec
from .steps import resolve

__all__ = ["Invalid", "load"]


def load(answers: Mapping[str, Any]) -> Spec:
    """The Spec of `answers` (models, enums, defaults, …); raises `Invalid` with all problems."""
    problems = Problems()
    loading = read_answers(answers, problems)
    resolve(loading)
    problems.stop()
    models = [draft.model for draft in loading.drafts.values()]
    enums, mixins = _used_enums(loading, models), _used_mixins(loading)
    return Spec(
        models=models,
        enums=enums,
        mixins=mixins,
        extensions=loading.extensions,
        auth=loading.access,
        roles=tuple(loading.roles),
        warnings=list(problems.warnings),
    )


def _used_enums(loading: Loading, models: list[Model]) -> list[Enum]:
    used = {it.type.enum for model in models for it in model.fields if it.type.enum}
    enums: list[Enum] = []
    for name, enum in loading.enums.items():
        if enum in used:
            enums.append(enum)
        else:
            loading.problems.warn(f"enums.{name}", "no field has this type")
    return enums


def _used_mixins(loading: Loading) -> list[Mixin]:
    mixins: list[Mixin] = []
    for name in loading.mixins:
        users = (draft for draft in loading.drafts.values() if name in draft.raw.mixins)
        if (user := next(users, None)) is None:
            loading.problems.warn(f"mixins.{name}", "no model has it")
        elif fields := tuple(it for it in user.model.fields if it.mixin == name):
            mixins.append(Mixin(name, fields))
    return mixins
