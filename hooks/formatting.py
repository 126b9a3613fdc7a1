"""Lays out the Python that the templates print, as ruff does: imports, then lines.

The templates import all that they may need, and break no line. The text is laid out where
Jinja hands it over, so Copier compares, merges and writes what has its final form, whatever
command it was called by.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from copier.errors import UserMessageError
from jinja2 import Environment

if TYPE_CHECKING:
    from .context import Hook

K = TypeVar("K")
OLDEST, NEXT = (0, 9), (0, 18)  # of ruff; from one to the other all lay out alike
VERSIONS = f">={OLDEST[0]}.{OLDEST[1]},<{NEXT[0]}.{NEXT[1]}"
INSTALL = f"uv tool install copier --with copier-template-extensions --with 'ruff{VERSIONS}'"
PYTHON = re.compile(r"\.py({% endif %})?\.jinja$")
LOOP = re.compile(r"{% yield (\w+) from (\w+) %}")
COMMON = ["--isolated", "--no-cache", "--quiet", "--target-version", "py311"]
CHECK = [
    *("check", *COMMON, "--line-length", "88", "--select", "F401,I", "--fix"),
    *("--config", 'lint.isort.known-first-party = ["app", "migrations", "tests", "tools"]'),
]
# What breaks a line is its length alone, whatever commas the templates print.
FORMAT = [
    *("format", *COMMON, "--line-length", "88"),
    *("--config", "format.skip-magic-trailing-comma = true"),
]


@cache
def find_ruff() -> str:
    """The program. Raises UserMessageError where it is missing, or might lay out otherwise."""
    try:
        from ruff import find_ruff_bin  # type: ignore[import-untyped, unused-ignore]

        program: str = find_ruff_bin()
    except (ImportError, FileNotFoundError):
        raise UserMessageError(
            f"Slipway lays out code with ruff, which isn't installed beside Copier. Run: {INSTALL}"
        ) from None
    printed = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"(\d+)\.(\d+)\S*", printed)
    if found is None or not OLDEST <= (int(found[1]), int(found[2])) < NEXT:
        raise UserMessageError(
            f"Slipway lays out code with ruff{VERSIONS}; beside Copier is"
            f" {printed.strip() or program}. Run: {INSTALL}"
        )
    return program


class Formatter:
    """Makes every Python file of a project when the first is asked for.

    So ruff starts twice a render, and not twice a file.
    """

    def __init__(self, environment: Environment, hook: Hook) -> None:
        self.environment = environment
        self.hook = hook
        self.of: Any = None  # the context that `texts` were made of
        self.texts: dict[tuple[str, Any], str] = {}

        class Template(environment.template_class):  # type: ignore[name-defined, misc]
            def render(template, *args: Any, **kwargs: Any) -> str:
                if template.name and PYTHON.search(template.name):
                    return self.text(template.name, dict(*args, **kwargs))
                return template.text(dict(*args, **kwargs))

            def text(template, context: dict[str, Any]) -> str:
                return str(super().render(context))

        environment.template_class = Template

    def text(self, name: str, context: dict[str, Any]) -> str:
        """The file that the template `name` makes in `context`."""
        self.hook.hook(context)
        if self.of is not self.hook.made:
            self.of = self.hook.made
            self.texts = laid_out(dict(self._render_all(name, context)))
        loop = LOOP.search(name)
        return self.texts[name, context[loop[1]] if loop else None]

    def _render_all(
        self, name: str, context: dict[str, Any]
    ) -> Iterator[tuple[tuple[str, Any], str]]:
        """Each Python file of the project, by its template and the value that it is made for."""
        loader: Any = self.environment.loader
        root = Path(loader.searchpath[0])
        for path in sorted(root.joinpath(name.partition("/")[0]).rglob("*.jinja")):
            template = path.relative_to(root).as_posix()
            if not PYTHON.search(template):
                continue
            loop = LOOP.search(template)
            for value in context[loop[2]] if loop else [None]:
                given = {**context, loop[1]: value} if loop else context
                if self._is_made(template, given):
                    found: Any = self.environment.get_template(template)
                    yield (template, value), found.text(given)

    def _is_made(self, template: str, context: dict[str, Any]) -> bool:
        """Whether Copier makes a file of it: no part of its path is empty."""
        parts = (it for it in template.removesuffix(".jinja").split("/") if "{% if" in it)
        return all(self.environment.from_string(it).render(context) for it in parts)


def laid_out(texts: dict[K, str]) -> dict[K, str]:
    """Each text with its imports sorted and pruned, then formatted, by two starts of ruff."""
    ruff = find_ruff()
    with TemporaryDirectory(prefix="slipway-") as folder:
        paths = [Path(folder, f"{number}.py") for number in range(len(texts))]
        for path, text in zip(paths, texts.values(), strict=True):
            path.write_text(text, encoding="utf-8")
        for command in (CHECK, FORMAT):
            done = subprocess.run([ruff, *command, folder], capture_output=True, text=True)
            if done.returncode:
                told = done.stdout + done.stderr
                raise RuntimeError(f"A template prints what ruff can't read:\n{told}")
        made = [path.read_text(encoding="utf-8") for path in paths]
    return dict(zip(texts, made, strict=True))
