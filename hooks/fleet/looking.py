"""Looks at a service: only at what is committed, in a clone that is thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..questions import LANGUAGE
from ..update.git import NO_PROMPT, Refused, git, run
from ..update.project import ANSWERS, MODELS, OWNED
from ..update.render import render
from ..update.template import key, latest
from ..yaml_file import read

ROOT = Path(__file__).resolve().parent.parent.parent
UNKNOWN = "?"


@dataclass
class Row:
    service: str
    version: str = UNKNOWN
    newest: str = UNKNOWN
    drift: str = UNKNOWN
    models: str = UNKNOWN
    problem: str = ""

    @property
    def due(self) -> bool:
        return self.models == "pending" or key(self.newest) > key(self.version)


class Checkout:
    """A clone of our own of a service's repository, and the folder of the service in it."""

    def __init__(self, place: str, folder: Path) -> None:
        self.repository = folder
        top = ("rev-parse", "--show-toplevel", "--show-prefix")
        found = git("-C", place, *top, check=False).split("\n")
        path, self.prefix = found if len(found) == 2 else (place, "")
        # As a URL, or Git shares the objects of the service, and touches them.
        url = Path(path).as_uri() if Path(path).is_dir() else path
        clone = ["git", "clone", "--quiet", "--no-checkout", "--depth", "1", "--", url, str(folder)]
        done = run(clone, NO_PROMPT)
        self.found = done.returncode == 0
        plain = Path(path).is_dir() and not Path(path, ".git").exists()
        if not self.found and not plain:
            raise Refused(f"can't be reached: {done.stderr.strip()}")

    def git(self, *arguments: str, check: bool = True) -> str:
        return git("-C", str(self.repository), *arguments, check=check)

    def text(self, name: str) -> str:
        """What is committed; "" where nothing is."""
        if not self.found:
            return ""
        text = self.git("cat-file", "blob", f"HEAD:{self.prefix}{name}", check=False)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Refused(f"{name} isn't UTF-8") from None
        return text

    def changed(self, rendered: Path) -> str:
        """How many of the template's files and lines are others, or not there any more."""
        self.git(
            "--work-tree", str(rendered), "-c", "core.autocrlf=false", "add", "--all", "--force"
        )
        command = ("diff-index", "--cached", "-R", "--numstat", "--diff-filter=a")
        lines = self.git(*command, f"HEAD:{self.prefix}").splitlines()
        if not lines:
            return "none"
        counts = [[int(it) for it in line.split("\t")[:2] if it.isdigit()] for line in lines]
        added, removed = map(sum, zip(*counts, strict=True))
        return f"{len(lines)} file{'s'[: len(lines) > 1]} +{added} -{removed}"


@dataclass
class Fleet:
    folder: Path
    trust: bool  # the templates that neither Copier's settings trust nor we know

    def look(self, place: str, name: str, number: int) -> Row | None:
        """None where there is no service."""
        row = Row(name)
        try:
            checkout = Checkout(place, self.folder / "checkouts" / str(number))
            text = checkout.text(ANSWERS)
            answers = parsed(ANSWERS, text)
            if not answers.keys() >= {"_src_path", "models"}:
                return None
            if "_commit" not in answers:
                raise Refused("not copied from a version in Git")
            template, row.version = str(answers["_src_path"]), str(answers["_commit"])
            models = parsed(MODELS, checkout.text(MODELS))
            row.models = "pending" if pending(models, answers) else "in step"
            row.newest, why = newest(template)
            if why:
                raise Refused(why)
            rendered = self.folder / "renders" / str(number)
            rendered.mkdir(parents=True)
            (rendered / ANSWERS).write_text(text, encoding="utf-8")
            trust = self.trust or template in known()
            render(template, row.version, rendered, trust=trust)
            for it in (ANSWERS, *OWNED):
                (rendered / it).unlink(missing_ok=True)
            row.drift = checkout.changed(rendered)
        except Refused as why:
            row.problem = brief(str(why))
        return row


@cache
def known() -> set[str]:
    """Templates whose code runs here anyway: this clone, and where it is from."""
    return {str(ROOT), git("-C", str(ROOT), "ls-remote", "--get-url", check=False)}


@cache
def newest(template: str) -> tuple[str, str]:
    """The newest version, or why it isn't known: asked once for all services."""
    try:
        return latest(template), ""
    except Refused as why:
        return UNKNOWN, str(why)


def parsed(name: str, text: str) -> dict[str, Any]:
    file = read(text, name)
    if file.answers is None or file.problems:
        raise Refused(file.problems[0])
    return file.answers


def pending(models: dict[str, Any], answers: dict[str, Any]) -> bool:
    """Whether `make models` would change something."""
    keys = {*LANGUAGE, *(it for it in models if not str(it).startswith("_"))}
    return any((models.get(it) or None) != (answers.get(it) or None) for it in keys)


def brief(why: str) -> str:
    if "--trust" in why:
        return "its template isn't trusted: add --trust, or `trust` in Copier's settings"
    return why.partition("\n")[0].rstrip(":")
