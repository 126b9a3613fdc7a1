"""What the tests of the contract share."""

import re

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from app.database import Database
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


@pytest.fixture
def api(
    resource: Resource, client: AsyncClient, db: Database, declared: Declared
) -> Api:
    """The resource that the test is about. No answer has a status that isn't declared."""

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
