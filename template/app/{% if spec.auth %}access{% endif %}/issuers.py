"""The public keys of an issuer: fetched, kept, and fetched anew before they age."""

import asyncio
import json
import logging
import warnings
from asyncio import Task
from collections.abc import Callable
from random import uniform
from time import monotonic
from typing import Any

import httpx
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import JWKRegistry, KeySet

from app.errors import Unavailable
from app.settings import safe_url

log = logging.getLogger(__name__)

TIMEOUT = 3.0  # seconds, for all that a fetch takes
MAX_BYTES = 256 * 1024
REFRESH = 300.0  # seconds between fetches
RETRY = 10.0  # after one that failed
KEEP = 86_400.0  # how long keys are used while their issuer is away
PAUSE = 30.0  # between fetches for keys that a token names and the issuer hadn't
PUBLIC = ("EC", "OKP", "RSA")
DISCOVERY = ".well-known/openid-configuration"


def key_set(document: Any) -> KeySet:
    """The keys of a JWK set that verify signatures; what else is there is left out.

    Raises ValueError if there is none.
    """
    found = document.get("keys") if isinstance(document, dict) else None
    keys = []
    for data in found if isinstance(found, list) else []:
        if not isinstance(data, dict) or data.get("kty") not in PUBLIC or "d" in data:
            continue
        try:
            with warnings.catch_warnings(action="error", category=SecurityWarning):
                key = JWKRegistry.import_key(data)
        except (JoseError, SecurityWarning, LookupError, TypeError, ValueError):
            continue  # of a kind to come, too short, or broken
        if key.get("use", "sig") == "sig":
            keys.append(key)
    if not keys:
        raise ValueError("Input should be a JWK set with public keys for signatures")
    return KeySet(keys)


class Issuer:
    """An issuer, by the `name` that its tokens have as `iss`; `{tid}` in it is any tenant.

    Its keys are at `url`, or else where its discovery document says. If `keys` are
    given, they are used, and nothing is fetched. `changed` is called when others came.
    """

    def __init__(
        self,
        name: str,
        changed: Callable[[], None],
        url: str | None = None,
        keys: KeySet | None = None,
    ) -> None:
        self.name = name
        self.keys = keys
        self._changed = changed
        self._given_url = self._url = url
        self._fixed = keys is not None
        self._fetched = self._asked = -KEEP
        self._fetching: Task[bool] | None = None
        self._keeping: Task[None] | None = None

    def start(self) -> None:
        """Fetch the keys, now and from time to time, in a running loop."""
        if not self._fixed:
            self._client = httpx.AsyncClient(timeout=TIMEOUT)
            self._fetch()
            self._keeping = asyncio.create_task(self._keep())

    async def close(self) -> None:
        tasks = [it for it in (self._keeping, self._fetching) if it]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._keeping:
            await self._client.aclose()

    async def keys_for(self, kid: str | None) -> KeySet:
        """The keys; if none is called `kid`, fetched anew, which is done once for all.

        Raises `Unavailable` while there are none.
        """
        unknown = (
            self.keys and kid is not None and kid not in {it.kid for it in self.keys}
        )
        if unknown and self._keeping and monotonic() - self._asked > PAUSE:
            self._asked = monotonic()
            self._fetch()
        if self._fetching and (unknown or self.keys is None):
            await asyncio.shield(self._fetching)
        if self.keys is None:
            raise Unavailable("The issuer's keys are not there yet")
        return self.keys

    def _fetch(self) -> Task[bool]:
        """One fetch at a time, for which all wait; it tells whether it had keys."""
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch_once())
        return self._fetching

    async def _keep(self) -> None:
        while True:
            done = await asyncio.shield(self._fetch())
            if self.keys and monotonic() - self._fetched > KEEP:
                self.use(None)
            await asyncio.sleep(uniform(0.8, 1) * REFRESH if done else RETRY)

    async def _fetch_once(self) -> bool:
        try:
            async with asyncio.timeout(TIMEOUT):
                self._url = self._url or await self._discover()
                keys = key_set(await self._get(self._url))
        except Exception as error:  # whatever an issuer answers, it is asked again
            log.warning("No keys from %s: %s", self.name, type(error).__name__)
            self._url = self._given_url
            return False
        self._fetched = monotonic()
        self.use(keys)
        return True

    def use(self, keys: KeySet | None) -> None:
        if keys != self.keys:
            self.keys = keys
            self._changed()

    async def _discover(self) -> str:
        """Where the keys are. Raises ValueError if the document isn't this issuer's."""
        at = self.name.replace("{tid}", "common").removesuffix("/")
        found = await self._get(f"{at}/{DISCOVERY}")
        url = str(found["jwks_uri"])
        if found["issuer"] != self.name.replace("{tid}", "{tenantid}"):
            raise ValueError("another issuer's")
        if self.name.startswith("https:") and not url.startswith("https:"):
            raise ValueError("without encryption")
        return safe_url(url)

    async def _get(self, url: str) -> Any:
        """A JSON document, of this very URL. Raises ValueError if it is long."""
        plain = {"Accept": "application/json", "Accept-Encoding": "identity"}
        body = bytearray()
        async with self._client.stream("GET", url, headers=plain) as response:
            response.raise_for_status()  # raises for a redirect, too
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise ValueError("too long")
        return json.loads(body)
