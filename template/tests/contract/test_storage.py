"""The database keeps the rules, whoever writes to it."""

import pytest
import sqlalchemy as sa
from asyncpg import IntegrityConstraintViolationError

from tests import factories
from tests.contract.api import Api
from tests.contract.values import Bad, unfit
from tests.support.cases import for_each
from tests.support.checks import scalar
from tests.support.facts import Field, Resource


def computed(resource: Resource) -> list[Field]:
    return [it for it in resource.fields if it.computed]


@for_each(lambda it: it.served, field=computed)
async def test_the_database_computes(api: Api, field: Field) -> None:
    row = await api.create()
    formula: sa.ColumnElement[object] = sa.literal_column(field.computed)
    again = sa.select(formula).select_from(api.facts.model)
    assert row[field.attribute] == await scalar(api.db, again)


@for_each(lambda it: it.served and it.managed and not it.pair, bad=unfit)
async def test_the_database_refuses(api: Api, bad: Bad) -> None:
    with pytest.raises(IntegrityConstraintViolationError):
        await api.create(**{bad.field.attribute: bad.value})


@for_each(lambda it: it.duplicates)
async def test_equal_rows_are_two(api: Api) -> None:
    given = await factories.values(api.db, api.facts.model)
    for _ in range(2):
        await api.create(**given)
    async with api.db.session() as session:
        one, other = await session.scalars(sa.select(api.facts.model))
    assert one is not other


def unasked(resource: Resource) -> list[str]:
    """The methods that no operation has."""
    methods = {"list": "GET", "create": "POST"}
    return [methods[it] for it in methods if it not in resource.ops]


@for_each(lambda it: it.served, method=unasked)
async def test_what_all_of_them_are_not_asked(api: Api, method: str) -> None:
    response = await api.client.request(method, api.path, json={})
    assert response.status_code in (404, 405), response.text


def unasked_of_one(resource: Resource) -> list[str]:
    methods = {"get": "GET", "update": "PATCH", "replace": "PUT", "delete": "DELETE"}
    asked = resource.ops | ({"replace"} if "upsert" in resource.ops else set())
    return [methods[it] for it in methods if it not in asked and resource.key]


@for_each(lambda it: it.served, method=unasked_of_one)
async def test_what_one_is_not_asked(api: Api, method: str) -> None:
    row = await api.create()
    response = await api.client.request(method, api.path_of(row), json={})
    assert response.status_code in (404, 405), response.text
