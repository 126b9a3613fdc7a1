"""A service whose models change, and the migration that it writes for that."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from hooks.language import load
from hooks.rendering import context
from tests.adopt.support import Server, put_revision
from tests.support import BIN, CLEAN, ROOT, run
from tests.templates import environment, write_python

ENVIRONMENT = environment()
# No files but those of the project.
PLAIN = {"PYTHONDONTWRITEBYTECODE": "1", "RUFF_NO_CACHE": "true"}


def answers(text: str) -> dict[str, Any]:
    return dict(yaml.safe_load(text))


class Forge:
    """Runs programs of services with a database; see forge.py."""

    def __init__(self, programs: Path) -> None:
        command = [programs / "python", Path(__file__).with_name("forge.py")]
        variables = CLEAN | PLAIN
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables, text=True
        )

    def run(self, project: Path, url: str, *command: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        task = {"url": url, "command": [str(project), *command]}
        print(json.dumps(task), file=self.process.stdin, flush=True)
        status, printed = json.loads(self.process.stdout.readline())
        assert status == 0, f"{' '.join(command)}:\n{printed}"
        return str(printed)

    def contract(self, project: Path, server: Server) -> tuple[str, Path | None]:
        """What `make contract` prints, and what it writes; all is committed first."""
        if not (project / ".git").exists():
            run(project, "git", "init", "--quiet")
        run(project, "git", "add", "--all")
        run(project, "git", "commit", "--quiet", "--allow-empty", "--message", "A change")
        return self.write(project, server, "--contract")

    def write(self, project: Path, server: Server, name: str) -> tuple[str, Path | None]:
        """What `make migration` prints, and what it writes."""
        versions = project / "migrations" / "versions"
        before = {*versions.glob("*.py")}
        for scratch in ("head", "start", "goal", "back", "rehearsal", "ended"):
            server.execute(server.url, f"DROP DATABASE IF EXISTS {scratch}")
        printed = self.run(project, server.url, "tools.migration", name)
        after = {*versions.glob("*.py")} - before
        return printed, after.pop() if after else None

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


class Service:
    """One whose models are replaced; much faster than rendering all of it."""

    def __init__(self, project: Path, forge: Forge) -> None:
        self.project, self.forge = project, forge
        self.versions = project / "migrations" / "versions"

    def begin(self, models: str) -> None:
        shutil.rmtree(self.versions)
        self.versions.mkdir()
        put_revision(self.project, answers(models))

    def change(self, models: str) -> None:
        """What `make models` makes of the models alone."""
        made = context(load(answers(models)), "3.11")
        app = self.project / "app"
        for folder in (app / "resources").iterdir():
            if folder.is_dir():
                shutil.rmtree(folder)
        (package,) = (ROOT / "template" / "app" / "resources").glob("{% yield*")
        template = ENVIRONMENT.from_string((package / "model.py.jinja").read_text())
        texts: dict[Path, str] = {}
        for resource in made["resources"]:
            folder = app / "resources" / resource.plural
            folder.mkdir()
            (folder / "__init__.py").touch()
            texts[folder / "model.py"] = template.render(r=resource, **made)
        for name in ("enums", "mixins"):
            (source,) = (ROOT / "template" / "app").glob(f"*{name}.py*")
            texts[app / f"{name}.py"] = ENVIRONMENT.from_string(source.read_text()).render(**made)
        (source,) = (ROOT / "template" / "migrations").glob("extensions.py*")
        named = self.project / "migrations" / "extensions.py"
        texts[named] = ENVIRONMENT.from_string(source.read_text()).render(**made)
        write_python(texts)

    def write(self, server: Server) -> tuple[str, Path | None]:
        return self.forge.write(self.project, server, "a change")

    def contract(self, server: Server) -> tuple[str, Path | None]:
        return self.forge.contract(self.project, server)

    def approve(self, revision: Path) -> None:
        text = revision.read_text()
        revision.write_text(text.replace("destructive = False", "destructive = True"))

    def alembic(self, url: str, *command: str) -> str:
        return self.forge.run(self.project, url, "alembic", *command)


def complaints(sql: str, folder: Path, *known: str) -> str:
    """What a linter of migrations says of it."""
    path = folder / "migration.sql"
    path.write_text(sql)
    rules = [f"--exclude={it}" for it in known]
    try:
        run(folder, BIN / "squawk", *rules, path)
    except AssertionError as error:
        return re.sub(r"\x1b\[\d*m", "", str(error))
    return ""
