"""models.yml as a file: what YAML itself would lose of it, and the line of each problem."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import yaml

from .language import Invalid, load
from .language.diagnostics import Code, did_you_mean, plain, show
from .questions import LANGUAGE, questions

SECTIONS = ("fields", "many")  # of a model, whose names a problem puts right behind the model's
MERGE = "tag:yaml.org,2002:merge"
DEEPEST = 100
# What PyYAML says of the usual mistakes, and what to write instead.
HINTS = {
    "but got '?'": (Code.BRACES, ": inside { } write optional: true for `?`, or quote the type"),
    "but got '['": (Code.BRACES, ": inside { } write array: true for `[]`, or quote the type"),
    "character '\\t'": (Code.NOT_YAML, ": indent with spaces"),
    "mapping values": (
        Code.NOT_YAML,
        ": quote a text with `: ` in it, and write a space after the colon of a key",
    ),
}


@dataclass
class YamlFile:
    """A file, read as far as that goes."""

    name: str
    root: yaml.Node | None = None
    answers: dict[str, Any] | None = None  # None, told, where they can't be read
    merged: dict[str, Any] | None = None  # those with what both of two equal keys have
    problems: list[str] = field(default_factory=list)  # of the file itself

    def at(self, where: str) -> str:
        """The lead of a problem at `where`, as in `Item.price.default`."""
        node = _find(self.root, where)
        return f"{self.name}:{node.start_mark.line + 1}: " if node else f"{self.name}: "


def read(text: str, name: str = "models.yml") -> YamlFile:
    source = YamlFile(name)
    try:
        source.root = yaml.compose(text, Loader=yaml.SafeLoader)
        source.problems += _odd_scalars(source.root, name)
        source.answers = source.merged = _python(source.root)
        doubles = [*_duplicates(source.root, "", set())]
        source.merged = _python(source.root) if doubles else source.answers
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"{name}:{mark.line + 1}" if mark is not None else name
        what = " ".join(it for it in (error.context, error.problem) if it)
        code, hint = next((it for sign, it in HINTS.items() if sign in what), (Code.NOT_YAML, ""))
        source.problems.append(f"{at}: not YAML: {what}{hint} [{code}]")
        return source
    except RecursionError:
        what = f"not YAML: nested over {DEEPEST} deep: close the brackets"
        source.problems.append(f"{name}:{_too_deep(text)}: {what} [{Code.NOT_YAML}]")
        return source
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"not YAML: holds {show(chr(error.character))}: leave it out, or escape it"
        source.problems.append(f"{name}:{line}: {what} [{Code.NOT_YAML}]")
        return source
    for first, second, where in doubles:
        line, other = second.start_mark.line + 1, first.start_mark.line + 1
        what = f"{plain(second.value)} is also in line {other}: rename or remove one"
        source.problems.append(f"{name}:{line}: {where}{what} [{Code.DUPLICATE}]")
    for it in ("answers", "merged"):
        answers = getattr(source, it)
        setattr(source, it, {} if answers is None else answers)
    if not isinstance(source.answers, dict):
        source.answers = source.merged = None
        what = "the file is not a mapping: it starts with models:"
        source.problems.append(f"{name}:1: {what} [{Code.SHAPE}]")
    return source


def _python(root: yaml.Node | None) -> Any:
    if root is None:
        return None
    # Of a copy: it puts what `<<` brings into the mappings.
    return yaml.constructor.SafeConstructor().construct_document(deepcopy(root))


def _odd_scalars(root: yaml.Node | None, name: str) -> Iterator[str]:
    """What has the form of a date or a number and is none; it is text from there on."""
    for node in _scalars(root, set()):
        try:
            yaml.constructor.SafeConstructor().construct_object(node)
        except yaml.MarkedYAMLError:
            raise
        except (ValueError, LookupError, AttributeError) as error:
            kind, why = node.tag.rpartition(":")[2], re.split(";| for ", str(error))[0]
            node.tag = "tag:yaml.org,2002:str"
            what = f"{show(node.value)} is read as a {kind}, but is not one ({why}): quote it"
            yield f"{name}:{node.start_mark.line + 1}: not YAML: {what} [{Code.NOT_YAML}]"


def _scalars(node: yaml.Node | None, seen: set[int]) -> Iterator[yaml.ScalarNode]:
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        if node.tag != MERGE:
            yield node
    elif isinstance(node, yaml.SequenceNode):
        for it in node.value:
            yield from _scalars(it, seen)
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for it in pair:
                yield from _scalars(it, seen)


def _too_deep(text: str) -> int:
    """The line where it is nested deeper than anything that is meant."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST and event.start_mark is not None:
            return event.start_mark.line + 1
    return 1


