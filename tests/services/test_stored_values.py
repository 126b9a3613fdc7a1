"""Values and rules that a service's own tests don't know: lists end, a refusal has its status."""

import re
from pathlib import Path

from tests.adopt.support import Server
from tests.support import render, run

MODELS = {
    "defaults": {"pk": "identity"},
    "models": {
        "Plan": {
            "fields": {
                "term": {"type": "interval", "server_default": "interval '1 year'"},
                "rate": "float?",
                "body": "text?",
            },
            "api": {
                "sort": ["term", "rate"],
                "filter": ["term"],
                "ops": ["list", "get", "create", "update", "bulk_create"],
            },
        },
        "Poem": {
            "fields": {"text": "text", "lines": "int"},
            "checks": {"has_lines": "cardinality(string_to_array(text, E'\\n')) = lines"},
        },
        "Verse": {"fields": {"poem": "-> Poem"}},
        "Reader": {"fields": {"name": "text"}, "checks": {"kept": "id <> 1 OR name = 'all'"}},
    },
}

TESTS = """
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from httpx import ASGITransport, AsyncClient

from app.main import create_app
from tests.conftest import patient_settings
from tests.support.checks import assert_problem, assert_status, pages

TERMS = ["1 year", "12 mons", "360 days", "365 days", "366 days", "-1 mon", "1 mon -1 day", "36:00"]


@pytest.mark.parametrize("sort", ["term", "-term", "term,-rate"])
async def test_each_once(client: AsyncClient, db, sort: str) -> None:
    for term in TERMS * 2:
        await db.execute(sa.text(f"INSERT INTO plans (term) VALUES ('{term}')"))
    whole = (await client.get("/plans", params={"sort": sort})).json()["items"]
    assert len(whole) == 2 * len(TERMS)
    assert await pages(client, "/plans", sort=sort) == whole
    assert len(await pages(client, "/plans", term="P360D")) == 6


@pytest.mark.parametrize("term", ["P366D", "P366DT36M", "-P1DT1S", "PT0S", "PT0.5S", "PT23H"])
async def test_read_as_sent(client: AsyncClient, term: str) -> None:
    made = assert_status(await client.post("/plans", json={"term": term}), 201)
    assert made["term"] == term


@pytest.mark.parametrize("term", ["P1Y", "P1M", "P1M1D", "-P1YT1M", "P1,5Y", "p1y"])
async def test_no_fixed_length(client: AsyncClient, term: str) -> None:
    faults = assert_problem(await client.post("/plans", json={"term": term}), 422)
    assert "days" in faults[0]["detail"]


@pytest.mark.parametrize("term", ["infinity", "178000000 years"])
async def test_longer_than_python_has(client: AsyncClient, db, term: str) -> None:
    await db.execute(sa.text(f"INSERT INTO plans (term) VALUES ('{term}')"))
    assert_problem(await client.get("/plans"), 500)


@pytest.mark.parametrize("rate", ["NaN", "Infinity", "-Infinity"])
async def test_no_number_of_json(client: AsyncClient, db, rate: str) -> None:
    await db.execute(sa.text("INSERT INTO plans (rate) VALUES (1.5), (2.5)"))
    await db.execute(sa.text(f"INSERT INTO plans (rate) VALUES ('{rate}')"))
    response = await client.get("/plans", params={"sort": "rate"})
    (fault,) = assert_problem(response, 500)
    assert fault["pointer"].startswith("#/items/")
    assert fault["pointer"].endswith("/rate")
    down = "-" if rate == "-Infinity" else ""
    page = (await client.get("/plans", params={"sort": f"{down}rate", "limit": 2})).json()
    assert len(page["items"]) == 2  # and one that can't be shown


async def test_what_a_view_fails_to_compute(client: AsyncClient, db) -> None:
    columns = "id, term, 1 / (id - id)::float AS rate, body, created_at, updated_at"
    made = await db.one(sa.text("INSERT INTO plans DEFAULT VALUES RETURNING id"))
    await db.execute(sa.text("ALTER TABLE plans RENAME TO all_plans"))
    await db.execute(sa.text(f"CREATE VIEW plans AS SELECT {columns} FROM all_plans"))
    try:
        for path in ("/plans", "/plans?limit=1", f"/plans/{made['id']}"):
            response = await client.get(path)
            assert_problem(response, 500)
            assert "compute" in response.json()["detail"]
    finally:
        await db.execute(sa.text("DROP VIEW plans"))
        await db.execute(sa.text("ALTER TABLE all_plans RENAME TO plans"))


@pytest.fixture
async def guarded(db) -> AsyncIterator[AsyncClient]:
    await db.execute(sa.text("CREATE ROLE guarded LOGIN"))
    for statement in (
        "GRANT SELECT, INSERT, UPDATE ON plans TO guarded",
        "ALTER TABLE plans ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY ours ON plans USING (true) WITH CHECK (body <> 'x')",
    ):
        await db.execute(sa.text(statement))
    url = db.engine.url.set(username="guarded").render_as_string(hide_password=False)
    app = create_app(patient_settings(url))
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://test") as client:
            yield client
    for statement in (
        "DROP POLICY ours ON plans",
        "ALTER TABLE plans DISABLE ROW LEVEL SECURITY",
        "DROP OWNED BY guarded",
        "DROP ROLE guarded",
    ):
        await db.execute(sa.text(statement))


async def test_policies_of_others(guarded: AsyncClient, db) -> None:
    row = assert_status(await guarded.post("/plans", json={"body": "y"}), 201)
    for response in (
        await guarded.post("/plans", json={"body": "x"}),
        await guarded.patch(f"/plans/{row['id']}", json={"body": "x"}),
        await guarded.post("/plans/bulk", json=[{"body": "y"}, {"body": "x"}]),
    ):
        assert_problem(response, 403)
        assert "policy" not in response.text
    made = await guarded.post("/plans/bulk", json=[{"body": "y"}, {"body": "z"}])
    assert assert_status(made, 201) == {"created": 2}
    assert len(await pages(guarded, "/plans")) == 3
    await db.execute(sa.text("REVOKE INSERT ON plans FROM guarded"))
    assert_problem(await guarded.post("/plans", json={"body": "y"}), 500)
"""


def test_stored_values(template: Path, programs: Path, server: Server, tmp_path: Path) -> None:
    project = render(template, tmp_path / "project", MODELS)
    (project / "tests/test_ours.py").write_text(TESTS)
    variables = {"TEST_DATABASE_URL": server.url}
    command = ("pytest", "-n", "0", "-q", "tests/test_ours.py")
    assert " passed" in run(project, *command, path=programs, variables=variables)
    others = ("pytest", "-n", "0", "-q", "tests/contract", "-k", "poems or verses or readers")
    told = run(project, *others, path=programs, variables=variables)
    rule = "cardinality(string_to_array(text, E'\\n')) = lines"
    line = f"Skipped: let `sample` in tests/resources/poems.py keep the check: {rule}"
    assert told.count("sample") == told.splitlines().count(line) == 1
    sample = project / "tests/resources/poems.py"
    fitting = re.sub(r"return \{.*\}", 'return {"text": "x", "lines": 1}', sample.read_text())
    sample.write_text(fitting)
    told = run(project, *others, path=programs, variables=variables)
    assert "skipped" not in told
