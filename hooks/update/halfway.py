"""An update that stops while it writes leaves a mark, which says what it was writing."""

from __future__ import annotations

from pathlib import Path

from .git import git

# The tools of other versions look for this file, too.
MARK = "update-half-way"


def mark() -> Path:
    return Path(git("rev-parse", "--git-path", MARK))


def begin(names: list[str]) -> None:
    head = git("rev-parse", "HEAD")
    told = "\0".join([head, *names])
    mark().write_bytes(told.encode(errors="surrogateescape"))


def end() -> None:
    mark().unlink(missing_ok=True)


def stopped(changed: set[str]) -> bool:
    """Whether what is changed here was left by an update, and not by its owner."""
    if not mark().exists():
        return False
    head, *names = mark().read_bytes().decode(errors="surrogateescape").split("\0")
    if not head or (head == git("rev-parse", "HEAD") and changed & {*names}):
        return True  # without a head it is that of a version before 2.1
    end()
    return False
