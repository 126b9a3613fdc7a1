"""What the new render of a service says."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cached_property

from .book import Target
from .rewrites import PolicyOf
from .samples import SAMPLE
from .trees import module_at
from .units import Module, defined


class Goal:
    def __init__(self, new: Mapping[str, str]) -> None:
        self.new = new

    @cached_property
    def policies(self) -> dict[str, PolicyOf]:
        """That of each model."""
        found = {}
        for path, text in self.new.items():
            policies = path.startswith("app/resources/") and path.endswith("/policy.py")
            for node in ast.parse(text).body if policies else ():
                if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("Policy("):
                    assert isinstance(node.value, ast.Call)
                    name = ast.unparse(node.targets[0])
                    model = ast.unparse(node.value.args[0])
                    options = {it.arg: ast.unparse(it.value) for it in node.value.keywords}
                    target = Target(module_at(path), name, name)
                    found[model] = PolicyOf(target, options.get("alive", ""))
        return found

    @cached_property
    def samples(self) -> dict[str, str]:
        """The file of facts of each model."""
        found = {}
        for path, text in self.new.items():
            if path.startswith("tests/resources/"):
                for node in ast.walk(ast.parse(text)):
                    if isinstance(node, ast.Call) and ast.unparse(node.func) == "facts.Resource":
                        found[ast.unparse(node.args[1])] = path
        return found

    def head_of_sample(self, path: str) -> str:
        """The function that a file of facts has, up to what it returns."""
        units = {it.key: it.text for it in Module.of(self.new[path]).units}
        return units.get("define sample", SAMPLE).partition("\n    return")[0]

    @cached_property
    def models(self) -> dict[str, str]:
        """The module of each model."""
        return {
            name: module_at(path)
            for path, text in self.new.items()
            if path.startswith("app/resources/") and path.endswith("/model.py")
            for name in defined(text)
        }

    def aliases(self, router: str) -> dict[str, str]:
        """What a router calls the types of its queries."""
        found = {}
        for node in ast.parse(self.new.get(router, "")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("Annotated["):
                found[ast.unparse(node.value)] = ast.unparse(node.targets[0])
        return found
