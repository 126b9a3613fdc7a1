"""`python -m hooks.fleet ~/services`: which service is on which version, and how far from it.

Looking only: what is committed is read in clones of the services, which are thrown away.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from template.tools import update
from template.tools.update import ANSWERS, MODELS, NO_PROMPT, OWNED, Refused

from .questions import LANGUAGE
from .yaml_file import read

ROOT = Path(__file__).resolve().parent.parent
UNKNOWN = "?"
COLUMNS = ("service", "version", "newest", "drift", "models")


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
        return self.models == "pending" or update.key(self.newest) > update.key(self.version)


class Checkout:
    """A clone of our own of a service's repository, and the folder of the service in it."""

    def __init__(self, place: str, folder: Path) -> None:
        self.repository = folder
        top = ("rev-parse", "--show-toplevel", "--show-prefix")
        found = update.git("-C", place, *top, check=False).split("\n")
        path, self.prefix = found if len(found) == 2 else (place, "")
        # As a URL, or Git shares the objects of the service, and touches them.
        url = Path(path).as_uri() if Path(path).is_dir() else path
        clone = ["git", "clone", "--quiet", "--no-checkout", "--depth", "1", "--", url, str(folder)]
        done = update.run(clone, NO_PROMPT)
        self.found = done.returncode == 0
        plain = Path(path).is_dir() and not Path(path, ".git").exists()
        if not self.found and not plain:
            raise Refused(f"can't be reached: {done.stderr.strip()}")

    def git(self, *arguments: str, check: bool = True) -> str:
        return update.git("-C", str(self.repository), *arguments, check=check)

    def text(self, name: str) -> str:
        """What is committed; "" where nothing is."""
        if not self.found:
            return ""
        try:
            return self.git("show", f"HEAD:{self.prefix}{name}", check=False)
        except UnicodeDecodeError:
            raise Refused(f"{name} isn't UTF-8") from None

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
            update.render(template, row.version, rendered, trust=trust)
            for it in (ANSWERS, *OWNED):
                (rendered / it).unlink(missing_ok=True)
            row.drift = checkout.changed(rendered)
        except Refused as why:
            row.problem = brief(str(why))
        return row


@cache
def known() -> set[str]:
    """Templates whose code runs here anyway: this clone, and where it is from."""
    return {str(ROOT), update.git("-C", str(ROOT), "ls-remote", "--get-url", check=False)}


@cache
def newest(template: str) -> tuple[str, str]:
    """The newest version, or why it isn't known: asked once for all services."""
    try:
        return update.latest(template), ""
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


def listed(where: Path) -> list[str]:
    """Folders in a folder, or what stands in a file, a line each."""
    if (where / ANSWERS).exists():
        return [str(where)]
    if where.is_dir():
        found = sorted(it for it in where.iterdir() if it.is_dir())
        return [str(it) for it in found if not it.name.startswith(".")]
    lines = [it.strip() for it in where.read_text(encoding="utf-8").splitlines()]
    paths = [(it, where.parent / Path(it).expanduser()) for it in lines if it and it[0] != "#"]
    return [str(path) if path.is_dir() else it for it, path in paths]


def names(places: list[str]) -> list[str]:
    """The last part of each place, or all of it where others end like it."""
    short = [re.split(r"[/:]", it.rstrip("/"))[-1].removesuffix(".git") for it in places]
    return [it if short.count(it) == 1 else place for it, place in zip(short, places, strict=True)]


def table(rows: list[Row]) -> str:
    cells = [COLUMNS, *((it.service, it.version, it.newest, it.drift, it.models) for it in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    problems = ["", *(it.problem for it in rows)]
    return "\n".join(
        "  ".join([*map(str.ljust, line, widths), problem]).rstrip()
        for line, problem in zip(cells, problems, strict=True)
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="slipway-fleet", description=__doc__)
    parser.add_argument("where", type=Path, help="a folder of checkouts, or a list of repositories")
    parser.add_argument("--trust", action="store_true", help="run the code of any template")
    given = parser.parse_args(arguments)
    try:
        places = listed(given.where.expanduser().resolve())
    except (OSError, RuntimeError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 1
    called = names(places)
    with (
        TemporaryDirectory(prefix="fleet-") as folder,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        fleet = Fleet(Path(folder), given.trust)
        found = list(pool.map(fleet.look, places, called, range(len(places))))
    rows = [it for it in found if it]
    if rows:
        print(table(rows))
    others = [name for name, it in zip(called, found, strict=True) if it is None]
    if others or not rows:
        print(f"No committed service: {', '.join(others) or given.where}")
    if not rows or any(it.problem for it in rows):
        return 1
    return 2 if any(it.due for it in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
