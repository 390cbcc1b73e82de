"""What else happens to people: second thoughts, mistakes, refusals, questions, small screens, no mouse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_story import SUMMARY, open_vote
from tests.browser.windows import PHONE, PICTURES, Thread, button, en, fr, labelled, press

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.windows import People, Window

pytestmark = pytest.mark.browser


def voting(sales_lead: Window) -> tuple[str, Thread]:
    """A tender whose vote is open."""
    number = sales_lead.release("THERMAL CONTROL OF A SMALL LANDER - EXPRO+")
    thread = sales_lead.thread(number)
    press(thread.card, fr("tenders.button_evaluate"))
    dialog = sales_lead.opens(thread.card, fr("offers.button_summary"))
    labelled(dialog, fr("forms.summary_required")).fill(SUMMARY)
    sales_lead.sends(fr("forms.evaluation_submit"))
    open_vote(thread.card)
    return number, thread


def test_not_for_us_and_taken_back(people: People) -> None:
    sales_lead = people.window("sales_lead", theme="dark")
    card = sales_lead.thread(sales_lead.release("THERMAL STRAPS FOR DETECTORS")).card
    dialog = sales_lead.opens(card, fr("tenders.button_dismiss"))
    dialog.get_by_role("radio").first.check()
    labelled(dialog, fr("forms.note")).fill("Pas notre métier.")
    sales_lead.picture("not-for-us-dialog-dark")
    sales_lead.sends(fr("forms.dismiss_button"))
    expect(card).to_contain_text(fr("words.tender_state_dismissed"))
    expect(card).to_contain_text("Pas notre métier.")
    sales_lead.picture("not-for-us-dark", card)
    press(card, fr("frame.undo"))
    expect(button(card, fr("tenders.button_evaluate"))).to_be_visible()
    sales_lead.reads_well()


def test_a_mistake_in_a_form_is_named_and_nothing_typed_is_lost(people: People) -> None:
    sales_lead = people.window("sales_lead", size=PHONE)
    card = sales_lead.thread(sales_lead.release("THERMAL MODEL OF A CRYOSTAT - EXPRO+")).card
    press(card, fr("tenders.button_evaluate"))
    dialog = sales_lead.opens(card, fr("offers.button_summary"))
    labelled(dialog, fr("forms.summary_required")).fill(SUMMARY)
    press(dialog, fr("forms.evaluation_more"))
    # From this budget on the whole form is needed, and one more of its fields is empty.
    labelled(dialog, fr("forms.budget", currency="EUR")).fill("125000")
    press(dialog, fr("forms.evaluation_submit"))
    expect(dialog).to_contain_text(fr.n("forms.problems", 5))
    expect(dialog).to_contain_text(re.compile(r"Dès 50\s000\s€ de budget"))
    expect(labelled(dialog, fr("forms.summary_required"))).to_have_value(SUMMARY)
    expect(labelled(dialog, fr("forms.budget", currency="EUR"))).to_have_value("125000")
    expect(dialog.get_by_text(fr("errors.required")).first).to_be_visible()
    sales_lead.reads_well()
    sales_lead.picture("mistake-phone")
    labelled(dialog, fr("forms.budget", currency="EUR")).fill("9000")
    sales_lead.sends(fr("forms.evaluation_submit"))
    expect(button(card, fr("offers.button_open_round"))).to_be_visible()


def test_an_engineer_is_told_who_may_vote(people: People) -> None:
    number, thread = voting(people.window("sales_lead"))
    engineer = people.window("engineer")
    card = engineer.thread(number).card
    expect(button(card, fr("decisions.button_go"))).to_be_visible()
    before = card.locator(".card").inner_text()
    press(card, fr("decisions.button_go"))
    expect(card.locator(".note")).to_contain_text("CTO")
    engineer.picture("refused-dark")
    assert card.locator(".card").inner_text() == before
    expect(thread.card).not_to_contain_text("✓")


def test_a_vote_without_a_mouse(people: People) -> None:
    number, thread = voting(people.window("sales_lead"))
    cto = people.window("cto", place="Offerdesk")
    paper = cto.last_card(number)
    go = button(paper, fr("decisions.button_go"))
    tab_to(cto, go)
    cto.picture("keyboard-focus", paper)
    cto.page.keyboard.press("Enter")
    expect(paper).to_contain_text(fr("decisions.your_vote", choice="Go"))
    expect(thread.card).to_contain_text("✓ Go")

    ceo = people.window("ceo", place="Offerdesk")
    paper = ceo.last_card(number)
    tab_to(ceo, button(paper, fr("decisions.button_no_go")))
    ceo.page.keyboard.press("Enter")
    expect(ceo.dialog).to_be_visible()
    ceo.page.keyboard.press("Space")
    tab_to(ceo, labelled(ceo.dialog, fr("forms.note")))
    ceo.page.keyboard.type("Prix plafond trop bas.")
    tab_to(ceo, button(ceo.dialog, fr("forms.no_go_button")))
    ceo.page.keyboard.press("Enter")
    expect(ceo.dialog.locator(".dialog-message")).to_be_visible()
    ceo.page.keyboard.press("Enter")
    expect(ceo.dialog).to_be_hidden()
    expect(thread.card).to_contain_text("Prix plafond trop bas.")
    expect(thread.card).to_contain_text(fr("words.round_outcome_no_go"))
    ceo.go_to("Tenders")
    ceo.picture("no-go", ceo.thread(number).card)


def tab_to(window: Window, target: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(80):
        if target.evaluate("node => node === document.activeElement"):
            return
        window.page.keyboard.press("Tab")
    pytest.fail(f"{target} cannot be reached with Tab")


@pytest.mark.parametrize(
    ("persona", "theme", "questions"),
    [
        (
            "cpo",
            "light",
            {
                "aide": fr("chat.help_title"),
                "EN ATTANTE": "",
                "appels d’offres": fr("tenders.kind_list"),
                "cherche thermal": "1-2",
                "qui": fr("chat.who_title"),
                "xyzzy": "xyzzy",
            },
        ),
        (
            "engineer",
            "dark",
            {
                "help": en("chat.help_title"),
                "pending": en("chat.pending_none"),
                "rfps": en("tenders.kind_list"),
                "find thermal": "1-2",
                "who": en("chat.who_title"),
                "xyzzy": "xyzzy",
            },
        ),
    ],
    ids=["french", "english"],
)
def test_questions_in_chat_on_a_phone(people: People, persona: str, theme: str, questions: dict[str, str]) -> None:
    window = people.window(persona, place="Offerdesk", size=PHONE, theme=theme)
    for number, (text, said) in enumerate(questions.items(), 1):
        answer = window.asks(text)
        expect(answer).to_contain_text(said, ignore_case=True)
        window.reads_well()
        window.picture(f"chat-{persona}-{theme}-{number}-phone", answer)


def test_the_search_box_finds_and_shares(people: People) -> None:
    engineer = people.window("engineer")
    box = engineer.page.locator("#search-text")
    box.fill("baffle")
    box.press("Enter")
    found = engineer.page.locator("#results .result").first
    expect(engineer.page.locator("#results")).to_contain_text("coatings")
    engineer.picture("search")
    shared = engineer.page.locator(".message.own").count()
    found.click()
    expect(engineer.page.locator("section.thread .card")).not_to_have_count(shared)
    engineer.reads_well()


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_the_channel_fits_a_phone(people: People, theme: str) -> None:
    cto = people.window("cto", size=PHONE, theme=theme)
    expect(cto.page.locator("section.thread").last).to_be_visible()
    cto.reads_well()
    cto.picture(f"channel-{theme}-phone")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_start_page_shows_who_is_there(people: People, language: str) -> None:
    page = people.start(language)
    expect(page.locator(".tile")).to_have_count(8)
    page.screenshot(path=PICTURES / f"start-{language}.png")
