"""Whatever stops a migration, the running version works, and the next run comes to the same end."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import asyncpg
import pytest

from tests.adopt.support import Server
from tests.drills.service import Postgres
from tests.migrations.support import Service

BEFORE = """
enums: {State: [new, used, lost]}
models:
  Owner: {pk: identity, timestamps: false, fields: {name: text}}
  Item:
    pk: identity
    timestamps: false
    fields:
      x: int
      y: {type: text, optional: true}
      state: State
      pad: text
    indexes: [[x, state]]
"""
# More than one transaction of a fill takes; the rows of the test itself come last.
ROWS = """
INSERT INTO owners (name) SELECT 'owner ' || n FROM generate_series(1, 3) n;
INSERT INTO items (x, y, state, pad)
SELECT n, CASE WHEN n % 2 = 0 THEN 'y ' || n END, 'new', repeat('pad ', 60)
FROM generate_series(1, 2500) n;
"""
# What the version before says, and the version after.
OLD = """
INSERT INTO items (x, y, state, pad) VALUES (9001, 'written', 'used', 'pad');
UPDATE items SET x = x + 10000, y = 'again', state = 'used' WHERE id IN (3, 2499);
"""
REQUIRED = """
INSERT INTO items (x, state, pad) VALUES (9001, 'used', 'pad');
UPDATE items SET x = x + 10000, y = NULL WHERE id IN (4, 2498);
"""
NEW = """
INSERT INTO items (amount, state, pad) VALUES (9001, 'used', 'pad');
UPDATE items SET amount = amount + 10000 WHERE id IN (3, 2499);
"""


def puts(*pairs: tuple[str, str]) -> str:
    text = BEFORE
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@dataclass(frozen=True)
class Kind:
    after: str
    writes: str = OLD
    fills: dict[str, str] = field(default_factory=dict)
    contract: str = ""  # what the version after says, where the contract is what dies
    ruin: str = ""  # a row that doesn't fit
    mend: str = ""


KINDS = {
    "required": Kind(
        puts(("y: {type: text, optional: true}", "y: text")),
        REQUIRED,
        {'backfill("items", "y", "NULL"': "'none'"},
    ),
    "default": Kind(puts(("      pad:", "      z: {type: string(9), default: red}\n      pad:"))),
    "type": Kind(
        puts(("x: int", "x: bigint")),
    ),
    "narrower": Kind(
        puts(("y: {type: text,", "y: {type: string(20),")),
        ruin="UPDATE items SET y = repeat('y', 21) WHERE id = 7",
        mend="UPDATE items SET y = NULL WHERE id = 7",
    ),
    "rename": Kind(puts(("x: int", "amount: {type: int, was: x}"), ("[[x,", "[[amount,"))),
    "rename and type": Kind(
        puts(("x: int", "amount: {type: bigint, was: x}"), ("[[x,", "[[amount,"))
    ),
    "value less": Kind(
        puts(("[new, used, lost]", "[new, used]")),
        ruin="UPDATE items SET state = 'lost' WHERE id = 7",
        mend="UPDATE items SET state = 'new' WHERE id = 7",
    ),
    "index and unique": Kind(
        puts(
            ("x: int", "x: {type: int, unique: true}"),
            ("optional: true", "optional: true, index: true"),
        ),
        ruin="UPDATE items SET x = 8 WHERE id = 7",
        mend="UPDATE items SET x = 7 WHERE id = 7",
    ),
    "check": Kind(
        puts(("x: int", "x: {type: int, min: 0}")),
        ruin="UPDATE items SET x = -1 WHERE id = 7",
        mend="UPDATE items SET x = 7 WHERE id = 7",
    ),
    "reference": Kind(
        puts(("      pad:", "      owner: {ref: Owner, optional: true}\n      pad:"))
    ),
    "drop": Kind(
        puts(
            ("      y: {type: text, optional: true}\n", ""),
            ("  Owner: {pk: identity, timestamps: false, fields: {name: text}}\n", ""),
        )
        + "dropped: [Owner, Item.y]\n"
    ),
}
KINDS |= {
    f"contract of {name}": Kind(KINDS[name].after, writes, KINDS[name].fills, contract=writes)
    for name, writes in {
        "drop": "INSERT INTO items (x, state, pad) VALUES (9001, 'new', 'pad')",
        "rename": NEW,
        "rename and type": NEW,
        "required": OLD,
    }.items()
}
MARK = "sent: "  # of killing.py
WAYS = ("process", "backend", "server")

LEFT = """
SELECT 'trigger', tgname::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', oid::regprocedure::text FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'invalid', indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid
UNION ALL SELECT 'not valid', conname::text FROM pg_constraint WHERE NOT convalidated
UNION ALL SELECT 'type', typname::text FROM pg_type
    WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
