"""The doctor finds what is broken and says what to do; a healthy bot is all ok."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import doctor
from bot.doctor import examine, healthy
from bot.findings import Finding, State

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Command


def utc_now() -> datetime:
    return datetime.now(UTC)


def _by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.what: finding for finding in findings}


def test_a_new_installation_is_fine_but_for_what_people_have_to_do(command: Command, configured: str) -> None:
    written = command("doctor")
    assert written.code == 0
    assert "@Offerdesk post here" in written.out
    states = {line["check"]: line["state"] for line in command("doctor", "--json").json}
    assert states.pop("admins") == "warning"
    assert states.pop("tender channel") == "warning"
    assert states.pop("Pipedrive fields") == "warning"
    assert states.pop("BC notifications") == "warning"
    assert set(states.values()) == {"ok"}
    assert {"settings", "configuration", "database", "clock", "login to Teams", "Teams' signing keys"} <= states.keys()
    assert {"portal (esa)", "portal (esa_non_esa)"} <= states.keys()


def test_without_settings_the_doctor_still_looks_at_the_rest(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENID_METADATA_URL", "ESA_BASE_URL"):
        monkeypatch.setenv(f"OFFERDESK_{name}", "http://127.0.0.1:9/")
    written = command("doctor", "--json")
    found = {line["check"]: line for line in written.json}
    assert written.code == 1
    assert found["settings"]["state"] == "broken"
    assert "offerdesk demo" in found["settings"]["what to do"]
    assert found["database"]["what to do"] == "Run `offerdesk migrate`."
    assert found["Teams' signing keys"]["state"] == "broken"
    assert found["clock"]["state"] == "warning"
    assert found["portal (esa)"]["state"] == "broken"
    assert "login to Teams" not in found


def test_a_setting_that_cannot_be_read_is_one_line(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFERDESK_PORT", "many")
    written = command("doctor", "--json")
    assert written.code == 1
    assert [line["check"] for line in written.json] == ["settings"]
    assert "OFFERDESK_PORT" in written.json[0]["detail"]


def test_a_wrong_secret_is_found(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFERDESK_BOT_APP_PASSWORD", "expired-secret")
    finding = _by_name(examine(now=utc_now))["login to Teams"]
    assert finding.state is State.BROKEN
    assert "AADSTS7000215" in finding.detail
    assert "expired-secret" not in str(finding)


@pytest.mark.parametrize(
    ("name", "what"), [("LOGIN_URL", "login to Teams"), ("OPENID_METADATA_URL", "Teams' signing keys")]
)
def test_an_address_without_https_is_found(
    configured: str, monkeypatch: pytest.MonkeyPatch, name: str, what: str
) -> None:
    monkeypatch.setenv(f"OFFERDESK_{name}", "http://login.example.invalid/")
    finding = _by_name(examine(now=utc_now))[what]
    assert (finding.state, f"OFFERDESK_{name}" in finding.detail) == (State.BROKEN, True)


def test_a_clock_that_is_off_is_found(configured: str) -> None:
    finding = _by_name(examine(now=lambda: utc_now() + timedelta(minutes=10)))["clock"]
    assert finding.state is State.BROKEN
    assert "NTP" in finding.remedy


def test_a_missing_public_address_is_a_warning(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OFFERDESK_PUBLIC_URL")
    findings = examine(now=utc_now)
    assert _by_name(findings)["settings"].state is State.WARNING
    assert healthy(findings)


def test_a_wrong_configuration_folder_is_found(
    configured: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "watch.toml").write_text("threshold = 'high'\n", "utf-8")
    monkeypatch.setenv("OFFERDESK_CONFIG_DIR", str(tmp_path))
    finding = _by_name(examine(now=utc_now))["configuration"]
    assert (finding.state, "watch.toml" in finding.detail) == (State.BROKEN, True)


def test_a_database_that_does_not_answer_is_found(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFERDESK_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:9/none")
    finding = _by_name(examine(now=utc_now))["database"]
    assert (finding.state, "OFFERDESK_DATABASE_URL" in finding.remedy) == (State.BROKEN, True)


def test_a_full_disk_is_found(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 10**18)
    finding = _by_name(examine(now=utc_now)).get("disk")
    if configured.startswith("sqlite"):
        assert finding is not None
        assert finding.state is State.BROKEN
    else:
        assert finding is None, "a server's disk is not ours to look at"
