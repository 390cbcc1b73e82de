"""Our token goes to Teams and to nobody else."""

from __future__ import annotations

import pytest

from bot.teams.hosts import ServiceHosts
from bot.tokens.addresses import is_loopback

PUBLIC = ServiceHosts(("smba.trafficmanager.net", "*.botframework.com", " SMBA.infra.gov.teams.microsoft.us "))


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.trafficmanager.net/emea/",
        "https://SMBA.TrafficManager.net/emea/",
        "https://smba.trafficmanager.net:443/emea/",
        "https://europe.api.botframework.com/",
        "https://smba.infra.gov.teams.microsoft.us/",
    ],
)
def test_teams_is_allowed(url: str) -> None:
    assert PUBLIC.allow(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "smba.trafficmanager.net",
        "http://smba.trafficmanager.net/",
        "ftp://smba.trafficmanager.net/",
        "https://smba.trafficmanager.net.example/",
        "https://example/smba.trafficmanager.net",
        "https://smba.trafficmanager.net@example/",
        "https://user:word@smba.trafficmanager.net/",  # pragma: allowlist secret
        "https://example\\@smba.trafficmanager.net/",
        "https://botframework.com/",
        "https://evilbotframework.com/",
        "https://example.com?.botframework.com",
        "https://example.com#.botframework.com",
        "https://smba.trafficmanager.net:port/",
        "https://[::1",
        "https://smba.trafficmanager.net\n.example/",
        "https://127.0.0.1/",
        "http://localhost:3978/",
        "https://smba.trafficmanager.net/" + "a" * 500,
    ],
)
def test_everybody_else_is_not(url: str) -> None:
    assert not PUBLIC.allow(url)


@pytest.mark.parametrize(("host", "url"), [("127.0.0.1", "http://127.0.0.1:56200/"), ("::1", "http://[::1]:56200/")])
def test_this_machine_may_do_without_https_when_it_is_on_the_list(host: str, url: str) -> None:
    assert ServiceHosts((host,)).allow(url)
    assert not PUBLIC.allow(url)


@pytest.mark.parametrize(
    ("host", "expected"), [("localhost", True), ("127.3.2.1", True), ("10.0.0.1", False), ("localhost.example", False)]
)
def test_loopback(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected
