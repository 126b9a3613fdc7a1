"""What the README of a service shows for its owner to write: done to a service, it works."""

from __future__ import annotations

import re
from pathlib import Path

from tests.adopt.support import Server
from tests.support import render, run

TESTS = '''\
"""What the README promises."""

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from tests.support.checks import assert_problem


async def test_sign_in(app: FastAPI, client: AsyncClient) -> None:
    assert (await client.get("/users")).status_code == 200
    anyone = AsyncClient(transport=ASGITransport(app), base_url="http://test")
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}):
        response = await anyone.get("/users", headers=headers)
        assert_problem(response, 401)
        assert response.headers["www-authenticate"] == "Bearer"
        assert_problem(await anyone.get("/counts/users", headers=headers), 401)
    assert (await anyone.get("/health/ready")).status_code == 200
    document = (await anyone.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"] == {
        "HTTPBearer": {"type": "http", "scheme": "bearer"}
    }
    for path, operations in document["paths"].items():
        for it in operations.values():
            guarded = it.get("security") == [{"HTTPBearer": []}] and "401" in it["responses"]
            assert guarded != path.startswith("/health/")


async def test_nobody_is_let_in_without_a_token_to_have(app: FastAPI, client: AsyncClient) -> None:
    app.state.api_token = None
    assert_problem(await client.get("/users"), 401)
    app.state.api_token = "test"


async def test_ways_to_the_data(client: AsyncClient) -> None:
    assert (await client.get("/counts/users")).json() == {"rows": 0}
    assert (await client.post("/counts/users")).json() == 0
'''


def blocks(page: Path, language: str = "(?:python|diff)") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)


def apply(text: str, diff: str) -> str:
    """`text` with the changes of `diff`, where each piece is once; `@@` stands between them."""
    for piece in re.split("^@@\n", diff, flags=re.MULTILINE):
        lines = piece.splitlines()
        before, after = (
            "".join(f"{it[1:]}\n" for it in lines if it[0] in kinds) for kinds in (" -", " +")
        )
        assert f"\n{text}".count(f"\n{before}") == 1, before
        text = f"\n{text}".replace(f"\n{before}", f"\n{after}").removeprefix("\n")
    return text


def test_what_an_owner_writes(
    template: Path, programs: Path, server: Server, tmp_path: Path
) -> None:
    project = render(template, tmp_path / "project")
    variables = {"TEST_DATABASE_URL": server.database()}
    rest = []
    for block in blocks(project, "python"):
        named = re.match(r"# (\S+\.py)\n", block)
        if named:
            (project / named[1]).write_text(block)
        else:
            rest.append(block)
    for block in blocks(project, "diff"):
        name, _, diff = block.removeprefix("# ").partition("\n")
        path = project / name
        path.write_text(apply(path.read_text(), diff))

    # The rest is a handler, which test_sessions.py runs, and a migration.
    (migration,) = (it for it in rest if "def upgrade" in it)
    run(project, "alembic", "revision", "--message", "what it does", path=programs)
    (revision,) = project.glob("migrations/versions/*_what_it_does.py")
    imports, _, functions = migration.partition("\n\n\n")
    head = revision.read_text().partition("def upgrade")[0]
    head = head.replace("\nrevision =", f"\n{imports}\n\nrevision =")
    revision.write_text(head + functions)

    (project / "tests/test_readme.py").write_text(TESTS)
    run(project, "ruff", "format", "tests/test_readme.py", path=programs)
    run(project, "ruff", "check", path=programs)
    run(project, "ruff", "format", "--check", path=programs)
    chosen = ("-k", "test_readme or test_migrations or tags")
    run(project, "pytest", "-q", "-n0", *chosen, path=programs, variables=variables)
