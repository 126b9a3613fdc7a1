"""The three ways to the data: committed before the response, retried, bounded."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextvars import ContextVar
from enum import StrEnum
from traceback import format_exception
from typing import Any

import anyio
import pytest
import sqlalchemy as sa
from asyncpg import QueryCanceledError
from fastapi import APIRouter, FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from app.database import Database
from app.database.base import native_enum
from app.dependencies import Db, SessionDep
from app.errors import Unavailable, UnreadableValue
from app.main import create_app
from app.settings import Settings
from tests.conftest import patient_settings, temporary_database
from tests.support.checks import assert_problem, commits_fail


def length(context: Any) -> int:
    return len(context.get_current_parameters()["text"])


notes = sa.Table(
    "notes",
    sa.MetaData(),
    sa.Column("text", sa.Text, unique=True),
    sa.Column("length", sa.Integer, default=length),
)
ADD = sa.insert(notes).returning(notes.c.text)
ONE = sa.text("SELECT 1")
ALL = sa.select(notes.c.text).order_by(notes.c.text)

SLEEP = sa.text("SELECT pg_sleep(3600)")
SLEEPING = sa.text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event = 'PgSleep'"
)

TENANT: ContextVar[int] = ContextVar("tenant")
NUMBER: sa.ColumnElement[int] = sa.func.generate_series(1, 9).column_valued("number")
NUMBERS = sa.select(NUMBER).order_by(NUMBER)


def tenant(name: str = "tenant", **more: Any) -> sa.BindParameter[int]:
    return sa.bindparam(name, callable_=TENANT.get, type_=sa.Integer, **more)


# Each has one number, the tenant's.
OF_A_TENANT: dict[str, Any] = {
    "where": NUMBERS.where(tenant() == NUMBER),
    "twice": NUMBERS.where(tenant() <= NUMBER, tenant() >= NUMBER),
    "unique": NUMBERS.where(tenant(unique=True) == NUMBER, NUMBER > 0),
    "subquery": NUMBERS.where(sa.select(tenant()).scalar_subquery() == NUMBER),
    "cte": sa.select(NUMBERS.where(tenant() == NUMBER).cte()),
    "offset": NUMBERS.limit(1).offset(tenant() - 1),
    "in": NUMBERS.where(
        NUMBER.in_(sa.bindparam("those", callable_=lambda: [TENANT.get()]))
    ),
    "literal": NUMBERS.where(tenant(literal_execute=True) == NUMBER),
    "text": sa.text("SELECT CAST(:tenant AS integer) AS number").bindparams(tenant()),
    "insert": sa.insert(notes)
    .from_select(["text"], sa.select(sa.cast(tenant(), sa.Text)), False)
    .returning(sa.cast(notes.c.text, sa.Integer).label("number")),
}

kind = postgresql.ENUM("a", name="kind", create_type=False)
kinds_table = sa.table(
    "kinds", sa.column("kind", kind), sa.column("number", sa.Integer)
)
KINDS = sa.select(kinds_table).where(kinds_table.c.kind == sa.bindparam("kind"))

PGBOUNCER = os.environ.get("DATABASE_PGBOUNCER") == "true"

router = APIRouter()


@router.get("/notes")
async def read(db: Db) -> list[dict[str, str]]:
    return await db.all(ALL)


@router.post("/statement")
async def by_statement(db: Db) -> dict[str, str]:
    return await db.one(ADD, {"text": "statement"})


@router.post("/transaction")
async def by_transaction(db: Db) -> None:
    async def work(session: AsyncSession) -> None:
        await session.execute(ADD, {"text": "transaction"})

    await db.transaction(work)


@router.post("/session")
async def by_session(session: SessionDep) -> None:
    await session.execute(ADD, {"text": "session"})


@router.get("/kinds")
async def kinds_by_session(session: SessionDep) -> None:
    await session.execute(KINDS, {"kind": "a"})


@router.post("/refuse/{code}")
async def refuse(db: Db, code: str) -> None:
    await db.execute(give_up(code))


@pytest.fixture(scope="module")
async def url() -> AsyncIterator[str]:
    """Of a database of these tests' own."""
    async with temporary_database("template1") as url:
        yield url


