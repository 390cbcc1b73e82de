"""Who may open the tab: whoever Entra vouches for to this application, and nobody else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from bot.tokens.keys import RETRY_SECONDS
from bot.web.tab.signin import audiences
from cards.texts import texts
from integrations.sandbox.login import TokenSigner
from tests.channel import signing_key, utc_now
from tests.tab_company import MARK
from tests.unit.teams_handlers.desk import TENANT, object_id
from tests.unit.web.tab.visit import APP_ID, AUDIENCE, Visit

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER = "00000000-0000-4000-8000-0000000000ff"
SECOND: Mapping[str, Any] = {"ver": "2.0", "aud": APP_ID}
REFUSED: Mapping[str, dict[str, Any]] = {
    "another application": {"aud": OTHER},
    "another application's URI": {"aud": f"api://offerdesk.example/{OTHER}"},
    "our id on another host": {"aud": f"api://evil.example/{APP_ID}"},
    "several audiences": {"aud": [APP_ID, OTHER]},
    "another issuer": {"iss": "https://sts.windows.net.evil.example/"},
    "the channel's issuer": {"iss": "https://api.botframework.com"},
    "the issuer of another tenant": {"iss": f"https://sts.windows.net/{OTHER}/", "tid": OTHER},
    "another tenant": {"tid": OTHER},
    "no tenant": {"tid": None},
    "nobody": {"oid": None},
    "the other version's issuer": {"ver": "2.0"},
    "an unknown version": {"ver": "3.0"},
    "no version": {"ver": None},
    "a program": {"scp": None, "roles": ["access_as_user"]},
    "another scope": {"scp": "access_as_users read"},
    "long over": {"exp": int(time.time()) - 301},
    "no end": {"exp": None},
    "not yet": {"nbf": int(time.time()) + 7200},
    "no beginning": {"nbf": None},
}


@pytest.mark.parametrize("audience", [AUDIENCE, f"api://offerdesk.example/botid-{APP_ID}", APP_ID, AUDIENCE.upper()])
async def test_a_person_is_let_in_for_every_form_of_our_own_id(french: Visit, audience: str) -> None:
    status, html = await french.ask("GET", "/", french.token("engineer", aud=audience))
    assert status == 200
    assert "data-title" in html


async def test_a_token_of_the_second_version_counts_too(french: Visit) -> None:
    issuer = f"{french.login_url}/{TENANT}/v2.0"
    assert (await french.ask("GET", "/", french.token("engineer", iss=issuer, **SECOND)))[0] == 200
    assert (await french.ask("GET", "/", french.token("engineer", **SECOND)))[0] == 401


@pytest.mark.parametrize("why", REFUSED)
async def test_everybody_else_is_told_what_to_do_and_nothing_more(french: Visit, why: str) -> None:
    status, html = await french.ask("GET", f"/offers/{french.ids.full}", french.token("CEO", **REFUSED[why]))
    assert status == 401
    assert MARK not in html
    for language in ("fr", "en"):
        assert texts(language)("tab.refused_token").split(".")[0] in html


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Bearer é", "Bearer " + "x" * 8_000]
)
async def test_what_is_no_token_is_refused(french: Visit, header: str) -> None:
    async with french.client.get("/tab/data/", headers={"Authorization": header} if header else {}) as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_token_cannot_be_forged(french: Visit) -> None:
    good = french.token("CEO")
    claims = jwt.decode(good, options={"verify_signature": False})
    stranger = TokenSigner(utc_now, app_id=APP_ID, key=signing_key(7))
    public = signing_key(1).public_key()
    assert public.key_size == 2048
    forged = [
        stranger.sign(claims),
        jwt.encode(claims, "", algorithm="none", headers={"kid": stranger.kid}),
        jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": stranger.kid}),
        good[:-8] + ("AAAAAAAA" if not good.endswith("AAAAAAAA") else "BBBBBBBB"),
        stranger.sign(claims, headers={"kid": "nobody-knows"}),
    ]
    for token in forged:
        assert (await french.ask("GET", "/", token))[0] == 401


async def test_the_channels_own_tokens_open_nothing_here(french: Visit) -> None:
    token = french.login.signer.token("https://smba.trafficmanager.net/emea/", aud=APP_ID, oid=object_id("CEO"))
    assert (await french.ask("GET", "/", token))[0] == 401


async def test_a_new_key_of_the_login_is_found(french: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await french.get("engineer"))[0] == 200
    monkeypatch.setattr("bot.tokens.keys.RETRY_SECONDS", 0.0)
    assert RETRY_SECONDS > 0
    french.login._issuer.rotate(key=signing_key(2))
    assert (await french.get("engineer"))[0] == 200


async def test_somebody_nobody_has_met_is_told_how_to_begin(french: Visit) -> None:
    status, html = await french.get("a stranger", f"/offers/{french.ids.full}")
    assert status == 403
    assert MARK not in html
    assert texts("en")("tab.refused_unknown") in html


def test_without_a_public_address_only_the_bare_id_counts() -> None:
    assert audiences(APP_ID.upper(), None) == {APP_ID}
    assert audiences(APP_ID, "http://127.0.0.1:3978") == {
        APP_ID,
        f"api://127.0.0.1:3978/{APP_ID}",
        f"api://127.0.0.1:3978/botid-{APP_ID}",
    }
