"""Where a Pipedrive account is, and how politely it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address

import httpx

from integrations.errors import Configuration
from integrations.http import Policy
from integrations.pacing import Rate

SERVICE = "pipedrive"
_WINDOW_S = 2.0
_DOCUMENTED_SEARCHES = 10
_DOMAIN = "pipedrive.com"


@dataclass(frozen=True, slots=True)
class PipedriveSettings:
    """One company account, reached with the API token of one user.

    ``base_url`` is the host root, for example ``https://company.pipedrive.com``. ``requests_per_window`` is the burst
    limit the plan documents, in requests per two seconds and token (Lite 20, Growth 40, Premium 100, Ultimate 120);
    half of it is used, because people work with the same token's user too. ``blocked_s`` is how long nothing is sent
    after the service's firewall answered instead of the service.
    """

    base_url: str
    api_token: str = field(repr=False)
    requests_per_window: int = 20
    blocked_s: float = 900.0

    def __post_init__(self) -> None:
        """Refuse an address the token must not be sent to.

        Raises:
            Configuration: ``base_url`` is neither https below pipedrive.com nor on this machine, or there is no token.
        """
        if not self.api_token or not self.api_token.isascii() or not self.api_token.isprintable():
            raise Configuration(SERVICE, "the API token is missing or holds characters no header may hold")
        if not _may_have_the_token(self.base_url):
            raise Configuration(SERVICE, "the base URL must be https below pipedrive.com, or on this machine")

    def policy(self) -> Policy:
        """Give the transport policy: bursts at half the documented limit, long lists allowed."""
        return Policy(
            max_bytes=32 * 1024 * 1024,
            rates=(Rate(max(1, self.requests_per_window // 2), _WINDOW_S),),
        )

    def search_rate(self) -> Rate:
        """Give the extra limit of searches: half of the ten per two seconds that every plan has."""
        return Rate(_DOCUMENTED_SEARCHES // 2, _WINDOW_S)

    def url(self, path: str) -> str:
        """Give the address of a path such as ``/api/v2/deals``."""
        return self.base_url.rstrip("/") + path


def _may_have_the_token(base_url: str) -> bool:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        return False
    if url.userinfo or url.query or url.fragment:
        return False
    if url.scheme in {"http", "https"} and _is_this_machine(url.host):
        return True
    return url.scheme == "https" and (url.host == _DOMAIN or url.host.endswith(f".{_DOMAIN}"))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
