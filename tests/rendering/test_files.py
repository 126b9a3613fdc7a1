"""The whole list of what is rendered: a typo in a file's name renders nothing, and no error."""

from pathlib import Path
from typing import Any

from tests.support import files, render

SAMPLE = """
.copier-answers.yml
.dockerignore
.env.example
.github/workflows/ci.yml
.github/workflows/update.yml
.gitignore
Dockerfile
GUIDE.md
LICENSE
Makefile
README.md
app/__init__.py
app/__main__.py
app/database/__init__.py
app/database/base.py
app/database/bulk.py
app/database/cache.py
app/database/compiled.py
app/database/engine.py
app/database/intervals.py
app/database/keys.py
app/database/policy.py
app/database/pool.py
app/database/retries.py
app/dependencies.py
app/errors.py
app/fields/__init__.py
app/fields/email.py
app/fields/text.py
app/http/__init__.py
app/http/bulk.py
app/http/docs.py
app/http/health.py
app/http/middleware.py
app/http/openapi.py
app/http/problems.py
app/http/routing.py
app/http/schemas.py
app/http/urls.py
app/lists/__init__.py
app/lists/filters.py
app/lists/openapi.py
app/lists/paging.py
app/lists/query.py
app/lists/sorting.py
app/main.py
app/process/__init__.py
app/process/gc.py
app/process/logs.py
app/process/protocol.py
app/process/server.py
app/process/workers.py
app/resources/__init__.py
app/resources/items/__init__.py
app/resources/items/model.py
app/resources/items/policy.py
app/resources/items/queries.py
app/resources/items/router.py
app/resources/items/schemas.py
app/resources/tags/__init__.py
app/resources/tags/model.py
app/resources/tags/policy.py
app/resources/tags/queries.py
app/resources/tags/router.py
app/resources/tags/schemas.py
app/resources/transfers/__init__.py
app/resources/transfers/model.py
app/resources/transfers/policy.py
app/resources/transfers/queries.py
app/resources/transfers/router.py
app/resources/transfers/schemas.py
app/resources/users/__init__.py
app/resources/users/model.py
app/resources/users/policy.py
app/resources/users/queries.py
app/resources/users/router.py
app/resources/users/schemas.py
app/settings.py
compose.yml
migrations/chain.py
migrations/copies.py
migrations/dependents/__init__.py
migrations/dependents/carry.py
migrations/dependents/catalog.py
migrations/dependents/columns.py
migrations/dependents/hanging.py
migrations/dependents/indexes.py
migrations/dependents/owned.py
migrations/dependents/precautions.py
migrations/dependents/survey.py
migrations/env.py
migrations/errors.py
migrations/extensions.py
migrations/history.py
migrations/locks.py
migrations/names.py
migrations/online.py
migrations/script.py.mako
migrations/steps.py
migrations/versions/0001_initial.py
migrations/watching.py
models.schema.json
models.yml
pyproject.toml
tests/__init__.py
tests/catalog.py
tests/conftest.py
tests/contract/__init__.py
tests/contract/api.py
tests/contract/conftest.py
tests/contract/queries.py
tests/contract/test_bulk.py
tests/contract/test_conflicts.py
tests/contract/test_create.py
tests/contract/test_delete.py
tests/contract/test_links.py
tests/contract/test_lists.py
tests/contract/test_read.py
tests/contract/test_related.py
tests/contract/test_storage.py
tests/contract/test_transfers.py
tests/contract/test_update.py
tests/contract/values.py
tests/factories.py
tests/resources/__init__.py
tests/resources/items.py
tests/resources/tags.py
tests/resources/transfers.py
tests/resources/users.py
tests/support/__init__.py
tests/support/cases.py
tests/support/checks.py
tests/support/facts.py
tests/support/filters.py
tests/test_database.py
tests/test_descriptions.py
tests/test_migrations.py
tests/test_models.py
tests/test_openapi.py
tests/test_problems.py
tests/test_queries.py
tests/test_settings.py
tests/test_web.py
tools/migration/__init__.py
tools/migration/__main__.py
tools/migration/catalog.py
tools/migration/compare.py
tools/migration/contract.py
tools/migration/conversions.py
tools/migration/defaults.py
tools/migration/empty.py
tools/migration/expand.py
tools/migration/own.py
tools/migration/rehearsal.py
tools/migration/renames.py
tools/migration/script.py
tools/migration/sql.py
tools/migration/writer.py
tools/postgres.py
"""


