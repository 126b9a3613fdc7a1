"""A service of 1.x, carried to 2.0: its owner's code with the names and in the places of now."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from tempfile import TemporaryDirectory

from ..git import Refused
from ..project import ASIDE
from .book import Target
from .merging import Merged, merge_modules
from .places import bring, moved, place
from .tables import missing
from .trees import is_router, module_at
from .units import defined
from .versions import Versions, texts
from .writer import Renamed, rename

WORD = re.compile(r"\w+")
ALIKE = 0.6  # of the lines of a file, where its owner moved it
STYLE = ["--isolated", "--no-cache", "--quiet", "--target-version", "py311", "--line-length", "88"]
FORMAT = ["format", *STYLE, "--config", "format.skip-magic-trailing-comma = true"]
FIRST_PARTY = 'lint.isort.known-first-party = ["app", "migrations", "tests", "tools"]'
CHECK = ["check", *STYLE, "--fix", "--exit-zero", "--config", FIRST_PARTY, "--select"]


@dataclass
class Carried:
    files: dict[str, str] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def carry(old: Path, new: Path, work: Path) -> Carried:
    """What is to be in `work`, which has the owner's files; `old` and `new` are renders."""
    return Carrying(texts(old), texts(new), texts(work)).carried()


class Carrying:
    def __init__(self, old: dict[str, str], new: dict[str, str], mine: dict[str, str]) -> None:
        self.old, self.new, self.mine = old, new, mine
        changed = {path: text for path, text in mine.items() if old.get(path) != text}
        self.versions = Versions(old, new, changed)
        self.made = Carried(files=dict(new))
        self.base: dict[str, str] = {}
        self.ours: dict[str, str] = {}
        self.places: dict[str, str] = {}  # of the owner, for files of the template

    def carried(self) -> Carried:
        self.delete()
        for path, text in self.mine.items():
            was = self.old.get(path)
            if was is None:
                self.take_own(path, text)
            elif was != text:
                self.change(path, was, text)
        base, ours = laid_out(self.base), laid_out(self.ours)
        written = {path for path in ours if base.get(path) != ours[path]}
        for path in sorted(written):
            self.merge(path, base.get(path, ""), ours[path])
        written |= self.places.keys()
        self.tidy(written)
        self.resolve(written)
        self.tidy(list(self.bring()))
        return self.made

    def tidy(self, paths: Iterable[str]) -> None:
        there = sorted({*paths} & self.made.files.keys())
        self.made.files.update(tidy({it: self.made.files[it] for it in there}))

    def resolve(self, paths: Iterable[str]) -> None:
        """What is still imported has to be there."""
        for path in sorted({*paths} & self.made.files.keys()):
            unknown = sorted(
                f"{module}.{name}"
                for module, name in imported_names(self.made.files[path])
                if not self.versions.exists(module, name)
            )
            if unknown:
                self.made.notes.append(f"{path}: 2.0 has no {names(unknown)}: change it by hand.")

    def delete(self) -> None:
        """What the owner deleted, or moved."""
        gone = [it for it in self.old if it not in self.mine]
        own = [it for it in self.mine if it not in self.old]
        for path in gone:
            found = max(own, key=lambda it: alike(self.old[path], self.mine[it]), default="")
            target = moved(path, self.versions)
            if found and alike(self.old[path], self.mine[found]) >= ALIKE:
                own.remove(found)
                self.places[found] = path
                self.made.files.pop(target, None)
            elif not path.startswith("tests/resources/"):
                self.made.files.pop(target, None)
            elif target in self.new and path != target and "__init__" not in path:
                self.made.notes.append(
                    f"{path}: you had deleted it; tests/contract has its tests. Where one doesn't"
                    f" hold, say why in {target}: FACTS.fails(…)."
                )

    def change(self, path: str, was: str, text: str) -> None:
        """A file of the template that its owner changed."""
        ours = self.renamed(path, text)
        base = self.renamed(path, was)
        if ours is None or base is None:
            self.made.conflicts.append(path)
            self.made.files[path] = text
            return
        parts = place(path, base.code, self.versions)
        self.base.update(parts)
        self.ours.update(place(path, ours.code, self.versions))
        words = added(was, text)
        self.tell(path, ours, {it: to for it, to in ours.changes.items() if named(it) in words})
        tests = {it for it in defined(was) - defined(text) if it.startswith("test_")}
        target = moved(path, self.versions)
        if tests and target != path:
            self.made.notes.append(
                f"{path}: you had deleted {', '.join(sorted(tests))}; tests/contract has its like."
                f" Where it doesn't hold, say why in {target}: FACTS.fails(…)."
            )

    def take_own(self, path: str, text: str) -> None:
        """A file that the template knows nothing of, or that its owner moved."""
        ours = self.renamed(path, text)
        if origin := self.places.get(path):
            base = self.renamed(origin, self.old[origin])
            target = moved(origin, self.versions)
            if ours and base:
                merged = merge_modules(
                    *laid_out(
                        {"0": base.code, "1": ours.code, "2": self.new.get(target, "")}
                    ).values()
                )
                self.finish(path, merged)
            return
        target = moved(path, self.versions)
        if ours is None or ours.unknown:
            self.made.files[target] = text
            why = f"2.0 has no {names(ours.unknown)}" if ours else "it is not Python"
            self.made.notes.append(f"{path}: left as it was, as {why}: change it by hand.")
            return
        clean = tidy({path: text}, "I")[path] == text
        made = tidy({path: ours.code}, "I")[path] if clean else ours.code
        if ours.code == text:
            made = text
        if target in self.new:
            self.base[target], self.ours[target] = "", made
        else:
            self.made.files[target] = made
        if ours.changes or target != path:
            self.tell(path, ours, ours.changes)

    def renamed(self, path: str, text: str) -> Renamed | None:
        local = self.versions.statements(path, text) if path in self.old and is_router(path) else {}
        own = self.versions.clashes.get(path, {})
        local |= {name: Target("", "", now) for name, now in own.items()}
        try:
            return rename(text, path, self.versions.book_of(path), local)
        except SyntaxError:
            return None

    def merge(self, path: str, base: str, ours: str) -> None:
        theirs = self.made.files.get(path, "" if path not in self.new else None)
        if theirs is None:
            return  # its owner deleted it
        if not theirs and path.startswith("tools/"):
            self.made.files[f"{ASIDE}/{path}"] = self.mine[path]
            self.made.notes.append(
                f"{path}: no longer in the template; yours is in {ASIDE}/{path}."
            )
            return
        merged = merge_modules(base, ours, theirs)
        if not theirs and not defined(merged.text):
            return
        self.finish(path, merged)

    def finish(self, path: str, merged: Merged) -> None:
        self.made.files[path] = merged.text
        if merged.conflicts:
            self.made.conflicts.append(path)
        if merged.kept:
            names = ", ".join(merged.kept)
            self.made.notes.append(f"{path}: no longer in the template; yours was kept: {names}.")

    def tell(self, path: str, ours: Renamed, changes: Mapping[str, str]) -> None:
        target = moved(path, self.versions)
        told = [
            f"{was} is now {now}" for was, now in sorted(changes.items()) if now not in ("", was)
        ]
        if target != path:
            told.insert(0, f"moved to {target}")
        self.made.notes.append(f"{path}: {', '.join(told or ['carried over'])}.")
        if ours.unknown:
            self.made.notes.append(
                f"{target}: 2.0 has no {names(ours.unknown)}: change it by hand."
            )

    def bring(self) -> Iterator[str]:
        """What the owner's code still uses of what the template has no more."""
        done: set[tuple[str, str]] = set()
        while left := sorted(self.versions.kept - done):
            for module, name in left:
                done.add((module, name))
                for path, text in self.old.items():
                    if self.versions.module_of(module_at(path)) == module and name in defined(text):
                        source = self.renamed(path, text)
                        target = moved(path, self.versions)
                        if source and name not in defined(self.made.files.get(target, "")):
                            here = self.made.files.get(target, "")
                            self.made.files[target] = bring(here, source.code, {name})
                            yield target


