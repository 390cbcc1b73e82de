"""Names of buyers in readable case; what was written for people stays as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cards.buyers import buyer_name
from cards.envelope import nodes
from cards.offers import offer_card
from cards.rounds import round_card
from cards.samples import OFFER, ROUND, TENDER
from cards.search import offer_preview, tender_preview
from cards.tenders import tender_card, tender_line
from cards.views import Reader, TenderLine

PRIME = "PRIME CONTRACTOR, OBSERVATION SATELLITES GMBH"
READABLE = "Prime Contractor, Observation Satellites GmbH"


@pytest.mark.parametrize(
    ("printed", "written"),
    [
        (PRIME, READABLE),
        ("DEFENCE AND SPACE LIMITED", "Defence and Space Limited"),
        ("SOCIÉTÉ D'ÉTUDES DE L’ESPACE (SEE)", "Société d'Études de l’Espace (SEE)"),
        ("A. D. INSTRUMENTS S.P.A.", "A. D. Instruments S.P.A."),
        ("THE ORBIT-WORKS LTD", "The Orbit-Works Ltd"),
        ("CNES CSG", "CNES CSG"),
        ("ESA", "ESA"),
        ("Launcher prime", "Launcher prime"),
        ("NASA and Others", "NASA and Others"),
        ("", ""),
    ],
)
def test_capitals_become_names(printed: str, written: str) -> None:
    assert buyer_name(printed) == written
    assert buyer_name(written) == written


def test_cards_lists_and_previews_write_the_buyer_alike(english: Reader) -> None:
    line = TenderLine(tender_id=1, number="1-1", title="Seals", state=TENDER.state, entity=PRIME)
    drawn = [
        tender_card(replace(TENDER, entity=PRIME), english),
        tender_line(line, english),
        offer_card(replace(OFFER, client=PRIME), english),
        round_card(replace(ROUND, client=PRIME), english),
    ]
    for card in drawn:
        assert any(READABLE in str(node.get("text", "")) for node in nodes(card))
    assert READABLE in tender_preview(replace(TENDER, entity=PRIME), english)[1]
    assert READABLE in offer_preview(replace(OFFER, client=PRIME), english)[1]
