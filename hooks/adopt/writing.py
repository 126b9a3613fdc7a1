"""The tree of a models.yml → YAML as people write it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import yaml

from .draft import Adopted

WIDTH = 100
TYPE = {"type", "precision", "scale", "array", "optional"}
HEAD = """\
# Adopted from a database. Each comment names something that this file cannot express: that database
# has it, and a new one would not.
"""


def write(adopted: Adopted) -> str:
    parts = [HEAD] if adopted.remarks or any(it.remarks for it in adopted.drafts.values()) else []
    tree = adopted.tree
    if "defaults" in tree:
        parts.append(f"defaults: {flow(tree['defaults'])}\n")
    if "extensions" in tree:
        parts.append(f"extensions: {flow(tree['extensions'])}\n")
    if "enums" in tree:
        lines = [line for name, it in tree["enums"].items() for line in _pair(name, it, 2)]
        parts.append("\n".join(["enums:", *lines, ""]))
    models = []
    for name, draft in adopted.drafts.items():
        lines = [f"  {_key(name)}:", *_comments(draft.remarks, 4)]
        for key, value in draft.body.items():
            lines += _fields(value) if key == "fields" else _pair(key, value, 4)
        models.append("\n".join([*lines, ""]))
    parts.append("models:\n" + "\n".join(models))
    if adopted.remarks:
        parts.append("\n".join(["# Besides:", *_comments(adopted.remarks, 0), ""]))
    return "\n".join(parts)


def _fields(fields: dict[str, Any]) -> list[str]:
    if not fields:
        return []
    lines = ["    fields:"]
    for name, entry in fields.items():
        lines += _pair(name, _short(entry), 6)
    return lines


def _short(entry: dict[str, Any]) -> Any:
    """A field as a type expression, if that says it all."""
    end = "?" if entry.get("optional") else ""
    if entry.keys() <= {"ref", "optional"}:
        return f"-> {entry['ref']}{end}"
    if not entry.keys() <= TYPE or isinstance(entry["type"], dict):
        return entry
    inside = f"({entry['precision']},{entry['scale']})" if "precision" in entry else ""
    array = "[]" if entry.get("array") else ""
    return f"{entry['type']}{inside}{array}{end}"


def _pair(key: str, value: Any, indent: int) -> Iterator[str]:
    """A key and its value: on one line where they fit."""
    lead = f"{' ' * indent}{_key(key)}:"
    line = f"{lead} {flow(value, inside=False)}"
    if len(line) <= WIDTH or not isinstance(value, dict | list) or not value:
        yield line
    elif isinstance(value, dict):
        yield lead
        for name, inner in value.items():
            yield from _pair(name, inner, indent + 2)
    elif all(isinstance(item, str) for item in value):
        yield from textwrap.wrap(
            flow(value),
            WIDTH,
            initial_indent=f"{lead} ",
            subsequent_indent=" " * (indent + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
    else:
        yield lead
        for item in value:
            yield f"{' ' * indent}  - {flow(item)}"


def flow(value: Any, *, inside: bool = True) -> str:
    """`value` on one line; more of a text has to be quoted `inside` brackets or braces."""
    match value:
        case dict():
            pairs = (f"{_key(name)}: {flow(it)}" for name, it in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list():
            return "[" + ", ".join(map(flow, value)) + "]"
        case bool():
            return str(value).lower()
        case str():
            return _text(value, inside=inside)
        case float():  # YAML 1.1 reads 1e-05 as text
            return repr(value) if "." in repr(value) else repr(value).replace("e", ".0e")
        case _:
            return str(value)


def _key(name: str) -> str:
    return _text(name, inside=True, key=True)


def _text(text: str, *, inside: bool, key: bool = False) -> str:
    if not text.isprintable():
        return _quoted(text)
    plain = f"{{{text}: 1}}" if key else f"[{text}]" if inside else f"key: {text}"
    wanted = {text: 1} if key else [text] if inside else {"key": text}
    if _loaded(plain) == wanted:
        return text
    if "'" in text and '"' not in text:
        return _quoted(text)
    return "'" + text.replace("'", "''") + "'"


def _quoted(text: str) -> str:
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char == "\n":
        return "\\n"
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def _loaded(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return None


def _comments(remarks: list[str], indent: int) -> list[str]:
    lead = " " * indent + "# "
    lines = []
    for remark in dict.fromkeys(remarks):
        text = " ".join("".join(char if char.isprintable() else " " for char in remark).split())
        lines += textwrap.wrap(
            text,
            WIDTH,
            initial_indent=lead,
            subsequent_indent=f"{lead}  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines
