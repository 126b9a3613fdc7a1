"""Verifies the bearer tokens of the issuers that the settings name.

What is refused is answered 401 without a reason. LOG_LEVEL=DEBUG tells the reason in the
log, in words of this module. Nothing of a token is logged, answered, or kept but its hash.
"""

import asyncio
import json
import logging
import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from time import time
from typing import Any, NamedTuple

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from app.access.issuers import Issuer, key_set
from app.access.presets import PRESETS, Claims
from app.access.principal import Principal
from app.errors import Unauthenticated
from app.settings import Settings

log = logging.getLogger(__name__)

MAX_BYTES = 8192
MAX_REMEMBERED = 10_000
COMPACT = re.compile(rb"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
TYPES = ("jwt", "at+jwt")  # of the header, if it has one
# No header may have them: keys other than the issuer's, and what changes the meaning.
FOREIGN = {"b64", "crit", "enc", "jku", "jwk", "x5c", "x5u", "zip"}
# Nor a claim: it is a logout token, or bound to a key that its sender has to prove.
UNFIT = {"cnf", "events"}
TENANT = re.compile(r"[\w-]{1,64}", re.ASCII)
MAX_SUBJECT = 255
LAST = 253_402_300_799  # the end of the year 9999


class Refused(Exception):
    """A token isn't valid. The reason has nothing of it."""


class Remembered(NamedTuple):
    until: float
    principal: Principal


class Tokens:
    """Who asks, by their token; valid ones are remembered until they expire."""

    def __init__(self, settings: Settings) -> None:
        self.preset = PRESETS[settings.auth_preset]
        self.roles = settings.auth_roles_claim or self.preset.roles
        self.scopes = settings.auth_scopes_claim or self.preset.scopes
        self.audience = {*settings.auth_audience}
        self.leeway = settings.auth_leeway
        self.algorithms = settings.auth_algorithms
        self.registry = JWSRegistry(
            algorithms=self.algorithms, strict_check_header=False
        )
        self.remembered: dict[bytes, Remembered] = {}
        given, url = settings.auth_jwks, settings.auth_jwks_url
        keys = key_set(json.loads(given)) if given else None
        forget = self.remembered.clear
        self.issuers = [Issuer(it, forget, url, keys) for it in settings.auth_issuer]

    def start(self) -> None:
        """Begin to fetch the issuers' keys, in a running loop. Nothing waits for them."""
        for issuer in self.issuers:
            issuer.start()

    async def close(self) -> None:
        await asyncio.gather(*(it.close() for it in self.issuers))

    async def principal(self, headers: Sequence[bytes]) -> Principal:
        """Who asks, by the `Authorization` headers of a request.

        Raises `Unauthenticated`, and `Unavailable` while there are no keys to verify by.
        """
        try:
            token = bearer(headers)
            digest = sha256(token).digest()
            known = self.remembered.get(digest)
            if known and time() < known.until:
                return known.principal
            claims = await self.verified(token)
            found = self.principal_of(claims)
        # What is of another type than it should be raises one of the others.
        except (Refused, JoseError, RecursionError, TypeError, ValueError) as error:
            reason = error if isinstance(error, Refused) else type(error).__name__
            log.debug("A token was refused: %s", reason)
            raise Unauthenticated(invalid=True) from None
        # Nothing was awaited since the keys were read: these are still the issuer's.
        self.remembered.pop(digest, None)
        if len(self.remembered) >= MAX_REMEMBERED:
            del self.remembered[next(iter(self.remembered))]
        self.remembered[digest] = Remembered(claims["exp"] + self.leeway, found)
        return found

    async def verified(self, token: bytes) -> dict[str, Any]:
        """The claims of a token that is signed by an issuer, for this service and now."""
        if not COMPACT.fullmatch(token):
            raise Refused("it is no JWT")
        signed = jws.extract_compact(token, registry=self.registry)
        header = signed.protected
        self.check_header(header)
        claims = parsed(signed.payload)
        issuer = self.issuer_of(claims)
        keys = await issuer.keys_for(header.get("kid"))
        key = keys.get_by_kid(header.get("kid"), {"alg": header["alg"], "use": "sig"})
        if not jws.validate_compact(signed, key, registry=self.registry):
            raise Refused("its signature is wrong")
        if "{tid}" in issuer.name:  # some keys of Entra sign for one tenant only
            of = str(key.get("issuer", "{tenantid}"))
            if "{tenantid}" not in of and claims["tid"] not in of:
                raise Refused("its key is another tenant's")
        self.check_times(claims)
        self.check_use(claims)
        return claims

    def check_header(self, header: Any) -> None:
        if not isinstance(header, dict) or FOREIGN & header.keys():
            raise Refused("its header has what is not allowed there")
        if header.get("alg") not in self.algorithms:
            raise Refused("its algorithm is not in AUTH_ALGORITHMS")
        if not isinstance(header.get("kid", ""), str):
            raise Refused("its key is no text")
        kind = str(header.get("typ", TYPES[0])).lower()
        if kind.removeprefix("application/") not in TYPES:
            raise Refused("it is of another type")

    def issuer_of(self, claims: Claims) -> Issuer:
        """Whose token it says to be: exactly one of the settings'."""
        said, tenant = claims.get("iss"), claims.get("tid")
        for issuer in self.issuers:
            name = issuer.name
            if "{tid}" in name:
                if not isinstance(tenant, str) or not TENANT.fullmatch(tenant):
                    continue
                name = name.replace("{tid}", tenant)
            if said == name:
                return issuer
        raise Refused("its issuer is not in AUTH_ISSUER")

    def check_times(self, claims: Claims) -> None:
        now = time()
        times = {it: claims[it] for it in ("exp", "nbf", "iat") if it in claims}
        for name, it in times.items():
            if type(it) not in (int, float) or not 0 <= it <= LAST:
                raise Refused(f"its {name} is no time")
        if times.get("exp", 0) + self.leeway <= now:
            raise Refused("it has expired, or has no exp")
        if max(times.get("nbf", 0), times.get("iat", 0)) - self.leeway > now:
            raise Refused("it is not valid yet")

    def check_use(self, claims: Claims) -> None:
        """It has to be for this service, and no ID token, which is for a client."""
        audience = claims.get("aud")
        if audience is None and self.preset.client_as_audience:
            audience = claims.get("client_id")
        if not self.audience & {*names(audience)}:
            raise Refused("its audience is not in AUTH_AUDIENCE")
        if not claims.keys().isdisjoint(UNFIT | self.preset.without):
            raise Refused("it is no access token that a bearer may use")
        if not self.preset.is_access_token(claims):
            raise Refused("it is no access token, by AUTH_PRESET")

    def principal_of(self, claims: Claims) -> Principal:
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject.isprintable():
            raise Refused("its sub is no text")
        if not 0 < len(subject) <= MAX_SUBJECT:
            raise Refused("its sub is empty or too long")
        roles = frozenset(words(claims, self.roles))
        scopes = frozenset(words(claims, self.scopes))
        return Principal(subject, "user", roles, scopes, subject)


def bearer(headers: Sequence[bytes]) -> bytes:
    """The token in a header; it may still be anything of that form."""
    scheme, _, token = headers[0].partition(b" ")
    if len(headers) > 1 or scheme.lower() != b"bearer":
        raise Refused("it is not sent as one `Authorization: Bearer …`")
    if len(token) > MAX_BYTES:
        raise Refused("it is too long")
    return token


def parsed(payload: bytes | None) -> dict[str, Any]:
    claims = json.loads((payload or b"").decode(), parse_constant=refuse_constant)
    if not isinstance(claims, dict):
        raise Refused("its claims are no object")
    return claims


def refuse_constant(name: str) -> None:
    raise Refused("it has a number that JSON hasn't")


def names(value: object) -> list[str]:
    """The texts of a list, or the only one."""
    found = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(it, str) for it in found):
        raise Refused("a claim is not of names")
    return [*map(str, found)]


def words(claims: Claims, paths: Iterable[str]) -> list[str]:
    """What the claims at `paths` name, as a list or as words between spaces."""
    found: list[str] = []
    for path in paths:
        value = claim(claims, path)
        found += value.split() if isinstance(value, str) else names(value)
    return found


def claim(claims: object, path: str) -> Any:
    """A claim by its name, or by those of the objects around it with dots between."""
    if not isinstance(claims, dict):
        return None
    if path in claims:  # https://example.com/roles has dots, too
        return claims[path]
    starts = [it for it in claims if path.startswith(f"{it}.")]
    within = (claim(claims[it], path.removeprefix(f"{it}.")) for it in starts)
    return next((it for it in within if it is not None), None)
