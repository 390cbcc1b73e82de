"""The login endpoints: OpenID metadata and keys for what Teams sends us, client credentials for what we send."""

from __future__ import annotations

from integrations.sandbox.login.endpoints import LoginSandbox
from integrations.sandbox.login.tokens import TokenSigner, new_key

__all__ = ["LoginSandbox", "TokenSigner", "new_key"]
