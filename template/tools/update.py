# /// script
# requires-python = ">=3.11"
# dependencies = ["copier>=9.19", "copier-template-extensions>=0.3.4", "ruff>=0.9,<0.18"]
# ///
"""Bring this project in line with its models.yml, or with a newer template.

The template is rendered twice, out of the way: as it was when this project last followed it, and
as it shall be. Git merges the difference into what is committed here, as it merges branches. Only
the finished result is brought into the working tree, so an update that fails leaves no trace.
"""

import argparse
import ast
import io
import os
import re
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from importlib import import_module
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

ANSWERS = ".copier-answers.yml"
MODELS = "models.yml"
# Rendered at copy only: from then on they are the owner's.
OWNED = (MODELS, "migrations/versions/0001_initial.py")
PACKAGES = ("app/resources", "tests/resources")  # a folder in them for each model
ASIDE = ".dropped"
UNDO = "git stash --include-untracked"
NOTHING: Mapping[str, str] = {}
IDENTITY = {
    f"GIT_{role}_{name}": value
    for role in ("AUTHOR", "COMMITTER")
    for name, value in (("NAME", "update"), ("EMAIL", "update@localhost"))
}
NO_PROMPT = {"GIT_TERMINAL_PROMPT": "0"}
VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)\Z")


class Refused(Exception):
    """Nothing was touched; the message says why."""


@dataclass
class Merge:
    tree: str
    conflicts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("models", "update", "check"))
    parser.add_argument(
        "--to", metavar="VERSION", help="of the template, instead of the newest"
    )
    arguments = parser.parse_args()
    os.chdir(Path(__file__).resolve().parent.parent)
    try:
        if arguments.what == "check":
            return check()
        return update(models=arguments.what == "models", to=arguments.to)
    except Refused as why:
        print(why, file=sys.stderr)
        return 1


def check() -> int:
    now, newest = answer("_commit"), latest(answer("_src_path"))
    if key(newest) <= key(now):
        print(f"The template is up to date: {now}.")
        return 0
    print(
        f"The template has a newer version, {newest}; this project has {now}. Next: make update"
    )
    return 2


def update(models: bool, to: str | None) -> int:
    clean()
    if models:
        readable()
    if to and not VERSION.match(to):
        raise Refused(f"{to} is not a version of a template, such as 1.2.3.")
    source, now = answer("_src_path"), answer("_commit")
    if to and key(to) < key(now):
        raise Refused(f"An update cannot go back from {now} to {to}: use Git.")
    then = now if models else to or latest(source)
    if not models and key(then) <= key(now):
        print(f"The template is up to date: {now}.")
        return 0
    with TemporaryDirectory(prefix="update-") as folder:
        scratch = Scratch(Path(folder))
        old, new = scratch.folder / "old", scratch.folder / "new"
        seed(old, ANSWERS)
        if models:
            seed(new, ANSWERS, MODELS)
            with ThreadPoolExecutor() as pool:
                before = pool.submit(render, source, now, old)
                warnings = render(source, now, new, MODELS)
            before.result()
        else:
            render(source, now, old)
            warnings = follow(source, then, old, new)
        if warnings:
            print(warnings, file=sys.stderr)
        merged = scratch.merge(old, new)
        if merged.tree == git("rev-parse", f"HEAD:{prefix()}"):
            print("Nothing to change.")
            return 0
        changes = "" if models else news(source, now, then, scratch.folder / "template")
        bring(merged.tree, scratch.folder)
    return report(merged, models, now, then, changes)


def report(merged: Merge, models: bool, now: str, then: str, changes: str) -> int:
    if changes:
        print(changes, end="\n\n")
    for note in merged.notes:
        print(note)
    if merged.conflicts:
        marks = f"{'<' * 7} and {'>' * 7}"
        print(
            f"You and the template changed the same lines; both versions are between {marks} in:"
        )
        print(*(f"  {it}" for it in merged.conflicts), sep="\n")
    if not models:
        print(f"The template was updated from {now} to {then}.")
    elif not merged.conflicts:
        print("Done.")
    steps = ["review the changes (git status, git diff)"]
    steps += ["resolve the conflicts"] if merged.conflicts else []
    steps += ['make migration name="…"'] if models else []
    print(f"Next: {', '.join([*steps, 'make test'])}, and commit. To undo: {UNDO}")
    return 1 if merged.conflicts else 0


