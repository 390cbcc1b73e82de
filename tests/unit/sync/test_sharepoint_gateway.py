"""One folder per offer, under its id: ours to name until somebody else does, with the sheets that belong in it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.sync.models import Kind, LedgerState, System
from bot.sync.reconciler import LEASE, Incomplete
from bot.sync.sharepoint.filing import FiledSheet
from integrations.errors import Conflict
from integrations.microsoft_graph import folder_name
from tests.unit.sync.two_systems import TITLE, World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.database import Database
    from integrations.microsoft_graph import DriveItem

SP = System.SHAREPOINT
ROOT = f"S580 {TITLE}"
SHEET = f"{ROOT}/02 Evaluation/Go-No-Go.docx"


@pytest.fixture
async def there(database: Database) -> AsyncIterator[World]:
    async with world(database) as made:
        yield made


def roots(here: World) -> list[str]:
    return [path for path in here.paths if "/" not in path]


def rename(here: World, path: str, name: str) -> None:
    """As a person would in the browser."""
    here.library.change(here.library.at(here.library.root, path.split("/")), name=name)


def delete(here: World, path: str) -> None:
    here.library.delete(here.library.at(here.library.root, path.split("/")))


async def test_a_go_makes_the_folder_tree(there: World) -> None:
    there.begin()
    await there.run(SP)
    template = there.company.systems.sharepoint.folders
    assert there.paths == sorted([ROOT, *(f"{ROOT}/{name}" for name in template)])
    memory = there.memory(Kind.FOLDER)
    assert there.library.items[memory.id].name == ROOT
    assert memory.url == there.library.resource(there.library.items[memory.id])["webUrl"]
    assert there.row(Kind.FOLDER).state is LedgerState.OK


async def test_an_unchanged_offer_costs_no_call(there: World) -> None:
    there.begin()
    there.sheet(b"one", "1")
    await there.run(SP)
    before = len(there.calls(SP))
    there.change()
    await there.run(SP)
    assert len(there.calls(SP)) == before
    assert there.row(Kind.FOLDER).done_version == there.row(Kind.FOLDER).wanted_version


async def test_a_folder_that_is_there_is_adopted(there: World) -> None:
    there.begin()
    folder = there.library.add_folder(there.library.root, ROOT, "fail")
    there.library.add_folder(folder, "01 RFP", "fail")
    await there.run(SP)
    assert roots(there) == [ROOT]
    assert there.memory(Kind.FOLDER).id == folder.id
    assert len(there.paths) == 1 + len(there.company.systems.sharepoint.folders)


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_lost_answer_makes_one_folder(there: World, method: str) -> None:
    there.begin()
    there.fault(SP, method=method, lose_response=True)
    await there.run(SP)
    assert roots(there) == [ROOT]
    assert there.row(Kind.FOLDER).state is LedgerState.OK


async def test_a_program_that_ends_before_it_remembers_makes_one_folder(there: World) -> None:
    there.begin()
    await there.killed_before_remembering(SP)
    await there.run(SP)
    assert roots(there) == [ROOT]
    assert there.row(Kind.FOLDER).state is LedgerState.OK


async def test_a_title_changed_while_the_program_was_dead_makes_no_second_folder(there: World) -> None:
    there.begin()
    await there.killed_before_remembering(SP)
    there.change(title="Another title")
    await there.run(SP)
    assert roots(there) == ["S580 Another title"]


async def test_another_folder_whose_name_begins_alike_is_left_alone(there: World) -> None:
    there.begin()
    for name in ("S5801 Other", "S580P Project"):
        there.library.add_folder(there.library.root, name, "fail")
    there.library.put_file(there.library.root, "S580 notes.txt", b"", "fail")
    await there.claim(SP)
    there.time.pass_by(LEASE.total_seconds() + 1)
    await there.run(SP)
    assert sorted(roots(there)) == ["S580 Thermal protection", "S580 notes.txt", "S5801 Other", "S580P Project"]


async def test_a_new_title_renames_the_folder_under_the_same_id(there: World) -> None:
    there.begin()
    await there.run(SP)
    before = there.memory(Kind.FOLDER)
    there.change(title="Thermal protection, phase 2")
    await there.run(SP)
    assert roots(there) == ["S580 Thermal protection, phase 2"]
    after = there.memory(Kind.FOLDER)
    assert after.id == before.id
    assert after.url != before.url


async def test_the_name_a_person_gave_stays(there: World) -> None:
    there.begin()
    await there.run(SP)
    rename(there, ROOT, "S580 as we call it")
    there.change(title="Another title")
    await there.run(SP)
    assert roots(there) == ["S580 as we call it"]
    assert there.row(Kind.FOLDER).state is LedgerState.OK
    assert there.conflicts() == []
    url = there.memory(Kind.FOLDER).url
    assert url is not None
    assert url.endswith("as%20we%20call%20it")
    before = len(there.calls(SP))
    there.change()
    await there.run(SP)
    assert len(there.calls(SP)) == before


async def test_a_name_that_another_folder_has_is_left_to_it(there: World) -> None:
    there.begin()
    await there.run(SP)
    there.library.add_folder(there.library.root, "S580 Taken", "fail")
    there.change(title="Taken")
    await there.run(SP)
    assert sorted(roots(there)) == ["S580 Taken", ROOT]
    assert there.row(Kind.FOLDER).state is LedgerState.OK


async def test_a_folder_changed_while_it_is_renamed_is_looked_at_again(there: World) -> None:
    there.begin()
    await there.run(SP)
    there.change(title="Another title")
    original, tries = there.sharepoint._client.rename, []

    async def overtaken(item_id: str, new_name: str, etag: str) -> DriveItem:
        tries.append(etag)
        if len(tries) == 1:
            there.library.change(there.library.items[item_id], name=ROOT)
        return await original(item_id, new_name, etag)

    there.sharepoint._client.rename = overtaken  # type: ignore[method-assign]
    await there.run(SP)
    assert roots(there) == ["S580 Another title"]
    assert len(set(tries)) == 2


async def test_a_person_who_renames_it_at_the_same_moment_is_right(there: World) -> None:
    there.begin()
    await there.run(SP)
    there.change(title="Another title")
    original = there.sharepoint._client.rename

    async def overtaken(item_id: str, new_name: str, etag: str) -> DriveItem:
        there.library.change(there.library.items[item_id], name="S580 theirs")
        return await original(item_id, new_name, etag)

    there.sharepoint._client.rename = overtaken  # type: ignore[method-assign]
    await there.run(SP)
    assert roots(there) == ["S580 theirs"]
    assert there.row(Kind.FOLDER).state is LedgerState.OK


@pytest.mark.parametrize("restored", [False, True])
async def test_a_deleted_folder_is_found_by_its_name_or_made_again(there: World, restored: bool) -> None:  # noqa: FBT001
    there.begin()
    there.sheet(b"one", "1")
    await there.run(SP)
    first = there.memory(Kind.FOLDER).id
    delete(there, ROOT)
    if restored:
        there.library.add_folder(there.library.root, "S580 Another title", "fail")
    there.change(title="Another title")
    await there.run(SP)
    assert roots(there) == ["S580 Another title"]
    assert there.memory(Kind.FOLDER).id != first
    assert there.filed("S580 Another title/02 Evaluation/Go-No-Go.docx") == (b"one", 1)


@pytest.mark.parametrize(
    "title",
    ['Mooring buoy: study <phase 2> "A/B" 100%?', "Heat | shield \N{ROCKET} #1 \\ \u00e9", "\N{ROCKET} " * 190, "..."],
)
async def test_what_sharepoint_forbids_is_taken_out_of_the_name(there: World, title: str) -> None:
    there.begin(title)
    await there.run(SP)
    (root,) = roots(there)
    assert root.startswith("S580")
    assert root == folder_name(f"S580 {title}")
    assert there.row(Kind.FOLDER).state is LedgerState.OK
    before = len(there.calls(SP))
    there.change()
    await there.run(SP)
    assert len(there.calls(SP)) == before


# Sheets


async def test_a_sheet_is_filed_once_and_again_when_it_changed(there: World) -> None:
    there.begin()
    there.sheet(b"one", "1")
    await there.run(SP)
    assert there.filed(SHEET) == (b"one", 1)
    there.change()
    await there.run(SP)
    assert there.filed(SHEET) == (b"one", 1)
    there.sheet(b"two", "2")
    there.change()
    await there.run(SP)
    assert there.filed(SHEET) == (b"two", 2)


async def test_a_sheet_is_written_off_the_event_loop(there: World) -> None:
    there.begin()
    threads = []

    def write() -> bytes:
        threads.append(threading.current_thread())
        return b"content"

    there.sheets[:] = [FiledSheet("02 Evaluation", "Go-No-Go.docx", write, "1")]
    await there.run(SP)
    assert threads != []
    assert threading.main_thread() not in threads


async def test_a_sheet_follows_its_folder_whatever_it_is_called(there: World) -> None:
    there.begin()
    await there.run(SP)
    rename(there, f"{ROOT}/02 Evaluation", "02 Our evaluation")
    there.sheet(b"one", "1")
    there.change()
    await there.run(SP)
    assert there.filed(f"{ROOT}/02 Our evaluation/Go-No-Go.docx") == (b"one", 1)


async def test_a_folder_that_somebody_deleted_is_made_again_for_a_sheet(there: World) -> None:
    there.begin()
    await there.run(SP)
    delete(there, f"{ROOT}/02 Evaluation")
    delete(there, f"{ROOT}/03 Partner quotes")
    there.change(title=TITLE)
    await there.run(SP)
    assert f"{ROOT}/02 Evaluation" not in there.paths
    there.sheet(b"one", "1")
    there.change()
    await there.run(SP)
    assert there.filed(SHEET) == (b"one", 1)


async def test_a_sheet_that_somebody_has_open_is_filed_later(there: World) -> None:
    there.begin()
    await there.run(SP)
    there.sheet(b"one", "1")
    there.fault(SP, method="PUT", status=423, body={"error": {"code": "resourceLocked"}})
    there.change()
    await there.run(SP)
    row = there.row(Kind.FOLDER)
    assert (row.state, row.error_class, row.error) == (
        LedgerState.RETRYING,
        "Transient",
        "graph: somebody has the sheet open",
    )
    there.time.pass_by(60)
    await there.run(SP)
    assert there.filed(SHEET) == (b"one", 1)


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({"status": 429, "headers": {"Retry-After": "300"}}, LedgerState.RETRYING),
        ({"status": 500, "times": 4}, LedgerState.RETRYING),
        ({"reset": True, "times": 4}, LedgerState.RETRYING),
        ({"method": "POST", "status": 403, "body": {"error": {"code": "accessDenied"}}}, LedgerState.MANUAL),
    ],
)
async def test_trouble_loses_nothing(there: World, fault: dict[str, Any], state: LedgerState) -> None:
    there.begin()
    there.fault(SP, **fault)
    await there.run(SP)
    row = there.row(Kind.FOLDER)
    assert row.state is state
    assert row.error_class == ("Transient" if state is LedgerState.RETRYING else "Permanent")
    there.try_again(Kind.FOLDER)
    await there.run(SP)
    assert roots(there) == [ROOT]
    assert there.row(Kind.FOLDER).state is LedgerState.OK


async def test_a_file_of_the_folders_name_is_not_replaced(there: World) -> None:
    there.begin()
    there.library.put_file(there.library.root, ROOT, b"a file", "fail")
    claim = await there.claim(SP)
    with pytest.raises(Conflict):
        await there.sharepoint.apply(claim)
    assert there.filed(ROOT) == (b"a file", 1)


async def test_an_offer_without_a_number_is_gone(there: World) -> None:
    there.begin()
    claim = await there.claim(SP)
    there.house.write(lambda s: s.execute(sa.text("UPDATE offer SET number = NULL")))
    with pytest.raises(Incomplete, match="gone"):
        await there.sharepoint.apply(claim)
