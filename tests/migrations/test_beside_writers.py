"""Migrations run while a client writes, and no statement of the client waits for long."""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.adopt.support import Server
from tests.migrations.support import Service
from tests.support import ROOT

BEFORE = """
enums: {Status: [draft, placed, lost, paid]}
models:
  Customer:
    pk: identity32
    fields: {email: {type: string(80), unique: true}, orders_made: {type: int, default: 0}}
  Order:
    fields:
      number: {type: int, unique: true, min: 1}
      customer: -> Customer
      status: {type: Status, index: true}
      title: string(80)
      amount: {type: decimal, precision: 8, scale: 2, min: 0}
      quantity: {type: int, optional: true}
      note: {type: text, optional: true}
    indexes: [[customer, -number], {fields: [amount], where: status = 'draft'}]
"""
AFTER = """
enums: {Status: [draft, placed, sent, paid]}
models:
  Buyer:
    was: Customer
    pk: identity
    fields: {email: {type: string(120), unique: true}, orders_made: {type: bigint, default: 0}}
  Order:
    fields:
      number: {type: bigint, unique: true, min: 1}
      customer: -> Buyer
      status: {type: Status, index: true}
      subject: {type: string(80), was: title, index: true}
      amount: {type: decimal, precision: 12, scale: 4, min: 0}
      quantity: {type: int, default: 1}
      currency: {type: string(3), default: EUR}
    indexes: [[customer, -number], {fields: [amount], where: status = 'draft'}]
"""
FILL = """
INSERT INTO customers (email, orders_made)
SELECT i || '@example.com', 0 FROM generate_series(1, 1000) i;
INSERT INTO orders (id, number, customer_id, status, title, amount, quantity, note)
SELECT gen_random_uuid(), i, 1 + i % 1000,
    (ARRAY['draft', 'placed', 'paid'])[1 + i % 3]::status, 'order ' || i, i % 9999 + 0.25,
    CASE WHEN i % 2 = 0 THEN i % 7 END, repeat('note ', 10)
FROM generate_series(1, {}) i;
CREATE TABLE yardstick (id int PRIMARY KEY, x int);
INSERT INTO yardstick VALUES (1, 0);
ANALYZE;
"""
# For how long a migration waits for a lock at a time, and so all who come after it.
(WAIT,) = re.findall(
    r"^WAIT = ([\d.]+)", (ROOT / "template/migrations/steps.py").read_text(), re.MULTILINE
)
# What it was told to write before it knew the new names, and how it learns them.
NAMES = {"subject": "title", "buyers": "customers", "currency": ""}


@dataclass
class Client:
    """Writes to `url` until it is told to end, and knows what should be there then."""

    url: str
    rows: dict[UUID, tuple[Any, ...]] = field(default_factory=dict)
    made: dict[int, int] = field(default_factory=dict)  # orders of a customer
    names: dict[str, str] = field(default_factory=lambda: {**NAMES})
    waits: list[tuple[float, str]] = field(default_factory=list)
    stalls: list[float] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    numbers: int = 1_000_000

    def write(self) -> None:
        asyncio.run(self.run())

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.measure())
            ids = [*self.rows]
            for number in range(3):
                tasks.create_task(self.trade(ids[number::3]))

    async def measure(self) -> None:
        """What the machine alone makes a statement wait, on a table that stays as it is."""
        db = await asyncpg.connect(self.url)
        while not self.ended.is_set():
            begun = time.monotonic()
            await db.execute("UPDATE yardstick SET x = x + 1")
            self.stalls.append(time.monotonic() - begun)
            await asyncio.sleep(0.01)
        await db.close()

    async def trade(self, ids: list[UUID]) -> None:
        db = await asyncpg.connect(self.url)
        while not self.ended.is_set():
            await self.insert(db)
            one = random.choice(ids)
            row = self.rows[one]
            title = f"order {uuid4()}"
            self.rows[one] = (*row[:3], title, *row[4:])
            await self.say(db, "UPDATE orders SET {subject} = $2 WHERE id = $1", one, title)
            found = await self.say(
                db, "SELECT id, number, amount FROM orders WHERE number = $1", row[0]
            )
            assert [*found[0].values()] == [one, row[0], row[4]]
        await db.close()

    async def insert(self, db: asyncpg.Connection) -> None:
        self.numbers += 1
        key, customer = uuid4(), random.choice([*self.made])
        status = random.choice(("draft", "placed", "paid"))
        row = (self.numbers, customer, status, f"order {self.numbers}", Decimal("10.25"), 3)
        self.rows[key] = row
        self.made[customer] += 1
        sql = "INSERT INTO orders (id, number, customer_id, status, {subject}, amount, quantity"
        values = "$1, $2, $3, $4::text::status, $5, $6, $7"
        await self.say(db, f"{sql}{{currency}}) VALUES ({values}{{euro}})", key, *row)
        sql = "UPDATE {buyers} SET orders_made = orders_made + 1 WHERE id = $1"
        await self.say(db, sql, customer)

    async def say(self, db: asyncpg.Connection, sql: str, *values: Any) -> Any:
        """Run it, by other names where those it knows are gone."""
        while True:
            euro = ", 'EUR'" if self.names["currency"] else ""
            known = sql.format(**self.names, euro=euro)
            begun = time.monotonic()
            try:
                return await db.fetch(known, *values)
            except asyncpg.UndefinedColumnError:
                self.names["subject"] = "subject"
            except asyncpg.UndefinedTableError:
                self.names["buyers"] = "buyers"
            except asyncpg.NotNullViolationError:
                self.names["currency"] = ", currency"
            finally:
                self.waits.append((time.monotonic() - begun, known))


