"""The story after the Go: one offer from its record to the project that accepts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.demo.cast import counts, expect, offers, shows, words_of
from cards.verbs import FormCode, ListCode, Verb

if TYPE_CHECKING:
    from bot.demo.cast import Json, Person
    from bot.demo.story import Story

NUMBER, PROJECT = "S580", "S580P"
REVIEWERS = ("cto", "ceo")
CLAUSES = (("Pénalités de retard", "5 % au plus"), ("Propriété intellectuelle", "Licence, pas de cession"))


async def offer_card(person: Person, number: str = NUMBER) -> Json:
    """The offer's card, asked for in chat."""
    return await person.asks(
        f"offer {number}", number, lambda seen: shows(seen, number) and offers(seen, Verb.FORM_OPEN)
    )


async def enter(story: Story, form: FormCode, inputs: Json, *, by: str = "sales_lead", number: str = NUMBER) -> None:
    """Fill one of the offer's dialogs in."""
    person = story.person(by)
    await person.fills(await offer_card(person, number), form, inputs)


async def keep_the_record(story: Story) -> None:
    """Who it is for, what it may bring; two people edit at once and neither loses a word."""
    sales_lead, manager = story.person("sales_lead"), story.person("project_manager")
    await enter(story, FormCode.CLIENT_ADD, {"name": "ESA", "country": "FR"})
    await enter(story, FormCode.CONTACT_ADD, {"name": "Technical officer", "email": "officer@example.org"})
    await enter(
        story,
        FormCode.MONEY,
        {
            "currency": "EUR",
            "estimated_amount": "125 000",
            "cost_basis": "90 000",
            "launch_probability": "80",
            "success_probability": "60",
            "weighting": "cumulative",
        },
    )
    card = await offer_card(sales_lead)
    expect(counts(card, 60_000), f"80 % × 60 % of 125 000 is shown, not {words_of(card)}")
    mine = await sales_lead.opens(card, Verb.FORM_OPEN, FormCode.IDENTITY)
    theirs = await manager.opens(await offer_card(manager), Verb.FORM_OPEN, FormCode.IDENTITY)
    title = "Thermal protection for a re-entry capsule"
    await manager.submits(theirs, Verb.FORM_SAVE, {"title": f"{title}, phase 1"})
    asked = await sales_lead.is_sent_back(mine, Verb.FORM_SAVE, {"title": f"{title}, lot 1", "description": "Lot 1"})
    expect(shows({"card": asked["card"]}, "phase 1"), "the second sees what the first wrote")
    await sales_lead.submits(asked, Verb.FORM_SAVE, {"title": f"{title}, phase 1", "description": "Lot 1"})
    story.tell("The record is filled in; two people edited it at once, the second saw the other's title and decided")


async def ask_partners(story: Story) -> None:
    """A partner's price for what is not made in-house, a competitor, a call."""
    sales_lead = story.person("sales_lead")
    await enter(
        story,
        FormCode.PARTNER_QUOTE_ADD,
        {
            "partner": "Test house",
            "scope": "Essais en soufflerie",
            "requested_on": story.day(0),
            "due_on": story.day(14),
        },
    )
    listed = await sales_lead.looks(await offer_card(sales_lead), Verb.RECORDS_SHOW, ListCode.PARTNER_QUOTES)
    await sales_lead.fills(listed, FormCode.PARTNER_QUOTE_EDIT, {"amount": "18 500", "received_on": story.day(0)})
    listed = await sales_lead.looks(await offer_card(sales_lead), Verb.RECORDS_SHOW, ListCode.PARTNER_QUOTES)
    chosen = await sales_lead.looks(listed, Verb.PARTNER_QUOTE_CHOOSE)
    expect(shows(chosen, "500"), f"the chosen partner quote is shown, not {words_of(chosen)}")
    await enter(story, FormCode.COMPETITOR_ADD, {"name": "Established supplier", "certainty": "suspected"})
    await enter(
        story, FormCode.ACTIVITY_ADD, {"kind": "call", "subject": "Point technique", "planned_on": story.day(1)}
    )
    story.tell("A partner's price came in and was chosen; a competitor and a call are noted")


async def review(story: Story) -> None:
    """CTO and CEO look at the offer before it leaves; the CEO asks for changes first."""
    sales_lead, cto, ceo = story.person("sales_lead"), story.person("cto"), story.person("ceo")
    await enter(story, FormCode.QUOTE_ADD, {"price": "124 000", "currency": "EUR"})
    await enter(story, FormCode.REVIEW_ASK, {"question": "Le prix tient-il ?"})
    paper = await _review_paper(ceo, "Le prix tient-il")
    await ceo.fills(paper, FormCode.REVIEW_CHANGES, {"note": "Marge trop faible sur les essais."})
    await sales_lead.sees("what the CEO asks for", lambda seen: shows(seen, "Marge trop faible"))
    await enter(story, FormCode.QUOTE_ADD, {"price": "129 000", "currency": "EUR"})
    await enter(story, FormCode.REVIEW_ASK, {"question": "Essais revus."})
    for person in (cto, ceo):
        ready = await person.looks(await _review_paper(person, "Essais revus"), Verb.REVIEW_READY)
        expect(not offers(ready, Verb.REVIEW_READY), "who said ready is not asked again")
    story.tell("CTO and CEO reviewed the offer: the CEO asked for a change, then both said ready")


