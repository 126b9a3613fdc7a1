"""A service of 1.x, carried to 2.0: its owner's code with the names and in the places of now."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from ..project import ASIDE
from .book import Target
from .files import python_files, texts, with_returns
from .layout import FIRST_PARTY, STYLE, by_ruff, laid_out, style_of, tidy
from .mentions import OLD
from .merging import Merged, merge_modules
from .places import bring, moved, place
from .tables import missing
from .trees import module_at
from .units import defined
from .versions import Versions
from .writer import Renamed, rename

WORD = re.compile(r"\w+")
ALIKE = 0.6  # of the lines of a file, where its owner moved it


@dataclass
class Carried:
    files: dict[str, str] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def carry(old: Path, new: Path, work: Path) -> Carried:
    """What is to be in `work`, which has the owner's files; `old` and `new` are renders."""
    carrying = Carrying(texts(old), texts(new), texts(work), style_of(work))
    made = carrying.carried()
    for path in with_returns(work):
        target = moved(path, carrying.versions)
        if text := made.files.get(target):
            made.files[target] = text.replace("\n", "\r\n")
    for it in python_files(work):
        name = it.relative_to(work).as_posix()
        if name not in carrying.mine:
            made.notes.append(f"{name}: left as it was, as its encoding is unknown.")
    return made


class Carrying:
    def __init__(
        self,
        old: dict[str, str],
        new: dict[str, str],
        mine: dict[str, str],
        style: Sequence[str] = STYLE,
    ) -> None:
        self.old, self.new, self.mine, self.style = old, new, mine, style
        changed = {path: text for path, text in mine.items() if old.get(path) != text}
        self.versions = Versions(old, new, changed)
        self.made = Carried(files=dict(new))
        self.base: dict[str, str] = {}
        self.ours: dict[str, str] = {}
        self.told: list[tuple[str, set[str], Renamed, dict[str, str]]] = []
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
        for path, parts, renamed, changes in self.told:
            if parts & written:  # else it is only laid out in another way
                self.tell(path, renamed, changes)
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
            scores = ((alike(self.old[path], self.mine[it]), it) for it in own)
            score, found = max(scores, key=lambda it: it[0], default=(0, ""))
            target = moved(path, self.versions)
            if score >= ALIKE:
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
        self.base |= parts
        self.ours |= place(path, ours.code, self.versions)
        words = added(was, text)
        changes = {it: to for it, to in ours.changes.items() if named(it) in words}
        self.told.append((path, {*parts}, ours, changes))
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
                sides = {"base": base.code, "ours": ours.code, "theirs": self.new.get(target, "")}
                self.finish(path, merge_modules(*laid_out(sides).values()))
            return
        target = moved(path, self.versions)
        if ours is None and not OLD.search(text):
            self.made.files[target] = text
            return
        if ours is None or ours.unknown:
            self.made.files[target] = text
            why = f"2.0 has no {names(ours.unknown)}" if ours else "it is not Python"
            self.made.notes.append(f"{path}: left as it was, as {why}: change it by hand.")
            return
        made = self.sorted(text, ours.code)
        if ours.code == text:
            made = text
        if "_own/" in target and path.endswith("/conftest.py"):
            self.made.files[target.replace("conftest", "__init__")] = ""
        if target in self.new:
            self.base[target], self.ours[target] = "", made
        else:
            self.made.files[target] = made
        if ours.changes or target != path:
            self.tell(path, ours, ours.changes)

    def sorted(self, was: str, now: str) -> str:
        """With the imports in order, if they were so before."""
        command = ["check", "--fix", "--exit-zero", *self.style, *FIRST_PARTY, "--select", "I"]
        before, after = by_ruff({"was": was, "now": now}, command).values()
        return after if before == was else now

    def renamed(self, path: str, text: str) -> Renamed | None:
        local = self.versions.statements(path, text) if path in self.old else {}
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
        for name in merged.twice:
            self.made.notes.append(
                f"{path}: you and the template import two things called {name}: rename yours."
            )
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
