"""What owners do to a service, as they would do it. What they write has a word `ours_…` in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

Edit = Callable[[Path], None]
EDITS: dict[str, Edit] = {}

ITEM, TAG, USER = (f"app/resources/{it}" for it in ("items", "tags", "users"))


def edit(function: Edit) -> Edit:
    EDITS[function.__name__] = function
    return function


def append(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text() if path.exists() else ""
    path.write_text(before + dedent(text))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{path} has {text.count(old)} times {old!r}"
    path.write_text(text.replace(old, new))


def after(path: Path, line: str, *lines: str) -> None:
    """Below a line that stands once."""
    replace(path, f"{line}\n", "".join(f"{it}\n" for it in (line, *lines)))


# Models


@edit
def column(project: Path) -> None:
    with (project / ITEM / "model.py").open("a") as file:
        file.write("\n    ours_colour: Mapped[str | None] = mapped_column(sa.String(20))\n")


@edit
def column_in_the_middle(project: Path) -> None:
    price = "    price: Mapped[Decimal] = mapped_column(sa.Numeric(12, 2))"
    text = "    ours_weight: Mapped[int | None] = mapped_column(sa.Integer)"
    after(project / ITEM / "model.py", price, text)


@edit
def changed_column(project: Path) -> None:
    model = project / ITEM / "model.py"
    replace(model, "sa.String(200)", 'sa.String(200, collation="C")')
    with model.open("a") as file:
        file.write("    # ours_order\n")


@edit
def relation(project: Path) -> None:
    with (project / ITEM / "model.py").open("a") as file:
        file.write(
            "\n    ours_parent_id: Mapped[UUID | None] = mapped_column(\n"
            '        sa.Uuid, sa.ForeignKey("items.id", ondelete="SET NULL"), index=True\n'
            "    )\n"
            '    ours_parent: Mapped["Item | None"] = relationship(\n'
            '        remote_side="Item.id", lazy="raise"\n'
            "    )\n"
        )


@edit
def method(project: Path) -> None:
    with (project / USER / "model.py").open("a") as file:
        file.write(
            "\n    def ours_label(self) -> str:\n        return self.username.capitalize()\n"
        )


@edit
def import_in_a_model(project: Path) -> None:
    model = project / TAG / "model.py"
    replace(model, "from typing import", "import re as ours_re\nfrom typing import")
    with model.open("a") as file:
        file.write(
            "\n    def ours_plain(self) -> str:\n"
            '        return ours_re.sub(r"\\W", "", self.name)\n'
        )


@edit
def doc_of_a_model(project: Path) -> None:
    replace(project / TAG / "model.py", '"""Tags, as stored."""', '"""Tags: ours_words."""')


# Schemas


@edit
def validator(project: Path) -> None:
    schemas = project / TAG / "schemas.py"
    line = "from pydantic import MISSING, Field"
    replace(schemas, f"{line}\n", f"{line}, field_validator\n")
    text = schemas.read_text()
    at = text.rindex("\n\n\n", 0, text.index("class TagUpdate")) + 3
    body = (
        '    @field_validator("name")\n'
        "    @classmethod\n"
        "    def ours_stripped(cls, value: str) -> str:\n"
        "        return value.strip() or value\n"
    )
    schemas.write_text(text[:at].rstrip("\n") + "\n\n" + body + "\n\n" + text[at:])


@edit
def schema(project: Path) -> None:
    append(
        project / ITEM / "schemas.py",
        """

        class ours_Price(Output):
            price: Price
        """,
    )


@edit
def longer_text(project: Path) -> None:
    schemas = project / USER / "schemas.py"
    text = schemas.read_text()
    at = text.index("Username = ")
    end = text.index("\n", at)
    schemas.write_text(text[:end] + "  # ours_limit" + text[end:])


# Routes


@edit
def endpoint(project: Path) -> None:
    append(
        project / ITEM / "router.py",
        """

        @router.get("/ours-of-items")
        async def ours_items(db: Db) -> int:
            return len(await db.all(LIST.select((), ())))
        """,
    )


@edit
def changed_endpoint(project: Path) -> None:
    text = '    return found_or_404(await db.first(SELECT, {"_user_id": user_id}), "user")'
    new = [
        '    ours_user = await db.first(SELECT, {"_user_id": user_id})',
        '    return found_or_404(ours_user, "user")',
    ]
    replace(project / USER / "router.py", f"{text}\n", "".join(f"{it}\n" for it in new))


@edit
def endpoint_between(project: Path) -> None:
    replace(
        project / TAG / "router.py",
        "\n\n@router.delete(\n",
        '\n\n@router.get("/tags-ours")\nasync def ours_tags() -> str:\n    return "ours"\n'
        "\n\n@router.delete(\n",
    )


@edit
def import_in_a_router(project: Path) -> None:
    router = project / ITEM / "router.py"
    replace(router, "from typing import", "import logging\nfrom typing import")
    line = 'router = APIRouter(tags=["items"])'
    after(router, line, "ours_log = logging.getLogger(__name__)")


@edit
def import_of_a_name(project: Path) -> None:
    router = project / USER / "router.py"
    line = "from app.settings import Seconds as ours_Seconds\n"
    replace(router, "\nrouter = APIRouter", f"{line}\nrouter = APIRouter")
    append(router, "\nours_wait: ours_Seconds = 1\n")


@edit
def tag_of_a_router(project: Path) -> None:
    replace(project / TAG / "router.py", 'tags=["tags"]', 'tags=["ours_tags"]')


@edit
def comment_between(project: Path) -> None:
    line = '@router.put("/items/{item_id}",'
    replace(project / ITEM / "router.py", line, f"# ours_note: the whole of it.\n{line}")


# Modules


@edit
def module(project: Path) -> None:
    append(
        project / "app/resources/ours_numbers.py",
        """\
        from fastapi import APIRouter

        from app.resources.users.model import User

        router = APIRouter(tags=["numbers"])


        @router.get("/ours-numbers")
        async def ours_numbers() -> str:
            return User.__tablename__
        """,
    )


@edit
def package(project: Path) -> None:
    append(project / "app/ours_stock/__init__.py", "")
    append(
        project / "app/ours_stock/labels.py",
        '''\
        """Labels of items: ours_labels."""

        from app.resources.items.model import Item
        from app.resources.users.model import User


        def ours_label(item: Item, user: User) -> str:
            return f"{item.id} {user.id}"
        ''',
    )


@edit
def helper_beside_a_router(project: Path) -> None:
    append(
        project / ITEM / "ours_prices.py",
        '''\
        """Prices."""

        from app.resources.items.model import Item


        def ours_free(item: Item) -> bool:
            return item.price == 0
        ''',
    )


# Wiring


@edit
def dependency(project: Path) -> None:
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text()
    pyproject.write_text(
        text.replace("    # Your own:\n", '    # Your own:\n    "ours_client>=1",\n', 1)
    )


@edit
def dev_dependency(project: Path) -> None:
    pyproject = project / "pyproject.toml"
    head, groups = pyproject.read_text().split("[dependency-groups]")
    groups = groups.replace("    # Your own:\n", '    # Your own:\n    "ours_plugin>=1",\n', 1)
    pyproject.write_text(f"{head}[dependency-groups]{groups}")


@edit
def section_of_pyproject(project: Path) -> None:
    append(project / "pyproject.toml", "\n[tool.ours_tool]\nours_flag = true\n")


@edit
def version_of_the_service(project: Path) -> None:
    replace(project / "pyproject.toml", 'version = "0.1.0"', 'version = "0.2.0"  # ours_release')


@edit
def setting(project: Path) -> None:
    line = "    # Yours below: settings of your own."
    after(project / "app/settings.py", line, '    ours_key: str = ""')


@edit
def changed_setting(project: Path) -> None:
    line = "    database_statement_timeout: Seconds = 30"
    replace(project / "app/settings.py", line, line.replace("30", "10  # ours_limit"))


@edit
def middleware(project: Path) -> None:
    main = project / "app/main.py"
    line = "    # Yours below: middleware, routers and the like."
    after(main, line, "    app.add_middleware(GZipMiddleware, minimum_size=500)  # ours_gzip")
    line = "from fastapi.middleware.cors import CORSMiddleware"
    after(main, line, "from fastapi.middleware.gzip import GZipMiddleware")


@edit
def lifespan(project: Path) -> None:
    line = "        gc.freeze()  # what is there now stays: no need to look through it again"
    after(project / "app/main.py", line, "        state.ours_started = True")


@edit
def argument_of_the_app(project: Path) -> None:
    line = "        title=TITLE,"
    after(project / "app/main.py", line, '        contact={"name": "ours_team"},')


@edit
def probe(project: Path) -> None:
    replace(
        project / "app/http/health.py",
        "READY_TIMEOUT = 0.8  # seconds",
        "READY_TIMEOUT = 0.5  # seconds, ours_limit",
    )


@edit
def function_at_an_end(project: Path) -> None:
    append(project / "app/http/schemas.py", '\n\nours_prefix = "/v1"\n')


# Tests


@edit
def new_test(project: Path) -> None:
    append(project / "tests/test_ours.py", "def test_ours_sum() -> None:\n    assert 1 + 1 == 2\n")


@edit
def renamed_test(project: Path) -> None:
    replace(
        project / "tests/contract/test_create.py",
        "async def test_create(api",
        "async def test_ours_create(api",
    )


@edit
def test_at_the_end(project: Path) -> None:
    append(
        project / "tests/resources/items.py",
        """

        async def test_ours_empty(client: Any) -> None:
            assert (await client.get(FACTS.path)).json()["items"] == []
        """,
    )


@edit
def deleted_test(project: Path) -> None:
    path = project / "tests/contract/test_read.py"
    text = path.read_text()
    start = text.index('@for_each("get")\nasync def test_get_unknown(')
    path.write_text(text[:start] + text[text.index("\n\n\n", start) + 3 :])


@edit
def changed_fact(project: Path) -> None:
    replace(project / "tests/resources/tags.py", '"name": f"name {n}"', '"name": f"ours_name {n}"')


@edit
def fixture(project: Path) -> None:
    append(
        project / "tests/conftest.py",
        """

        @pytest.fixture
        def ours_answer() -> int:
            return 42
        """,
    )


@edit
def factory(project: Path) -> None:
    append(
        project / "tests/factories.py",
        """

        async def ours_rows(db: Database, model: type[Base], count: int) -> list[Record]:
            return [await create(db, model) for _ in range(count)]
        """,
    )


@edit
def changed_factory(project: Path) -> None:
    old = "APART = 10_000  # from what a sequence gives in a test"
    replace(project / "tests/factories.py", old, "APART = 20_000  # ours_numbers go to 10,000")


# Files


@edit
def deleted_file(project: Path) -> None:
    (project / "LICENSE").unlink()


@edit
def deleted_router(project: Path) -> None:
    (project / "app/resources/transfers/router.py").unlink()


@edit
def deleted_compose(project: Path) -> None:
    (project / "compose.yml").unlink()


@edit
def moved_test(project: Path) -> None:
    (project / "tests/web").mkdir()
    (project / "tests/web/__init__.py").write_text("# ours_tests\n")
    (project / "tests/test_web.py").rename(project / "tests/web/test_all.py")


@edit
def migration(project: Path) -> None:
    append(
        project / "migrations/versions/2026_01_01_ours_view.py",
        '''\
        """A view."""

        from alembic import op

        revision = "ours_view"
        down_revision = "0001"
        branch_labels = None
        depends_on = None


        def upgrade() -> None:
            op.execute("CREATE VIEW ours_names AS SELECT username FROM users")


        def downgrade() -> None:
            op.execute("DROP VIEW ours_names")
        ''',
    )


@edit
def dockerfile(project: Path) -> None:
    line = "RUN useradd --system --uid 10001 --no-create-home app"
    after(project / "Dockerfile", line, "RUN apt-get update && apt-get install -y ours_tool")


@edit
def compose(project: Path) -> None:
    replace(
        project / "compose.yml", "\nvolumes:\n", "\n  ours_cache:\n    image: valkey\n\nvolumes:\n"
    )


@edit
def step_of_ci(project: Path) -> None:
    append(project / ".github/workflows/ci.yml", "      - run: make ours_check\n")


@edit
def branches_of_ci(project: Path) -> None:
    replace(project / ".github/workflows/ci.yml", "[main]", "[main, ours_dev]")


@edit
def recipe(project: Path) -> None:
    append(project / "Makefile", "\nours_seed:  ## Some rows\n\tuv run python -m app.seed\n")


@edit
def section_of_the_readme(project: Path) -> None:
    replace(project / "README.md", "\n## Settings\n", "\n## ours_rules\n\nNone.\n\n## Settings\n")


@edit
def words_of_the_readme(project: Path) -> None:
    replace(project / "README.md", "# My Service\n", "# My Service: ours_best\n")


@edit
def example_of_a_setting(project: Path) -> None:
    append(project / ".env.example", "\n# ours_key\n#OURS_KEY=\n")


@edit
def ignored(project: Path) -> None:
    append(project / ".gitignore", "ours_data/\n")


# Form


@edit
def longer_lines(project: Path) -> None:
    path = project / USER / "router.py"
    ruff = Path(sys.executable).with_name("ruff")
    command = ["format", "--quiet", "--isolated", "--line-length", "120", str(path)]
    subprocess.run([ruff, *command], check=True)
    append(path, "\n# ours_lines are 120 long.\n")


@edit
def other_quotes(project: Path) -> None:
    path = project / TAG / "schemas.py"
    path.write_text(path.read_text().replace('"', "'").replace("'''", '"""'))
    append(path, "\n# ours_quotes\n")
