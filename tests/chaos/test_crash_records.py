"""The power goes while records are written to other systems: each stands there once, whatever was cut."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import config, crash
from bot.clients.models import Contact
from bot.demo.cast import eventually
from bot.demo.children import run
from bot.handover import ending
from bot.offers.models import Offer, OfferCategory
from bot.sync.facts import remember
from bot.sync.models import LedgerRow, LedgerState, System
from bot.sync.outside import offer_changed
from bot.tenders import service as tenders
from integrations.sandbox.faults import RandomFaults
from tests.chaos.scene import MESSAGES
from tests.chaos.systems_truth import problems
from tests.chaos.test_crash_life import Life, _people, living
from tests.chaos.test_crash_points import _died, _leases_end, _meet
from tests.days import company_day

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.sync.facts import OfferFacts

pytestmark = pytest.mark.slow
POINTS = sorted(point for point in crash.POINTS if point.startswith("record."))
CUTS = 2
"""How often the power goes at each point."""
TROUBLE = ("pipedrive", "business_central", "graph")
KINDS = 4
"""Deal, opportunity, project, folder."""


@pytest.fixture
async def life(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Life]:
    """An offer that was won, and other systems that know nothing of it."""
    async with living(database, database_url, tmp_path) as made:
        made.settings["OFFERDESK_CONFIG_DIR"] = str(_impatient(tmp_path))
        await asyncio.to_thread(run, "set-up", ["bot", "setup", "pipedrive"], made.settings, tmp_path)
        await database.write(lambda session: _won(session, made))
        yield made


def _impatient(folder: Path) -> Path:
    """A configuration that collects nothing: here the power goes, not the time."""
    built_in = Path(config.__file__).parent / "systems.toml"
    own = folder / "config"
    own.mkdir()
    text, times = re.subn(r"^(collect_minutes|wait_days) = \d+", r"\1 = 0", built_in.read_text(), flags=re.MULTILINE)
    assert times == 2
    (own / "systems.toml").write_text(text)
    return own


def _won(session: Session, life: Life) -> None:
    """An offer with everything that the other systems ask for."""
    now, company, by_key = datetime.now(UTC), config.default(), _people(session, life.sandbox)
    _meet(session, life.sandbox, by_key, f"{life.sandbox.settings.base_url}/teams/", now)
    lead = by_key["sales_lead"]
    request = tenders.ClientRequest(title="Panneau radiateur", client_name="Client", reference="RFP-7")
    offer = tenders.evaluate(session, tenders.enter_rfp(session, lead, request, now).id, lead, now, company)
    contact = Contact(name="Officer", search_text="officer", created_at=now, updated_at=now)
    session.add_all([contact, OfferCategory(offer_id=offer.id, axis="product", value="thermal")])
    session.flush()
    offer.contact_id = contact.id
    known = {f"person:{lead.id}": "LEAD1", f"contact:{contact.id}": "CT000010"}
    remember(session, System.BUSINESS_CENTRAL, known, now=now)
    signing = {
        "signed_on": company_day(now).isoformat(),
        "first_order": "4000",
        "price": "125000",
        "project_manager_id": by_key["project_manager"].entra_object_id,
    }
    ending.win(session, offer.id, signing, base=10**6, company=company, actor=lead, now=now)


def _again(session: Session) -> None:
    """The dead process's claims come free, and nobody waits for the next attempt."""
    _leases_end(session)
    session.execute(sa.update(LedgerRow).where(~MESSAGES).values(not_before=datetime.now(UTC)))


def _behind(session: Session) -> list[tuple[str, str, str | None]]:
    rows = session.scalars(sa.select(LedgerRow).where(~MESSAGES))
    late = [row for row in rows if row.done_version < row.wanted_version or row.state is not LedgerState.OK]
    return [(row.kind.value, row.state.value, row.error) for row in late]


async def _true(life: Life) -> bool:
    return not await life.database.read(_behind)


def _wrong(session: Session, life: Life) -> list[str]:
    (offer_id,) = session.scalars(sa.select(Offer.id)).all()
    return problems(session, life.sandbox, config.default(), [offer_id], _filed)


def _filed(_: Session, facts: OfferFacts) -> dict[str, bytes | None]:
    """A client's request that was won without a vote has no decision sheet, but a hand-over."""
    return {f"07 Hand-over/Passation-{facts.project_number}.docx": None}


def _renamed(session: Session, title: str) -> None:
    (offer,) = session.scalars(sa.select(Offer)).all()
    offer.title = title
    offer_changed(session, offer, now=datetime.now(UTC))


@pytest.mark.parametrize("point", POINTS)
async def test_each_record_is_there_once_and_true(life: Life, point: str) -> None:
    for cut in range(CUTS):
        async with life.bot(point) as child:
            await _died(child)
        await life.database.write(lambda session, again=cut: _renamed(session, f"Panneau radiateur {again}"))  # type: ignore[misc]
        await life.database.write(_again)
    for service in TROUBLE:
        life.sandbox.faults.add(
            RandomFaults(service=service, share=0.1, seed=7, kinds=["busy", "broken", "lose_response", "reset"])
        )
    async with life.bot():
        await eventually("that each record was tried", lambda: _some(life))
        life.sandbox.faults.clear()
        await life.database.write(_again)
        await eventually("every record true", lambda: _true(life), seconds=60.0)
    assert await life.database.read(lambda session: _wrong(session, life)) == []


async def _some(life: Life) -> bool:
    """Whether the bot tried each record at least once."""

    def tried(session: Session) -> int:
        rows: Any = session.scalars(sa.select(LedgerRow).where(~MESSAGES))
        return sum(row.attempts > 0 or row.remote is not None for row in rows)

    return await life.database.read(tried) == KINDS
