"""Who asks: what rules are asked with, and a handler that has `who: Who`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from fastapi import Depends, Request

WHO = "app.who"  # in the scope of a request: who asks, once that is known


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever asks, as a valid token says. `key` is what rules call `me`."""

    subject: str
    kind: Literal["anybody", "user", "system"]
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    key: Any = None
    claims: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """Those that fields of the user's row are filled with at first sight."""

    def has_role(self, name: str) -> bool:
        return name in self.roles

    def has_scope(self, name: str) -> bool:
        return name in self.scopes


ANYBODY = Principal("", "anybody")
"""Who asks without a token."""
SYSTEM = Principal("", "system")
"""For jobs, seeds, tests and scripts: all rules let it through. No token makes it."""


async def who_asks(request: Request) -> Principal:
    """Who asks, known by the header of the request.

    Raises `Unauthenticated` where its token isn't valid, and `Unavailable` while the
    keys of the issuer can't be had.
    """
    scope = request.scope
    who: Principal | None = scope.get(WHO)
    if who is None:
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        who = await request.app.state.tokens.principal(sent) if sent else ANYBODY
        scope[WHO] = who
    return who


Who = Annotated[Principal, Depends(who_asks)]
