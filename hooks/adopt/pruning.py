"""Load what was adopted, and turn what the language refuses into remarks until it loads."""

from __future__ import annotations

import copy
import re
from typing import Any

from ..language import Invalid, load
from ..language.diagnostics import Code
from ..language.spec import Spec
from .draft import Adopted, ModelDraft, by_convention
from .writing import flow

# What may go from a field without the field.
_DETAILS = (
    "default server_default min max gt lt min_length max_length pattern unique index deferrable"
    " on_delete on_update constraint inverse doc auto"
)
DETAILS = frozenset(_DETAILS.split())
LISTS = ("unique", "exclude", "indexes")
_PROBLEM = re.compile(r"(?P<what>.*) \[(?P<code>[^\]]+)\]", re.DOTALL)


def prune(adopted: Adopted) -> None:
    """Ends, because each round takes something out of the tree."""
    while True:
        pruner = _Pruner(adopted)
        for draft in [*adopted.drafts.values()]:
            if not draft.entries and not draft.added:
                pruner.drop(draft, "it has no column that can be said here")
        if not adopted.drafts:
            return
        try:
            _unindex(adopted, load(adopted.tree))
            return
        except Invalid as error:
            problems = [
                (where, problem.removeprefix(f"{where}: "))
                for problem, where in error.places.items()
            ]
        size = _size(adopted)
        for where, problem in problems:
            pruner.prune(where, problem)
        if _size(adopted) == size:  # no part that we know how to take out was to blame
            draft = next(iter(adopted.drafts.values()))
            where = problems[0][0].partition(".")[0]
            draft = adopted.drafts.get(where, draft)
            pruner.drop(draft, problems[0][1])


def _unindex(adopted: Adopted, spec: Spec) -> None:
    """No index for a reference that a key or unique led, which was taken out."""
    for model in spec.models:
        draft = adopted.drafts[model.name]
        there = {it.name for it in draft.table.indexes}
        new = [[it.column for it, _ in of.fields] for of in model.indexes if of.name not in there]
        for reference in model.references if model.managed else ():
            if [it.column for it, _ in reference.columns] in new:
                draft.entries[reference.name].setdefault("index", False)


def _size(adopted: Adopted) -> int:
    return len(repr(adopted.tree))


