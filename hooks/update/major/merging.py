"""Three versions of a Python file, merged by their statements."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass, field

from ..settle import Settled
from .layout import laid_out
from .tokens import by_tokens, merged_lines
from .units import DOC, Import, Module, Unit, joined, pieces


@dataclass
class Merged:
    text: str = ""
    conflicts: int = 0
    kept: list[str] = field(default_factory=list)  # what the template has no more
    twice: list[str] = field(default_factory=list)  # names that both import, from two places


def merge_modules(base: str, ours: str, theirs: str) -> Merged:
    """`theirs` with what changed from `base` to `ours`. Raises SyntaxError."""
    one, two, three = Module.of(base), Module.of(ours), Module.of(theirs)
    merged = Merged()
    units = merge_units(one.units, two.units, three.units, merged)
    imports = merge_imports(one.imports, two.imports, three.imports)
    added = two.imports.keys() & three.imports.keys() - one.imports.keys()
    merged.twice = sorted(it for it in added if two.imports[it].line != three.imports[it].line)
    # What the owner's code still uses of the version before comes along.
    changed = [it for it in units if it not in three.units]
    there = {name for it in units for name in it.names} | imports.keys()
    needed = {name for it in changed for name in it.uses} - there
    brought: list[Unit] = []
    while found := [it for it in one.units if it.names & needed and it not in brought]:
        brought += found
        there |= {name for it in found for name in it.names}
        needed = {name for it in found for name in it.uses} - there
    place = min((at for at, it in enumerate(units) if it in changed), default=0)
    units[place:place] = [it for it in one.units if it in brought]
    if merged.conflicts:  # ruff can't tell which of them are needed
        words = {word for it in units for word in re.findall(r"\w+", it.text)}
        imports = {name: it for name, it in imports.items() if name in words}
    merged.text = Module(imports, units).text()
    return merged


def merge_imports(
    base: dict[str, Import], ours: dict[str, Import], theirs: dict[str, Import]
) -> dict[str, Import]:
    """All that may be needed; what isn't, ruff takes out."""
    changed = {name: it for name, it in ours.items() if base.get(name) not in (None, it)}
    return {**ours, **theirs, **changed}


def merge_units(
    base: list[Unit], ours: list[Unit], theirs: list[Unit], merged: Merged
) -> list[Unit]:
    one, two, three = ({it.key: it for it in side} for side in (base, ours, theirs))
    result: list[Unit] = []
    for it in theirs:
        was, mine = one.get(it.key), two.get(it.key)
        if mine is None:
            if was is None or it.node is None:
                result.append(it)  # new; an owner's deletion of a comment counts as none
        elif was and mine.text == was.text:
            result.append(it)
        elif was and it.text == was.text:
            result.append(mine)
        else:
            result.append(deeper(was, mine, it, merged))
    for at, mine in enumerate(ours):
        if mine.key in three:
            continue
        was = one.get(mine.key)
        if was and was.text == mine.text:
            continue
        if was:
            merged.kept.append(mine.key.removeprefix("define "))
        keys = [it.key for it in ours]
        insert(result, mine, keys[:at], keys[at + 1 :])
    return result


def insert(
    result: list[Unit], unit: Unit, before: list[str], after: list[str], *, apart: str = DOC
) -> None:
    """Behind the nearest of what stands before it, or else in front of what comes after."""
    places = {it.key: at for at, it in enumerate(result) if it.key != apart}
    behind = next((places[it] + 1 for it in reversed(before) if it in places), None)
    in_front = next((places[it] for it in after if it in places), len(result))
    result.insert(in_front if behind is None else behind, unit)


def deeper(was: Unit | None, mine: Unit, theirs: Unit, merged: Merged) -> Unit:
    """One that both changed, or added."""
    if mine.text == theirs.text:
        return theirs
    if was and all(is_class(it) for it in (was, mine, theirs)):
        (one, base), (two, ours), (three, their) = (parts(it) for it in (was, mine, theirs))
        head = chosen(one, two, three, merged)
        body = merge_units(base, ours, their, merged)
        return Unit(theirs.key, f"{head}\n{joined(body)}", theirs.blank, theirs.node)
    if was and (found := by_statements(was, mine, theirs)):
        return Unit(theirs.key, found, theirs.blank, ast.parse(found).body[0])
    text = chosen(was.text if was else "", mine.text, theirs.text, merged)
    return Unit(theirs.key, text, theirs.blank, mine.node)


