"""The other two endings: an offer that is lost, and one that is given up and taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.demo.cast import choices_of, expect, offers, shows, words_of
from bot.demo.life import enter, offer_card
from cards.verbs import FormCode, Verb

if TYPE_CHECKING:
    from bot.demo.cast import Json
    from bot.demo.story import Story

LOST, REOPENED = "S581", "S582"


async def lose(story: Story) -> None:
    """Sent without the review, with a reason; lost, with the winner's price."""
    sales_lead = story.person("sales_lead")
    await enter(story, FormCode.REVIEW_WAIVE, {"waiver": "Réponse demandée sous deux jours."}, number=LOST)
    await enter(
        story, FormCode.QUOTE_SENT, {"price": "80 000", "currency": "EUR", "sent_on": story.day(0)}, number=LOST
    )
    card = await offer_card(sales_lead, LOST)
    dialog = await sales_lead.opens(card, Verb.FORM_OPEN, FormCode.LOST)
    await sales_lead.submits(
        dialog,
        Verb.FORM_SAVE,
        {
            **_reason(dialog),
            "end_note": "Vingt pour cent trop cher.",
            "winner": "Established supplier",
            "winner_price": "64 000",
            "lessons_learned": "Chiffrer les essais plus tôt.",
            "debrief": "true",
        },
    )
    await _in_thread(story, LOST)
    card = await offer_card(sales_lead, LOST)
    expect(shows(card, "Vingt pour cent"), f"the card says why it was lost, not {words_of(card)}")
    story.tell(f"{LOST} was sent without its review, for a reason that is on record, and lost: the winner's price too")


async def reopen(story: Story) -> None:
    """Given up, then the client comes back."""
    sales_lead = story.person("sales_lead")
    dialog = await sales_lead.opens(await offer_card(sales_lead, REOPENED), Verb.FORM_OPEN, FormCode.ABANDON)
    await sales_lead.submits(dialog, Verb.FORM_SAVE, {**_reason(dialog), "end_note": "Budget du client suspendu."})
    await _in_thread(story, REOPENED)
    await enter(story, FormCode.REOPEN, {"reason": "Le client a retrouvé son budget."}, number=REOPENED)
    card = await offer_card(sales_lead, REOPENED)
    expect(offers(card, Verb.FORM_OPEN) and not shows(card, "Budget du client suspendu"), "the offer is open again")
    story.tell(f"{REOPENED} was given up, and reopened when the client came back")


def _reason(dialog: Json) -> Json:
    choices = choices_of(dialog["card"], "end_reason")
    return {"end_reason": choices[0]} if choices else {}


async def _in_thread(story: Story, number: str) -> None:
    await story.in_channel(f"the end of {number}", lambda seen: seen["root"] is not None and shows(seen, number))
