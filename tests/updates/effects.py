"""What the edits of 1.0.0's services do, as tests of the services of 2.0.0 that they become."""

IMPORTS = """\
import logging
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from httpx import AsyncClient

from app.database import Database
from tests import factories
from app.resources.items.model import Item
from app.resources.tags.model import Tag
from app.resources.users.model import User
"""

# A test of each edit, by its name; those that only change files are looked for there.
EFFECTS = {
    "column": "assert str(sa.inspect(Item).columns.ours_colour.type) == 'VARCHAR(20)'",
    "column_in_the_middle": "assert sa.inspect(Item).columns.ours_weight.nullable",
    "changed_column": """\
assert str(sa.inspect(Item).columns.name.type) == 'VARCHAR(200) COLLATE "C"'
""",
    "relation": "assert sa.inspect(Item).relationships.ours_parent.mapper.class_ is Item",
    "method": "assert User(username='anna').ours_label() == 'Anna'",
    "import_in_a_model": "assert Tag(name='a b').ours_plain() == 'ab'",
    "doc_of_a_model": """\
import app.resources.tags.model as it
    assert it.__doc__ == "Tags: ours_words."
""",
    "validator": """\
response = await client.post("/tags", json={"name": " a "})
    assert response.json()["name"] == "a"
""",
    "schema": """\
from app.resources.items.schemas import ours_Price
    assert ours_Price(price=Decimal(1))
""",
    "longer_text": "has('app/resources/users/schemas.py', '# ours_limit')",
    "endpoint": """\
await factories.create(db, Item)
    assert (await client.get("/ours-of-items")).json() == 1
""",
    "changed_endpoint": """\
row = await factories.create(db, User)
    assert (await client.get(f"/users/{row['id']}")).json()["id"] == str(row["id"])
    has("app/resources/users/router.py", "ours_user = await db.first(SELECT,")
""",
    "endpoint_between": 'assert (await client.get("/tags-ours")).json() == "ours"',
    "import_in_a_router": """\
import app.resources.items.router as it
    assert it.ours_log is logging.getLogger(it.__name__)
""",
    "import_of_a_name": "import app.resources.users.router as it\n    assert it.ours_wait == 1",
    "tag_of_a_router": """\
document = (await client.get("/openapi.json")).json()
    assert document["paths"]["/tags"]["get"]["tags"] == ["ours_tags"]
""",
    "comment_between": """\
line = '# ours_note: the whole of it.\\n@router.put("/items/{item_id}"'
    has("app/resources/items/router.py", line)
""",
    "module": 'assert (await client.get("/ours-numbers")).json() == "users"',
    "package": """\
from app.ours_stock.labels import ours_label
    assert ours_label(Item(id=1), User(id=2)) == "1 2"
""",
    "helper_beside_a_router": """\
from app.resources.items.ours_prices import ours_free
    assert ours_free(Item(price=0))
""",
    "dependency": "assert 'ours_client>=1' in PROJECT['project']['dependencies']",
    "dev_dependency": "assert 'ours_plugin>=1' in PROJECT['dependency-groups']['dev']",
    "section_of_pyproject": "assert PROJECT['tool']['ours_tool'] == {'ours_flag': True}",
    "version_of_the_service": "assert PROJECT['project']['version'] == '0.2.0'",
    "setting": """\
from app.settings import Settings
    assert Settings(database_url="postgresql://h/d", ours_key="k").ours_key == "k"
""",
    "changed_setting": """\
from app.settings import Settings
    assert Settings(database_url="postgresql://h/d").database_statement_timeout == 10
""",
    "middleware": """\
response = await client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
""",
    "lifespan": """\
from app.main import create_app
    from tests.conftest import patient_settings, temporary_database
    async with temporary_database("template1") as url:
        app = create_app(patient_settings(url))
        async with app.router.lifespan_context(app):
            assert app.state.ours_started
""",
    "argument_of_the_app": """\
document = (await client.get("/openapi.json")).json()
    assert document["info"]["contact"] == {"name": "ours_team"}
""",
    "probe": "from app.http import health\n    assert health.READY_TIMEOUT == 0.5",
    "function_at_an_end": "from app.http.paths import ours_prefix\n    assert ours_prefix == '/v1'",
    "new_test": "is_collected('tests/test_ours.py', 'test_ours_sum')",
    "renamed_test": "is_collected('tests/resources/tags.py', 'test_ours_create')",
    "test_at_the_end": "is_collected('tests/resources/items.py', 'test_ours_empty')",
    "deleted_test": "pass",  # the contract has it; the update says how to be rid of it
    "fixture": "assert request.getfixturevalue('ours_answer') == 42",
    "factory": "assert len(await factories.ours_items(db, 3)) == 3",
    "changed_factory": "assert (await factories.create(db, Tag))['name'].startswith('ours_name')",
    "deleted_file": "is_gone('LICENSE')",
    "deleted_router": 'assert (await client.get("/transfers")).status_code == 404',
    "deleted_compose": "is_gone('compose.yml')",
    "moved_test": """\
is_collected("tests/web/test_all.py", "test_an_unknown_path")
    is_gone("tests/test_web.py")
""",
    "migration": "assert await db.all(sa.text('SELECT * FROM ours_names')) == []",
    "dockerfile": "has('Dockerfile', 'app\\nRUN apt-get update && apt-get install -y ours_tool')",
    "compose": "has('compose.yml', '  ours_cache:\\n    image: valkey')",
    "step_of_ci": "has('.github/workflows/ci.yml', '- run: make ours_check')",
    "branches_of_ci": "has('.github/workflows/ci.yml', '[main, ours_dev]')",
    "recipe": "has('Makefile', 'ours_seed:  ## Some rows\\n\\tuv run python -m app.seed')",
    "section_of_the_readme": "has('README.md', '## ours_rules\\n\\nNone.\\n\\n## Settings')",
    "words_of_the_readme": "has('README.md', '# My Service: ours_best')",
    "example_of_a_setting": "has('.env.example', '#OURS_KEY=')",
    "ignored": "has('.gitignore', 'ours_data/')",
    "longer_lines": "has('app/resources/users/router.py', '# ours_lines are 120 long.')",
    "other_quotes": "has('app/resources/tags/schemas.py', '# ours_quotes')",
}

HELPERS = '''
PROJECT = tomllib.loads(Path("pyproject.toml").read_text())


def has(path: str, text: str) -> None:
    assert text in Path(path).read_text()


def is_gone(path: str) -> None:
    assert not Path(path).exists()


def is_collected(path: str, test: str) -> None:
    """It is in a file that pytest collects from, as all that is there runs."""
    assert f"def {test}(" in Path(path).read_text()
'''


def tests_of(edits: tuple[str, ...]) -> str:
    """A file of tests for what the edits do."""
    fixtures = "client: AsyncClient, db: Database, request: pytest.FixtureRequest"
    found = [
        f"async def test_{it}({fixtures}) -> None:\n    {EFFECTS[it].rstrip()}\n" for it in edits
    ]
    return "\n\n".join([IMPORTS, HELPERS, *found])
