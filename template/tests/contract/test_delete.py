"""Deletes, and what becomes of the rows that refer to a deleted one."""

from tests.contract.api import Api, is_free, referring
from tests.factories import is_paired
from tests.support.cases import for_each, room
from tests.support.checks import assert_status, assert_unknown
from tests.support.facts import Reference, Resource, facts_of


def is_held(resource: Resource) -> bool:
    """Whether the other of a pair keeps a row from being deleted."""
    pair = resource.pair
    if pair is None or resource.soft_delete:
        return False
    first = resource.model is pair.model
    other, name = (pair.other, pair.back) if first else (pair.model, pair.reference)
    by = next(it for it in facts_of(other).references if it.name == name)
    return by.on_delete != "cascade"


@for_each("delete", room(2))
async def test_delete(api: Api) -> None:
    path = api.path_of(await api.create())
    assert_unknown(await api.client.delete(api.unknown_path()))
    if is_held(api.facts):
        assert_status(await api.client.delete(path), 409)
        assert await api.count() == 1
        return
    assert_status(await api.client.delete(path), 204)
    assert await api.count() == (1 if api.facts.soft_delete else 0)
    assert_unknown(await api.client.delete(path))


def deletable(resource: Resource) -> list[Reference]:
    """References to what can be deleted, with an end that is known."""
    return [
        it
        for it in resource.references
        if resource.served and it.on_delete != "set_default"
        if is_free(resource, it.columns)
        if it.model is not resource.model or resource.most >= 2
        if "delete" in facts_of(it.model).ops and not facts_of(it.model).soft_delete
        if it.on_delete != "cascade" or not is_held(resource) or is_paired(resource, it)
    ]


def keeps(resource: Resource, reference: Reference) -> bool:
    """Whether the reference keeps a row from being deleted."""
    required = not all(it.optional for it in resource.fields_of(*reference.columns))
    nulls = reference.on_delete == "set_null"
    return reference.on_delete in ("restrict", "no_action") or (nulls and required)


@for_each(reference=deletable)
async def test_delete_of_what_is_referred_to(api: Api, reference: Reference) -> None:
    to = api.of(reference.model)
    parent = await to.create()
    paired = is_paired(api.facts, reference)
    if not (paired and reference.unique):  # else there is one that refers to it
        await api.create(**referring(reference.columns, parent))
    before = await api.rows()
    response = await api.client.delete(to.path_of(parent))
    after = await api.rows()
    if keeps(api.facts, reference):
        assert_status(response, 409)
        assert response.json()["detail"].endswith(" still reference it.")
        assert after == before
        return
    assert_status(response, 204)
    columns = referring(reference.columns, parent).items()
    of_it = [row for row in before if columns <= row.items()]
    assert of_it
    assert not any(columns <= row.items() for row in after)
    if reference.on_delete == "cascade":
        assert not any(row in after for row in of_it)
    else:
        itself = reference.model is api.facts.model
        assert len(after) == len(before) - itself
