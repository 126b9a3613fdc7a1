"""ORM sessions give right answers, and what a response lacks is told as it is."""

from pathlib import Path

from tests.adopt.support import Server
from tests.support import render, run

MODELS = {
    "mixins": {
        "Priced": {
            "price": {"type": "decimal(10,2)", "default": "1.00"},
            "half": {"type": "decimal(10,2)", "computed": "price / 2"},
        }
    },
    "models": {
        "Product": {
            "mixins": ["Priced"],
            "pk": "identity",
            "soft_delete": True,
            "version": True,
            "fields": {
                "name": "string(20)",
                "upper": {"type": "string(20)", "computed": "upper(name)"},
                "rating": "float?",
            },
        },
        "Label": {
            "pk": ["code"],
            "timestamps": False,
            "fields": {
                "code": "string(8)",
                "text": {"type": "string(20)", "default": "none"},
                "product": {"ref": "Product", "optional": True, "inverse": "labels"},
            },
        },
    },
}

HANDLERS = """
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from app.dependencies import Db, SessionDep
from app.errors import found_or_404
from app.resources.labels.model import Label
from app.resources.labels.schemas import LabelRead
from app.resources.products.model import Product
from app.resources.products.policy import BY_KEY, PRODUCTS
from app.resources.products.schemas import ProductRead, ProductUpdate
from app.http.schemas import Output

router = APIRouter(prefix="/ours")


async def first(session: AsyncSession) -> Product:
    product = await session.scalar(sa.select(Product))
    assert product is not None
    return product


@router.post("/several", response_model=list[ProductRead])
async def several(session: SessionDep) -> list[Product]:
    products = [Product(name=name) for name in "ab"]
    session.add_all(products)
    await session.flush()
    for product in products:
        product.price, product.name = Decimal("3.00"), product.name * 2
    await session.flush()
    return products


@router.post("/refreshed", response_model=ProductRead)
async def refreshed(session: SessionDep) -> Product:
    product = await first(session)
    product.price = Decimal("4.005")  # which PostgreSQL rounds
    await session.flush()
    await session.refresh(product)
    return product


@router.post("/work", response_model=ProductRead)
async def work(db: Db) -> Product:
    async def work(session: AsyncSession) -> Product:
        product = await first(session)
        product.price = Decimal("5.00")
        return product

    return await db.transaction(work)


@router.post("/committed", response_model=ProductRead)
async def committed(db: Db) -> Product:
    async with db.session() as session:
        product = await first(session)
        product.price = Decimal("6.00")
    return product


@router.post("/by-itself", response_model=ProductRead)
async def by_itself(session: SessionDep) -> Product:
    product = await first(session)
    product.price = Decimal("7.00")
    await session.commit()
    return product


@router.patch("/products/{product_id}/by-session", response_model=ProductRead)
async def by_session(session: SessionDep, product_id: int, data: ProductUpdate) -> Product:
    key = {"_product_id": product_id}
    found = await session.scalar(sa.select(Product).where(BY_KEY, *PRODUCTS.update), key)
    product = found_or_404(found, "product")
    for name, value in data.model_dump().items():
        setattr(product, name, value)
    await session.flush()
    return product


@router.post("/key", response_model=LabelRead)
async def key(session: SessionDep) -> Label:
    label = Label(code="new")
    session.add(label)
    await session.flush()
    label.text = "changed"
    await session.flush()
    return label


class WithLabels(Output):
    id: int
    labels: list[LabelRead]


@router.post("/relation", response_model=WithLabels)
async def relation(session: SessionDep) -> Product:
    return await first(session)


@router.post("/expired", response_model=ProductRead)
async def expired(session: SessionDep) -> Product:
    product = await first(session)
    session.expire(product, ["price"])
    return product


class Failing:
    @property
    def id(self) -> int:
        raise ValueError("secret")


class Identified(Output):
    id: int


@router.post("/failing", response_model=Identified)
async def failing() -> Failing:
    return Failing()


@router.post("/assigned", response_model=ProductRead)
async def assigned(session: SessionDep) -> Product:
    product = await first(session)
    product.name = ["secret"]  # type: ignore[assignment]
    with session.no_autoflush:
        return product


@router.post("/nothing", response_model=ProductRead)
async def nothing() -> None: ...


@router.post("/lacking", response_model=ProductRead)
async def lacking() -> dict[str, Any]:
    return {"id": "secret"}


class Rated(Output):
    rating: int


@router.post("/loaded", response_model=Rated)
async def loaded(db: Db) -> Product:
    return await db.transaction(first)


@router.post("/open", response_model=Rated)
async def open(session: SessionDep) -> Product:
    return await first(session)


@router.post("/rows", response_model=list[Rated])
async def rows(session: SessionDep) -> Any:
    return (await session.execute(sa.select(Product.rating))).all()


@router.post("/row", response_model=Rated)
async def row(db: Db) -> dict[str, Any]:
    return {**await db.one(sa.select(Product.rating))}
"""

