"""Settings: every failure names file, line and remedy, and never a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import settings
from bot.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

WRONG = "do-not-show-7f3a"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(f"OFFERDESK_{name.upper()}", raising=False)
        monkeypatch.delenv(f"OFFERDESK_{name.upper()}_FILE", raising=False)


def env_file(folder: Path, text: str) -> Path:
    path = folder / ".env"
    path.write_text(text, "utf-8")
    return path


def test_defaults_need_nothing(tmp_path: Path) -> None:
    found = settings.load(tmp_path / "absent")
    assert found.database_url == "sqlite:///offerdesk.db"
    assert (found.host, found.port, found.language) == ("127.0.0.1", 3978, "fr")
    with pytest.raises(
        ConfigurationError, match="OFFERDESK_BOT_APP_ID, OFFERDESK_BOT_APP_PASSWORD, OFFERDESK_TENANT_ID"
    ):
        found.require_bot()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", WRONG),
        ("PORT", "70000"),
        ("DATABASE_URL", f"mysql://root:{WRONG}@db/x"),
        ("LANGUAGE", WRONG),
        ("LOG_LEVEL", WRONG),
        ("LOG_FORMAT", WRONG),
        ("ESA_POLL_MINUTES", "0"),
        ("TIME_ZONE", WRONG),
        ("PUBLIC_URL", f"ftp://{WRONG}"),
    ],
)
def test_a_wrong_value_names_file_line_and_remedy_and_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    path = env_file(tmp_path, f"# first\n\nexport OFFERDESK_{name} = 1\nOFFERDESK_{name}={value}\n")
    with pytest.raises(ConfigurationError) as raised:
        settings.load(path)
    message = str(raised.value)
    assert message.startswith(f"{path}, line 4: OFFERDESK_{name}: ")
    assert "docs/settings.md" in message
    assert WRONG not in message
    assert WRONG not in repr(raised.value)
    assert raised.value.__cause__ is None
    path.unlink()
    monkeypatch.setenv(f"OFFERDESK_{name}", value)
    with pytest.raises(ConfigurationError, match=rf"^the environment: OFFERDESK_{name}: ") as raised:
        settings.load(path)
    assert WRONG not in str(raised.value)


def test_lists_are_split_and_empty_means_absent(tmp_path: Path) -> None:
    path = env_file(tmp_path, "OFFERDESK_ADMINS= a , b,,\nOFFERDESK_PUBLIC_URL=\nOFFERDESK_PORT=\n")
    found = settings.load(path, service_hosts=("127.0.0.1",))
    assert found.admins == ("a", "b")
    assert found.public_url is None
    assert found.port == 3978
    assert found.service_hosts == ("127.0.0.1",)


def test_an_address_loses_its_last_slash(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "no", public_url="https://x.example/").public_url == "https://x.example"


@pytest.mark.parametrize("where", ["environment", "env file"])
def test_secrets_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{WRONG}\n", "utf-8")
    line = f"OFFERDESK_BOT_APP_PASSWORD_FILE={secret}\n"
    path = env_file(tmp_path, line if where == "env file" else "")
    if where == "environment":
        monkeypatch.setenv("OFFERDESK_BOT_APP_PASSWORD_FILE", str(secret))
    found = settings.load(path, bot_app_id="app", tenant_id="tenant")
    _app, password, _tenant = found.require_bot()
    assert password.get_secret_value() == WRONG


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFERDESK_BOT_APP_PASSWORD_FILE", str(tmp_path / "absent"))
    with pytest.raises(ConfigurationError, match=r"absent: OFFERDESK_BOT_APP_PASSWORD_FILE cannot be read"):
        settings.load(tmp_path / "no")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    monkeypatch.setenv("OFFERDESK_BOT_APP_PASSWORD_FILE", str(tmp_path / "binary"))
    with pytest.raises(ConfigurationError, match="no UTF-8"):
        settings.load(tmp_path / "no")


def test_an_env_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"OFFERDESK_PORT=\xff\n")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        settings.load(path)


def test_no_repr_shows_a_secret(tmp_path: Path) -> None:
    found = settings.load(
        tmp_path / "no",
        database_url=f"postgresql+psycopg://offerdesk:{WRONG}@db/offerdesk",
        bot_app_password=WRONG,
        metrics_token=WRONG,
    )
    assert WRONG not in repr(found)
    assert WRONG not in str(found)