# Where this project stands


def clean() -> None:
    if not git("rev-parse", "--verify", "--quiet", "HEAD", check=False):
        raise Refused("Commit first: git init, git add --all, git commit.")
    if not git("status", "--porcelain", "--", "."):
        marker().unlink(missing_ok=True)
    elif marker().exists():
        raise Refused(f"An earlier update stopped half-way. To undo it: {UNDO}")
    else:
        raise Refused(
            "Commit first, models.yml included, so that the update can be reviewed and undone."
        )


def marker() -> Path:
    """There while the working tree is changed."""
    return Path(git("rev-parse", "--git-path", "update-half-way"))


def prefix() -> str:
    """Where this project is in its repository."""
    return git("rev-parse", "--show-prefix")


def answer(name: str) -> str:
    try:
        text = Path(ANSWERS).read_text(encoding="utf-8")
    except OSError:
        raise Refused(
            f"There is no {ANSWERS}, so the template of this project is unknown."
        ) from None
    found = re.search(rf"^{name}: *(.+)$", text, re.MULTILINE)
    if found is None:
        raise Refused(
            f"{ANSWERS} has no {name}: the project was not copied from a version in Git."
        )
    return found[1].strip().strip("'\"")


# The template


def latest(source: str) -> str:
    """The newest version that the template is tagged with."""
    url = source.removeprefix("git+")
    done = run(["git", "ls-remote", "--tags", "--refs", "--", url], NO_PROMPT)
    if done.returncode:
        raise Refused(
            f"The template can't be reached at {source}:\n{done.stderr.strip()}"
        )
    tags = [it.rpartition("refs/tags/")[2] for it in done.stdout.splitlines()]
    versions = [it for it in tags if VERSION.match(it)]
    if not versions:
        raise Refused(
            f"The template at {source} has no version yet: no tag such as 1.2.3."
        )
    return max(versions, key=key)


def news(source: str, now: str, then: str, folder: Path) -> str:
    """What the template's CHANGELOG says of the versions after `now`, up to `then`."""
    url = source.removeprefix("git+")
    clone = ["git", "clone", "--quiet", "--depth", "1", "--no-checkout"]
    run([*clone, "--branch", then, url, str(folder)], NO_PROMPT)
    show = ["git", "-C", str(folder), "show", "HEAD:CHANGELOG.md"]
    sections = re.split(r"^(?=## )", run(show).stdout, flags=re.MULTILINE)
    said = []
    for section in sections:
        title = re.match(r"## \[?v?(\d+\.\d+\.\d+)\b", section)
        if title and key(now) < key(title[1]) <= key(then):
            said.append(section.strip())
    return (
        "\n\n".join(said)
        or f"The template's CHANGELOG.md does not say what {then} changes."
    )


def key(version: str) -> tuple[int, ...]:
    """To compare by; a commit behind a tag, 1.2.3-4-gabcdef, counts as later than the tag."""
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)(?:-(\d+)-g)?", version)
    return tuple(int(it or 0) for it in found.groups()) if found else (0, 0, 0, 0)


def render(
    source: str,
    version: str,
    folder: Path,
    data: str | None = None,
    trust: bool = True,
) -> str:
    """What the template makes of the answers in `folder`, and of the file `data`.

    Returns its warnings. Without `trust`, Copier's own settings say whom to trust.
    """
    options = ["--data-file", str(folder / data)] if data else []
    options += ["--trust"] if trust else []
    command = ["copy", "--overwrite", *options, source]
    return copier(command, source, version, folder)


def follow(source: str, version: str, old: Path, new: Path) -> str:
    """What Copier's own update makes of `old`: with the template's migrations of answers."""
    shutil.copytree(old, new)
    for arguments in (("init",), ("add", "--all", "--force"), ("commit", "-m", "old")):
        git("-C", str(new), *arguments, variables=IDENTITY)
    return copier(["update", "--trust"], source, version, new)


def copier(command: list[str], source: str, version: str, folder: Path) -> str:
    options = ["--defaults", "--quiet", "--skip-tasks", "--vcs-ref", version]
    # Renders at once that bring one mirror of Copier's up to date break each other.
    cache = {"COPIER_CACHE_DIR": str(folder.parent / "cache")}
    done = run(
        [sys.executable, "-m", "copier", *command, *options, str(folder)],
        {**NO_PROMPT, **IDENTITY, **cache},
    )
    if done.returncode:
        told = (done.stderr or done.stdout).strip()
        if "Traceback" in told:
            last = told.rpartition("\n")[2]
            told = f"The template can't be rendered from {source} at {version}:\n{last}"
        raise Refused(told)
    return done.stderr.strip()


