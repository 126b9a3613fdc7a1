"""From 1.x to 2.0: what short pieces of an owner's code become."""

import re
from pathlib import Path
from textwrap import dedent

import pytest

from hooks import formatting
from hooks.update.major.carry import Carrying, carry
from hooks.update.major.files import write
from hooks.update.major.layout import tidy
from hooks.update.major.merging import merge_modules
from hooks.update.major.places import without_parents
from hooks.update.major.samples import replaced, sample
from hooks.update.major.tables import NAMES
from hooks.update.major.tokens import by_tokens
from hooks.update.major.versions import Versions
from hooks.update.major.writer import rename
from tests.support import ROOT

CARDS = "app/resources/cards"
OLD = {
    "app/__init__.py": "TITLE = 0",
    "app/database/__init__.py": "Conflict = CursorPage = Db = Listing = Row = columns = found = 0",
    "app/database/counts.py": "RowCount = count = 0",
    "app/database/embeds.py": "ToMany = ToOne = 0",
    "app/database/engine.py": 'PING = 0\n\n\nclass Unreadable(Exception):\n    """Ours."""\n',
    "app/database/filters.py": "AnyOf = FilterQuery = 0",
    "app/database/statements.py": "Conflict = Invalid = found = 0",
    "app/web/__init__.py": "",
    "app/web/health.py": "READY_TIMEOUT = 0",
    "app/web/preconditions.py": "etag = refusal = 0",
    "app/web/problems.py": "problem = responses = 0",
    "app/web/queries.py": "Reads = 0",
    f"{CARDS}/router.py": """\
import sqlalchemy as sa
from app.database import columns
from app.resources.cards.model import Card

READ = columns(Card, CardRead)
THIS = sa.and_(Card.id == 1, Card.deleted_at.is_(None))
GET = sa.select(*READ).where(THIS)
""",
    "tests/checks.py": "pages = 0",
    "tests/factories.py": """\
async def card_values(db, **given):
    n = number("card")
    return {"n": n, **given}


async def create_card(db, **given):
    return await store(db, Card, await card_values(db, **given))
""",
}
NEW = {
    "app/__init__.py": "TITLE = 0",
    "app/database/__init__.py": "Record = Database = 0",
    "app/database/base.py": "columns_for = 0",
    "app/database/engine.py": "PING = 0\n",
    "app/database/policy.py": "Policy = 0",
    "app/dependencies.py": "Db = SessionDep = 0",
    "app/errors.py": "class Conflict: ...\nInvalidValue = found_or_404 = 0",
    "app/http/__init__.py": "",
    "app/http/health.py": "READY_TIMEOUT = 0",
    "app/http/preconditions.py": "ETag = 0",
    "app/http/problems.py": "problem = responses = 0",
    "app/lists/__init__.py": "",
    "app/lists/counts.py": "RowCount = 0",
    "app/lists/embeds.py": "ToMany = ToOne = 0",
    "app/lists/paging.py": "CursorPage = Listing = 0",
    "app/lists/query.py": "QueryModel = 0",
    f"{CARDS}/model.py": "class Card: ...",
    f"{CARDS}/policy.py": """\
BY_KEY = Card.id == 1
CARDS = Policy(Card, "card", BY_KEY, alive=Card.deleted_at.is_(None))
""",
    f"{CARDS}/queries.py": """\
import sqlalchemy as sa
from app.database.base import columns_for
from app.resources.cards.model import Card
from app.resources.cards.policy import BY_KEY, CARDS

COLUMNS = columns_for(Card, CardRead)
SELECT = sa.select(*COLUMNS).where(BY_KEY, *CARDS.read)
UNCHANGED = sa.select(*COLUMNS).where(BY_KEY, *CARDS.update)
""",
    f"{CARDS}/router.py": "from app.resources.cards.queries import SELECT\n"
    "from app.database.base import columns_for",
    "tests/factories.py": "async def create(db, model): ...\nasync def values(db, model): ...",
    "tests/support/__init__.py": "",
    "tests/support/checks.py": "pages = 0",
}
MODEL = "from app.resources.cards.model import Card\n"

