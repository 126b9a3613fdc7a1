"""Two branches had `make models`, and are merged: their code follows the models of both."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from .git import Refused, git
from .merge import Merge, Scratch
from .project import ANSWERS, MODELS, answers, seed
from .render import render
from .template import Template, key
from .working import Source, Taken, bring

MARK = re.compile(rb"^(<{7}|>{7}) ", re.MULTILINE)
HEADS = {
    "MERGE_HEAD": "git merge --abort",
    "REBASE_HEAD": "git rebase --abort",
    "CHERRY_PICK_HEAD": "git cherry-pick --abort",
}


@dataclass(frozen=True)
class Joining:
    """A merge that waits: three commits, what Git couldn't merge, and how it is given up."""

    base: str
    ours: str
    theirs: str
    unmerged: frozenset[str]
    abort: str

    @property
    def commits(self) -> dict[str, str]:
        return {"base": self.base, "ours": self.ours, "theirs": self.theirs}


def joining(models: bool) -> Joining | None:
    """None where there is no merge. Raises Refused where its models aren't settled yet."""
    listed = git("ls-files", "--unmerged", "-z", check=False).split("\0")
    unmerged = frozenset(it.partition("\t")[2] for it in listed if it)
    if not unmerged:
        return None
    if not models:
        raise Refused("Finish the merge first; make models merges what it wrote on both branches.")
    ones = ((it, git("rev-parse", "--verify", "--quiet", it, check=False)) for it in HEADS)
    head, theirs = next(((name, it) for name, it in ones if it), ("", ""))
    if ANSWERS not in unmerged or not theirs:
        raise Refused("Finish the merge first: Git couldn't merge all files of this project.")
    if not Path(MODELS).is_file() or MARK.search(Path(MODELS).read_bytes()):
        raise Refused(
            f"{MODELS}: both branches changed it. Settle what is between the marks, and leave all"
            " other files: make models merges them, by the models of both."
        )
    alone = head != "MERGE_HEAD"
    base = git("rev-parse", f"{theirs}^") if alone else git("merge-base", "HEAD", theirs)
    return Joining(base, git("rev-parse", "HEAD"), theirs, unmerged, HEADS[head])


def join(it: Joining) -> Merge:
    """Make each side what it would be with the models of both, and merge these."""
    changed = {*git("diff", "--name-only", "-z", "--relative", "--no-ext-diff").split("\0")} - {""}
    if others := sorted(changed - it.unmerged - {MODELS}):
        raise Refused(f"Take back what you changed while a merge waits: {', '.join(others)}.")
    with TemporaryDirectory(prefix="update-") as name:
        folder = Path(name)
        sides = rendered(it, folder)
        merged = Merge()
        scratches = {}
        for side, commit in it.commits.items():
            scratches[side] = scratch = Scratch(made(folder / f"{side}-scratch"))
            scratch.source = Source.of(commit, scratch.folder / "of")
            one = scratch.merge(sides[side], copytree(sides["new"], scratch.folder / "new"))
            if side != "base":
                merged.conflicts += one.conflicts
                merged.broken += one.broken
        now = Taken.into(made(folder / "now"), plain=True)
        for scratch in scratches.values():
            keep(it, scratch.work, folder / "now")
        scratches["ours"].join(scratches["base"].work, scratches["theirs"].work, merged)
        work = scratches["ours"].work
        merged.conflicts = sorted({*merged.conflicts})
        merged.notes += bring(work, now)
    return merged


def rendered(it: Joining, folder: Path) -> dict[str, Path]:
    """What the template makes of each side, and of the models of both."""
    said = {}
    for side, commit in it.commits.items():
        text = git("cat-file", "blob", f"{commit}:./{ANSWERS}")
        (made(folder / side) / ANSWERS).write_text(f"{text}\n", encoding="utf-8")
        said[side] = answers(folder / side / ANSWERS)
    newest = max(("ours", "theirs"), key=lambda side: key(str(said[side]["_commit"])))
    seed(folder / "new", MODELS)
    (folder / "new" / ANSWERS).write_bytes((folder / newest / ANSWERS).read_bytes())
    said["new"] = said[newest]
    template = Template(str(said[newest]["_src_path"]))
    template.fetch()

    def one(side: str) -> None:
        version, data = str(said[side]["_commit"]), MODELS if side == "new" else None
        source, variables = template.source, template.variables
        render(source, version, folder / side, data, variables=variables)

    with ThreadPoolExecutor() as pool:
        one("new")  # the mistakes of models.yml, before all else
        list(pool.map(one, it.commits))
    return {side: folder / side for side in said}


def keep(it: Joining, work: Path, now: Path) -> None:
    """What was settled by hand already, and the models."""
    for name in it.unmerged | {MODELS}:
        mine = now / name
        if name != ANSWERS and mine.is_file() and not MARK.search(mine.read_bytes()):
            made((work / name).parent)
            (work / name).write_bytes(mine.read_bytes())


def made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
