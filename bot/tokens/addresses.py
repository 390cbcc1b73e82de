"""Which addresses keys and tokens may travel to: https, and plain http on this machine alone."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from bot.errors import ConfigurationError


def secure_or_loopback(url: str, variable: str) -> str:
    """Give the URL back when it is https, or http on this machine.

    Raises:
        ConfigurationError: names the variable that holds the URL.
    """
    scheme, host = scheme_and_host(url)
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


def scheme_and_host(url: str) -> tuple[str, str]:
    """Both in lower case, or empty where the URL is none or hides another host behind a user name."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return "", ""
    if "@" in parts.netloc or "\\" in url or not url.isprintable():
        return "", ""
    return parts.scheme.lower(), (parts.hostname or "").lower()
