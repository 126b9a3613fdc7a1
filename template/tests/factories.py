"""Rows for tests: valid, and as few as are needed.

`values` has what a create may send, `create` stores it. What a row must refer to is made
as well, unless it is given.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, Record
from app.database.base import Base
from tests.support.facts import (
    NO_DEFAULT,
    Field,
    Pair,
    Reference,
    Resource,
    facts_of,
)

APART = 10_000  # from what a sequence gives in a test

_numbers: Counter[str] = Counter()


def number(name: str) -> int:
    """1, 2, 3, … for each name, from the start of a test."""
    _numbers[name] += 1
    return _numbers[name]


def restart() -> None:
    _numbers.clear()


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` as a request body: by the names and in the forms of JSON."""
    body = {name.removesuffix("_"): in_days(it) for name, it in values.items()}
    return dict(to_jsonable_python(body, bytes_mode="base64"))


def in_days(value: Any) -> Any:
    """An interval without the years of 365 days that Pydantic writes."""
    if isinstance(value, list):
        return [*map(in_days, value)]
    if not isinstance(value, dt.timedelta) or abs(value) < dt.timedelta(365):
        return value
    rest = abs(value) - (whole := dt.timedelta(abs(value).days))
    clock = to_jsonable_python(rest)[1:] if rest else ""
    return f"{'-' if value < dt.timedelta() else ''}P{whole.days}D{clock}"


async def create(db: Database, model: type[Base], /, **given: Any) -> Record:
    pair = facts_of(model).pair
    if pair:
        place = 0 if model is pair.model else 1
        name = pair.back if place else pair.reference
        if not given.keys() & columns_of(model, name):
            both = await create_pair(db, pair, *(({}, given) if place else (given, {})))
            return both[place]
    made = await values(db, model, **given)
    return await db.one(insertion(model, made))


async def values(db: Database, model: type[Base], /, **given: Any) -> dict[str, Any]:
    facts = facts_of(model)
    known: set[str] = set()
    for reference in facts.references:
        missing = [it for it in reference.columns if it not in known]
        if missing and not reference.optional and reference.model is not model:
            common = shared(facts)
            own = next((it for it in missing if it not in common), missing[0])
            if own not in given:
                alike = common if len(reference.columns) > 1 else set()
                parent = await parent_of(db, facts, reference, given, alike)
                ours = reference.columns.items()
                given |= {it: parent[theirs] for it, theirs in ours}
            known |= reference.columns.keys()
    nothing = dict.fromkeys(it.attribute for it in dangling(facts))
    return {**facts.sample(number(facts.name)), **nothing, **given}


def dangling(facts: Resource) -> list[Field]:
    """Those with a default that refers to a row, which may not be there."""
    known = (it for it in facts.fields if it.creatable)
    known = (it for it in known if it.default not in (NO_DEFAULT, None))
    return [it for it in known if facts.reference_of(it.attribute)]


def shared(facts: Resource) -> set[str]:
    """Columns in which the rows that a row refers to have to agree, or with its key."""
    columns = Counter(it for to in facts.references for it in to.columns)
    return {it for it, many in columns.items() if it in facts.key or many > 1}


async def parent_of(
    db: Database,
    facts: Resource,
    reference: Reference,
    given: dict[str, Any],
    alike: set[str],
) -> Record:
    columns = reference.columns.items()
    like = {to: given[it] for it, to in columns if it in alike and it in given}
    if reference.unique and facts.pair and is_paired(facts, reference):
        # That of a pair is taken already.
        other = await create(db, facts.model)
        pair = facts.pair
        back = pair.reference if reference.name == pair.back else pair.back
        to = columns_of(reference.model, back)
        like |= {it: other[theirs] for it, theirs in to.items()}
    room = facts_of(reference.model).most
    if not like and room < Resource.most:
        there = await db.all(sa.select(reference.model.__table__))
        if len(there) >= room:
            return there[-1]
    return await create(db, reference.model, **like)


def is_paired(facts: Resource, reference: Reference) -> bool:
    """Whether the row that it refers to has to refer to this one as well."""
    pair = facts.pair
    ours = [(pair.model, pair.reference), (pair.other, pair.back)] if pair else []
    return (facts.model, reference.name) in ours


def columns_of(model: type[Base], reference: str) -> Mapping[str, str]:
    return next(it.columns for it in facts_of(model).references if it.name == reference)


async def create_pair(
    db: Database, pair: Pair, one: dict[str, Any], other: dict[str, Any]
) -> tuple[Record, Record]:
    """Each requires the other, by the time of the COMMIT."""
    to = columns_of(pair.model, pair.reference)
    back = columns_of(pair.other, pair.back)
    one = keyed(pair.model, await values(db, pair.model, **dict.fromkeys(to), **one))
    other |= {ours: one[theirs] for ours, theirs in back.items()}
    other = keyed(pair.other, await values(db, pair.other, **other))
    one |= {ours: other[theirs] for ours, theirs in to.items()}

    async def insert(session: AsyncSession) -> tuple[Record, Record]:
        return (
            await stored(session, insertion(pair.model, one)),
            await stored(session, insertion(pair.other, other)),
        )

    return await db.transaction(insert)


async def stored(session: AsyncSession, statement: sa.Executable) -> Record:
    return dict((await session.execute(statement)).mappings().one())


def keyed(model: type[Base], values: dict[str, Any]) -> dict[str, Any]:
    """With a key, which the other of the pair refers to before the row is there."""
    facts = facts_of(model)
    for field in (facts.field(it) for it in facts.key):
        if not field.creatable and field.attribute not in values:
            counted = field.generated == "identity"
            key: Any = APART + number(f"{facts.name} key") if counted else uuid4()
            values[field.attribute] = key
    return values


def insertion(model: type[Base], values: Mapping[str, Any]) -> sa.Executable:
    facts = facts_of(model)
    if facts.filled:
        values = {**facts.filled(number(f"{facts.name} filled")), **values}
    return sa.insert(model).values(values).returning(*model.__table__.c)


# Yours below: factories of your own.