@pytest.fixture(scope="module")
def service(url: str) -> FastAPI:
    """The service with routes of these tests' own."""
    config = patient_settings(url, database_pool_size=2, database_lock_timeout=299)
    app = create_app(config)
    app.include_router(router)
    return app


@pytest.fixture
async def app(
    service: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FastAPI]:
    """The service as just started, with a table that is empty."""
    monkeypatch.setattr("app.http.health.READY_TIMEOUT", 300)
    monkeypatch.setattr("app.database.pool.PING_TIMEOUT", 300)
    async with service.router.lifespan_context(service):
        async with service.state.database.engine.begin() as connection:
            await connection.run_sync(notes.drop, checkfirst=True)
            await connection.run_sync(notes.create)
        yield service


@pytest.fixture
async def db(app: FastAPI) -> Database:
    database: Database = app.state.database
    return database


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_the_engine_has_the_settings(db: Database) -> None:
    setting = sa.func.current_setting
    asked = sa.select(setting("statement_timeout"), setting("lock_timeout"))
    # Behind PgBouncer they are those of the role.
    expected = ["0", "0"] if PGBOUNCER else ["5min", "299s"]
    assert list((await db.one(asked)).values()) == expected


@pytest.mark.parametrize("asked", [True, False])
async def test_statements_are_logged_if_asked(
    url: str, caplog: pytest.LogCaptureFixture, asked: bool
) -> None:
    app = create_app(patient_settings(url, database_echo=asked))
    logging.getLogger().addHandler(caplog.handler)
    async with app.router.lifespan_context(app):
        await app.state.database.one(sa.select(sa.literal("parameter")))
        async with app.state.database.session() as session:
            await session.execute(sa.text("SELECT 2"))
    told = caplog.text
    for part in ("SELECT $1", "parameter", "SELECT 2"):
        assert (part in told) == asked


async def test_connections_are_kept_up_to_the_size_of_the_pool(url: str) -> None:
    config = patient_settings(url, database_pool_size=2, database_pool_overflow=1)
    app = create_app(config)
    async with app.router.lifespan_context(app):
        db: Database = app.state.database
        async with db.driver(db.slots), db.driver(db.slots), db.driver(db.slots) as it:
            assert db.idle == []
        assert len(db.idle) == 2
        kept = [pooled.driver_connection for pooled in db.idle]
        assert it not in kept or not it.is_closed()
        async with db.driver(db.slots) as again, db.session() as session:
            await session.execute(ONE)
            assert again in kept
            assert db.idle == []
        assert len(db.idle) == 2


async def test_probes_share_a_connection(url: str) -> None:
    db = Database(patient_settings(url, database_pool_size=5))
    await asyncio.gather(*(db.ping() for _ in range(5)))
    assert len(db.idle) == 1
    await db.close()


async def test_no_connection_is_left_after_the_end(url: str) -> None:
    app = create_app(patient_settings(url))
    async with app.router.lifespan_context(app):
        db: Database = app.state.database
        await db.first(ONE)
        (kept,) = db.idle
        driver: Any = kept.driver_connection
        assert not driver.is_closed()
    assert driver.is_closed()


@pytest.mark.parametrize("way", ["statement", "transaction", "session"])
async def test_each_way_commits(client: AsyncClient, db: Database, way: str) -> None:
    assert (await client.post(f"/{way}")).status_code == 200
    assert await db.all(ALL) == [{"text": way}]


