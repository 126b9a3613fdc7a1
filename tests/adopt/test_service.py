"""A service on the database that it was made from."""

from __future__ import annotations

from pathlib import Path

import httpx
import yaml

from tests.adopt.support import Server, adopt, comments
from tests.drills.service import HANG, serving
from tests.migrations.support import Forge
from tests.support import render, run

APART = """
CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql
  AS 'SELECT pg_catalog.gen_random_uuid()';
CREATE SCHEMA shelves;
CREATE TABLE shelves.rooms (id integer PRIMARY KEY);
COMMENT ON TABLE shelves.rooms IS 'Where shelves stand';
CREATE TABLE shelves.shelves (id integer PRIMARY KEY, room_id integer REFERENCES shelves.rooms);
COMMENT ON COLUMN shelves.shelves.room_id IS 'Where it stands';
CREATE SCHEMA lent;
CREATE TABLE lent.made (
  id uuid DEFAULT public.gen_random_uuid() PRIMARY KEY, more uuid DEFAULT public.gen_random_uuid()
);
CREATE TABLE lent.books (id integer PRIMARY KEY, shelf_id integer REFERENCES shelves.shelves);
DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET search_path = shelves, public', current_database());
END $$;
"""
LIBRARY = Path(__file__).parent / "schemas" / "library.sql"


def test_a_service_runs_on_what_is_there(
    template: Path, programs: Path, server: Server, tmp_path: Path
) -> None:
    url, fresh = server.database(LIBRARY.read_text()), server.database()
    before = server.catalogue(url)
    text = adopt(url)
    assert comments(text) == ""
    (tmp_path / "models.yml").write_text(text)
    project = render(template, tmp_path / "project", tmp_path / "models.yml")

    variables = {"DATABASE_URL": url}
    run(project, "alembic", "stamp", "head", path=programs, variables=variables)
    run(project, "alembic", "check", path=programs, variables=variables)
    run(project, "alembic", "upgrade", "head", path=programs, variables={"DATABASE_URL": fresh})
    assert server.catalogue(fresh) == server.catalogue(url) == before

    with (
        serving(project, programs, url, tmp_path / "log") as service,
        httpx.Client(base_url=service.url, timeout=HANG) as client,
    ):
        (book,) = client.get("/books").raise_for_status().json()["items"]
        assert book["isbn"] == "9780000000001"
        assert (book["title"], book["sub_title"]) == ("On Engines", "A Sketch")
        assert (book["weight"], book["raw"], book["since"]) == ("0.50", {"a": 1}, "08:30:00")
        card = {"id": 1, "name_of_holder": "Ann", "column_1": "x", "state": "50%"}
        made = client.post("/cards50s", json=card | {"rate": "2.5", "v1_0": 3, "kind": "a"})
        assert made.status_code == 201, made.text
        refused = client.patch("/cards50s/1", json={"v1_0": 2, "rate": "2"})
        assert refused.status_code == 422, refused.text
        pointers = {it["pointer"] for it in refused.json()["errors"]}
        assert pointers == {"#/rate", "#/v1_0", "#/kind"}
        found = client.get("/cards50s", params={"state": "50%", "name_of_holder__in": "Ann"}).json()
        assert [it["name_of_holder"] for it in found["items"]] == ["Ann"]
        made = client.post("/authors", json={"name": "Cid", "mentor_id": 1})
        assert made.status_code == 201, made.text
        assert made.json()["author_id"] == 3  # by the sequence that was there
        assert client.get("/authors/1/books").json()["items"][0]["isbn"] == book["isbn"]
        lent = {"book": book["isbn"], "copy": 1}
        assert client.post("/loans", json=lent).status_code == 201
        lent["copy"] = 2
        assert client.post("/loans", json=lent).status_code == 409


def test_check_whatever_the_search_path_has(
    template: Path, forge: Forge, server: Server, tmp_path: Path
) -> None:
    url = server.database(APART)
    text = adopt(url)
    assert (
        yaml.safe_load(text)["models"]["Made"]["fields"]["more"]["server_default"]
        == "gen_random_uuid()"
    )
    assert "id has the default public.gen_random_uuid(), here gen_random_uuid()" in comments(text)
    (tmp_path / "models.yml").write_text(text)
    project = render(template, tmp_path / "project", tmp_path / "models.yml")
    forge.run(project, url, "alembic", "stamp", "head")
    forge.run(project, url, "alembic", "check")
