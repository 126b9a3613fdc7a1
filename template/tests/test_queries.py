"""Query strings, and what OpenAPI says of them."""

from types import SimpleNamespace
from typing import Annotated, Any, Literal

import pytest
from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request

from app.errors import InvalidValue
from app.http import openapi
from app.lists.paging import CursorQuery
from app.lists.query import SUGGESTIONS


class BookQuery(CursorQuery):
    sort: tuple[Literal["title", "-title", "pages", "-pages"], ...] = ()
    title: str | None = None
    contains: int | None = None
    pages__in: tuple[int, ...] = ()
    pages__gt: int | None = None


Query = Annotated[BookQuery, Depends(BookQuery.from_request)]


async def read(query: str) -> BookQuery:
    scope = {"type": "http", "query_string": query.encode(), "headers": []}
    return await BookQuery.from_request(Request(scope))


async def test_nothing_asked() -> None:
    query = await read("")
    assert (query.sort, query.limit, query.filters()) == ((), 50, {})


async def test_everything_asked() -> None:
    query = await read(
        "sort=-title,pages&limit=5&title=a%26b&pages__in=1&pages__in=2&pages__gt=0"
    )
    assert (query.sort, query.limit) == (("-title", "pages"), 5)
    assert query.filters() == {
        "is_title": "a&b",
        "is_pages__in": (1, 2),
        "is_pages__gt": 0,
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("isbn=1", "isbn"),
        ("title=a&title=b", "title"),
        ("pages__lt=1", "pages__lt"),
        ("pages__gt=many", "pages__gt"),
        ("pages__in=1&pages__in=many", "pages__in"),
        ("&".join(f"pages__in={n}" for n in range(201)), "pages__in"),
        ("sort=isbn", "sort"),
        ("sort=", "sort"),
        ("sort=title,-title", "sort"),
        ("sort=title;DROP", "sort"),
        ("limit=0", "limit"),
    ],
)
async def test_refused(query: str, field: str) -> None:
    with pytest.raises(RequestValidationError) as refusal:
        await read(query)
    assert {it["loc"] for it in refusal.value.errors()} == {("query", field)}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("titel=1", "did you mean title?"),
        ("pages_gt=1", "did you mean pages__gt"),
        ("isbn=1", "there are limit, cursor, sort, title, contains"),
    ],
)
async def test_an_unknown_parameter(query: str, said: str) -> None:
    with pytest.raises(RequestValidationError) as refusal:
        await read(query)
    (fault,) = refusal.value.errors()
    assert fault["msg"].startswith(f"Unknown parameter: {said}")


async def test_unknown_parameters() -> None:
    """Names like each are looked for only so often."""
    with pytest.raises(RequestValidationError) as refusal:
        await read("&".join(f"isbn{number}=1" for number in range(100)))
    told = [it["msg"].startswith("Unknown") for it in refusal.value.errors()]
    assert told == [True] * SUGGESTIONS + [False] * (100 - SUGGESTIONS)


async def test_a_row_too_long_for_a_cursor() -> None:
    async def rows(*_: object) -> list[int]:
        return [1, 2]

    made = SimpleNamespace(cursor=lambda _: "x" * 16_001)
    listing: Any = SimpleNamespace(order=lambda _: made, rows=rows)
    with pytest.raises(InvalidValue, match="sort by shorter fields") as refusal:
        await CursorQuery(limit=1)._page(listing, listing, {})
    assert refusal.value.parameter == "sort"


def test_documented() -> None:
    app = FastAPI()

    @app.get("/books")
    async def list_books(query: Query) -> None: ...

    app.add_api_route("/hidden", list_books, include_in_schema=False)
    openapi.install(app)
    paths = app.openapi()["paths"]
    assert set(paths) == {"/books"}
    parameters: list[dict[str, Any]] = paths["/books"]["get"]["parameters"]
    shown = {it["name"]: it["schema"] for it in parameters}
    said = {it["name"]: it.get("description") for it in parameters}
    assert said["pages__gt"] == "Greater than this value"
    assert said["title"] is None
    assert said["contains"] is None
    assert all(it["in"] == "query" and not it["required"] for it in parameters)
    assert shown["title"]["type"] == "string"
    assert shown["pages__gt"]["type"] == "integer"
    assert shown["pages__in"]["items"] == {"type": "integer"}
    assert shown["sort"]["items"]["enum"] == ["title", "-title", "pages", "-pages"]
    (sort,) = (it for it in parameters if it["name"] == "sort")
    assert sort["explode"] is False
