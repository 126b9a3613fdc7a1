"""The figures, as the tables of benchmarks/RESULTS.md."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.operations import TITLES
from benchmarks.servers import PEERS, Server

TICK = 0.01  # seconds: CPU is counted in these, and a quick round may take less than one


@dataclass
class Figures:
    """Of one operation on one server: medians over the rounds."""

    rate: float  # requests a second
    cpu: float  # µs of the server's CPU a request
    busy: float  # the share of a core that the server had
    load: float  # µs of the load generator's CPU a request


Measured = dict[str, dict[str, Figures]]  # by operation and by server

Share = Callable[[Figures, Figures], float]


def figures(rounds: list[dict[str, Any]]) -> Figures:
    counts = [sum(it["statuses"].values()) for it in rounds]
    pairs = list(zip(rounds, counts, strict=True))
    return Figures(
        rate=median(count / it["seconds"] for it, count in pairs),
        cpu=median(max(it["cpu"], TICK) / count * 1e6 for it, count in pairs),
        busy=median(it["cpu"] / it["seconds"] for it in rounds),
        load=median(it["load_cpu"] / count * 1e6 for it, count in pairs),
    )


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]

    def row(cells: Sequence[str]) -> str:
        first, *rest = (
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join([first, *rest])} |"

    rule = ["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])]
    return "\n".join([row(head), f"|{'|'.join(rule)}|", *map(row, lines)])


def ratio(value: float) -> str:
    return f"{value:.{2 if value >= 0.095 else 3}f}"


def number(value: float) -> str:
    return f"{value:,.{0 if value >= 100 else 1}f}"


def by_rate(limit: Figures, it: Figures) -> float:
    return it.rate / limit.rate


def by_cpu(limit: Figures, it: Figures) -> float:
    return limit.cpu / it.cpu


def shares(measured: Measured, names: list[str], depth: int, share: Share) -> str:
    """Every server but the limit, as a share of the limit."""
    peers = [name for name in names if name in PEERS]
    lines = []
    for operation, by_server in measured.items():
        values = {name: share(by_server["limit"], by_server[name]) for name in names}
        best = [ratio(max(values[name] for name in peers))] if peers else []
        cells = [ratio(values[name]) for name in names]
        lines.append([TITLES[operation].format(depth=depth), *cells, *best])
    best = ["best peer"] if peers else []
    return table(["share of the limit", *names, *best], lines)


def sizes(gets: dict[str, Figures]) -> str:
    """GET one in services of more models, beside the one of 3."""
    of = gets["ours"]
    lines = [
        [name, number(it.rate), ratio(it.rate / of.rate), number(it.cpu), ratio(of.cpu / it.cpu)]
        for name, it in gets.items()
        if name.startswith("ours")
    ]
    return table(["GET one", "req/s", "share of ours", "CPU µs", "share of ours"], lines)


def absolute(measured: Measured, depth: int) -> str:
    """What the shares are made from."""
    lines = [
        [
            f"{TITLES[operation].format(depth=depth)}, {name}",
            number(it.rate),
            number(it.cpu),
            f"{it.busy:.0%}",
            number(it.load),
        ]
        for operation, by_server in measured.items()
        for name, it in by_server.items()
    ]
    return table(["", "req/s", "CPU µs a request", "of a core", "CPU µs of the load"], lines)


def processes(them: list[Server]) -> str:
    lines = [
        [it.name, f"{it.started:.2f} s", f"{it.idle / 1024:.0f} MB", f"{it.loaded / 1024:.0f} MB"]
        for it in them
        if it.started
    ]
    return table(["", "start to first answer", "memory then", "memory at the end"], lines)


def report(measured: Measured, them: list[Server], depth: int, notes: list[str]) -> str:
    names = [it.name for it in them if it.name != "limit" and not it.size]
    parts = ["# Results", *notes]
    if all("limit" in by_server for by_server in measured.values()) and names:
        parts += ["## Requests a second", shares(measured, names, depth, by_rate)]
        parts += ["## CPU a request", shares(measured, names, depth, by_cpu)]
    if any(it.size for it in them) and "ours" in measured.get("get", {}):
        parts += ["## More models", sizes(measured["get"])]
    parts += ["## Processes", processes(them), "## What was measured", absolute(measured, depth)]
    return "\n\n".join(parts) + "\n"
