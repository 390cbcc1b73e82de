"""A token that was accepted is read once and verified at every request; being known earns it nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.exceptions import InvalidSignature

from bot.teams import authentication
from bot.tokens.bearer import LEEWAY_SECONDS
from bot.tokens.keys import SigningKey
from integrations.pacing import Time
from tests.channel import Channel, open_channel, signing_key


def _token(channel: Channel, **claims: object) -> str:
    return channel.signer.token(channel.service_url, **claims)


async def _status(channel: Channel, token: str) -> int:
    status, _ = await channel.post(channel.press(), token=token)
    return status


async def test_pyjwt_reads_a_token_once_and_the_signature_is_verified_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    decode = jwt.decode

    def counting_decode(token: str, *args: Any, **named: Any) -> Any:  # noqa: ANN401  PyJWT's signature
        read.append(token)
        return decode(token, *args, **named)

    monkeypatch.setattr(jwt, "decode", counting_decode)
    async with open_channel() as channel:
        token = _token(channel)
        assert [await _status(channel, token) for _ in range(3)] == [200, 200, 200]
        assert read == [token]
        verified: list[bytes] = []

        class Counting:
            def verify(self, signature: bytes, *_: object) -> None:
                verified.append(signature)

        (accepted,) = channel.edge.adapter._authenticator._accepted.values()
        counting = SigningKey(accepted.key.kid, Counting(), accepted.key.endorsements)  # type: ignore[arg-type]
        object.__setattr__(accepted, "key", counting)
        channel.edge.keys._keys = {counting.kid: counting}
        assert [await _status(channel, token) for _ in range(2)] == [200, 200]
        assert verified == [accepted.signature] * 2


async def test_a_signature_that_fails_later_is_refused() -> None:
    async with open_channel() as channel:
        token = _token(channel)
        assert await _status(channel, token) == 200

        (accepted,) = channel.edge.adapter._authenticator._accepted.values()
        object.__setattr__(accepted, "signature", bytes(256))
        with pytest.raises(InvalidSignature):
            accepted.key.public.verify(
                accepted.signature, accepted.signed, authentication._PADDING, authentication._HASH
            )
        assert not accepted.is_signed_by(accepted.key)
        # The text itself is good, so reading it again puts things right; another signature under it never does.
        assert await _status(channel, token) == 200
        assert await _status(channel, f"{token.rpartition('.')[0]}.{'A' * 342}") == 401


async def test_an_exchanged_key_ends_a_known_token() -> None:
    async with open_channel() as channel:
        token = _token(channel)
        assert await _status(channel, token) == 200
        ((kid, key),) = channel.edge.keys._keys.items()
        channel.edge.keys._keys = {kid: SigningKey(kid, signing_key(3).public_key(), key.endorsements)}
        assert await _status(channel, token) == 401


async def test_a_withdrawn_key_ends_a_known_token() -> None:
    async with open_channel() as channel:
        token = _token(channel)
        assert await _status(channel, token) == 200
        (key,) = channel.edge.keys._keys.values()
        channel.edge.keys._keys = {"another": key}
        assert await _status(channel, token) == 401


@pytest.mark.parametrize(
    ("moved", "status"),
    [
        (timedelta(minutes=61) + timedelta(seconds=LEEWAY_SECONDS), 401),
        (timedelta(minutes=1), 200),
        (-timedelta(seconds=LEEWAY_SECONDS + 60), 401),
    ],
)
async def test_a_known_token_ages(moved: timedelta, status: int) -> None:
    now = datetime.now(UTC)
    shown = [now]
    async with open_channel(clock=Time(wall=lambda: shown[0])) as channel:
        seconds = int(now.timestamp())
        token = _token(channel, nbf=seconds, iat=seconds, exp=seconds + 3600)
        assert await _status(channel, token) == 200
        shown[0] = now + moved
        assert await _status(channel, token) == status
        assert await _status(channel, token) == status


async def test_a_known_token_speaks_for_its_service_url_only() -> None:
    async with open_channel() as channel:
        token = _token(channel)
        assert await _status(channel, token) == 200
        elsewhere = channel.press() | {"serviceUrl": "http://127.0.0.1:1/connector/"}
        assert await channel.post(elsewhere, token=token) == (401, None)


async def test_refused_tokens_are_not_remembered_and_accepted_ones_are_bounded() -> None:
    async with open_channel() as channel:
        remembered = channel.edge.adapter._authenticator._accepted
        assert await _status(channel, _token(channel, aud="other")) == 401
        assert not remembered
        for number in range(authentication._MOST_TOKENS + 3):
            assert await _status(channel, _token(channel, number=number)) == 200
        assert len(remembered) == authentication._MOST_TOKENS
