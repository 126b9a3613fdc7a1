"""PgBouncer in between, a replica beside, and several of the service at once."""

from __future__ import annotations

import asyncio
import base64
import shutil
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.drills.conftest import Start
from tests.drills.load import Load, client_of, until
from tests.drills.pgbouncer import pooling
from tests.drills.service import HANG, Postgres
from tests.support import run

# A pytest plugin: the service goes through PgBouncer, what administers databases doesn't.
THROUGH = """
from sqlalchemy import make_url

from app.database import pool

create = pool.create_async_engine


def through(url, **options):
    direct = make_url(url)
    if "host" in direct.query:  # a Unix socket
        url = direct.set(host="127.0.0.1", port={port}, query={{}})
    return create(url, **options)


pool.create_async_engine = through
"""


def test_the_whole_suite_through_pgbouncer(
    shop: Path, programs: Path, postgres: Postgres, tmp_path: Path
) -> None:
    project = tmp_path / "shop"
    shutil.copytree(shop, project)
    python = programs / "python"
    with pooling(shop, python, postgres.url, tmp_path / "pgbouncer", size=20) as url:
        (project / "through.py").write_text(THROUGH.format(port=httpx.URL(url).port))
        variables = {"TEST_DATABASE_URL": postgres.url, "DATABASE_PGBOUNCER": "true"}
        told = run(
            project,
            *("python", "-m", "pytest", "-q", "-p", "through"),
            path=programs,
            variables=variables,
        )
    assert " passed" in told
    assert "failed" not in told


def test_load_through_a_small_pgbouncer(
    shop: Path, programs: Path, postgres: Postgres, start: Start, tmp_path: Path
) -> None:
    async def drill(url: str) -> None:
        async with client_of(url) as client, Load(url, clients=50) as load:
            for _ in range(10):
                at_once = (client.get(path) for path in ("/tags", "/users", "/products?limit=1"))
                assert {it.status_code for it in await asyncio.gather(*at_once)} == {200}
            await until(lambda: len(load.stored) > 200 or load.failures)
        assert not load.failures

    with (
        pooling(shop, programs / "python", postgres.url, tmp_path / "pgbouncer", size=5) as url,
        start(DATABASE_URL=url, DATABASE_PGBOUNCER="true", DATABASE_POOL_SIZE="50") as service,
    ):
        asyncio.run(drill(service.url))


def test_an_argument_that_is_no_value_holds_nothing_in_pgbouncer(
    shop: Path, programs: Path, postgres: Postgres, start: Start, tmp_path: Path
) -> None:
    """asyncpg refuses it after Parse: without a Sync, PgBouncer waits for the rest for ever."""
    cursor = base64.urlsafe_b64encode(b'["id",9223372036854775808]').decode()

    async def drill(service: str, url: str) -> None:
        async with client_of(service) as client:
            assert (await client.get("/tags")).status_code == 200
            forged = (client.get("/tags", params={"cursor": cursor}) for _ in range(20))
            assert {it.status_code for it in await asyncio.gather(*forged)} == {422}
        async with asyncio.timeout(HANG):
            other = await asyncpg.connect(url, statement_cache_size=0)
            assert await other.fetchval("SELECT 1") == 1
            await other.close()

    with (
        pooling(shop, programs / "python", postgres.url, tmp_path / "pgbouncer", size=2) as url,
        start(DATABASE_URL=url, DATABASE_PGBOUNCER="true") as service,
    ):
        asyncio.run(drill(service.url, url))