@pytest.mark.parametrize("way", ["statement", "transaction", "session"])
async def test_no_way_answers_before_the_commit(
    client: AsyncClient, db: Database, way: str
) -> None:
    async with commits_fail(db, notes):
        assert_problem(await client.post(f"/{way}"), 409)
    assert await db.all(ALL) == []


async def test_a_transaction_is_all_or_nothing(db: Database) -> None:
    async def work(session: AsyncSession) -> None:
        await session.execute(ADD, {"text": "first"})
        await session.execute(ADD, {"text": "first"})

    with pytest.raises(DBAPIError):
        await db.transaction(work)
    assert await db.all(ALL) == []


@pytest.mark.parametrize("code", ["40001", "40P01"])
async def test_a_conflict_is_run_again_as_a_whole(db: Database, code: str) -> None:
    attempts = 0

    async def work(session: AsyncSession) -> None:
        nonlocal attempts
        attempts += 1
        await session.execute(ADD, {"text": f"attempt {attempts}"})
        if attempts < 3:
            await session.execute(give_up(code))

    await db.transaction(work)
    assert await db.all(ALL) == [{"text": "attempt 3"}]


async def test_running_again_ends(db: Database) -> None:
    attempts = 0

    async def work(session: AsyncSession) -> None:
        nonlocal attempts
        attempts += 1
        await session.execute(give_up("40001"))

    with pytest.raises(DBAPIError):
        await db.transaction(work)
    assert 2 < attempts < 10


def give_up(code: str) -> sa.TextClause:
    return sa.text(f"DO $$ BEGIN RAISE EXCEPTION SQLSTATE '{code}'; END $$")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("08006", 503),
        ("22003", 422),
        ("23502", 422),
        ("23503", 409),
        ("23505", 409),
        ("23514", 422),
        ("23P01", 409),
        ("25006", 503),
        ("40001", 503),
        ("40P01", 503),
        ("42P01", 500),
        ("53300", 503),
        ("54000", 422),
        ("55P03", 503),
        ("57014", 503),
        ("P0001", 409),
    ],
)
async def test_what_the_database_refuses(
    client: AsyncClient, code: str, status: int
) -> None:
    response = await client.post(f"/refuse/{code}")
    assert_problem(response, status)
    assert ("retry-after" in response.headers) == (status == 503)
    assert code not in response.text


async def test_no_connection_free_is_503_in_time(
    client: AsyncClient, app: FastAPI, url: str
) -> None:
    config = patient_settings(url, database_pool_size=2, database_pool_timeout=0.1)
    app.state.database = db = Database(config)
    async with db.driver(db.slots), db.driver(db.slots):
        response = await client.post("/statement")
    assert_problem(response, 503)
    assert response.headers["retry-after"]
    assert (await client.post("/statement")).status_code == 200


async def test_units_of_work_of_one_name_have_shares_of_their_own(db: Database) -> None:
    def unit(module: str) -> Callable[[AsyncSession], Awaitable[None]]:
        async def work(session: AsyncSession) -> None: ...

        work.__module__ = module
        return work

    shares = {*db.shares}
    for module in ("one", "other", "one"):
        await db.transaction(unit(module))
    assert len({*db.shares} - shares) == 2


async def test_a_statement_of_what_only_postgresql_has(db: Database) -> None:
    array = sa.literal([1, 2, 3], postgresql.ARRAY(sa.Integer)).label("numbers")
    sliced = sa.select(sa.select(array).subquery().c.numbers[2:3].label("it"))
    assert await db.one(sliced) == {"it": [2, 3]}


async def test_a_long_statement_is_ended(url: str) -> None:
    db = Database(patient_settings(url, database_statement_timeout=1))
    with pytest.raises(Unavailable if PGBOUNCER else QueryCanceledError):
        await db.first(sa.text("SELECT pg_sleep(300)"))
    await db.close()


class State(StrEnum):
    new = "new"


