"""python -m tests.mutants.making: choose mutants of rendered services, at random by a fixed seed.

Each is written into mutants.yml as two snippets of code, before and after. The list stays as it is
when the template changes, so that the same mistakes are tried before and after: run this only for
mutants of another seed.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tests.mutants.operators import Edit, Mistake, Source, in_annotated, in_schema, mistakes
from tests.mutants.places import Text
from tests.support import ROOT, render, snapshot

SEED = 15
LONGEST = 16  # lines of a snippet
REVISION = "migrations/versions/0001_initial.py"

Mutant = dict[str, Any]


@dataclass(frozen=True)
class Quota:
    """How many mutants of which files."""

    files: tuple[str, ...]
    kinds: dict[str, int]  # how many of a kind; "" for any other, of each


RESOURCES = Quota(
    ("app/resources/*/*.py", "app/enums.py"),
    {
        **{"status": 4, "declared status": 2, "declaration": 1, "header": 4, "refusal": 5},
        **{"returning": 1, "criterion": 8, "order": 3, "limit": 8, "element": 4, "default": 5},
        **{"key of a dict": 5, "condition": 3, "comparison": 2, "arithmetic": 3, "branch": 3},
        **{"boolean": 2, "raise": 3, "check": 3, "index": 2, "unique": 3, "foreign key": 1},
        **{"foreign key action": 3, "lock": 1, "conflict": 1, "statement": 1},
    },
)
SHARED = Quota(
    (
        *("app/database/[bcfops]*.py", "app/lists/embeds.py", "app/http/*.py"),
        *("app/fields/*.py", "app/database/engine.py"),
    ),
    {
        **{"criterion": 2, "order": 1, "limit": 4, "comparison": 3, "arithmetic": 2},
        **{"condition": 3, "branch": 3, "boolean": 2, "raise": 3, "transaction": 2, "status": 1},
        **{"pointer": 2, "header": 2, "element": 1, "limit of rows": 1, "key of a dict": 1},
    },
)
OTHERS = Quota(
    (
        *("app/resources/*/router.py", "app/database/upserts.py", "app/database/batches.py"),
        *("app/database/bulk_*.py", "app/lists/search.py", "app/http/preconditions.py"),
        *("app/http/upserts.py", "app/http/batches.py", "app/database/keyless.py"),
        "app/lists/embeds.py",
    ),
    {
        **{"criterion": 2, "header": 1, "condition": 1, "branch": 1, "raise": 1, "refusal": 1},
        **{"comparison": 1},
    },
)
SERVICES = {
    "examples/shop.yml": (RESOURCES, SHARED),
    "tests/cases/deleted.yml": (OTHERS,),
    "tests/cases/upserts.yml": (OTHERS,),
    "tests/cases/bulk.yml": (OTHERS,),
    "tests/cases/embed.yml": (OTHERS,),
    "tests/cases/cycles.yml": (OTHERS,),
}


def chosen(project: Path, quota: Quota, random: Random) -> Iterator[tuple[str, list[Edit], Any]]:
    """As many mistakes of each kind as `quota` asks for, each of another file where it can."""
    revision = Source(REVISION, (project / REVISION).read_text())
    pools: defaultdict[str, defaultdict[str, list[Mistake]]] = defaultdict(
        lambda: defaultdict(list)
    )
    sources = {REVISION: revision}
    for path in sorted({it for glob in quota.files for it in project.glob(glob)}):
        source = Source(str(path.relative_to(project)), path.read_text())
        sources[source.file] = source
        found = [*mistakes(source), *in_annotated(source)]
        if path.name == "model.py":
            found += in_schema(source, revision)
        for mistake in found:
            pools[mistake.kind][source.file].append(mistake)
    for kind, many in quota.kinds.items():
        by_file = pools[kind]
        for it in by_file.values():
            random.shuffle(it)
        files = sorted(by_file)
        random.shuffle(files)
        taken = 0
        while taken < many and any(by_file.values()):
            for file in files:
                if taken < many and by_file[file]:
                    mistake = by_file[file].pop()
                    if all(compiles(sources[it.file].text, it) for it in mistake.edits):
                        yield kind, list(mistake.edits), sources
                        taken += 1


def compiles(text: str, edit: Edit) -> bool:
    try:
        ast.parse(text[: edit.start] + edit.text + text[edit.end :])
    except SyntaxError:
        return False
    return True


def snippets(source: Source, edit: Edit) -> tuple[str, str]:
    """The code that the edit is in, enough of it to be the only such; and what it becomes."""
    whole = Text(source.text)
    for start, end in around(source, edit):
        before = source.text[start:end]
        if len(whole.places(before)) == 1:
            after = source.text[start : edit.start] + edit.text + source.text[edit.end : end]
            indent = indentation(source.text, start)
            return outdented(before, indent), outdented(after, indent)
    raise ValueError(f"{source.file}: {source.text[edit.start : edit.end]!r} isn't the only such")


def around(source: Source, edit: Edit) -> Iterator[tuple[int, int]]:
    """The nodes that the edit is within, from the smallest, and statements beside them."""
    spans = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.expr | ast.stmt):
            start, end = source.span(node)
            if start <= edit.start and edit.end <= end:
                spans.append((end - start, start, end, node))
    spans.sort(key=lambda it: it[:3])
    for _, start, end, node in spans:
        if isinstance(node, ast.stmt) or source.text[start:end].count("\n"):
            if source.text[start:end].count("\n") < LONGEST:
                yield start, end
        elif len(source.text[start:end]) > 25:
            yield start, end
    for _, start, end, node in spans:
        if isinstance(node, ast.stmt):
            siblings = body_of(source, node)
            place = siblings.index(node)
            for more in (1, 2, 3):
                if place >= more:
                    yield source.span(siblings[place - more])[0], end
                if place + more < len(siblings):
                    yield start, source.span(siblings[place + more])[1]
    statement = next((it for it in spans if isinstance(it[3], ast.stmt)), None)
    if statement:
        for _, start, _, node in spans:
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef | ast.ClassDef):
                yield start, statement[2]
    for _, start, end, _ in spans:
        yield start, end


def body_of(source: Source, node: ast.stmt) -> list[ast.stmt]:
    parent = source.parents[node]
    for _, field in ast.iter_fields(parent):
        if isinstance(field, list) and node in field:
            return field
    return [node]


def indentation(text: str, start: int) -> str:
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return line[: len(line) - len(line.lstrip())]


def outdented(code: str, indent: str) -> str:
    first, *rest = code.split("\n")
    lines = [it.removeprefix(indent).rstrip() for it in rest]
    return "\n".join([first, *lines]) + "\n"


def made(project: Path, models: str, prefix: str, quotas: Iterable[Quota]) -> list[Mutant]:
    random = Random(f"{SEED} {models}")
    mutants: list[Mutant] = []
    for quota in quotas:
        for kind, edits, sources in chosen(project, quota, random):
            parts = []
            for edit in edits:
                before, after = snippets(sources[edit.file], edit)
                parts.append({"file": edit.file, "before": before, "after": after})
            name = f"{prefix}{len(mutants) + 1:03}"
            mutants.append({"id": name, "kind": kind, "models": models, "edits": parts})
    return mutants


class Dumper(yaml.SafeDumper):
    pass


def text(dumper: Dumper, value: str) -> Any:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


Dumper.add_representer(str, text)


def written(mutants: list[Mutant]) -> str:
    return "\n".join(
        yaml.dump([it], Dumper=Dumper, sort_keys=False, width=1000, allow_unicode=True)
        for it in mutants
    )


def main() -> None:
    mutants: list[Mutant] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "template").mkdir()
        template = snapshot(folder / "template")
        for models, quotas in SERVICES.items():
            stem = Path(models).stem
            project = render(template, folder / stem, ROOT / models)
            mutants += made(project, models, stem[0], quotas)
    Path(__file__).with_name("mutants.yml").write_text(written(mutants))


if __name__ == "__main__":
    main()
