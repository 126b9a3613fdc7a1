"""Gives the templates their context: the resources, made from the answers."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from copier.errors import UserMessageError
from copier_template_extensions import ContextHook
from jinja2 import Environment

from . import copier_speed, formatting, json_schema, rendering, yaml_file
from .language import Invalid, load
from .language.diagnostics import Code
from .language.dropped import disappeared
from .questions import LANGUAGE
from .update.from_first import refusal

SHORT = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}  # as Copier has them


class Hook(ContextHook):
    """Copier calls `hook` for every string that it renders, so what it makes is kept."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.answers: dict[str, Any] = {}
        self.made: dict[str, Any] = {}
        environment.filters |= rendering.FILTERS
        environment.globals["refuse_copier"] = refuse_copier
        copier_speed.compile_once(environment)
        copier_speed.ask_git_once()
        formatting.Formatter(environment, self)

    def hook(self, context: dict[str, Any]) -> None:
        # Copier turns what is raised while it asks into a traceback. A migration needs nothing.
        if "models" not in context or context["_copier_phase"] in ("prompt", "migrate"):
            return
        answers = {name: context[name] for name in LANGUAGE if name in context}
        if any(answer is not self.answers.get(name) for name, answer in answers.items()):
            self.answers = answers
            refuse_copier(context["_copier_answers"], context["_copier_conf"])
            self.made = make(answers, context["_copier_conf"], context["python_version"])
        context.update(self.made)


def make(answers: dict[str, Any], conf: dict[str, Any], python_version: str) -> dict[str, Any]:
    """The context of a render. Raises UserMessageError, on which Copier writes nothing."""
    formatting.find_ruff()
    project = Path(conf["dst_path"])
    given = yaml_file.unknown_keys(conf.get("data") or {})
    if given:
        raise invalid(f"models.yml: {it}" for it in given.values())
    file = own_file(project, answers)
    try:
        spec = load(answers)
        problems = file.problems if file else []
    except Invalid as error:
        problems = [*file.problems, *yaml_file.located(error, file)] if file else error.problems
    if problems:
        raise invalid(problems)
    refuse_silent_removal(answers, project)
    for warning in spec.warnings:
        print(f"models.yml: warning: {warning}", file=sys.stderr)
    return {
        "source": location,
        "models_file": file.text if file else "",
        "schema": json_schema.text(),
        **rendering.context(spec, python_version),
    }


def refuse_copier(answers: dict[str, Any], conf: dict[str, Any]) -> None:
    """Raise UserMessageError where only `slipway-update` keeps what an owner changed."""
    stored = Path(conf["dst_path"], ".copier-answers.yml")
    text = stored.read_text(encoding="utf-8") if stored.is_file() else ""
    now = re.search(r"^_commit: *['\"]?([^'\"\s]+)", text, re.MULTILINE)
    if now is None or not re.search(r"^models:", text, re.MULTILINE):
        return  # it is new, or was copied from another template
    if why := refusal(str(answers.get("_src_path")), now[1], str(answers.get("_commit"))):
        raise UserMessageError(why)


def location(template: str) -> str:
    """The template as a later update finds it, from another folder and without Copier."""
    path = Path(template).expanduser()
    if path.is_dir():
        return str(path.resolve())
    for short, url in SHORT.items():
        if template.startswith(short):
            return f"{url}{template.removeprefix(short)}"
    return template


def invalid(problems: Iterable[str]) -> UserMessageError:
    return UserMessageError("models.yml is not valid:\n" + "\n".join(problems))


def own_file(project: Path, answers: dict[str, Any]) -> yaml_file.YamlFile | None:
    """The models.yml that `answers` come from, of the project or given: only a file has lines."""
    for path in (project / "models.yml", *given_files(sys.argv)):
        try:
            # Its line ends are kept: it is written as it is.
            file = yaml_file.read(path.read_bytes().decode(), path.name)
        except (OSError, UnicodeDecodeError):
            continue
        known = file.answers
        if known and all((known.get(it) or None) == (answers.get(it) or None) for it in LANGUAGE):
            return file
    return None


def given_files(arguments: list[str]) -> list[Path]:
    """What the command line gives as `--data-file`."""
    option = "--data-file"
    found = [value for name, value in pairwise(arguments) if name == option]
    found += [it.removeprefix(f"{option}=") for it in arguments if it.startswith(f"{option}=")]
    return [Path(it).expanduser() for it in found]


def refuse_silent_removal(answers: dict[str, Any], project: Path) -> None:
    """Refuse to update if a model or field has disappeared: its data would be lost."""
    stored = project / ".copier-answers.yml"
    if not stored.is_file():
        return
    gone = disappeared(yaml.safe_load(stored.read_text(encoding="utf-8")) or {}, answers)
    if gone:
        names = ", ".join(gone)
        have, them = ("has", "it") if len(gone) == 1 else ("have", "them")
        raise UserMessageError(
            f"{names} {have} disappeared from models.yml. To remove {them}, list {them} under"
            f" `dropped: [{names}]`; if you renamed {them}, write the former name as `was:` at the"
            f" new one. [{Code.GONE}]"
        )
