"""``offerdesk setup pipedrive``: a table of what was found, made, or is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from bot.demo.children import running
from bot.demo.stage import bot_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.cli.conftest import Command

STAGES = """
[pipedrive.stages]
PRE = "In preparation"
SNT = "Submitted"
"""


@pytest.fixture
def account(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A Pipedrive that nobody prepared, in the settings; gives the address of the stand-ins."""
    with running("sandbox", ["integrations.sandbox", "--port", "0"], {}, tmp_path) as child:
        url = str(child.first_line()["sandbox"])
        for name, value in bot_settings(url, database_url, 0).items():
            monkeypatch.setenv(name, value)
        yield url


def test_it_makes_what_is_missing_and_finds_it_the_next_time(account: str, command: Command) -> None:
    first = command("setup", "pipedrive", "--json")
    assert (first.code, {row["state"] for row in first.json if row["part"] == "field"}) == (0, {"made"})
    again = command("setup", "pipedrive")
    assert (again.code, "made" in again.out, "missing" in again.out) == (0, False, False)
    assert "Bid ref" in again.out
    assert "SNT = Sent" in again.out


def test_what_is_missing_is_said_with_a_remedy(
    account: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "company").mkdir()
    (tmp_path / "company" / "systems.toml").write_text(STAGES, encoding="utf-8")
    monkeypatch.setenv("OFFERDESK_CONFIG_DIR", str(tmp_path / "company"))
    done = command("setup", "pipedrive", "--json")
    assert done.code == 1
    (missing,) = [row for row in done.json if row["state"] == "missing"]
    assert missing["name"] == "SNT = Submitted"
    assert "systems.toml" in missing["what to do"]


def test_a_failure_is_one_sentence_without_the_token(
    account: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFERDESK_PIPEDRIVE_API_TOKEN", "not-the-token")
    done = command("setup", "pipedrive")
    assert (done.code, "answered 401" in done.err, "not-the-token" in done.err) == (1, True, False)
    monkeypatch.setenv("OFFERDESK_PIPEDRIVE_API_TOKEN", bot_settings(account, "", 0)["OFFERDESK_PIPEDRIVE_API_TOKEN"])
    httpx.post(
        f"{account}/_faults",
        json=[{"service": "pipedrive", "path": "/api/v2/dealFields", "method": "POST", "lose_response": True}],
    ).raise_for_status()
    assert command("setup", "pipedrive").code == 1
    done = command("setup", "pipedrive", "--json")
    assert [row["state"] for row in done.json if row["name"] == "Bid ref"] == ["found"]


@pytest.mark.parametrize("left", [(), ("OFFERDESK_PIPEDRIVE_BASE_URL",)])
def test_without_settings_it_says_which(
    configured: str, command: Command, monkeypatch: pytest.MonkeyPatch, left: tuple[str, ...]
) -> None:
    for name in {"OFFERDESK_PIPEDRIVE_BASE_URL", "OFFERDESK_PIPEDRIVE_API_TOKEN"} - set(left):
        monkeypatch.delenv(name)
    if left:
        with pytest.raises(Exception, match="OFFERDESK_PIPEDRIVE_API_TOKEN missing"):
            command("setup", "pipedrive")
        return
    done = command("setup", "pipedrive")
    assert (done.code, "Pipedrive is off" in done.err) == (1, True)
