"""Where a mutant belongs: found by the words of its snippet, whatever the layout is by now."""

from __future__ import annotations

import re
import textwrap

WORDS = re.compile(
    r"(?P<comment>\#[^\n]*)"
    r'|(?P<text>[rbfRBF]{0,2}(?:"""(?:[^\\]|\\.)*?"""|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'))'
    r"|(?P<word>\w+)|(?P<sign>[^\w\s])",
    re.DOTALL,
)


class Words:
    """The words and signs of Python, without its layout: comments, and commas at an end."""

    def __init__(self, code: str) -> None:
        found = [it for it in WORDS.finditer(code) if it.lastgroup != "comment"]
        after = [it[0] for it in found[1:]] + [""]
        kept = [
            it
            for it, following in zip(found, after, strict=True)
            if not (it[0] == "," and following in (")", "]", "}"))
        ]
        self.texts = [it[0] for it in kept]
        self.starts = [it.start() for it in kept]
        self.ends = [it.end() for it in kept]


class Text:
    """A file, in which snippets are found."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.words = Words(code)

    def places(self, snippet: str) -> list[tuple[int, int]]:
        """Where `snippet` stands, from its first word to its last."""
        wanted = Words(snippet).texts
        size = len(wanted)
        texts = self.words.texts
        return [
            (self.words.starts[at], self.words.ends[at + size - 1])
            for at in range(len(texts) - size + 1)
            if texts[at] == wanted[0] and texts[at : at + size] == wanted
        ]

    def mutated(self, before: str, after: str) -> str:
        """The file with `after` for `before`, which has to stand in it once."""
        ((start, end),) = self.places(before)
        line = self.code.rfind("\n", 0, start) + 1
        indent = re.match(r"\s*", self.code[line:start])
        assert indent
        made = textwrap.indent(after.strip(), indent[0]).strip()
        return self.code[:start] + made + self.code[end:]
