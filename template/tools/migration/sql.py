"""Pieces of SQL, taken apart and put together."""

import re
from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

from migrations.names import bare

# In the style of others, a `%` would be doubled.
DIALECT: Dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]


def words(*parts: str | None) -> str:
    return " ".join(it for it in parts if it)


def ident(name: str) -> str:
    return DIALECT.identifier_preparer.quote(name)


def spare(name: str, taken: Iterable[str] = ()) -> str:
    """What something is called that is to be called `name` in the end."""
    schema, _, last = name.rpartition(".")
    made = ident(f"{bare(last)[:59]}_new")
    while made in taken:
        made = spare(made[:55], taken)
    return f"{schema}.{made}" if schema else made


def is_there(column: str) -> str:
    last = bare(column)
    if len(last.encode()) > 50:  # many begin alike
        start = last.encode()[:30].decode(errors="ignore")
        last = f"{start}_{sha256(last.encode()).hexdigest()[:8]}"
    return ident(f"{last}_is_there")


def names(sql: str | None) -> set[str]:
    return {*re.findall(r'"[^"]+"|\w+', sql or "")}


def renamed(sql: str, columns: dict[str, str]) -> str:
    """With other columns, wherever they aren't strings, types or functions."""
    token = r"""'(?:[^']|'')*'|::[\w."]+|\w+\(|\w+|"[^"]*\""""
    return re.sub(token, lambda it: columns.get(it[0], it[0]), sql)


def plain(definition: str) -> str:
    """An index as one would write it."""
    return definition.replace(" USING btree ", " ")
