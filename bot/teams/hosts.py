"""Where we may speak to. Our token goes only to hosts on a list, and only over https, except on this machine itself."""

from __future__ import annotations

from functools import lru_cache

from bot.tokens.addresses import is_loopback, scheme_and_host

_MOST_URL_CHARACTERS = 500


class ServiceHosts:
    """The hosts a `serviceUrl` may name; `*.` stands for one or more subdomains."""

    def __init__(self, hosts: tuple[str, ...]) -> None:
        """``hosts`` as in the settings."""
        lowered = [host.strip().lower() for host in hosts]
        self._exact = frozenset(host for host in lowered if not host.startswith("*."))
        self._suffixes = tuple(host[1:] for host in lowered if host.startswith("*."))
        self._allows = lru_cache(maxsize=256)(self._decide)

    def allow(self, service_url: str) -> bool:
        """Whether our token may be sent to that URL."""
        return len(service_url) <= _MOST_URL_CHARACTERS and self._allows(service_url)

    def _decide(self, service_url: str) -> bool:
        scheme, host = scheme_and_host(service_url)
        if not host or scheme not in ({"https", "http"} if is_loopback(host) else {"https"}):
            return False
        return host in self._exact or bool(self._suffixes and host.endswith(self._suffixes))
