"""The sandbox as a whole: faults, the log, the state, and the process itself."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace
from typing import Any

import httpx
import pytest

from integrations.sandbox.__main__ import main, serve
from integrations.sandbox.app import SandboxSettings
from tests.unit.integrations.doubles import RunningSandbox, VirtualTime

SERVICES = {"esa", "login", "teams", "pipedrive", "business_central", "graph"}
ESA = "/esa/api/tenderAction/filter/1?all=true"


async def fail(running: RunningSandbox, *faults: dict[str, Any]) -> None:
    answer = await running.client.post(f"{running.url}/_faults", json=list(faults))
    assert answer.status_code == 200, answer.text


async def statuses(running: RunningSandbox, count: int, path: str = ESA) -> list[int]:
    return [(await running.client.get(running.url + path)).status_code for _ in range(count)]


async def requests_of(running: RunningSandbox, service: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = (await running.client.get(f"{running.url}/_state/{service}")).json()["requests"]
    return entries


async def test_a_fault_lasts_as_often_as_asked(running: RunningSandbox) -> None:
    await fail(running, {"service": "esa", "status": 429, "headers": {"Retry-After": "1"}, "times": 2})
    refused = await running.client.get(running.url + ESA)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert await statuses(running, 2) == [429, 200]


async def test_a_fault_means_its_service_path_and_method_only(running: RunningSandbox) -> None:
    await fail(running, {"service": "esa", "status": 500, "path": "/api/nonESATA", "method": "get"})
    await fail(running, {"service": "esa", "status": 500, "method": "POST"})
    await fail(running, {"service": "login", "status": 503})
    assert await statuses(running, 1) == [200]
    assert await statuses(running, 1, "/esa/api/nonESATA/filter/1") == [500]
    assert await statuses(running, 2, "/login/v1/.well-known/keys") == [503, 200]


async def test_faults_are_listed_and_forgotten(running: RunningSandbox) -> None:
    await fail(running, {"service": "esa", "status": 500, "times": 9})
    waiting = (await running.client.get(f"{running.url}/_faults")).json()
    assert [(fault["service"], fault["times"]) for fault in waiting] == [("esa", 9)]
    assert (await running.client.delete(f"{running.url}/_faults")).json() == []
    assert await statuses(running, 1) == [200]


@pytest.mark.parametrize("body", ["{}", "[{}]", '[{"service":"esa","times":0}]', '[{"service":"esa","typo":1}]', "x"])
async def test_a_senseless_fault_is_refused(running: RunningSandbox, body: str) -> None:
    assert (await running.client.post(f"{running.url}/_faults", content=body)).status_code == 400


async def test_another_answer_in_the_service_s_place(running: RunningSandbox) -> None:
    await fail(
        running,
        {"service": "esa", "body": "<html>Log-in</html>", "content_type": "text/html"},
        {"service": "esa", "body": {"total": 5, "items": []}},
    )
    page = await running.client.get(running.url + ESA)
    assert (page.text, page.headers["Content-Type"]) == ("<html>Log-in</html>", "text/html; charset=utf-8")
    assert (await running.client.get(running.url + ESA)).json() == {"total": 5, "items": []}


async def test_a_delay_alone_only_delays(running: RunningSandbox, virtual_time: VirtualTime) -> None:
    await fail(running, {"service": "esa", "delay_s": 3})
    assert await statuses(running, 1) == [200]
    assert virtual_time.slept == [3.0]


@pytest.mark.parametrize(("kind", "rotations"), [("reset", 0), ("lose_response", 1)])
async def test_cut_connections_before_and_after_the_effect(running: RunningSandbox, kind: str, rotations: int) -> None:
    await fail(running, {"service": "login", kind: True, "method": "POST"})
    before = running.sandbox.login.state()["counts"].get("token", 0)
    with pytest.raises(httpx.TransportError):
        await running.client.post(f"{running.url}/login/x/oauth2/v2.0/token", data={"a": "b"})
    assert running.sandbox.login.state()["counts"].get("token", 0) - before == rotations
    assert [entry["fault"] for entry in await requests_of(running, "login")] == [kind]
    assert await statuses(running, 1) == [200]


async def test_a_lost_refusal_is_lost_too(running: RunningSandbox) -> None:
    await fail(running, {"service": "esa", "lose_response": True})
    with pytest.raises(httpx.TransportError):
        await running.client.get(f"{running.url}/esa/ESATenderActions/details/1")


async def test_the_log_tells_every_request(running: RunningSandbox) -> None:
    await running.client.get(f"{running.url}{ESA}", headers={"User-Agent": "me", "Authorization": "Bearer secret"})
    await running.client.get(f"{running.url}/esa/nowhere")
    first, second = await requests_of(running, "esa")
    assert first == {
        "at": "2026-11-23T08:00:00+00:00",
        "method": "GET",
        "path": "/api/tenderAction/filter/1",
        "query": {"all": "true"},
        "user_agent": "me",
        "authorized": True,
        "body": None,
        "status": 200,
        "fault": None,
    }
    assert (second["status"], second["authorized"]) == (404, False)


@pytest.mark.parametrize(
    ("content", "noted"),
    [(b'{"a": 1}', {"a": 1}), (b"{", "(not JSON)"), (b'"' + b"x" * 70_000 + b'"', "(70002 bytes)")],
)
async def test_json_bodies_are_noted_within_bounds(running: RunningSandbox, content: bytes, noted: object) -> None:
    headers = {"Content-Type": "application/json"}
    await running.client.post(f"{running.url}/esa/nowhere", content=content, headers=headers)
    assert (await requests_of(running, "esa"))[0]["body"] == noted


async def test_controls_work_while_the_service_is_broken_and_are_not_logged(running: RunningSandbox) -> None:
    await fail(running, {"service": "esa", "status": 500, "times": 5})
    await running.control("/esa/_control/publish")
    assert await requests_of(running, "esa") == []


async def test_the_state_of_a_service(running: RunningSandbox) -> None:
    state = (await running.client.get(f"{running.url}/_state/esa")).json()
    assert state["service"] == "esa"
    assert (len(state["state"]["tenders"]), state["state"]["waiting"]) == (8, 7)
    unknown = await running.client.get(f"{running.url}/_state/nothing")
    assert (unknown.status_code, "esa, login, teams" in unknown.text) == (404, True)


async def test_the_index_names_the_services(running: RunningSandbox) -> None:
    assert (await running.client.get(running.url)).json().keys() == SERVICES


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 200),
    ],
)
async def test_nothing_on_the_web_reaches_the_sandbox(
    running: RunningSandbox, headers: dict[str, str], status: int
) -> None:
    assert (await running.client.get(running.url, headers=headers)).status_code == status


def test_the_settings_show_no_secret() -> None:
    assert "sandbox-bot-password" not in repr(SandboxSettings())


async def test_the_process_says_where_it_listens(capsys: pytest.CaptureFixture[str]) -> None:
    stop = asyncio.Event()
    serving = asyncio.create_task(
        serve(Namespace(port=0, clock=None, bot_url="http://127.0.0.1:9/api/messages", release_every=0.0), stop=stop)
    )
    line = ""
    async with asyncio.timeout(10):
        while not line:
            await asyncio.sleep(0.01)
            line = capsys.readouterr().out
    told = json.loads(line)
    async with httpx.AsyncClient() as client:
        assert (await client.get(told["sandbox"] + ESA)).json()["total"] == 7
    stop.set()
    await serving
    assert told["services"] == sorted(SERVICES)


def test_the_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    assert "--release-every" in capsys.readouterr().out


@pytest.mark.parametrize("address", ["http://127.0.0.1:3978", "http://127.0.0.1:3978/"])
def test_a_bot_url_without_its_path_is_refused_with_the_right_one(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--bot-url", address])
    assert caught.value.code == 2
    assert "http://127.0.0.1:3978/api/messages" in capsys.readouterr().err