def test_reads_go_to_the_replica(postgres: Postgres, start: Start) -> None:
    """The replica is a copy that stays behind for ever, so that every answer tells its origin."""

    async def prepare() -> str:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute("INSERT INTO tags (label) VALUES ('both')")
        await admin.execute("CREATE DATABASE replica TEMPLATE postgres")
        await admin.close()
        return postgres.url.replace("/postgres?", "/replica?")

    async def drill(url: str) -> None:
        async with client_of(url) as client:
            created = await client.post("/tags", json={"label": "new"})
            assert created.status_code == 201
            path = created.headers["location"]
            assert (await client.get(path)).status_code == 404
            for body in ({"label": "changed"}, {}):
                response = await client.patch(path, json=body)
                assert (response.status_code, response.json()["label"]) == (200, "changed")
            response = await client.put(path, json={"label": "replaced"})
            assert response.json()["label"] == "replaced"
            listed = (await client.get("/tags")).json()["items"]
            assert [it["label"] for it in listed] == ["both"]
            admin = await asyncpg.connect(postgres.url)
            await admin.execute("DROP DATABASE replica WITH (FORCE)")
            await admin.close()
            assert (await client.get("/tags")).status_code == 503
            assert (await client.get("/health/ready")).status_code == 503
            assert (await client.get("/health/live")).status_code == 200
            assert (await client.patch(path, json={"label": "still"})).status_code == 200

    replica = asyncio.run(prepare())
    with start(DATABASE_REPLICA_URL=replica) as service:
        asyncio.run(drill(service.url))


FOUR = """
for replica in 1 2 3 4; do alembic upgrade head & replicas="$replicas $!"; done
for replica in $replicas; do wait $replica || exit 1; done
alembic check
"""
NEXT = """
revision = "0002"
down_revision = "0001"

from alembic import op

def upgrade() -> None:
    op.execute("ALTER TABLE tags ADD COLUMN colour text")
    op.execute("ALTER TABLE tags DROP COLUMN colour")

def downgrade() -> None:
    pass
"""


@pytest.mark.parametrize("rows", [0, 100_000])
def test_four_replicas_upgrade_at_once(
    shop: Path, programs: Path, postgres: Postgres, tmp_path: Path, rows: int
) -> None:
    project = tmp_path / "shop"
    shutil.copytree(shop, project)
    (project / "migrations" / "versions" / "0002_next.py").write_text(NEXT)

    async def fill() -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(f"INSERT INTO tags (label) SELECT generate_series(1, {rows})")
        await admin.close()

    async def count() -> int:
        admin = await asyncpg.connect(postgres.url)
        found: int = await admin.fetchval("SELECT count(*) FROM tags")
        await admin.close()
        return found

    variables = {"DATABASE_URL": postgres.url}
    if rows:
        asyncio.run(fill())
    else:
        run(project, "alembic", "downgrade", "base", path=programs, variables=variables)
    told = run(project, "sh", "-c", FOUR, path=programs, variables=variables)
    assert told.count("Running upgrade 0001 -> 0002") == 1
    assert asyncio.run(count()) == rows


WHO = """

    @app.get("/who")
    async def who(request: Request) -> list[str]:
        return [request.client.host if request.client else "", request.url.scheme]

    @app.get("/keys/{key}")
    async def read(key: str) -> str:
        return key
"""


def test_proxies_that_are_believed(
    shop: Path, programs: Path, postgres: Postgres, tmp_path: Path
) -> None:
    project = tmp_path / "shop"
    shutil.copytree(shop, project)
    main = project / "app" / "main.py"
    text = main.read_text() + WHO
    main.write_text(text.replace("import FastAPI\n", "import FastAPI, Request\n", 1))
    start = Start(project, programs, postgres.url, tmp_path)
    with start(FORWARDED_ALLOW_IPS="127.0.0.1, 10.0.0.0/8", ROOT_PATH="/api") as service:
        headers = {"X-Forwarded-For": "10.9.9.9, 8.8.8.8, 10.0.0.9", "X-Forwarded-Proto": "https"}
        for root in ("", "/api"):  # with a proxy that takes it away, and with one that doesn't
            answer = httpx.get(f"{service.url}{root}/who", headers=headers, timeout=HANG)
            assert answer.json() == ["8.8.8.8", "https"]
            answer = httpx.get(f"{service.url}{root}/keys/a%2Fb%20c", timeout=HANG)
            assert answer.json() == "a/b c"
