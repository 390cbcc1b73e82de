"""From a tender to the offer number, by clicking as the people would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.windows import PHONE, button, fr, labelled, press

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.windows import People, Window

pytestmark = pytest.mark.browser

NUMBER = "S580"
SUMMARY = "Notre protection thermique convient ; le démonstrateur ouvre le marché des étages réutilisables."


def test_from_tender_to_offer_number(people: People) -> None:
    sales_lead = people.window("sales_lead")
    number = sales_lead.publish()
    thread = sales_lead.thread(number)
    sales_lead.picture("1-tender", thread.card)
    evaluate(sales_lead, thread.card)
    sales_lead.picture("2-evaluated", thread.card)
    open_vote(thread.card)
    sales_lead.picture("3-vote-shared")

    cto_votes_on_a_phone(people.window("cto", place="Offerdesk", size=PHONE), number)
    cpo = people.window("cpo", place="Offerdesk")
    cpo_votes_with_a_condition(cpo, cpo.last_card(number))
    expect(thread.card).to_contain_text(fr("words.choice_go_with_conditions"))

    ceo = people.window("ceo")
    shared = ceo.thread(number)
    ceo.picture("8-vote-ceo", shared.card)
    press(shared.card, fr("decisions.button_go"))
    expect(shared.card).to_contain_text(NUMBER)
    for window in (sales_lead, ceo, people.window("project_manager"), people.window("engineer")):
        seen = window.thread(number)
        expect(seen.card).to_contain_text(NUMBER)
        expect(button(seen.card, fr("decisions.button_go"))).to_have_count(0)
        expect(seen.replies).to_contain_text(NUMBER)
        window.reads_well()
    ceo.picture("9-go-light")
    cpo.go_to("Tenders")
    cpo.picture("9-go-dark")

    name_the_team(sales_lead)


def evaluate(sales_lead: Window, card: Locator) -> None:
    """Pick the tender up, and fill the sign-off evaluation in."""
    press(card, fr("tenders.button_evaluate"))
    dialog = sales_lead.opens(card, fr("offers.button_summary"))
    labelled(dialog, fr("forms.summary_required")).fill(SUMMARY)
    press(dialog, fr("forms.evaluation_more"))
    labelled(dialog, fr("forms.budget", currency="EUR")).fill("125000")
    labelled(dialog, fr("forms.effort")).fill("180")
    levels = {"technical": "high", "commercial": "medium", "financial": "low"}
    for kind, level in levels.items():
        labelled(dialog, fr(f"forms.risk_{kind}")).select_option(label=fr(f"words.risk_level_{level}"))
    labelled(dialog, fr("forms.risk_technical_text")).fill("La soufflerie à plasma n’est réservable qu’en mai.")
    labelled(dialog, fr("forms.resources")).fill("Un ingénieur thermique, un chef de projet.")
    sales_lead.picture("2-evaluation-dialog")
    sales_lead.sends(fr("forms.evaluation_submit"))
    expect(button(card, fr("offers.button_open_round"))).to_be_visible()


def open_vote(card: Locator) -> None:
    """Ask the approvers; the card in the channel becomes the vote."""
    press(card, fr("offers.button_open_round"))
    expect(button(card, fr("decisions.button_go"))).to_be_visible()


def cto_votes_on_a_phone(cto: Window, number: str) -> None:
    """One tap on the personal card; the answer is the next view of the same card."""
    paper = cto.last_card(number)
    cto.picture("4-vote-cto-phone", paper)
    cto.reads_well()
    press(paper, fr("decisions.button_go"))
    expect(paper).to_contain_text(fr("decisions.your_vote", choice="Go"))
    expect(button(paper, fr("decisions.button_change"))).to_be_visible()
    cto.reads_well()
    cto.picture("5-voted-cto-phone", paper)


def cpo_votes_with_a_condition(cpo: Window, paper: Locator) -> None:
    """Say Go, if somebody does something until a day."""
    dialog = cpo.opens(paper, fr("decisions.button_conditions"))
    dialog.locator("input:visible").nth(0).fill("Soufflerie à plasma réservée")
    dialog.locator("input:visible").nth(1).fill("Project manager")
    labelled(dialog, fr("forms.condition_due")).fill("2030-05-31")
    cpo.picture("6-conditions-dialog-dark")
    cpo.sends(fr("forms.go_with_conditions_button"))
    expect(paper).to_contain_text(fr("decisions.your_vote", choice=fr("words.choice_go_with_conditions")))
    expect(paper).to_contain_text("Soufflerie à plasma réservée")
    cpo.reads_well()
    cpo.picture("7-voted-cpo-dark", paper)


def name_the_team(sales_lead: Window) -> None:
    """The next step after a Go, told to the sales lead alone."""
    sales_lead.go_to("Offerdesk")
    told = sales_lead.last_card(NUMBER, fr("notices.button_team"))
    sales_lead.picture("10-outcome-sales-lead")
    dialog = sales_lead.opens(told, fr("notices.button_team"))
    picked = ("Sales lead", "Project manager", "Engineer")
    for place, name in enumerate(picked, 1):
        labelled(dialog, fr("forms.team_member", n=place)).select_option(label=name)
    sales_lead.picture("11-team-dialog")
    sales_lead.sends(fr("forms.team_button"))
    answer = sales_lead.asks(f"offre {NUMBER}")
    for name in picked:
        expect(answer).to_contain_text(name)
    sales_lead.reads_well()
    sales_lead.picture("12-offer", answer)
