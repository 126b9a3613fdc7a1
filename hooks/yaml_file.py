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
    "but got '?'": (Code.BRACES, ": inside { } quote a type with `?`, as in 'text?'"),
    "but got '['": (Code.BRACES, ": inside { } quote a type with `[]`, as in 'text[]'"),
    "character '\\t'": (Code.NOT_YAML, ": indent with spaces"),
    "mapping values": (
        Code.NOT_YAML,
        ": quote a text with `: ` in it, and write a space after the colon of a key",
    ),
    "unhashable key": (Code.NOT_YAML, ": quote a text that starts with {"),
    "but got '<scalar>'": (Code.NOT_YAML, ": quote a value with a quote or a comma in it"),
    "unexpected end of stream": (Code.NOT_YAML, ": close the quote that is open here"),
    "<stream end>": (Code.NOT_YAML, ": close the bracket that is open here"),
    "a constructor for the tag": (
        Code.NOT_YAML,
        ": leave it out, or quote a text that starts with !",
    ),
    "another document": (Code.NOT_YAML, ": leave out the line ---"),
    "undefined alias": (Code.NOT_YAML, ": quote a text that starts with *"),
}


@dataclass
class YamlFile:
    """A models.yml, read as far as it can be."""

    name: str
    text: str = ""
    root: yaml.Node | None = None
    answers: dict[str, Any] | None = None  # None, reported, if they can't be read
    merged: dict[str, Any] | None = None  # with both values of a key that stands twice
    problems: list[str] = field(default_factory=list)  # of the file itself

    def at(self, where: str) -> str:
        """The lead of a problem at `where`, as in `Item.price.default`."""
        node = _find(self.root, where)
        return f"{self.name}:{node.start_mark.line + 1}: " if node else f"{self.name}: "


def read(text: str, name: str = "models.yml") -> YamlFile:
    file = YamlFile(name, text)
    try:
        file.root = yaml.compose(text, Loader=yaml.SafeLoader)
        file.problems += _odd_scalars(file.root, name)
        file.answers = file.merged = _python(file.root)
        doubles = [*_duplicates(file.root, "", set())]
        file.merged = _python(file.root) if doubles else file.answers
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"{name}:{mark.line + 1}" if mark is not None else name
        what = " ".join(part for part in (error.context, error.problem) if part)
        hints = (hint for sign, hint in HINTS.items() if sign in what)
        code, hint = next(hints, (Code.NOT_YAML, ""))
        file.problems.append(f"{at}: not YAML: {what}{hint} [{code}]")
        return file
    except RecursionError:
        what = f"not YAML: nested over {DEEPEST} deep: close the brackets"
        file.problems.append(f"{name}:{_too_deep(text)}: {what} [{Code.NOT_YAML}]")
        return file
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"not YAML: holds {show(chr(error.character))}: leave it out, or escape it"
        file.problems.append(f"{name}:{line}: {what} [{Code.NOT_YAML}]")
        return file
    for first, second, where in doubles:
        line, other = second.start_mark.line + 1, first.start_mark.line + 1
        what = f"{plain(second.value)} is also in line {other}: rename or remove one"
        file.problems.append(f"{name}:{line}: {where}{what} [{Code.DUPLICATE}]")
    if file.answers is None:  # an empty file
        file.answers = file.merged = {}
    if not isinstance(file.answers, dict):
        file.answers = file.merged = None
        what = "the file is not a mapping: it starts with models:"
        file.problems.append(f"{name}:1: {what} [{Code.SHAPE}]")
    return file


def _python(root: yaml.Node | None) -> Any:
    if root is None:
        return None
    # Of a copy: it puts what `<<` brings into the mappings.
    return yaml.constructor.SafeConstructor().construct_document(deepcopy(root))


def _odd_scalars(root: yaml.Node | None, name: str) -> Iterator[str]:
    """Report dates and numbers that are none, such as 2026-02-30; they are text from here on."""
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
        for item in node.value:
            yield from _scalars(item, seen)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(key, seen)
            yield from _scalars(value, seen)


