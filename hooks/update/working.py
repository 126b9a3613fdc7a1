"""The files of the project: taken as they stand, and written back; Git's filters see neither."""

from __future__ import annotations

import codecs
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from .git import NO_HOOKS, Refused, environment, git
from .halfway import begin, end

LINK, MODULE, PROGRAM = "120000", "160000", "100755"
BOM = codecs.BOM_UTF8


@dataclass(frozen=True)
class Form:
    """How a text is written to disk; it is merged without a mark, and with plain ends of lines."""

    mark: bool = False
    returns: bool = False

    @staticmethod
    def of(data: bytes) -> Form:
        lines = data.count(b"\n")
        returns = 0 < lines == data.count(b"\r\n") and b"\0" not in data
        return Form(data.startswith(BOM), returns)

    def off(self, data: bytes) -> bytes:
        data = data.removeprefix(BOM) if self.mark else data
        return data.replace(b"\r\n", b"\n") if self.returns else data

    def on(self, data: bytes) -> bytes:
        if self.returns and b"\r\n" not in data:
            data = data.replace(b"\n", b"\r\n")
        return BOM + data if self.mark and not data.startswith(BOM) else data


@dataclass(frozen=True)
class Source:
    """Where files are, and the index that lists them: those of the project, or of a commit."""

    folder: Path = Path()
    index: str = ""

    @staticmethod
    def of(commit: str, folder: Path) -> Source:
        folder.mkdir()
        index = str(folder / "index")
        variables = {"GIT_INDEX_FILE": index}
        git("read-tree", commit, variables=variables)
        git("checkout-index", "--all", f"--prefix={folder}/files/", variables=variables)
        return Source(folder / "files" / git("rev-parse", "--show-prefix"), index)

    def listed(self) -> list[str]:
        variables = {"GIT_INDEX_FILE": self.index} if self.index else {}
        found = git("ls-files", "-z", "-t", "--stage", variables=variables)
        return [it for it in found.split("\0") if it]


@dataclass
class Taken:
    """What was taken: the mode of each file, its form, and what isn't checked out."""

    modes: dict[str, str] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    returns: dict[str, bool] = field(default_factory=dict)  # what most files of a kind have

    @staticmethod
    def into(work: Path, *, plain: bool, source: Source | None = None) -> Taken:
        """The files that Git knows here, in `work`; those in Python as they are, if not `plain`."""
        taken, of = Taken(), source or Source()
        for line in of.listed():
            about, _, name = line.partition("\t")
            tag, mode, *_ = about.split(" ")
            if mode == MODULE or name in taken.modes:  # an unmerged file is listed thrice
                continue
            target, file = work / name, of.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if mode == LINK:
                target.symlink_to(os.readlink(file) if file.is_symlink() else text(name))
                taken.modes[name] = mode
                continue
            if tag == "M" and not file.exists():
                continue
            if tag == "S" and not file.exists():
                taken.absent.add(name)
                data = text(name)
            else:
                data = file.read_bytes()
            if b"\n" in data and (plain or file.suffix != ".py"):
                taken.forms[name] = Form.of(data)
                data = taken.forms[name].off(data)
            target.write_bytes(data)
            target.chmod(0o755 if mode == PROGRAM else 0o644)
            taken.modes[name] = mode
        return taken

    def move(self, moved: Callable[[str], str]) -> None:
        """Files that were moved keep their form."""
        self.forms = {moved(name): it for name, it in self.forms.items()} | self.forms

    def form(self, name: str) -> Form:
        """That of a file that is new, or was empty, is what most others of its kind have."""
        if name in self.forms:
            return self.forms[name]
        suffix = PurePosixPath(name).suffix
        if suffix not in self.returns:
            alike = [it.returns for other, it in self.forms.items() if other.endswith(suffix)]
            self.returns[suffix] = bool(suffix) and 2 * sum(alike) > len(alike)
        return Form(returns=self.returns[suffix])


