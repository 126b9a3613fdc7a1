"""What `policy.py` of a resource prints."""

from __future__ import annotations

from ..language.spec import Model

STATEMENTS = {
    *("BY_KEY", "COLUMNS", "DELETE", "EMBEDS", "ETAG", "EVEN_DELETED", "INSERT", "LIST", "MANY"),
    *("MATCHES", "NOT_DELETED", "RESTORE", "SELECT", "UNCHANGED", "UPDATE", "UPSERT", "CREATED"),
}


def policy_name(model: Model) -> str:
    """What a `policy.py` calls the policy of its model."""
    name = model.plural.upper()
    return f"{name}_" if name in STATEMENTS else name
