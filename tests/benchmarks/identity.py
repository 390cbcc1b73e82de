"""Who clicks in the benchmark, and the signing key all servers learn from one made-up OpenID server."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

APP_ID = "00000000-0000-4000-8000-0000000000a1"
TENANT_ID = "00000000-0000-4000-8000-0000000000b1"
CHANNEL = "19:tenders@thread.tacv2"
TEAM = "19:team@thread.tacv2"
VOTER_OBJECT_ID = "00000000-0000-4000-8000-000000000001"
ISSUER = "https://api.botframework.com"
KEY_ID = "benchmark-key"
TOKEN_SECONDS = 8 * 3600


@dataclass(frozen=True)
class Signer:
    """An RSA key made for this run; what it signs is valid for eight hours."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048), repr=False)

    def jwks(self) -> dict[str, Any]:
        """Give the public half as a JSON Web Key Set, endorsed for Teams as the real one is."""
        numbers = self.key.public_key().public_numbers()
        return {
            "keys": [
                {
                    "kty": "RSA",
                    "use": "sig",
                    "alg": "RS256",
                    "kid": KEY_ID,
                    "n": _base64url(numbers.n),
                    "e": _base64url(numbers.e),
                    "endorsements": ["msteams"],
                },
            ],
        }

    def token(self, service_url: str) -> str:
        """Sign the token the Bot Connector sends with every activity."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": APP_ID,
            "iat": now,
            "nbf": now - 60,
            "exp": now + TOKEN_SECONDS,
            "serviceurl": service_url,
        }
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": KEY_ID})


def _base64url(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
