"""From the Go to the project, the loss or the second chance, by clicking as the people would."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import TimeoutError as TookTooLong
from playwright.sync_api import expect

from bot.demo import story
from bot.demo.cast import Cast, shows, words_of
from cards import fields
from cards.fields import Field
from cards.verbs import FormCode, Verb
from tests.browser.windows import PATIENCE_MS, PHONE, REDRAWS, button, fr, labelled, press
from tests.days import company_day

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from bot.demo.cast import Json, Person
    from bot.demo.stage import Stage
    from tests.browser.windows import People, Window

pytestmark = pytest.mark.browser

NUMBER = re.compile(r"\bS\d{3}\b")
TEAM = ("sales_lead", "project_manager", "engineer")
QUESTION = "Quelle marge thermique à la rentrée ?"
CLAUSE = "Article 12, pénalités de retard"
AGREED = "Plafond de 5 % du prix."


def day(after: int = 0) -> str:
    """A day counted from today, as a date input takes it."""
    return (company_day(datetime.now(UTC)) + timedelta(days=after)).isoformat()


# What came before is played through the API of the page, because test_story clicks it.


def decided(stage: Stage, title: str, *forms: tuple[FormCode, Json]) -> str:
    """An offer with its Go and its team, and these dialogs filled in; returns its number."""
    # Playwright holds the event loop of this thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _decided(stage, title, forms)).result()


async def _decided(stage: Stage, title: str, forms: tuple[tuple[FormCode, Json], ...]) -> str:
    async with httpx.AsyncClient(timeout=30.0, trust_env=False) as client:
        told = story.Story(Cast(stage.sandbox_url, client), lambda _line: None)
        await told.cast.meet()
        card = await story.new_tender(told, title=title, text=f"Objective: {title}", closes_in_days=30)
        await story.evaluate(told, card)
        await story.open_vote(told, card)
        for key in story.APPROVERS:
            await told.person(key).click(card, Verb.ROUND_GO)
        seen = await told.in_channel(
            "the number", lambda seen: seen["id"] == card["id"] and NUMBER.search(words_of(seen)) is not None
        )
        found = NUMBER.search(words_of(seen))
        assert found is not None
        number = found.group()
        sales_lead = told.person("sales_lead")
        members = {fields.row(Field.MEMBER, place): told.person(key).object_id for place, key in enumerate(TEAM, 1)}
        offer = await _offer(sales_lead, number)
        await sales_lead.submits(await sales_lead.opens(offer, Verb.TEAM_OPEN), Verb.TEAM_SAVE, members)
        for form, inputs in forms:
            await sales_lead.fills(await _offer(sales_lead, number), form, inputs)
        return number


async def _offer(person: Person, number: str) -> Json:
    return await person.asks(f"offer {number}", number, lambda seen: shows(seen, number))


# By clicking


def opens(window: Window, number: str, name: str) -> Locator:
    """Ask for the offer, and open one of its dialogs."""
    card = window.asks(f"offre {number}")
    find_and_press(card, name)
    expect(window.dialog).to_be_visible()
    return window.dialog


def uncover(card: Locator, name: str) -> None:
    """Unfold what stands behind "More…" when the button is not in sight."""
    if not button(card, name).count():
        press(card, fr("frame.more"))


def find_and_press(card: Locator, name: str) -> None:
    """Press a button, also one behind "More…": a card that is redrawn in between folds it away again."""
    for _ in range(REDRAWS):
        uncover(card, name)
        with suppress(TookTooLong):
            button(card, name).first.click(timeout=PATIENCE_MS / REDRAWS)
            return
    uncover(card, name)
    press(card, name)


def listed(window: Window, number: str, code: str) -> Locator:
    """One of the offer's lists, which takes the place of the card."""
    card = window.asks(f"offre {number}")
    press(card, fr("frame.more"))
    card.get_by_role("button", name=re.compile(rf"^{re.escape(fr(f'offers.list_{code}'))}( \(.*\))?$")).click()
    expect(button(card, fr("records.back"))).to_be_visible()
    return card


def pick(dialog: Locator, label: str, typed: str, title: str) -> None:
    """Type the beginning of a name, wait for what is found, and take one."""
    box = labelled(dialog, label).locator("input")
    box.fill(typed)
    expect(dialog.locator(f'datalist option[value="{title}"]')).to_be_attached()
    box.fill(title)