def beside(client: Client, work: Callable[[], object]) -> None:
    """Do `work` while the client writes."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(client.write)
        try:
            time.sleep(0.5)
            work()
            time.sleep(0.5)
        finally:
            client.ended.set()
        done.result()


def waited(client: Client) -> float:
    """The longest of all, but for what the machine makes any statement wait."""
    longest, sql = max(client.waits)
    stall = max(client.stalls)
    print(f"{len(client.waits)} statements, {longest:.3f} s at most ({sql}); stalls {stall:.3f} s")
    return longest - stall


@pytest.mark.parametrize("rows", [30_000, pytest.param(100_000, marks=pytest.mark.cross)])
def test_many_rows(service: Service, server: Server, rows: int) -> None:
    url = server.database()
    service.begin(BEFORE)
    service.alembic(url, "upgrade", "head")
    begun = time.monotonic()
    server.execute(url, FILL.format(rows))
    filling = time.monotonic() - begun
    client = Client(url)
    sql = "SELECT id, number, customer_id, status::text, title, amount, quantity FROM orders"
    client.rows = {row[0]: tuple(row)[1:] for row in server.fetch(url, sql)}
    client.made = {row[0]: 0 for row in server.fetch(url, "SELECT id FROM customers")}
    service.change(AFTER)
    _, revision = service.write(server)
    assert revision
    service.approve(revision)

    beside(client, lambda: service.alembic(url, "upgrade", "head"))

    # It went on by the old name of a column, and without the one that is required now.
    assert client.names == {"subject": "title", "buyers": "buyers", "currency": ""}
    _, contract = service.contract(server)
    assert contract
    service.approve(contract)
    service.alembic(url, "upgrade", "head")

    # For a migration that waits, and never for all of the rows.
    assert waited(client) < float(WAIT) + filling
    sql = """SELECT id, number, customer_id, status::text, subject, amount, quantity, currency
        FROM orders"""
    wanted = {
        key: (*row[:5], 1 if row[5] is None else row[5], "EUR") for key, row in client.rows.items()
    }
    assert len(wanted) > rows
    assert {row[0]: tuple(row)[1:] for row in server.fetch(url, sql)} == wanted
    made = server.fetch(url, "SELECT id, orders_made FROM buyers")
    assert {row[0]: row[1] for row in made} == client.made
    sql = "INSERT INTO buyers (email, orders_made) VALUES ('', 0) RETURNING id"
    assert server.fetch(url, sql)[0]["id"] == 1001
    assert server.fetch(url, "SELECT FROM pg_trigger WHERE NOT tgisinternal") == []
    server.execute(url, "DROP TABLE yardstick")
    fresh = server.database()
    service.begin(AFTER)
    service.alembic(fresh, "upgrade", "head")
    assert server.catalogue(url) == server.catalogue(fresh)


ONE = "models: {Item: {pk: identity, fields: {x: int, y: {type: text, optional: true}}}}"
OTHER = """
models:
  Item:
    pk: identity
    fields: {x: {type: bigint, unique: true}, z: {type: text, was: y, default: none}}
