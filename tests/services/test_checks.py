"""A check that a client breaks is told by its name, by whatever way it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.adopt.support import Server
from tests.drills.service import serving
from tests.support import render, run

MODELS = yaml.safe_load("""
enums: {State: [draft, sold]}
defaults: {timestamps: false}
models:
  Product:
    schema: shop
    pk: [sku]
    version: true
    fields:
      sku: slug
      price: {type: int, min: 0, default: 0}
      cost: {type: int, default: 0}
      state: {type: State, default: draft}
    checks:
      price_not_under_cost: price >= cost
      dear: {sql: price < 100, name: Not_dear}
      price_min: {name: at_least_nothing}
      sold_has_price: state <> 'sold' OR price > 0
    operations:
      sell: {kind: transition, field: state, moves: {draft: [sold]}}
    api: {ops: [get, create, update, upsert, bulk_create, bulk_update]}
  Account:
    pk: identity
    fields:
      balance: {type: int, access: create_only}
    checks: {balance_not_negative: balance >= 0}
    operations:
      transfer: {kind: transfer, field: balance, log: Payment}
  Payment:
    pk: identity
    fields:
      source: {ref: Account, inverse: outgoing}
      target: {ref: Account, inverse: incoming}
      amount: {type: int, gt: 0}
      request_id: {type: uuid, unique: true}
    api: {ops: [get]}
""")
# What models.yml doesn't know: of a migration of one's own, and of a database that was adopted.
OWN = """
ALTER TABLE shop.products ADD CONSTRAINT ck_products_own CHECK (cost <> 13);
CREATE DOMAIN small AS integer CONSTRAINT "at most 99" CHECK (VALUE < 100);
ALTER TABLE shop.products ALTER cost TYPE small;
"""
UUID = "00000000-0000-0000-0000-000000000001"
UNDER = "price_not_under_cost"
BOTH = ["#/price", "#/cost"]


@pytest.fixture(scope="module")
def client(
    template: Path, programs: Path, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("checks")
    project, url = render(template, folder / "project", MODELS), server.database()
    run(project, "alembic", "upgrade", "head", path=programs, variables={"DATABASE_URL": url})
    server.execute(url, OWN)
    with (
        serving(project, programs, url, folder / "log") as service,
        httpx.Client(base_url=service.url) as client,
    ):
        client.post("/products", json={"sku": "a", "price": 5, "cost": 5}).raise_for_status()
        client.post("/products", json={"sku": "free"}).raise_for_status()
        for balance in (1, 1):
            client.post("/accounts", json={"balance": balance}).raise_for_status()
        yield client


@pytest.mark.parametrize(
    ("method", "path", "body", "name", "pointers"),
    [
        ("POST", "", {"sku": "b", "price": 1, "cost": 2}, UNDER, BOTH),
        ("PATCH", "/a", {"price": 4}, UNDER, BOTH),
        ("PUT", "/a", {"price": 1, "cost": 2}, UNDER, BOTH),
        ("PUT", "/new", {"price": 1, "cost": 2}, UNDER, BOTH),
        ("PATCH", "/a", {"price": 100}, "Not_dear", ["#/price"]),
        ("PATCH", "/a", {"cost": 13, "price": 14}, "own", []),
        ("PATCH", "/a", {"cost": 100}, "at most 99` of the type `small", []),
        ("POST", "/bulk", [{"sku": "b"}, {"sku": "c", "cost": 13}], "own", ["#/1"]),
        ("POST", "/free/sell", {"state": "sold"}, "sold_has_price", ["#/price", "#/state"]),
        (
            "POST",
            "/bulk",
            [{"sku": "b"}, {"sku": "c", "price": 1, "cost": 2}],
            UNDER,
            ["#/1/price", "#/1/cost"],
        ),
        ("PATCH", "/bulk", [{"sku": "free"}, {"sku": "a", "price": 4}], UNDER, []),
    ],
)
def test_by_any_way(
    client: httpx.Client, method: str, path: str, body: Any, name: str, pointers: list[str]
) -> None:
    response = client.request(method, f"/products{path}", json=body)
    assert_broken(response, name, pointers)


def test_by_a_transfer(client: httpx.Client) -> None:
    body = {"source_id": 1, "target_id": 2, "amount": 2, "request_id": UUID}
    response = client.post("/accounts/transfer", json=body)
    assert_broken(response, "balance_not_negative", ["#/balance"])


def assert_broken(response: httpx.Response, name: str, pointers: list[str]) -> None:
    assert response.status_code == 422, response.text
    problem = response.json()
    assert problem["detail"] == f"Violates the check `{name}`."
    found = [it["pointer"] for it in problem.get("errors", []) if "pointer" in it]
    assert sorted(found) == sorted(pointers)


def test_a_move_that_is_not_allowed_says_which_are(client: httpx.Client) -> None:
    sell = "/products/a/sell"
    client.post(sell, json={"state": "sold"}).raise_for_status()
    again = client.post(sell, json={"state": "sold"})
    assert again.status_code == 409
    told = "The product cannot become sold from its current state, only from draft."
    assert again.json()["detail"] == told
    back = client.post(sell, json={"state": "draft"})
    assert back.json()["errors"] == [{"detail": "Input should be 'sold'", "pointer": "#/state"}]
