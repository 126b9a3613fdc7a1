"""Gives the templates their context: the resources, made from the answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from copier.errors import UserMessageError
from copier_template_extensions import ContextHook
from jinja2 import Environment

from . import layout, resources
from .language import Invalid, load
from .language.spec import Spec

QUESTIONS = Path(__file__).resolve().parent.parent / "copier.yml"
LANGUAGE = ("models", "enums", "mixins", "defaults", "dropped")


class Hook(ContextHook):
    """Copier calls `hook` for every string that it renders, so what it makes is kept."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.answers: dict[str, Any] = {}
        self.made: dict[str, Any] = {}

    def hook(self, context: dict[str, Any]) -> dict[str, Any]:
        # Copier turns what is raised while it asks into a traceback.
        if "models" not in context or context["_copier_phase"] == "prompt":
            return {}
        answers = {name: context[name] for name in LANGUAGE if name in context}
        if any(answer is not self.answers.get(name) for name, answer in answers.items()):
            self.answers = answers
            self.made = make(answers, context["_copier_conf"], context["python_version"])
        return self.made


def make(answers: dict[str, Any], conf: dict[str, Any], python_version: str) -> dict[str, Any]:
    """The context of a render. Raises UserMessageError, on which Copier writes nothing."""
    refuse_stray(conf.get("data") or {})
    try:
        spec = load(answers)
    except Invalid as error:
        raise UserMessageError(f"models.yml is not valid:\n{error}") from None
    refuse_silent_removal(spec, answers, Path(conf["dst_path"]))
    for warning in spec.warnings:
        print(f"models.yml: warning: {warning}", file=sys.stderr)
    return {"py": layout, "source": source, **resources.context(spec, python_version)}


def source(template: str) -> str:
    """Where a later update finds the template: not from here, so a path is made absolute."""
    path = Path(template).expanduser()
    return str(path.resolve()) if path.is_dir() else template


def refuse_stray(data: dict[str, Any]) -> None:
    """Copier ignores keys that are no question: `modles:` would give an empty service."""
    questions = yaml.safe_load(QUESTIONS.read_text())
    stray = sorted(str(it) for it in data if not str(it).startswith("_") and it not in questions)
    if stray:
        raise UserMessageError(
            f"models.yml: no such key: {', '.join(stray)}. It has {', '.join(LANGUAGE)}."
        )


def refuse_silent_removal(spec: Spec, answers: dict[str, Any], project: Path) -> None:
    """Copier would delete the package of a model that isn't there any more."""
    stored = project / ".copier-answers.yml"
    if not stored.is_file():
        return
    before = (yaml.safe_load(stored.read_text()) or {}).get("models") or {}
    named = set(answers.get("dropped") or [])
    gone = sorted(set(before) - {model.name for model in spec.models} - named)
    if gone:
        raise UserMessageError(
            f"models.yml: {', '.join(gone)} was there and is not any more, so the update would"
            f" delete its package. Name it under `dropped: [{', '.join(gone)}]` if that is meant."
        )
