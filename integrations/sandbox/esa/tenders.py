"""Made-up tender actions in the portal's shape and with its habits: capitals, suffixes, lost spaces, missing dates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

ALL_STATES = (*range(1, 29), 62, 67, 168)
OPEN_COMPETITION = 5
CALL_FOR_PROPOSALS = 7


class Status(IntEnum):
    """The portal's status ids, as far as the sandbox uses them."""

    INTENDED = 1
    ISSUED = 2
    EVALUATION = 5
    AWARDED = 7


@dataclass(frozen=True, slots=True)
class Draft:
    """One tender before it is published. Days count from the moment of publication, or from the start for old ones.

    ``published_days_ago`` is ``None`` for a tender that waits to be released. ``entity`` makes it a tender of another
    entity.
    """

    tanumber: str
    title: str
    text: str
    status: Status = Status.ISSUED
    tender_type: int = OPEN_COMPETITION
    countries: tuple[int, ...] = ALL_STATES
    products: tuple[int, ...] = ()
    technologies: tuple[int, ...] = ()
    published_days_ago: int | None = None
    closes_in_days: int | None = None
    clarification_days_before: int | None = 14
    stage_number: int | None = None
    is_cancelled: bool = False
    entity: str | None = None
    price_range: str | None = None
    programme: str | None = None


def made_up_drafts() -> tuple[Draft, ...]:
    """Give the published ones and, in their order of release, the waiting ones."""
    return (*_PUBLISHED, *_WAITING)


_PUBLISHED = (
    Draft(
        "1-20101",
        "MINIATURISED STAR TRACKER BAFFLE COATINGS - EXPRO+",
        "Objective: To select and test black coatings for small star tracker baffles.\r\n\r\nDescription: Samples"
        " are exposed to thermal cycling and ultraviolet light.\tThe results feed adesign guideline.",
        products=(140,),
        technologies=(166, 199),
        published_days_ago=30,
        closes_in_days=20,
    ),
    Draft(
        "1-20088",
        "DEPLOYABLE BOOM MECHANISM QUALIFICATION - EXPRO PLUS",
        "Objective:To qualify a deployable boom of four metres for small satellites.Procurement Policy: C(2) = A "
        "relevant participation (in terms of quality and quantity) of non-primes (incl. SMEs) is required.",
        products=(226,),
        technologies=(161,),
        published_days_ago=60,
        closes_in_days=3,
        clarification_days_before=7,
    ),
    Draft(
        "1-20097",
        "ON-BOARD DATA COMPRESSION LIBRARY FOR HYPERSPECTRAL IMAGERS (EXPRO+)",
        "The library compresses image cubes without loss. VV plan and RD list are deliverables.",
        status=Status.INTENDED,
        published_days_ago=12,
        technologies=(214,),
    ),
    Draft(
        "1-20053",
        "GALLIUM NITRIDE POWER AMPLIFIER FOR KA-BAND DOWNLINK (ARTES AT 5C.598)",
        "Objective: To design a 20 W amplifier & to prove its life time over 15 years.",
        status=Status.EVALUATION,
        countries=(2, 6, 12, 17, 62),
        published_days_ago=95,
        closes_in_days=-9,
    ),
    Draft(
        "1-20031",
        "CRYOGENIC VALVE TEST BENCH UPGRADE",
        "Upgrade of an existing bench: new sensors, new control software, acceptance by the customer.",
        status=Status.AWARDED,
        countries=(6, 12),
        published_days_ago=210,
        closes_in_days=-120,
    ),
    Draft(
        "1-20079",
        "OPTICAL GROUND STATION SITE SURVEY - EXPRO+",
        "",
        is_cancelled=True,
        published_days_ago=45,
        closes_in_days=10,
    ),
    Draft(
        "4-45007",
        "SPACE SAFETY STANDARD CALL FOR PROPOSALS - PRODUCT ACTIVITIES",
        "Proposals are welcome at any time and are judged one by one.",
        tender_type=CALL_FOR_PROPOSALS,
        published_days_ago=150,
    ),
    Draft(
        "24.PRIM.002",
        "Structural panels for a telecommunication platform",
        "Flat sandwich panels with inserts, twelve per platform, three platforms.",
        published_days_ago=900,
        closes_in_days=-860,
        entity="PRIME CONTRACTOR, TELECOMMUNICATION PLATFORMS",
        price_range="> 500 KEURO",
        programme="ARTES - Partnership projects",
    ),
)

