"""What a rolling upgrade is tried with: each change of models, and what can't be shared."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import yaml

from tests.updates.changes import CHANGES, Change, beginning, put

OPS = [
    *("list", "get", "create", "update", "replace", "delete", "bulk_create", "bulk_update"),
    *("bulk_delete", "count", "export", "upsert"),
]
NAME = "name: { type: string(200), index: true }"
PRICE = "      price: { type: decimal, precision: 12, scale: 2, min: 0 }\n"
OWNER = "      owner: { ref: User, on_delete: cascade, inverse: items }\n"
STOCK = "      stock: {type: int, default: 1}\n"


@dataclass(frozen=True)
class Case:
    changes: tuple[Change, ...]  # a rolling upgrade each, and then their contracts
    start: Change = lambda text: text
    # What an owner writes in the migration: a place in it, and what stands there then; and what
    # a null of the version before becomes by that.
    fills: dict[str, str] = field(default_factory=dict)
    filled: dict[str, Any] = field(default_factory=dict)
    # Values that no version sends, because the other couldn't read them; the head says so.
    avoided: dict[str, frozenset[Any]] = field(default_factory=dict)
    # Tables where requests of the version before fail, and what the head says for that.
    unshared: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()
    # Fields of items whose values the version before can't have, and the SQL for the way back.
    back: dict[str, str] = field(default_factory=dict)

    def versions(self) -> list[dict[str, Any]]:
        texts = [self.start(beginning())]
        for change in self.changes:
            texts += [change(texts[-1])]
        return [served(yaml.safe_load(it)) for it in texts]


def served(models: dict[str, Any]) -> dict[str, Any]:
    """With every operation, filter and sort that the models can have."""
    for name, model in models["models"].items():
        api = model.setdefault("api", {})
        fields = model["fields"]
        if name != "Transfer":
            uniques = [it for it, of in fields.items() if isinstance(of, dict) and "unique" in of]
            without = {"replace"} if "pk" in model else set() if uniques else {"upsert"}
            if {*fields} <= {*model.get("pk", ())}:
                without |= {"update", "bulk_update"}
            api.setdefault("ops", [it for it in OPS if it not in without])
            if "upsert" in api["ops"] and "pk" not in model:
                api.setdefault("upsert", uniques[:1])
        api.setdefault("filter", [*fields])
        api.setdefault("sort", [it for it, of in fields.items() if "ref" not in of])
        if owner := next((it for it in ("owner", "holder") if it in fields), None):
            api.setdefault("embed", [owner, *model.get("many", ())])
    return models


def adds(line: str) -> Change:
    return lambda text: put(text, "      owner: {", f"{line}      owner: {{")


def puts(old: str, new: str) -> Change:
    return lambda text: put(text, old, new)


def drops(line: str, *names: str) -> Change:
    return lambda text: put(text, line, "") + f"\ndropped: [{', '.join(names)}]\n"


def all_of(*changes: Change) -> Change:
    def change(text: str) -> str:
        for it in changes:
            text = it(text)
        return text

    return change


# What the versions can't share: the table, and what the head has of it.
UNSHARED = {
    "change_a_key": ("languages", "languages"),
    "rename_a_key": ("languages", "languages"),
    "rename_an_enum": ("items", "state"),
    "rename_a_model": ("items", "items"),
    "drop_a_model": ("transfers", "transfers"),
}
CASES = {name: Case((change,)) for name, change in CHANGES.items()}
CASES |= {
    name: Case((CHANGES[name],), unshared=frozenset({table}), said=(said,))
    for name, (table, said) in UNSHARED.items()
}
of_two = partial(Case, start=adds(STOCK))
CASES |= {
    "require_a_field": Case(
        (CHANGES["require_a_field"],),
        fills={'backfill("items", "description", "NULL"': "'none'"},
        filled={"description": "none"},
        said=("description",),
    ),
    "add_a_value": Case(
        (CHANGES["add_a_value"],),
        back={"state": "UPDATE items SET state = 'new' WHERE state = 'broken'"},
    ),
    "drop_a_value": Case(
        (CHANGES["drop_a_value"],), avoided={"state": frozenset({"used"})}, said=("used",)
    ),
    "required_with_a_default": Case((adds("      colour: {type: string(20), default: red}\n"),)),
    "required_without_a_default": Case(
        (adds("      colour: string(20)\n"),),
        fills={'backfill("items", "colour", "NULL"': "'none'"},
    ),
    "rename_and_widen": of_two(
        (puts(STOCK, "      amount: {type: bigint, default: 1, was: stock}\n"),)
    ),
    "rename_and_lengthen": Case((puts(NAME, "title: { type: text, index: true, was: name }"),)),
    "widen": of_two((puts(STOCK, STOCK.replace("int", "bigint")),)),
    "drop_a_required_field": Case((drops(PRICE, "Item.price"),)),
    "drop_a_required_field_with_a_default": of_two((drops(STOCK, "Item.stock"),)),
    # What the new version makes has none, and the old one can't read that.
    "delete_softly": Case(
        (CHANGES["delete_softly"],), unshared=frozenset({"tags"}), said=("upsert by tags.name",)
    ),
    "drop_a_required_reference": Case(
        (drops(OWNER, "Item.owner"),),
        unshared=frozenset({"items"}),
        said=("owner_id",),
        back={"owner_id": "UPDATE items SET owner_id = (SELECT id FROM users LIMIT 1)"},
    ),
    "make_optional": Case(
        (puts(PRICE, PRICE.replace("min: 0", "min: 0, optional: true")),),
        avoided={"price": frozenset({None})},
        said=("price",),
    ),
    "add_then_rename": Case(
        (adds("      colour: {type: string(20), default: red}\n"), CHANGES["rename_a_field"])
    ),
}
