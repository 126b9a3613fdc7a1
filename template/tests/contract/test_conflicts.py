"""What other rows, and rules of the model, keep out."""

from typing import Any

from app.database import Record
from tests.contract.api import Api, Json, referring
from tests.contract.values import unknown
from tests.support.cases import for_each, room
from tests.support.checks import assert_conflict, assert_invalid, assert_status
from tests.support.facts import Check, Reference, Resource, Unique, facts_of


def taken(unique: Unique, row: Record) -> dict[str, Any]:
    """What a row can't have beside `row`."""
    return {**unique.given, **{it: row[it] for it in unique.fields}}


@for_each("create", room(2), unique=lambda it: it.uniques)
async def test_taken(api: Api, unique: Unique) -> None:
    row = await api.create(**unique.given)
    body = await api.body(**taken(unique, row))
    field = api.facts.field(unique.fields[0])
    assert_conflict(await api.client.post(api.path, json=body), field.name)


def conditional(resource: Resource) -> list[Unique]:
    return [it for it in resource.uniques if it.free is not None]


@for_each("create", room(2), unique=conditional)
async def test_taken_by_a_row_of_another_condition(api: Api, unique: Unique) -> None:
    row = await api.create(**unique.given)
    free = {it: row[it] for it in unique.fields} | dict(unique.free or {})
    body = await api.body(**free)
    assert_status(await api.client.post(api.path, json=body), 201)


def caseless(resource: Resource) -> list[Unique]:
    """Uniques of a text in which capital letters are like others."""
    alone = [it for it in resource.uniques if len(it.fields) == 1 and not it.given]
    fields = [(it, resource.field(it.fields[0])) for it in alone]
    return [
        it for it, of in fields if of.type == "citext" and of.shown and not of.array
    ]


@for_each("create", room(2), unique=caseless)
async def test_taken_in_another_case(api: Api, unique: Unique) -> None:
    name = api.facts.field(unique.fields[0]).name
    made = (await api.client.post(api.path, json=await api.body())).json()
    body = await api.body() | {name: made[name].swapcase()}
    assert body[name] != made[name]
    assert_conflict(await api.client.post(api.path, json=body), name)


def broken(check: Check, body: Json) -> Json:
    """`body` with a value that breaks the check."""
    name = check.field.removesuffix("_")
    like = check.like.removesuffix("_")
    return body | {name: body[like] if like else check.value}


@for_each("create", check=lambda it: it.checks)
async def test_check(api: Api, check: Check) -> None:
    body = broken(check, await api.body())
    response = await api.client.post(api.path, json=body)
    assert_invalid(response, check.field.removesuffix("_"))


def halves(resource: Resource) -> list[Reference]:
    """References of several columns that are null together, or not at all."""
    found = [it for it in resource.references if it.parts]
    found = [it for it in found if all(resource.field(of).creatable for of in it.parts)]
    # A reference to another row of the same model needs room for two.
    return [it for it in found if it.model is not resource.model or resource.most >= 2]


@for_each("create", reference=halves)
async def test_half_of_a_reference(api: Api, reference: Reference) -> None:
    parent = await api.of(reference.model).create()
    body = await api.body(**referring(reference.columns, parent))
    parts = [it.name for it in api.facts.fields_of(*reference.parts)]
    for part in parts:
        response = await api.client.post(api.path, json=body | {part: None})
        for name in parts:
            assert_invalid(response, name)
    assert_status(await api.client.post(api.path, json=body), 201)


def changeable_halves(resource: Resource) -> list[Reference]:
    found = halves(resource)
    return [it for it in found if all(resource.field(of).updatable for of in it.parts)]


@for_each("update", reference=changeable_halves)
async def test_update_of_half_of_a_reference(api: Api, reference: Reference) -> None:
    row = await api.create()
    parent = await api.of(reference.model).create()
    body = await api.body(**referring(reference.columns, parent))
    parts = [it.name for it in api.facts.fields_of(*reference.parts)]
    for value in (None, body[parts[0]]):
        change = {parts[0]: value}
        response = await api.client.patch(api.path_of(row), json=change)
        for name in parts:
            assert_invalid(response, name)


def own_columns(resource: Resource, reference: Reference) -> Json:
    """A key that no row has, by those columns that only this reference has."""
    others = [it.columns for it in resource.references if it is not reference]
    shared = {it for columns in others for it in columns}
    fields = resource.fields_of(*(it for it in reference.columns if it not in shared))
    return {it.name: unknown(it) for it in fields if it.creatable}


def dangling(resource: Resource) -> list[Reference]:
    found = [it for it in resource.references if facts_of(it.model).most >= 2]
    return [it for it in found if own_columns(resource, it) and not kept(resource, it)]


def kept(resource: Resource, reference: Reference) -> bool:
    """Whether a limit or a check is about its columns, which a key of no row may break."""
    fields = resource.fields_of(*reference.columns)
    return any(it.limited or it.attribute in resource.ruled for it in fields)


@for_each("create", reference=dangling)
async def test_reference_to_nothing(api: Api, reference: Reference) -> None:
    nothing = own_columns(api.facts, reference)
    body = await api.body() | nothing
    assert_conflict(await api.client.post(api.path, json=body), next(iter(nothing)))
