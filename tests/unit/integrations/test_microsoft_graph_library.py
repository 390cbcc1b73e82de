"""Folders made once, found whatever their names, renamed only as they were read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from integrations.errors import Authentication, Configuration, Conflict, Drift, OutcomeUnknown, Permanent, Transient
from integrations.http import Transport
from integrations.microsoft_graph import DriveItem, GraphSettings, MicrosoftGraph, refusal
from tests.unit.integrations.doubles import VirtualTime
from tests.unit.sandbox_graph.stage import DRIVE, SECRET, WEB_ROOT, Stage, open_stage

FOLDERS = ["01 Tender", "02 Offer", "02 Offer/Annexes", "03 Project/Quotes"]
ODD_NAMES = ["100% sûr #1", "l'étude «à ç»", "a+b&c=d;e,f@g!$()", "%23 %2F", "🛰️ 𝔖580", "a%20b", "日本 [x] {y}"]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


async def made(stage: Stage, name: str = "S580 Mooring buoy") -> DriveItem:
    return await stage.graph.ensure_folder(None, name)


async def test_the_library(stage: Stage) -> None:
    drive = await stage.graph.drive()
    assert (drive.id, drive.kind, drive.web_url) == (DRIVE, "documentLibrary", WEB_ROOT)


async def test_another_library_is_not_found(stage: Stage) -> None:
    settings = GraphSettings("b!other", f"{stage.url}/graph/v1.0")
    graph = MicrosoftGraph(Transport("graph", stage.http, None, stage.time.clock()), settings, stage.tokens)
    with pytest.raises(Permanent) as caught:
        await graph.drive()
    said = refusal(caught.value)
    assert (caught.value.status, said.code) == (404, "itemNotFound")
    assert len(said.request_id) == 36


async def test_what_is_not_there_is_none(stage: Stage) -> None:
    assert await stage.graph.item("01NOTHING") is None
    assert await stage.graph.item_at("Offers/2026") is None


async def test_the_root_and_a_folder_in_it(stage: Stage) -> None:
    folder = await made(stage)
    root = await stage.graph.item_at("/")
    assert root is not None
    assert (root.is_folder, root.parent.id, folder.parent.id) == (True, None, root.id)
    assert await stage.graph.item(folder.id) == folder
    assert folder.web_url == f"{WEB_ROOT}/S580%20Mooring%20buoy"


@pytest.mark.parametrize("name", ODD_NAMES)
async def test_odd_names_come_back_as_they_were_sent(stage: Stage, name: str) -> None:
    folder = await made(stage, name)
    inside = await stage.graph.ensure_folder(folder.id, name)
    assert (folder.name, inside.name) == (name, name)
    assert await stage.graph.item_at(f"{name}/{name}") == inside
    assert await stage.graph.item_at(name, parent_id=folder.id) == inside
    assert stage.paths == [name, f"{name}/{name}"]


@pytest.mark.parametrize("path", ["a/../b", "a:/b", "CON", "a/ b"])
async def test_a_path_that_cannot_be_is_not_sent(stage: Stage, path: str) -> None:
    with pytest.raises(ValueError, match="legal name"):
        await stage.graph.item_at(path)
    assert stage.sandbox.log.of("graph") == []


@pytest.mark.parametrize("item_id", ["", ".", ".."])
async def test_an_id_that_would_change_the_address_is_not_sent(stage: Stage, item_id: str) -> None:
    with pytest.raises(ValueError, match="id"):
        await stage.graph.item(item_id)


async def test_a_folder_is_made_once_whatever_the_case(stage: Stage) -> None:
    first = await made(stage, "S580 Étude")
    assert await made(stage, "s580 éTUDE") == first
    assert len(stage.asked("POST")) == 1


async def test_a_lost_answer_makes_no_second_folder(stage: Stage) -> None:
    stage.fault(method="POST", lose_response=True)
    folder = await made(stage)
    assert stage.paths == ["S580 Mooring buoy"]
    assert folder.id == stage.stand_in.state()["tree"][0]["id"]
    assert [entry["status"] for entry in stage.asked("POST")][1:] == [409]


async def test_two_at_the_same_time_get_the_same_folder(stage: Stage) -> None:
    one, other = await asyncio.gather(made(stage), made(stage))
    assert one == other
    assert len(stage.paths) == 1


async def test_a_conflict_about_anything_else_is_told(stage: Stage) -> None:
    stage.fault(method="POST", status=409, body={"error": {"code": "resourceModified", "innererror": {"code": "x"}}})
    with pytest.raises(Conflict) as caught:
        await made(stage)
    assert (refusal(caught.value).code, refusal(caught.value).inner_code) == ("resourceModified", "x")


async def test_a_name_that_is_taken_and_cannot_be_read_is_told(stage: Stage) -> None:
    stage.fault(method="POST", status=409, body={"error": {"code": "nameAlreadyExists"}})
    with pytest.raises(Conflict):
        await made(stage)


async def test_a_file_in_the_place_of_a_folder_is_told(stage: Stage) -> None:
    await stage.graph.upload_small(None, "S580", b"not a folder")
    with pytest.raises(Conflict, match="a file has"):
        await stage.graph.ensure_folder(None, "S580")
    folder = await made(stage, "S581")
    await stage.graph.upload_small(folder.id, "01", b"")
    with pytest.raises(Conflict, match="a file has"):
        await stage.graph.ensure_tree("S581", ["01/x"])


async def test_a_parent_that_is_gone_is_told(stage: Stage) -> None:
    with pytest.raises(Permanent) as caught:
        await stage.graph.ensure_folder("01GONE", "S580")
    assert caught.value.status == 404


async def test_a_tree_grows_only_where_it_lacks(stage: Stage) -> None:
    first = await stage.graph.ensure_tree("S580", FOLDERS)
    assert first.created == ("01 Tender", "02 Offer", "02 Offer/Annexes", "03 Project", "03 Project/Quotes")
    assert stage.paths == ["S580", *(f"S580/{path}" for path in first.created)]
    assert {path: folder.id for path, folder in first.folders.items()} == {
        line["path"].removeprefix("S580/"): line["id"] for line in stage.stand_in.state()["tree"][1:]
    }
    posts = len(stage.asked("POST"))
    again = await stage.graph.ensure_tree("S580", [*FOLDERS, "04 Reviews"])
    assert (again.created, again.root.id) == (("04 Reviews",), first.root.id)
    assert len(stage.asked("POST")) == posts + 1


async def test_a_tree_broken_off_is_completed(stage: Stage) -> None:
    stage.fault(method="POST", delay_s=1, times=3)
    stage.fault(method="POST", status=507, times=4)
    with pytest.raises(Transient):
        await stage.graph.ensure_tree("S580", FOLDERS)
    assert stage.paths == ["S580", "S580/01 Tender", "S580/02 Offer"]
    tree = await stage.graph.ensure_tree("S580", FOLDERS)
    assert tree.created == ("02 Offer/Annexes", "03 Project", "03 Project/Quotes")


async def test_a_lost_answer_in_a_tree(stage: Stage) -> None:
    root = await made(stage, "S580")
    stage.fault(method="POST", lose_response=True)
    tree = await stage.graph.complete_tree(root, ["02 Offer/Annexes"])
    assert stage.paths == ["S580", "S580/02 Offer", "S580/02 Offer/Annexes"]
    assert list(tree.folders) == ["02 Offer", "02 Offer/Annexes"]
    assert tree.created == ("02 Offer/Annexes",)


async def test_a_renamed_folder_is_found_by_its_id_and_completed(stage: Stage) -> None:
    tree = await stage.graph.ensure_tree("S580", FOLDERS[:1])
    renamed = await stage.http.post(
        f"{stage.url}/graph/_control/rename", json={"path": "S580", "name": "S580 (old title)"}
    )
    assert renamed.status_code == 200
    root = await stage.graph.item(tree.root.id)
    assert root is not None
    assert root.name == "S580 (old title)"
    whole = await stage.graph.complete_tree(root, FOLDERS[:2])
    assert whole.created == ("02 Offer",)
    assert stage.paths[0] == "S580 (old title)"


async def test_many_children_come_page_by_page(stage: Stage) -> None:
    library = stage.stand_in.library
    for number in range(401):
        library.add_folder(library.root, f"S{number:03}", "fail")
    children = await stage.graph.children(None)
    assert [child.name for child in children] == [f"S{number:03}" for number in range(401)]
    assert len(stage.asked("GET")) == 3


@pytest.mark.parametrize("link", ["https://elsewhere.example/v1.0/next", "http://127.0.0.1:1/x", "http://a:b", "/next"])
async def test_the_token_goes_to_no_other_host(stage: Stage, link: str) -> None:
    stage.fault(body={"value": [], "@odata.nextLink": link})
    with pytest.raises(Drift, match="another host"):
        await stage.graph.children(None)


async def test_a_listing_without_end_is_drift(stage: Stage) -> None:
    stage.fault(body={"value": [], "@odata.nextLink": f"{stage.url}/graph/v1.0/drives"}, times=1_000)
    with pytest.raises(Drift, match="does not end"):
        await stage.graph.children(None)


async def test_a_folder_is_renamed_as_it_was_read(stage: Stage) -> None:
    folder = await made(stage)
    renamed = await stage.graph.rename(folder.id, "S580 Moored buoy", folder.etag)
    assert (renamed.id, renamed.name) == (folder.id, "S580 Moored buoy")
    assert renamed.etag != folder.etag
    with pytest.raises(Conflict) as caught:
        await stage.graph.rename(folder.id, "S580 Other", folder.etag)
    assert (caught.value.status, refusal(caught.value).code) == (412, "resourceModified")


async def test_a_folder_cannot_get_another_ones_name(stage: Stage) -> None:
    await made(stage, "S581")
    folder = await made(stage)
    with pytest.raises(Conflict) as caught:
        await stage.graph.rename(folder.id, "s581", folder.etag)
    assert refusal(caught.value).code == "nameAlreadyExists"


async def test_a_lost_answer_to_a_renaming_is_read_back(stage: Stage) -> None:
    folder = await made(stage)
    stage.fault(method="PATCH", lose_response=True)
    assert (await stage.graph.rename(folder.id, "S580 New", folder.etag)).name == "S580 New"
    stage.fault(method="PATCH", reset=True)
    with pytest.raises(OutcomeUnknown):
        await stage.graph.rename(folder.id, "S580 Newer", folder.etag)


async def test_a_service_out_of_order_is_not_taken_for_an_absent_folder(stage: Stage) -> None:
    stage.fault(method="GET", status=403, body={"error": {"code": "accessDenied"}})
    with pytest.raises(Permanent) as caught:
        await made(stage)
    assert refusal(caught.value).code == "accessDenied"
    assert stage.paths == []


async def test_a_refused_token_is_fetched_anew_once(stage: Stage) -> None:
    stage.refusals_left[0] = 1
    await made(stage)
    assert len(stage.sandbox.log.of("login")) == 2
    stage.refusals_left[0] = 2
    with pytest.raises(Authentication) as caught:
        await stage.graph.drive()
    assert refusal(caught.value).code == "InvalidAuthenticationToken"


async def test_a_busy_service_is_given_the_time_it_asks_for(stage: Stage) -> None:
    stage.fault(status=429, headers={"Retry-After": "17"}, body={"error": {"code": "TooManyRequests"}})
    await stage.graph.drive()
    assert 17.0 in stage.time.slept


async def test_what_is_no_item_is_drift(stage: Stage) -> None:
    folder = await made(stage)
    bodies: list[Any] = [[], {}, {"id": "x"}, {"value": 3}, "<html>"]
    for body in bodies:
        stage.fault(body=body)
        with pytest.raises(Drift):
            await stage.graph.item(folder.id)


async def test_no_secret_shows_in_an_error(stage: Stage) -> None:
    stage.refusals_left[0] = 2
    with pytest.raises(Authentication) as caught:
        await stage.graph.drive()
    shown = f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
    assert SECRET not in shown
    assert "eyJ" not in shown


def test_the_address_must_be_safe(virtual_time: VirtualTime) -> None:
    settings = GraphSettings(DRIVE, "http://graph.example/v1.0")
    tokens: Any = None
    with pytest.raises(Configuration):
        MicrosoftGraph(Transport("graph", httpx.AsyncClient()), settings, tokens)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"error": "no"}', b'{"error": {"code": 7, "innerError": []}}'])
def test_a_refusal_without_words_is_empty(body: bytes) -> None:
    said = refusal(Permanent("graph", "no", status=400, body=body))
    assert (said.code, said.inner_code, said.request_id) == ("", "", "")
