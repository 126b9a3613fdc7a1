"""What tests ask of a response, and of the database."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from httpx import AsyncClient, Response
from pydantic_core import to_jsonable_python

from app.database import Database


def assert_problem(response: Response, status: int) -> list[dict[str, Any]]:
    """A problem document (RFC 9457); returns the faults that it lists."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    return list(problem.get("errors", []))


def assert_invalid(response: Response, field: str) -> None:
    faults = assert_problem(response, 422)
    assert any(names(fault) == field for fault in faults), faults


def assert_conflict(response: Response, field: str) -> None:
    faults = assert_problem(response, 409)
    assert any(names(fault) == field for fault in faults), faults


def assert_unknown(response: Response) -> None:
    assert_problem(response, 404)


def assert_status(response: Response, status: int) -> Any:
    """Returns what is in the body."""
    assert response.status_code == status, response.text
    return response.json() if response.content else None


def names(fault: dict[str, Any]) -> str:
    """The field of the body or the query that a fault is about."""
    pointer = str(fault.get("pointer", ""))
    return pointer.removeprefix("#/").split("/")[0] or str(fault.get("parameter"))


def path(*parts: object) -> str:
    """The parts as they stand in a URL, with slashes between."""
    base, *rest = to_jsonable_python(parts, bytes_mode="base64")
    return "/".join([base, *(quote(str(part), safe="") for part in rest)])


def opposite(sort: str) -> str:
    """The sort that lists the same rows the other way round."""
    return ",".join(f"-{it}".removeprefix("--") for it in sort.split(","))


def forged(cursor: str, value: Any) -> str:
    """The cursor, with `value` for what the list is sorted by first."""
    label, _, *rest = json.loads(base64.urlsafe_b64decode(cursor))
    made = json.dumps([label, value, *rest])
    return base64.urlsafe_b64encode(made.encode()).decode()


async def pages(
    client: AsyncClient, path: str, /, **query: Any
) -> list[dict[str, Any]]:
    """Every item of a list, fetched two at a time, by cursor or by offset."""
    items: list[dict[str, Any]] = []
    window: dict[str, Any] = {}
    while True:
        response = await client.get(path, params={**query, **window, "limit": 2})
        page = assert_status(response, 200)
        found = page.pop("items")
        assert found or not window, "an empty page comes after others"
        items += found
        ((name, following),) = page.items()
        if following is None:
            return items
        assert len(found) == 2
        window = {name.removeprefix("next_"): following}


def documents(response: Response) -> list[Any]:
    """Those of an export, a line each."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/jsonl"
    return [json.loads(line) for line in response.content.splitlines()]


async def scalar(db: Database, statement: sa.Executable) -> Any:
    """The only value of the only row."""
    (value,) = (await db.one(statement)).values()
    return value


def quoted(table: sa.FromClause) -> str:
    """The name of `table`, for SQL."""
    return ".".join(f'"{part}"' for part in str(table).split("."))


@asynccontextmanager
async def commits_fail(db: Database, table: sa.FromClause) -> AsyncIterator[None]:
    """Let every COMMIT that has inserted into `table` fail, as late as can be."""
    await db.execute(
        sa.text(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RAISE EXCEPTION ''refused at COMMIT''; END'"
        )
    )
    await db.execute(
        sa.text(
            f"CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON {quoted(table)}"
            " DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    )
    try:
        yield
    finally:
        await db.execute(sa.text("DROP FUNCTION refuse CASCADE"))
