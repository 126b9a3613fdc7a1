"""Measures what grows with the number of models: rendering, importing, the OpenAPI document.

    .venv/bin/python -m benchmarks.size [--sizes 10,100] [--runs 3]

Times are in seconds, the best of the runs; CPU is the figure to go by on a busy machine.
Machines differ: the first line is the CPU of `import copier`, 0.5 s on a fast one.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

from benchmarks.report import table
from tests import support

Times = tuple[float, float]  # wall and CPU

# Of these, a model has every third, and what it refers to.
FIELDS: list[Any] = [
    {"type": "string(40)", "min_length": 1, "index": True},
    {"type": "int", "min": 0, "default": 0},
    {"type": "decimal", "precision": 12, "scale": 2, "min": 0},
    "text?",
    {"type": "bool", "default": True},
    "timestamptz?",
    {"type": "string(24)", "pattern": "^[A-Z0-9-]+$", "unique": True},
    {"type": "State", "default": "open"},
    "date",
    "json?",
    {"type": "string(20)", "array": True, "default": []},
    {"type": "float", "gt": 0},
    "email?",
    "uuid?",
    "bigint?",
    {"type": "url", "optional": True},
    "interval?",
    "inet?",
]
SERVICE = """
import json, time

def clock():
    return time.perf_counter(), time.process_time()

marks = [clock()]
from app.main import create_app
app = create_app()
marks.append(clock())
app.openapi()
marks.append(clock())
print(json.dumps([[b - a for a, b in zip(*it)] for it in zip(marks, marks[1:])]))
"""


def spec(count: int) -> dict[str, Any]:
    """Models as dense as those of real schemas: six fields, a reference or two, few a `many`."""
    models: dict[str, Any] = {}
    for number in range(count):
        name, kinds = f"Asset{number}", FIELDS[number % 3 :: 3]
        fields: dict[str, Any] = {f"field_{i}": kind for i, kind in enumerate(kinds)}
        before = {number // 3, number - 1} if number % 3 == 0 else {number // 3}
        fields |= {f"of_{it}": {"ref": f"Asset{it}"} for it in sorted(before - {number, -1})}
        models[name] = {"fields": fields}
        if number % 10 == 9:
            labels = {"to": f"Asset{number // 3}", "inverse": f"labelled_{number}"}
            models[name]["many"] = {"labels": labels}
    defaults = {"pk": "uuid7", "timestamps": True}
    return {"defaults": defaults, "enums": {"State": ["open", "done"]}, "models": models}


def rendering(template: Path, folder: Path, models: dict[str, Any]) -> Times:
    before, begun = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    done = support.copy(template, folder, models)
    assert done.returncode == 0, done.stderr
    wall, after = time.perf_counter() - begun, getrusage(RUSAGE_CHILDREN)
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def serving(python: Path, project: Path) -> list[Times]:
    """Importing the service and making its application; and then its OpenAPI document."""
    env = support.CLEAN | {"DATABASE_URL": "postgresql://localhost/none"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # the first run compiles, as in production
    printed = subprocess.check_output([python, "-c", SERVICE], cwd=project, env=env)
    return [(wall, cpu) for wall, cpu in json.loads(printed)]


def importing_copier() -> float:
    source = "import copier, time; print(time.process_time())"
    return float(subprocess.check_output([sys.executable, "-c", source]))


def best(runs: Iterable[Times]) -> list[str]:
    return [f"{min(it):.2f}" for it in zip(*runs, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.size")
    parser.add_argument("--sizes", default="10,100", help="numbers of models, by comma")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    lines = []
    print(f"import copier: {min(importing_copier() for _ in range(3)):.2f} s of CPU\n")
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        template = support.snapshot(Path(scratch) / "template")
        python = support.environment(template) / "python"
        for size in map(int, options.sizes.split(",")):
            projects = [Path(scratch) / f"{size}-{run}" for run in range(options.runs)]
            rendered = best(rendering(template, it, spec(size)) for it in projects)
            serving(python, projects[0])
            runs = [serving(python, projects[0]) for _ in projects]
            imported, documented = map(best, zip(*runs, strict=True))
            lines.append([str(size), *rendered, *imported, *documented])
    head = ["models"]
    head += [f"{it}, {of}" for it in ("render", "import", "OpenAPI") for of in ("wall", "CPU")]
    print(table(head, lines))


if __name__ == "__main__":
    main()
