"""Preparing a Pipedrive account: what is there is found, what is missing is made, and the rest is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.sync import plans
from bot.sync.facts import mappings, remember
from bot.sync.models import System
from bot.sync.pipedrive.parts import PartState
from bot.sync.pipedrive.setup import Setup, set_up
from integrations.errors import Authentication
from integrations.pipedrive import Pipedrive, PipedriveSettings
from integrations.sandbox.faults import Fault
from integrations.sandbox.login import new_key
from integrations.sandbox.pipedrive.world import API_USER, new_field
from tests.unit.sync.pipedrive_desk import ENGINEER_USER, Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from bot.database import Database

FIELDS = [title for title, _kind in plans.CUSTOM_FIELDS.values()]
REFUSED = {"success": False, "error": "not allowed"}


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return new_key()


@pytest.fixture
async def desk(database: Database, key: RSAPrivateKey) -> AsyncIterator[Desk]:
    async with open_desk(database, key) as made:
        yield made


async def prepare(desk: Desk) -> Setup:
    return await set_up(desk.client, desk.database, desk.company, desk.time.now)


def known(desk: Desk) -> dict[str, str]:
    return desk.database.read_now(lambda session: mappings(session, System.PIPEDRIVE))


def of(setup: Setup, what: str) -> dict[str, PartState]:
    return {part.name: part.state for part in setup.parts if part.what == what}


async def test_fields_are_made_once_and_stages_found(desk: Desk) -> None:
    first = await prepare(desk)
    assert first.complete
    assert of(first, "field") == dict.fromkeys(FIELDS, PartState.MADE)
    assert set(of(first, "stage").values()) == {PartState.FOUND}
    assert of(first, "pipeline") == {"Offers": PartState.FOUND}
    made, before = dict(desk.world.fields), known(desk)
    assert before["stage:SNT"] == str(desk.stage_id("Sent"))
    assert before[f"person:{desk.house.people['engineer']}"] == str(ENGINEER_USER)
    assert before["me"] == str(API_USER)
    second = await prepare(desk)
    assert of(second, "field") == dict.fromkeys(FIELDS, PartState.FOUND)
    assert (desk.world.fields, known(desk)) == (made, before)


async def test_a_field_that_was_renamed_stays_ours(desk: Desk) -> None:
    await prepare(desk)
    code = known(desk)["field:bid_ref"]
    desk.world.fields[code]["field_name"] = "Key"
    assert of(await prepare(desk), "field") == dict.fromkeys(FIELDS, PartState.FOUND)
    assert known(desk)["field:bid_ref"] == code


@pytest.mark.parametrize(
    ("kinds", "said"), [(("varchar", "varchar"), "is there 2 times"), (("monetary",), "is of type monetary instead")]
)
async def test_a_doubtful_field_is_left_to_a_person(desk: Desk, kinds: tuple[str, ...], said: str) -> None:
    for number, kind in enumerate(kinds):
        code = f"{number:040x}"
        desk.world.fields[code] = new_field(code, "bid REF", kind, custom=True)
    result = await prepare(desk)
    assert not result.complete
    (part,) = [part for part in result.parts if part.state is PartState.MISSING]
    assert (part.name, said in part.remedy) == ("Bid ref", True)
    assert "field:bid_ref" not in known(desk)


async def test_a_refusal_to_make_a_field_says_what_to_do(desk: Desk) -> None:
    desk.sandbox.faults.add(
        Fault(service="pipedrive", path="/api/v2/dealFields", method="POST", status=403, body=REFUSED)
    )
    result = await prepare(desk)
    (part,) = [part for part in result.parts if part.state is PartState.MISSING]
    assert (part.name, "administrator" in part.remedy) == (FIELDS[0], True)
    assert (await prepare(desk)).complete


async def test_missing_stages_and_pipelines_are_named(desk: Desk) -> None:
    desk.world.stages[desk.stage_id("Sent")]["name"] = "Submitted"
    desk.world.stages[desk.stage_id("Review")]["name"] = "REVIEW"
    result = await prepare(desk)
    assert [(part.name, part.state) for part in result.parts if part.remedy] == [("SNT = Sent", PartState.MISSING)]
    systems = desk.company.systems
    other = systems.pipedrive.model_copy(update={"pipeline": "Services"})
    desk.company = desk.company.model_copy(update={"systems": systems.model_copy(update={"pipedrive": other})})
    assert of(await prepare(desk), "pipeline") == {"Services": PartState.MISSING}


async def test_what_was_looked_for_in_vain_is_looked_for_again_and_choices_of_people_stay(desk: Desk) -> None:
    chosen = f"person:{desk.house.people['engineer']}"
    desk.database.write_now(
        lambda session: remember(
            session, System.PIPEDRIVE, {"client:7": "", "client:8": "3", chosen: "103"}, now=desk.time.now()
        )
    )
    await prepare(desk)
    remembered = known(desk)
    assert ("client:7" in remembered, remembered["client:8"], remembered[chosen]) == (False, "3", "103")


async def test_a_wrong_token_changes_nothing(desk: Desk) -> None:
    wrong = Pipedrive(PipedriveSettings(f"{desk.url}/pipedrive", "wrong"), desk.http, desk.time.clock())
    with pytest.raises(Authentication):
        await set_up(wrong, desk.database, desk.company, desk.time.now)
    assert known(desk) == {}
