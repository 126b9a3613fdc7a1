"""What the README of a service shows for its owner to write works."""

from __future__ import annotations

import re
from pathlib import Path

from tests.adopt.support import Server
from tests.support import render, run


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


def test_the_migration_that_the_readme_shows(
    template: Path, programs: Path, server: Server, tmp_path: Path
) -> None:
    models = {"Item": {"table": "n" * 63, "fields": {"name": "text"}}}
    project = render(template, tmp_path / "project", {"models": models})
    (migration,) = blocks(project / "README.md")
    run(project, "alembic", "revision", "--message", "what it does", path=programs)
    (revision,) = project.glob("migrations/versions/*_what_it_does.py")
    imports, _, functions = migration.partition("\n\n\n")
    head = revision.read_text().partition("def upgrade")[0]
    head = head.replace("\nrevision =", f"\n{imports}\n\nrevision =")
    revision.write_text(head + functions)

    run(project, "ruff", "check", path=programs)
    run(project, "ruff", "format", "--check", path=programs)
    variables = {"TEST_DATABASE_URL": server.database()}
    chosen = ("-k", "test_migrations")
    run(project, "pytest", "-q", "-n0", *chosen, path=programs, variables=variables)