"""


def changed(service: Service, server: Server, after: str, rows: str = "") -> tuple[str, str, Path]:
    """A database with items, whose models have changed then.

    Its URL, what `make migration` prints for that, and what it writes.
    """
    url = server.database()
    service.begin(ONE)
    service.alembic(url, "upgrade", "head")
    if rows:
        server.execute(url, f"INSERT INTO items (x, y) VALUES {rows}")
    service.change(after)
    printed, revision = service.write(server)
    assert revision
    return url, printed, revision


def also(revision: Path, *statements: str) -> None:
    """Let an owner's own statements end its upgrade."""
    head, end, rest = revision.read_text().partition("\n\n\ndef downgrade")
    # By another name, because the first revision has `op` already.
    lines = ["from alembic import op as own", *(f'own.execute("{it}")' for it in statements)]
    revision.write_text(head + "".join(f"\n    {it}" for it in lines) + end + rest)


# Whether a migration waits for the table.
WAITING = """
SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'items'::regclass
    AND NOT granted AND mode <> 'RowExclusiveLock')
"""
Ended = Callable[[asyncpg.Connection], Coroutine[Any, Any, bool]]


@contextmanager
def held(url: str, ended: Ended) -> Iterator[None]:
    """A transaction that changed a row, and stays until `ended`, or until this is left."""

    async def hold() -> None:
        db, other = await asyncpg.connect(url), await asyncpg.connect(url)
        async with db.transaction():
            await db.execute("UPDATE items SET x = x WHERE x = 1")
            locked.set()
            while not left.is_set() and not await ended(other):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await db.close()
        await other.close()

    locked, left = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(asyncio.run, hold())
        locked.wait()
        try:
            yield
        finally:
            left.set()
        holding.result()


def test_a_table_that_is_held(service: Service, server: Server) -> None:
    url, _, _ = changed(service, server, OTHER, "(1, 'a'), (2, NULL)")
    writes, waited = 0, False
    seen: list[int] = []  # the writes when the migration began to wait, when it ceased, and so on
    left = threading.Event()
    begun = time.monotonic()

    async def write() -> None:
        nonlocal writes
        db = await asyncpg.connect(url)
        while not left.is_set():
            await db.execute("UPDATE items SET x = x WHERE x = 2")
            writes += 1
            await asyncio.sleep(0.01)
        await db.close()

    async def has_waited_often(db: asyncpg.Connection) -> bool:
        nonlocal waited
        if waited != (waited := await db.fetchval(WAITING)):
            seen.append(writes)
        return len(seen) > 4 or time.monotonic() - begun > 60  # it never ceases

    with ThreadPoolExecutor(1) as pool:
        client = pool.submit(asyncio.run, write())
        with held(url, has_waited_often):
            printed = service.alembic(url, "upgrade", "head")
        left.set()
        client.result()
    assert "Another transaction holds a lock that is needed: trying again" in printed
    assert len(seen) > 4
    assert seen[1] < seen[2]  # the client came through, though the table was still held
    assert seen[3] < seen[4]
    rows = server.fetch(url, "SELECT x, z FROM items ORDER BY x")
    assert [tuple(it) for it in rows] == [(1, "a"), (2, "none")]


def test_any_update_of_a_row_fills_it(service: Service, server: Server) -> None:
    """It may move the row to where the pages were filled already."""
    url, _, _ = changed(service, server, OTHER, "(1, 'a'), (2, 'b')")
    service.alembic(url, "upgrade", "head")
    ((trigger,),) = server.fetch(
        url, "SELECT tgname FROM pg_trigger WHERE tgname LIKE '%mirror%' AND NOT tgisinternal"
    )
    server.execute(  # as rows are while others are filled
        url,
        f"""
        ALTER TABLE items DISABLE TRIGGER "{trigger}";
        ALTER TABLE items ALTER z DROP NOT NULL;
        UPDATE items SET z = NULL;
        ALTER TABLE items ENABLE ALWAYS TRIGGER "{trigger}";
        UPDATE items SET x = x WHERE x = 1;
        UPDATE items SET x = 3 WHERE x = 2;
        """,
    )
    rows = server.fetch(url, "SELECT x, y, z FROM items ORDER BY x")
    assert [tuple(it) for it in rows] == [(1, "a", "a"), (3, "b", "b")]


