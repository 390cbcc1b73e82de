"""What is not Bot Framework speaking for Teams about our tenant gets in nowhere: never a 2xx, never a 500."""

from __future__ import annotations

import asyncio
import gzip
import logging
import time
from collections.abc import Awaitable, Callable

import jwt
import orjson
import pytest

from bot.teams.adapter import MOST_BODY_BYTES
from bot.teams.endpoint import PATH
from bot.teams.inbound import Inbound
from bot.teams.replies import Accepted, Reply
from tests.channel import SECRET, TENANT_ID, Channel, Json, open_channel, signing_key, without

HOUR = 3600


class Counting:
    """A turn that counts how often it ran."""

    def __init__(self) -> None:
        self.turns = 0

    async def __call__(self, inbound: Inbound) -> Reply:
        self.turns += 1
        return Accepted()


async def _refused(channel: Channel, status: int, changes: Json | None = None, *, token: str | None = None) -> None:
    body = channel.press() | (changes or {})
    assert await channel.post(body, token=token) == (status, None)


def _token(channel: Channel, **claims: object) -> str:
    return channel.signer.token(channel.service_url, **claims)


def _with_header(channel: Channel, **headers: str) -> str:
    now = int(time.time())
    claims = {
        "iss": channel.signer.issuer,
        "aud": "00000000-0000-4000-8000-0000000000a1",
        "nbf": now,
        "exp": now + HOUR,
        "serviceurl": channel.service_url,
    }
    return jwt.encode(claims, signing_key(), algorithm="RS256", headers=headers)


def _unsigned(channel: Channel) -> str:
    claims = jwt.decode(_token(channel), options={"verify_signature": False})
    return jwt.encode(claims, "", algorithm="none", headers={"kid": channel.signer.kid})


def _symmetric(channel: Channel) -> str:
    claims = jwt.decode(_token(channel), options={"verify_signature": False})
    return jwt.encode(
        claims, "public-key-taken-as-a-shared-secret", algorithm="HS256", headers={"kid": "sandbox-key-1"}
    )


def _other_signature(channel: Channel) -> str:
    claims = jwt.decode(_token(channel), options={"verify_signature": False})
    return jwt.encode(claims, signing_key(2), algorithm="RS256", headers={"kid": channel.signer.kid})


def _cut(channel: Channel) -> str:
    return _token(channel)[:-20]


TOKENS: dict[str, Callable[[Channel], str]] = {
    "empty": lambda _: "",
    "garbage": lambda _: "garbage",
    "three empty parts": lambda _: "..",
    "not ascii": lambda _: "tokén",
    "very long": lambda _: "a" * 7_000,
    "expired": lambda channel: _token(channel, exp=int(time.time()) - 400),
    "not yet valid": lambda channel: _token(channel, nbf=int(time.time()) + 400),
    "other audience": lambda channel: _token(channel, aud="00000000-0000-4000-8000-0000000000ff"),
    "several audiences": lambda channel: _token(channel, aud=["00000000-0000-4000-8000-0000000000a1", "other"]),
    "other issuer": lambda channel: _token(channel, iss="https://sts.windows.net/tenant/"),
    "no exp": lambda channel: _token(channel, exp=None),
    "no nbf": lambda channel: _token(channel, nbf=None),
    "no aud": lambda channel: _token(channel, aud=None),
    "no iss": lambda channel: _token(channel, iss=None),
    "no serviceurl": lambda channel: _token(channel, serviceurl=None),
    "serviceurl of another service": lambda channel: _token(
        channel, serviceurl="https://smba.trafficmanager.net/emea/"
    ),
    "serviceurl that is no text": lambda channel: _token(channel, serviceurl=7),
    "exp that is no number": lambda channel: _token(channel, exp="tomorrow"),
    "algorithm none": _unsigned,
    "algorithm HS256": _symmetric,
    "signed by somebody else": _other_signature,
    "cut": _cut,
    "unknown kid": lambda channel: _with_header(channel, kid="never-published"),
    "no kid": _with_header,
}


@pytest.mark.parametrize("case", TOKENS)
async def test_a_bad_token_is_401(case: str) -> None:
    turn = Counting()
    async with open_channel(turn) as channel:
        await _refused(channel, 401, token=TOKENS[case](channel))
        assert turn.turns == 0


