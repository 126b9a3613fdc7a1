"""Lists: their pages, order, filters and search."""

from operator import itemgetter
from typing import Any

import pytest
import sqlalchemy as sa

from app.database import Record
from tests import factories
from tests.contract import queries
from tests.contract.api import Api, Json
from tests.contract.values import MOMENTS, unstorable
from tests.support.cases import for_each, room
from tests.support.checks import (
    assert_invalid,
    assert_status,
    documents,
    forged,
    opposite,
    pages,
)
from tests.support.facts import Field, Resource
from tests.support.filters import asked


async def items_of(api: Api, path: str, /, **query: Any) -> list[Json]:
    """The first page."""
    page = assert_status(await api.client.get(path, params=query), 200)
    items: list[Json] = page["items"]
    return items


def lists(resource: Resource) -> bool:
    return bool(resource.ops & {"list", "export"})


async def everything(api: Api, /, **query: Any) -> list[Json]:
    """All items, of the list or the export: the same where there are both."""
    found = []
    if "list" in api.facts.ops:
        found.append(await pages(api.client, api.path, **query))
    if "export" in api.facts.ops:
        response = await api.client.get(f"{api.path}/export", params=query)
        found.append(documents(response))
    assert found[-1] == found[0]
    return found[0]


@for_each("list")
async def test_pages(api: Api) -> None:
    many = min(5, api.facts.most)
    for _ in range(many):
        await api.create()
    whole = await items_of(api, api.path)
    assert len(whole) == many
    assert await pages(api.client, api.path) == whole


async def shuffled(api: Api, /, **given: Any) -> list[Record]:
    """New rows in the order of lists, in which they weren't made."""
    rows = [await factories.values(api.db, api.facts.model, **given) for _ in range(4)]
    first = api.facts.order[0].removeprefix("-")
    if api.facts.ties:
        rows[1][first] = rows[0][first]
    made = [await api.create(**rows[place]) for place in (2, 1, 3, 0)]
    for term in reversed(api.facts.order):
        made.sort(key=itemgetter(term.removeprefix("-")), reverse=term[0] == "-")
    return made


def assert_same(api: Api, rows: list[Record], items: list[Json]) -> None:
    """The items are the rows, in their order."""
    pairs = zip(rows, items, strict=True)
    assert all(api.key_of(row).items() <= item.items() for row, item in pairs)


@for_each("list", lambda it: it.order, room(4))
async def test_order(api: Api) -> None:
    rows = await shuffled(api)
    assert_same(api, rows, await items_of(api, api.path))


@for_each(lists, lambda it: it.sort)
async def test_sorts(api: Api) -> None:
    """Each way up and down, with nulls in the middle of a page."""
    names = [it for it in api.facts.sort if it not in api.facts.ruled]
    sorted_by = api.facts.fields_of(*names)
    nulls = {it.attribute: None for it in sorted_by if it.optional and it.creatable}
    many = min(6 if nulls else 3, api.facts.most)
    for number in range(many):
        await api.create(**(nulls if number >= 3 else {}))
    for sort in queries.sorts(api.facts):
        up = await everything(api, sort=sort)
        down = await everything(api, sort=opposite(sort))
        assert len(up) == many
        assert up == down[::-1], sort
        if "list" in api.facts.ops:
            assert up == await items_of(api, api.path, sort=sort), sort


def endless(resource: Resource) -> list[Field]:
    """Moments that others may store as infinity."""
    ruled = {*resource.ruled, *resource.key, *resource.joined}
    ruled |= {name for it in resource.uniques for name in it.fields}
    return [
        it
        for it in resource.fields_of(*resource.sort)
        if it.type in MOMENTS and not (it.limited or it.computed)
        if it.attribute not in ruled and not resource.reference_of(it.attribute)
    ]


@for_each("list", room(4), lambda it: it.key, field=endless)
async def test_sort_by_infinity(api: Api, field: Field) -> None:
    """Python reads it like the first or last moment that it has, which others may be."""
    model: Any = api.facts.model
    column = getattr(model, field.attribute)
    for stored in ("-infinity", "0001-01-01 00:00:00+00") * 2:
        row = await api.create()
        key = [getattr(model, it) == row[it] for it in api.facts.key]
        value = sa.cast(sa.literal_column(f"'{stored}'"), column.type)
        await api.db.execute(sa.update(model).where(*key).values({column: value}))
    for sort in (field.name, f"-{field.name}"):
        whole = await items_of(api, api.path, sort=sort)
        assert await pages(api.client, api.path, sort=sort) == whole


