"""A create: what it stores and answers."""

from tests.contract.api import Api, Json, extra, only
from tests.contract.values import Bad, bad_values
from tests.factories import dangling
from tests.support.cases import for_each
from tests.support.checks import assert_invalid, assert_status, commits_fail
from tests.support.facts import NO_DEFAULT, OF_THE_DATABASE, SOME, Field, Resource


@for_each("create")
async def test_create(api: Api) -> None:
    body = await api.body()
    response = await api.client.post(api.path, json=body)
    made = assert_status(response, 201)
    assert made == api.shown(made)
    assert api.shown(body).items() <= made.items()
    for field in api.facts.fields:
        if field.generated == "uuid7" and field.shown:
            assert made[field.name][14] == "7"  # the version of a UUID
    if api.facts.version:
        assert response.headers["etag"] == '"1"'
    if "get" in api.facts.ops:
        assert " " not in response.headers["location"]
        location = response.url.join(response.headers["location"])
        assert str(location).startswith(f"{response.url}/")
        assert (await api.client.get(location)).json() == made


ODD_KEY = "a/b%2F?c#d\\ é;+:"


def keyed_by_text(resource: Resource) -> list[Field]:
    """Parts of the key that may be any text."""
    return [
        it
        for it in resource.fields_of(*resource.key)
        if it.type in ("text", "varchar", "string") and it.creatable and not it.pattern
        if (it.min_length or 0) <= len(ODD_KEY) <= (it.max_length or len(ODD_KEY))
        if it.attribute not in resource.ruled
        if not resource.reference_of(it.attribute)
    ]


@for_each("create", "get", field=keyed_by_text)
async def test_a_key_of_any_characters(api: Api, field: Field) -> None:
    body = await api.body() | {field.name: ODD_KEY}
    response = await api.client.post(api.path, json=body)
    made = assert_status(response, 201)
    location = response.url.join(response.headers["location"])
    assert (await api.client.get(location)).json() == made


def is_partial(resource: Resource) -> bool:
    """Whether a create may leave something out, of what it may send."""
    return len({it.required for it in resource.fields if it.creatable}) == 2


@for_each("create", is_partial)
async def test_create_with_what_is_required_only(api: Api) -> None:
    ruled = [it for it in api.facts.fields_of(*api.facts.ruled) if it.creatable]
    required = [it for it in api.facts.fields if it.required]
    required += [*dangling(api.facts), *ruled]
    body = only([it.name for it in required], await api.body())
    made = assert_status(await api.client.post(api.path, json=body), 201)
    assert (defaults(api.facts) | api.shown(body)).items() <= made.items()


def defaults(resource: Resource) -> Json:
    """What a create leaves to the models, as JSON has it."""
    unknown = (NO_DEFAULT, SOME, OF_THE_DATABASE)
    fields = (it for it in resource.fields if it.shown and it.default not in unknown)
    return {it.name: it.default for it in fields}


def required(resource: Resource) -> list[Field]:
    return [it for it in resource.fields if it.required]


@for_each("create", field=required)
async def test_required(api: Api, field: Field) -> None:
    body = await api.body()
    del body[field.name]
    assert_invalid(await api.client.post(api.path, json=body), field.name)


@for_each("create", bad=bad_values)
async def test_limit(api: Api, bad: Bad) -> None:
    body = await api.body() | {bad.field.name: bad.value}
    response = await api.client.post(api.path, json=body)
    assert_invalid(response, bad.field.name)
    assert "Violates" not in response.text  # or PostgreSQL was asked
    assert "datetime." not in response.text


@for_each("create")
async def test_unknown_field(api: Api) -> None:
    body = await api.body() | {"unknown_field": 1}
    assert_invalid(await api.client.post(api.path, json=body), "unknown_field")


def never_sent(resource: Resource) -> list[Field]:
    return [it for it in resource.fields if not it.creatable]


@for_each("create", field=never_sent)
async def test_never_sent(api: Api, field: Field) -> None:
    """Not even with the value that it would have."""
    body = await api.body()
    value = None
    if field.computed and field.shown:
        made = (await api.client.post(api.path, json=body)).json()
        value = made[field.name]
    response = await api.client.post(api.path, json=body | {field.name: value})
    assert_invalid(response, field.name)


def padded(resource: Resource) -> list[Field]:
    """Text that may be shorter than its column, and whose samples fill that."""
    return [
        it
        for it in resource.fields
        if it.type == "char" and not it.array and 1 < (it.max_length or 1) <= 60
        if it.creatable and it.shown and not resource.reference_of(it.attribute)
        if not it.pattern and not it.min_length and it.attribute not in resource.ruled
    ]


@for_each("create", field=padded)
async def test_shorter_than_its_column(api: Api, field: Field) -> None:
    body = await api.body()
    body[field.name] = body[field.name][:-1]
    made = (await api.client.post(api.path, json=body)).json()
    assert made[field.name] == body[field.name]


def fractions(resource: Resource) -> list[Field]:
    """Numbers with all of their digits behind the point, which may be 0."""
    return [
        it
        for it in resource.fields
        if it.type == "decimal" and it.precision == it.scale and not it.array
        if it.creatable and it.attribute not in resource.ruled and allows_zero(it)
        if not resource.reference_of(it.attribute)
    ]


def allows_zero(field: Field) -> bool:
    above = (field.min is None or field.min <= 0) and (field.gt is None or field.gt < 0)
    below = (field.max is None or field.max >= 0) and (field.lt is None or field.lt > 0)
    return above and below


@for_each("create", field=fractions)
async def test_zero(api: Api, field: Field) -> None:
    body = await api.body() | {field.name: 0}
    assert_status(await api.client.post(api.path, json=body), 201)


@for_each("create")
async def test_answered_after_the_commit(api: Api) -> None:
    body = await api.body()
    async with commits_fail(api.db, api.facts.model.__table__):
        response = await api.client.post(api.path, json=body)
    assert_status(response, 409)
    assert await api.count() == extra(api.facts)
