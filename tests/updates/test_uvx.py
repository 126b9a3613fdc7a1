"""`make models` and `make update` as services run them: the template's own tool, brought by uv."""

from __future__ import annotations

import os
import subprocess
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server

import pytest

from hooks.formatting import VERSIONS
from hooks.language.spec import Spec
from hooks.update import __main__ as tool
from hooks.update.git import FOR_UV, shown
from hooks.update.project import answer
from hooks.update.template import Template, address, cached
from tests.support import BIN, CLEAN, ROOT, run
from tests.templates import environment
from tests.updates.hostile import hostile
from tests.updates.support import NEXT, VERSION, attempt, changes, commit, edit, release
from tests.updates.test_templates import PATCHED, follow, improve

SECRET = "s3cret"
Make = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def make(project: Path, cache: Path, tmp_path: Path) -> Make:
    """The service's own make, with uv, and copies of templates that no other test has.

    On a machine with every setting of Git, but one: uv reaches its own folders by Git.
    """
    variables = {"PATH": f"{BIN}{os.pathsep}{CLEAN['PATH']}", "XDG_CACHE_HOME": str(cache)}
    variables["UV_CACHE_DIR"] = run(project, "uv", "cache", "dir", path=BIN).strip()
    variables |= hostile(tmp_path / "home", "https://elsewhere.invalid/")

    def make(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["make", "--no-print-directory", *arguments]
        env = CLEAN | variables
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # or each run compiles what uv has installed
        done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)
        assert SECRET not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return make


def makefile(folder: Path) -> Path:
    """That of a service, alone in `folder`."""
    template = environment().get_template("template/Makefile.jinja")
    path = folder / "Makefile"
    path.write_text(template.render(spec=Spec(models=[], enums=[])))
    return path


def name_itself(repository: Path, version: str) -> None:
    """A version whose tool says which it is."""
    place = repository / "hooks/update/__main__.py"
    line = "    given = parser.parse_args(arguments)\n"
    text = place.read_text().partition(line)
    place.write_text(f'{text[0]}{line}    print("This is the tool of {version}.")\n{text[2]}')
    pyproject = repository / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace(f'"{VERSION}"', f'"{version}"'))
    improve(repository, f"# Since {version}.")
    release(repository, version)
    run(repository, "git", "checkout", "--quiet", "HEAD~")


