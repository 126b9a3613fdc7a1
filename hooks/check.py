"""`slipway-check models.yml`: all its problems and warnings, without rendering anything."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

from .yaml_file import diagnose_bytes


def main(arguments: list[str] | None = None) -> int:
    parser = ArgumentParser("slipway-check", description=__doc__)
    parser.add_argument("files", nargs="*", default=["models.yml"], metavar="models.yml")
    bad = False
    for name in parser.parse_args(arguments).files:
        try:
            data = Path(name).read_bytes()
        except OSError as error:
            print(f"{name}: {error.strerror}: name a file of models", file=sys.stderr)
            return 2
        problems, warnings = diagnose_bytes(data, name)
        print(*problems, *warnings, sep="\n", end="\n" if problems or warnings else "")
        bad = bad or bool(problems)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