@pytest.mark.parametrize(("stored", "read"), [("new", State.new), ("broken", "broken")])
async def test_a_value_that_a_newer_version_added_to_an_enum(
    db: Database, stored: str, read: str
) -> None:
    of = native_enum(State, "state")
    one = sa.literal_column(f"'{stored}'", of).label("one")
    many = sa.literal_column(f"ARRAY['{stored}']", postgresql.ARRAY(of)).label("many")
    row = await db.one(sa.select(one, many))
    assert row == {"one": read, "many": [read]}
    assert type(row["one"]) is type(row["many"][0]) is type(read)
    async with db.session() as session:
        assert tuple((await session.execute(sa.select(one, many))).one()) == (
            read,
            [read],
        )


class Letter(sa.types.UserDefinedType[int]):
    def result_processor(self, *_: object) -> Callable[[str], int]:
        return "abc".index


STORED: dict[str, Any] = {
    "driver": sa.literal_column("'11111-03-15'::date"),
    "type": sa.literal_column("'11111'", Letter()),
}


@pytest.mark.parametrize("refused_by", STORED)
async def test_a_stored_value_that_python_has_not(
    db: Database, refused_by: str
) -> None:
    with pytest.raises(UnreadableValue) as raised:
        await db.one(sa.select(STORED[refused_by]))
    assert "11111" not in "".join(format_exception(raised.value))
    assert await db.one(sa.select(sa.text("1 AS there"))) == {"there": 1}


async def test_a_connection_that_the_server_closed_is_not_used(db: Database) -> None:
    await db.first(ALL)
    others = "pid <> pg_backend_pid() AND datname = current_database()"
    query = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
    async with db.driver(db.slots) as first, db.driver(db.slots):
        await first.execute(query)
    for _ in range(3):
        assert await db.all(ALL) == []


async def test_an_unreachable_database(unreachable: Database) -> None:
    with pytest.raises(Unavailable):
        await unreachable.first(ALL)


@pytest.mark.parametrize("which", ["database", "replica"])
async def test_readiness_tells_the_truth(
    app: FastAPI, client: AsyncClient, unreachable: Database, which: str
) -> None:
    assert (await client.get("/health/ready")).status_code == 200
    setattr(app.state, which, unreachable)
    assert (await client.get("/health/live")).status_code == 200
    assert_problem(await client.get("/health/ready"), 503)


async def test_a_replica_answers_what_is_read(
    client: AsyncClient, app: FastAPI, unreachable: Database
) -> None:
    app.state.replica = unreachable
    assert_problem(await client.get("/notes"), 503)
    assert (await client.post("/statement")).json() == {"text": "statement"}


async def test_a_statement_may_take_many_values(db: Database) -> None:
    for text in "abc":
        await db.execute(ADD, {"text": text})
    some = ALL.where(notes.c.text.in_(sa.bindparam("some")))
    for given in (["a", "c"], ["b"], []):
        rows = await db.all(some, {"some": given})
        assert [row["text"] for row in rows] == given
    those = ALL.where(notes.c.text.in_(["b", "c"]), notes.c.text != "b")
    assert await db.all(those) == [{"text": "c"}]


@pytest.mark.parametrize("where", OF_A_TENANT)
async def test_a_callable_of_a_parameter_is_called_at_each_run(
    db: Database, where: str
) -> None:
    async def ask(number: int) -> Any:
        TENANT.set(number)
        return await db.one(OF_A_TENANT[where])

    asked = [3, 1, 4]
    answers = await asyncio.gather(*map(ask, asked))
    assert answers == [{"number": it} for it in asked]


async def test_a_given_value_goes_before_a_callable(db: Database) -> None:
    statement = NUMBERS.where(tenant() == NUMBER)
    assert await db.one(statement, {"tenant": 5}) == {"number": 5}
    assert await db.one(statement.params(tenant=6)) == {"number": 6}


