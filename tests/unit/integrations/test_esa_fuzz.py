"""2,000 mutated portal answers: typed errors or a whole reading, nothing else, and no readable record is lost."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.errors import ServiceError
from integrations.esa import EsaApi, TenderSource, read_saved
from integrations.esa.answers import read_page
from integrations.esa.gathering import Gathering
from tests.unit.integrations.doubles import MakeItem

ODD_VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    2**63,
    2**70,
    1e308,
    "",
    "\x00",
    "\ud800",
    "<script>",
    "&#99999999;",
    "0000-00-00T00:00:00",
    "9999-12-31T23:59:59+14:00",
    [],
    {},
    [None],
    [[[]]],
    {"id": None},
    {"id": {"id": 1}},
    [{"id": "x"}, 3],
    "x" * 5000,
]


def mutated(item: dict[str, Any], random: Random) -> Any:  # noqa: ANN401 - the point is that it may be anything
    result = copy.deepcopy(item)
    for _ in range(random.randint(1, 4)):
        key = random.choice(list(item))
        match random.randrange(5):
            case 0:
                result.pop(key, None)
            case 1:
                result[key] = random.choice(ODD_VALUES)
            case 2:
                result[key.upper()] = result.pop(key, None)
            case 3:
                result[key] = [copy.deepcopy(item)]
            case _:
                return random.choice([result, random.choice(ODD_VALUES)])
    return result


def mutated_bytes(body: bytes, random: Random) -> bytes:
    match random.randrange(8):
        case 0:
            return body[: random.randrange(len(body))]
        case 1:
            at = random.randrange(len(body))
            return body[:at] + bytes([random.randrange(256)]) + body[at + 1 :]
        case 2:
            return b"<html>" + body
        case _:
            return body


def is_readable(item: object) -> bool:
    """Say in other words than the reader's what the portal must give: an id, and a title one can see."""
    if not isinstance(item, dict):
        return False
    number, title = item.get("id"), item.get("title")
    has_title = isinstance(title, str) and any(character.isalnum() for character in title)
    return type(number) is int and 0 <= number < 2**63 and has_title


@pytest.mark.parametrize("seed", range(20))
def test_mutated_answers(portal_item: MakeItem, seed: int) -> None:
    random = Random(seed)
    for _ in range(100):
        items: list[Any] = [portal_item(number) for number in range(1, 9)]
        for at in random.sample(range(8), random.randint(0, 4)):
            items[at] = mutated(items[at], random)
        whole = json.dumps({"total": random.choice([8, 8, 8, None, "8", -1]), "items": items}).encode()
        sent = mutated_bytes(whole, random)
        try:
            batch = read_saved(sent)
        except ServiceError:
            assert sent != whole
            continue
        if sent == whole:
            wanted = {str(item["id"]) for item in items if is_readable(item)}
            assert wanted <= {record.native_id for record in batch.records}
            assert batch.raw_count == len(items)


@pytest.mark.parametrize("seed", range(5))
def test_mutated_live_pages(portal_item: MakeItem, seed: int) -> None:
    random, api = Random(1_000 + seed), EsaApi()
    for _ in range(40):
        items = [portal_item(n) if random.random() < 0.8 else mutated(portal_item(n), random) for n in range(20)]
        body = mutated_bytes(json.dumps({"total": 20, "items": items}).encode(), random)
        try:
            gathering = Gathering(api, api.listings[TenderSource.ESA], frozenset())
            gathering.take(read_page("esa", body, skip=0))
        except ServiceError:
            continue
        batch = gathering.batch()
        assert len(batch.records) + len(batch.unreadable) <= batch.raw_count
        assert all(record.closes_at is None or record.closes_at.utcoffset() is not None for record in batch.records)


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
item_like = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("id", "title", "tanumber", "description", "closingDate", "countries", "status", "isCancelled"), any_json
    ),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(items=st.lists(item_like | any_json, max_size=6))
def test_any_items_at_all(items: list[Any]) -> None:
    body = json.dumps({"total": len(items), "items": items}).encode("utf-8", "surrogatepass")
    try:
        batch = read_saved(body)
    except ServiceError:
        return
    assert batch.raw_count == len(items)
    for record in batch.records:
        assert record.raw_title
        assert "\n" not in record.raw_title
        orjson.dumps(dict(record.raw))


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=400))
def test_any_bytes_at_all(body: bytes) -> None:
    try:
        read_saved(body)
    except ServiceError as error:
        assert str(error).startswith("esa: ")  # noqa: PT017 - an error is allowed, not wanted