def test_from_the_go_to_the_project(stage: Stage, people: People) -> None:
    number = decided(
        stage,
        "THERMAL PROTECTION OF A RETURN CAPSULE - EXPRO+",
        (FormCode.CLIENT_ADD, {"name": "Launcher prime", "country": "FR"}),
        (FormCode.CLIENT_ADD, {"name": "Another agency", "country": "BE"}),
    )
    sales_lead = people.window("sales_lead", place="Offerdesk")
    manager = people.window("project_manager", place="Offerdesk", theme="dark")
    keep_the_record(sales_lead, number)
    edit_at_once(sales_lead, manager, number)
    prepare_and_ask(sales_lead, number)
    for key, theme in (("cto", "light"), ("ceo", "dark")):
        review_on_a_phone(people.window(key, place="Offerdesk", size=PHONE, theme=theme), theme)
    send(sales_lead, number)
    clarify(sales_lead, number)
    negotiate(sales_lead, number)
    sign(sales_lead, number)
    project = f"{number}P"
    channel = people.window("engineer")
    expect(channel.page.locator("section.thread .replies", has_text=project)).to_be_visible()
    channel.reads_well()
    take_over_on_a_phone(people.window("project_manager", place="Offerdesk", size=PHONE), project)
    expect(sales_lead.last_card(project, fr("handover.result_accepted", name="Project manager"))).to_be_visible()
    card = sales_lead.asks(f"offre {project}")
    expect(card).to_contain_text(fr("offers.handover_accepted", name="Project manager"))
    sales_lead.picture("29-accepted-sales-lead", card)


def keep_the_record(sales_lead: Window, number: str) -> None:
    """Who it is for, found while typing; what it may bring."""
    dialog = opens(sales_lead, number, fr("offers.do_third_party"))
    pick(dialog, fr("clients.field_client_id"), "laun", "Launcher prime")
    sales_lead.picture("20-third-party-dialog")
    sales_lead.reads_well()
    sales_lead.sends(fr("clients.save_button"))
    dialog = opens(sales_lead, number, fr("offers.do_money"))
    amount = labelled(dialog, f"{fr('record.field_estimated_amount')} (EUR)")
    amount.fill("125000")
    labelled(dialog, f"{fr('record.field_cost_basis')} (EUR)").fill("90000")
    # A chance of 160 % is refused at its field, and nothing typed is lost.
    labelled(dialog, f"{fr('record.field_launch_probability')} (%)").fill("160")
    labelled(dialog, f"{fr('record.field_success_probability')} (%)").fill("60")
    press(dialog, fr("record.save"))
    expect(dialog).to_contain_text(fr("errors.percent"))
    expect(amount).to_have_value("125000")
    sales_lead.picture("21-money-dialog-mistake")
    sales_lead.reads_well()
    labelled(dialog, f"{fr('record.field_launch_probability')} (%)").fill("80")
    sales_lead.sends(fr("record.save"))
    card = sales_lead.asks(f"offre {number}")
    expect(card).to_contain_text("Launcher prime")
    expect(card).to_contain_text(re.compile(r"125\s000\s€"))
    expect(card).to_contain_text(re.compile(r"60\s000\s€"))
    sales_lead.picture("21-offer", card)


def edit_at_once(sales_lead: Window, manager: Window, number: str) -> None:
    """Two people open the same dialog; the second sees what the first wrote, and decides."""
    title = labelled(opens(sales_lead, number, fr("offers.do_identity")), fr("record.field_title"))
    theirs = opens(manager, number, fr("offers.do_identity"))
    labelled(theirs, fr("record.field_title")).fill("Protection thermique d’une capsule, phase 1")
    manager.sends(fr("record.save"))
    title.fill("Protection thermique d’une capsule, lot 1")
    labelled(sales_lead.dialog, fr("record.field_description")).fill("Lot 1 : étude et essais.")
    press(sales_lead.dialog, fr("record.save"))
    expect(sales_lead.dialog).to_contain_text("phase 1")
    expect(sales_lead.dialog).to_contain_text("Project manager")
    expect(labelled(sales_lead.dialog, fr("record.field_title"))).to_have_value(re.compile("lot 1$"))
    sales_lead.picture("22-clash-dialog")
    sales_lead.reads_well()
    sales_lead.sends(fr("record.save"))
    card = manager.asks(f"offre {number}")
    expect(card).to_contain_text("Protection thermique d’une capsule, lot 1")
    manager.reads_well()
    manager.picture("22-offer-manager-dark", card)


def prepare_and_ask(sales_lead: Window, number: str) -> None:
    """A priced version, and the two who look at it before it leaves."""
    dialog = opens(sales_lead, number, fr("offers.do_quote_add"))
    labelled(dialog, fr("quotes.field_price")).fill("129000")
    sales_lead.picture("23-quote-dialog")
    sales_lead.sends(fr("quotes.add_button"))
    dialog = opens(sales_lead, number, fr("offers.do_review_ask"))
    labelled(dialog, fr("reviews.field_question")).fill("Le prix tient-il ?")
    sales_lead.picture("23-review-dialog")
    sales_lead.reads_well()
    sales_lead.sends(fr("reviews.ask_button"))


