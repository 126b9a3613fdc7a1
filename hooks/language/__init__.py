"""models.yml → Spec: everything that the language promises is checked here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .diagnostics import Invalid, Problems
from .reading import read_answers
from .spec import Enum, Mixin, Spec
from .steps import resolve

__all__ = ["Invalid", "load"]


def load(answers: Mapping[str, Any]) -> Spec:
    """What `answers` (models, enums, defaults, dropped) say; raises `Invalid` with all problems."""
    problems = Problems()
    loading = read_answers(answers, problems)
    resolve(loading)
    problems.stop()
    models = [it.model for it in loading.drafts.values()]
    used = {it.type.enum for model in models for it in model.fields if it.type.enum}
    enums: list[Enum] = []
    for name, enum in loading.enums.items():
        if enum in used:
            enums.append(enum)
        else:
            problems.warn(f"enums.{name}", "no field has this type")
    mixins: list[Mixin] = []
    for name in loading.mixins:
        users = (it for it in loading.drafts.values() if name in it.raw.mixins)
        if (user := next(users, None)) is None:
            problems.warn(f"mixins.{name}", "no model has it")
        elif fields := tuple(it for it in user.model.fields if it.mixin == name):
            mixins.append(Mixin(name, fields))
    return Spec(models=models, enums=enums, mixins=mixins, warnings=list(problems.warnings))