class _Pruner:
    def __init__(self, adopted: Adopted) -> None:
        self.adopted = adopted
        self.moved: list[list[Any]] = []  # whose items have other places now

    def prune(self, where: str, problem: str) -> None:
        found = _PROBLEM.fullmatch(problem)
        assert found is not None, problem
        what, code = found["what"], found["code"]
        name, _, rest = where.partition(".")
        if name == "enums":
            self.adopted.enums.pop(rest.partition(".")[0], None)
            self.adopted.remarks.append(f"enum {rest}: {what}")
            return
        draft = self.adopted.drafts.get(name)
        if draft is None:
            return  # another problem took it out
        head, _, tail = rest.partition(".")
        head, _, place = head.partition("[")
        key = tail.partition(".")[0]
        if code == Code.CREATE:
            draft.body.setdefault("api", {})["ops"] = ["list", "get", "delete"]
            draft.remarks.append(f"{head} {what.partition(',')[0]}: nothing can be created")
        elif code == Code.CYCLE:
            self._cut(draft, what)
        elif head in LISTS and place:
            self._item(draft, head, int(place.rstrip("]")), what)
        elif head in LISTS and isinstance(draft.body.get(head), list):
            self._items(draft, head, where, problem, what)
        elif head == "checks" and key in draft.body.get("checks", {}):
            check = draft.body["checks"].pop(key)
            draft.remarks.append(f"check {key}: {flow(check)}: {what}")
        elif head in draft.entries:
            self._entry(draft, head, key, what)
        elif head in ("", "pk") and isinstance(draft.body.get("pk"), list):
            self._unkey(draft, what)
        elif head in draft.body.get("many", {}):
            many = draft.body["many"].pop(head)
            if "through" not in many:
                table = many.get("table", f"{draft.singular}_{head}")
                draft.remarks.append(f"table {table}: {flow(many)}: {what}")
        else:
            self.drop(draft, what)
        for section in (*LISTS, "checks", "many"):
            if section in draft.body and not draft.body[section]:
                del draft.body[section]

    def _entry(self, draft: ModelDraft, name: str, key: str, what: str) -> None:
        entry = draft.entries[name]
        reference = next((it for it in draft.references if it.name == name), None)
        if key == "constraint" and reference is not None:
            here = by_convention("fk", draft.table, reference.constraint.columns)
            draft.remarks.append(f"the foreign key {entry.pop(key)} is called {here} here")
            return
        if key in DETAILS and key in entry:
            whose = name if reference is None else reference.constraint.name
            draft.remarks.append(f"{whose} has {key}: {entry.pop(key)}: {what}")
            return
        if reference is None:
            del draft.entries[name]
            draft.remarks.append(f"{name}, {flow(entry)}, is left out: {what}")
            if not entry.keys() & {"optional", "server_default", "auto", "computed"}:
                draft.forbid_creates(name)
            return
        draft.remarks.append(
            f"{reference.constraint.name}: {reference.constraint.definition}: {what}"
        )
        self._loosen(draft, name)

    def _unkey(self, draft: ModelDraft, what: str) -> None:
        """A table whose key can't be said is one that rows are only added to."""
        key = draft.table.key
        assert key is not None
        draft.body["pk"] = "none"
        del draft.body["pk_name"]
        ops = draft.body.get("api", {}).get("ops", ["list", "create"])
        draft.body.setdefault("api", {})["ops"] = [it for it in ops if it in ("list", "create")]
        draft.remarks.append(f"{key.name}: {key.definition}: {what}")

    def _loosen(self, draft: ModelDraft, name: str) -> None:
        """Replace a reference by the columns that it stands for."""
        reference = next(it for it in draft.references if it.name == name)
        draft.references.remove(reference)
        entry = draft.entries[name]
        if not reference.made:
            del draft.entries[name]
            return
        brought = reference.constraint.columns
        columns = {draft.fields[column]: draft.plain[column] for column in brought}
        kept: dict[str, Any] = {}
        for field, other in draft.entries.items():
            kept |= columns if field == name else {field: other}
        draft.body["fields"] = kept
        for listed in (draft.body.get("pk"), *_lists(draft.body)):
            if isinstance(listed, list) and name in listed:
                at = listed.index(name)
                listed[at : at + 1] = list(columns)
        if entry.get("unique"):
            draft.body.setdefault("unique", []).append(list(columns))

    def _cut(self, draft: ModelDraft, what: str) -> None:
        """Take one reference out of a circle of required ones."""
        found = re.search(r"(\w+) -> (\w+)", what)
        assert found is not None, what
        draft = self.adopted.drafts[found[1]]
        for reference in draft.references:
            entry, constraint = draft.entries[reference.name], reference.constraint
            if entry["ref"] == found[2] and not entry.get("optional"):
                draft.remarks.append(f"{constraint.name}: {constraint.definition}: {what}")
                self._loosen(draft, reference.name)
                return

    def _item(self, draft: ModelDraft, head: str, place: int, what: str) -> None:
        items = draft.body.get(head, [])
        if any(items is other for other in self.moved):
            return  # the next round tells what is left
        self.moved.append(items)
        draft.remarks.append(f"{head}: {flow(items.pop(place))}: {what}")

    def _items(self, draft: ModelDraft, head: str, where: str, problem: str, what: str) -> None:
        """Find the item of a list that a problem is about: without it, the problem is gone."""
        items = draft.body[head]
        for number, item in enumerate(items):
            tree = copy.deepcopy(self.adopted.tree)
            del tree["models"][draft.name][head][number]
            try:
                load(tree)
            except Invalid as error:
                if f"{where}: {problem}" in error.places:
                    continue
            del items[number]
            draft.remarks.append(f"{head}: {flow(item)}: {what}")
            return
        draft.remarks += [f"{head}: {flow(item)}: {what}" for item in items]
        items.clear()

    def drop(self, draft: ModelDraft, what: str) -> None:
        del self.adopted.drafts[draft.name]
        table = draft.table
        listed = ", ".join(f"{it.name} {it.type}" for it in table.columns)
        self.adopted.remarks.append(f"{table.kind} {table.full_name} ({listed}): {what}")
        self.adopted.remarks += [f"{table.full_name}: {it}" for it in draft.remarks]


def _lists(body: dict[str, Any]) -> list[Any]:
    found = []
    for head in LISTS:
        for item in body.get(head, ()):
            found.append(item["fields"] if isinstance(item, dict) and "fields" in item else item)
            if isinstance(item, dict) and "include" in item:
                found.append(item["include"])
    return found