def add_a_model(project: Path, name: str) -> None:
    with (project / "models.yml").open("a") as file:
        file.write(f"\n  {name}: {{fields: {{text: text}}}}\n")
    commit(project)


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The port of a server of files."""
    handler = partial(Files, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


def test_models(repository: Path, project: Path, make: Make, tmp_path: Path, cache: Path) -> None:
    """By the tool's newest patch; with a network first, and without one then."""
    name_itself(repository, PATCHED)
    bare = tmp_path / "served/template.git"
    run(tmp_path, "git", "clone", "--quiet", "--bare", repository, bare)
    run(bare, "git", "repack", "-adq")
    run(bare, "git", "update-server-info")
    with served(tmp_path / "served") as port:
        follow(project, f"http://ann:{SECRET}@127.0.0.1:{port}/template.git")
        add_a_model(project, "Review")
        done = make("models")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"This is the tool of {PATCHED}.\n" in done.stdout
    assert done.stderr == ""
    assert (project / "app/resources/reviews/model.py").exists()
    # What it renders is the version that the service is on.
    assert "# Since" not in (project / "app/http/health.py").read_text()
    assert f"_commit: {VERSION}\n" in (project / ".copier-answers.yml").read_text()
    commit(project)
    add_a_model(project, "Label")
    done = make("models")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"This is the tool of {PATCHED}.\n" in done.stdout
    at = f"The template can't be reached at http://127.0.0.1:{port}/template.git"
    assert f"{at}: going on with a copy of it.\n" in done.stderr
    assert (project / "app/resources/labels/model.py").exists()
    commit(project)
    done = make("update")
    assert done.returncode != 0
    assert f"{at}:\n" in done.stderr
    assert changes(project) == ""
    for path in (cache / "slipway").rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["models"], (PATCHED, "models")),
        (["update"], (NEXT, "update", "--to", NEXT)),
        (["update", "--to", PATCHED], (PATCHED, "update", "--to", PATCHED)),
    ],
)
def test_which_version_of_the_tool_does_it(
    arguments: list[str],
    wanted: tuple[str, ...],
    repository: Path,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name_itself(repository, PATCHED)
    name_itself(repository, NEXT)
    asked = []

    def hand_over(*given: object) -> int:
        asked.append(given)
        return 3

    monkeypatch.setattr(tool, "hand_over", hand_over)
    assert attempt(project, "--newest", *arguments).returncode == 3
    assert asked == [(repository, *wanted)]


def test_what_was_never_fetched(project: Path, make: Make) -> None:
    follow(project, f"https://ann:{SECRET}@slipway.invalid/template.git")
    for recipe in ("models", "update", "update-check"):
        done = make(recipe)
        assert done.returncode != 0
        told, *others = done.stderr.splitlines()
        assert told.startswith(f"The template's tool can't be fetched at {VERSION}: fatal: unable")
        assert all(it.startswith("make: ") for it in others)
    edit(project / ".copier-answers.yml", f"_commit: {VERSION}\n", "")
    commit(project)
    assert ".copier-answers.yml has no _commit" in make("models").stderr


def test_a_server_that_does_not_answer(
    repository: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "PATIENCE", 0.2)
    with create_server(("127.0.0.1", 0)) as silent:
        source = f"http://127.0.0.1:{silent.getsockname()[1]}/template.git"
        run(project, "git", "clone", "--quiet", "--bare", repository, cached(source))
        follow(project, source)
        add_a_model(project, "Review")
        done = attempt(project, "models")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"can't be reached at {source}: going on with a copy of it.\n" in done.stderr
    assert (project / "app/resources/reviews/model.py").exists()


def test_no_network_is_asked_for_where_uv_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    assert Template("https://slipway.invalid/template.git").fetch() == "UV_OFFLINE is set"


HOME = Path.home()
# Of Copier, and of those that lay out YAML in other ways.
LAYOUTS = [
    "_commit: {}\n_src_path: {}\n",
    '---\n# x\n_src_path:   \'{1}\'  # ours\n"_commit": "{0}" # pinned\n',
    '%YAML 1.1\n---\n_commit: &it !!str {}   # pinned\r\n_src_path: &at "{}"\r\n',
]


@pytest.mark.parametrize(
    ("source", "url", "by_uv"),
    [
        (
            "gh:acme/slipway",
            "https://github.com/acme/slipway.git",
            "https://github.com/acme/slipway",
        ),
        (
            "gl:/acme/slipway",
            "https://gitlab.com/acme/slipway.git",
            "https://gitlab.com/acme/slipway",
        ),
        ("https://github.com/a/s", "https://github.com/a/s.git", "https://github.com/a/s"),
        ("git@git.acme.com:s.git", "git@git.acme.com:s.git", "ssh://git@git.acme.com/s.git"),
        ("ssh://git@git.acme.com:22/s.git", "ssh://git@git.acme.com:22/s.git", ""),
        ("git+https://a:b@git.acme.com/s.git", "https://a:b@git.acme.com/s.git", ""),
        ("~/slipway", f"{HOME}/slipway", f"file://{HOME}/slipway"),
        ("/home/ann lee/slipway", "/home/ann lee/slipway", "file:///home/ann%20lee/slipway"),
    ],
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_where_the_template_is(
    source: str, url: str, by_uv: str, layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service's Makefile and the tool understand it as Copier does."""
    assert address(source) == url
    said = layout.format("1.2.3-4-gabcdef0", source)
    (tmp_path / ".copier-answers.yml").write_text(said)
    monkeypatch.chdir(tmp_path)
    assert (answer("_commit"), answer("_src_path")) == ("1.2.3-4-gabcdef0", source)
    show = "show: ; @echo $(TOOL)"
    told = run(tmp_path, "make", "-f", makefile(tmp_path), "--eval", show, "show")
    assert told.endswith(f" --from git+{by_uv or url}@abcdef0\n")


def test_secrets_are_not_shown() -> None:
    assert shown("at https://ann:s3@t@git.acme.com/a@b.git:") == "at https://git.acme.com/a@b.git:"
    assert shown("https://t0ken@git.acme.com") == "https://git.acme.com"
    assert shown("ssh://git@git.acme.com") == "ssh://git@git.acme.com"


def test_the_tool_brings_a_ruff_that_the_template_takes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"ruff{VERSIONS}" in project["dependencies"]


@pytest.mark.parametrize("given", [{}, {"GIT_CONFIG_PARAMETERS": "'core.autocrlf=true'"}])
def test_settings_of_git(given: dict[str, str], tmp_path: Path) -> None:
    """Make gives uv those that the tool gives it, behind what there is."""
    probe = tmp_path / "probe.mk"
    probe.write_text("probe:\n\t@$(APART) git config core.autocrlf\n\t@echo $(SETTINGS)\n")
    command = ["make", "-f", str(makefile(tmp_path)), "-f", str(probe), "probe"]
    done = subprocess.run(
        command, cwd=tmp_path, env=CLEAN | given, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["false", " ".join(FOR_UV)]
