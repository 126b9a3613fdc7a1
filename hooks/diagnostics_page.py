"""`python -m hooks.diagnostics_page > docs/diagnostics.md`: the codes, as a page."""

from __future__ import annotations

from .language.diagnostics import GROUPS, Code
from .yaml_file import diagnose

HEAD = """\
# Diagnostics

`copier copy`, `make models` and `slipway-check models.yml` report all problems of a
`models.yml` at once, one per line, each with its place and a code. Nothing is written while there
are any. Warnings never stop a render. [language.md](language.md) explains the language itself.

Generated from `hooks/language/diagnostics/codes.py` by
`python -m hooks.diagnostics_page > docs/diagnostics.md`.
"""


def page() -> str:
    codes = sorted(Code)
    parts = [HEAD]
    for start, title in GROUPS.items():
        group = [it for it in codes if it.startswith(start)]
        rows = "".join(f"| [{it}](#{it.lower()}) | {_cell(it.what)} |\n" for it in group)
        parts.append(f"## {title}\n\n| code | what is wrong |\n|---|---|\n{rows}")
        parts += [_entry(it) for it in group]
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.partition(". ")[0].removesuffix(".").replace("|", "\\|")


def _entry(code: Code) -> str:
    problems, _ = diagnose(code.wrong)
    lines = "".join(f"{problem}\n" for problem in problems)
    return (
        f"### {code}\n\n{code.what}\n\n```yaml\n{code.wrong}```\n\n"
        + (f"```text\n{lines}```\n\n" if lines else "")
        + f"Instead:\n\n```yaml\n{code.right}```\n"
    )


if __name__ == "__main__":
    print(page(), end="")
