"""Where the statements of a router are by now."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from .book import Target
from .goal import Goal
from .tables import STATEMENTS
from .trees import module_at
from .units import Module, defined


class Statements:
    def __init__(self, old: Mapping[str, str], goal: Goal) -> None:
        self.old, self.new, self.goal = old, goal.new, goal

    def of(self, router: str, text: str) -> dict[str, Target]:
        folder = router.removesuffix("router.py")
        targets: dict[str, Target] = {}
        places = {
            name: module_at(path)
            for path in (f"{folder}policy.py", f"{folder}queries.py")
            for name in defined(self.new.get(path, ""))
        }
        for unit in Module.of(self.old.get(router, "")).units:
            for name in unit.names:
                now = renamed_statement(name, places)
                if now:
                    yours = self.alive_too(places[now]) if name == "THIS" else None
                    targets[name] = Target(places[now], now, now, yours=yours)
                elif name.endswith("_EXISTS") and isinstance(unit.node, ast.Assign):
                    model = (
                        ast.unparse(unit.node.value).partition("sa.select(")[2].partition(".")[0]
                    )
                    if (policy := self.goal.policies.get(model)) and not changed(
                        self.old[router], text, name
                    ):
                        it = policy.target
                        targets[name] = Target(it.module, it.root, f"{it.code}.exists")
        return targets

    def alive_too(self, module: str) -> Target | None:
        """The criterion of a key that leaves out deleted rows, as policies say that by now."""
        for it in self.goal.policies.values():
            if it.target.module == module and it.alive:
                text = f"and_(BY_KEY, *{it.target.code}.read)"
                return Target(
                    module, "BY_KEY", text, (("sqlalchemy", "and_"), (module, it.target.root))
                )
        return None


def changed(was: str, now: str, name: str) -> bool:
    """Whether the owner says otherwise what `name` is."""
    try:
        sides = Module.of(was).units, Module.of(now).units
    except SyntaxError:
        return False
    one, other = ([it.node for it in side if it.node and name in it.names] for side in sides)
    return bool(other) and [*map(ast.dump, one)] != [*map(ast.dump, other)]


def renamed_statement(name: str, places: Mapping[str, str]) -> str:
    now = STATEMENTS.get(name, name)
    if now in places:
        return now
    stem, edges = name.removesuffix("_MOVES"), name.endswith("_MOVES")
    alike = [it for it in places if it.startswith(f"{stem}_") and it.endswith("_EDGES") == edges]
    return alike[0] if len(alike) == 1 else ""
