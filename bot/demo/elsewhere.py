"""What the other systems hold: nobody retypes anything, and nobody's change over there is lost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from bot.demo.cast import eventually, expect, offers, shows, verbs_with, words_of
from bot.demo.life import NUMBER, PROJECT, enter, offer_card
from cards.verbs import FormCode, Verb

if TYPE_CHECKING:
    from bot.demo.cast import Json, Person
    from bot.demo.story import Story

CONTACT, SALESPERSON = "CT000030", "LEAD1"
"""The agency's number over there, and the sales lead's code."""
OPEN = "S582"
ENDED = {NUMBER: "won", "S581": "lost", OPEN: "open"}
"""How the story's three deals end."""
THEIRS, OURS = 99_000, 88_000
LINKS = ("folder", "deal")
COLLECTED = timedelta(minutes=15)
"""What nobody is waiting for goes along with the next change, or some minutes later."""
HOURS_FIELD = "Offer hours"


async def name_for_accounts(story: Story) -> None:
    """Business Central waits for what nobody said yet: the contact's number and the salesperson's code, once."""
    sales_lead = story.person("sales_lead")
    card = await offer_card(sales_lead)
    expect(shows(card, "Business Central"), f"the card says what Business Central waits for, not {words_of(card)}")
    await enter(story, FormCode.QUALIFICATION, {"category_product": "thermal"})
    await _name_code(sales_lead, FormCode.BC_CONTACT, CONTACT)
    await _name_code(sales_lead, FormCode.BC_SALESPERSON, SALESPERSON)
    found = await eventually("the opportunity in Business Central", lambda: _opportunity(story, NUMBER))
    expect(
        (found["contactNumber"], found["salespersonCode"]) == (CONTACT, SALESPERSON),
        f"the opportunity names contact and salesperson, not {found}",
    )
    story.tell(f"Contact and salesperson were named once: opportunity {NUMBER} stands in Business Central")


async def _name_code(person: Person, form: FormCode, code: str) -> None:
    """Fill in what the card asks for; after each change Business Central is looked at again before it asks."""

    async def look() -> Json | None:
        card = await offer_card(person)
        return card if form in verbs_with(card, Verb.FORM_OPEN) else None

    await person.fills(await eventually(f"the card asks for {form}", look), form, {"code": code})


async def disagree(story: Story) -> None:
    """Somebody changes a deal's value in Pipedrive; the owner is asked and ours is written."""
    sales_lead = story.person("sales_lead")
    deal = await eventually(f"the deal of {OPEN}", lambda: _deal(story, OPEN))
    await enter(story, FormCode.MONEY, {"currency": "EUR", "estimated_amount": "70 000"}, number=OPEN)
    await eventually("the amount in Pipedrive", lambda: _deal(story, OPEN, value=70_000))
    colleague = next(user for user in await _users(story) if user["id"] != deal["owner_id"])
    edit = {"deal": deal["id"], "changes": {"value": THEIRS}, "user_id": colleague["id"]}
    await story.cast.post("/pipedrive/_control/edit", edit)
    await enter(story, FormCode.MONEY, {"currency": "EUR", "estimated_amount": f"{OURS}"}, number=OPEN)
    asked = await sales_lead.sees(
        "the two values", lambda seen: offers(seen, Verb.CONFLICT_OURS) and shows(seen, OPEN, colleague["name"])
    )
    still = await _deal(story, OPEN, value=THEIRS)
    expect(still is not None, "nothing is overwritten before somebody chose")
    settled = await sales_lead.looks(asked, Verb.CONFLICT_OURS)
    expect(not offers(settled, Verb.CONFLICT_OURS), "a settled question is not asked again")
    await eventually("our value in Pipedrive", lambda: _deal(story, OPEN, value=OURS))
    story.tell("A colleague changed a deal's value in Pipedrive: the owner saw both values and decided")


