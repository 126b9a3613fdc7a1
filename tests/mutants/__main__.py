"""python -m tests.mutants [id …]: run the tests of rendered services against their mutants."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.mutants.moves import mutants
from tests.mutants.running import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("ids", nargs="*", help="of mutants; all, if there are none")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--into", type=Path, help="the file that gets the results")
    given = parser.parse_args()
    chosen = [it for it in mutants() if it["id"] in given.ids or not given.ids]
    lines = []
    for mutant, killer in run(chosen, given.workers):
        lines.append(f"{mutant['id']}  {killer}")
        print(lines[-1], flush=True)
        if given.into:
            given.into.write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
