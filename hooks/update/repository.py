"""A repository of our own, in which Git merges three folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .git import NOTHING, Refused, alone, git

NO_ATTRIBUTES = "* -text !eol !filter !ident !working-tree-encoding !merge !diff\n"


class Repository:
    """A repository that knows nothing of the machine's settings, nor of the project's."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.folder, self.work = folder, work
        self.variables = {
            **alone(folder),
            "GIT_DIR": str(folder / "git"),
            "GIT_WORK_TREE": str(self.work),
            "GIT_INDEX_FILE": str(folder / "index"),
        }
        self.git("init", "--quiet")
        attributes = folder / "git/info/attributes"
        attributes.parent.mkdir(exist_ok=True)
        attributes.write_text(NO_ATTRIBUTES)

    def git(
        self, *arguments: str, variables: Mapping[str, str] = NOTHING, check: bool = True
    ) -> str:
        variables = {**self.variables, **variables}
        where = ("-C", variables["GIT_WORK_TREE"])
        return git(*where, *arguments, variables=variables, check=check)

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

    def merge(self, old: Path, new: Path) -> None:
        """By Git, file by file; in `work` are the result and the marks."""
        base = self.commit(self.tree(old))
        ours = self.commit(self.tree(self.work), base)
        theirs = self.commit(self.tree(new), base)
        self.git("update-ref", "--no-deref", "HEAD", ours)
        self.git("update-ref", "refs/heads/template", theirs)
        self.git("read-tree", "--reset", "-u", ours)
        options = ("--quiet", "--no-commit", "-X", "no-renames")
        self.git("merge", *options, "template", check=False)
        if self.git("rev-parse", "--verify", "MERGE_HEAD") != theirs:
            raise Refused("Git could not merge.")

    def changed_by(self, side: str) -> dict[str, str]:
        """The files that a side added or changed, as Git has them."""
        options = ("-r", "-z", "--no-renames", "--diff-filter=AM")
        listed = self.git("diff-tree", *options, f"{side}~", side).split("\0")
        return {name: it.split()[3] for it, name in zip(listed[::2], listed[1::2], strict=False)}

    def text(self, blob: str) -> str:
        return self.git("cat-file", "blob", blob)

    def unmerged(self) -> dict[str, set[str]]:
        """Each path that Git couldn't merge, with whose it is: 1 the base's, 2 ours, 3 theirs."""
        found: dict[str, set[str]] = {}
        for line in self.git("ls-files", "--unmerged", "-z").split("\0"):
            if line:
                about, _, path = line.partition("\t")
                found.setdefault(path, set()).add(about.split()[2])
        return found
