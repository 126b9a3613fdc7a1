"""What an owner called as the new version calls something else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .tables import module_of
from .trees import module_at
from .units import Module, Unit, defined

FACTS = re.compile(r"tests/resources/(?P<plural>\w+)/(?P<name>\w+)\.py")
PACKAGE = "/__init__.py"


def in_the_way(
    old: Mapping[str, str], new: Mapping[str, str], changed: Mapping[str, str]
) -> dict[str, str]:
    """Modules of the owner that the new version has as well, and what they are by now."""
    modules = {module_at(it): it for it in new}
    found: dict[str, str] = {}
    for path, text in changed.items():
        parts = module_at(path).split(".")
        if path in old or FACTS.fullmatch(path):
            continue
        for at in range(1, len(parts) + 1):
            name = ".".join(parts[:at])
            theirs = modules.get(module_of(name), "")
            packages = (at < len(parts) or path.endswith(PACKAGE), theirs.endswith(PACKAGE))
            if theirs and not all(packages) and new[theirs] != text:
                found[name] = f"{module_of(name)}_own"
                break
    return found


def clashes(
    path: str, was: str, now: str, new: Mapping[str, str], targets: Sequence[str]
) -> dict[str, str]:
    """What was added to a file of ours, by names that `targets` have, and what it is by now."""
    theirs = [Module.of(new[it]) for it in targets if it in new]
    taken = {it: unit.text for of in theirs for unit in of.units for it in unit.names}
    try:
        mine = Module.of(now).units
    except SyntaxError:
        return {}
    fresh = taken.keys() - defined(was)
    return {
        name: own_name(name)
        for unit in mine
        for name in unit.names & fresh
        if unit.text != taken[name] and not (path.startswith("tests/") and is_found(unit))
    }


def own_name(name: str) -> str:
    if name.isupper():
        return f"OWN_{name}"
    return f"Own{name}" if name[0].isupper() else f"own_{name}"


def is_found(unit: Unit) -> bool:
    """Whether pytest finds it by its name."""
    decorated = bool(getattr(unit.node, "decorator_list", []))
    return decorated or any(it.startswith("test_") for it in unit.names)
