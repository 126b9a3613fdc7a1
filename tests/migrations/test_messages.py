"""What goes wrong with migrations is told in a paragraph: what, where, and what to do."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.adopt.support import Server
from tests.migrations.support import Service
from tests.support import CLEAN, run

# With what the service's own tests import.
MODELS = """
enums: {Kind: [a]}
mixins: {Address: {city: text}}
models: {Item: {fields: {x: {type: int, optional: true}, y: text, k: {type: Kind, optional: true}}}}
"""
ROWS = "INSERT INTO items (id, x, y) SELECT gen_random_uuid(), i, 'a' FROM generate_series(1, 3) i"
MERGE = 'uv run alembic merge heads --message "merge"'


@pytest.fixture
def url(service: Service, server: Server) -> Iterator[str]:
    """A database with rows, for a service with one revision and the package of its models."""
    service.begin(MODELS)
    service.change(MODELS)
    made = server.database()
    service.alembic(made, "upgrade", "head")
    server.execute(made, ROWS)
    yield made
    shutil.rmtree(service.versions)
    service.versions.mkdir()


def revise(service: Service, name: str, step: str = "pass", down: str = "0001") -> None:
    (service.versions / f"{name}.py").write_text(
        "from migrations.online import autocommit, transaction\n"
        f"revision, down_revision = {name.rstrip('_')!r}, {down!r}\n"
        "branch_labels = depends_on = None\n\n\n"
        f"def upgrade():\n    {step}\n\n\ndef downgrade():\n    pass\n"
    )


def refused(service: Service, url: str, *command: str) -> str:
    """What `command` says, which fails without a traceback."""
    with pytest.raises(AssertionError) as failed:
        service.forge.run(service.project, url, *command)
    told = str(failed.value).partition("\n")[2]
    assert "Traceback" not in told
    lines = [it for it in told.splitlines() if it and not it.startswith("INFO ")]
    assert len(lines) <= 2, told
    return "\n".join(lines)


@pytest.mark.parametrize(
    "command",
    [("alembic", "upgrade", "head"), ("alembic", "upgrade", "head", "--sql"),
     ("tools.migration", "x"), ("tools.migration.empty", "x"),
     ("pytest", "-n", "0", "tests/test_settings.py"), ("pytest", "-n", "2")],
    ids=" ".join,
)  # fmt: skip
def test_two_heads(service: Service, url: str, server: Server, command: tuple[str, ...]) -> None:
    revise(service, "aa")
    revise(service, "bb")
    server.execute(server.url, "DROP DATABASE IF EXISTS head")
    told = refused(service, url, *command)
    assert "2 heads, aa, bb" in told
    assert MERGE in told


def test_heads_that_are_merged(service: Service, url: str) -> None:
    revise(service, "aa")
    revise(service, "bb")
    service.alembic(url, "merge", "heads", "--message", "merge")
    service.alembic(url, "upgrade", "head")


def test_a_revision_that_is_not_there(service: Service, url: str) -> None:
    revise(service, "aa", down="zz")
    assert "aa.py follows the revision zz, which isn't" in refused(
        service, url, "alembic", "upgrade", "head"
    )


def test_one_id_twice(service: Service, url: str) -> None:
    revise(service, "aa")
    revise(service, "aa_")
    told = refused(service, url, "alembic", "upgrade", "head")
    assert "aa.py and aa_.py have the same revision aa" in told


def test_a_circle(service: Service, url: str) -> None:
    revise(service, "aa", down="bb")
    revise(service, "bb", down="aa")
    told = refused(service, url, "alembic", "upgrade", "head")
    assert "form no chain" in told
    assert "(aa, bb)" in told


@pytest.mark.parametrize(
    ("step", "told"),
    [("pass pass", "aa.py, line 7: SyntaxError"), ("pass\n\nfoo()", "aa.py, line 9: NameError"),
     ("foo()", "aa.py, line 7: NameError")],
)  # fmt: skip
def test_a_revision_with_a_mistake(service: Service, url: str, step: str, told: str) -> None:
    revise(service, "aa", step)
    assert told in refused(service, url, "alembic", "upgrade", "head")


CONFLICT = "<<<<<<< yours\nX = 1\n=======\n# the template's\n>>>>>>> the template's\n"
UNIMPORTABLE = [
    ("resources/own.py", f"import re\n{CONFLICT}", "line 2: a conflict of a merge"),
    ("resources/own.py", "import nosuch\n", "line 1: ModuleNotFoundError: No module named"),
    ("resources/own.py", "class A:\n    b = int.amount\n", "line 2: AttributeError: type object"),
    ("settings.py", CONFLICT, "line 1: a conflict of a merge"),
]


@pytest.mark.parametrize(("path", "text", "told"), UNIMPORTABLE, ids=[it[2] for it in UNIMPORTABLE])
@pytest.mark.parametrize("command", [("alembic", "upgrade", "head"), ("tools.migration", "x")])
def test_a_service_that_cannot_be_imported(
    service: Service, url: str, command: tuple[str, ...], path: str, text: str, told: str
) -> None:
    file = service.project / "app" / path
    before = file.read_text() if file.exists() else ""
    file.write_text(text)
    said = refused(service, url, *command)
    file.write_text(before) if before else file.unlink()
    assert said.startswith(f"app/{path}, {told}")
    assert said.endswith("Correct that, and run the same command again.")


def test_a_database_of_another_branch(service: Service, url: str) -> None:
    revise(service, "aa")
    service.alembic(url, "upgrade", "head")
    (service.versions / "aa.py").unlink()
    told = refused(service, url, "alembic", "upgrade", "head")
    assert "The database is at the revision aa, which isn't in migrations/versions" in told
    assert "at the revision" not in refused(service, url, "alembic", "upgrade", "nosuch")


# A statement, and what is told of it: what, which row, and what to do.
REFUSED = [
    ("ADD CONSTRAINT u UNIQUE (y)", ('"u" (items)', "(y)=(a)", "Correct the rows")),
    ("ADD CONSTRAINT c CHECK (x > 1)", ('"c"', '"items"', "Correct the rows")),
    ("ALTER x TYPE bigint USING nullif(x, 1), ALTER x SET NOT NULL",
     ('"x"', '"items"', "Correct the rows")),
    ("ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES others",
     ('"items"', '"f"', "Key (id)=(", "Correct the rows")),
    ("ALTER y TYPE int USING y::int", ('integer: "a"', "It was: ALTER", "Correct the rows")),
    ("ALTER x TYPE smallint USING x * 100000", ("out of range", "Correct the rows")),
    ("ADD CONSTRAINT e EXCLUDE (y WITH =)", ('"e"', "Key (y)=(a)", "Correct the rows")),
    ("DROP COLUMN z", ('"z"', "Correct the migration")),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "parts"), REFUSED, ids=lambda it: str(it)[:30])
def test_what_a_database_refuses(
    service: Service, server: Server, url: str, sql: str, parts: tuple[str, ...]
) -> None:
    server.execute(url, "CREATE TABLE others (id uuid PRIMARY KEY)")
    revise(service, "aa", f'transaction("ALTER TABLE items {sql}")')
    told = refused(service, url, "alembic", "upgrade", "head")
    for part in ("migrations/versions/aa.py, line 7", "the version that runs goes on", *parts):
        assert part in told


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT nosuch()", r"Nothing is stored yet\. Correct models\.yml and copy"),
        ("CREATE TABLE items (id int)", r"If these are the service's tables: alembic stamp head"),
    ],
)
def test_what_refuses_the_first_migration(
    service: Service, server: Server, url: str, sql: str, told: str
) -> None:
    (first,) = service.versions.glob("0001_initial.py")
    text = first.read_text()
    start = "def upgrade() -> None:\n"
    first.write_text(text.replace(start, f"{start}    op.execute({sql!r})\n"))
    said = refused(service, server.database(), "alembic", "upgrade", "head")
    assert re.match(rf"migrations/versions/0001_initial\.py, line \d+: .*{told}", said)
    assert "the version that runs" not in said


def test_a_row_that_postgresql_does_not_tell(service: Service, server: Server, url: str) -> None:
    """VALIDATE says that there is one, not which; it is looked for."""
    steps = "ADD CONSTRAINT c CHECK (x < 3) NOT VALID", "VALIDATE CONSTRAINT c"
    calls = [f'autocommit("ALTER TABLE items {it}")' for it in steps]
    revise(service, "aa", "; ".join(calls))
    (row,) = server.fetch(url, "SELECT id FROM items WHERE x = 3")
    told = refused(service, url, "alembic", "upgrade", "head")
    assert f"Rows like that: 1, one with id = {row['id']}" in told
    server.execute(url, "UPDATE items SET x = 1")
    service.alembic(url, "upgrade", "head")


def test_a_role_without_rights(service: Service, server: Server, url: str) -> None:
    server.execute(url, "DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN")
    weak = url.replace("postgres@", "weak@")
    assert "Grant the role what it lacks" in refused(service, weak, "alembic", "upgrade", "head")


@pytest.mark.parametrize(
    ("replace", "told"),
    [(("postgres@", "nobody@"), "Correct the user or the password"),
     (("/adopt_", "/nosuch_"), "Create the database or correct its name"),
     (("?host=", "?host=/nosuch"), "Can't connect to the database"),
     (("postgresql:", "mysql:"), "Input should be a URL of PostgreSQL"),
     (("?", "?sslmode=x&"), "DATABASE_URL: `sslmode`")],
)  # fmt: skip
def test_no_connection(service: Service, url: str, replace: tuple[str, str], told: str) -> None:
    assert told in refused(service, url.replace(*replace), "alembic", "upgrade", "head")


def test_a_connection_that_is_cut(service: Service, url: str) -> None:
    revise(service, "aa", 'autocommit("SELECT pg_terminate_backend(pg_backend_pid())")')
    assert "The connection was lost" in refused(service, url, "alembic", "upgrade", "head")


# A program in the background ignores SIGINT.
@pytest.mark.parametrize(
    ("number", "interrupt"),
    [
        (signal.SIGINT, signal.SIG_DFL),
        (signal.SIGTERM, signal.SIG_DFL),
        (signal.SIGTERM, signal.SIG_IGN),
    ],
)
def test_stopped(
    service: Service,
    server: Server,
    url: str,
    programs: Path,
    number: signal.Signals,
    interrupt: signal.Handlers,
) -> None:
    revise(service, "aa", 'autocommit("SELECT pg_sleep(600)")')
    running = subprocess.Popen(
        [programs / "alembic", "upgrade", "head"],
        cwd=service.project, env=CLEAN | {"DATABASE_URL": url}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        preexec_fn=partial(signal.signal, signal.SIGINT, interrupt),
    )  # fmt: skip
    sleeping = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    while not server.fetch(url, sleeping):
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(number)
    told, _ = running.communicate()
    assert running.returncode == 130
    assert "Traceback" not in told
    assert told.splitlines()[-1].startswith("Stopped. What is done stays done")


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_forgotten_migration(service: Service, url: str, workers: str) -> None:
    changed = MODELS.replace("{type: int, optional: true}", "int").replace("y: text", "z: text")
    service.change(changed)
    with pytest.raises(AssertionError) as failed:
        service.forge.run(service.project, url, "pytest", "-n", workers)
    told = str(failed.value)
    assert 'make migration name="' in told
    for line in ("have     items.x integer NOT NULL", "have     items.z", "make items.y text"):
        assert line in told
    assert "failed" not in told
    assert len(told.splitlines()) < 10


def test_a_migration_of_ones_own(service: Service, url: str, server: Server) -> None:
    printed, written = service.write(server)
    assert written is None
    assert "make revision name=" in printed
    told = service.forge.run(service.project, url, "tools.migration.empty", "a view")
    (made,) = service.versions.glob("*_a_view.py")
    assert f"migrations/versions/{made.name}: write" in told
    service.alembic(url, "upgrade", "head")


def test_what_only_ones_own_migrations_made(service: Service, url: str, server: Server) -> None:
    """It is kept, on two branches that are merged, and with the steps of our own."""
    for name, sql in (
        ("one", "CREATE INDEX mine ON items (x)"),
        ("two", "CREATE TABLE t (id int)"),
    ):
        service.forge.run(service.project, url, "tools.migration.empty", name)
        (made,) = service.versions.glob(f"*_{name}.py")
        text = re.sub("down_revision = .*", 'down_revision = "0001"', made.read_text())
        text = text.replace("pass", f"transaction({sql!r})", 1)
        undone = re.sub(r"CREATE (\w+ \w+).*", r"DROP \1", sql)
        text = text.replace("pass", f"transaction({undone!r})", 1)
        made.write_text(f"from migrations.online import transaction\n{text}")
    service.alembic(url, "merge", "heads", "--message", "both")
    service.alembic(url, "upgrade", "head")
    service.alembic(url, "check")
    printed, written = service.write(server)
    assert written is None, printed
    assert " passed" in service.forge.run(
        service.project, url, "pytest", "tests/test_migrations.py"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("tools.migration --help", 'make migration name="'),
        ("tools.migration name", "Run it by `make migration` or `make contract`"),
        ("tools.migration.empty --help", 'make revision name="'),
        ("app --help", "It takes no arguments: .env.example has its settings"),
    ],
)
def test_arguments_that_there_are_not(
    service: Service, programs: Path, arguments: str, told: str
) -> None:
    with pytest.raises(AssertionError) as failed:
        run(service.project, programs / "python", "-m", *arguments.split())
    assert told in str(failed.value)
    assert "Traceback" not in str(failed.value)
    assert not [*service.versions.glob("*help*")]


@pytest.mark.parametrize("target", ["dev", "test", "migration", "revision", "models"])
def test_no_uv(service: Service, tmp_path: Path, target: str) -> None:
    for name in ("make", "sh"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    with pytest.raises(AssertionError, match=r"uv is missing: https://docs\.astral\.sh/uv"):
        run(service.project, "make", target, "name=x", variables={"PATH": str(tmp_path)})