async def test_a_parameter_has_one_callable(db: Database) -> None:
    another: sa.BindParameter[int] = sa.bindparam("tenant", 2)
    with pytest.raises(sa.exc.CompileError, match="'tenant'"):
        await db.all(NUMBERS.where(tenant() == NUMBER, another == NUMBER))


async def test_statements_that_are_alike_keep_their_values(db: Database) -> None:
    for number in (1, 2, 1):
        assert await db.one(NUMBERS.where(sa.literal(number) == NUMBER)) == {
            "number": number
        }


async def test_statements_that_are_built_anew_are_compiled_once(db: Database) -> None:
    compiled = set()
    for number in range(11, 16):
        built = NUMBERS.where(sa.literal(number) == NUMBER).limit(number)
        found = db.statements.compiled(built, ())
        assert found.bind({})[1].count(number) == 2
        compiled.add(id(found.processors))
    assert len(compiled) == 1
    again = db.statements.compiled(built, ())  # and so found by itself
    assert again is db.statements.compiled(built, ())
    assert again.bind({}) == found.bind({})


async def test_a_default_that_is_made_of_its_row(db: Database) -> None:
    await db.execute(sa.insert(notes).values([{"text": "a"}, {"text": "three"}]))
    await db.execute(ADD, {"text": "to"})
    rows = await db.all(sa.select(notes).order_by(notes.c.text))
    assert [(it["text"], it["length"]) for it in rows] == [
        ("a", 1),
        ("three", 5),
        ("to", 2),
    ]


async def sleep_in_a_statement(db: Database) -> None:
    await db.first(SLEEP)


async def sleep_in_a_transaction(db: Database) -> None:
    await db.transaction(lambda session: session.execute(SLEEP))


async def sleep_in_a_session(db: Database) -> None:
    async with db.session() as session:
        await session.execute(SLEEP)


@pytest.mark.usefixtures("overtaken")
@pytest.mark.parametrize(
    "sleep", [sleep_in_a_statement, sleep_in_a_transaction, sleep_in_a_session]
)
async def test_a_statement_that_nobody_waits_for_is_ended(
    url: str, sleep: Callable[[Database], Coroutine[Any, Any, None]]
) -> None:
    db = Database(patient_settings(url, database_pool_size=2))
    observer = Database(patient_settings(url))

    async def sleeping(number: int) -> None:
        async with asyncio.timeout(300):
            while (await observer.one(SLEEPING))["count"] != number:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    # Cancels again at every step, as middleware does when its client leaves.
    async with anyio.create_task_group() as group:
        group.start_soon(sleep, db)
        await sleeping(1)
        group.cancel_scope.cancel()
    await sleeping(0)
    async with db.driver(db.slots), db.session() as session:  # every slot is free
        await session.execute(ONE)
    await db.close()
    await observer.close()


async def test_a_transaction_is_cancelled_at_any_moment(app: FastAPI, url: str) -> None:
    # Of one connection, which is lost where it isn't given back.
    db = Database(patient_settings(url, database_pool_size=1))
    for number in range(50):

        async def work(session: AsyncSession, number: int = number) -> None:
            await session.execute(ADD, {"text": f"one {number}"})
            await session.execute(ADD, {"text": f"other {number}"})

        with anyio.move_on_after(number / 5_000):
            await db.transaction(work)
    texts = [row["text"].split() for row in await db.all(ALL)]
    ones, others = ([it for word, it in texts if word == w] for w in ("one", "other"))
    assert ones == others
    await db.close()


async def test_a_cancelled_statement_takes_its_transaction_with_it(
    db: Database,
) -> None:
    async def work(session: AsyncSession) -> None:
        await session.execute(ADD, {"text": "lost"})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await session.execute(SLEEP)

    with pytest.raises(sa.exc.InvalidRequestError):
        await db.transaction(work)
    assert await db.all(ALL) == []


async def test_an_open_transaction_is_nobody_elses(db: Database) -> None:
    async with db.driver(db.slots) as driver:
        await driver.execute("BEGIN")
    assert db.idle == []
    assert await db.all(ALL) == []
    assert len(db.idle) == 1


