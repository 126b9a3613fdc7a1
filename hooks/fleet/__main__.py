"""`python -m hooks.fleet ~/services`: which service is on which version, and how far from it."""

from __future__ import annotations

import argparse
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from ..update.project import ANSWERS
from .looking import Fleet, Row

COLUMNS = ("service", "version", "newest", "drift", "models")


def listed(where: Path) -> list[str]:
    """Folders in a folder, or what stands in a file, a line each."""
    if (where / ANSWERS).exists():
        return [str(where)]
    if where.is_dir():
        found = sorted(it for it in where.iterdir() if it.is_dir())
        return [str(it) for it in found if not it.name.startswith(".")]
    lines = [it.strip() for it in where.read_text(encoding="utf-8").splitlines()]
    paths = [(it, where.parent / Path(it).expanduser()) for it in lines if it and it[0] != "#"]
    return [str(path) if path.is_dir() else it for it, path in paths]


def names(places: list[str]) -> list[str]:
    """The last part of each place, or all of it where others end like it."""
    short = [re.split(r"[/:]", it.rstrip("/"))[-1].removesuffix(".git") for it in places]
    return [it if short.count(it) == 1 else place for it, place in zip(short, places, strict=True)]


def table(rows: list[Row]) -> str:
    cells = [COLUMNS, *((it.service, it.version, it.newest, it.drift, it.models) for it in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    problems = ["", *(it.problem for it in rows)]
    return "\n".join(
        "  ".join([*map(str.ljust, line, widths), problem]).rstrip()
        for line, problem in zip(cells, problems, strict=True)
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="slipway-fleet", description=__doc__)
    parser.add_argument("where", type=Path, help="a folder of checkouts, or a list of repositories")
    parser.add_argument("--trust", action="store_true", help="run the code of any template")
    given = parser.parse_args(arguments)
    try:
        places = listed(given.where.expanduser().resolve())
    except (OSError, RuntimeError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 1
    called = names(places)
    with (
        TemporaryDirectory(prefix="fleet-") as folder,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        fleet = Fleet(Path(folder), given.trust)
        found = list(pool.map(fleet.look, places, called, range(len(places))))
    rows = [it for it in found if it]
    if rows:
        print(table(rows))
    others = [name for name, it in zip(called, found, strict=True) if it is None]
    if others or not rows:
        print(f"No committed service: {', '.join(others) or given.where}")
    if not rows or any(it.problem for it in rows):
        return 1
    return 2 if any(it.due for it in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
