"""A real service, its generated clients and its page: from the document to stored rows."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.adopt.support import Server
from tests.clients import generators
from tests.clients.conftest import describe
from tests.clients.tools import HERE, Tools
from tests.drills.service import serving
from tests.migrations.support import Forge

pytestmark = pytest.mark.cross
STRICT = {
    "files": ["story.ts"],
    "compilerOptions": {
        **dict.fromkeys(("strict", "noEmit", "skipLibCheck", "allowImportingTsExtensions"), True),
        **{"target": "es2022", "module": "esnext", "moduleResolution": "bundler", "types": []},
    },
}
CHROMIUM = """\
Chromium of the package @sparticuz/chromium doesn't start. If it names a library that is missing,
install that: on Debian, `apt-get install libnss3 libexpat1 libdbus-1-3`.
"""


class Shop:
    """Serves on a database of its own."""

    def __init__(self, project: Path, programs: Path, server: Server, forge: Forge) -> None:
        self.project, self.programs = project, programs
        self.url = server.database()
        forge.run(project, self.url, "alembic", "upgrade", "head")

    @contextmanager
    def serving(self, log: Path, **settings: str) -> Iterator[str]:
        with serving(self.project, self.programs, self.url, log, **settings) as service:
            yield service.url


@pytest.fixture
def service(shop: Path, programs: Path, server: Server, forge: Forge) -> Shop:
    return Shop(shop, programs, server, forge)


def test_in_typescript(service: Shop, tools: Tools, tmp_path: Path) -> None:
    describe(service.project, service.programs, tmp_path)
    generators.openapi_typescript(tools, tmp_path)
    story = tmp_path / "story.ts"
    story.write_text((HERE / "story.ts").read_text())
    (tmp_path / "tsconfig.json").write_text(json.dumps(STRICT))
    tools.node(tmp_path, tools.package("typescript", "bin/tsc"), "--project", ".")
    with service.serving(tmp_path / "log") as url:
        assert tools.node(tmp_path, "story.ts", url) == "done\n"


def test_in_python(service: Shop, tools: Tools, tmp_path: Path) -> None:
    describe(service.project, service.programs, tmp_path)
    generators.openapi_python_client(tools, tmp_path)
    story = tmp_path / "story.py"
    story.write_text((HERE / "story.py").read_text())
    tools.python(tmp_path, "mypy", "--strict", "story.py")
    with service.serving(tmp_path / "log") as url:
        assert tools.python(tmp_path, "python", "story.py", url) == "done\n"


@pytest.mark.parametrize("root_path", ["", "/api/v1"])
def test_a_row_is_created_through_the_page(
    root_path: str, service: Shop, tools: Tools, tmp_path: Path
) -> None:
    """Nothing is asked of any other host, and the page keeps to its own policy."""
    (tools.folder / "browser.mjs").write_text((HERE / "browser.mjs").read_text())
    scratch = tools.folder / "chromium"
    scratch.mkdir(exist_ok=True)
    with service.serving(tmp_path / "log", ROOT_PATH=root_path) as url:
        try:
            told = tools.node(tools.folder, "browser.mjs", url + root_path, TMPDIR=str(scratch))
        except AssertionError as error:
            pytest.fail(f"{CHROMIUM}{error}", pytrace=False)
        rows = httpx.get(f"{url}/tags").json()["items"]
    seen = json.loads(told.splitlines()[-1])
    assert seen["status"] == "201"
    assert "by hand" in seen["body"]
    assert [it["label"] for it in rows] == ["by hand"]
    assert seen["complaints"] == []
    hosts = {urlsplit(it).netloc for it in seen["requests"] if not it.startswith("data:")}
    assert hosts == {urlsplit(url).netloc}