def test_a_table_that_is_held_for_too_long(service: Service, server: Server) -> None:
    async def never(_: asyncpg.Connection) -> bool:
        return False

    url, _, _ = changed(service, server, OTHER, "(1, 'a')")
    path = service.project / "migrations" / "env.py"
    text = path.read_text()
    path.write_text(text.replace("TRIES, PAUSE = 60, 1.0", "TRIES, PAUSE = 2, 0.1"))
    with held(url, never), pytest.raises(AssertionError, match="run the same command again"):
        service.alembic(url, "upgrade", "head")
    path.write_text(text)
    service.alembic(url, "upgrade", "head")


def test_it_goes_on_where_it_failed(service: Service, server: Server) -> None:
    url, _, _ = changed(service, server, OTHER, "(1, 'a'), (2, 'b'), (2, 'c')")
    with pytest.raises(AssertionError, match="could not create unique index"):
        service.alembic(url, "upgrade", "head")
    server.execute(url, "INSERT INTO items (x, z) VALUES (4, NULL)")
    server.execute(url, "UPDATE items SET x = 3 WHERE z = 'c'")
    service.alembic(url, "upgrade", "head")
    rows = server.fetch(url, "SELECT x, z FROM items ORDER BY x")
    assert [tuple(it) for it in rows] == [(1, "a"), (2, "b"), (3, "c"), (4, "none")]
    service.alembic(url, "downgrade", "0001")
    service.alembic(url, "upgrade", "head")
    printed, again = service.write(server)
    assert again is None, printed


def test_what_fills_a_column_may_be_changed_after_it_failed(
    service: Service, server: Server
) -> None:
    after = ONE.replace("optional: true", "optional: false")
    url, printed, revision = changed(service, server, after, "(1, NULL)")
    assert "items.y is required: write the value of existing rows at its `backfill`" in printed
    with pytest.raises(AssertionError, match="items has rows: write the value that they get"):
        service.alembic(url, "upgrade", "head")
    text = revision.read_text()
    assert 'backfill("items", "y", "NULL", keep=True)' in text
    revision.write_text(text.replace('"NULL"', "\"'number ' || items.x::text\""))
    service.alembic(url, "upgrade", "head")
    assert server.fetch(url, "SELECT y FROM items")[0]["y"] == "number 1"


def test_what_comes_after_concurrently_waits_no_longer_than_the_rest(
    service: Service, server: Server
) -> None:
    after = ONE.replace("x: int", "x: {type: int, index: true}")
    url, _, revision = changed(service, server, after)
    assert " CONCURRENTLY " in revision.read_text().partition("def downgrade")[0]
    also(revision, "CREATE TABLE told AS SELECT current_setting('lock_timeout') AS wait")
    service.alembic(url, "upgrade", "head")
    assert server.fetch(url, "SELECT wait FROM told")[0]["wait"] == "300ms"


def test_what_fills_a_column_is_not_changed_once_that_took_over(
    service: Service, server: Server
) -> None:
    after = ONE.replace("x: int", "x: {type: bigint, min: 10}")
    url, _, revision = changed(service, server, after, "(21, NULL), (1, NULL)")
    with pytest.raises(AssertionError, match="ck_items_x_min"):
        service.alembic(url, "upgrade", "head")
    text = revision.read_text()
    revision.write_text(text.replace('"x", copy=True', '"greatest(x, 10)", copy=True'))
    with pytest.raises(AssertionError, match="is filled and in use"):
        service.alembic(url, "upgrade", "head")
    server.execute(url, "INSERT INTO items (x) VALUES (22)")
    server.execute(url, "UPDATE items SET x = 10 WHERE x = 1")
    revision.write_text(text)
    service.alembic(url, "upgrade", "head")
    rows = server.fetch(url, "SELECT x FROM items ORDER BY x")
    assert [it["x"] for it in rows] == [10, 21, 22]


