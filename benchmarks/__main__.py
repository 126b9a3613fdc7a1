"""Measures a rendered service beside others, on the same tables. See benchmarks/README.md."""

import argparse
import datetime as dt
import itertools
import os
import platform
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from benchmarks import operations, servers
from benchmarks.report import Measured, figures, report
from benchmarks.servers import PEERS, Server
from tests import support

FOLDER = Path(__file__).resolve().parent
SERVERS = ("limit", "ours", *PEERS)
LIBRARIES = (
    "fastapi",
    "pydantic",
    "sqlalchemy",
    "asyncpg",
    "orjson",
    "uvicorn",
    "uvloop",
    "httptools",
)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="a round that shows that all works; writes no file")
    add("--only", default=",".join(SERVERS), help="servers, by comma (%(default)s)")
    add("--operations", default=",".join(operations.TITLES), help="by comma (%(default)s)")
    add("--rounds", type=int, default=5)
    add("--seconds", type=float, default=1.5, help="of each measurement (%(default)s)")
    add("--connections", type=int, default=16)
    add("--rows", type=int, default=1_000_000)
    add("--sizes", default="10,100", help="of services to compare by their number of models")
    add("--keep", type=Path, help="the folder of a PostgreSQL to fill once and keep")
    add("--database", help="the URL of one that runs, with migrated tables")
    add("--project", type=Path, help="a rendered project, instead of rendering any")
    add("--before", type=Path, help="another project, of an older version, to measure beside it")
    add("--python", type=Path, help="one with all that is needed, instead of installing it")
    add("--ours-url", help="the rendered service as it runs already, on --database")
    options = parser.parse_args()
    if options.ours_url and not options.database:
        parser.error("--ours-url needs --database, the one that it uses")
    options.only, options.operations = options.only.split(","), options.operations.split(",")
    if unknown := {*options.only} - {*SERVERS} | {*options.operations} - {*operations.TITLES}:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    options.records = sys.argv[1:] == []  # only the whole of it is worth keeping
    if options.quick:
        options.rounds, options.seconds, options.rows, options.sizes = 1, 0.1, 20_000, "10"
    if options.project or "ours" not in options.only:
        options.sizes = ""
    return options


def models(count: int) -> dict[str, Any]:
    """The models, and as many more, whose routes come before theirs."""
    spec: dict[str, Any] = yaml.safe_load((FOLDER / "models.yml").read_text())
    item, before = spec["models"]["Item"], "User"
    for number in range(count - len(spec["models"])):
        name = f"Asset{number}"
        fields = {key: it for key, it in item["fields"].items() if key != "user"}
        spec["models"][name] = {
            "timestamps": True,
            "fields": fields | {"before": {"ref": before}},
        }
        before = name
    return spec


def chosen(options: argparse.Namespace, scratch: Path) -> list[Server]:
    """The servers to run, the rendered ones as the template stands now."""
    if options.project:
        ours = [servers.rendered(options.project)]
    else:
        template, sizes = support.snapshot(scratch / "template"), [0]
        sizes += [int(size) for size in options.sizes.split(",") if size]
        ours = [
            servers.rendered(
                support.render(template, scratch / f"ours{size}", models(size or 3)), size
            )
            for size in sizes
        ]
    if options.before:
        ours.append(replace(servers.rendered(options.before), name="before"))
    if options.ours_url:
        ours[0].port = int(options.ours_url.rstrip("/").rpartition(":")[2])
    limit, *peers = servers.others()
    return [limit, *ours, *peers]


def measure(options: argparse.Namespace, python: Path, url: str, them: list[Server]) -> Measured:
    """Every operation on every server, in turn, round after round."""
    results: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    deep = {
        it.name: operations.deep_cursor(it.port, it.at.items, options.rows // 2)
        for it in them
        if it.at.cursor and not it.size and "deep" in options.operations
    }
    with servers.load(python) as load:
        for turn, operation in itertools.product(range(options.rounds), options.operations):
            first = turn % len(them)  # nobody always comes after the same one
            for it in (*them[first:], *them[:first]):
                if it.size and operation != "get":
                    continue
                cursor = deep.get(it.name, "")
                sent = operations.requests(operation, it.at, options.rows, cursor)
                if not turn:
                    operations.check(operation, it.port, sent[0])
                job = {
                    "host": servers.HOST,
                    "port": it.port,
                    "pid": it.pid,
                    "connections": operations.CONNECTIONS.get(operation, options.connections),
                    "warmup": options.seconds / 5,
                    "seconds": options.seconds,
                    "requests": [part.decode("latin-1") for part in sent],
                }
                result = load(job)
                if any(code[0] != "2" for code in result["statuses"]):
                    sys.exit(f"{it.name}, {operation}: {result['statuses']} (0: no answer)")
                results[operation][it.name].append(result)
                task = "clean" if operation in operations.WRITES else "settle"
                servers.database(python, url, task, options.rows)
    return {
        operation: {it.name: figures(by_server[it.name]) for it in them if it.name in by_server}
        for operation, by_server in results.items()
    }


def machine(python: Path) -> list[str]:
    """What the figures were measured on."""
    cpu = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        lines = (line.partition(":") for line in info.read_text().splitlines())
        cpu = next((value.strip() for key, _, value in lines if key.startswith("model name")), cpu)
    code = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    found = subprocess.check_output([python, "-c", code, *LIBRARIES], text=True).split()
    versions = (f"{name} {it}" for name, it in zip(LIBRARIES, found, strict=True))
    return [
        f"{cpu}, {os.cpu_count()} cores, {platform.platform()}",
        f"Python {platform.python_version()}, {', '.join(versions)}",
    ]


def main() -> None:
    options, busy = arguments(), os.getloadavg()[0]
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        every = chosen(options, scratch)
        project = next(it.folder for it in every if it.name == "ours")
        python = options.python or servers.environment(project)
        url = options.database
        if url is None:
            home = options.keep or scratch / "postgres"
            url = stack.enter_context(servers.postgres(project, python, home))
            servers.migrate(project, python, url)
        version = servers.database(python, url, "fill", options.rows)
        them = [it for it in every if it.name in (*options.only, "before") or it.size]
        with ExitStack() as processes:
            for it in them:
                starts = []
                for _ in range(2 if options.records else 0):
                    with servers.running(it, python, url):
                        starts.append(it.started)
                processes.enter_context(servers.running(it, python, url))
                it.started = median([*starts, it.started])
            measured = measure(options, python, url, them)
        notes = [
            f"{dt.date.today()}: medians of {options.rounds} interleaved rounds,"
            f" {options.seconds} s each after {options.seconds / 5} s to warm up,"
            f" {options.connections} connections, one process a server, {options.rows:,} items;"
            f" load average before: {busy:.1f}.",
            "\n".join(f"- {it}" for it in (*machine(python), f"PostgreSQL {version}")),
        ]
        text = report(measured, them, options.rows // 2, notes)
        print(text)
        if options.records:
            (FOLDER / "RESULTS.md").write_text(text)


if __name__ == "__main__":
    main()
