"""One quick round of the benchmarks: they run, are complete, and can fail. It judges no time."""

import argparse
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.__main__ import measure
from benchmarks.operations import TITLES
from benchmarks.servers import Server
from tests.support import BIN, ROOT, run

PYTHON = Path(sys.prefix) / "benchmarks" / "bin" / "python"
SHARES = ["ours", "textbook", "crud", "repository"]


@pytest.fixture(scope="module")
def printed() -> str:
    results = ROOT / "benchmarks" / "RESULTS.md"
    before = results.read_text() if results.exists() else None
    output = run(ROOT, sys.executable, "-m", "benchmarks", "--quick")
    assert (results.read_text() if results.exists() else None) == before
    return output


def rows(text: str, title: str) -> dict[str, list[str]]:
    """The lines of one table, by their first cell."""
    section = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split("|") for line in section.splitlines() if line.startswith("|")]
    return {first.strip(): [cell.strip() for cell in rest] for first, *rest in lines}


@pytest.mark.cross
@pytest.mark.parametrize("title", ["Requests a second", "CPU a request"])
def test_table_is_complete(printed: str, title: str) -> None:
    table = rows(printed, title)
    assert table.pop("share of the limit") == [*SHARES, "best peer"]
    assert list(table)[1:] == [it.format(depth=10_000) for it in TITLES.values()]
    for cells in list(table.values())[1:]:
        assert len(cells) == len(SHARES) + 1
        assert all(float(cell) > 0 for cell in cells)


@pytest.mark.cross
def test_processes_and_sizes_are_shown(printed: str) -> None:
    processes = rows(printed, "Processes")
    assert list(processes)[2:] == ["limit", "ours", "ours-10", "textbook", "crud", "repository"]
    for cells in list(processes.values())[2:]:
        assert re.fullmatch(r"\d+\.\d\d s \d+ MB \d+ MB", " ".join(cells))
    assert list(rows(printed, "More models"))[2:] == ["ours", "ours-10"]


@pytest.mark.cross
def test_types_of_the_programs(printed: str) -> None:
    """They import what only the environment of the benchmarks has."""
    programs = sorted((ROOT / "benchmarks" / "programs").glob("*.py"))
    run(ROOT, BIN / "mypy", "--python-executable", PYTHON, *programs)


@contextmanager
def serving(good: int) -> Iterator[int]:
    """The port of a server whose answers are 503 but for the first `good`."""
    left = iter([200] * good)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = b'{"id": 1}'
            self.send_response(next(left, 503))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(("good", "said"), [(0, "GET /items/"), (1, "ours, get: "), (7, "'503': ")])
def test_any_status_but_2xx_ends_the_run(printed: str, good: int, said: str) -> None:
    options = argparse.Namespace(rounds=1, operations=["get"], seconds=0.5, rows=9, connections=4)
    with serving(good) as port, pytest.raises(SystemExit, match=said):
        measure(options, PYTHON, "", [Server("ours", port=port)])
