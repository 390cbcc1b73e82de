"""A portal answer of any length in esa-star's shape: made-up records, each as long as a real one is on average."""

from __future__ import annotations

from typing import Any

import httpx
import orjson

DESCRIPTION = (
    "Objective: To design, build and test a breadboard for the task named in the title.\r\n\r\nDescription: Two "
    "concepts are traded off; the chosen one is confirmed by test under vacuum."
)
PUBLISHED = 1000
"""How many the made-up portal holds. In the seeded database each is under a vote: so many rounds that each gets a
lifelike number of ballots during the run, and not thousands."""
PAGE = 50
COUNTRIES = [{"id": code} for code in (*range(1, 29), 62, 67, 168)]


def record(number: int) -> dict[str, Any]:
    """Give one issued tender action."""
    return {
        "id": 300_000 + number,
        "idEra": 30_000 + number,
        "tanumber": f"1-{20_000 + number}",
        "title": f"BREADBOARD {number} FOR A THERMAL SUBSYSTEM - EXPRO+",
        "description": DESCRIPTION,
        "activityNumber": f"10000{number:05d}",
        "firstPublicationDate": "2026-10-05T10:00:00",
        "openDate": "2026-10-05T10:00:00",
        "closingDate": "2027-01-15T13:00:00",
        "clarificationRequestDeadline": "2027-01-01T13:00:00",
        "extensionRequestDeadline": "2027-01-01T13:00:00",
        "countries": COUNTRIES,
        "products": [{"id": 140}],
        "technologies": [{"id": 166}, {"id": 199}],
        "status": {"id": 2},
        "tenderType": {"id": 5},
        "eraVersion": 1,
        "stageNumber": None,
        "isArchived": False,
        "isCancelled": False,
        "isReissued": False,
        "isToBeReissued": False,
        "isFavourite": False,
        "isNew": False,
        "isUpdated": False,
    }


def answer(records: int, total: int | None = None) -> bytes:
    """Give the JSON of a page with this many records, of a listing with ``total`` (by default: just these)."""
    return orjson.dumps({"total": total or records, "items": [record(number) for number in range(records)]})


def client(body: bytes) -> httpx.AsyncClient:
    """Give an HTTP client that is answered with ``body`` without a network, so that only our own work is measured."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, content=body))
    )
