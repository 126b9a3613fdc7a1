"""A resource of the running service, as its tests use it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from httpx import AsyncClient

from app.database import Database, Record
from app.database.base import Base
from tests import factories
from tests.contract.values import unknown
from tests.factories import as_json
from tests.support.checks import path, scalar
from tests.support.facts import Resource, Via, facts_of

Json = dict[str, Any]


@dataclass(frozen=True)
class Api:
    facts: Resource
    client: AsyncClient
    db: Database

    @property
    def path(self) -> str:
        return self.facts.path

    def of(self, model: type[Base]) -> "Api":
        """Another resource."""
        return replace(self, facts=facts_of(model))

    async def create(self, /, **given: Any) -> Record:
        return await factories.create(self.db, self.facts.model, **given)

    async def body(self, /, **given: Any) -> Json:
        """What a create may send."""
        return as_json(await factories.values(self.db, self.facts.model, **given))

    async def changes(self, row: Record) -> Json:
        """All of `row` that can be another."""
        fields = [it for it in self.facts.fields if it.updatable]
        references = [self.facts.reference_of(it.attribute) for it in fields]
        columns = {name for it in references if it for name in it.columns}
        # A reference with the key in it can be replaced by one with the same in it.
        tied = bool(columns & {*self.facts.key})
        given = {it: row[it] for it in self.facts.key} if tied else {}
        return only([it.name for it in fields], await self.body(**given))

    def path_of(self, row: Record, *rest: object) -> str:
        return path(self.path, *(row[it] for it in self.facts.key), *rest)

    def unknown_path(self, *rest: str) -> str:
        """That of a row that isn't there."""
        key = self.facts.fields_of(*self.facts.key)
        return path(self.path, *(str(unknown(it)).lower() for it in key), *rest)

    def unknown_key(self) -> Json:
        return {it.name: unknown(it) for it in self.facts.fields_of(*self.facts.key)}

    def key_of(self, row: Record) -> Json:
        """What tells the row from others."""
        return as_json({it: row[it] for it in self.facts.key or self.facts.known_by})

    def finds(self, row: Record, items: Iterable[Json]) -> bool:
        """Whether `items` has the row."""
        key = self.key_of(row).items()
        return any(key <= item.items() for item in items)

    def shown(self, body: Json) -> Json:
        """`body` without what no answer has."""
        return only([it.name for it in self.facts.fields if it.shown], body)

    async def rows(self) -> list[Record]:
        """All that are stored."""
        return await self.db.all(sa.select(self.facts.model.__table__))

    async def count(self, of: Any = None) -> int:
        """The number of rows that are stored, or of those in another table."""
        table = self.facts.model if of is None else of
        query = sa.select(sa.func.count()).select_from(table)
        number: int = await scalar(self.db, query)
        return number

    async def associate(self, via: Via, ours: Record, theirs: Record) -> None:
        pair = referring(via.ours, ours) | referring(via.theirs, theirs)
        if isinstance(via.table, sa.Table):
            await self.db.execute(sa.insert(via.table).values(pair))
        else:
            await self.of(via.table).create(**pair)


def only(names: Iterable[str], body: Json) -> Json:
    kept = {*names}
    return {name: value for name, value in body.items() if name in kept}


def referring(columns: Mapping[str, str], row: Record) -> dict[str, Any]:
    """The values of `columns` that refer to `row`."""
    return {ours: row[theirs] for ours, theirs in columns.items()}


def changeable(resource: Resource) -> list[str]:
    """The names of what an update may send."""
    return [it.name for it in resource.fields if it.updatable]


def is_free(resource: Resource, columns: Iterable[str]) -> bool:
    """Whether no check is about columns that refer to what rows may be without."""
    fields = resource.fields_of(*columns)
    return not any(it.optional and it.attribute in resource.ruled for it in fields)


def extra(resource: Resource) -> int:
    """The rows that are made beside one: that which requires it, and requires one itself."""
    return 1 if resource.pair else 0
