"""Try edits against changes, and print what came of it: python -m tests.updates [--seed 1]"""

from __future__ import annotations

import argparse
import os
import shutil
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.updates.edits import EDITS
from tests.updates.lab import Lab, Outcome
from tests.updates.plan import ALL, tries


def attempt(change: str, seed: int, everything: bool) -> list[Outcome]:
    with TemporaryDirectory() as folder:
        lab, project = Lab(Path(folder)), Path(folder, "edited")
        found = []
        for edits in tries(change, seed, everything):
            found.append(lab.try_out(edits, change, project))
            shutil.rmtree(project)
        return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", action="store_true", help="each edit once, as CI does")
    parser.add_argument("changes", nargs="*", default=[], help=f"out of {', '.join(ALL)}")
    arguments = parser.parse_args()
    changes = arguments.changes or ALL
    run = partial(attempt, seed=arguments.seed, everything=not arguments.part)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = [it for some in pool.map(run, changes) for it in some]
    table(found, changes)
    bad = [it for it in found if it.bad]
    print(*bad, sep="\n")
    return len(bad) > 0


def table(found: list[Outcome], changes: list[str]) -> None:
    """A row an edit, a column a change; the last rows are of several edits at once."""
    print(*(f"{n}: {it}" for n, it in enumerate(changes, 1)), sep="\n")
    width = max(map(len, EDITS))
    print(" " * width, *(f"{n:>5}" for n in range(1, len(changes) + 1)))
    rows = {name: [it for it in found if it.edits == (name,)] for name in EDITS}
    rows["pairs"] = [it for it in found if len(it.edits) == 2]
    rows["sets"] = [it for it in found if len(it.edits) > 2]
    for name, some in rows.items():
        cells = []
        for change in changes:
            count = Counter(it.mark for it in some if it.change == change)
            cells.append("".join(f"{n if n > 1 else ''}{it}" for it, n in sorted(count.items())))
        print(name.ljust(width), *(f"{it:>5}" for it in cells))
    count = Counter(it.mark for it in found)
    print(f"{len(found)} tried: {count['.']} merged (.), {count['C']} true conflicts (C), ", end="")
    print(f"{count['!']} not as they should be (!)")


if __name__ == "__main__":
    raise SystemExit(main())