async def test_no_authorization_header_is_401() -> None:
    async with open_channel() as channel, channel.client.post(PATH, json=channel.press()) as answer:
        assert (answer.status, await answer.read()) == (401, b"")


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
async def test_another_scheme_than_bearer_is_401(scheme: str) -> None:
    async with open_channel() as channel:
        header = f"{scheme} {_token(channel)}".strip()
        assert (await channel.post(channel.press(), Authorization=header))[0] == 401


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {"serviceUrl": "https://smba.trafficmanager.net/emea/"}, id="another service URL than the token's"
        ),
        pytest.param({"serviceUrl": None}, id="service URL null"),
        pytest.param({"serviceUrl": 7}, id="service URL a number"),
        pytest.param({"channelId": "emulator"}, id="emulator"),
        pytest.param({"channelId": "directline"}, id="another channel"),
        pytest.param({"channelId": None}, id="channel null"),
        pytest.param({"channelId": ["msteams"]}, id="channel a list"),
        pytest.param({"channelData": {"tenant": {"id": "00000000-0000-4000-8000-0000000000ff"}}}, id="other tenant"),
        pytest.param({"channelData": {}, "conversation": {"id": "19:x"}}, id="no tenant"),
    ],
)
async def test_a_body_that_the_token_does_not_cover_is_401(changes: Json) -> None:
    turn = Counting()
    async with open_channel(turn) as channel:
        await _refused(channel, 401, changes)
        assert turn.turns == 0


@pytest.mark.parametrize("name", ["serviceUrl", "channelId"])
async def test_a_body_without_service_url_or_channel_is_401(name: str) -> None:
    async with open_channel() as channel:
        assert await channel.post(without(channel.press(), name)) == (401, None)


async def test_a_channel_the_key_is_not_endorsed_for_is_401() -> None:
    async with open_channel(endorsements=("webchat",)) as channel:
        await _refused(channel, 401)


async def test_a_service_url_off_the_list_is_401_even_when_signed() -> None:
    async with open_channel(service_hosts=("smba.trafficmanager.net",)) as channel:
        await _refused(channel, 401)


async def test_the_tenant_is_compared_without_case() -> None:
    async with open_channel(tenant_ids=(TENANT_ID.upper(),)) as channel:
        assert (await channel.post(channel.press()))[0] == 200


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"text"', 400),
        (b"{}", 400),
        (b'{"type":""}', 400),
        (b'{"type":7}', 400),
        (b"\xff\xfe", 400),
        (b'{"type":"message","text":"\xe9"}', 400),
        (b"[" * 100_000, 400),
        (b"<xml/>", 400),
    ],
)
async def test_a_body_that_is_no_activity_is_400(raw: bytes, status: int) -> None:
    async with open_channel() as channel:
        assert await channel.post(raw) == (status, None)


@pytest.mark.parametrize("path", [("id",), ("conversation",), ("conversation", "id"), ("from",), ("from", "id")])
async def test_an_activity_without_what_names_it_is_400(path: tuple[str, ...]) -> None:
    async with open_channel() as channel:
        assert await channel.post(without(channel.press(), *path)) == (400, None)


async def test_an_absurdly_long_id_is_400() -> None:
    async with open_channel() as channel:
        await _refused(channel, 400, {"id": "f" * 401})


async def test_deep_nesting_with_nul_is_400() -> None:
    async with open_channel() as channel:
        deep = '{"a":' * 500 + '"\\u0000"' + "}" * 500
        body = orjson.dumps(channel.press())[:-1] + b',"deep":' + deep.encode() + b"}"
        assert await channel.post(body) == (400, None)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data", "application/jsonp"])
async def test_another_content_type_is_415(content_type: str) -> None:
    async with open_channel() as channel:
        assert await channel.post(channel.press(), **{"Content-Type": content_type}) == (415, None)


async def test_no_content_type_is_415() -> None:
    async with open_channel() as channel:
        headers = {"Authorization": f"Bearer {_token(channel)}"}
        data = orjson.dumps(channel.press())
        async with channel.client.post(PATH, data=data, headers=headers, skip_auto_headers=["Content-Type"]) as answer:
            assert answer.status == 415


async def test_json_with_a_charset_is_accepted() -> None:
    async with open_channel() as channel:
        content_type = {"Content-Type": "application/json; charset=utf-8"}
        assert (await channel.post(channel.press(), **content_type))[0] == 200


async def test_a_body_over_256_kb_is_413() -> None:
    async with open_channel() as channel:
        await _refused(channel, 413, {"text": "x" * MOST_BODY_BYTES})


