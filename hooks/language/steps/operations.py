"""`operations:`: what a model does besides being stored."""

from __future__ import annotations

from ..diagnostics import Code
from ..draft import Loading
from .transfers import resolve_transfer
from .transitions import resolve_transition


def resolve_operations(loading: Loading) -> None:
    for draft in loading.drafts.values():
        if draft.keyless and (draft.transfers or draft.transitions):
            what = f"an operation finds rows by their key, and {draft.name} has none: leave it out"
            loading.problems.add(f"{draft.name}.operations", Code.KEYLESS, what)
            continue
        for name, transfer in draft.transfers.items():
            resolve_transfer(loading, draft, name, transfer)
        for name, transition in draft.transitions.items():
            resolve_transition(loading, draft, name, transition)