# An owner's code, and what it becomes.
RENAMED = {
    "a name": (
        "from app.database import Db, found\nfound(Db)",
        "from app.dependencies import Db\nfrom app.errors import found_or_404\nfound_or_404(Db)",
    ),
    "under another name": (
        "from app.database import found as f\nf(1)",
        "from app.errors import found_or_404 as f\nf(1)",
    ),
    "a function that is a method by now, under another name": (
        "from app.database.counts import count as many\nmany(db)",
        "from app.lists.counts import RowCount\nRowCount.of(db)",
    ),
    "a module": (
        "from app.database import statements\nraise statements.Invalid(1)",
        "from app import errors\nraise errors.InvalidValue(1)",
    ),
    "a module under another name": (
        "import app.web.problems as p\np.problem(404)",
        "import app.http.problems as p\np.problem(404)",
    ),
    "a name of a package that has it no more": (
        "from app import database\nraise database.Conflict()",
        "from app import database\nfrom app.errors import Conflict\nraise Conflict()",
    ),
    "such a name, where there is another one": (
        "from app import database\nclass Conflict(database.Conflict): ...",
        "from app import database\nfrom app.errors import Conflict as errors_Conflict\n"
        "class Conflict(errors_Conflict): ...",
    ),
    "in a function": (
        "def f():\n    from app.database import found\n    return found(1)",
        "def f():\n    from app.errors import found_or_404\n    return found_or_404(1)",
    ),
    "for types alone": (
        "if TYPE_CHECKING:\n    from app.database import Row\ndef f(row: 'Row | None'): ...",
        "if TYPE_CHECKING:\n    from app.database import Record\ndef f(row: 'Record | None'): ...",
    ),
    "a module in quotes": (
        "from app import database\ndef f(row: 'database.Row'): ...",
        "from app import database\ndef f(row: 'database.Record'): ...",
    ),
    "with a comment": (
        "from app.database import (\n    Row,  # ours\n)\nRow",
        "# ours\nfrom app.database import Record\nRecord",
    ),
    "what a patch names": (
        'monkeypatch.setattr("app.web.health.READY_TIMEOUT", 1)',
        'monkeypatch.setattr("app.http.health.READY_TIMEOUT", 1)',
    ),
    "what a patch names by an import": (
        'patch("app.resources.cards.router.columns")',
        'patch("app.resources.cards.router.columns_for")',
    ),
    "what a patch names in parts": (
        'patch(f"app.web.health.{name}")',
        'patch(f"app.http.health.{name}")',
    ),
    "modules that begin alike": (
        "import app.database\nimport app.database.statements\n"
        "app.database.Row\napp.database.statements.found(1)",
        "import app.database\nimport app.errors\napp.database.Record\napp.errors.found_or_404(1)",
    ),
    "a module of a package that is imported": (
        "from app import database\ndatabase.statements.found(1)",
        "from app import database\nfrom app.errors import found_or_404\nfound_or_404(1)",
    ),
    "a module under another name, from its package": (
        "from app.database import statements as s\ns.found(1)",
        "from app import errors as s\ns.found_or_404(1)",
    ),
    "a query": (
        "from app.web.queries import Reads\nreads = Reads(CardQuery)",
        "reads = CardQuery.from_request",
    ),
    "statuses": (
        "from app.web.problems import responses\nresponses(404, 409)",
        "{404: {}, 409: {}}",
    ),
    "statuses and others": (
        "from app.web.problems import responses\nresponses(404) | others",
        "{404: {}, **others}",
    ),
    "statuses that are not written out": (
        "from app.web.problems import responses\nresponses(*many)",
        "from app.http.problems import responses\nresponses(*many)",
    ),
    "a filter": (
        "from app.database.filters import AnyOf, FilterQuery\n"
        "class Q(FilterQuery):\n    many: AnyOf[str] = ()",
        "from app.lists.query import QueryModel\n"
        "class Q(QueryModel):\n    many: tuple[str, ...] = ()",
    ),
    "a list": (
        f"from app.database import Listing\n{MODEL}"
        "CARDS_OF = Listing(Card, CardRead, ['id'], [Card.deleted_at.is_(None), Card.open])",
        f"from app.lists.paging import Listing\n{MODEL}"
        "from app.resources.cards.policy import CARDS\n"
        "CARDS_OF = Listing(CARDS, CardRead, ['id'], [Card.open])",
    ),
    "a list of deleted rows": (
        f"from app.database import Listing\n{MODEL}"
        "TRASH = Listing(Card, CardRead, order=['id'], criteria=[Card.deleted_at.is_not(None)])",
        f"from app.lists.paging import Listing\n{MODEL}from app.database.policy import Policy\n"
        "TRASH = Listing(Policy(Card, \"card\"), CardRead, order=['id'],"
        " criteria=[Card.deleted_at.is_not(None)])",
    ),
    "a list of a model of the owner's": (
        "from app.database import Listing\nListing(OwnTable, Shown, order=['id'])",
        "from app.lists.paging import Listing\nfrom app.database.policy import Policy\n"
        "Listing(Policy(OwnTable, \"own table\"), Shown, order=['id'])",
    ),
    "a list of what a row has that may be deleted": (
        "LIST.where(Card.a, CARDS.exists.correlate(None).exists())",
        "LIST.where(Card.a, parent=CARDS)",
    ),
    "a relation": (
        f"from app.database.embeds import ToOne\n{MODEL}"
        "ToOne(Card, CardRead, {A.b: Card.id}, [Card.deleted_at.is_(None)])",
        f"from app.lists.embeds import ToOne\n{MODEL}from app.resources.cards.policy import CARDS\n"
        "ToOne(CARDS, CardRead, {A.b: Card.id})",
    ),
    "a relation with criteria": (
        f"from app.database.embeds import ToMany\n{MODEL}"
        "ToMany(Card, CardRead, {A.b: Card.id}, [Card.a, Card.b], order=['id'])",
        f"from app.lists.embeds import ToMany\n{MODEL}from app.database.policy import Policy\n"
        'ToMany(Policy(Card, "card", alive=(Card.a) & (Card.b)), CardRead, {A.b: Card.id},'
        " order=['id'])",
    ),
    "the key of a row that may be deleted": (
        "from app.resources.cards.router import THIS\nsa.delete(Card).where(THIS)",
        "from app.resources.cards.policy import BY_KEY, CARDS\nfrom sqlalchemy import and_\n"
        "sa.delete(Card).where(and_(BY_KEY, *CARDS.read))",
    ),
    "a factory": (
        f"from tests import factories\n{MODEL}factories.create_card(db, n=1)",
        f"from tests import factories\n{MODEL}factories.create(db, Card, n=1)",
    ),
    "a factory under another name": (
        f"from tests import factories\n{MODEL}make = factories.create_card\nmake(db)",
        f"from tests import factories\n{MODEL}make = factories.create\nmake(db, Card)",
    ),
    "a factory that is given away": (
        "from tests import factories\nuse(factories.create_card)",
        "from tests import factories\nuse(factories.create_card)",
    ),
    "another function of the same name": (
        f"from tests.factories import create_card\n{MODEL}def create(): ...\ncreate_card(create)",
        f"from tests.factories import create as create_card\n{MODEL}"
        "def create(): ...\ncreate_card(create, Card)",
    ),
}