UNION ALL SELECT 'relation', relname::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'version', version_num FROM alembic_version
UNION ALL SELECT 'note', obj_description('alembic_version'::regclass)
"""
TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
"""
State = dict[str, list[str]]


class Lab:
    """Databases that all begin as one did before a migration of this kind."""

    def __init__(self, kind: Kind, service: Service, postgres: Postgres, server: Server) -> None:
        self.kind, self.service, self.postgres, self.server = kind, service, postgres, server
        self.base = server.database()
        service.begin(BEFORE)
        service.alembic(self.base, "upgrade", "head")
        server.execute(self.base, ROWS)
        service.change(kind.after)
        self.write("a change")
        if kind.contract:
            service.alembic(self.base, "upgrade", "head")
            self.write("")
        self.revisions = {it: it.read_text() for it in service.versions.glob("*.py")}
        self.wanted, self.sent = self.undisturbed()

    def write(self, name: str) -> None:
        """A migration of this name, or the contract."""
        if name:
            _, revision = self.service.forge.write(self.service.project, self.server, name)
        else:
            _, revision = self.service.contract(self.server)
        assert revision, f"{name}: nothing was written"
        self.service.approve(revision)
        text = revision.read_text()
        for place, value in self.kind.fills.items():
            text = text.replace(place, place.replace("NULL", value))
        revision.write_text(text)

    def copy(self) -> str:
        """A new database, and the migrations for it: another lab may have put its own there."""
        for it in self.service.versions.glob("*.py"):
            it.unlink()
        for path, text in self.revisions.items():
            path.write_text(text)
        name = f"kill_{next(NUMBERS)}"
        base = self.base.partition("?")[0].rpartition("/")[2]
        self.server.execute(self.server.url, f"CREATE DATABASE {name} TEMPLATE {base}")
        return self.base.replace(f"/{base}?", f"/{name}?")

    def drop(self, url: str) -> None:
        name = url.partition("?")[0].rpartition("/")[2]
        self.server.execute(self.server.url, f"DROP DATABASE {name} WITH (FORCE)")

    def state(self, url: str) -> State:
        """All that there is, and every row."""
        found = {
            "left": [str(it) for it in map(tuple, self.server.fetch(url, LEFT))],
            "catalogue": [str(it) for it in self.server.catalogue(url)],
        }
        for (table,) in self.server.fetch(url, TABLES):
            rows = self.server.fetch(url, f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1")
            found[table] = [it for (it,) in rows]
        return found

    def again(self, url: str) -> None:
        """The next run, and the same end as undisturbed."""
        self.service.alembic(url, "upgrade", "head")
        assert difference(self.state(url), self.wanted) == ""

    def undisturbed(self) -> tuple[State, list[str]]:
        """How it ends, and what is sent for that."""
        url = self.copy()
        self.server.execute(url, self.kind.writes)
        printed = self.kill(url, "", "process")
        state = self.state(url)
        self.drop(url)
        sent = [it.removeprefix(MARK) for it in printed.splitlines() if it.startswith(MARK)]
        assert sent
        return state, sent

    def kill(self, url: str, at: str, way: str) -> str:
        postmaster = (self.postgres.home / "data/postmaster.pid").read_text().split()[0]
        command = ("killing", at, way, postmaster, "upgrade", "head")
        return self.service.forge.run(self.service.project, url, *command)


NUMBERS = itertools.count()


Labs = Callable[[str], Lab]


@pytest.fixture(scope="module")
def labs(
    template: Path, programs: Path, service: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Labs]:
    """A lab a kind, on a server that keeps what was committed when it dies."""
    home = tmp_path_factory.mktemp("breakable") / "pg"
    settings = "-c fsync=off -c full_page_writes=off -c max_connections=60"
    postgres = Postgres(template / "template", programs, home, settings)
    with asyncio.Runner() as runner:
        server = Server(postgres.url, runner)
        yield cache(lambda name: Lab(KINDS[name], service, postgres, server))
    postgres.stop()


def tried(lab: Lab, way: str, every: int = 1, first: int = 0) -> tuple[int, list[str]]:
    """Kill at each point, or at some; how often that was, and what was wrong then."""
    points = [
        f"{number}{it}"
        for number, sql in enumerate(lab.sent)
        for it in (["", "m"] if sql != "COMMIT" else [""])
    ]
    kills, wrong = 0, []
    for at in points[first::every]:
        url = lab.copy()
        where = "in" if at.endswith("m") else "before"
        told = f"{way}, {where} {at}: {lab.sent[int(at.rstrip('m'))]}: "
        try:
            lab.kill(url, at, way)
        except AssertionError as error:
            kills += 1
            if "Traceback" in str(error):
                wrong.append(f"{told}a traceback, {str(error)[-300:]}")
        else:  # nothing to wait for
            lab.drop(url)
            continue
        if way == "server":
            lab.postgres.start()
        try:
            lab.server.execute(url, lab.kind.writes)
            lab.again(url)
        except (AssertionError, asyncpg.PostgresError) as error:
            wrong.append(f"{told}{error!r:.900}")
        lab.drop(url)
    return kills, wrong


def difference(found: State, wanted: State) -> str:
    """What there is on one side only, of the one or the other."""
    for name in [*wanted, *found]:
        more = [it for it in found.get(name, []) if it not in wanted.get(name, [])]
        less = [it for it in wanted.get(name, []) if it not in found.get(name, [])]
        if more or less:
            return f"{name}: there is {more[:3]}, and should be {less[:3]}"
    return ""


@pytest.mark.cross
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_killed_anywhere(kind: str, way: str, labs: Labs) -> None:
    kills, wrong = tried(labs(kind), way)
    print(f"{kills} kills")
    assert kills
    assert not wrong, "\n\n".join([f"{len(wrong)} of {kills} kills:", *wrong[:5]])


def test_killed(labs: Labs) -> None:
    """A sample of those: each way at some of the points."""
    for number, way in enumerate(WAYS):
        kills, wrong = tried(labs("type"), way, 24, 8 * number)
        assert kills
        assert not wrong, "\n\n".join(wrong)


# What can befall a statement, out of an owner's trigger: for the backend that migrates only.
FAILING = """
CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.id = 2000 AND EXISTS (
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
    ) THEN
        RAISE 'not now' USING ERRCODE = '{}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER aaa BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION fails();
"""
CODES = {"serialization": "40001", "timeout": "57014", "disk": "53100", "lock": "55P03"}


@pytest.mark.parametrize(
    "code",
    # A lock is waited for, for long.
    [pytest.param(it, marks=[pytest.mark.cross] if it == "lock" else []) for it in CODES],
)
def test_a_fill_that_fails(code: str, labs: Labs) -> None:
    lab = labs("type")
    url = lab.copy()
    lab.server.execute(url, FAILING.format(CODES[code]))
    with impatient(lab.service), pytest.raises(AssertionError) as failed:
        lab.service.alembic(url, "upgrade", "head")
    assert "Traceback" not in str(failed.value)
    lab.server.execute(url, lab.kind.writes)
    lab.server.execute(url, "DROP FUNCTION fails CASCADE")
    lab.again(url)


SETTINGS = {
    "statement_timeout": "1ms",
    "transaction_timeout": "1ms",
    "idle_in_transaction_session_timeout": "1ms",
    "lock_timeout": "1ms",
    "default_transaction_isolation": "serializable",
    "default_transaction_read_only": "on",
}


@pytest.mark.cross  # test_rows.py has some of them
@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_others(name: str, labs: Labs) -> None:
    """The migration sets what it depends on, for itself."""
    lab = labs("type")
    url = lab.copy()
    lab.server.execute(url, lab.kind.writes)
    database = url.partition("?")[0].rpartition("/")[2]
    lab.server.execute(url, f"ALTER DATABASE {database} SET {name} = '{SETTINGS[name]}'")
    lab.service.alembic(url, "upgrade", "head")
    lab.server.execute(lab.server.url, f"ALTER DATABASE {database} RESET ALL")
    lab.again(url)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(name, marks=[] if name == "check" else [pytest.mark.cross])
        for name, it in KINDS.items()
        if it.ruin
    ],
)
def test_a_row_that_does_not_fit(kind: str, labs: Labs) -> None:
    """It is told where, the running version works, and once it is mended the next run goes on."""
    lab = labs(kind)
    url = lab.copy()
    lab.server.execute(url, lab.kind.ruin)
    with pytest.raises(AssertionError) as failed:
        lab.service.alembic(url, "upgrade", "head")
    assert "Traceback" not in str(failed.value)
    assert "items" in str(failed.value)
    lab.server.execute(url, lab.kind.writes)
    lab.server.execute(url, lab.kind.mend)
    lab.again(url)


@contextmanager
def impatient(service: Service) -> Iterator[None]:
    """Locks are tried for twice only."""
    path = service.project / "migrations/env.py"
    text = path.read_text()
    assert "TRIES, PAUSE = 60, 1.0" in text
    path.write_text(text.replace("TRIES, PAUSE = 60, 1.0", "TRIES, PAUSE = 2, 0.1"))
    try:
        yield
    finally:
        path.write_text(text)