def by_statements(was: Unit, mine: Unit, theirs: Unit) -> str | None:
    """A function of which no statement was changed by both."""
    if not all(is_function(it) for it in (was, mine, theirs)):
        return None
    (one, base), (two, ours), (three, their) = (parts(it) for it in (was, mine, theirs))
    before, kept, there = ({it.key: it.text for it in side} for side in (base, ours, their))
    if one != two and one != three:
        three = by_tokens(one, two, three, "\n    pass") or ""
    elif one == three:
        three = two
    if not three or not before.keys() - kept.keys() <= there.keys():
        return None
    changed = {key for key in before.keys() & kept.keys() if before[key] != kept[key]}
    if any(there.get(key) != before[key] for key in changed):
        return None
    mines = {it.key: it for it in ours}
    result = [
        mines[it.key] if it.key in changed else it
        for it in their
        if it.key in kept or it.key not in before
    ]
    keys = [it.key for it in ours]
    for at, it in enumerate(ours):
        if it.key not in before and it.key not in there:
            if not {*keys[:at], *keys[at + 1 :]} & there.keys():
                return None
            insert(result, it, keys[:at], keys[at + 1 :], apart="")
    ends = [it for it in result[:-1] if isinstance(it.node, ast.Return | ast.Raise)]
    own = [it for it in result if before.get(it.key) != it.text and it.key not in there]
    if ends or {name for it in own for name in it.uses} & stored(ours) - stored(result):
        return None
    return f"{three}\n{joined(result)}"


def stored(units: list[Unit]) -> set[str]:
    """The names that get a value."""
    nodes = (node for it in units if it.node for node in ast.walk(it.node))
    return {it.id for it in nodes if isinstance(it, ast.Name) and isinstance(it.ctx, ast.Store)}


def is_function(unit: Unit) -> bool:
    node = unit.node
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.col_offset


def is_class(unit: Unit) -> bool:
    return isinstance(unit.node, ast.ClassDef) and not unit.node.col_offset


def parts(unit: Unit) -> tuple[str, list[Unit]]:
    """The head of a class or a function, and what is in it."""
    node = ast.parse(unit.text).body[0]
    assert isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    lines = unit.text.splitlines()
    first = node.body[0]
    start = min([first.lineno, *(it.lineno for it in getattr(first, "decorator_list", []))]) - 1
    while start and lines[start - 1].strip().startswith("#"):
        start -= 1
    return "\n".join(lines[:start]).rstrip(), list(pieces(node.body, lines, start, len(lines)))


def chosen(base: str, ours: str, theirs: str, merged: Merged) -> str:
    """The text of a statement, merged by lines; in marks where that can't be."""
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    texts = [base, ours, theirs]
    depth = min(len(it) - len(it.lstrip(" ")) for it in texts if it)
    dedented = [textwrap.dedent(it) for it in texts]
    settled = by_lines(*dedented)
    if settled.conflicts and (found := by_tokens(*dedented)):
        return indented(laid_out({"": found})[""].rstrip("\n"), depth)
    merged.conflicts += settled.conflicts
    return indented(settled.text, depth).rstrip("\n")


def indented(text: str, depth: int) -> str:
    if not depth:
        return text
    lines = text.splitlines(keepends=True)
    return "".join(it if it[:7] in MARKS or not it.strip() else " " * depth + it for it in lines)


MARKS = ("<" * 7, "|" * 7, "=" * 7, ">" * 7)


def by_lines(base: str, ours: str, theirs: str) -> Settled:
    texts = (f"{it}\n" if it else "" for it in (base, ours, theirs))
    return Settled(merged_lines(*texts), python=True)
