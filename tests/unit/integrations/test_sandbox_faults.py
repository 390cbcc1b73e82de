"""Random trouble that can be repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from integrations.sandbox.faults import Fault, FaultBoard, RandomFaults

if TYPE_CHECKING:
    from tests.unit.integrations.doubles import RunningSandbox

ESA = "/esa/api/tenderAction/filter/1?all=true"


def struck(board: FaultBoard, count: int = 1000, service: str = "esa") -> list[Fault | None]:
    return [board.take(service, "/path", "GET") for _ in range(count)]


def test_the_same_seed_strikes_the_same_requests() -> None:
    first, again, other = FaultBoard(), FaultBoard(), FaultBoard()
    for board, seed in ((first, 7), (again, 7), (other, 8)):
        board.add(RandomFaults(service="esa", share=0.1, seed=seed))
    found = struck(first)
    assert found == struck(again)
    assert found != struck(other)
    assert 60 < sum(one is not None for one in found) < 140
    assert {one.kind for one in found if one is not None} == {"answer", "delay", "lose_response", "reset"}
    assert {one.status for one in found if one is not None} == {None, 429, 500}


def test_another_service_is_spared_and_does_not_disturb_the_sequence() -> None:
    alone, beside = FaultBoard(), FaultBoard()
    for board in (alone, beside):
        board.add(RandomFaults(service="esa", share=0.5, seed=1))
    assert struck(beside, service="teams") == [None] * 1000
    assert struck(beside) == struck(alone)


def test_a_fault_that_was_asked_for_comes_first() -> None:
    board = FaultBoard()
    board.add(RandomFaults(service="esa", share=1, kinds=["reset"]), Fault(service="esa", status=404))
    assert [one.kind for one in struck(board, 2) if one is not None] == ["answer", "reset"]
    board.clear()
    assert struck(board, 5) == [None] * 5


async def test_random_faults_are_asked_for_over_http_and_forgotten(running: RunningSandbox) -> None:
    asked = {"service": "esa", "share": 1.0, "seed": 7, "kinds": ["busy"], "retry_after_s": 3}
    shown = (await running.client.post(f"{running.url}/_faults", json=[asked])).json()
    assert [asked.items() <= one.items() for one in shown] == [True]
    for _ in range(3):
        refused = await running.client.get(running.url + ESA)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3")
    assert (await running.client.delete(f"{running.url}/_faults")).json() == []
    assert (await running.client.get(running.url + ESA)).status_code == 200


async def test_a_lost_answer_is_a_cut_connection(running: RunningSandbox) -> None:
    asked = {"service": "esa", "share": 1.0, "kinds": ["lose_response"]}
    await running.client.post(f"{running.url}/_faults", json=[asked])
    with pytest.raises(httpx.RemoteProtocolError):
        await running.client.get(running.url + ESA)


@pytest.mark.parametrize("wrong", [{"share": 0}, {"share": 2}, {"share": 0.1, "kinds": []}, {"share": 0.1, "times": 1}])
async def test_senseless_random_faults_are_refused(running: RunningSandbox, wrong: dict[str, Any]) -> None:
    answer = await running.client.post(f"{running.url}/_faults", json=[{"service": "esa", **wrong}])
    assert answer.status_code == 400
