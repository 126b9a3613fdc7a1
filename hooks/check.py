"""`python -m hooks.check models.yml`: all its problems and warnings, without rendering anything."""

from __future__ import annotations

import sys
from pathlib import Path

from .yaml_file import diagnose_bytes


def main(arguments: list[str]) -> int:
    bad = False
    for name in arguments or ["models.yml"]:
        try:
            data = Path(name).read_bytes()
        except OSError as error:
            print(f"{name}: {error.strerror}", file=sys.stderr)
            return 2
        problems, warnings = diagnose_bytes(data, name)
        print(*problems, *warnings, sep="\n", end="\n" if problems or warnings else "")
        bad = bad or bool(problems)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