@pytest.mark.parametrize("name", RENAMED)
def test_names(name: str) -> None:
    before, after = RENAMED[name]
    renamed = rename(before, "app/own.py", Versions(OLD, NEW, {}).book, {})
    assert renamed.code == after
    assert renamed.unknown == []


def test_names_with_no_equal() -> None:
    text = "from app.web.preconditions import etag, refusal\nraise refusal(etag)"
    assert rename(text, "app/own.py", Versions(OLD, NEW, {}).book, {}).unknown == [
        "app.web.preconditions.refusal"
    ]
    text = "from app.database import *"
    assert rename(text, "app/own.py", Versions(OLD, NEW, {}).book, {}).unknown == ["app.database.*"]


def carried(**files: str) -> dict[str, str]:
    """What becomes of a service with these files of an owner's; `_` stands for `/`."""
    mine = {f"{path.replace('__', '/')}.py": dedent(text) for path, text in files.items()}
    made = Carrying(OLD, NEW, {**OLD, **mine}).carried()
    assert made.conflicts == []
    return {path: text for path, text in made.files.items() if text != NEW.get(path)}


def test_modules_in_the_way() -> None:
    """The owner's is another one by now, and so is it in all that imports it."""
    made = carried(
        app__errors="from app.database import Conflict\n\n\nclass Gone(Conflict): ...\n",
        app__lists="SIZES = 1\n",
        app__own="import app.lists\nfrom app.errors import Gone\n\nprint(Gone, app.lists.SIZES)\n",
    )
    assert made == {
        "app/errors_own.py": "from app.errors import Conflict\n\n\nclass Gone(Conflict): ...\n",
        "app/lists_own.py": "SIZES = 1\n",
        "app/own.py": "import app.lists_own\nfrom app.errors_own import Gone\n\n"
        "print(Gone, app.lists_own.SIZES)\n",
    }


