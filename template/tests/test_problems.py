"""What PostgreSQL refuses is told by the name of the rule and its fields."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import APIRouter
from httpx import ASGITransport, AsyncClient
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import conv

from app.database.base import Base
from app.dependencies import Db
from app.main import create_app
from tests.conftest import patient_settings, temporary_database
from tests.support.checks import assert_problem

LONG = "the_name_of_a_rule_that_has_more_than_all_of_63_bytes_in_it"
CUT = f"the_names_that_postgresql_cuts_are_found_as_well_{LONG}"
metadata = sa.MetaData(naming_convention=Base.metadata.naming_convention)
wares = sa.Table(
    "wares",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("price", sa.Integer, server_default="5"),
    sa.Column("Cost", sa.Integer, key="cost", server_default="5"),
    sa.Column("label", sa.Text, key="class_", nullable=False, server_default="a"),
    sa.Column("code", sa.Text, unique=True),
    sa.Column("slot", sa.Integer),
    sa.CheckConstraint('price >= "Cost"', "price_not_under_cost"),
    sa.CheckConstraint("price <> 1", LONG),
    sa.CheckConstraint("price <> 2", conv("Not 2!")),
    sa.CheckConstraint("price <> 3", conv(CUT)),
    postgresql.ExcludeConstraint(("slot", "="), name="ex_wares_slot", using="btree"),
)
billed = sa.Table(
    "wares",
    metadata,
    sa.Column("total", sa.Integer),
    sa.CheckConstraint("total > 0", "total_min"),
    schema="own schema",
)
parts = sa.Table(
    "parts",
    metadata,
    sa.Column("size", sa.Integer),
    sa.CheckConstraint("size > 0", "size_min"),
    postgresql_partition_by="LIST (size)",
)
# As a migration of one's own does, or whoever made an adopted database.
MORE = (
    "ALTER TABLE wares ADD CONSTRAINT ck_wares_not_four CHECK (price <> 4)",
    'ALTER TABLE wares ADD CONSTRAINT "Never 7" CHECK (price <> 7)',
    "CREATE DOMAIN small AS int CONSTRAINT at_most_nine CHECK (VALUE < 10)",
    "ALTER TABLE wares ADD COLUMN amount small",
    "CREATE TABLE some_parts PARTITION OF parts DEFAULT",
    "CREATE VIEW dear AS SELECT * FROM wares WHERE price > 90 WITH CHECK OPTION",
)

router = APIRouter()


@router.post("/wares")
@router.post("/wares/bulk")
async def write(db: Db, sql: str) -> None:
    await db.execute(sa.text(sql))


@router.post("/wares/copy")
async def copy(db: Db, prices: list[int]) -> None:
    async with db.driver(db.slots) as driver:
        await driver.copy_records_to_table(
            "wares", columns=["price"], records=[(it,) for it in prices]
        )


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[AsyncClient]:
    async with temporary_database("template1") as url:
        app = create_app(patient_settings(url))
        app.include_router(router)
        async with app.router.lifespan_context(app):
            async with app.state.database.engine.begin() as connection:
                await connection.execute(sa.schema.CreateSchema("own schema"))
                await connection.run_sync(metadata.create_all)
                for statement in MORE:
                    await connection.execute(sa.text(statement))
            transport = ASGITransport(app, raise_app_exceptions=False)
            async with AsyncClient(transport=transport, base_url="http://x") as client:
                yield client


@pytest.fixture(autouse=True)
def mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Base, "metadata", metadata)


@pytest.mark.parametrize(
    ("sql", "status", "detail", "fields"),
    [
        (
            "INSERT INTO wares (price) VALUES (0)",
            422,
            "Violates the check `price_not_under_cost`.",
            ["#/price", "#/cost"],
        ),
        (
            'INSERT INTO wares (price, "Cost") VALUES (1, 0)',
            422,
            f"Violates the check `{LONG}`.",
            ["#/price"],
        ),
        (
            'INSERT INTO wares (price, "Cost") VALUES (2, 0)',
            422,
            "Violates the check `Not 2!`.",
            ["#/price"],
        ),
        (
            'INSERT INTO wares (price, "Cost") VALUES (3, 0)',
            422,
            f"Violates the check `{CUT}`.",
            ["#/price"],
        ),
        (
            'INSERT INTO wares (price, "Cost") VALUES (4, 0)',
            422,
            "Violates the check `not_four`.",
            [],
        ),
        (
            'INSERT INTO wares (price, "Cost") VALUES (7, 0)',
            422,
            "Violates the check `Never 7`.",
            [],
        ),
        (
            'INSERT INTO "own schema".wares VALUES (0)',
            422,
            "Violates the check `total_min`.",
            ["#/total"],
        ),
        (
            "INSERT INTO parts VALUES (0)",
            422,
            "Violates the check `size_min`.",
            ["#/size"],
        ),
        (
            "INSERT INTO wares (amount) VALUES (12)",
            422,
            "Violates the check `at_most_nine` of the type `small`.",
            [],
        ),
        (
            "INSERT INTO dear (price) VALUES (80)",
            422,
            "Violates the check option of a view.",
            [],
        ),
        (
            "DO $$ BEGIN RAISE 'secret' USING ERRCODE = 'check_violation'; END $$",
            422,
            "Violates a check.",
            [],
        ),
        (
            "INSERT INTO wares (label) VALUES (null)",
            422,
            "A required value is missing.",
            ["#/class"],
        ),
        (
            "INSERT INTO wares (code) VALUES ('a'), ('a')",
            409,
            "Already taken.",
            ["#/code"],
        ),
        (
            "INSERT INTO wares (slot) VALUES (1), (1)",
            409,
            "Conflicts with another row.",
            ["#/slot"],
        ),
    ],
)
async def test_a_rule_is_told_by_its_name(
    client: AsyncClient, sql: str, status: int, detail: str, fields: list[str]
) -> None:
    response = await client.post("/wares", params={"sql": sql})
    faults: list[dict[str, Any]] = assert_problem(response, status)
    assert response.json()["detail"] == detail
    assert sorted(it["pointer"] for it in faults) == sorted(fields)
    assert {f"{it['detail']}." for it in faults} <= {detail}


@pytest.mark.parametrize(
    ("price", "detail", "fields"),
    [
        (3, "Violates the check `price_not_under_cost`.", ["#/1/price", "#/1/cost"]),
        (7, "Violates the check `Never 7`.", ["#/1"]),
    ],
)
async def test_of_many_rows_the_one_is_told(
    client: AsyncClient, price: int, detail: str, fields: list[str]
) -> None:
    response = await client.post("/wares/copy", json=[6, price])
    faults = assert_problem(response, 422)
    assert response.json()["detail"] == detail
    assert sorted(it["pointer"] for it in faults) == sorted(fields)


async def test_where_no_row_is_known_the_fields_are_told(client: AsyncClient) -> None:
    sql = "INSERT INTO wares (price) VALUES (3)"
    response = await client.post("/wares/bulk", params={"sql": sql})
    assert [it["detail"] for it in assert_problem(response, 422)] == [
        "Violates the check `price_not_under_cost`: price",
        "Violates the check `price_not_under_cost`: cost",
    ]