def diagnose(text: str, name: str = "models.yml") -> tuple[list[str], list[str]]:
    """All problems and warnings of a file, each with its line."""
    source = read(text, name)
    found, answers = source.problems, source.merged
    if answers is None:
        return found, []
    found += [f"{source.at(it)}{what}" for it, what in unknown_keys(answers).items()]
    try:
        warnings = load({it: answers[it] for it in LANGUAGE if it in answers}).warnings
    except Invalid as error:
        found, warnings = found + located(error, source), error.warnings
    return found, [f"{name}: warning: {it}" for it in warnings]


def diagnose_bytes(data: bytes, name: str = "models.yml") -> tuple[list[str], list[str]]:
    """The same of a file that may not even be UTF-8."""
    try:
        return diagnose(data.decode(), name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        kind = "UTF-16" if wide else f"invalid UTF-8 at the byte {data[error.start]:#04x}"
        return [f"{name}:{line}: not YAML: {kind}: save it as UTF-8 [{Code.NOT_YAML}]"], []


def located(error: Invalid, source: YamlFile) -> list[str]:
    return [f"{source.at(where)}{it}" for it, where in error.places.items()]


def unknown_keys(data: dict[str, Any]) -> dict[str, str]:
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
    """The keys that stand twice in one mapping, with where that is; the first takes both in."""
    if node is None or id(node) in seen:  # an alias
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for it in node.value:
            yield from _duplicates(it, where, seen)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = plain(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            yield from _duplicates(value, f"{where}.{name}" if where else name, seen)
        firsts: dict[Hashable, yaml.Node] = {}
        for key, _ in node.value:
            first = firsts.setdefault(_key(key), key)
            if first is not key:
                yield first, key, f"{where}: " if where else ""
        pairs, node.value = node.value, []
        _merge(node, pairs)


def _merge(node: yaml.MappingNode, more: list[tuple[yaml.Node, yaml.Node]]) -> None:
    """Adds pairs; of two equal keys the mappings become one, else the last stays, as in YAML."""
    pairs = {_key(key): (key, value) for key, value in node.value}
    for key, value in more:
        first, other = pairs.get(_key(key), (key, value))
        both = isinstance(other, yaml.MappingNode) and isinstance(value, yaml.MappingNode)
        if both and other is not value:
            _merge(other, value.value)
            key, value = first, other
        pairs[_key(key)] = key, value
    node.value = [*pairs.values()]


def _find(root: yaml.Node | None, where: str) -> yaml.Node | None:
    """The key or item that `where` names, or the last on the way to it that there is."""
    where = re.sub(r"\[(\d+)\]", r".\1", where)
    models = _walk(_value(root, "models"), where, SECTIONS)
    return models or _walk(root, where)


def _walk(node: yaml.Node | None, where: str, sections: tuple[str, ...] = ()) -> yaml.Node | None:
    """The key of `node` that `where` starts with, and on in its value or `sections` of that."""
    if isinstance(node, yaml.SequenceNode):
        head, _, rest = where.partition(".")
        item = node.value[int(head)] if head.isdigit() and int(head) < len(node.value) else None
        return _walk(item, rest) or item
    names = {_name(key): (key, value) for key, value in _items(node)}
    fit = [it for it in names if f"{where}.".startswith(f"{it}.")]
    if not fit:
        return None
    name = max(fit, key=len)  # a name may have dots of its own
    key, value = names[name]
    rest = where[len(name) + 1 :]
    inside = [*(_value(value, it) for it in sections), value]
    if rest.startswith("."):  # a key of its own
        inside, rest = [value], rest[1:]
    return next((it for it in (_walk(it, rest) for it in inside) if it), key)


def _name(key: yaml.ScalarNode) -> str:
    """What a message calls the key."""
    if key.tag == MERGE:
        return "<<"
    return plain(yaml.constructor.SafeConstructor().construct_object(key))


def _value(node: yaml.Node | None, name: str) -> yaml.Node | None:
    return next((value for key, value in _items(node) if key.value == name), None)


def _items(node: yaml.Node | None) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return [(key, value) for key, value in pairs if isinstance(key, yaml.ScalarNode)]
