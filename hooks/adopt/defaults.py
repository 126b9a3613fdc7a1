"""What most models have in common, which `defaults:` says once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .draft import Adopted

LANGUAGE = {  # the defaults of the language itself
    "pk": "uuid7",
    "pk_name": "pk_{table}",
    "timestamps": True,
    "on_delete": "restrict",
    "on_update": "no_action",
}


def settle(adopted: Adopted) -> None:
    """Move into `defaults` what most models have in common."""
    bodies = [draft.body for draft in adopted.drafts.values()]
    references = [it for body in bodies for it in body["fields"].values() if "ref" in it]
    usual = _usual(adopted, bodies, references)
    for body in bodies:
        for key in ("pk", "timestamps"):
            if body[key] == usual[key]:
                del body[key]
    for table, body in _with_key_names(adopted):
        if body["pk_name"] == usual["pk_name"].replace("{table}", table):
            del body["pk_name"]
    for reference in references:
        for key in ("on_delete", "on_update"):
            if reference.get(key) == usual[key]:
                del reference[key]
    adopted.defaults |= {key: value for key, value in usual.items() if value != LANGUAGE[key]}


def _usual(
    adopted: Adopted, bodies: list[dict[str, Any]], references: list[dict[str, Any]]
) -> dict[str, Any]:
    tables = [body for body in bodies if body.get("managed", True)]
    keys = [body["pk"] for body in tables if isinstance(body["pk"], str) and body["pk"] != "none"]
    key_names = [
        body["pk_name"].replace(table, "{table}") for table, body in _with_key_names(adopted)
    ]
    # What deletes or changes other rows is said at each reference, or later ones would do it too.
    harmless = [
        reference["on_delete"]
        for reference in references
        if reference["on_delete"] in ("restrict", "no_action")
    ]
    return {
        "pk": _most(keys, default="uuid7"),
        "pk_name": _most(key_names, default="pk_{table}"),
        "timestamps": _most([body["timestamps"] for body in tables], default=True),
        "on_delete": _most(harmless, default="restrict"),
        "on_update": _most([it["on_update"] for it in references], default="no_action"),
    }


def _with_key_names(adopted: Adopted) -> list[tuple[str, dict[str, Any]]]:
    """Tables by name, and what says how their keys are called."""
    found = [(it.table.name, it.body) for it in adopted.drafts.values() if "pk_name" in it.body]
    for draft in adopted.drafts.values():
        for name, many in draft.body.get("many", {}).items():
            if "pk_name" in many:
                found.append((many.get("table", f"{draft.singular}_{name}"), many))
    return found


def _most(values: list[Any], *, default: Any) -> Any:
    return Counter(values).most_common(1)[0][0] if values else default