TESTS = """
import logging

import pytest
from httpx import AsyncClient

from tests.support.checks import assert_problem


@pytest.fixture
async def made(client: AsyncClient) -> dict:
    response = await client.post("/products", json={"name": "a", "rating": 0.5})
    return response.json()


async def stored(client: AsyncClient, product: dict) -> dict:
    return (await client.get(f"/products/{product['id']}")).json()


@pytest.mark.parametrize("way", ["refreshed", "work", "committed", "by-itself"])
async def test_what_is_answered_is_stored(client: AsyncClient, made: dict, way: str) -> None:
    response = await client.post(f"/ours/{way}")
    assert response.status_code == 200, response.text
    assert response.json() == await stored(client, made)
    assert response.json()["half"] != made["half"]
    assert response.json()["updated_at"] > made["updated_at"]


async def test_several(client: AsyncClient) -> None:
    for product in (await client.post("/ours/several")).json():
        assert product == await stored(client, product)
        assert (product["half"], product["upper"]) == ("1.50", product["name"].upper())


async def test_a_key_of_its_own(client: AsyncClient) -> None:
    label = (await client.post("/ours/key")).json()
    assert label == (await client.get("/labels/new")).json()
    assert label["text"] == "changed"


async def test_an_update_by_session(client: AsyncClient, made: dict) -> None:
    changes = {"name": "b", "price": "7.00"}
    response = await client.patch(f"/ours/products/{made['id']}/by-session", json=changes)
    assert response.json() == await stored(client, made)
    assert (response.json()["upper"], response.json()["half"]) == ("B", "3.50")
    await client.delete(f"/products/{made['id']}")
    response = await client.patch(f"/ours/products/{made['id']}/by-session", json=changes)
    assert_problem(response, 404)


@pytest.mark.parametrize(
    ("way", "pointer", "why"),
    [
        ("relation", "#/labels", "Could not be read"),
        ("expired", "#/price", "Could not be read"),
        ("failing", "#/id", "Could not be read"),
        ("assigned", "#/name", "Input should be a valid string"),
        ("nothing", "#", "Input should be a valid dictionary"),
        ("open", "#/rating", "Input should be a valid integer"),
        ("loaded", "#/rating", "Input should be a valid integer"),
        ("row", "#/rating", "Input should be a valid integer"),
        ("rows", "#/0/rating", "Input should be a valid integer"),
    ],
)
async def test_what_does_not_fit(
    client: AsyncClient, made: dict, caplog, way: str, pointer: str, why: str
) -> None:
    logging.getLogger().addHandler(caplog.handler)
    response = await client.post(f"/ours/{way}")
    (fault,) = assert_problem(response, 500)
    assert response.json()["detail"] == "The response does not fit its schema."
    assert fault["pointer"] == pointer
    assert fault["detail"].startswith(why)
    assert f"The response does not fit its schema. {pointer}: " in caplog.text
    assert "secret" not in response.text + caplog.text
    assert await stored(client, made) == made


async def test_what_is_lacking(client: AsyncClient, caplog) -> None:
    logging.getLogger().addHandler(caplog.handler)
    response = await client.post("/ours/lacking")
    faults = assert_problem(response, 500)
    assert "Field required" in {it["detail"] for it in faults}
    assert "secret" not in response.text + caplog.text
"""


def test_sessions(template: Path, programs: Path, server: Server, tmp_path: Path) -> None:
    project = render(template, tmp_path / "project", MODELS)
    (project / "app/resources/products/orm.py").write_text(HANDLERS)
    (project / "tests/test_ours.py").write_text(TESTS)
    variables = {"TEST_DATABASE_URL": server.url}
    command = ("pytest", "-n", "0", "-q", "tests/test_ours.py", "tests/test_models.py")
    assert " passed" in run(project, *command, path=programs, variables=variables)
