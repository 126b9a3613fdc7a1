"""The merge, in a repository of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from .doubles import elsewhere, single
from .major.carry import carry
from .major.files import texts, write
from .major.mentions import mentions
from .own import Own, modules
from .project import ANSWERS, ASIDE, OWNED, PACKAGES
from .renaming import Renaming
from .repository import Repository
from .resolve import Project, told
from .settle import Settled
from .working import Source, Taken, bring, changes


@dataclass
class Merge:
    conflicts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # what its owner has to mend


class Scratch:
    """Where an update is made before any of it is brought to the project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir()
        self.repository = Repository(folder, self.work)
        self.taken = Taken()
        self.source = Source()
        self.other, self.who = "the template's", "you and the template"

    def merge(self, old: Path, new: Path, *, major: bool = False) -> Merge:
        """What changed from `old` to `new`, in what is committed; all three are changed here.

        From 1.x to 2.0, which is `major`, files and statements moved.
        """
        for name in OWNED:
            (old / name).unlink(missing_ok=True)
            (new / name).unlink(missing_ok=True)
        self.taken = Taken.into(self.work, plain=not major, source=self.source)
        merged = Merge()
        gone_before = {it for _, it in Project(self.work).missing(old)}
        if major:
            self.carry(old, new, merged)
        if renaming := Renaming.of(old, new):
            self.rename(renaming, old, new, merged)
        merged.notes += links(self.work, old, new)
        self.lines(old, new, merged)
        self.once(old, new, merged)
        merged.notes += self.put_aside(old, new)
        if major:
            merged.notes += mentions(self.work, new)
        else:
            found = Project(self.work).missing(new)
            merged.broken += [told(it) for it in found if it[1] not in gone_before]
        shutil.copy(new / ANSWERS, self.work)
        return merged

    def join(self, base: Path, theirs: Path, merged: Merge) -> None:
        """What another branch did to `base`, as well; they follow the same models by now."""
        folder = self.folder / "join"
        folder.mkdir()
        self.repository = Repository(folder, self.work)
        self.other, self.who = "the other branch's", "both branches"
        self.lines(base, theirs, merged)

    def lines(self, old: Path, new: Path, merged: Merge) -> None:
        self.repository.merge(old, new)
        for path, stages in self.repository.unmerged().items():
            if stages == {"1", "3"}:
                (self.work / path).unlink(missing_ok=True)
            elif stages == {"1", "2"}:
                if not gone(path, old, new):
                    merged.notes.append(f"{path}: no longer in the template; yours was kept.")
            else:
                self.settle(path, merged)

    def changed(self) -> bool:
        return any(changes(self.work, self.taken))

    def bring(self) -> list[str]:
        """What was merged, into the project; what its owner has to know of it."""
        return bring(self.work, self.taken)

    def carry(self, old: Path, new: Path, merged: Merge) -> None:
        """Merge what is Python; then it is the same everywhere, and nothing is left to merge."""
        made = carry(old, new, self.work)
        for folder in (old, new, self.work):
            for name in texts(folder):
                (folder / name).unlink()
            for name, text in made.files.items():
                write(folder / name, text)
        merged.conflicts += made.conflicts
        merged.notes += made.notes

    def rename(self, renaming: Renaming, old: Path, new: Path, merged: Merge) -> None:
        """Carry over what the template did to all code, so that it is no change any more."""
        theirs, then, ours = (modules(it) for it in (old, new, self.work))
        template = theirs.keys() | then.keys() | {"README.md"}
        mine = {path: text for path, text in ours.items() if path not in template}
        own = Own(renaming, theirs, then, mine)
        renaming.apply(old)
        merged.broken += renaming.apply(self.work, template)
        told = own.carry(self.work)
        self.taken.move(renaming.moved)
        merged.notes += told.notes
        merged.broken += told.broken

    def once(self, old: Path, new: Path, merged: Merge) -> None:
        """Mark what both wrote, in two places."""
        ours, theirs = (self.repository.changed_by(it) for it in ("HEAD", "template"))
        for path in sorted(ours.keys() & theirs.keys() - {*merged.conflicts}):
            file = self.work / path
            if not file.is_file() or file.is_symlink():
                continue
            one, other = (self.repository.text(it) for it in (ours[path], theirs[path]))
            try:
                found = single(path, one, other, file.read_bytes().decode())
            except UnicodeDecodeError:
                continue
            file.write_bytes(found.text.encode())
            if found.marked:
                merged.conflicts.append(path)
            for key in found.told:
                merged.broken.append(f"{path}: {key} is there twice: keep one, or rename yours.")
        sides = ((old, theirs), (new, theirs), (self.work, ours))
        merged.broken += elsewhere(*(pythons(folder, names) for folder, names in sides))

    def settle(self, path: str, merged: Merge) -> None:
        """Merge by statements what Git could not merge by lines; what is left is marked."""
        file = self.work / path
        try:
            settled = Settled(
                file.read_bytes().decode(), python=path.endswith(".py"), other=self.other
            )
        except (OSError, UnicodeDecodeError):
            settled = None
        if settled is None or not settled.marked:
            merged.broken.append(
                f"{path}: {self.who} changed it, and it isn't text: yours was kept."
            )
            return
        file.write_bytes(settled.text.encode())
        if settled.conflicts:
            merged.conflicts.append(path)
        elif settled.side_by_side:
            merged.notes.append(
                f"{path}: {self.who} added lines in the same place; both were kept."
            )

    def put_aside(self, old: Path, new: Path) -> Iterator[str]:
        """What is left of the packages of models that are gone: changed or added by the owner."""
        for name in PACKAGES:
            for of in sorted((old / name).glob("*")):
                package = PurePosixPath(name, of.name)
                left = self.work / package
                if (new / package).exists() or not left.exists():
                    continue
                aside = self.work / ASIDE / package
                aside.parent.mkdir(parents=True, exist_ok=True)
                shutil.rmtree(aside, ignore_errors=True)
                left.replace(aside)
                kept = f"your changes there are in {ASIDE}/{package}."
                yield f"{package}: its model was removed; {kept}"


def links(work: Path, old: Path, new: Path) -> Iterator[str]:
    """What the owner made a link of is no longer the template's."""
    for path in [it for it in sorted(work.rglob("*")) if it.is_symlink()]:
        name = path.relative_to(work).as_posix()
        were, are = (dict(contents(it / name)) for it in (old, new))
        for it in (old, new):
            if (it / name).is_dir():
                shutil.rmtree(it / name)
            (it / name).unlink(missing_ok=True)
        if were != are:
            yield f"{name}: a link of yours, so it was left out of the update."


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    for it in [path, *path.rglob("*")]:
        if it.is_file():
            yield it.relative_to(path).as_posix(), it.read_bytes()


def gone(path: str, old: Path, new: Path) -> bool:
    """Whether `path` is of a model that is there no more: in its package, or its tests."""
    package = PurePosixPath(*PurePosixPath(path).parts[:3])
    inside = any(package.is_relative_to(it) for it in PACKAGES)
    return inside and (old / package).exists() and not (new / package).exists()


def pythons(folder: Path, names: Iterable[str]) -> dict[str, str]:
    files = {it: folder / it for it in names if it.startswith("app/") and it.endswith(".py")}
    there = {name: it for name, it in files.items() if it.is_file() and not it.is_symlink()}
    return {name: it.read_text(encoding="utf-8", errors="replace") for name, it in there.items()}
