"""The lists that other rows have of a resource's, and the one where it is one."""

import sqlalchemy as sa

from app.database import Record
from tests.contract.api import Api, Json, extra, is_free, referring
from tests.contract.test_lists import assert_same, items_of, shuffled
from tests.factories import as_json, is_paired
from tests.support.cases import for_each, room
from tests.support.checks import assert_status, assert_unknown, pages
from tests.support.facts import Related, Resource, facts_of


def path_to(api: Api, related: Related, parent: Record) -> str:
    return api.of(related.model).path_of(parent, related.path)


def lists(resource: Resource) -> list[Related]:
    found = [it for it in resource.related if not it.one]
    found = [it for it in found if is_free(resource, it.columns)]
    return [it for it in found if it.model is not resource.model or resource.most >= 3]


def pairs_of(resource: Resource, related: Related) -> int:
    """The rows that `parent` has from the start."""
    paired = any(
        is_paired(resource, it)
        for it in resource.references
        if it.model is related.model and it.columns == related.columns
    )
    return extra(resource) if paired and not related.via else 0


@for_each(related=lists)
async def test_related(api: Api, related: Related) -> None:
    parent = await api.of(related.model).create()
    path = path_to(api, related, parent)
    already = pairs_of(api.facts, related)
    assert len(await pages(api.client, path)) == already
    itself = related.model is api.facts.model
    most = api.facts.most - (2 + bool(related.via) if itself else 1)
    many = min(2, related.most, most)
    given = referring(related.columns, parent)
    ours = [await api.create(**given) for _ in range(many)]
    if related.via:
        for row in ours:
            await api.associate(related.via, row, parent)
    several = api.of(related.model).facts.most > 1
    if several or api.facts.most > 1:  # else it would need another parent
        other = await api.create()
        if related.via and several:
            parent = await api.of(related.model).create()
            await api.associate(related.via, other, parent)
    items = await pages(api.client, path)
    assert len(items) == many + already
    assert all(api.finds(row, items) for row in ours)
    if names := [it.name for it in api.facts.embeds]:
        embedded = await pages(api.client, path, embed=",".join(names))
        assert [bare(names, item) for item in embedded] == items
    await assert_gone(api, related, path)


def bare(names: list[str], item: Json) -> Json:
    """`item` without what is embedded, which has to be all that can be."""
    assert item.keys() >= {*names}
    return {name: value for name, value in item.items() if name not in names}


async def assert_gone(api: Api, related: Related, path: str) -> None:
    """Nothing is related to a row that was deleted, softly."""
    if api.of(related.model).facts.soft_delete:
        gone = sa.update(related.model).values(deleted_at=sa.func.now())
        await api.db.execute(gone)
        assert_unknown(await api.client.get(path))


def ordered_lists(resource: Resource) -> list[Related]:
    found = [it for it in lists(resource) if it.columns and it.most >= 4]
    return found if resource.order else []


@for_each(room(4), related=ordered_lists)
async def test_related_in_order(api: Api, related: Related) -> None:
    parent = await api.of(related.model).create()
    rows = await shuffled(api, **referring(related.columns, parent))
    items = await items_of(api, path_to(api, related, parent))
    assert_same(api, rows, items)


def ones(resource: Resource) -> list[Related]:
    found = [it for it in resource.related if it.one]
    return [it for it in found if is_free(resource, it.columns)]


@for_each(related=ones)
async def test_related_one(api: Api, related: Related) -> None:
    parent = await api.of(related.model).create()
    path = path_to(api, related, parent)
    given = referring(related.columns, parent)
    if pairs_of(api.facts, related):  # it is there from the start
        item = assert_status(await api.client.get(path), 200)
        assert as_json(given).items() <= item.items()
        return
    assert_unknown(await api.client.get(path))
    row = await api.create(**given)
    response = await api.client.get(path)
    item = assert_status(response, 200)
    assert api.key_of(row).items() <= item.items()
    if names := [it.name for it in api.facts.embeds]:
        query = {"embed": ",".join(names)}
        embedded = (await api.client.get(path, params=query)).json()
        assert bare(names, embedded) == item
    if api.facts.version:
        headers = {"If-None-Match": response.headers["etag"]}
        assert_status(await api.client.get(path, headers=headers), 304)
    await assert_gone(api, related, path)


def of_several(resource: Resource) -> list[Related]:
    return [it for it in resource.related if facts_of(it.model).most >= 2]


@for_each(related=of_several)
async def test_related_to_nothing(api: Api, related: Related) -> None:
    await api.of(related.model).create()
    path = api.of(related.model).unknown_path(related.path)
    assert_unknown(await api.client.get(path))
