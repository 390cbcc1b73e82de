"""The settings: environment variables or ``.env``, each documented in ``docs/settings.md``.

Secrets may come from a file named by ``…_FILE``.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import ConfigurationError
from bot.time_zones import time_zones

if TYPE_CHECKING:
    from collections.abc import Sequence

PREFIX = "OFFERDESK_"


class LogFormat(StrEnum):
    """How log lines look."""

    CONSOLE = "console"
    JSON = "json"


class Settings(BaseSettings):
    """Every variable, without its prefix ``OFFERDESK_``. What is absent and has no default is switched off."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    database_url: str = Field(
        "sqlite:///offerdesk.db", description="`sqlite:///…` or `postgresql+psycopg://…`", repr=False
    )
    """May hold a password, so it shows in no repr."""
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(3978, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    public_url: str | None = Field(None, description="how Teams and webhooks reach us, `https://…`")
    bot_app_id: str | None = Field(None, description="application id of the Azure Bot (single tenant)")
    bot_app_password: SecretStr | None = Field(None, description="client secret of the Azure Bot")
    tenant_id: str | None = Field(None, description="Entra tenant the bot serves")
    admins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Entra object ids of the first admins, comma-separated"
    )
    openid_metadata_url: str = Field(
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
        description="Bot Framework's OpenID metadata",
    )
    token_issuer: str = Field("https://api.botframework.com", description="issuer of the tokens Bot Framework sends us")
    login_url: str = Field("https://login.microsoftonline.com", description="where we get our own token")
    service_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (
            "smba.trafficmanager.net",
            "*.botframework.com",
            "smba.infra.gcc.teams.microsoft.com",
            "smba.infra.gov.teams.microsoft.us",
        ),
        description="hosts we may send our token to, comma-separated; `*.` stands for any subdomain",
    )
    config_dir: Path | None = Field(
        None, description="folder with the company's `stages.toml`, `rules.toml`, `watch.toml`, …"
    )
    esa_base_url: str = Field(
        "https://esastar-publication-ext.sso.esa.int", description="the esa-star publication site"
    )
    esa_poll_minutes: float = Field(30, gt=0, description="minutes between two looks at the portal")
    esa_contact: str | None = Field(
        None, description="e-mail address named in the User-Agent, so that the portal can reach you"
    )
    pipedrive_base_url: str | None = Field(
        None, description="your Pipedrive, such as `https://company.pipedrive.com`; without it Pipedrive is off"
    )
    pipedrive_api_token: SecretStr | None = Field(
        None, description="API token of a Pipedrive user that is Offerdesk's own"
    )
    pipedrive_webhook_user: str | None = Field(
        None, description="user name that Pipedrive's webhooks authenticate with; without it they are refused"
    )
    pipedrive_webhook_password: SecretStr | None = Field(None, description="password of Pipedrive's webhooks")
    bc_base_url: str = Field(
        "https://api.businesscentral.dynamics.com/v2.0", description="where Business Central's web services answer"
    )
    bc_login_url: str = Field(
        "https://login.microsoftonline.com", description="where tokens for Business Central are issued"
    )
    bc_tenant_id: str | None = Field(None, description="Entra tenant of Business Central; without it BC is off")
    bc_environment: str = Field("Production", description="name of the Business Central environment")
    bc_company_id: str | None = Field(None, description="id of the Business Central company")
    bc_client_id: str | None = Field(None, description="Entra application that may use Business Central")
    bc_client_secret: SecretStr | None = Field(None, description="its secret")
    graph_base_url: str = Field("https://graph.microsoft.com/v1.0", description="Microsoft Graph")
    graph_login_url: str = Field("https://login.microsoftonline.com", description="where tokens for Graph are issued")
    graph_client_id: str | None = Field(
        None, description="Entra application that may write to the SharePoint library; without it SharePoint is off"
    )
    graph_client_secret: SecretStr | None = Field(None, description="its secret")
    graph_drive_id: str | None = Field(None, description="id of the document library (drive) that holds the offers")
    calendar_mailbox: str | None = Field(
        None, description="address of the mailbox that organises meetings, or `owner`; without it none are made"
    )
    language: str = Field("fr", pattern="^(fr|en)$", description="language of shared channel cards: `fr` or `en`")
    time_zone: str = Field("Europe/Paris", description="time zone of shared channel cards")
    metrics_token: SecretStr | None = Field(
        None, description="bearer token for `/metrics` from other machines; without it only loopback may read"
    )
    export_token: SecretStr | None = Field(
        None, description="bearer token for `/export/…` without what hours cost; without it the route is closed to it"
    )
    export_cost_token: SecretStr | None = Field(
        None, description="bearer token for all of `/export/…`, also rates, cost and reports"
    )
    log_format: LogFormat = Field(LogFormat.CONSOLE, description="`console` or `json`")
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="least severe level that is written"
    )

    @field_validator("admins", "service_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Accept ``a, b``."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        """Only the two databases the suite runs on."""
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            message = "must begin with sqlite:/// or postgresql+psycopg://"
            raise ValueError(message)
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        """Found out at the start, not at the first card."""
        if value not in time_zones():
            message = "must be an IANA name such as Europe/Paris"
            raise ValueError(message)
        return value

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        """An address without the slash that paths begin with."""
        if value is not None and not value.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            message = "must begin with https://"
            raise ValueError(message)
        return value and value.rstrip("/")

    def require_bot(self) -> tuple[str, SecretStr, str]:
        """The three settings without which ``serve`` refuses to start: app id, password, tenant."""
        found = {"BOT_APP_ID": self.bot_app_id, "BOT_APP_PASSWORD": self.bot_app_password, "TENANT_ID": self.tenant_id}
        missing = [PREFIX + name for name, value in found.items() if not value]
        if missing or self.bot_app_id is None or self.bot_app_password is None or self.tenant_id is None:
            raise ConfigurationError(
                file=".env or the environment",
                line=None,
                problem=f"{', '.join(missing)} missing.",
                remedy="Set what the Azure Bot's page shows (Configuration), or try `offerdesk demo`.",
            )
        return self.bot_app_id, self.bot_app_password, self.tenant_id


def _lines(env_file: Path) -> list[str]:
    """The lines of ``.env``; none where there is no such file."""
    try:
        return env_file.read_text("utf-8").splitlines() if env_file.is_file() else []
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(str(env_file), str(env_file), error) from error


def _line_of(variable: str, lines: Sequence[str]) -> int | None:
    """The line of ``.env`` that sets a variable: the last one, which is the one that counts."""
    numbers = [
        number
        for number, line in enumerate(lines, 1)
        if line.split("=")[0].strip().removeprefix("export ").strip().upper() == variable
    ]
    return numbers[-1] if numbers else None


def _unreadable(what: str, path: str, error: OSError | UnicodeDecodeError) -> ConfigurationError:
    why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
    return ConfigurationError(
        file=path, line=None, problem=f"{what} cannot be read: {why}.", remedy="Check the path, its rights and content."
    )


def _secrets_from_files(env_file: Path) -> dict[str, str]:
    """Values of the variables that are given as ``…_FILE``, in the environment or in ``.env``."""
    given = {name.upper(): value for name, value in dotenv_values(env_file).items()} | dict(os.environ)
    found = {}
    for name in Settings.model_fields:
        variable = f"{PREFIX}{name.upper()}_FILE"
        path = given.get(variable)
        if path:
            try:
                found[name] = Path(path).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise _unreadable(variable, path, error) from error
    return found


def load(env_file: Path = Path(".env"), **overrides: object) -> Settings:
    """Read and check the settings.

    Raises:
        ConfigurationError: names the file, the line and what to do; never shows a value, which may be a secret.
    """
    lines = _lines(env_file)
    try:
        values: dict[str, Any] = _secrets_from_files(env_file) | overrides
        return Settings(_env_file=env_file, **values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0])
        variable = PREFIX + name.upper()
        line = None if variable in os.environ else _line_of(variable, lines)
        raise ConfigurationError(
            file=str(env_file) if line else "the environment",
            line=line,
            problem=f"{variable}: {first['msg']}.",
            remedy=f"It is {Settings.model_fields[name].description}. See docs/settings.md.",
        ) from None