def review_on_a_phone(window: Window, theme: str) -> None:
    """One tap on the card that came by itself."""
    paper = window.last_card("Le prix tient-il")
    window.reads_well()
    window.picture(f"24-review-{window.persona}-{theme}-phone", paper)
    press(paper, fr("reviews.button_ready"))
    expect(button(paper, fr("reviews.button_ready"))).to_have_count(0)
    window.reads_well()
    window.picture(f"24-reviewed-{window.persona}-{theme}-phone", paper)


def send(sales_lead: Window, number: str) -> None:
    """Both said ready; the next step stands on the card that says so."""
    told = sales_lead.last_card(number, fr("reviews.ready_sending"))
    sales_lead.picture("25-review-passed", told)
    sales_lead.opens(told, fr("reviews.button_sent"))
    sales_lead.picture("25-sent-dialog")
    sales_lead.reads_well()
    sales_lead.sends(fr("quotes.sent_button"))
    card = sales_lead.asks(f"offre {number}")
    expect(card).to_contain_text(re.compile(r"129\s000\s€"))
    expect(card).to_contain_text(fr("offers.waiting_client"))
    sales_lead.picture("25-sent", card)


def clarify(sales_lead: Window, number: str) -> None:
    """The client asks, we answer."""
    dialog = opens(sales_lead, number, fr("offers.do_clarification_add"))
    labelled(dialog, fr("clarifications.field_question")).fill(QUESTION)
    labelled(dialog, fr("clarifications.field_due_on")).fill(day(3))
    sales_lead.picture("26-clarification-dialog")
    sales_lead.reads_well()
    sales_lead.sends(fr("clarifications.add_button"))
    found = listed(sales_lead, number, "clarifications")
    expect(found).to_contain_text(QUESTION)
    sales_lead.picture("26-clarifications", found)
    dialog = sales_lead.opens(found, fr("clarifications.button_answer"))
    labelled(dialog, fr("clarifications.field_answer")).fill("40 K à la peau.")
    dialog.get_by_role("radio", name=fr("clarifications.answered_how_call")).check()
    sales_lead.picture("26-answer-dialog")
    sales_lead.sends(fr("clarifications.answer_button"))
    expect(listed(sales_lead, number, "clarifications")).to_contain_text("40 K à la peau.")
    sales_lead.reads_well()


def negotiate(sales_lead: Window, number: str) -> None:
    """A clause is discussed, and agreed."""
    dialog = opens(sales_lead, number, fr("offers.do_point_add"))
    labelled(dialog, fr("negotiations.field_clause")).fill(CLAUSE)
    labelled(dialog, fr("negotiations.field_position")).fill("5 % au plus.")
    sales_lead.picture("27-point-dialog")
    sales_lead.reads_well()
    sales_lead.sends(fr("negotiations.add_button"))
    sales_lead.picture("27-negotiating", sales_lead.asks(f"offre {number}"))
    dialog = sales_lead.opens(listed(sales_lead, number, "points"), fr("records.edit"))
    dialog.get_by_role("radio", name=fr("negotiations.state_agreed")).check()
    labelled(dialog, fr("negotiations.field_agreed_text")).fill(AGREED)
    sales_lead.sends(fr("negotiations.edit_button"))
    found = listed(sales_lead, number, "points")
    expect(found).to_contain_text(AGREED)
    sales_lead.reads_well()
    sales_lead.picture("27-points", found)


def sign(sales_lead: Window, number: str) -> None:
    """The first order makes it a project."""
    dialog = opens(sales_lead, number, fr("offers.do_won"))
    labelled(dialog, fr("ending.field_first_order")).fill("4000140001")
    labelled(dialog, fr("ending.field_kick_off_on")).fill(day(7))
    sales_lead.picture("28-won-dialog")
    sales_lead.reads_well()
    sales_lead.sends(fr("ending.won_button"))
    card = sales_lead.asks(f"offre {number}")
    expect(card).to_contain_text(f"{number}P")
    expect(card).to_contain_text(fr("offers.handover_proposed", name="Project manager"))
    sales_lead.picture("28-won", card)


