"""A row by its key, and what no answer shows."""

from tests.contract.api import Api
from tests.contract.values import unit
from tests.support.cases import for_each, room
from tests.support.checks import assert_status, assert_unknown
from tests.support.facts import Field, Resource


@for_each("get")
async def test_get(api: Api) -> None:
    for row in [await api.create() for _ in range(min(2, api.facts.most))]:
        response = await api.client.get(api.path_of(row))
        item = assert_status(response, 200)
        assert api.key_of(row).items() <= item.items()
        head = await api.client.head(api.path_of(row))
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(response.content))


@for_each("get")
async def test_get_unknown(api: Api) -> None:
    assert_unknown(await api.client.get(api.unknown_path()))


@for_each("get", lambda it: len(it.key) > 1, room(2))
async def test_get_by_parts_of_two_keys(api: Api) -> None:
    row, other = await api.create(), await api.create()
    parts = [it for it in api.facts.key if row[it] != other[it]]
    for part in parts if len(parts) > 1 else ():
        mixed = {**row, part: other[part]}
        assert_unknown(await api.client.get(api.path_of(mixed)))


def rounded(resource: Resource) -> list[Field]:
    """Parts of the key that PostgreSQL would round to their column."""
    key = resource.fields_of(*resource.key)
    return [it for it in key if it.type == "decimal" and it.precision]


@for_each("get", field=rounded)
async def test_get_of_another_number(api: Api, field: Field) -> None:
    row = await api.create()
    between = row[field.attribute] + unit(field) / 10
    another = {**row, field.attribute: between}
    assert_unknown(await api.client.get(api.path_of(another)))


def reads(resource: Resource) -> bool:
    return bool(resource.ops & {"get", "list"})


@for_each(reads, lambda it: not all(of.shown for of in it.fields))
async def test_hidden(api: Api) -> None:
    row = await api.create()
    items = []
    if "get" in api.facts.ops:
        items.append((await api.client.get(api.path_of(row))).json())
    if "list" in api.facts.ops:
        items += (await api.client.get(api.path)).json()["items"]
    hidden = {it.name for it in api.facts.fields if not it.shown}
    assert items
    assert not any(hidden & item.keys() for item in items)