@for_each("list", lambda it: it.sort)
async def test_bad_sort(api: Api) -> None:
    first = queries.sorts(api.facts)[0]
    unsorted = queries.first_but(api.facts, {*api.facts.sort})
    for sort in ("", "unknown_field", f"{first},-{first}", *unsorted):
        response = await api.client.get(api.path, params={"sort": sort})
        assert_invalid(response, "sort")


@for_each(lists, name=queries.equal_filters)
async def test_filter(api: Api, name: str) -> None:
    for _ in range(min(2, api.facts.most)):
        await api.create()
    items = await everything(api)
    query = {name: items[0][name]}
    left = [item for item in items if item[name] == query[name]]
    assert await everything(api, **query) == left
    if "count" in api.facts.ops:
        response = await api.client.get(f"{api.path}/count", params=query)
        assert response.json() == {"count": len(left)}


@for_each(lists, room(3), name=queries.compared_filters)
async def test_filter_by_operator(api: Api, name: str) -> None:
    value, left = asked([await api.create() for _ in range(3)], name)
    items = await everything(api, **{name: value})
    assert len(items) == len(left)
    assert all(api.finds(row, items) for row in left)


@for_each(lists, field=queries.null_filters)
async def test_filter_by_null(api: Api, field: Field) -> None:
    row = await api.create(**{field.attribute: None})
    for null in (True, False):
        query = {f"{field.name}__isnull": null}
        items = await everything(api, **query)
        assert api.finds(row, items) is null
        assert all((item[field.name] is None) is null for item in items)


@for_each("list", room(2), name=queries.caseless_filters)
async def test_filter_in_another_case(api: Api, name: str) -> None:
    for _ in range(2):
        await api.create()
    item, *_ = await items_of(api, api.path)
    query = {name: item[name].swapcase()}
    assert item in await items_of(api, api.path, **query)


@for_each("list")
async def test_bad_filters(api: Api) -> None:
    unknown = ["unknown_field", *queries.first_but(api.facts, {*api.facts.filter})]
    for name, value in [
        *queries.bad_filters(api.facts),
        *((name, "1") for name in unknown),
    ]:
        assert_invalid(await api.client.get(api.path, params={name: value}), name)


@for_each("list", attribute=lambda it: queries.searched(it, by_word=False))
async def test_search(api: Api, attribute: str) -> None:
    row = await api.create()
    items = await pages(api.client, api.path, search=row[attribute].upper())
    assert api.finds(row, items)


@for_each("list", attribute=lambda it: queries.searched(it, by_word=True))
async def test_search_for_a_word(api: Api, attribute: str) -> None:
    row = await api.create()
    word = row[attribute].split("'")[1]  # of 'one':1 'other':2
    assert api.finds(row, await pages(api.client, api.path, search=word.upper()))


@for_each("list", lambda it: it.search)
async def test_search_in_vain(api: Api) -> None:
    await api.create()
    for search in ("unheard of", "%", "_", "\\"):
        assert await pages(api.client, api.path, search=search) == []
    response = await api.client.get(api.path, params={"search": ""})
    assert_invalid(response, "search")


@for_each("list", lambda it: it.page == "cursor")
async def test_forged_cursor(api: Api) -> None:
    response = await api.client.get(api.path, params={"cursor": "Zm9yZ2Vk"})
    assert_invalid(response, "cursor")


def badly_sorted(resource: Resource) -> list[Field]:
    """Fields that a cursor may have a value of that PostgreSQL has not."""
    if resource.page == "offset":
        return []
    fields = resource.fields_of(*resource.sort)
    return [it for it in fields if resource.samples(it) and unstorable(it)]


@for_each("list", room(2), field=badly_sorted)
async def test_forged_value_in_a_cursor(api: Api, field: Field) -> None:
    for _ in range(2):
        await api.create()
    query = {"sort": field.name, "limit": "1"}
    page = (await api.client.get(api.path, params=query)).json()
    query["cursor"] = forged(page["next_cursor"], *unstorable(field))
    assert_invalid(await api.client.get(api.path, params=query), "cursor")


@for_each("list", lambda it: it.page == "offset")
@pytest.mark.parametrize("offset", [-1, 2**31, 2**63])
async def test_bad_offset(api: Api, offset: int) -> None:
    response = await api.client.get(api.path, params={"offset": offset})
    assert_invalid(response, "offset")