async def compare(story: Story, hours: dict[str, str]) -> dict[str, object]:
    """The stand-ins hold exactly what is wanted; what was asked of them is counted. ``hours`` by offer."""
    await story.cast.meet()
    await story.cast.wait_until(story.cast.now + COLLECTED)
    for number, status in ENDED.items():
        await eventually(f"the deal of {number}, {status}", partial(_deal, story, number, status=status))
    for number in (NUMBER, "S581"):
        await eventually(f"{hours[number]} h on the deal of {number}", partial(_worked, story, number, hours[number]))
    deals = [deal for deal in await _deals(story) if deal["title"].startswith("S58")]
    expect(len(deals) == len(ENDED), f"each offer has one deal, not {[deal['title'] for deal in deals]}")
    project = await eventually(f"the project {PROJECT}", lambda: _project(story))
    links = await eventually("its two link files", lambda: _links(story, project["id"]))
    folders = await eventually("the folders", lambda: _folders(story))
    await eventually("the hand-over sheet in its folder", lambda: _filed(story, "07 Hand-over"))
    key_user = story.person("key_user")
    shown = await key_user.asks("sync", "the other systems", lambda seen: bool(words_of(seen).strip()))
    expect(shows(shown, "Business Central"), f"sync says what Business Central waits for, not {words_of(shown)}")
    story.tell(
        f"Pipedrive holds {len(deals)} deals, Business Central {PROJECT} with {len(links)} link files, "
        f"SharePoint {len(folders)} offer folders"
    )
    tokens = (await _held(story, "pipedrive"))["tokens"]["spent"]
    return {"deals": len(deals), "folders": len(folders), "pipedrive_tokens": tokens}


async def _held(story: Story, service: str) -> Json:
    state: Json = (await story.cast.state(service))["state"]
    return state


async def _deals(story: Story) -> list[Json]:
    return [deal for deal in (await _held(story, "pipedrive"))["deals"] if not deal.get("is_deleted")]


async def _deal(story: Story, number: str, **values: object) -> Json | None:
    """The deal of an offer, once it has these values."""
    found = [deal for deal in await _deals(story) if deal["title"].startswith(f"{number} ")]
    return next((deal for deal in found if all(deal[name] == value for name, value in values.items())), None)


async def _worked(story: Story, number: str, hours: str) -> bool:
    """Whether the deal of an offer says so many hours."""
    code = next(
        field["field_code"]
        for field in (await _held(story, "pipedrive"))["deal_fields"]
        if field["field_name"] == HOURS_FIELD
    )
    deal = await _deal(story, number)
    return deal is not None and Decimal(str(deal["custom_fields"].get(code) or 0)) == Decimal(hours)


async def _users(story: Story) -> list[Json]:
    return [user for user in (await _held(story, "pipedrive"))["users"] if user["active_flag"]]


async def _opportunity(story: Story, number: str) -> Json | None:
    held = (await _held(story, "business_central"))["opportunities"]
    return next((row for row in held if row["number"] == number), None)


async def _project(story: Story) -> Json | None:
    held = (await _held(story, "business_central"))["projects"]
    return next((row for row in held if row["number"] == PROJECT), None)


async def _links(story: Story, project_id: str) -> list[Json] | None:
    held = (await _held(story, "business_central"))["documentAttachments"]
    mine = [row for row in held if row["parentId"] == project_id]
    return mine if len(mine) == len(LINKS) else None


async def _folders(story: Story) -> list[str] | None:
    """The folders of the offers, once there is one for each."""
    tree = (await _held(story, "graph"))["tree"]
    found = [line["path"] for line in tree if line["is_folder"] and "/" not in line["path"]]
    return found if len(found) == len(ENDED) else None


async def _filed(story: Story, folder: str) -> list[str] | None:
    tree = (await _held(story, "graph"))["tree"]
    return [line["path"] for line in tree if not line["is_folder"] and f"/{folder}/" in line["path"]] or None