def test_statements_of_a_name_that_is_taken() -> None:
    router = OLD[f"{CARDS}/router.py"] + "SELECT = sa.select(Card.n)\nprint(SELECT, GET)\n"
    made = carried(app__resources__cards__router=router)
    assert (
        "OWN_SELECT = sa.select(Card.n)\nprint(OWN_SELECT, SELECT)\n" in made[f"{CARDS}/router.py"]
    )


def test_statements_that_moved() -> None:
    """What the owner changed of them is changed where they are by now."""
    made = carried(
        app__database__engine='PING = 1\n\n\nclass Unreadable(Exception):\n    """Mine."""\n'
    )
    assert made == {
        "app/database/engine.py": "PING = 1\n",
        "app/errors.py": "class Conflict: ...\n\n\n"
        'InvalidValue = found_or_404 = 0\n\n\nclass UnreadableValue(Exception):\n    """Mine."""\n',
    }


FACTORY = OLD["tests/factories.py"]


def test_factories_that_do_more() -> None:
    """A sample of the facts does it, unless it asks for more than a number."""
    more = FACTORY.replace("    return {", "    n = n * 10\n    return {")
    made = sample("card_values", FACTORY, more)
    assert made
    assert made.text.endswith("\n    n = n * 10\n    return {'n': n}")
    for text in (
        FACTORY.replace("    return {", "    n = await db.many()\n    return {"),
        FACTORY.replace('"n": n', '"n": own(n)') + "\n\ndef own(n): ...\n",
        FACTORY.replace('    n = number("card")\n', ""),
    ):
        assert sample("card_values", FACTORY, text) is None
        assert replaced(FACTORY, text) == {}


def test_criteria_of_statements() -> None:
    """What the template has two statements of by now gets them in both."""
    router = OLD[f"{CARDS}/router.py"].replace(".where(THIS)", ".where(THIS, Card.open)")
    made = carried(app__resources__cards__router=router)[f"{CARDS}/queries.py"]
    assert "SELECT = sa.select(*COLUMNS).where(BY_KEY, Card.open, *CARDS.read)\n" in made
    assert "UNCHANGED = sa.select(*COLUMNS).where(BY_KEY, Card.open, *CARDS.update)\n" in made


def test_a_line_in_a_handler_of_a_list() -> None:
    """It asks for the parent of an empty list no more; nothing but that was changed."""
    base = """\
async def listed(db):
    page = await OF.page(db)
    if not page["items"]:
        found_or_404(await db.first(CARDS.exists, key), "card")
    return page
"""
    ours = base.replace("    if", "    log(page)\n    if")
    theirs = "async def listed(db):\n    return await OF.page(db)\n"
    assert without_parents(base) == theirs
    merged = merge_modules(without_parents(base), without_parents(ours), theirs)
    assert merged.conflicts == 0
    assert "page = await OF.page(db)\n    log(page)\n    return page\n" in merged.text


def test_files_of_any_kind(tmp_path: Path) -> None:
    """What can't be read stays; what can is in its own encoding, with its own ends of lines."""
    text = "from app.database import Conflict"
    folders = [tmp_path / name for name in ("old", "new", "work")]
    for folder, files in zip(folders, (OLD, NEW, OLD), strict=True):
        for name, content in files.items():
            write(folder / name, content)
    work = folders[2]
    (work / "app/latin.py").write_bytes(f"# coding: latin-1\n{text}  # \xe9\n".encode("latin-1"))
    (work / "app/returns.py").write_bytes(f"{text}\r\nConflict\r\n".encode())
    (work / "app/binary.py").write_bytes(b"\xff\xfe\0")
    (work / "app/broken.py").write_text("print app.web.problems\n")
    (work / "app/link.py").symlink_to("returns.py")
    (work / "app/folder.py").mkdir()
    made = carry(*folders)
    now = "from app.errors import Conflict"
    assert made.conflicts == []
    assert made.files["app/latin.py"] == f"# coding: latin-1\n{now}  # \xe9\n"
    write(work / "app/latin.py", made.files["app/latin.py"])
    assert b" \xe9\n" in (work / "app/latin.py").read_bytes()
    assert made.files["app/returns.py"] == f"{now}\r\nConflict\r\n"
    assert made.files["app/broken.py"] == "print app.web.problems\n"
    assert not made.files.keys() & {"app/binary.py", "app/link.py"}
    assert [it for it in made.notes if "left as it was" in it] == [
        "app/broken.py: left as it was, as it is not Python: change it by hand.",
        "app/binary.py: left as it was, as its encoding is unknown.",
    ]


