"""Python files as they are on disk: in any encoding, and with any ends of lines."""

from __future__ import annotations

import re
import tokenize
from contextlib import suppress
from pathlib import Path

COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
WRONG = (SyntaxError, UnicodeDecodeError, LookupError)


def python_files(folder: Path) -> list[Path]:
    """Without links, which stay as they are."""
    return [it for it in sorted(folder.rglob("*.py")) if it.is_file() and not it.is_symlink()]


def texts(folder: Path) -> dict[str, str]:
    """The Python files of a project, by their paths; those that aren't text are left out."""
    found = {}
    for it in python_files(folder):
        with suppress(*WRONG), tokenize.open(it) as file:
            found[it.relative_to(folder).as_posix()] = file.read()
    return found


def with_returns(folder: Path) -> set[str]:
    """The paths of files whose lines end as on Windows."""
    found = (it for it in python_files(folder) if b"\r\n" in it.read_bytes())
    return {it.relative_to(folder).as_posix() for it in found}


def write(path: Path, text: str) -> None:
    """In the encoding that the text says it is in."""
    encoding = "utf-8"
    for line in text.splitlines()[:2]:
        if cookie := COOKIE.match(line):
            encoding = cookie[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        made = text.encode(encoding)
    except (LookupError, UnicodeEncodeError):
        made = text.encode()
    path.write_bytes(made)
