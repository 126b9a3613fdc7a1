"""Many clients at once: nothing is lost, nothing is made, and no conflict is theirs to solve."""

from __future__ import annotations

import asyncio
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.drills.conftest import Start
from tests.drills.load import client_of
from tests.drills.service import Postgres


async def made(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    response = await client.post(path, json=body)
    assert response.status_code == 201, response.text
    row: dict[str, Any] = response.json()
    return row


async def accounts(client: httpx.AsyncClient, number: int) -> list[str]:
    """As many accounts, each of an owner of its own and with 100.00 on it."""
    ids = []
    for place in range(number):
        owner = await made(client, "/users", email=f"{place}@example.com", pin="0000")
        given = {"owner_id": owner["id"], "currency": "EUR", "balance": "100.00"}
        ids.append((await made(client, "/accounts", **given))["id"])
    return ids


async def move(
    client: httpx.AsyncClient, source: str, target: str, request_id: str | None = None
) -> httpx.Response:
    body = {"source_id": source, "target_id": target, "amount": "1.00"}
    body["request_id"] = request_id or str(uuid4())
    return await client.post("/accounts/transfer", json=body)


async def balances(client: httpx.AsyncClient) -> dict[str, Decimal]:
    items = (await client.get("/accounts?limit=200")).json()["items"]
    return {it["id"]: Decimal(it["balance"]) for it in items}


@pytest.mark.parametrize("shape", ["both ways", "fan-in", "fan-out"])
def test_200_transfers_at_once(start: Start, shape: str) -> None:
    async def drill(url: str) -> None:
        async with client_of(url) as client:
            hub, *others = await accounts(client, 2 if shape == "both ways" else 9)
            if shape == "both ways":
                pairs = [(hub, others[0]), (others[0], hub)] * 100
            else:
                pairs = [(others[it % 8], hub) for it in range(200)]
            if shape == "fan-out":
                pairs = [(target, source) for source, target in pairs]
            answers = await asyncio.gather(*(move(client, *pair) for pair in pairs))
            done = [pair for pair, it in zip(pairs, answers, strict=True) if it.status_code == 201]
            # Only an empty account is a reason not to move anything.
            assert {it.status_code for it in answers} <= {201, 409}
            assert len(done) == {"both ways": 200, "fan-in": 200, "fan-out": 100}[shape]
            expected = {it: Decimal(100) for it in (hub, *others)}
            for source, target in done:
                expected[source] -= 1
                expected[target] += 1
            assert await balances(client) == expected
            log = (await client.get("/transfers?limit=200")).json()["items"]
            moved = Counter((it["source_id"], it["target_id"]) for it in log)
            assert moved == Counter(done)

    with start() as service:
        asyncio.run(drill(service.url))


def test_the_same_request_moves_once(start: Start) -> None:
    async def drill(url: str) -> None:
        async with client_of(url) as client:
            source, target = await accounts(client, 2)
            key = str(uuid4())
            answers = await asyncio.gather(*(move(client, source, target, key) for _ in range(20)))
            assert [it.status_code for it in answers] == [201] * 20
            assert len({it.json()["id"] for it in answers}) == 1
            assert await balances(client) == {source: Decimal(99), target: Decimal(101)}
            assert (await move(client, target, source, key)).status_code == 409

    with start() as service:
        asyncio.run(drill(service.url))


def test_two_writers_of_different_fields(start: Start) -> None:
    async def drill(url: str) -> None:
        async with client_of(url) as client:
            row = await made(client, "/categories", name="a", slug="a")
            path = f"/categories/{row['id']}"
            for number in range(20):
                changes: list[dict[str, Any]] = [{"name": f"name {number}"}, {"position": number}]
                writes = (client.patch(path, json=change) for change in changes)
                assert [it.status_code for it in await asyncio.gather(*writes)] == [200, 200]
                after = (await client.get(path)).json()
                assert (after["name"], after["position"]) == (f"name {number}", number)

    with start() as service:
        asyncio.run(drill(service.url))


def test_two_writers_of_a_version(start: Start) -> None:
    async def drill(url: str) -> None:
        async with client_of(url) as client:
            response = await client.post("/users", json={"email": "a@example.com", "pin": "0000"})
            path, tag = response.headers["location"], response.headers["etag"]
            headers = {"If-Match": tag}
            writes = [
                client.patch(path, json={"locale": f"l{it}"}, headers=headers) for it in range(20)
            ]
            statuses = Counter(it.status_code for it in await asyncio.gather(*writes))
            assert statuses == {200: 1, 412: 19}
            assert (await client.delete(path, headers=headers)).status_code == 412
            now = (await client.get(path)).headers["etag"]
            assert (await client.delete(path, headers={"If-Match": now})).status_code == 204

    with start() as service:
        asyncio.run(drill(service.url))


def test_20_identical_creates(start: Start) -> None:
    async def drill(url: str) -> None:
        async with client_of(url) as client:
            creates = (client.post("/tags", json={"label": "one"}) for _ in range(20))
            statuses = Counter(it.status_code for it in await asyncio.gather(*creates))
            assert statuses == {201: 1, 409: 19}

    with start() as service:
        asyncio.run(drill(service.url))


# Gives up an insert as many times as the label says; a sequence isn't rolled back.
GIVE_UP = """
CREATE SEQUENCE attempts;
CREATE FUNCTION give_up() RETURNS trigger LANGUAGE plpgsql AS '
BEGIN
    IF nextval(''attempts'') <= {times} THEN
        RAISE EXCEPTION USING ERRCODE = {code};
    END IF;
    RETURN new;
END';
CREATE TRIGGER give_up BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION give_up();
"""


@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_a_victim_of_a_conflict_is_run_again(postgres: Postgres, start: Start, code: str) -> None:
    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        times, given = "split_part(new.label, ''x'', 2)::int", "split_part(new.label, ''x'', 1)"
        await admin.execute(GIVE_UP.format(times=times, code=given, table="tags"))
        async with client_of(url) as client:
            twice = await client.post("/tags", json={"label": f"{code}x2"})
            assert twice.status_code == 201
            assert await admin.fetchval("SELECT last_value FROM attempts") == 3
            always = await client.post("/tags", json={"label": f"{code}x1000"})
            assert always.status_code == 503
            assert always.headers["retry-after"]
            assert 5 <= await admin.fetchval("SELECT last_value FROM attempts") <= 13
            assert len((await client.get("/tags")).json()["items"]) == 1
        await admin.close()

    with start() as service:
        asyncio.run(drill(service.url))


def test_a_unit_of_work_is_run_again_as_a_whole(postgres: Postgres, start: Start) -> None:
    async def drill(url: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(GIVE_UP.format(times=2, code="''40001''", table="transfers"))
        async with client_of(url) as client:
            source, target = await accounts(client, 2)
            assert (await move(client, source, target)).status_code == 201
            assert await admin.fetchval("SELECT last_value FROM attempts") == 3
            assert await balances(client) == {source: Decimal(99), target: Decimal(101)}
        await admin.close()

    with start() as service:
        asyncio.run(drill(service.url))
