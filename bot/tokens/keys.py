"""The keys an issuer signs with: fetched in the background, cached, looked for again when a token names a new one.

botbuilder's own cache fails here in two ways: an unknown key id is an `IndexError` (so every call after a rotation is a
500 for up to a day), and fetching blocks the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

from bot.tokens.addresses import secure_or_loopback
from integrations.errors import Configuration, Drift, DriftReason, ServiceError
from integrations.http import Policy, Transport
from integrations.pacing import Time

log = structlog.get_logger()

BOT_FRAMEWORK = "bot_framework_keys"
ENTRA = "entra_keys"

REFRESH_SECONDS = 12 * 3600.0
"""Microsoft asks for at least daily."""
RETRY_SECONDS = 60.0
"""Between two attempts, whatever asks for them: strangers can invent key ids as fast as they like."""
FIRST_RETRY_SECONDS = 2.0
"""The same while there is no key at all: nobody can speak to us, and the key server may only just be starting."""
USABLE_SECONDS = 72 * 3600.0
"""How long keys are believed when the key server stays away."""

_LEAST_KEY_BITS = 2048
_MOST_KEYS = 100
POLICY = Policy(connect_s=3, read_s=5, total_s=5, max_bytes=1024 * 1024, attempts=1)


class KeysUnavailable(Exception):
    """No key was ever fetched, so nobody can be believed or disbelieved."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key and the channels it may speak for."""

    kid: str
    public: RSAPublicKey = field(repr=False)
    endorsements: frozenset[str]


class Keys:
    """The signing keys of one OpenID metadata document."""

    def __init__(
        self,
        metadata_url: str,
        client: httpx.AsyncClient,
        clock: Time | None = None,
        *,
        issuer: str = BOT_FRAMEWORK,
        variable: str = "OFFERDESK_OPENID_METADATA_URL",
    ) -> None:
        """``client`` stays open; ``clock`` gives the time and the sleep; ``issuer`` names whose keys these are in logs,
        ``variable`` the setting that the URL comes from.

        Raises:
            ConfigurationError: the URL is neither https nor on this machine.
        """
        self._metadata_url = secure_or_loopback(metadata_url, variable)
        self._clock = clock or Time()
        self._issuer = issuer
        self._transport = Transport(issuer, client, POLICY, self._clock)
        self._keys: Mapping[str, SigningKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._flight: asyncio.Task[None] | None = None
        self._background: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to fetch and refresh; returns at once."""
        if self._background is None:
            self._background = asyncio.create_task(self._keep_fresh(), name=f"{self._issuer}.fresh")

    async def stop(self) -> None:
        """Stop refreshing."""
        tasks = [task for task in (self._background, self._flight) if task is not None]
        self._background = self._flight = None
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def find(self, kid: str) -> SigningKey | None:
        """The key of that id. A known key is given at once; an unknown one causes at most one fetch a minute.

        Raises:
            KeysUnavailable: the key server never answered yet.
        """
        key = self._known(kid)
        if key is None:
            await self._look_again()
            key = self._known(kid)
        if key is None and self._fetched_at is None:
            raise KeysUnavailable
        return key

    @property
    def age_seconds(self) -> float | None:
        """Seconds since the keys were fetched; None before the first time."""
        return None if self._fetched_at is None else self._clock.monotonic() - self._fetched_at

    @property
    def _spacing(self) -> float:
        return FIRST_RETRY_SECONDS if self._fetched_at is None else RETRY_SECONDS

    def _known(self, kid: str) -> SigningKey | None:
        age = self.age_seconds
        return self._keys.get(kid) if age is not None and age < USABLE_SECONDS else None

    async def _look_again(self) -> None:
        if self._flight is None:
            now = self._clock.monotonic()
            if self._tried_at is not None and now - self._tried_at < self._spacing:
                return
            self._tried_at = now
            self._flight = asyncio.create_task(self._fetch_once(), name=f"{self._issuer}.fetch")
        # Shielded: the click that waits may end, the fetch is for everybody.
        await asyncio.shield(self._flight)

    async def _keep_fresh(self) -> None:
        while True:
            await self._look_again()
            age = self.age_seconds
            waiting = self._spacing if age is None or age >= REFRESH_SECONDS else REFRESH_SECONDS - age
            await self._clock.sleep(waiting)

    async def _fetch_once(self) -> None:
        """Fetch; a failure is logged and leaves the keys as they are."""
        try:
            self._keys = await self._fetch()
            self._fetched_at = self._clock.monotonic()
            log.info("tokens.keys_fetched", issuer=self._issuer, keys=len(self._keys))
        except ServiceError as error:
            log.warning("tokens.keys_not_fetched", issuer=self._issuer, error=str(error), usable=len(self._keys))
        finally:
            self._flight = None

    async def _fetch(self) -> dict[str, SigningKey]:
        metadata = (await self._transport.get(self._metadata_url)).json()
        jwks_url = metadata.get("jwks_uri") if isinstance(metadata, dict) else None
        if not isinstance(jwks_url, str):
            raise Drift(self._issuer, "the metadata names no jwks_uri", reason=DriftReason.KEYS_GONE)
        if self._metadata_url.startswith("https:") and not jwks_url.startswith("https:"):
            raise Configuration(self._issuer, "the metadata sends us to keys without https")
        answer = (await self._transport.get(jwks_url)).json()
        listed = answer.get("keys") if isinstance(answer, dict) else None
        keys = [_signing_key(each) for each in listed[:_MOST_KEYS]] if isinstance(listed, list) else []
        found = {key.kid: key for key in keys if key is not None}
        if not found:
            raise Drift(self._issuer, "the answer holds no usable key", reason=DriftReason.KEYS_GONE)
        return found


def _signing_key(jwk: Any) -> SigningKey | None:  # noqa: ANN401  JSON of a stranger
    """Read one key; None when it is not an RSA signing key of decent size."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig":
        return None
    kid, endorsements = jwk.get("kid"), jwk.get("endorsements")
    try:
        public = RSAAlgorithm.from_jwk(jwk)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    if not isinstance(kid, str) or not isinstance(public, RSAPublicKey) or public.key_size < _LEAST_KEY_BITS:
        return None
    channels = endorsements if isinstance(endorsements, list) else []
    return SigningKey(kid, public, frozenset(each for each in channels if isinstance(each, str)))
