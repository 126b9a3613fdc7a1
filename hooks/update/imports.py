"""Three versions of some imports, merged by the names that they bring."""

from __future__ import annotations

import ast
from collections.abc import Iterable

Name = tuple[str, str]  # what stands before the name in an import of it, and the name


def by_names(ours: list[str], base: list[str], theirs: list[str]) -> list[str] | None:
    """Lines with what both want to import; None where there is something else in them."""
    sides = [names(it) for it in (ours, base, theirs)]
    mine, was, now = sides
    if mine is None or was is None or now is None:
        return None
    both = (mine - (was - now)) | (now - was)
    if both == now:
        return theirs
    if both == mine:
        return ours
    single = len(mine) == sum(" import " in it or it.startswith("import ") for it in ours)
    if mine <= both:
        kept = "".join(ours).rstrip("\n").splitlines(keepends=True)
        return [*(f"{it.rstrip()}\n" for it in kept), *written(both - mine, single), *end(ours)]
    return [*written(both, single), *end(ours)]


def names(lines: list[str]) -> set[Name] | None:
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        return None
    found: set[Name] = set()
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom) or any("#" in it for it in lines):
            return None
        start = "import"
        if isinstance(node, ast.ImportFrom):
            start = f"from {'.' * node.level}{node.module or ''} import"
        found |= {(start, ast.unparse(it)) for it in node.names}
    return found


def written(found: Iterable[Name], single: bool) -> list[str]:
    """A name a line, or those of a module together."""
    modules: dict[str, list[str]] = {}
    for start, name in sorted(found):
        alone = single or start == "import"
        modules.setdefault(f"{start} {name}" if alone else start, []).append(name)
    lines = []
    for start, its in modules.items():
        line = start if single or start.startswith("import ") else f"{start} {', '.join(its)}"
        if len(line) > 88:
            line = "\n".join([f"{start} (", *(f"    {it}," for it in its), ")"])
        lines.append(f"{line}\n")
    return lines


def end(lines: list[str]) -> list[str]:
    """The blank lines behind."""
    text = "".join(lines)
    return ["\n"] * (len(text) - len(text.rstrip("\n")) - 1)
