"""tools/postgres.py of a rendered service, as its Makefile calls it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drills.service import HANG
from tests.support import CLEAN, ROOT, run

ASK = """
import asyncio, asyncpg, os, pathlib
async def ask():
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    for query in ("SELECT 1 + 1", "SHOW data_directory"):
        print(await connection.fetchval(query), end=" ")
    await connection.close()
asyncio.run(ask())
"""
HOLD = f"{ASK}\nprint('ready', flush=True)\nimport time; time.sleep(600)"
Command = list[str | Path]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def make_project(folder: Path) -> Path:
    (folder / "tools").mkdir(parents=True)
    (folder / "tools" / "postgres.py").write_text(
        (ROOT / "template" / "tools" / "postgres.py").read_text()
    )
    (folder / "migrations").mkdir()
    (folder / "migrations" / "extensions.py").write_text("EXTENSIONS = ()\n")
    return folder


def tool(project: Path, programs: Path, *arguments: str, **variables: str) -> str:
    return run(project, programs / "python", "tools/postgres.py", *arguments, variables=variables)


def ask(project: Path, programs: Path, *options: str, **variables: str) -> str:
    command = (*options, str(programs / "python"), "-c", ASK)
    return tool(project, programs, *command, **variables).strip()


def hold(project: Path, programs: Path) -> subprocess.Popen[str]:
    """A command that has asked the server and now goes on for long."""
    python = programs / "python"
    command: Command = [python, "tools/postgres.py", python, "-c", HOLD]
    holder = subprocess.Popen(
        command,
        cwd=project,
        env=CLEAN,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored in background
    )
    assert holder.stdout
    while "ready" not in (line := holder.stdout.readline()):
        assert line, "it ended"
    return holder


def postmaster(project: Path) -> int:
    lines = (project / ".postgres/data/postmaster.pid").read_text().splitlines()
    return int(lines[0])


def runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < deadline, "it doesn't happen"
        time.sleep(0.1)


def stopped(project: Path) -> bool:
    return not (project / ".postgres/data/postmaster.pid").exists()


def test_command_has_a_database_that_stays(project: Path, programs: Path) -> None:
    assert ask(project, programs) == f"2 {project}/.postgres/data"
    assert stopped(project)
    made = (project / ".postgres/data/PG_VERSION").stat().st_mtime_ns
    assert ask(project, programs) == f"2 {project}/.postgres/data"
    assert (project / ".postgres/data/PG_VERSION").stat().st_mtime_ns == made


def test_status_of_the_command(project: Path, programs: Path) -> None:
    for status in (0, 3):
        done = subprocess.run(
            [programs / "python", "tools/postgres.py", "sh", "-c", f"exit {status}"],
            cwd=project,
            env=CLEAN,
        )
        assert done.returncode == status
        assert stopped(project)


def test_database_url_is_left_alone(project: Path, programs: Path) -> None:
    printed = tool(project, programs, "sh", "-c", "echo $DATABASE_URL", DATABASE_URL="theirs")
    assert printed == "theirs\n"
    assert not (project / ".postgres").exists()


def test_scratch_is_gone_afterwards(project: Path, programs: Path) -> None:
    answer, folder = ask(project, programs, "--scratch", DATABASE_URL="theirs").split()
    assert answer == "2"
    assert not Path(folder).exists()
    assert not (project / ".postgres").exists()


def test_long_paths(tmp_path: Path, programs: Path) -> None:
    project = make_project(tmp_path / ("x" * 120))
    assert ask(project, programs) == f"2 {project}/.postgres/data"
    assert not list(Path("/tmp").glob(f"pg-{os.geteuid()}-*/.s.PGSQL.5432"))


def test_last_one_out_stops_the_server(project: Path, programs: Path) -> None:
    holder = hold(project, programs)
    server = postmaster(project)
    assert ask(project, programs) == f"2 {project}/.postgres/data"
    assert postmaster(project) == server
    assert runs(server)
    holder.terminate()
    holder.wait()
    assert stopped(project)
    assert not runs(server)


def test_ctrl_c_reaches_the_command_and_not_the_server(project: Path, programs: Path) -> None:
    holder = hold(project, programs)
    server = postmaster(project)
    os.killpg(holder.pid, signal.SIGINT)
    assert holder.wait() != 0
    assert stopped(project)
    assert "received fast shutdown request" in (project / ".postgres/log").read_text()
    assert not runs(server)


def test_many_at_once_share_one_server(project: Path, programs: Path) -> None:
    python = programs / "python"
    command: Command = [python, "tools/postgres.py", python, "-c", ASK]
    started = [
        subprocess.Popen(command, cwd=project, env=CLEAN, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    printed = {process.communicate()[0].strip() for process in started}
    assert printed == {f"2 {project}/.postgres/data"}
    assert stopped(project)


def test_after_kill_9(project: Path, programs: Path) -> None:
    holder = hold(project, programs)
    server = postmaster(project)
    os.killpg(holder.pid, signal.SIGKILL)
    holder.wait()
    assert runs(server)  # nobody was left to stop it
    assert ask(project, programs) == f"2 {project}/.postgres/data"
    assert stopped(project)

    holder = hold(project, programs)
    os.kill(postmaster(project), signal.SIGKILL)
    os.killpg(holder.pid, signal.SIGKILL)
    holder.wait()
    assert ask(project, programs) == f"2 {project}/.postgres/data"


def test_scratch_ends_with_its_parent(project: Path, programs: Path) -> None:
    code = (
        "import os, signal; from tools import postgres\n"
        "with postgres.temporary() as url:\n"
        "    print(url, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [programs / "python", "-c", code], cwd=project, env=CLEAN, stdout=subprocess.PIPE, text=True
    )
    folder = Path(done.stdout.strip().partition("host=")[2])
    assert done.returncode == -signal.SIGKILL
    assert folder.name.startswith("pg-")
    eventually(lambda: not folder.exists())


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        ("echo 9 > .postgres/data/PG_VERSION", "was made by PostgreSQL 9, but this is 18"),
        ("rm .postgres/data/global/pg_control", "pg_ctl failed"),
    ],
)
def test_errors_are_short(project: Path, programs: Path, break_it: str, message: str) -> None:
    ask(project, programs)
    run(project, "sh", "-c", break_it)
    done = subprocess.run(
        [programs / "python", "tools/postgres.py", "true"],
        cwd=project,
        env=CLEAN,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", ["", "--help", "--scratch", "--bogus true"])
def test_arguments_that_there_are_not(project: Path, programs: Path, arguments: str) -> None:
    command: Command = [programs / "python", "tools/postgres.py", *arguments.split()]
    done = subprocess.run(command, cwd=project, env=CLEAN, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert "runs the command with DATABASE_URL set" in done.stderr
    assert not (project / ".postgres").exists()


def test_without_postgresql(project: Path) -> None:
    """Our own environment has no wheel, and PATH no initdb."""
    code = (
        "from pathlib import Path; from tools import postgres\n"
        "postgres.DEBIAN = Path('/nonexistent')\n"
        "postgres.start(postgres.HOME)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        env={"PATH": "/nonexistent"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("PostgreSQL is not installed")


def test_the_first_that_has_what_the_models_ask_for(project: Path, programs: Path) -> None:
    """Not the wheel where only another has it; one line where none has."""
    named = project / "migrations/extensions.py"
    find = "from tools import postgres; print(postgres.binaries())"
    command: Command = [programs / "python", "-c", find]
    named.write_text('EXTENSIONS = ("unaccent",)')
    done = subprocess.run(command, cwd=project, env=CLEAN, capture_output=True, text=True)
    assert "pginstall" in done.stdout
    named.write_text('EXTENSIONS = ("unaccent", "no-such")')
    done = subprocess.run(command, cwd=project, env=CLEAN, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("No PostgreSQL here has the extension no-such,")
