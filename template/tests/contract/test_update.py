"""Updates and replaces: what is sent changes, and nothing else."""

from tests.contract.api import Api, changeable, only
from tests.support.cases import for_each, room
from tests.support.checks import assert_invalid, assert_status, assert_unknown
from tests.support.facts import Field, Resource


def alone(resource: Resource) -> list[Field]:
    """What can change by itself, and of which samples differ.

    Not one column of several that refer, nor what keeps rows apart with another.
    """
    found = []
    for field in resource.fields:
        to = resource.reference_of(field.attribute)
        by_itself = to is None or (resource.samples(field) and len(to.columns) == 1)
        if field.updatable and field.shown and by_itself:
            found.append(field)
    return [it for it in found if it.attribute not in resource.joined]


@for_each("update", room(2), field=alone)
async def test_update(api: Api, field: Field) -> None:
    path = api.path_of(await api.create())
    before = (await api.client.patch(path, json={})).json()
    names = {field.name}
    if field.attribute in api.facts.ruled:  # a check is about all of them
        ruled = api.facts.fields_of(*api.facts.ruled)
        names |= {it.name for it in ruled if it.updatable}
    change = only(names, await api.body())
    after = assert_status(await api.client.patch(path, json=change), 200)
    assert api.shown(change).items() <= after.items()
    follows = {it.name for it in api.facts.fields if it.computed}
    follows |= {it.name for it in api.facts.fields if it.generated == "updated_at"}
    assert {it for it in after if after[it] != before[it]} <= names | follows
    if "updated_at" in follows & after.keys():
        assert after["updated_at"] != before["updated_at"]


def fixed(resource: Resource) -> list[Field]:
    return [it for it in resource.fields if not it.updatable]


@for_each("update", field=fixed)
async def test_update_of_what_never_changes(api: Api, field: Field) -> None:
    row = await api.create()
    response = await api.client.patch(api.path_of(row), json={field.name: None})
    assert_invalid(response, field.name)


@for_each("update")
async def test_update_unknown(api: Api) -> None:
    assert_unknown(await api.client.patch(api.unknown_path(), json={}))


@for_each("update")
async def test_update_of_an_unknown_field(api: Api) -> None:
    row = await api.create()
    response = await api.client.patch(api.path_of(row), json={"unknown_field": 1})
    assert_invalid(response, "unknown_field")


@for_each("replace", room(2))
async def test_replace(api: Api) -> None:
    row, *others = [await api.create() for _ in range(min(2, api.facts.most - 1))]
    body = await api.changes(row)
    assert changeable(api.facts)
    assert_unknown(await api.client.put(api.unknown_path(), json=body))
    replaced = assert_status(await api.client.put(api.path_of(row), json=body), 200)
    assert api.shown(body).items() <= replaced.items()
    rows = await api.rows()
    assert all(it in rows for it in others)