async def test_where_nothing_answers_another_connection_is_asked(
    client: AsyncClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with db.driver(db.slots), db.driver(db.slots):
        pass
    silent: list[Any] = [it.driver_connection for it in db.idle]
    for driver in silent:
        driver._transport.pause_reading()
    with monkeypatch.context() as patch:
        patch.setattr("app.database.pool.PING_TIMEOUT", 0.1)
        assert_problem(await client.get("/health/ready"), 503)
    assert all(driver.is_closed() for driver in silent)
    response = await client.get("/health/ready")
    assert response.status_code == 200


MADE = [
    "CREATE TYPE kind AS ENUM ('a')",
    "CREATE TABLE kinds (kind kind, number integer)",
    "INSERT INTO kinds VALUES ('a', 1)",
]
MADE_ANEW = {
    "type": ["ALTER TABLE kinds ALTER number TYPE bigint"],
    "column": [
        "ALTER TABLE kinds ADD number_new bigint DEFAULT 1",
        "ALTER TABLE kinds DROP number",
        "ALTER TABLE kinds RENAME number_new TO number",
    ],
    "enum": [
        "CREATE TYPE kind_new AS ENUM ('a')",
        "ALTER TABLE kinds ALTER kind TYPE kind_new USING kind::text::kind_new",
        "DROP TYPE kind",
        "ALTER TYPE kind_new RENAME TO kind",
    ],
}


@pytest.fixture
async def kinds(db: Database) -> AsyncIterator[None]:
    """A table that two connections have asked, in each way."""
    for statement in MADE:
        await db.execute(sa.text(statement))
    async with db.driver(db.slots), db.driver(db.slots):
        pass
    for _ in range(2):
        await ask_by_statement(db)
        await ask_by_transaction(db)
        db.idle.reverse()
    yield
    for statement in ("DROP TABLE kinds", "DROP TYPE kind"):
        await db.execute(sa.text(statement))


async def migrate(url: str, change: str) -> None:
    """As another process does."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for statement in MADE_ANEW[change]:
            await connection.exec_driver_sql(statement)
    await engine.dispose()


async def ask_by_statement(db: Database) -> Any:
    return [tuple(it.values()) for it in await db.all(KINDS, {"kind": "a"})]


async def ask_by_transaction(db: Database) -> Any:
    found = await db.transaction(lambda it: it.execute(KINDS, {"kind": "a"}))
    return [tuple(it) for it in found]


@pytest.mark.usefixtures("kinds")
@pytest.mark.parametrize("ask", [ask_by_statement, ask_by_transaction])
@pytest.mark.parametrize("change", MADE_ANEW)
async def test_what_a_migration_makes_anew(
    db: Database, url: str, change: str, ask: Callable[[Database], Any]
) -> None:
    await migrate(url, change)
    for _ in range(2):
        assert await ask(db) == [("a", 1)]
        db.idle.reverse()


@pytest.mark.usefixtures("kinds")
@pytest.mark.parametrize("change", MADE_ANEW)
async def test_a_session_is_to_be_tried_again_after_that(
    client: AsyncClient, url: str, change: str
) -> None:
    await migrate(url, change)
    first = await client.get("/kinds")
    if first.status_code != 200:  # behind PgBouncer no plan is kept
        assert_problem(first, 503)
    for _ in range(3):
        assert (await client.get("/kinds")).status_code == 200


async def test_an_error_of_ours_in_a_session_is_not_of_the_database(
    db: Database,
) -> None:
    with pytest.raises(FileNotFoundError):
        async with db.session():
            raise FileNotFoundError


@pytest.fixture
def unreachable() -> Database:
    url: Any = "postgresql://nobody@127.0.0.1:9/nothing"
    return Database(Settings(database_url=url, database_connect_timeout=5))
