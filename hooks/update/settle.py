"""What Git could not merge by lines: merged by statements, or marked."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from .imports import by_names


@dataclass(eq=False)
class Hunk:
    """Lines that both changed."""

    ours: list[str]
    base: list[str]
    theirs: list[str]


class Settled:
    """A file with Git's marks, and what is left of them.

    Git takes changes of neighbouring lines for a conflict. It is none where each has statements of
    its own, where both only added lines, and where the owner only laid the same code out anew.
    """

    MARKS = re.compile(
        r"^<{7} .*\n(?P<ours>(?:.*\n)*?)^\|{7}.*\n(?P<base>(?:.*\n)*?)"
        r"^={7}\n(?P<theirs>(?:.*\n)*?)^>{7} .*\n",
        re.MULTILINE,
    )

    def __init__(self, text: str, python: bool, other: str = "the template's") -> None:
        self.python, self.other = python, other
        self.conflicts = 0
        self.side_by_side = False
        self.parts: list[str | Hunk] = []
        at = 0
        for found in self.MARKS.finditer(text):
            sides = (found[it].splitlines(keepends=True) for it in Hunk.__annotations__)
            self.parts += [text[at : found.start()], Hunk(*sides)]
            at = found.end()
        self.marked = bool(self.parts)  # Git has no marks for what isn't text
        self.parts.append(text[at:])
        self.text = self.done(finely=True)
        if python and not self.conflicts and parsed(self.text) is None:
            self.conflicts = 0
            self.text = self.done(finely=False)

    def done(self, finely: bool) -> str:
        found = (
            it if isinstance(it, str) else "".join(self.lines(it, finely)) for it in self.parts
        )
        return "".join(found)

    def lines(self, hunk: Hunk, finely: bool) -> Iterator[str]:
        regions = list(self.regions(hunk)) if finely else [hunk]
        for at, it in enumerate(regions):
            if it.ours in (it.base, it.theirs):
                yield from it.theirs
            elif it.theirs == it.base:
                yield from it.ours
            elif finely and not it.base and not heads(it.ours) & heads(it.theirs):
                self.side_by_side = True
                yield from (*it.theirs, *it.ours)
            elif finely and self.laid_out_anew(hunk, regions, at):
                yield from it.theirs
            elif found := self.python and by_names(it.ours, it.base, it.theirs):
                yield from found
            else:
                self.conflicts += 1
                yield from (f"{'<' * 7} yours\n", *it.ours, f"{'=' * 7}\n")
                yield from (*it.theirs, f"{'>' * 7} {self.other}\n")

    def regions(self, hunk: Hunk) -> Iterator[Hunk]:
        """The hunk in pieces, each as small as can be without parting what belongs together."""
        borders = self.borders(hunk)
        changes = sorted([*edits(hunk, "ours"), *edits(hunk, "theirs")])
        at = 0
        while changes:
            together = [changes.pop(0)]
            low, high, *_ = together[0]
            while changes and overlap(together, high, changes[0], borders):
                high = max(high, changes[0][1])
                together.append(changes.pop(0))
            yield Hunk(hunk.base[at:low], hunk.base[at:low], hunk.base[at:low])
            ours, theirs = (
                applied(hunk.base, low, high, together, it) for it in ("ours", "theirs")
            )
            yield Hunk(ours, hunk.base[low:high], theirs)
            at = high
        yield Hunk(hunk.base[at:], hunk.base[at:], hunk.base[at:])

    def borders(self, hunk: Hunk) -> set[int]:
        """The lines of `hunk.base` that a statement starts on."""
        if not self.python:
            return set(range(len(hunk.base)))
        tree = parsed(self.with_lines(hunk, hunk.base))
        if tree is None:
            return set()
        above = self.parts[: self.parts.index(hunk)]
        lines = (it if isinstance(it, str) else "".join(it.ours) for it in above)
        offset = 1 + "".join(lines).count("\n")
        found = [it for it in ast.walk(tree) if isinstance(it, ast.stmt)]
        firsts = [[it, *getattr(it, "decorator_list", [])] for it in found]
        return {min(it.lineno for it in one) - offset for one in firsts}

    def laid_out_anew(self, hunk: Hunk, regions: list[Hunk], at: int) -> bool:
        """Whether the owner changed nothing here but the layout."""
        before = [line for it in regions[:at] for line in it.ours]
        after = [line for it in regions[at + 1 :] for line in it.ours]
        texts = [
            self.with_lines(hunk, [*before, *lines, *after])
            for lines in (regions[at].ours, regions[at].base)
        ]
        one, other = (parsed(it) for it in texts)
        if not self.python or one is None or other is None:
            return False
        same = ast.dump(one) == ast.dump(other)
        return same and comments(texts[0]) == comments(texts[1])

    def with_lines(self, hunk: Hunk, lines: list[str]) -> str:
        """The file with `lines` for the hunk, and the owner's for the others."""
        found = (
            it if isinstance(it, str) else "".join(lines if it is hunk else it.ours)
            for it in self.parts
        )
        return "".join(found)


Edit = tuple[int, int, str, list[str]]  # which lines of the base, whose, and what for them


def edits(hunk: Hunk, side: str) -> list[Edit]:
    lines = getattr(hunk, side)
    codes = SequenceMatcher(None, hunk.base, lines, autojunk=False).get_opcodes()
    return [(a, b, side, lines[c:d]) for tag, a, b, c, d in codes if tag != "equal"]


def overlap(together: list[Edit], high: int, it: Edit, borders: set[int]) -> bool:
    """Whether `it` belongs to the edits before it, which end at `high`."""
    start, end, side, _ = it
    if start != high or all(side == other[2] for other in together):
        return start < high
    if together[0][0] == high and start == end:
        return True  # both added lines in one place
    return start != end and together[0][0] != high and high not in borders


def applied(base: list[str], low: int, high: int, together: list[Edit], side: str) -> list[str]:
    lines, at = [], low
    for start, end, whose, new in together:
        if whose == side:
            lines += [*base[at:start], *new]
            at = end
    return [*lines, *base[at:high]]


def heads(lines: list[str]) -> set[str]:
    """The lines that begin something, where others are deeper."""
    said = [it for it in lines if re.match(r"\s*[\w\"'#-]", it)]
    depth = min((len(it) - len(it.lstrip()) for it in said), default=0)
    return {it for it in said if len(it) - len(it.lstrip()) == depth}


def parsed(text: str | bytes) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [it.string for it in tokens if it.type == tokenize.COMMENT]
