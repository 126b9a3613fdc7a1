"""Models that are renamed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import yaml

from .project import ANSWERS, PACKAGES


class Renaming:
    """Carries code over to the new names of models, as the template would have written it.

    A word with an old name in it gets the new one only where the template did just that: its new
    code has the new word, alone or beside the same neighbour, and nowhere the old one.
    """

    WORDS = re.compile(r"([\w-]+)")

    def __init__(self, models: dict[str, str], old: Path, new: Path) -> None:
        were, are = packages(old), packages(new)
        self.models = models
        self.folders = {were[one]: are[other] for one, other in models.items() if one in were}
        names = {**models, **self.folders}
        names |= {snake(one): snake(other) for one, other in models.items()}
        names |= {camel(one): camel(other) for one, other in self.folders.items()}
        names |= {one.upper(): other.upper() for one, other in names.items()}
        dashes = {one.replace("_", "-"): other.replace("_", "-") for one, other in names.items()}
        self.names = names | dashes
        longest_first = "|".join(sorted(map(re.escape, self.names), key=len, reverse=True))
        self.pattern = re.compile(rf"(?<![A-Za-z0-9])({longest_first})(?![a-z0-9])")
        self.known: set[str] = set()
        for path in self.texts(new):
            parts = self.WORDS.split(path.read_text(encoding="utf-8"))
            for it in range(1, len(parts), 2):
                self.known.update(around(parts, it))

    @staticmethod
    def of(old: Path, new: Path) -> Renaming | None:
        """By the `was:` of the models in `new`."""
        before, after = models_of(old), models_of(new)
        renamed = {
            raw["was"]: name
            for name, raw in after.items()
            if isinstance(raw, dict) and raw.get("was") in before and name not in before
        }
        renamed = {one: other for one, other in renamed.items() if one not in after}
        return Renaming(renamed, old, new) if renamed else None

    @staticmethod
    def texts(folder: Path) -> list[Path]:
        """What may be changed: not the migrations, which are history."""
        found = [
            *folder.glob("app/**/*.py"),
            *folder.glob("tests/**/*.py"),
            folder / "README.md",
        ]
        return [it for it in found if it.is_file() and not it.is_symlink()]

    def new(self, text: str) -> str:
        return self.pattern.sub(lambda found: self.names[found[1]], text)

    def moved(self, path: str) -> str:
        """Where a file is now."""
        for name in PACKAGES:
            inside = path.removeprefix(f"{name}/")
            was = re.match(r"\w+", inside)
            if inside != path and was and was[0] in self.folders:
                return f"{name}/{self.folders[was[0]]}{inside[was.end() :]}"
        return path

    def apply(self, folder: Path, template: Collection[str] | None = None) -> list[str]:
        """Carry over what `template` lists of it, or all; gives what couldn't be moved."""
        for path in self.texts(folder):
            if template is not None and path.relative_to(folder).as_posix() not in template:
                continue
            text = path.read_bytes().decode("utf-8", errors="surrogateescape")
            changed = self.renamed(text)
            if changed != text:
                path.write_bytes(changed.encode("utf-8", errors="surrogateescape"))
        return self.move(folder)

    def move(self, folder: Path) -> list[str]:
        found = [
            (path, self.moved(path.relative_to(folder).as_posix()))
            for name in PACKAGES
            for path in sorted((folder / name).rglob("*"))
            if path.is_symlink() or not path.is_dir()
        ]
        moves = [(it, folder / to) for it, to in found if it != folder / to]
        for path, _ in moves:  # out of the way first: one may have the name that another had
            path.rename(path.with_name(f"{path.name}.was"))
        stay = []
        for path, to in moves:
            was = path.with_name(f"{path.name}.was")
            if not to.exists() and not to.is_symlink():
                to.parent.mkdir(parents=True, exist_ok=True)
                was.rename(to)
            elif to.is_file() and to.read_bytes() == was.read_bytes():
                was.unlink()
            else:
                was.rename(path)
                stay.append(
                    f"{path.relative_to(folder)}: stays, as {to.relative_to(folder)} is there."
                )
        for path, _ in moves:
            if path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()
        return stay

    def renamed(self, text: str) -> str:
        parts = self.WORDS.split(text)
        done = list(parts)
        for it in range(1, len(parts), 2):
            if self.pattern.search(parts[it]) and any(
                key not in self.known and self.new(key) in self.known for key in around(parts, it)
            ):
                done[it] = self.new(parts[it])
        return "".join(done)


def around(parts: list[str], at: int) -> Iterator[str]:
    """A word, and the word with its neighbours where more than a space is between them."""
    yield parts[at]
    before, after = " ".join(parts[at - 1].split()), " ".join(parts[at + 1].split())
    if at > 1 and any(it in before for it in "./\"'"):
        yield f"{parts[at - 2]}{before}{parts[at]}"
    if at + 2 < len(parts) and any(it in after for it in "./\"'"):
        yield f"{parts[at]}{after}{parts[at + 2]}"


def models_of(folder: Path) -> dict[str, object]:
    answers = yaml.safe_load((folder / ANSWERS).read_text(encoding="utf-8"))
    models: dict[str, object] = answers["models"]
    return models


def packages(folder: Path) -> dict[str, str]:
    """The package of each model."""
    found: dict[str, str] = {}
    for path in (folder / PACKAGES[0]).glob("*/model.py"):
        for name in re.findall(r"^class (\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE):
            found.setdefault(name, path.parent.name)
    return found


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def camel(name: str) -> str:
    return "".join(it.capitalize() for it in name.split("_"))