def text(name: str) -> bytes:
    """A file that isn't checked out, or a link where there are none, as Git would write it."""
    command = ["git", *NO_HOOKS, "cat-file", "--filters", f":./{name}"]
    done = subprocess.run(command, env=environment(), capture_output=True)
    if done.returncode:
        raise Refused(f"{name} can't be read: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


@dataclass
class Change:
    """Of one file: its data, or None where it goes."""

    name: str
    data: bytes | None
    program: bool = False
    link: str = ""

    def write(self) -> None:
        path = Path(self.name)
        if self.data is None and not self.link:
            path.unlink(missing_ok=True)
            for it in path.parents:  # as Git does, without those that are empty
                if it == Path() or any(it.iterdir()):
                    break
                it.rmdir()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{path.name}.update")  # whoever reads it has one or the other
        try:
            self.write_to(aside, like=path)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)

    def write_to(self, aside: Path, like: Path) -> None:
        if self.link:
            aside.symlink_to(self.link)
            return
        aside.write_bytes(self.data or b"")
        there = like.is_file() and not like.is_symlink()
        mode = (like if there else aside).stat().st_mode & 0o777
        aside.chmod(mode | 0o111 if self.program else mode & ~0o111)

    @staticmethod
    def back(name: str) -> Change:
        """What takes a change of a file back."""
        path = Path(name)
        if path.is_symlink():
            return Change(name, None, link=os.readlink(path))
        if not path.exists():
            return Change(name, None)
        return Change(name, path.read_bytes(), bool(path.stat().st_mode & 0o100))


def changes(work: Path, taken: Taken) -> Iterator[Change]:
    """What is to be done here for it to be as in `work`."""
    there = set()
    for path in sorted(work.rglob("*")):
        if not path.is_symlink() and path.is_dir():
            continue
        name = path.relative_to(work).as_posix()
        there.add(name)
        mode = taken.modes.get(name, "")
        if path.is_symlink():
            link = os.readlink(path)
            if mode != LINK or (Path(name).is_symlink() and os.readlink(name) != link):
                yield Change(name, None, link=link)
            continue
        program = bool(path.stat().st_mode & 0o100)
        data = taken.form(name).on(path.read_bytes())
        if name in taken.absent:
            same = data == text(name)
        else:
            same = mode not in ("", LINK) and Path(name).read_bytes() == data
        if not same or (mode == PROGRAM) != program:
            yield Change(name, data, program)
    yield from (Change(it, None) for it in taken.modes.keys() - there)


def bring(work: Path, taken: Taken) -> list[str]:
    """Make the project as `work` is. Gives what its owner has to know.

    Where that can't be done nothing is, and Refused is raised.
    """
    found = sorted(changes(work, taken), key=lambda it: (bool(it.data or it.link), it.name))
    for it in found:
        if it.name not in taken.modes and it.data is not None:
            in_the_way(it.name, taken.modes)
    done: list[Change] = []
    begin([it.name for it in found])
    try:
        for it in found:
            done.append(Change.back(it.name))
            it.write()
    except BaseException as error:
        for one in reversed(done):
            one.write()
        end()
        if isinstance(error, OSError):
            raise Refused(f"Nothing was changed: {error}") from None
        raise
    end()
    return list(told(found, taken))


def in_the_way(name: str, modes: Mapping[str, str]) -> None:
    path = Path(name)
    for it in [path, *path.parents][:-1]:
        if it.is_symlink() or (it.exists() and (it == path or not it.is_dir())):
            if it != path and modes.get(it.as_posix(), LINK) != LINK:
                continue  # a file that goes, for a folder
            raise Refused(f"{it} is in the way of a new file of that name: move yours.")


def told(found: list[Change], taken: Taken) -> Iterator[str]:
    """What `git add` would leave out."""
    away = [it.name for it in found if it.name in taken.absent]
    if away:
        yield f"Not in your sparse checkout, so `git add --sparse` them: {', '.join(away)}."
    new = [it.name for it in found if it.name not in taken.modes]
    if not new:
        return
    command = ["git", *NO_HOOKS, "check-ignore", "-z", "--stdin"]
    asked = "\0".join(new).encode(errors="surrogateescape")
    done = subprocess.run(command, env=environment(), input=asked, capture_output=True)
    ignored = done.stdout.decode(errors="surrogateescape").rstrip("\0")
    if ignored:
        which = ", ".join(ignored.split("\0"))
        yield f"Git ignores new files here, so `git add --force` them: {which}."
