"""From a tender to the offer number, by clicking as the people would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.windows import PHONE, button, field, press

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
    press(thread.card, "Ouvrir le vote")
    expect(button(thread.card, "Go")).to_be_visible()
    sales_lead.picture("3-vote-shared")

    cto = people.window("cto", place="Offerdesk", size=PHONE)
    paper = cto.last_card("Votez avant", number)
    cto.picture("4-vote-cto-phone", paper)
    cto.reads_well()
    press(paper, "Go")
    expect(paper).to_contain_text("Votre vote : Go")
    cto.picture("5-voted-cto-phone", paper)

    cpo = people.window("cpo", place="Offerdesk")
    vote_with_a_condition(cpo, cpo.last_card("Votez avant", number))
    expect(thread.card).to_contain_text("Sous conditions")

    ceo = people.window("ceo")
    shared = ceo.thread(number)
    ceo.picture("8-vote-ceo", shared.card)
    press(shared.card, "Go")
    expect(shared.card).to_contain_text(NUMBER)
    for window in (sales_lead, ceo, people.window("project_manager"), people.window("engineer")):
        seen = window.thread(number)
        expect(seen.card).to_contain_text(NUMBER)
        expect(button(seen.card, "Go")).to_have_count(0)
        expect(seen.replies).to_contain_text(NUMBER)
    ceo.picture("9-go-light")
    cpo.go_to("Tenders")
    cpo.picture("9-go-dark")
    ceo.reads_well()

    name_the_team(sales_lead)


def evaluate(sales_lead: Window, card: Locator) -> None:
    """Pick the tender up, and fill the sign-off evaluation in."""
    press(card, "Évaluer")
    dialog = sales_lead.opens(card, "Écrire le résumé")
    field(dialog, "Résumé (nécessaire pour le vote)").fill(SUMMARY)
    press(dialog, "Ajouter budget, effort, risques")
    field(dialog, "Budget (EUR)").fill("125000")
    field(dialog, "Effort pour préparer l’offre (heures)").fill("180")
    field(dialog, "Risque technique").select_option(label="Élevé")
    field(dialog, "Pourquoi, et que faire (technique)").fill("La soufflerie à plasma n’est réservable qu’en mai.")
    field(dialog, "Risque commercial").select_option(label="Moyen")
    field(dialog, "Risque financier").select_option(label="Faible")
    field(dialog, "Moyens nécessaires").fill("Un ingénieur thermique, un chef de projet.")
    sales_lead.picture("2-evaluation-dialog")
    sales_lead.sends("Valider la fiche")
    expect(button(card, "Ouvrir le vote")).to_be_visible()


def vote_with_a_condition(cpo: Window, paper: Locator) -> None:
    """Say Go, if somebody does something until a day."""
    dialog = cpo.opens(paper, "Sous conditions…")
    field(dialog, "Condition").fill("Soufflerie à plasma réservée")
    field(dialog, "Responsable").fill("Project manager")
    field(dialog, "Échéance").fill("2030-05-31")
    cpo.picture("6-conditions-dialog-dark")
    cpo.sends("Voter Go")
    expect(paper).to_contain_text("Votre vote : Go sous conditions")
    cpo.picture("7-voted-cpo-dark", paper)


def name_the_team(sales_lead: Window) -> None:
    """The next step after a Go."""
    sales_lead.go_to("Offerdesk")
    told = sales_lead.last_card(NUMBER, "équipe")
    sales_lead.picture("10-outcome-sales-lead")
    dialog = sales_lead.opens(told, "Choisir l’équipe")
    sales_lead.picture("11-team-dialog")
    open("/tmp/team.html","w").write(dialog.inner_html())