def test_each_column_is_filled_by_a_function_of_its_own(service: Service, server: Server) -> None:
    long = "CustomerSubscriptionRenewalHistory"
    fields = "{billing_address_lat: int, billing_address_lng: int}"
    service.begin(f"models: {{{long}: {{fields: {fields}}}}}")
    service.change(f"models: {{{long}: {{fields: {fields.replace('int', 'bigint')}}}}}")
    _, revision = service.write(server)
    assert revision
    names = re.findall(r"DROP FUNCTION IF EXISTS (\S+) CASCADE", revision.read_text())
    assert len({*names}) == 2
    assert max(map(len, names)) <= 63


def test_tables_of_others_are_left_alone(service: Service, server: Server) -> None:
    url = server.database()
    service.begin(ONE)
    (first,) = service.versions.glob("*.py")
    made = "CREATE TABLE logs (id int PRIMARY KEY, at level)"
    also(first, "CREATE TYPE level AS ENUM ('low', 'high')", made)
    others = "  Log: {managed: false, pk: [id], fields: {id: int, at: Level}}"
    service.change(f"enums: {{Level: [low, high]}}{OTHER}{others}\n")
    _, revision = service.write(server)
    assert revision
    assert "logs" not in revision.read_text()
    assert "level" not in revision.read_text()
    service.alembic(url, "upgrade", "head")
    assert server.fetch(url, "SELECT count(*) FROM logs")[0]["count"] == 0


# What the watcher asks last, and when it did.
ASKED = """
SELECT query_start FROM pg_stat_activity
WHERE query LIKE '%VALIDATE CONSTRAINT %' AND query LIKE '%query_start%' AND pid <> pg_backend_pid()
    AND state = 'idle'
"""


def test_it_says_whom_it_waits_for(service: Service, server: Server) -> None:
    after = ONE.replace("x: int", "x: {type: int, index: true}")
    url, _, _ = changed(service, server, after, "(1, 'a')")
    waits: list[Any] = []

    async def has_asked(db: asyncpg.Connection) -> bool:
        """Since it began to wait for the transaction that is held."""
        if not waits and await db.fetchval(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'virtualxid' AND NOT granted)"
        ):
            waits.append(await db.fetchval("SELECT now()"))
        asked = await db.fetchval(ASKED)
        return bool(waits and asked and asked > waits[0])

    with held(url, has_asked):
        printed = service.alembic(url, "upgrade", "head")
    assert re.search(r"INFO Waiting \d+ s for .+ \(idle in transaction\): UPDATE items", printed)


def test_it_says_how_far_it_is(service: Service, server: Server) -> None:
    rows = ", ".join(f"({it}, '{'a' * 900}')" for it in range(1000))
    url, _, _ = changed(service, server, OTHER, rows)
    server.execute(url, "ANALYZE items")
    path = service.project / "migrations" / "copies.py"
    text = path.read_text()
    path.write_text(text.replace("interval '2 seconds'", "interval '0'"))
    printed = service.alembic(url, "upgrade", "head")
    path.write_text(text)
    assert re.search(r"INFO Filled \d+ of about 1000 rows of items", printed)


def test_a_migration_and_its_contract_are_two_releases(service: Service, server: Server) -> None:
    url, printed, _ = changed(service, server, OTHER, "(1, NULL)")
    assert "make contract" in printed
    first, contract = service.contract(server)
    assert contract, first
    with pytest.raises(AssertionError, match="Once none of its processes run, run the same"):
        service.alembic(url, "upgrade", "head")
    server.execute(url, "INSERT INTO items (x, y) VALUES (2, 'old')")
    server.execute(url, "INSERT INTO items (x, z) VALUES (3, 'new')")
    sql = "SELECT x, y, z FROM items ORDER BY x"
    rows = [(1, "none", "none"), (2, "old", "old"), (3, "new", "new")]
    assert [tuple(it) for it in server.fetch(url, sql)] == rows
    service.alembic(url, "upgrade", "head")
    assert service.contract(server)[1] is None  # nothing waits for one any more
    service.alembic(url, "downgrade", "-1")
    assert [tuple(it) for it in server.fetch(url, sql)] == rows
    fresh = server.database()
    service.alembic(fresh, "upgrade", "head")
