"""Sends requests over kept-alive connections as fast as they are answered.

Reads a job a line (see `measure` in `benchmarks.__main__`) and prints what came of it.
Answers are framed by Content-Length and not parsed further, which costs a fraction of what
the fastest server spends: a client library would be what is measured.
"""

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from typing import Any, cast

import psutil
import uvloop


class Run:
    """The requests of one period, over all connections."""

    def __init__(self, requests: list[bytes], connections: int) -> None:
        self.requests = itertools.cycle(requests)
        self.statuses: Counter[int] = Counter()
        self.busy = connections
        self.deadline = 0.0
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Connection(asyncio.Protocol):
    transport: asyncio.Transport
    run: Run | None = None
    head = b""
    left = 0  # bytes of the body yet to come
    status = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none

    def start(self, run: Run) -> None:
        self.run = run
        self.transport.write(next(run.requests))

    def data_received(self, data: bytes) -> None:
        if self.left:
            self.left -= len(data)
        else:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.head[:end].lower()
            self.status = int(head[9:12])
            _, found, rest = head.partition(b"\r\ncontent-length:")
            length = int(rest.partition(b"\r\n")[0]) if found else 0
            self.left = length - (len(self.head) - end - 4)
            self.head = b""
        if not self.left:
            self.answered()

    def answered(self) -> None:
        assert self.run
        self.run.statuses[self.status] += 1
        if time.perf_counter() < self.run.deadline:
            self.transport.write(next(self.run.requests))
        else:
            self.leave()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.run:  # in the middle of an answer
            self.run.statuses[0] += 1
            self.leave()

    def leave(self) -> None:
        assert self.run
        self.run.busy -= 1
        if not self.run.busy:
            self.run.finished.set_result(None)
        self.run = None


def server(job: dict[str, Any]) -> psutil.Process:
    if job["pid"]:
        return psutil.Process(job["pid"])
    sockets = [it for it in psutil.net_connections("tcp") if it.status == "LISTEN"]
    return psutil.Process(next(it.pid for it in sockets if it.laddr[1:] == (job["port"],)))


def spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def drive(job: dict[str, Any]) -> dict[str, Any]:
    loop, process, own = asyncio.get_running_loop(), server(job), psutil.Process()
    requests = [it.encode("latin-1") for it in job["requests"]]
    connections = [
        (await loop.create_connection(Connection, job["host"], job["port"]))[1]
        for _ in range(job["connections"])
    ]

    async def period(seconds: float) -> dict[str, Any]:
        run = Run(requests, len(connections))
        cpu, load_cpu, begun = spent(process), spent(own), time.perf_counter()
        run.deadline = begun + seconds
        for connection in connections:
            connection.start(run)
        await run.finished
        return {
            "seconds": time.perf_counter() - begun,
            "cpu": spent(process) - cpu,
            "load_cpu": spent(own) - load_cpu,
            "statuses": run.statuses,
        }

    warmed = await period(job["warmup"])
    failed = any(status // 100 != 2 for status in warmed["statuses"])
    result = warmed if failed else await period(job["seconds"])
    for connection in connections:
        connection.transport.close()
    return result


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(uvloop.run(drive(json.loads(line)))), flush=True)
