"""What each name of the version before is called by now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

Arguments = Sequence[cst.Arg]
# What is written for a call; None where that isn't known.
Rewrite = Callable[[Arguments], "Written | None"]


@dataclass(frozen=True)
class Written:
    """Code, and what it takes: names of modules."""

    code: str
    imports: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Target:
    """Where a name is by now: `root` of `module` is imported, and `code` written."""

    module: str
    root: str  # "" where nothing has to be imported
    code: str
    more: tuple[tuple[str, str], ...] = ()  # modules and names that the code takes besides
    yours: Target | None = None  # for the owner's own statements, where that differs

    @staticmethod
    def of(text: str) -> Target:
        """Of `module:expression`."""
        module, _, code = text.partition(":")
        return Target(module, code.partition(".")[0], code)


@dataclass
class Book:
    """What each name of the version before is called by now."""

    names: Mapping[str, Target]
    module_of: Callable[[str], str]
    is_module: Callable[[str], bool]  # of the version before
    exists: Callable[[str, str], bool]  # a name in a module of the new version
    # What a name is by now that a module had by an import, as patches in tests say it.
    imported: Callable[[str, str], str] = lambda module, name: name
    calls: Mapping[str, Rewrite] = field(default_factory=dict)  # of functions that are gone
    arguments: Mapping[str, Rewrite] = field(default_factory=dict)  # of others: what is in ( )
    items: Mapping[str, Callable[[str], str]] = field(default_factory=dict)  # what X[…] is
    aliases: Mapping[str, str] = field(default_factory=dict)  # of types, by their code
    lenient: bool = False  # a name that isn't there may be one that isn't used

    def handled(self, key: str) -> bool:
        return key in self.calls or key in self.items

    def writes(self, key: str, use: cst.CSTNode | None) -> bool:
        """Whether it is known what to write for a use of `key`."""
        if isinstance(use, cst.Subscript):
            return key in self.items
        rewrite = self.calls.get(key) or self.arguments.get(key)
        return isinstance(use, cst.Call) and rewrite is not None and rewrite(use.args) is not None

    def target(self, module: str, name: str) -> Target:
        """Of `name` in `module`, which may be a module itself: then `code` is no expression."""
        if found := self.names.get(f"{module}:{name}"):
            return found
        path = f"{module}.{name}"
        if self.is_module(path):
            parent, _, last = self.module_of(path).rpartition(".")
            return Target(parent, last, last)
        return Target(self.module_of(module), name, name)
