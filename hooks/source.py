"""models.yml as a file: what YAML itself would lose of it, and the line of each problem."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from .language import Invalid, load
from .language.diagnostics import Code, did_you_mean, plain
from .questions import LANGUAGE, questions

SECTIONS = ("fields", "many")  # of a model, whose names a problem puts right behind the model's
# What PyYAML says of the usual mistakes, and what to write instead.
HINTS = {
    "but got '?'": (Code.BRACES, ": inside { } write optional: true for `?`, or quote the type"),
    "but got '['": (Code.BRACES, ": inside { } write array: true for `[]`, or quote the type"),
    "character '\\t'": (Code.NOT_YAML, ": indent with spaces"),
    "mapping values": (Code.NOT_YAML, ": a `: ` in a text is quoted, and a key has a space behind"),
}


@dataclass
class Source:
    """A file, read as far as that goes."""

    name: str
    root: yaml.Node | None = None
    answers: dict[str, Any] | None = None  # None, told, where they can't be read
    problems: list[str] = field(default_factory=list)  # of the file itself

    def at(self, where: str) -> str:
        """The lead of a problem at `where`, as in `Item.price.default`."""
        node = _find(self.root, where)
        return f"{self.name}:{node.start_mark.line + 1}: " if node else f"{self.name}: "


def read(text: str, name: str = "models.yml") -> Source:
    source = Source(name)
    try:
        source.root = yaml.compose(text, Loader=yaml.SafeLoader)
        answers = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"{name}:{mark.line + 1}" if mark is not None else name
        what = " ".join(it for it in (error.context, error.problem) if it)
        code, hint = next((it for sign, it in HINTS.items() if sign in what), (Code.NOT_YAML, ""))
        source.problems.append(f"{at}: not YAML: {what}{hint} [{code}]")
        return source
    # Characters that aren't allowed, 2026-02-30, brackets thousands deep, and `!!bool maybe`.
    except (yaml.YAMLError, ValueError, RecursionError, LookupError, AttributeError) as error:
        what = str(error).partition("\n")[0]
        source.problems.append(f"{name}: not YAML: {what} [{Code.NOT_YAML}]")
        return source
    for first, second, where in _duplicates(source.root, "", set()):
        line, other = second.start_mark.line + 1, first.start_mark.line + 1
        what = f"{plain(second.value)} stands here and in line {other}: rename or remove one"
        source.problems.append(f"{name}:{line}: {where}{what} [{Code.DUPLICATE}]")
    if answers is None or isinstance(answers, dict):
        source.answers = answers or {}
    else:
        what = "the file is not a mapping: it starts with models:"
        source.problems.append(f"{name}:1: {what} [{Code.SHAPE}]")
    return source


def check(text: str, name: str = "models.yml") -> tuple[list[str], list[str]]:
    """All problems and warnings of a file, each with its line."""
    source = read(text, name)
    found, answers = source.problems, source.answers
    if answers is None:
        return found, []
    found += [f"{source.at(it)}{what}" for it, what in stray(answers).items()]
    try:
        spec = load({it: answers[it] for it in LANGUAGE if it in answers})
    except Invalid as error:
        return found + located(error, source), []
    return found, [f"{name}: warning: {it}" for it in spec.warnings]


def located(error: Invalid, source: Source) -> list[str]:
    return [f"{source.at(where)}{it}" for it, where in error.places.items()]


def stray(data: dict[str, Any]) -> dict[str, str]:
    """Keys that nothing asks for, each with the problem; Copier would ignore them."""
    known = list(questions())
    # In the order of use: what is nearest to the language comes before the options.
    near = [*LANGUAGE, *(it for it in known if it not in LANGUAGE)]
    return {
        str(it): f"{plain(it)}: no such key{did_you_mean(str(it), near)} [{Code.UNKNOWN_KEY}]"
        for it in sorted(data, key=str)
        if it not in known and not str(it).startswith("_")
    }


def _key(node: yaml.Node) -> Hashable:
    return (node.tag, node.value) if isinstance(node, yaml.ScalarNode) else id(node)


def _duplicates(
    node: yaml.Node | None, where: str, seen: set[int]
) -> Iterator[tuple[yaml.Node, yaml.Node, str]]:
    """The keys that stand twice in one mapping, with where that is."""
    if node is None or id(node) in seen:  # an alias
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for it in node.value:
            yield from _duplicates(it, where, seen)
    elif isinstance(node, yaml.MappingNode):
        keys: dict[Hashable, yaml.Node] = {}
        for key, value in node.value:
            first = keys.setdefault(_key(key), key)
            if first is not key:
                yield first, key, f"{where}: " if where else ""
            name = plain(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            yield from _duplicates(value, f"{where}.{name}" if where else name, seen)


def _find(root: yaml.Node | None, where: str) -> yaml.Node | None:
    """The key that `where` names, or the last on the way to it that there is."""
    models = _walk(_value(root, "models"), where, SECTIONS)
    return models or _walk(root, where)


def _walk(node: yaml.Node | None, where: str, sections: tuple[str, ...] = ()) -> yaml.Node | None:
    """The key of `node` that `where` starts with, and on in its value or `sections` of that."""
    names = {plain(key.value): (key, value) for key, value in _items(node)}
    fit = [it for it in names if f"{where}.".startswith(f"{it}.")]
    if not fit:
        return None
    name = max(fit, key=len)  # a name may have dots of its own
    key, value = names[name]
    rest = where[len(name) + 1 :]
    inside = [*(_value(value, it) for it in sections), value]
    return next((it for it in (_walk(it, rest) for it in inside) if it), key)


def _value(node: yaml.Node | None, name: str) -> yaml.Node | None:
    return next((value for key, value in _items(node) if key.value == name), None)


def _items(node: yaml.Node | None) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return [(key, value) for key, value in pairs if isinstance(key, yaml.ScalarNode)]
