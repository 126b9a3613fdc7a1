"""The models and the first revision: both make the same tables, and SQL arrives as written."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from hooks.rendering.columns import sql_text
from tests.adopt.support import Server
from tests.migrations.support import Forge
from tests.strategies import specs
from tests.support import render, run

NUMBERS = count()

# Each would be in the way of a name that the revision has itself, or of Python.
ENUMS = ("Class", "Import", "Op", "Sa", "Postgresql", "Revision", "DownRevision", "Upgrade")
AWKWARD: dict[str, Any] = {
    "enums": {name: ["a", "b" * 63, "1st", 'x "y"'] for name in ENUMS},
    "models": {
        "Holder": {
            "fields": {f"one_{name.lower()}": name for name in ENUMS}
            | {
                f"some_{name.lower()}": {"type": name, "array": True, "default": ["a", "1st"]}
                for name in ENUMS
            },
        },
        # Tables that are no Python names, and a key that is a keyword, in relations.
        "Course": {
            "table": "lambda",
            "pk": ["from"],
            "fields": {"from": "string(5)", "before": {"ref": "Course", "optional": True}},
            "many": {
                "tags": {"to": "Tag"},
                "likes": {"to": "Course", "inverse": "liked_by"},
                "labels": {"to": "Tag", "through": "Link", "inverse": "labelled"},
            },
        },
        "Tag": {"table": "Old Table", "fields": {"first": {"ref": "Course", "inverse": "firsts"}}},
        "Link": {"table": "old-link", "fields": {"a": "-> Course", "b": "-> Tag"}},
        # Foreign keys that reuse a column of the key, one of them of its own table.
        "Tenant": {"pk": ["t"], "fields": {"t": "int"}},
        "Device": {
            "pk": ["t", "d"],
            "fields": {
                "t": "int",
                "d": "int",
                "p": "int?",
                "tenant": {"ref": "Tenant", "columns": {"t": "t"}, "inverse": "devices"},
                "parent": {
                    "ref": "Device",
                    "columns": {"t": "t", "p": "d"},
                    "optional": True,
                    "inverse": "children",
                },
            },
            "many": {"mates": {"to": "Device", "inverse": "mated"}},
        },
    },
}
CHECKS = {
    "emoji": "note <> ':smile:'",
    "path": r"note <> 'C:\:-' AND note <> '\:x' AND note <> '\\:'",
    "time": "note <> '12:30:00' AND note::text <> 'a:b::c'",
    "percent": "note NOT LIKE '%:a%'",
    "quotes": """note <> '"''"'""",
}


@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)
@given(specs(most=8))
@example(AWKWARD)
def test_models_and_revision_agree(
    template: Path,
    forge: Forge,
    server: Server,
    tmp_path_factory: pytest.TempPathFactory,
    models: dict[str, Any],
) -> None:
    """By the service's own tests, which compare PostgreSQL's catalogue and warn of nothing."""
    folder = tmp_path_factory.mktemp("mapping")
    project = render(template, folder / f"service_{next(NUMBERS)}", models)
    tests = ("tests/test_migrations.py", "tests/test_models.py")
    assert " passed" in forge.run(project, server.url, "pytest", "-q", "-n", "0", *tests)


def test_sql_arrives_as_written(template: Path, programs: Path, tmp_path: Path) -> None:
    models = {
        "models": {
            "Note": {
                "fields": {"note": {"type": "text", "server_default": "':a: b:c \\:d'"}},
                "checks": CHECKS,
            }
        }
    }
    project = render(template, tmp_path / "service", models)
    printed = run(
        project,
        "alembic",
        "upgrade",
        "head",
        "--sql",
        path=programs,
        variables={"DATABASE_URL": "postgresql://nobody@localhost/nothing"},
    )
    assert "DEFAULT ':a: b:c \\:d' NOT NULL" in printed
    for name, sql in CHECKS.items():
        assert f"CONSTRAINT ck_notes_{name} CHECK ({sql})" in printed


@pytest.mark.parametrize(
    ("sql", "escaped"),
    [
        ("x = ':a'", r"x = '\:a'"),
        ("x = ':a:'", "x = ':a:'"),
        ("a::int", "a::int"),
        ("x = 'a:b'", "x = 'a:b'"),
        (r"x = '\:'", r"x = '\\:'"),
        (r"x = '\:a'", r"x = '\\:a'"),
    ],
)
def test_only_what_sqlalchemy_would_read_is_escaped(sql: str, escaped: str) -> None:
    assert sql_text(sql) == escaped
