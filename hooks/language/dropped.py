"""What has disappeared from a models.yml: nothing is dropped unless `dropped:` names it."""

from __future__ import annotations

from typing import Any

SECTIONS = ("fields", "many")


def disappeared(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Models, and `Model.field`, of `before` that `after` neither has nor names as dropped."""
    old_models, new_models = _models(before), _models(after)
    new_names = {str(model.get("was", name)): name for name, model in new_models.items()}
    new_names |= {name: name for name in new_models}
    found: list[str] = []
    for name, old_model in old_models.items():
        if name not in new_names:
            found.append(name)
            continue
        entries = _entries(new_models[new_names[name]])
        kept = entries.keys() | {_former_name(entry) for entry in entries.values()}
        found += [
            f"{new_names[name]}.{entry}" for entry in _entries(old_model) if entry not in kept
        ]
    dropped = {str(name) for name in after.get("dropped") or []}
    return sorted(set(found) - dropped)


def _models(answers: dict[str, Any]) -> dict[str, dict[str, Any]]:
    models = answers.get("models") or {}
    return {name: model if isinstance(model, dict) else {} for name, model in models.items()}


def _entries(model: dict[str, Any]) -> dict[str, Any]:
    return {
        name: entry for section in SECTIONS for name, entry in (model.get(section) or {}).items()
    }


def _former_name(entry: object) -> object:
    return entry.get("was") if isinstance(entry, dict) else None
