"""What else names a module that was moved: Python is changed, all else is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .tables import MODULES

NAMES = MODULES | {
    f"{one.replace('.', '/')}{end}": f"{other.replace('.', '/')}{end}"
    for one, other in MODULES.items()
    for end in (".py", "/")
}
OLD = re.compile(
    rf"(?<![\w./-])({'|'.join(sorted(map(re.escape, NAMES), key=len, reverse=True))})(?![\w-])"
)


def mentions(work: Path, new: Path) -> Iterator[str]:
    for path in sorted(work.rglob("*")):
        name = path.relative_to(work).as_posix()
        if path.is_symlink() and not path.exists():
            yield f"{name}: links to {path.readlink()}, which is gone."
        if path.suffix == ".py" or name.startswith(".git/") or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        theirs = new / name
        if theirs.is_file() and theirs.read_bytes() == path.read_bytes():
            continue
        if found := {it[1] for it in OLD.finditer(text)}:
            told = ", ".join(f"{it}, which is {NAMES[it]} now" for it in sorted(found))
            yield f"{name}: names {told}."