_WAITING = (
    Draft(
        "1-20117",
        "THERMAL PROTECTION SYSTEM DEMONSTRATOR FOR A REUSABLE UPPER STAGE - EXPRO+",
        "Objective: To design, manufacture and test a thermal protection demonstrator for the re-entry of a "
        "reusable upper stage.\n\nDescription: The activity covers material selection,panel design, plasma wind "
        "tunnel tests and a comparison basedon flight data. Budget: up to 1,000 kEuro.\n\nProcurement Policy: "
        "C(1) = Activity restricted to non-prime contractors (incl. SMEs).",
        products=(94, 646),
        technologies=(166, 463),
        closes_in_days=44,
    ),
    Draft(
        "1-20118",
        "RADIATION TOLERANT POINT-OF-LOAD CONVERTER FOR TELECOM PAYLOADS (ARTES AT 5C.612)",
        "Objective:To develop a point-of-load converter with 95 % efficiency.Description:The converter withstands"
        " a total dose of 100 krad and single events.",
        status=Status.INTENDED,
        products=(329,),
        technologies=(152,),
        countries=(2, 6, 10, 12, 13, 17, 62, 67),
    ),
    Draft(
        "25.PRIM.011",
        "Harness manufacturing for a platform avionics bay",
        "Build to print of 40 harnesses &amp; connectors, with <b>electrical tests</b> and delivery in three lots.",
        closes_in_days=28,
        clarification_days_before=7,
        entity="PRIME CONTRACTOR, OBSERVATION SATELLITES",
        price_range="200-500 KEURO",
        programme="FutureEO - Earth Explorer",
    ),
    Draft(
        "1-20119",
        "🛰 VERY LARGE APERTURE SYNTHETIC RADAR CONCEPT WITH DISTRIBUTED SMALL SATELLITES IN CLOSE FORMATION, "
        "INCLUDING CLOCK SYNCHRONISATION, RELATIVE NAVIGATION AND THE CALIBRATION OF *ALL* CHANNELS [PHASE 0/A] "
        "(ON DELEGATION REQUEST) - EXPRO PLUS",
        "The study compares three concepts ?? from two to eight satellites ?? by mass, cost and risk. Masses < "
        "150 kg and baselines > 300 m are of interest.",
        status=Status.INTENDED,
        technologies=(214, 221),
    ),
    Draft(
        "1-20088",
        "DEPLOYABLE BOOM MECHANISM QUALIFICATION - EXPRO PLUS (RE-ISSUE)",
        "Objective:To qualify a deployable boom of four metres for small satellites. The tender is issued again "
        "with a larger budget.Procurement Policy: C(2) = A relevant participation of non-primes (incl. SMEs) is "
        "required.",
        products=(226,),
        technologies=(161,),
        closes_in_days=42,
    ),
    Draft(
        "5-50311",
        "FIFTH FIXED CALL FOR PROPOSALS UNDER THE PLAN FOR EUROPEAN COOPERATING STATES",
        "One call for all activities; see the cover letter for the ceilings.",
        tender_type=CALL_FOR_PROPOSALS,
        countries=(3, 21, 117),
        closes_in_days=56,
        clarification_days_before=None,
    ),
    Draft(
        "1-20120",
        "SECURE ON-BOARD PROCESSING UNIT - CLASSIFIED STAGE 1",
        "First stage: selection of candidates.",
        stage_number=1,
        products=(283,),
        closes_in_days=30,
        clarification_days_before=7,
    ),
)
