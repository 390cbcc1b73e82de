"""Readable titles, numbers, clauses and money from the portal's texts. The titles are made up in its manner."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tenders.titles import Title, readable_title
from bot.tenders.wording import budget, clean, fold, highest_keuro, procurement_clause, tender_number


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("DEPLOYABLE RADIATOR FOR MARS LANDERS - EXPRO+", Title("Deployable radiator for Mars landers", ("EXPRO+",))),
        ("GNC FOR RENDEZVOUS EXPRO PLUS (RE-ISSUE)", Title("GNC for rendezvous", ("EXPRO+", "RE-ISSUE"))),
        ("HEAT PIPE STUDY (EXPRO+)", Title("Heat pipe study", ("EXPRO+",))),
        ("HEAT PIPE STUDY - EXPRO", Title("Heat pipe study", ("EXPRO",))),
        (
            "KA-BAND TWT (ARTES AT 5C.999) - EXPRO+ (ON DELEGATION REQUEST)",
            Title("Ka-band TWT", ("EXPRO+", "ON DELEGATION REQUEST", "ARTES AT 5C.999")),
        ),
        (
            "ARTES 4.0 SPL 4S 5A.001 SECURE MODEM - RE-ISSUE (1-12000)",
            Title("Secure modem", ("RE-ISSUE", "ARTES 4.0 SPL 4S 5A.001"), "1-12000"),
        ),
        ("T123-456AB LUNAR NIGHT PCDU", Title("Lunar night PCDU", ("T123-456AB",))),
        ("E4EX-999 VISION BASED NAVIGATION", Title("Vision based navigation", ("E4EX-999",))),
        ("CO2 SCRUBBER PHASE A/B1 (E4EX-001)", Title("CO2 scrubber phase A/B1", ("E4EX-001",))),
        ("HE-ESA-001-STAGE 1 EGNOS: SYSTEM OF SYSTEMS", Title("Stage 1 EGNOS: system of systems", ("HE-ESA-001",))),
        ("E-/W-BAND STRUCTURES FOR TWTS", Title("E-/W-band structures for TWTs")),
        ("GNSS RECEIVER FOR A ROVER, PHASE A, PART II", Title("GNSS receiver for a rover, phase A, part II")),
        ("MEASUREMENT CONTROL COMMAND (ABCD) SYSTEM", Title("Measurement control command (ABCD) system")),
        (
            "SERVICES FOR ESRIN 2027/2029 REF. 3-STS-LAU-1-005",
            Title("Services for ESRIN 2027/2029 ref. 3-STS-LAU-1-005"),
        ),
        ("EVALUATION TECHNIQUESFOR FPGAS", Title("Evaluation techniques for FPGAs")),
        ("PHD THESES ON 5G/6G", Title("PhD theses on 5G/6G")),
        ("Étude d'un radiateur en Al-Li", Title("Étude d'un radiateur en Al-Li")),
        ("ÉTUDE DE L'ANTENNE DÉPLOYABLE", Title("Étude de l'antenne déployable")),
        ("EXPRO+", Title("EXPRO+")),
        ("", Title("")),
        ("1234", Title("1234")),
        ("🛰 ORBITAL SERVICING", Title("🛰 Orbital servicing")),
    ],
)
def test_readable_title(raw: str, expected: Title) -> None:
    assert readable_title(raw) == expected


def test_a_company_knows_more_acronyms() -> None:
    assert readable_title("ALMA CORRELATOR", frozenset({"alma"})).text == "ALMA correlator"


@given(st.text(max_size=300))
def test_any_text_gives_a_title(raw: str) -> None:
    title = readable_title(raw)
    assert bool(title.text) == bool(raw.split())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1-13692", "1-13692"),
        ("AO/1-13692/26/NL/IB/ov", "1-13692"),
        ("AO 1-13692", "1-13692"),
        ("ao1-13692", "1-13692"),
        ("RFP/3-15558/18/NL/FE/as", "3-15558"),
        ("AO9038", "1-9038"),
        ("AO10251", "1-10251"),
        ("5 - 50184", "5-50184"),
        ("16.baes.001", "16.BAES.001"),
        ("  ", None),
        (None, None),
    ],
)
def test_tender_number(text: str | None, number: str | None) -> None:
    assert tender_number(text) == number


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("Procurement Policy: C(1) = Activity restricted", "C1"),
        ("… Procurement Policy:C3 …", "C3"),
        ("ProcurementPolicy: C(2)", "C2"),
        ("Procurement Policy: C(7)", None),
        ("Policy", None),
    ],
)
def test_procurement_clause(text: str, clause: str | None) -> None:
    assert procurement_clause(text) == clause


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("The budget available is up to 1,000 kEuro in total.", "up to 1,000 kEuro"),
        ("Price: 250 kEUR.", "250 kEUR"),
        ("the ceiling of 1.5 MEUR applies", "1.5 MEUR"),
        ("a maximum of 200 kEUR", "200 kEUR"),
        ("budget to be defined", None),
        ("weighs 20 kg", None),
    ],
)
def test_budget(text: str, money: str | None) -> None:
    assert budget(text) == money


@pytest.mark.parametrize(
    ("text", "keuro"),
    [
        ("> 500 KEURO", 500),
        ("200-500 KEURO", 500),
        ("up to 1,000 kEuro", 1000),
        ("1.5 MEUR", 1500),
        ("250000 EUR", 250),
        ("1.000.000 €", 1000),
        ("much", None),
        ("1.2.3 EUR", None),
        (None, None),
    ],
)
def test_highest_keuro(text: str | None, keuro: int | None) -> None:
    assert highest_keuro(text) == keuro


def test_folding() -> None:
    assert fold("  RÉSEAU\n Œuvre Straße ’ ") == "reseau oeuvre strasse '"


@given(st.text())
def test_clean_keeps_nothing_a_database_refuses(text: str) -> None:
    kept = clean(text, lines=True)
    assert "\x00" not in kept
    kept.encode("utf-8")