def _too_deep(text: str) -> int:
    """The line where `text` is nested deeper than anyone means."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST and event.start_mark is not None:
            return event.start_mark.line + 1
    return 1


def diagnose(text: str, name: str = "models.yml") -> tuple[list[str], list[str]]:
    """All problems and warnings of a file, each with its line."""
    file = read(text, name)
    problems, answers = file.problems, file.merged
    if answers is None:
        return problems, []
    problems += [f"{file.at(key)}{what}" for key, what in unknown_keys(answers).items()]
    try:
        warnings = load({key: answers[key] for key in LANGUAGE if key in answers}).warnings
    except Invalid as error:
        problems, warnings = problems + located(error, file), error.warnings
    return problems, [f"{name}: warning: {warning}" for warning in warnings]


def diagnose_bytes(data: bytes, name: str = "models.yml") -> tuple[list[str], list[str]]:
    """The same for bytes, which may not even be UTF-8."""
    try:
        return diagnose(data.decode(), name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        kind = "UTF-16" if wide else f"invalid UTF-8 at the byte {data[error.start]:#04x}"
        return [f"{name}:{line}: not YAML: {kind}: save it as UTF-8 [{Code.NOT_YAML}]"], []


def located(error: Invalid, file: YamlFile) -> list[str]:
    """The problems, each behind its line."""
    return [f"{file.at(where)}{problem}" for problem, where in error.places.items()]


def unknown_keys(data: dict[str, Any]) -> dict[str, str]:
    """Keys that no question asks for, each with the problem; Copier ignores them silently."""
    known = list(questions())
    # Keys of the language are suggested before options.
    near = [*LANGUAGE, *(key for key in known if key not in LANGUAGE)]
    found = [key for key in sorted(data, key=str) if key not in known and str(key)[:1] != "_"]
    return {
        str(key): f"{plain(key)}: no such key{_instead(key, data[key], near)} [{Code.UNKNOWN_KEY}]"
        for key in found
    }


def _instead(key: object, value: object, known: list[str]) -> str:
    if isinstance(value, dict) and "fields" in value:
        return "; a model stands below models:, indented"
    return did_you_mean(str(key), known)


def _key(node: yaml.Node) -> Hashable:
    return (node.tag, node.value) if isinstance(node, yaml.ScalarNode) else id(node)


def _duplicates(
    node: yaml.Node | None, where: str, seen: set[int]
) -> Iterator[tuple[yaml.Node, yaml.Node, str]]:
    """The keys that stand twice in a mapping, and where; the first gets both values."""
    if node is None or id(node) in seen:  # an alias
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _duplicates(item, where, seen)
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
    """Add pairs; two mappings under one key become one, else the last value stays, as in YAML."""
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
    """The key or item that `where` names, or the last on the way to it."""
    where = re.sub(r"\[(\d+)\]", r".\1", where)
    models = _walk(_value(root, "models"), where, SECTIONS)
    return models or _walk(root, where)


def _walk(node: yaml.Node | None, where: str, sections: tuple[str, ...] = ()) -> yaml.Node | None:
    """Follow `where` from the keys of `node`, through its values and `sections` of them."""
    if isinstance(node, yaml.SequenceNode):
        head, _, rest = where.partition(".")
        item = node.value[int(head)] if head.isdigit() and int(head) < len(node.value) else None
        return _walk(item, rest) or item
    names = {_name(key): (key, value) for key, value in _items(node)}
    fit = [name for name in names if f"{where}.".startswith(f"{name}.")]
    if not fit:
        return None
    name = max(fit, key=len)  # a name may have dots of its own
    key, value = names[name]
    rest = where[len(name) + 1 :]
    inside = [*(_value(value, section) for section in sections), value]
    if rest.startswith("."):  # a key of its own
        inside, rest = [value], rest[1:]
    found = (_walk(part, rest) for part in inside)
    return next((deeper for deeper in found if deeper), key)


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
