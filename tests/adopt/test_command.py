"""What `python -m hooks.adopt` says where there is nothing to adopt."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest
import yaml

from hooks.adopt import queries
from hooks.adopt.reader import read_catalogue
from tests.adopt.support import Server, adopt, command

CUSTOMERS = """
CREATE SCHEMA shop; CREATE TABLE shop.customer (id integer PRIMARY KEY);
CREATE TABLE customer (id integer PRIMARY KEY, name text);
"""


def refused(*arguments: str) -> str:
    done = command(*arguments)
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("url", ["mysql://localhost/x", "shop", "postgresql://host:port/x"])
def test_no_url(url: str) -> None:
    assert refused(url).startswith("that is not the URL of a database: ")


def test_no_server(tmp_path: Path) -> None:
    assert refused(f"postgresql://me@/x?host={tmp_path}").startswith("can't connect: ")
    assert refused("postgresql://me@localhost:1/x").startswith("can't connect: ")


def test_no_such_database(server: Server) -> None:
    url = server.url.replace("/postgres?", "/nowhere?")
    assert refused(url) == 'there is no such database: database "nowhere" does not exist\n'


def test_no_such_user(server: Server) -> None:
    url = server.url.replace("postgres@", "nobody:secret@")
    assert refused(url) == 'can\'t connect: role "nobody" does not exist\n'


def test_no_tables(server: Server) -> None:
    assert "has no tables" in refused(server.database())


def test_nothing_that_can_be_said(server: Server) -> None:
    told = refused(server.database("CREATE TYPE t AS (a int); CREATE TABLE x (t t PRIMARY KEY)"))
    assert told.startswith("nothing in this database can be written as a models.yml:\n")
    assert "table x (t t)" in told


def test_schemas(server: Server) -> None:
    url = server.database(CUSTOMERS)
    assert refused(url, "--schema", "sales") == "there is no schema sales\n"
    done = command(url, "--schema", "public")
    assert "shop" not in done.stdout
    assert yaml.safe_load(done.stdout)["models"].keys() == {"Customer"}


def test_the_url_of_a_service(server: Server) -> None:
    url = server.database(CUSTOMERS)
    assert adopt(url.replace("postgresql:", "postgresql+asyncpg:")) == adopt(url)


def test_reading_only(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were there a statement that writes, it would fail."""
    url = server.database(CUSTOMERS)
    monkeypatch.setattr(queries, "ABOUT", "CREATE TABLE written (id integer)")

    async def read() -> None:
        connection = await asyncpg.connect(url)
        try:
            await read_catalogue(connection, [])
        finally:
            await connection.close()

    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        asyncio.run(read())
