"""Three versions of a statement, merged by their tokens."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from ..git import alone, run

LINES = {tokenize.NEWLINE: "\n", tokenize.NL: "", tokenize.ENDMARKER: ""}
MARKS = re.compile(
    r"^<{7} .*\n(?P<ours>(?:.*\n)*?)\|{7}.*\n={7}\n(?P<theirs>(?:.*\n)*?)>{7} .*\n", re.MULTILINE
)


def by_tokens(base: str, ours: str, theirs: str, body: str = "") -> str | None:
    """`theirs` with what changed from `base` to `ours`; None where they can't be told apart.

    Arguments that both added are all given. `body` is what makes Python of the head of a
    function. The text is laid out anew.
    """
    try:
        texts = [list(tokens(it)) for it in (base, ours, theirs)]
    except (tokenize.TokenError, IndentationError):
        return None
    if {it for it in texts[1] if it.startswith("#")} - {*texts[0]}:
        return None
    merged = merged_lines(*("".join(f"{it!r}\n" for it in text) for text in texts))
    for order in ("ours", "theirs"):
        made = MARKS.sub(partial(both, order), merged)
        if "<<<<<<<" in made:
            return None
        text = " ".join(ast.literal_eval(it) for it in made.splitlines())
        text = text.replace("\n ", "\n").strip()
        try:
            statements = ast.parse(text + body).body
        except SyntaxError:
            continue
        return text if statements else None
    return None


def both(first: str, found: re.Match[str]) -> str:
    """Arguments that both sides added."""
    sides = [found[it] for it in sorted(found.groupdict(), reverse=first == "theirs")]
    comma = f"{','!r}\n"
    whole = all(it.startswith(comma) for it in sides) or all(it.endswith(comma) for it in sides)
    return "".join(sides) if whole else found[0]


def tokens(text: str) -> Iterator[str]:
    """Each f-string is one, in every version of Python."""
    lines = text.splitlines(keepends=True)
    depth, start = 0, (0, 0)
    for it in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[it.type]
        if kind.endswith("STRING_START"):
            start = start if depth else it.start
            depth += 1
        elif kind.endswith("STRING_END"):
            depth -= 1
            if not depth:
                yield between(lines, start, it.end)
        elif it.type == tokenize.COMMENT:
            yield f"{it.string}\n"
        elif not depth and (string := LINES.get(it.type, it.string)):
            yield string


def between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    (first, left), (last, right) = start, end
    found = lines[first - 1 : last]
    found[-1] = found[-1][:right]
    found[0] = found[0][left:]
    return "".join(found)


def merged_lines(base: str, ours: str, theirs: str) -> str:
    """What Git makes of three texts, with its marks."""
    with TemporaryDirectory(prefix="update-") as folder:
        names = []
        for name, text in {"ours": ours, "base": base, "theirs": theirs}.items():
            path = Path(folder, name)
            path.write_text(text, encoding="utf-8")
            names.append(str(path))
        command = ["git", "-C", folder, "merge-file", "-p", "--diff3", *names]
        return run(command, alone(Path(folder))).stdout
