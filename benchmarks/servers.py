"""The processes: PostgreSQL, the servers, and the programs that measure them."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.operations import Interface

ROOT = Path(__file__).resolve().parent.parent
Command = list[str | Path]
Job = dict[str, Any]
Result = dict[str, Any]
Load = Callable[[Job], Result]
HOST = "127.0.0.1"
OURS = ("orjson", "psutil", "asyncpg-stubs", "types-psutil")  # beside what a service needs
UVICORN = ("-m", "uvicorn", "--no-access-log", "--log-level", "warning")
# As durable as PostgreSQL is by default. What differs keeps the rounds alike: all is in memory, and
# neither checkpoints nor autovacuum fall into one server's turn (`database.py clean` vacuums).
SETTINGS = (
    "-c shared_buffers=1GB -c max_connections=300 -c max_wal_size=8GB"
    " -c checkpoint_timeout=1h -c autovacuum=off"
)


@dataclass
class Server:
    """One process that listens, or is to."""

    name: str
    command: tuple[str | Path, ...] = ()
    at: Interface = field(default_factory=Interface)
    folder: Path = ROOT
    port: int = 0
    size: int = 0  # how many models, of one that is only there to be compared by that
    pid: int | None = None
    started: float = 0.0  # seconds until the first answer
    idle: int = 0  # memory then, in kB
    loaded: int = 0  # and when all was measured


PEERS = ("textbook", "crud", "repository")


def rendered(project: Path, size: int = 0) -> Server:
    entry = (project / "app" / "__main__.py").exists()
    command = ("-m", "app") if entry else (*UVICORN, "--factory", "app.main:create_app")
    name = f"ours-{size}" if size else "ours"
    return Server(name, command, Interface(cursor=True), project, size=size)


def others() -> list[Server]:
    at = {"limit": Interface(cursor=True), "textbook": Interface("/items/", "PUT")}
    return [
        Server(name, (*UVICORN, f"benchmarks.programs.{name}:app"), at.get(name, Interface()))
        for name in ("limit", *PEERS)
    ]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def memory(pid: int) -> int:
    return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)]))


def answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except ConnectionRefusedError:
        return False
    finally:
        connection.close()


@contextmanager
def running(server: Server, python: Path, url: str) -> Iterator[Server]:
    """`server`, once it has answered a request that needs the database."""
    if server.port:  # somebody else's process
        yield server
        return
    port = server.port = free_port()
    env = os.environ | {
        "DATABASE_URL": url,
        "HOST": HOST,
        "PORT": str(server.port),
        "LOG_LEVEL": "WARNING",
    }
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # a second start reads compiled modules
    command: Command = [python, *server.command]
    if "uvicorn" in server.command:
        command += ["--host", HOST, "--port", str(server.port)]
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=server.folder, env=env)
    try:
        path = f"{server.at.items.rstrip('/')}/1"
        while not answers(port, path):
            if process.poll() is not None or time.perf_counter() - begun > 60:
                raise SystemExit(f"{server.name} did not start")
            time.sleep(0.005)
        server.started = time.perf_counter() - begun
        server.pid, server.idle = process.pid, memory(process.pid)
        yield server
        server.loaded = memory(process.pid)
    finally:
        server.port = 0
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def postgres(project: Path, python: Path, home: Path) -> Iterator[str]:
    """The URL of a server on the data in `home`, with the project's own tool."""

    def tool(call: str) -> str:
        code = f"import pathlib, sys; from tools import postgres; print(postgres.{call})"
        command: Command = [python, "-c", code, home.resolve(), SETTINGS]
        return str(subprocess.check_output(command, cwd=project, text=True)).strip()

    url = tool("start(pathlib.Path(sys.argv[1]), sys.argv[2])")
    try:
        yield url
    finally:
        tool("stop(pathlib.Path(sys.argv[1]))")


def database(python: Path, url: str, task: str, rows: int) -> str:
    """What `programs/database.py` prints."""
    command: Command = [python, "-m", "benchmarks.programs.database", task, str(rows)]
    env = os.environ | {"DATABASE_URL": url}
    return str(subprocess.check_output(command, cwd=ROOT, env=env, text=True)).strip()


@contextmanager
def load(python: Path) -> Iterator[Load]:
    """The load generator: a process of its own, for all measurements."""
    command: Command = [python, "-m", "benchmarks.programs.load"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        jobs, results = process.stdin, process.stdout
        assert jobs
        assert results

        def run(job: Job) -> Result:
            print(json.dumps(job), file=jobs, flush=True)
            result: Result = json.loads(results.readline() or sys.exit("The load failed"))
            return result

        yield run


def migrate(project: Path, python: Path, url: str) -> None:
    command: Command = [python, "-m", "alembic", "upgrade", "head"]
    env = os.environ | {"DATABASE_URL": url}
    done = subprocess.run(
        command, cwd=project, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise SystemExit(done.stdout)


def environment(project: Path) -> Path:
    """The Python that runs all servers: with what a rendered service needs, and ours."""
    folder, uv = Path(sys.prefix) / "benchmarks", Path(sys.executable).with_name("uv")
    tool = str(uv) if uv.exists() else shutil.which("uv") or sys.exit("uv is not installed")
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([tool, "venv", "-q", "--python", sys.executable, folder], check=True)
    pyproject = project / "pyproject.toml"
    needs = ("-r", pyproject, "--group", f"{pyproject}:postgres", *OURS)
    command: Command = [tool, "pip", "install", "-q", "--python", python, *needs]
    subprocess.run(command, check=True)
    return python
