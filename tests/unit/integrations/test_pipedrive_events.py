"""Webhook deliveries, read into the shapes of the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import Drift, DriftReason
from integrations.pipedrive import DealStatus, parse_webhook

CODES = [f"{number:040x}" for number in range(12)]
META = {
    "action": "change", "company_id": "8000001", "entity_id": "8", "entity": "deal", "id": "event-1",
    "is_bulk_edit": False, "timestamp": "2026-11-23T09:00:00.724Z", "type": "general", "user_id": "103",
    "version": "2.0", "webhook_id": "4", "change_source": "app", "attempt": 2,
}  # fmt: skip


def delivery(data: object = None, previous: object = None, **meta: object) -> bytes:
    return orjson.dumps({"data": data, "previous": previous, "meta": META | meta})


def test_ids_become_numbers_and_typed_values_what_the_api_has() -> None:
    typed = [
        {"type": "varchar", "value": "S580"},
        {"type": "double", "value": 37.5},
        {"type": "monetary", "value": 200, "currency": "EUR"},
        {"type": "enum", "id": 17},
        {"type": "set", "values": [{"id": 13}, {"id": 14}]},
        {"type": "user", "id": 103},
        {"type": "date", "value": "2026-06-27"},
        {"type": "daterange", "from": "2026-01-01", "until": "2026-02-01"},
        {"type": "time", "value": "00:45:00", "timezone_id": 310},
        {"type": "timerange", "from": "09:00:00", "until": "10:00:00", "timezone_id": 310},
        {"type": "address", "value": "Toulouse", "country": "France"},
        None,
    ]
    custom: dict[str, Any] = dict(zip(CODES, typed, strict=True))
    data = {"id": 8, "title": "S580", "status": "lost", "value": 100, "visible_to": "3", "custom_fields": custom}
    event = parse_webhook(delivery(data, {"status": "open", "custom_fields": {CODES[0]: None}}))
    assert (event.entity_id, event.company_id, event.user_id, event.webhook_id) == (8, 8_000_001, 103, 4)
    assert event.data is not None
    assert list(event.data["custom_fields"].values()) == [
        "S580", 37.5, {"value": 200, "currency": "EUR"}, 17, [13, 14], 103, "2026-06-27",
        {"value": "2026-01-01", "until": "2026-02-01"}, {"value": "00:45:00", "timezone_id": 310},
        {"value": "09:00:00", "until": "10:00:00", "timezone_id": 310}, {"value": "Toulouse", "country": "France"},
        None,
    ]  # fmt: skip
    assert event.data["visible_to"] == 3
    assert event.previous == {"status": "open", "custom_fields": {CODES[0]: None}}
    assert event.deal is not None
    assert (event.deal.status, event.deal.value) == (DealStatus.LOST, Decimal("100.00"))


def test_a_deletion_has_no_state_and_a_lead_keeps_its_texts() -> None:
    gone = parse_webhook(delivery(None, {"id": 8, "title": "S580"}, action="delete"))
    assert (gone.data, gone.deal, gone.previous) == (None, None, {"id": 8, "title": "S580"})
    lead = parse_webhook(delivery({"visible_to": "3"}, entity="lead", entity_id="adf21080-0e10-11eb-879b-05d71fb426ec"))
    assert lead.entity_id == "adf21080-0e10-11eb-879b-05d71fb426ec"
    assert lead.data == {"visible_to": "3"}


def test_a_deal_that_says_too_little_is_none() -> None:
    assert parse_webhook(delivery({"id": 8})).deal is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", DriftReason.NOT_JSON),
        (b"[]", DriftReason.KEYS_GONE),
        (b'{"meta": {}}', DriftReason.KEYS_GONE),
        (delivery(action="merged"), DriftReason.KEYS_GONE),
        (delivery(data=[1]), DriftReason.KEYS_GONE),
        (b" " * (1024 * 1024 + 1), DriftReason.TOO_LARGE),
    ],
)
def test_anything_else_is_drift(body: bytes, reason: DriftReason) -> None:
    with pytest.raises(Drift) as drift:
        parse_webhook(body)
    assert drift.value.reason is reason


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_TYPED = st.fixed_dictionaries(
    {"type": st.sampled_from(["enum", "set", "daterange", "time", "monetary", "varchar", "new"])},
    optional={"value": _ANY, "values": _ANY, "from": _ANY, "id": _ANY},
)


@given(st.dictionaries(st.sampled_from([*META, "data"]), _ANY, max_size=4), st.dictionaries(st.text(), _TYPED | _ANY))
def test_no_delivery_breaks_the_reader(changes: dict[str, Any], custom: dict[str, Any]) -> None:
    data = changes.pop("data", {"custom_fields": custom})
    try:
        event = parse_webhook(delivery(data, {"custom_fields": custom}, **changes))
    except Drift:
        return
    assert event.id == changes.get("id", META["id"])