TOKENS = {
    "both add arguments": ("f(a)", "f(a, mine)", "f(a, *theirs)", "f ( a , mine , * theirs )"),
    "both add arguments between": ("f(a, b)", "f(a, c, b)", "f(a, *d, b)", "f ( a , c , * d , b )"),
    "in an order that Python takes": ("f(a)", "f(a, b=1)", "f(a, 2)", "f ( a , 2 , b = 1 )"),
    "each another part": ("f(a).g(b)", "f(a).g(mine)", "f(new).g(b)", "f ( new ) . g ( mine )"),
    "the same part": ("f(a)", "f(b)", "f(c)", None),
    "next to each other": ("f(a + b)", "f(a - b)", "f(c + b)", None),
    "strings in pieces": ('f(f"{a}b")', 'f(f"{a}b", 1)', 'f(f"{a}b", 2)', 'f ( f"{a}b" , 1 , 2 )'),
    "below a comment": ("f(a)", "f(a, b)", "# Why.\nf(a, *c)", "# Why.\nf ( a , b , * c )"),
    "a comment": ("f(a)", "f(a, b)  # mine", "f(a, c)", None),
}  # fmt: skip


@pytest.mark.parametrize("name", TOKENS)
def test_tokens(name: str) -> None:
    base, ours, theirs, merged = TOKENS[name]
    assert by_tokens(base, ours, theirs) == merged


def test_lines_that_need_what_is_gone() -> None:
    """They are a conflict: what they use has no value any more."""
    base = "def f():\n    a = 1\n    page = get()\n    return page\n"
    ours = base.replace("    return", "    log(page)\n    return")
    theirs = "def f():\n    a = 1\n    return get()\n"
    assert merge_modules(base, ours, theirs).conflicts == 1


def test_lines_at_the_start() -> None:
    """They stay there, though what followed them is another statement by now."""
    base = 'def f():\n    """Old."""\n    return old()\n'
    ours = base.replace("    return", "    if no:\n        raise Mine\n    return")
    theirs = base.replace("old()", "new()").replace("Old", "New")
    merged = merge_modules(base, ours, theirs)
    assert merged.text.endswith('"""New."""\n    if no:\n        raise Mine\n    return new()\n')
    assert merged.conflicts == 0


def test_code_is_laid_out_as_it_is_rendered() -> None:
    imports = "from tests import a\nimport re, os\nfrom app import b\n"
    text = f"{imports}x = [re, a, b,]\ny = {{{', '.join(f'{it}: {it}' for it in range(30))}}}\n"
    assert tidy({"a.py": text})["a.py"] == formatting.laid_out({"a.py": text})["a.py"] != text


def test_imports_of_one_name() -> None:
    base = "import a\n"
    ours, theirs = (f"{base}from {it} import quote\n" for it in ("html", "urllib.parse"))
    assert merge_modules(base, ours, theirs).twice == ["quote"]
    assert merge_modules(base, ours, ours).twice == []


def test_heads_of_functions() -> None:
    base = "@route(404)\ndef f(a: int) -> int:\n    return a\n"
    ours = base.replace("a: int", "a: int, b: int")
    theirs = base.replace("404", "404, 409").replace("return a", "return -a")
    merged = merge_modules(base, ours, theirs)
    assert merged.conflicts == 0
    assert "404 , 409" in merged.text
    assert "b : int" in merged.text
    assert "return -a" in merged.text


def test_what_the_table_names_is_in_the_template() -> None:
    missing = []
    for it in NAMES.values():
        module, _, code = it.partition(":")
        *folders, name = module.split(".")
        folder = ROOT.joinpath("template", *folders)
        found = [*folder.glob(f"*{name}.py*"), *folder.glob(f"{name}/__init__.py")]
        root = code.partition(".")[0]
        defines = re.compile(rf'^(class |async def |def |from .* import .*|    ")?{root}\b', re.M)
        if not any(defines.search(path.read_text()) for path in found):
            missing.append(it)
    assert missing == []
