"""Files arrive whole, once, also when answers get lost on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest

from integrations.errors import Conflict, Drift, OutcomeUnknown, Permanent
from integrations.microsoft_graph import DriveItem
from integrations.microsoft_graph.uploads import LARGEST_FILE, LARGEST_SMALL_FILE
from tests.unit.sandbox_graph.stage import Stage, open_stage

SMALL = b"Offer S580"
LARGE = Random(580).randbytes(7_000_001)
PIECES = 3


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


def stored(stage: Stage, item: DriveItem) -> bytes | None:
    return stage.stand_in.library.get(item.id).content


async def test_a_small_file(stage: Stage) -> None:
    folder = await stage.graph.ensure_folder(None, "S580")
    item = await stage.graph.upload_small(folder.id, "Offre n°1 #2 100 %.docx", SMALL)
    assert (item.name, item.size, item.is_folder) == ("Offre n°1 #2 100 %.docx", len(SMALL), False)
    assert stored(stage, item) == SMALL


async def test_a_new_version_keeps_the_id(stage: Stage) -> None:
    first = await stage.graph.upload_small(None, "offer.docx", SMALL)
    second = await stage.graph.upload_small(None, "Offer.docx", SMALL + b" rB")
    assert (second.id, second.name) == (first.id, "offer.docx")
    assert second.ctag != first.ctag
    assert stored(stage, second) == SMALL + b" rB"


async def test_without_replace_a_taken_name_is_refused(stage: Stage) -> None:
    first = await stage.graph.upload_small(None, "offer.docx", SMALL)
    with pytest.raises(Conflict):
        await stage.graph.upload_small(None, "offer.docx", b"", replace=False)
    with pytest.raises(Conflict):
        await stage.graph.upload(None, "offer.docx", LARGE, replace=False)
    assert stored(stage, first) == SMALL


async def test_a_file_never_replaces_a_folder(stage: Stage) -> None:
    await stage.graph.ensure_folder(None, "S580")
    with pytest.raises(Conflict):
        await stage.graph.upload_small(None, "S580", SMALL)


async def test_a_lost_answer(stage: Stage) -> None:
    stage.fault(method="PUT", lose_response=True)
    item = await stage.graph.upload_small(None, "offer.docx", SMALL)
    assert stored(stage, item) == SMALL
    stage.fault(method="PUT", lose_response=True)
    with pytest.raises(OutcomeUnknown):
        await stage.graph.upload_small(None, "other.docx", SMALL, replace=False)
    assert stage.paths == ["offer.docx", "other.docx"]


async def test_too_large_for_one_request_is_not_sent(stage: Stage) -> None:
    with pytest.raises(ValueError, match="upload"):
        await stage.graph.upload_small(None, "offer.docx", b"x" * (LARGEST_SMALL_FILE + 1))
    with pytest.raises(ValueError, match=str(LARGEST_FILE)):
        await stage.graph.upload(None, "offer.docx", bytes(LARGEST_FILE + 1))
    assert stage.sandbox.log.of("graph") == []


async def test_the_largest_small_file_goes_in_one_request(stage: Stage) -> None:
    item = await stage.graph.upload(None, "offer.docx", bytes(LARGEST_SMALL_FILE))
    assert item.size == LARGEST_SMALL_FILE
    assert len(stage.asked("PUT")) == 1


async def test_a_large_file_goes_in_pieces(stage: Stage) -> None:
    item = await stage.graph.upload(None, "drawing.step", LARGE)
    assert stored(stage, item) == LARGE
    pieces = stage.asked("PUT", "/upload")
    assert [(piece["status"], piece["authorized"]) for piece in pieces] == [(202, False), (202, False), (201, False)]
    assert stage.stand_in.state()["uploads"] == 0


@pytest.mark.parametrize("lost", range(1, PIECES))
async def test_a_lost_answer_between_pieces(stage: Stage, lost: int) -> None:
    if lost > 1:
        stage.fault(method="PUT", delay_s=1, times=lost - 1)
    stage.fault(method="PUT", lose_response=True)
    item = await stage.graph.upload(None, "drawing.step", LARGE)
    assert stored(stage, item) == LARGE
    assert [entry["status"] for entry in stage.asked("PUT")].count(416) == 1


async def test_a_lost_last_answer_is_unknown_and_sending_again_is_safe(stage: Stage) -> None:
    stage.fault(method="PUT", delay_s=1, times=PIECES - 1)
    stage.fault(method="PUT", lose_response=True)
    with pytest.raises(OutcomeUnknown):
        await stage.graph.upload(None, "drawing.step", LARGE)
    item = await stage.graph.upload(None, "drawing.step", LARGE)
    assert stored(stage, item) == LARGE
    assert stage.paths == ["drawing.step"]


async def test_a_session_that_ends_early_is_told(stage: Stage) -> None:
    stage.fault(method="PUT", status=404, body={"error": {"code": "itemNotFound"}})
    with pytest.raises(Permanent):
        await stage.graph.upload(None, "drawing.step", LARGE)
    assert stage.paths == []


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("POST", {}),
        ("POST", {"uploadUrl": 7}),
        ("PUT", {"nextExpectedRanges": []}),
        ("PUT", {"nextExpectedRanges": ["x-"]}),
        ("PUT", {"nextExpectedRanges": ["0-"]}),
        ("PUT", {"nextExpectedRanges": ["99999999-"]}),
        ("PUT", {"id": "not an item"}),
    ],
)
async def test_a_session_that_makes_no_sense_is_drift(stage: Stage, method: str, body: dict[str, Any]) -> None:
    stage.fault(method=method, body=body)
    with pytest.raises(Drift):
        await stage.graph.upload(None, "drawing.step", LARGE)
