"""Every class of error that PostgreSQL has is an answer of its own, and tells nothing."""

from __future__ import annotations

import asyncio
from functools import partial

import asyncpg

from tests.drills.conftest import Start
from tests.drills.load import client_of, until, until_found
from tests.drills.service import Postgres
from tests.drills.test_faults import WAITING

# What a create of a tag called like a SQLSTATE does.
RAISE = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN RAISE EXCEPTION ''secret of %'', new.label USING ERRCODE = new.label; END';
CREATE TRIGGER fail BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION fail();
"""
STATUSES = {
    422: "0A000 22001 22003 22012 22021 22P02 23502 23514 44000 54000 54001",
    403: "42501",
    409: "23000 23001 23503 23505 23P01 P0001",
    503: (
        "08000 08003 08006 08P01 25006 40000 40001 40002 40003 40P01 53000 53100 53200 53300 53400"
        " 55000 55006 55P03 57000 57014 57P01 57P02 57P03 58000 58030"
    ),
    500: "0A001 25001 28000 2F002 42601 42703 42P01 42883 F0000 HV000 P0002 XX000 XX001",
}
DROP = "ALTER TABLE tags DROP CONSTRAINT odd"
TERMINATE = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
CASES = [(code, status) for status, codes in STATUSES.items() for code in codes.split()]


def test_every_class(postgres: Postgres, start: Start) -> None:
    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(RAISE)
        async with client_of(url) as client:
            told = {}
            for code, _ in CASES:
                for path, body in (
                    ("/tags", {"label": code}),
                    ("/tags/bulk", [{"label": code}]),
                ):
                    response = await client.post(path, json=body)
                    told[code, path] = response.status_code
                    kind = response.headers["content-type"]
                    assert kind == "application/problem+json", (code, response.text)
                    assert "secret" not in response.text
                    assert code not in response.text
                    assert ("retry-after" in response.headers) == (response.status_code == 503)
            assert told == {
                (code, path): status for code, status in CASES for path in ("/tags", "/tags/bulk")
            }
        await admin.close()

    with start() as service:
        asyncio.run(drill(service.url))


# What may happen to a database, how it is undone, and what the create of a tag is then.
REAL = [
    (
        "ALTER DATABASE postgres SET default_transaction_read_only = on",
        "ALTER DATABASE postgres RESET ALL",
        503,
    ),
    ("ALTER TABLE tags ADD CONSTRAINT odd CHECK (label <> 'x')", DROP, 422),
    ("ALTER TABLE tags ADD CONSTRAINT odd CHECK (1 / (length(label) - 1) > 0)", DROP, 422),
    ("INSERT INTO tags (label) VALUES ('x')", "DELETE FROM tags", 409),
    (
        "INSERT INTO tags (label) VALUES ('y');"
        "ALTER TABLE tags ADD CONSTRAINT odd EXCLUDE ((length(label)) WITH =)",
        f"{DROP}; DELETE FROM tags",
        409,
    ),
    ("ALTER TABLE tags ADD COLUMN more text NOT NULL", "ALTER TABLE tags DROP COLUMN more", 422),
    ("ALTER TABLE tags RENAME TO labels", "ALTER TABLE labels RENAME TO tags", 500),
]


def test_what_may_happen_to_a_database(postgres: Postgres, start: Start) -> None:
    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        async with client_of(url) as client:
            for change, undo, status in REAL:
                await admin.execute(change)
                # Settings are for new connections; and that all are lost happens as well.
                await admin.execute(TERMINATE)
                await client.get("/health/live")
                response = await client.post("/tags", json={"label": "x"})
                assert response.status_code == status, (change, response.text)
                assert "tags" not in response.text
                # A check is told by its name, and nothing else is.
                assert ("odd" in response.text) == ("the check `odd`" in response.text)
                await admin.execute(undo)
                await admin.execute(TERMINATE)
        await admin.close()

    with start() as service:
        asyncio.run(drill(service.url))


SNOOZE = """
CREATE FUNCTION snooze() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(3600); RETURN new; END';
CREATE TRIGGER snooze BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION snooze();
"""
ASLEEP = "SELECT count({}(pid)) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"


def test_a_statement_that_an_administrator_ends(postgres: Postgres, start: Start) -> None:
    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(SNOOZE)
        async with client_of(url) as client:
            for end in ("pg_cancel_backend", "pg_terminate_backend"):
                for path, body in (("/tags", {"label": "x"}), ("/tags/bulk", [{"label": "x"}])):
                    waiting = asyncio.create_task(client.post(path, json=body))
                    await until(partial(admin.fetchval, ASLEEP.format(end)))
                    response = await waiting
                    assert response.status_code == 503, (end, path, response.text)
                    assert response.headers["retry-after"]
                    after = await asyncio.gather(*(client.get("/tags") for _ in range(30)))
                    assert {it.status_code for it in after} == {200}
        await admin.close()

    with start() as service:
        asyncio.run(drill(service.url))


def test_no_connection_left_on_the_server(postgres: Postgres, start: Start) -> None:
    async def prepare() -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute("CREATE ROLE few LOGIN CONNECTION LIMIT 5; GRANT ALL ON tags TO few")
        await admin.close()

    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        async with client_of(url) as client:
            async with admin.transaction():
                await admin.execute("LOCK TABLE tags IN ACCESS EXCLUSIVE MODE")
                waiting = []
                for number in range(1, 6):
                    waiting.append(asyncio.create_task(client.get("/tags")))
                    await until_found(admin, WAITING, number)
                refused = await asyncio.gather(*(client.get("/tags") for _ in range(20)))
                assert {it.status_code for it in refused} == {503}
            assert {it.status_code for it in await asyncio.gather(*waiting)} == {200}
            await admin.execute("ALTER ROLE few CONNECTION LIMIT 30")
            answers = await asyncio.gather(*(client.get("/tags") for _ in range(60)))
            assert {it.status_code for it in answers} == {200}
        await admin.close()

    asyncio.run(prepare())
    with start(DATABASE_URL=postgres.url.replace("postgres@", "few@")) as service:
        asyncio.run(drill(service.url))
