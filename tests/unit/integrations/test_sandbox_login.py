"""The login sandbox: real keys, real tokens, Microsoft's refusals."""

from __future__ import annotations

from typing import Any

import httpx
import jwt
import pytest

from integrations.sandbox.login import TokenSigner
from tests.unit.integrations.doubles import RunningSandbox, VirtualTime

APP = "00000000-0000-4000-8000-00000000b071"
TENANT = "00000000-0000-4000-8000-0000000007e0"
METADATA = "/login/v1/.well-known/openidconfiguration"
SERVICE_URL = "http://127.0.0.1:1/teams/"
FORM = {
    "grant_type": "client_credentials",
    "client_id": APP,
    "client_secret": "sandbox-bot-password",  # pragma: allowlist secret
    "scope": "https://api.botframework.com/.default",
}


async def published_keys(running: RunningSandbox) -> dict[str, dict[str, Any]]:
    metadata = (await running.client.get(running.url + METADATA)).json()
    assert metadata["issuer"] == "https://api.botframework.com"
    assert metadata["jwks_uri"].startswith(running.url)
    keys = (await running.client.get(metadata["jwks_uri"])).json()["keys"]
    return {key["kid"]: key for key in keys}


def checked(token: str, keys: dict[str, dict[str, Any]]) -> dict[str, Any]:
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token,
        jwt.PyJWK(key).key,
        algorithms=["RS256"],
        audience=APP,
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    return claims


async def ask(running: RunningSandbox, tenant: str = TENANT, **changes: str | None) -> httpx.Response:
    form = {name: value for name, value in (FORM | changes).items() if value is not None}
    return await running.client.post(f"{running.url}/login/{tenant}/oauth2/v2.0/token", data=form)


async def test_a_channel_token_can_be_checked_from_the_metadata_on(
    running: RunningSandbox, virtual_time: VirtualTime
) -> None:
    keys = await published_keys(running)
    claims = checked(running.sandbox.signer.token(SERVICE_URL), keys)
    now = int(virtual_time.now().timestamp())
    assert claims == {
        "iss": "https://api.botframework.com",
        "aud": APP,
        "serviceurl": SERVICE_URL,
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
    }
    assert [key["endorsements"] for key in keys.values()] == [["msteams"]]


async def test_claims_can_be_replaced_and_left_out(running: RunningSandbox) -> None:
    token = running.sandbox.signer.token(SERVICE_URL, aud=[APP, "x"], serviceurl=None, exp=5)
    claims = checked(token, await published_keys(running))
    assert (claims["exp"], "serviceurl" in claims) == (5, False)


@pytest.mark.parametrize(("keep_old", "published"), [(True, 2), (False, 1)])
async def test_keys_rotate_on_request(running: RunningSandbox, *, keep_old: bool, published: int) -> None:
    old = running.sandbox.signer.kid
    new = (await running.control("/login/_control/rotate", keep_old=keep_old))["kid"]
    keys = await published_keys(running)
    assert (len(keys), new in keys, old in keys) == (published, True, keep_old)
    checked(running.sandbox.signer.token(SERVICE_URL), keys)


async def test_rotation_without_a_body_keeps_the_old_key(running: RunningSandbox) -> None:
    await running.client.post(f"{running.url}/login/_control/rotate")
    assert len(await published_keys(running)) == 2
    refused = await running.client.post(f"{running.url}/login/_control/rotate", content=b"{")
    assert refused.status_code == 400


async def test_a_client_gets_a_token_that_the_simulator_accepts(
    running: RunningSandbox, virtual_time: VirtualTime
) -> None:
    answer = (await ask(running)).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3599)
    token, login = answer["access_token"], running.sandbox.login
    assert login.verify(token)
    assert login.client_of(token) == APP
    assert not login.verify(token, audience="https://graph.microsoft.com")
    virtual_time.pass_by(3601)
    assert not login.verify(token)


async def test_a_token_of_the_channel_is_no_token_of_a_client(running: RunningSandbox) -> None:
    login, signer = running.sandbox.login, running.sandbox.signer
    assert not login.verify(signer.token(SERVICE_URL, aud="https://api.botframework.com"))
    assert not login.verify("nonsense")
    assert signer.claims_of((await ask(running)).json()["access_token"], audience=APP) is None


async def test_a_token_of_a_withdrawn_key_is_refused(running: RunningSandbox) -> None:
    signer: TokenSigner = running.sandbox.signer
    token = signer.token(SERVICE_URL)
    assert signer.claims_of(token, audience=APP) is not None
    signer.rotate(keep_old=False)
    assert signer.claims_of(token, audience=APP) is None


async def test_another_registered_client_for_another_resource(running: RunningSandbox) -> None:
    scope = "https://api.businesscentral.dynamics.com/.default"
    answer = await ask(running, client_id="other-client", client_secret="other-secret", scope=scope)
    token = answer.json()["access_token"]
    audience = "https://api.businesscentral.dynamics.com"
    assert running.sandbox.login.client_of(token, audience=audience) == "other-client"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"grant_type": None}, 400, "invalid_request"),
        ({"client_secret": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"tenant": "elsewhere"}, 400, "invalid_request"),
        ({"client_id": "nobody"}, 400, "unauthorized_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),  # pragma: allowlist secret
        ({"scope": "https://api.botframework.com"}, 400, "invalid_scope"),
        ({"scope": "a/.default b/.default"}, 400, "invalid_scope"),
    ],
)
async def test_refusals(running: RunningSandbox, changes: dict[str, Any], status: int, error: str) -> None:
    answer = await ask(running, **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"].startswith(f"AADSTS{answer.json()['error_codes'][0]}: ")


async def test_only_a_form_is_understood(running: RunningSandbox) -> None:
    answer = await running.client.post(f"{running.url}/login/{TENANT}/oauth2/v2.0/token", json=FORM)
    assert answer.status_code == 400


async def test_the_state_counts_and_holds_no_secret(running: RunningSandbox) -> None:
    await ask(running)
    await ask(running, client_secret="wrong")  # pragma: allowlist secret
    whole = await running.client.get(f"{running.url}/_state/login")
    assert whole.json()["state"]["counts"] == {"token": 2, "issued": 1}
    assert [entry["status"] for entry in whole.json()["requests"]] == [200, 401]
    for secret in ("sandbox-bot-password", "other-secret", "wrong", "eyJ"):
        assert secret not in whole.text
