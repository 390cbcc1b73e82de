"""A lead that somebody enters in Pipedrive by hand: it stands in the channel, and one of two who press picks it up."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.demo.cast import counts, eventually, expect, id_behind, offers, shows, words_of
from cards.verbs import Verb

if TYPE_CHECKING:
    from bot.demo.cast import Json
    from bot.demo.story import Story

TITLE = "Ablative nose cap for a sounding rocket"
AMOUNT = 64_000
BID_REF = "Bid ref"


async def pick_a_lead_up(story: Story) -> None:
    """From the inbox over there to a request in the channel, without anybody typing it twice."""
    cast, sales_lead = story.cast, story.person("sales_lead")
    made = await _entered(story)
    # Whoever lives in this time looks at once what changed over there.
    await cast.meet()
    await cast.wait_until(cast.now + timedelta(minutes=1))
    card = await story.in_channel("the lead", lambda seen: shows(seen, TITLE) and offers(seen, Verb.LEAD_EVALUATE))
    expect(counts(card, AMOUNT), f"the card says what it may be worth, not {words_of(card)}")
    pressed = {"verb": Verb.LEAD_EVALUATE.value, "id": id_behind(card, Verb.LEAD_EVALUATE)}
    picked = await sales_lead.click(card, Verb.LEAD_EVALUATE)
    expect(picked["outcome"] == "card", f"picking it up answers with a card, not {picked}")
    later = await story.person("cto").forges(card, pressed)
    expect(shows({"card": later.get("card")}, sales_lead.name), "who presses later reads who was first")
    shared = await story.in_channel("who picked it up", lambda seen: seen["id"] == card["id"] and _is_taken(seen))
    expect(shows(shared, sales_lead.name), f"the card says who picked it up, not {words_of(shared)}")
    await story.in_channel("the request", lambda seen: shows(seen, TITLE) and offers(seen, Verb.EVALUATION_OPEN))
    found = await eventually("that the lead over there has its key", partial(_known, story, made["id"]))
    expect(found["title"] == TITLE, "nothing else of the lead is written")
    story.tell("A lead entered in Pipedrive stood in the channel; the sales lead picked it up, the CTO came second")


async def _entered(story: Story) -> Json:
    """Somebody enters it in the page over there, for the first customer."""
    held: Json = (await story.cast.state("pipedrive"))["state"]
    owner = next(user for user in held["users"] if user["name"] == story.person("sales_lead").name)
    lead = {
        "title": TITLE,
        "organization_id": held["organizations"][0]["id"],
        "value": {"amount": AMOUNT, "currency": "EUR"},
        "owner_id": owner["id"],
    }
    answer: Json = await story.cast.post("/pipedrive/_control/lead", {"changes": lead, "user_id": owner["id"]})
    made: Json = answer["data"]
    return made


def _is_taken(seen: Json) -> bool:
    return offers(seen, Verb.OFFER_SHOW) and not offers(seen, Verb.LEAD_EVALUATE)


async def _known(story: Story, lead_id: str) -> Json | None:
    """The lead over there, once it has the key that its deal will be found by; it is the only one."""
    held: Json = (await story.cast.state("pipedrive"))["state"]
    code = next(row["field_code"] for row in held["deal_fields"] if row["field_name"] == BID_REF)
    leads = [lead for lead in held["leads"] if lead.get(code)]
    expect(len(held["leads"]) == 1, f"there is one lead, not {held['leads']}")
    return next((lead for lead in leads if lead["id"] == lead_id), None)
