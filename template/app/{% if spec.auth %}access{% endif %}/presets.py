"""What the tokens of well-known issuers look like: where they differ, by AUTH_PRESET."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Claims = Mapping[str, Any]
HASHES = frozenset({"at_hash", "c_hash", "s_hash"})  # in ID tokens: of what came beside


@dataclass(frozen=True)
class Preset:
    """`roles` and `scopes` are claims, each a list or words; a dot leads into an object."""

    roles: tuple[str, ...] = ("roles",)
    scopes: tuple[str, ...] = ("scope",)
    without: frozenset[str] = HASHES | {"nonce"}
    """Claims that tell an ID token, which is for the client and not for a service."""
    is_access_token: Callable[[Claims], bool] = lambda claims: True
    client_as_audience: bool = False
    """A token without `aud` is for the client in `client_id`."""


def by_type(claims: Claims) -> bool:
    """Keycloak names the others ID, Refresh, Offline, Logout or DPoP."""
    return claims.get("typ") == "Bearer"


def by_client(claims: Claims) -> bool:
    """Entra names the client in access tokens: `azp` in version 2, `appid` in 1."""
    return isinstance(claims.get("azp", claims.get("appid")), str)


def by_use(claims: Claims) -> bool:
    """Cognito's others are of use `id`."""
    return claims.get("token_use") == "access"


PRESETS = {
    "oidc": Preset(),  # RFC 9068, and what is near to it
    "keycloak": Preset(
        roles=("realm_access.roles",),
        without=HASHES,  # before version 25, access tokens have a nonce too
        is_access_token=by_type,
    ),
    "auth0": Preset(roles=(), scopes=("scope", "permissions")),
    "entra": Preset(scopes=("scp",), is_access_token=by_client),
    "cognito": Preset(
        roles=("cognito:groups",), is_access_token=by_use, client_as_audience=True
    ),
}
