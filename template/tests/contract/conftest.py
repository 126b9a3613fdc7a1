"""What the tests of the contract share."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from asyncpg import PostgresError
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy.exc import DBAPIError

from app.database import Database
from tests import factories
from tests.conftest import EMPTY
from tests.contract.api import Api
from tests.support.facts import Resource, every

Declared = list[tuple[re.Pattern[str], dict[str, set[str]]]]


@pytest.fixture(scope="session")
def declared(app: FastAPI) -> Declared:
    """By the paths of the OpenAPI document: the methods, and the statuses of each."""
    return [
        (
            re.compile(re.sub(r"{\w+}", "[^/]+", path)),
            {method: {*of["responses"]} for method, of in methods.items()},
        )
        for path, methods in app.openapi()["paths"].items()
    ]


@pytest.fixture(scope="session")
async def unfit(app: FastAPI) -> dict[type, str]:
    """The models whose checks refuse samples, or rows that these need: what to do."""
    db: Database = app.state.database
    found: dict[type, str] = {}
    for resource in every():
        ruled = resource.ruled or any(it.pattern for it in resource.fields)
        if ruled and found.keys().isdisjoint(needed(resource)):
            found |= await refusing(db, resource) and await refusing(db, resource)
    await db.execute(EMPTY)
    factories.restart()
    while more := {
        it.model: found[of]
        for it in every()
        for of in needed(it)
        if of in found and it.model not in found
    }:
        found |= more
    return found


async def refusing(db: Database, resource: Resource) -> dict[type, str]:
    """The model whose check refuses a row, and what to do.

    Asked twice, as a check may keep the first number of a sequence for a row of its own.
    """
    try:
        for _ in range(resource.most):
            await factories.create(db, resource.model)
    except (PostgresError, DBAPIError) as error:
        await db.execute(EMPTY)
        factories.restart()
        return refusal(getattr(error, "orig", error))
    return {}


def refusal(error: Any) -> dict[type, str]:
    """What to do about a check, by its model."""
    refused = getattr(error, "__cause__", None) or error
    name = getattr(refused, "constraint_name", None)
    for resource in every():
        table = resource.model.metadata.tables[str(resource.model.__table__)]
        for rule in table.constraints:
            if isinstance(rule, sa.CheckConstraint) and rule.name == name:
                file = f"tests/resources/{resource.name}.py"
                told = f"let `sample` in {file} keep the check: {rule.sqltext}"
                return {resource.model: told}
    return {}


def needed(resource: Resource) -> list[type]:
    """The models of which tests make rows beside its own."""
    found: list[type] = [it.model for it in resource.references]
    found += [it.model for it in resource.related]
    found += [it.model for it in resource.embeds]
    found += [it.model for it in resource.links]
    return found + [it.log for it in resource.transfers]


@pytest.fixture
def api(
    resource: Resource,
    client: AsyncClient,
    db: Database,
    declared: Declared,
    unfit: dict[type, str],
) -> Api:
    """The resource that the test is about. No answer has a status that isn't declared."""
    if told := unfit.get(resource.model):
        pytest.skip(told)

    async def check(response: Response) -> None:
        path, method = response.request.url.path, response.request.method.lower()
        found = [
            of[method] for to, of in declared if to.fullmatch(path) if method in of
        ]
        status = str(response.status_code)
        told = not found or any(status in it for it in found) or status == "500"
        assert told, f"{method} {path} declares no {status}"

    client.event_hooks["response"] = [check]
    return Api(resource, client, db)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """What an owner has said of a resource: which test fails, and why."""
    said = {test: reason for it in every() for test, reason in it.exceptions.items()}
    known = {item.name for item in items}
    if config.args_source is config.ArgsSource.TESTPATHS and (wrong := {*said} - known):
        raise pytest.UsageError(f"FACTS.fails: there is no test {', '.join(wrong)}")
    for item in items:
        if item.name in said:
            item.add_marker(pytest.mark.xfail(reason=said[item.name], strict=True))