async def test_a_chunked_body_over_256_kb_is_413() -> None:
    async with open_channel() as channel:

        async def chunks() -> object:
            for _ in range(300):
                yield b" " * 1024

        headers = {"Authorization": f"Bearer {_token(channel)}", "Content-Type": "application/json"}
        async with channel.client.post(PATH, data=chunks(), headers=headers) as answer:
            assert answer.status == 413


async def _raw(channel: Channel, headers: str, body: bytes) -> bytes:
    """Speak HTTP by hand and give the status line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", channel.client.port)
    head = f"POST {PATH} HTTP/1.1\r\nHost: bot\r\nAuthorization: Bearer {_token(channel)}\r\n{headers}\r\n\r\n"
    writer.write(head.encode() + body)
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line


JSON_TYPE = "Content-Type: application/json\r\n"


async def test_a_body_that_trickles_in_is_408(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.teams.adapter.BODY_SECONDS", 0.01)
    async with open_channel() as channel:
        assert b" 408 " in await _raw(channel, f"{JSON_TYPE}Content-Length: 500", b"{")


@pytest.mark.parametrize("body", [b"zz\r\n{}\r\n", b"-1\r\n"])
async def test_broken_chunks_are_400(body: bytes) -> None:
    async with open_channel() as channel:
        assert b" 400 " in await _raw(channel, f"{JSON_TYPE}Transfer-Encoding: chunked", body)
        assert (await channel.post(channel.press()))[0] == 200


async def test_chunks_that_break_after_the_head_are_400() -> None:
    async with open_channel() as channel:
        reader, writer = await asyncio.open_connection("127.0.0.1", channel.client.port)
        writer.write(
            f"POST {PATH} HTTP/1.1\r\nHost: b\r\n{JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n1\r\n{{".encode()
        )
        await writer.drain()
        writer.write(b"\r\nzz\r\n")
        assert b" 400 " in await reader.readline()
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "unheard-of"])
async def test_a_packed_body_is_415(encoding: str) -> None:
    async with open_channel() as channel:
        headers = f"{JSON_TYPE}Content-Encoding: {encoding}\r\nContent-Length: 7"
        assert b" 415 " in await _raw(channel, headers, b"no gzip")


async def test_a_small_body_that_unpacks_to_a_large_one_is_not_unpacked() -> None:
    packed = gzip.compress(b" " * 50_000_000)
    assert len(packed) < MOST_BODY_BYTES
    async with open_channel() as channel:
        headers = f"{JSON_TYPE}Content-Encoding: gzip\r\nContent-Length: {len(packed)}"
        assert b" 415 " in await _raw(channel, headers, packed)


async def test_a_caller_that_hangs_up_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async with open_channel() as channel:
        _, writer = await asyncio.open_connection("127.0.0.1", channel.client.port)
        writer.write(f"POST {PATH} HTTP/1.1\r\nHost: bot\r\n{JSON_TYPE}Content-Length: 500\r\n\r\n{{".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert (await channel.post(channel.press()))[0] == 200
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_size_and_type_are_judged_before_the_token() -> None:
    async with open_channel() as channel:
        await _refused(channel, 413, {"text": "x" * MOST_BODY_BYTES}, token="garbage")
        assert await channel.post(b"{", token="garbage") == (400, None)


async def test_only_post_is_served() -> None:
    async with open_channel() as channel, channel.client.get(PATH) as answer:
        assert answer.status == 405


async def test_refusals_are_counted_by_reason() -> None:
    async with open_channel() as channel:
        await _refused(channel, 401, token="garbage")
        await _refused(channel, 401, {"channelId": "emulator"})
        count = channel.registry.get_sample_value
        assert count("offerdesk_activities_refused_total", {"reason": "token_header"}) == 1
        assert count("offerdesk_activities_refused_total", {"reason": "channel"}) == 1
        assert count("offerdesk_activities_total", {"kind": "none", "status": "401"}) == 2


async def test_a_refusal_logs_no_part_of_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    async with open_channel() as channel:
        token = _token(channel, aud="someone-else")
        await _refused(channel, 401, {"text": "private words"}, token=token)
        assert SECRET not in repr(channel.edge._settings)
    printed = capsys.readouterr()
    assert "token_InvalidAudienceError" in printed.out + printed.err
    for private in (token, "private words", "someone-else", SECRET):
        assert private not in printed.out + printed.err


def test_the_turn_type_is_what_the_edge_takes() -> None:
    turn: Callable[[Inbound], Awaitable[Reply | None]] = Counting()
    assert callable(turn)
