"""Reads a database out of PostgreSQL's catalogue, in one read-only transaction."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import Any

import asyncpg

from . import queries
from .catalogue import Catalogue, Column, Constraint, Domain, Enum, Index, IndexKey, Table
from .columns import as_written

Record = dict[str, Any]
# Found by its name when it runs: PostgreSQL knows of no dependency.
# Of pgcrypto, or of somebody's own, from before PostgreSQL 13 had it.
OLD_UUID, UUID = "public.gen_random_uuid()", "gen_random_uuid()"
LATE = re.compile(r"nextval\(\('((?:[^']|'')+)'::text\)::regclass\)")


async def read_catalogue(
    connection: asyncpg.Connection[asyncpg.Record], schemas: list[str]
) -> Catalogue:
    """All schemas but PostgreSQL's own, or those named; raises LookupError if one is missing."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        # Names of `public` come without it, all others with their schema.
        await connection.execute("SET LOCAL search_path = public; SET LOCAL timezone = UTC")
        return await _Reader(connection).read(schemas)


class _Reader:
    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self.connection = connection
        self.version = 0

    async def read(self, schemas: list[str]) -> Catalogue:
        (about,) = await self._rows(queries.ABOUT)
        self.version = about["number"]
        known = [schema["nspname"] for schema in await self._rows(queries.SCHEMAS)]
        missing = [name for name in schemas if name not in known]
        if missing:
            raise LookupError(f"there is no schema {', '.join(missing)}")
        wanted = schemas or known
        others = await self._rows(queries.OTHERS, wanted)
        domains = {row["oid"]: Domain(**row) for row in await self._rows(queries.DOMAINS)}
        domains = {oid: _whole(domain, domains) for oid, domain in domains.items()}
        tables = await self._tables(wanted)
        for column in (column for table in tables for column in table.columns):
            if column.domain is not None and not column.array:
                column.not_null |= domains[column.domain].not_null
                column.default = column.default or domains[column.domain].default
        return Catalogue(
            database=about["name"],
            version=about["version"],
            tables=tables,
            enums={row["oid"]: Enum(**row) for row in await self._rows(queries.ENUMS)},
            domains=domains,
            remarks=[row["remark"] for row in others],
        )

    async def _tables(self, schemas: list[str]) -> list[Table]:
        rows = await self._rows(queries.TABLES, schemas)
        for row in rows:
            row["remarks"] = [remark for remark in row["remarks"] if remark]
        tables = {row["oid"]: Table(**row) for row in rows}
        oids = list(tables)
        needs = await self._needs(oids)
        for row in await self._rows(queries.COLUMNS, oids):
            table = tables[row.pop("table")]
            named = LATE.findall(row["default"] or "")
            row |= _split(needs["pg_attrdef", row.pop("default_oid")])
            row["foreign"] += [f"sequence {it}" for it in named]
            if row["default"] == OLD_UUID:
                what = f"{row['name']} has the default {OLD_UUID}, here {UUID} of PostgreSQL itself"
                table.remarks.append(what)
                row |= {"default": UUID, "foreign": [], "extensions": []}
            table.columns.append(Column(**row))
        for row in await self._rows(self._since(queries.CONSTRAINTS), oids):
            row |= _split(needs["pg_constraint", row.pop("oid")])
            row["expression"] = as_written(row["expression"] or "") or None
            tables[row.pop("table")].constraints.append(Constraint(**row))
        for row in await self._rows(self._since(queries.INDEXES), oids):
            row |= _split(needs["pg_class", row.pop("oid")])
            tables[row.pop("table")].indexes.append(_index(row))
        return list(tables.values())

    async def _needs(self, oids: list[int]) -> defaultdict[tuple[str, int], list[Record]]:
        """What defaults, checks and indexes need that a new database doesn't bring with it."""
        needs: defaultdict[tuple[str, int], list[Record]] = defaultdict(list)
        for row in await self._rows(queries.FOREIGN, oids, queries.EXTENSIONS):
            needs[row["class"], row["oid"]].append(row)
        return needs

    async def _rows(self, query: str, *arguments: object) -> list[Record]:
        return [dict(row) for row in await self.connection.fetch(query, *arguments)]

    def _since(self, query: str) -> str:
        """`query` with what this version of PostgreSQL has of it."""
        for column, version, instead in queries.LATER:
            if self.version < version:
                query = query.replace(column, instead)
        return query


def _split(needs: list[Record]) -> Record:
    """What `extensions:` can bring, and what nothing can."""
    return {
        "extensions": [it["extension"] for it in needs if it["extension"]],
        "foreign": [it["needed"] for it in needs if not it["extension"]],
    }


def _whole(domain: Domain, domains: dict[int, Domain]) -> Domain:
    """`domain`, with what those below it say."""
    below = domains.get(domain.over)
    if below is None:
        return domain
    whole = _whole(below, domains)
    return replace(
        domain,
        base=whole.base,
        enum=whole.enum,
        own_type=whole.own_type,
        not_null=domain.not_null or whole.not_null,
    )


def _index(row: Record) -> Index:
    row["where"] = as_written(row["where"] or "") or None
    parts = (row.pop("columns"), row.pop("terms"), row.pop("options_"), row.pop("odd"))
    keys = [_key(*part) for part in zip(*parts, strict=True)]
    count = row.pop("key_count")
    return Index(**row, keys=keys[:count], include=[key.column or "" for key in keys[count:]])


def _key(column: str | None, sql: str, options: int, odd: str | None) -> IndexKey:
    descending, nulls_first = bool(options & 1), bool(options & 2)
    words = [sql, odd or ""]
    if descending:
        words.append("DESC")
    if nulls_first != descending:
        words.append("NULLS FIRST" if nulls_first else "NULLS LAST")
    plain = column is not None and not odd and nulls_first == descending
    return IndexKey(column, " ".join(it for it in words if it), descending, plain)
