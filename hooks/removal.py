"""What leaves a models.yml: nothing is dropped that isn't named under `dropped:`."""

from __future__ import annotations

from typing import Any

SECTIONS = ("fields", "many")


def gone(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Models, and `Model.field`, that are in `before`, and neither in `after` nor named there."""
    old, new = models(before), models(after)
    now = {str(raw.get("was", name)): name for name, raw in new.items()}
    now |= {name: name for name in new}
    found: list[str] = []
    for name, raw in old.items():
        if name not in now:
            found.append(name)
            continue
        entries = fields(new[now[name]])
        kept = entries.keys() | {_was(it) for it in entries.values()}
        found += [f"{now[name]}.{it}" for it in fields(raw) if it not in kept]
    named = {str(it) for it in after.get("dropped") or []}
    return sorted(set(found) - named)


def models(answers: dict[str, Any]) -> dict[str, dict[str, Any]]:
    raw = answers.get("models") or {}
    return {name: it if isinstance(it, dict) else {} for name, it in raw.items()}


def fields(model: dict[str, Any]) -> dict[str, Any]:
    return {name: it for part in SECTIONS for name, it in (model.get(part) or {}).items()}


def _was(field: object) -> object:
    return field.get("was") if isinstance(field, dict) else None