async def _review_paper(person: Person, question: str) -> Json:
    """The card that asks for this review; an earlier review's card may still stand there for a moment."""
    return await person.sees(
        f"the review “{question}”", lambda seen: offers(seen, Verb.REVIEW_READY) and shows(seen, question)
    )


async def send(story: Story) -> None:
    """The reviewed version leaves."""
    await enter(story, FormCode.QUOTE_SENT, {"sent_on": story.day(0)})


async def clarify(story: Story) -> None:
    """The client asks; the answer is kept."""
    sales_lead = story.person("sales_lead")
    await enter(
        story,
        FormCode.CLARIFICATION_ADD,
        {"question": "Quelle marge thermique ?", "asked_on": story.day(0), "due_on": story.day(3)},
    )
    listed = await sales_lead.looks(await offer_card(sales_lead), Verb.RECORDS_SHOW, ListCode.CLARIFICATIONS)
    await sales_lead.fills(
        listed,
        FormCode.CLARIFICATION_ANSWER,
        {"answered_on": story.day(0), "answered_how": "call", "answer": "40 K à la peau."},
    )
    listed = await sales_lead.looks(await offer_card(sales_lead), Verb.RECORDS_SHOW, ListCode.CLARIFICATIONS)
    expect(shows(listed, "Quelle marge thermique"), "the clarification is listed")
    story.tell("The offer was sent; the client's question was answered in a call and is on record")


async def negotiate(story: Story) -> None:
    """Clauses, one agreed and one open."""
    sales_lead = story.person("sales_lead")
    for clause, position in CLAUSES:
        await enter(
            story,
            FormCode.POINT_ADD,
            {"clause": clause, "position": position, "state": "open", "next_move": "client", "since": story.day(0)},
        )
    listed = await sales_lead.looks(await offer_card(sales_lead), Verb.RECORDS_SHOW, ListCode.POINTS)
    await sales_lead.fills(listed, FormCode.POINT_EDIT, {"state": "agreed", "agreed_text": "Plafond de 5 %"})
    listed = await sales_lead.looks(await offer_card(sales_lead), Verb.RECORDS_SHOW, ListCode.POINTS)
    expect(shows(listed, *(clause for clause, _ in CLAUSES)), "both clauses are listed")
    story.tell("Two contract clauses are negotiated; one is agreed")


async def win(story: Story) -> None:
    """Signature: the project number, in the thread too."""
    manager = story.person("project_manager")
    await enter(
        story,
        FormCode.WON,
        {
            "signed_on": story.day(0),
            "first_order": "4000140001",
            "price": "129 000",
            "project_manager_id": manager.object_id,
            "kick_off_on": story.day(7),
        },
    )
    await story.in_channel(PROJECT, lambda seen: seen["root"] is not None and shows(seen, PROJECT))
    story.tell(f"The contract is signed: {PROJECT}, on the card and in the thread")


async def hand_over(story: Story) -> None:
    """The project manager asks for something first, then accepts."""
    sales_lead, manager = story.person("sales_lead"), story.person("project_manager")
    paper = await manager.sees("the hand-over", lambda seen: offers(seen, Verb.HANDOVER_ACCEPT))
    await manager.fills(paper, FormCode.HANDOVER_RETURN, {"answer": "Il manque le planning des essais."})
    await sales_lead.sees("what is missing", lambda seen: shows(seen, "planning des essais"))
    again = {"project_manager_id": manager.object_id, "note": "Planning joint."}
    await enter(story, FormCode.HANDOVER_PROPOSE, again)
    paper = await manager.sees(
        "the hand-over again", lambda seen: offers(seen, Verb.HANDOVER_ACCEPT) and shows(seen, "Planning joint")
    )
    expect(shows(paper, "Plafond de 5 %"), "the hand-over sheet names the negotiated clause")
    accepted = await manager.looks(paper, Verb.HANDOVER_ACCEPT)
    expect(not offers(accepted, Verb.HANDOVER_ACCEPT), "an accepted hand-over is not asked again")
    await sales_lead.sees("that it is accepted", lambda seen: offers(seen, Verb.RECORDS_SHOW) and shows(seen, PROJECT))
    listed = await manager.looks(await offer_card(manager, PROJECT), Verb.RECORDS_SHOW, ListCode.CHECKLIST)
    await manager.looks(listed, Verb.CHECKLIST_TICK)
    story.tell("The project manager sent the hand-over back once, then accepted it and ticked the first check")


async def amend(story: Story) -> None:
    """The contract changes: the budget follows."""
    sales_lead = story.person("sales_lead")
    await enter(
        story,
        FormCode.AMENDMENT_ADD,
        {
            "kind": "price",
            "title": "Essai supplémentaire",
            "state": "signed",
            "requested_on": story.day(0),
            "signed_on": story.day(0),
            "price_change": "10 000",
        },
        number=PROJECT,
    )
    listed = await sales_lead.looks(await offer_card(sales_lead, PROJECT), Verb.RECORDS_SHOW, ListCode.AMENDMENTS)
    expect(counts(listed, 139_000), f"the budget is 139 000, not {words_of(listed)}")
    story.tell("A first amendment moved the budget from 129 000 € to 139 000 €")


async def play_life(story: Story) -> None:
    """From the record to the project."""
    await ask_partners(story)
    await review(story)
    await send(story)
    await clarify(story)
    await negotiate(story)
    await win(story)
    await hand_over(story)
    await amend(story)