def take_over_on_a_phone(manager: Window, project: str) -> None:
    """The sheet that came by itself is accepted; then the first thing is ticked off."""
    paper = manager.last_card(project, fr("handover.button_accept"))
    expect(paper).to_contain_text(AGREED)
    manager.reads_well()
    manager.picture("29-handover-phone", paper)
    press(paper, fr("handover.button_accept"))
    expect(button(paper, fr("handover.button_accept"))).to_have_count(0)
    expect(paper).to_contain_text(fr("handover.state_accepted"))
    manager.reads_well()
    manager.picture("29-accepted-phone", paper)
    for _ in range(REDRAWS):
        # What is known of the acceptance elsewhere redraws the card, which then shows its front again.
        with suppress(AssertionError, TookTooLong):
            tick_first(paper)
            break
    else:
        tick_first(paper)
    expect(button(paper, fr("handover.button_untick"))).not_to_have_count(0)
    manager.reads_well()
    manager.picture("29-checklist-phone", paper)


def tick_first(paper: Locator) -> None:
    """Open the checklist and say that its first open point is done."""
    find_and_press(paper, fr("handover.button_checklist"))
    points = paper.get_by_role("button", name=fr("handover.button_tick"), exact=True)
    expect(points).not_to_have_count(0)
    waiting = points.count()
    points.first.click()
    expect(points).to_have_count(waiting - 1)


def test_an_offer_is_lost(stage: Stage, people: People) -> None:
    number = decided(
        stage,
        "ABLATIVE TILES FOR A PROBE - EXPRO",
        (FormCode.REVIEW_WAIVE, {"waiver": "Réponse demandée sous deux jours."}),
        (FormCode.QUOTE_SENT, {"price": "80 000", "currency": "EUR", "sent_on": day()}),
    )
    sales_lead = people.window("sales_lead", place="Offerdesk", size=PHONE, theme="dark")
    dialog = opens(sales_lead, number, fr("offers.do_lost"))
    reason = labelled(dialog, fr("ending.field_end_reason"))
    reason.select_option(index=1)
    # A price without the name of who asked it is refused at its field.
    labelled(dialog, fr("ending.field_end_note")).fill("Vingt pour cent trop cher.")
    labelled(dialog, f"{fr('ending.field_winner_price')} (EUR)").fill("64000")
    press(dialog, fr("ending.lost_button"))
    expect(dialog).to_contain_text(fr("ending.whose_price"))
    expect(labelled(dialog, fr("ending.field_end_note"))).to_have_value("Vingt pour cent trop cher.")
    sales_lead.reads_well()
    sales_lead.picture("30-lost-dialog-dark-phone")
    labelled(dialog, fr("ending.field_winner")).fill("Established supplier")
    sales_lead.sends(fr("ending.lost_button"))
    card = sales_lead.asks(f"offre {number}")
    expect(card).to_contain_text("Vingt pour cent trop cher.")
    expect(card).to_contain_text(fr("words.outcome_lost"))
    sales_lead.reads_well()
    sales_lead.picture("30-lost-dark-phone", card)


def test_an_offer_is_abandoned_and_taken_up_again(stage: Stage, people: People) -> None:
    number = decided(stage, "HEAT SHIELD FOR A SAMPLE RETURN - EXPRO+")
    sales_lead = people.window("sales_lead", place="Offerdesk", theme="dark")
    dialog = opens(sales_lead, number, fr("offers.do_abandon"))
    dialog.get_by_role("radio").first.check()
    labelled(dialog, fr("ending.field_end_note")).fill("Budget du client suspendu.")
    sales_lead.picture("31-abandon-dialog-dark")
    sales_lead.reads_well()
    sales_lead.sends(fr("ending.abandon_button"))
    card = sales_lead.asks(f"offre {number}")
    expect(card).to_contain_text("Budget du client suspendu.")
    sales_lead.picture("31-abandoned-dark", card)
    dialog = sales_lead.opens(card, fr("offers.do_reopen"))
    labelled(dialog, fr("ending.field_reason")).fill("Le client a retrouvé son budget.")
    sales_lead.sends(fr("ending.reopen_button"))
    card = sales_lead.asks(f"offre {number}")
    expect(card).not_to_contain_text("Budget du client suspendu.")
    expect(button(card, fr("offers.do_review_ask"))).to_be_visible()
    sales_lead.reads_well()
    sales_lead.picture("31-reopened-dark", card)
    history = listed_history(sales_lead, card)
    expect(history).to_contain_text("Sales lead")
    sales_lead.reads_well()
    sales_lead.picture("31-history-dark", history)


def listed_history(window: Window, card: Locator) -> Locator:
    """Who changed what on the offer."""
    press(card, fr("frame.more"))
    press(card, fr("offers.list_history"))
    expect(button(card, fr("offers.button_offer"))).to_be_visible()
    window.reads_well()
    return card
