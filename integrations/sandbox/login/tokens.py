"""Real RS256 tokens, signed with keys made at start, so nothing has to be switched off to run on loopback."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

CHANNEL_ISSUER = "https://api.botframework.com"
ENDORSEMENTS = ("msteams",)
LIFETIME_S = 3600


def new_key() -> RSAPrivateKey:
    """Make a 2048-bit RSA key; takes about a tenth of a second."""
    return generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True, slots=True)
class _SigningKey:
    kid: str
    private: RSAPrivateKey


class TokenSigner:
    """Issues tokens the way the Bot Framework channel does when it calls a bot, and publishes the keys for them."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        app_id: str,
        issuer: str = CHANNEL_ISSUER,
        endorsements: tuple[str, ...] = ENDORSEMENTS,
        key: RSAPrivateKey | None = None,
    ) -> None:
        """``now`` gives aware UTC; ``app_id`` is the audience; ``endorsements`` are the channels the keys speak for."""
        self._now = now
        self._app_id = app_id
        self._endorsements = endorsements
        self.issuer = issuer
        self._count = 0
        self._keys: list[_SigningKey] = []
        self.rotate(key=key)

    @property
    def kid(self) -> str:
        """The id of the key that signs now."""
        return self._keys[0].kid

    def rotate(self, *, keep_old: bool = True, key: RSAPrivateKey | None = None) -> str:
        """Sign with a new key from now on; the old ones stay published unless ``keep_old`` is false. Gives its id."""
        self._count += 1
        fresh = _SigningKey(f"sandbox-key-{self._count}", key or new_key())
        self._keys = [fresh, *(self._keys if keep_old else ())]
        return fresh.kid

    def token(self, service_url: str, **claims: Any) -> str:  # noqa: ANN401 - a claim is any JSON value
        """Issue a token for a call to the bot on behalf of ``service_url``.

        ``claims`` replaces single claims (``aud=…``, ``iss=…``, ``exp=…``); a claim given as ``None`` is left out.
        """
        return self.sign({"serviceurl": service_url, **claims})

    def sign(self, claims: Mapping[str, Any], *, headers: Mapping[str, Any] | None = None) -> str:
        """Sign claims, completed by iss, aud, iat, nbf and exp (one hour)."""
        issued = int(self._now().timestamp())
        whole = {
            "iss": self.issuer,
            "aud": self._app_id,
            "iat": issued,
            "nbf": issued,
            "exp": issued + LIFETIME_S,
            **claims,
        }
        present = {name: value for name, value in whole.items() if value is not None}
        key = self._keys[0]
        return jwt.encode(present, key.private, algorithm="RS256", headers={"kid": key.kid, **(headers or {})})

    def claims_of(self, token: str, *, audience: str) -> dict[str, Any] | None:
        """Give the claims of a token this signer issued for ``audience`` and that is valid now; else ``None``."""
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = next((known for known in self._keys if known.kid == kid), None)
            if key is None:
                return None
            claims: dict[str, Any] = jwt.decode(
                token,
                key.private.public_key(),
                algorithms=["RS256"],
                audience=audience,
                issuer=self.issuer,
                # The sandbox runs on the time it is given, so the library's own clock must not judge.
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "require": ["exp", "nbf"]},
            )
        except jwt.PyJWTError:
            return None
        return claims if claims["nbf"] <= self._now().timestamp() < claims["exp"] else None

    def jwks(self) -> dict[str, Any]:
        """Give the published keys, each with the channels it may speak for."""
        return {"keys": [_published(key, self._endorsements) for key in self._keys]}


def _published(key: _SigningKey, endorsements: tuple[str, ...]) -> dict[str, Any]:
    public: RSAPublicKey = key.private.public_key()
    numbers = public.public_numbers()
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": key.kid,
        "x5t": key.kid,
        "n": _base64url(numbers.n),
        "e": _base64url(numbers.e),
        "endorsements": list(endorsements),
    }


def _base64url(number: int) -> str:
    content = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