def added(was: str, text: str) -> set[str]:
    """The words of the lines that are new."""
    lines = {*was.splitlines()}
    return {word for it in text.splitlines() if it not in lines for word in WORD.findall(it)}


def named(name: str) -> str:
    return name.rpartition(".")[2]


def imported_names(text: str) -> Iterator[tuple[str, str]]:
    try:
        tree = ast.parse(text)
    except SyntaxError:  # it has marks
        return
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, it.name) for it in node.names)


def names(unknown: Iterable[str]) -> str:
    return ", ".join(map(missing, unknown))


def alike(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one.splitlines(), other.splitlines(), autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE else 0


def laid_out(files: Mapping[str, str]) -> dict[str, str]:
    return by_ruff(files, FORMAT)


def tidy(files: Mapping[str, str], rules: str = "F401,I") -> dict[str, str]:
    """With imports sorted, and without those that nothing uses."""
    return by_ruff(by_ruff(files, [*CHECK, rules]), FORMAT)


def by_ruff(files: Mapping[str, str], command: list[str]) -> dict[str, str]:
    """What ruff makes of files; one that it can't read stays as it is."""
    with TemporaryDirectory(prefix="update-") as folder:
        paths = [Path(folder, str(at), Path(it).name) for at, it in enumerate(files)]
        for path, text in zip(paths, files.values(), strict=True):
            path.parent.mkdir()
            path.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, folder], capture_output=True, text=True
        )
        if "No module named" in done.stderr:
            raise Refused("ruff isn't installed beside this tool: uv tool install slipway")
        made = [it.read_text(encoding="utf-8") for it in paths]
    return dict(zip(files, made, strict=True))