def test_sample(template: Path, tmp_path: Path) -> None:
    assert files(render(template, tmp_path / "project")) == SAMPLE.split()


def test_what_some_models_ask_for(template: Path, tmp_path: Path) -> None:
    some: dict[str, dict[str, Any]] = {
        "app/http/jsonlines.py": {"api": {"ops": ["export"]}},
        "app/http/preconditions.py": {"version": True},
    }
    for file, asked in some.items():
        models = {"models": {"Shirt": {"fields": {"size": "int"}, **asked}}}
        rendered = set(files(render(template, tmp_path / Path(file).stem, models)))
        test = f"tests/test_{Path(file).name}"
        assert rendered & {*some, test} == {file, test}


def test_what_embedding_asks_for(template: Path, tmp_path: Path) -> None:
    fields = {"name": "text", "above": {"ref": "Shirt", "optional": True, "inverse": "below"}}
    rendered = [
        set(files(render(template, tmp_path / name, {"models": {"Shirt": model}})))
        for name, model in {
            "without": {"fields": fields},
            "with": {"fields": fields, "api": {"embed": ["above", "below"]}},
        }.items()
    ]
    assert rendered[1] - rendered[0] == {
        "app/lists/embeds.py",
        "app/resources/shirts/embeds.py",
        "tests/contract/test_embeds.py",
        "tests/support/statements.py",
    }


def test_what_auth_asks_for(template: Path, tmp_path: Path) -> None:
    access = {"auth": {"tokens": "jwt"}, "defaults": {"rules": {"read": "user", "write": "user"}}}
    models: dict[str, Any] = {"models": {"Shirt": {"fields": {"size": "int"}}}}
    without, rendered = (
        set(files(render(template, tmp_path / name, {**models, **more})))
        for name, more in {"without": {}, "with": access}.items()
    )
    assert rendered - without == {
        "app/access/__init__.py",
        "app/access/answers.py",
        "app/access/bulk.py",
        "app/access/issuers.py",
        "app/access/policy.py",
        "app/access/presets.py",
        "app/access/principal.py",
        "app/access/rows.py",
        "app/access/tokens.py",
        "tests/contract/rules.py",
        "tests/contract/test_rules.py",
        "tests/contract/test_rules_of_many.py",
        "tests/contract/test_rules_of_relations.py",
        "tests/support/bad_tokens.py",
        "tests/support/tokens.py",
        "tests/test_access.py",
        "tests/test_issuers.py",
        "tests/test_tokens.py",
        "tools/issuer.py",
    }


def test_a_table_without_a_key(template: Path, tmp_path: Path) -> None:
    models = {"models": {"Reading": {"pk": "none", "fields": {"value": "float"}}}}
    rendered = files(render(template, tmp_path / "project", models))
    assert {"app/database/keyless.py", "app/lists/offsets.py"} <= set(rendered)


def test_unserved_models_and_enums(template: Path, tmp_path: Path) -> None:
    models = {
        "enums": {"Size": ["small", "large"]},
        "models": {
            "Shirt": {"fields": {"size": "Size"}},
            "Secret": {"fields": {"text": "text"}, "api": False},
        },
    }
    rendered = files(render(template, tmp_path / "project", models))
    assert "app/enums.py" in rendered
    assert "app/resources/secrets/model.py" in rendered
    assert "app/resources/secrets/router.py" not in rendered
    assert "tests/resources/secrets.py" in rendered  # others may need a row of it