def readable() -> None:
    """What isn't YAML has no place in Copier's answers; all else is found there, by the template."""
    yaml = import_module("yaml")
    try:
        said = yaml.safe_load(Path(MODELS).read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        braces = "'?'" in str(error.problem)
        hint = ": inside { } write optional: true for `?`" if braces else ""
        told = f"{MODELS}:{mark.line + 1}: not YAML: {error.problem}{hint}"
        raise Refused(told) from None
    except UnicodeDecodeError:
        raise Refused(f"{MODELS}: not YAML: save it as UTF-8") from None
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise Refused(f"{MODELS}: not YAML: {error}") from None
    if not isinstance(said, dict):
        raise Refused(f"{MODELS}:1: it must begin with a key, `models:`")


def seed(folder: Path, *names: str) -> None:
    folder.mkdir()
    for name in names:
        if not Path(name).is_file():
            raise Refused(f"There is no {name}.")
        shutil.copy(name, folder)


# The merge, in a repository of its own that shares the project's objects


class Scratch:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.variables = {
            "GIT_DIR": str(folder / "git"),
            "GIT_WORK_TREE": str(self.work),
            "GIT_OBJECT_DIRECTORY": str(
                Path(git("rev-parse", "--git-path", "objects")).resolve()
            ),
            "GIT_INDEX_FILE": str(folder / "index"),
            **IDENTITY,
        }
        self.work.mkdir()
        self.git("init", "--quiet")

    def git(
        self,
        *arguments: str,
        variables: Mapping[str, str] = NOTHING,
        check: bool = True,
    ) -> str:
        settings = (
            "core.autocrlf=false",
            "core.fsync=none",
            "merge.directoryRenames=false",
            "merge.conflictStyle=diff3",
        )
        options = [part for it in settings for part in ("-c", it)]
        variables = {**self.variables, **variables}
        where = ("-C", variables["GIT_WORK_TREE"])
        return git(*where, *options, *arguments, variables=variables, check=check)

    def tree(self, folder: Path) -> str:
        """The files of a folder, as Git keeps them."""
        variables = {
            "GIT_WORK_TREE": str(folder),
            "GIT_INDEX_FILE": str(self.folder / "of-folder"),
        }
        self.git("read-tree", "--empty", variables=variables)
        self.git("add", "--all", "--force", ".", variables=variables)
        return self.git("write-tree", variables=variables)

    def commit(self, tree: str, *parents: str) -> str:
        options = [part for it in parents for part in ("-p", it)]
        return self.git("commit-tree", tree, "-m", "update", *options)

    def merge(self, old: Path, new: Path) -> Merge:
        for name in OWNED:
            (old / name).unlink(missing_ok=True)
            (new / name).unlink(missing_ok=True)
        head = git("rev-parse", f"HEAD:{prefix()}")
        self.git("read-tree", "--reset", "-u", head)
        if renaming := Renaming.of(old, new):
            renaming.apply(old)
            renaming.apply(self.work)
            head = self.tree(self.work)
        base = self.commit(self.tree(old))
        ours, theirs = self.commit(head, base), self.commit(self.tree(new), base)
        self.git("update-ref", "--no-deref", "HEAD", ours)
        self.git("update-ref", "refs/heads/template", theirs)
        self.git("read-tree", "--reset", "-u", ours)
        self.git(
            "merge",
            "--quiet",
            "--no-commit",
            "-X",
            "no-renames",
            "template",
            check=False,
        )
        if self.git("rev-parse", "--verify", "MERGE_HEAD") != theirs:
            raise Refused("Git could not merge.")
        merged = Merge("")
        for path, stages in self.unmerged().items():
            if stages == {"1", "3"}:
                (self.work / path).unlink(missing_ok=True)
            elif stages == {"1", "2"}:
                if not gone(path, old, new):
                    merged.notes.append(
                        f"{path}: no longer in the template; yours was kept."
                    )
            else:
                self.settle(path, merged)
        merged.notes += self.put_aside(old, new)
        shutil.copy(new / ANSWERS, self.work)
        merged.tree = self.tree(self.work)
        return merged

    def settle(self, path: str, merged: Merge) -> None:
        """Merge by statements what Git could not merge by lines; what is left is marked."""
        file = self.work / path
        try:
            text = file.read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            merged.conflicts.append(path)
            return
        settled = Settled(text, python=path.endswith(".py"))
        file.write_bytes(settled.text.encode())
        if settled.conflicts:
            merged.conflicts.append(path)
        elif settled.side_by_side:
            merged.notes.append(
                f"{path}: you and the template added lines in the same place; both were kept."
            )

    def unmerged(self) -> dict[str, set[str]]:
        """Each path that Git couldn't merge, with whose it is: 1 the base's, 2 ours, 3 theirs."""
        found: dict[str, set[str]] = {}
        for line in self.git("ls-files", "--unmerged", "-z").split("\0"):
            if line:
                about, _, path = line.partition("\t")
                found.setdefault(path, set()).add(about.split()[2])
        return found

    def put_aside(self, old: Path, new: Path) -> Iterator[str]:
        """What is left of the packages of models that are gone: changed or added by the owner."""
        for name in PACKAGES:
            for folder in sorted(it for it in (old / name).iterdir() if it.is_dir()):
                package = PurePosixPath(name, folder.name)
                left = self.work / package
                if (new / package).exists() or not left.exists():
                    continue
                aside = self.work / ASIDE / package
                aside.parent.mkdir(parents=True, exist_ok=True)
                shutil.rmtree(aside, ignore_errors=True)
                left.rename(aside)
                yield f"{package}: its model was removed; your changes there are in {ASIDE}/{package}."


def gone(path: str, old: Path, new: Path) -> bool:
    """Whether `path` is in the package of a model that is there no more."""
    package = PurePosixPath(*PurePosixPath(path).parts[:3])
    inside = any(package.is_relative_to(it) for it in PACKAGES)
    return inside and (old / package).is_dir() and not (new / package).exists()


# What Git could not merge by lines


@dataclass(eq=False)
class Hunk:
    """Lines that both changed."""

    ours: list[str]
    base: list[str]
    theirs: list[str]


class Settled:
    """A file with Git's marks, and what is left of them.

    Git takes changes of neighbouring lines for a conflict. It is none where each has statements of
    its own, where both only added lines, and where the owner only laid the same code out anew.
    """

    MARKS = re.compile(
        r"^<{7} .*\n(?P<ours>(?:.*\n)*?)^\|{7}.*\n(?P<base>(?:.*\n)*?)"
        r"^={7}\n(?P<theirs>(?:.*\n)*?)^>{7} .*\n",
        re.MULTILINE,
    )

    def __init__(self, text: str, python: bool) -> None:
        self.python = python
        self.conflicts = 0
        self.side_by_side = False
        self.parts: list[str | Hunk] = []
        at = 0
        for found in self.MARKS.finditer(text):
            sides = (found[it].splitlines(keepends=True) for it in Hunk.__annotations__)
            self.parts += [text[at : found.start()], Hunk(*sides)]
            at = found.end()
        self.parts.append(text[at:])
        self.text = self.done(finely=True)
        if python and not self.conflicts and parsed(self.text) is None:
            self.conflicts = 0
            self.text = self.done(finely=False)

    def done(self, finely: bool) -> str:
        found = (
            it if isinstance(it, str) else "".join(self.lines(it, finely))
            for it in self.parts
        )
        return "".join(found)

    def lines(self, hunk: Hunk, finely: bool) -> Iterator[str]:
        regions = list(self.regions(hunk)) if finely else [hunk]
        for at, it in enumerate(regions):
            if it.ours in (it.base, it.theirs):
                yield from it.theirs
            elif it.theirs == it.base:
                yield from it.ours
            elif finely and not it.base and not heads(it.ours) & heads(it.theirs):
                self.side_by_side = True
                yield from (*it.theirs, *it.ours)
            elif finely and self.laid_out_anew(hunk, regions, at):
                yield from it.theirs
            else:
                self.conflicts += 1
                yield from (f"{'<' * 7} yours\n", *it.ours, f"{'=' * 7}\n")
                yield from (*it.theirs, f"{'>' * 7} the template's\n")

    def regions(self, hunk: Hunk) -> Iterator[Hunk]:
        """The hunk in pieces, each as small as can be without parting what belongs together."""
        borders = self.borders(hunk)
        changes = sorted([*edits(hunk, "ours"), *edits(hunk, "theirs")])
        at = 0
        while changes:
            together = [changes.pop(0)]
            low, high, *_ = together[0]
            while changes and overlap(together, high, changes[0], borders):
                high = max(high, changes[0][1])
                together.append(changes.pop(0))
            yield Hunk(hunk.base[at:low], hunk.base[at:low], hunk.base[at:low])
            ours, theirs = (
                applied(hunk.base, low, high, together, it) for it in ("ours", "theirs")
            )
            yield Hunk(ours, hunk.base[low:high], theirs)
            at = high
        yield Hunk(hunk.base[at:], hunk.base[at:], hunk.base[at:])

    def borders(self, hunk: Hunk) -> set[int]:
        """The lines of `hunk.base` that a statement starts on."""
        if not self.python:
            return set(range(len(hunk.base)))
        tree = parsed(self.with_lines(hunk, hunk.base))
        if tree is None:
            return set()
        above = self.parts[: self.parts.index(hunk)]
        lines = (it if isinstance(it, str) else "".join(it.ours) for it in above)
        offset = 1 + "".join(lines).count("\n")
        found = [it for it in ast.walk(tree) if isinstance(it, ast.stmt)]
        firsts = [[it, *getattr(it, "decorator_list", [])] for it in found]
        return {min(it.lineno for it in one) - offset for one in firsts}

    def laid_out_anew(self, hunk: Hunk, regions: list[Hunk], at: int) -> bool:
        """Whether the owner changed nothing here but the layout."""
        before = [line for it in regions[:at] for line in it.ours]
        after = [line for it in regions[at + 1 :] for line in it.ours]
        texts = [
            self.with_lines(hunk, [*before, *lines, *after])
            for lines in (regions[at].ours, regions[at].base)
        ]
        one, other = (parsed(it) for it in texts)
        if not self.python or one is None or other is None:
            return False
        same = ast.dump(one) == ast.dump(other)
        return same and comments(texts[0]) == comments(texts[1])

    def with_lines(self, hunk: Hunk, lines: list[str]) -> str:
        """The file with `lines` for the hunk, and the owner's for the others."""
        found = (
            it if isinstance(it, str) else "".join(lines if it is hunk else it.ours)
            for it in self.parts
        )
        return "".join(found)


Edit = tuple[
    int, int, str, list[str]
]  # which lines of the base, whose, and what for them


def edits(hunk: Hunk, side: str) -> list[Edit]:
    lines = getattr(hunk, side)
    codes = SequenceMatcher(None, hunk.base, lines, autojunk=False).get_opcodes()
    return [(a, b, side, lines[c:d]) for tag, a, b, c, d in codes if tag != "equal"]


def overlap(together: list[Edit], high: int, it: Edit, borders: set[int]) -> bool:
    """Whether `it` belongs to the edits before it, which end at `high`."""
    start, end, side, _ = it
    if start != high or all(side == other[2] for other in together):
        return start < high
    if together[0][0] == high and start == end:
        return True  # both added lines in one place
    return start != end and together[0][0] != high and high not in borders


def applied(
    base: list[str], low: int, high: int, together: list[Edit], side: str
) -> list[str]:
    lines, at = [], low
    for start, end, whose, new in together:
        if whose == side:
            lines += [*base[at:start], *new]
            at = end
    return [*lines, *base[at:high]]


def heads(lines: list[str]) -> set[str]:
    """The lines that begin something, where others are deeper."""
    said = [it for it in lines if re.match(r"\s*[\w\"'#-]", it)]
    depth = min((len(it) - len(it.lstrip()) for it in said), default=0)
    return {it for it in said if len(it) - len(it.lstrip()) == depth}


def parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [it.string for it in tokens if it.type == tokenize.COMMENT]


# Models that are renamed


class Renaming:
    """Carries code over to the new names of models, as the template would have written it.

    A word with an old name in it gets the new one only where the template did just that: its new
    code has the new word, alone or beside the same neighbour, and nowhere the old one.
    """

    WORDS = re.compile(r"([\w-]+)")

    def __init__(self, models: dict[str, str], old: Path, new: Path) -> None:
        were, are = packages(old), packages(new)
        self.folders = {
            were[one]: are[other] for one, other in models.items() if one in were
        }
        names = {**models, **self.folders}
        names |= {snake(one): snake(other) for one, other in models.items()}
        names |= {camel(one): camel(other) for one, other in self.folders.items()}
        names |= {one.upper(): other.upper() for one, other in names.items()}
        dashes = {
            one.replace("_", "-"): other.replace("_", "-")
            for one, other in names.items()
        }
        self.names = names | dashes
        longest_first = "|".join(
            sorted(map(re.escape, self.names), key=len, reverse=True)
        )
        self.pattern = re.compile(rf"(?<![A-Za-z0-9])({longest_first})(?![a-z0-9])")
        self.known: set[str] = set()
        for path in self.texts(new):
            parts = self.WORDS.split(path.read_text(encoding="utf-8"))
            for it in range(1, len(parts), 2):
                self.known.update(around(parts, it))

    @staticmethod
    def of(old: Path, new: Path) -> "Renaming | None":
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

    def apply(self, folder: Path) -> None:
        for path in self.texts(folder):
            text = path.read_bytes().decode("utf-8", errors="surrogateescape")
            changed = self.renamed(text)
            if changed != text:
                path.write_bytes(changed.encode("utf-8", errors="surrogateescape"))
        for name in PACKAGES:
            # All of them out of the way first: one may have the name that another had.
            for one in self.folders.keys() & {
                it.name for it in (folder / name).glob("*")
            }:
                (folder / name / one).rename(folder / name / f"{one}.was")
            for one, other in self.folders.items():
                package = folder / name / f"{one}.was"
                if package.exists():
                    package = package.rename(folder / name / other)
                    for path in sorted(package.glob(f"*_{one}.py")):
                        path.rename(path.with_name(path.name.replace(one, other)))

    def renamed(self, text: str) -> str:
        parts = self.WORDS.split(text)
        done = list(parts)
        for it in range(1, len(parts), 2):
            if self.pattern.search(parts[it]) and any(
                key not in self.known and self.new(key) in self.known
                for key in around(parts, it)
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
    answers = import_module("yaml").safe_load(
        (folder / ANSWERS).read_text(encoding="utf-8")
    )
    models: dict[str, object] = answers["models"]
    return models


def packages(folder: Path) -> dict[str, str]:
    """The package of each model."""
    found: dict[str, str] = {}
    for path in (folder / PACKAGES[0]).glob("*/model.py"):
        for name in re.findall(
            r"^class (\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            found.setdefault(name, path.parent.name)
    return found


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def camel(name: str) -> str:
    return "".join(it.capitalize() for it in name.split("_"))


def bring(tree: str, scratch: Path) -> None:
    """Into the working tree, and not into the index: `git diff` then shows what was changed."""
    variables = {"GIT_INDEX_FILE": str((scratch / "bring").resolve())}
    git("read-tree", "HEAD", variables=variables)
    if where := prefix():
        git("rm", "--quiet", "-r", "--cached", ".", variables=variables)
        git("read-tree", f"--prefix={where}", tree, variables=variables)
        tree = git("write-tree", variables=variables)
        git("read-tree", "HEAD", variables=variables)
    added = git(
        "diff-tree",
        "-r",
        "-z",
        "--name-only",
        "--no-renames",
        "--diff-filter=A",
        "HEAD",
        tree,
    )
    top = Path(git("rev-parse", "--show-toplevel"))
    for it in added.split("\0"):
        if it and (top / it).exists():
            raise Refused(f"{it} is in the way of a new file of that name: move yours.")
    git("update-index", "-q", "--refresh", check=False, variables=variables)
    marker().write_text("")
    git("read-tree", "-m", "-u", "HEAD", tree, variables=variables)
    marker().unlink()


def git(
    *arguments: str, variables: Mapping[str, str] = NOTHING, check: bool = True
) -> str:
    done = run(["git", *arguments], variables)
    if check and done.returncode:
        raise Refused(f"git {arguments[0]}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip("\n") if done.returncode == 0 else ""


def run(
    command: list[str], variables: Mapping[str, str] = NOTHING
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
    except FileNotFoundError:
        raise Refused(f"The program {command[0]} is not installed.") from None


if __name__ == "__main__":
    sys.exit(main())
