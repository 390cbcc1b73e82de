"""Where we may speak to. Our token goes only to hosts on a list, and only over https, except on this machine itself."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from bot.errors import ConfigurationError

_MOST_URL_CHARACTERS = 500


def secure_or_loopback(url: str, variable: str) -> str:
    """Give the URL back when it is https, or http on this machine.

    Raises:
        ConfigurationError: names the variable that holds the URL.
    """
    scheme, host = _scheme_and_host(url)
    if scheme == "https" or (scheme == "http" and is_loopback(host)):
        return url
    raise ConfigurationError(
        file="the settings",
        line=None,
        problem=f"{variable} is no https URL.",
        remedy="Keys and tokens travel over https only; http is accepted on loopback.",
    )


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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
        scheme, host = _scheme_and_host(service_url)
        if not host or scheme not in ({"https", "http"} if is_loopback(host) else {"https"}):
            return False
        return host in self._exact or bool(self._suffixes and host.endswith(self._suffixes))


def _scheme_and_host(url: str) -> tuple[str, str]:
    """Both in lower case, or empty where the URL is none or hides another host behind a user name."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return "", ""
    if "@" in parts.netloc or "\\" in url or not url.isprintable():
        return "", ""
    return parts.scheme.lower(), (parts.hostname or "").lower()
