"""What people do to the offers of the town, whatever the other systems are doing meanwhile."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.activities.models import Activity, ActivityKind
from bot.offers import stages
from bot.offers.models import Offer, TeamMember, TeamRole
from bot.offers.service import enter_stage
from bot.quotes.models import Quote

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from datetime import datetime
    from typing import Protocol

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from tests.chaos.power import SharedTime
    from tests.unit.decisions.conftest import House

    class Place(Protocol):
        """Where it happens."""

        house: House
        time: SharedTime
        company: Company

    Deed = Callable[[Place, Session, Offer, random.Random], None]

MONDAY = date(2026, 11, 23)
NEW_CALLS = 0.4


def renamed(_: Place, _session: Session, offer: Offer, dice: random.Random) -> None:
    """Another title."""
    offer.title = f"Thermal study {offer.id}, version {dice.randint(1, 99)}"


def moved(here: Place, session: Session, offer: Offer, dice: random.Random) -> None:
    """Another stage, until it is won."""
    if offer.project_number is None:
        enter_stage(session, offer, dice.choice(["PRE", "REV", "SNT", "NEG"]), now=here.time.now(), cause="person")


def priced(here: Place, session: Session, offer: Offer, dice: random.Random) -> None:
    """A quote is sent."""
    author, now = here.house.people["engineer"], here.time.now()
    there = sa.select(sa.func.count()).select_from(Quote).where(Quote.offer_id == offer.id)
    stamps: dict[str, int | datetime] = {"revision": 1, "created_at": now, "created_by_id": author, "updated_at": now}
    quote = {"offer_id": offer.id, "number": (session.scalar(there) or 0) + 1, "currency": "EUR"}
    price = Decimal(dice.randint(1_000, 900_000))
    session.add(Quote(**quote, **stamps, price=price, updated_by_id=author, sent_on=MONDAY, sent_at=now))


def joined(here: Place, session: Session, offer: Offer, _: random.Random) -> None:
    """Somebody joins the team."""
    person_id = here.house.people["project manager"]
    there = sa.select(TeamMember.id).where(TeamMember.offer_id == offer.id, TeamMember.person_id == person_id)
    if session.scalar(there) is None:
        session.add(TeamMember(offer_id=offer.id, person_id=person_id, role=TeamRole.CONTRIBUTOR, joined_on=MONDAY))


def planned(here: Place, session: Session, offer: Offer, dice: random.Random) -> None:
    """A call is planned, moved, done, or called off."""
    there = session.scalars(sa.select(Activity).where(Activity.offer_id == offer.id)).all()
    on, now, author = MONDAY + timedelta(days=dice.randint(1, 60)), here.time.now(), here.house.people["engineer"]
    if not there or dice.random() < NEW_CALLS:
        stamps: dict[str, int | datetime] = {"revision": 1, "created_at": now, "updated_at": now}
        by = {"created_by_id": author, "updated_by_id": author, "owner_id": author}
        kept = {"offer_id": offer.id, "number": len(there) + 1, "planned_on": on, "kind": ActivityKind.CALL}
        at = dice.choice(["09:30", None])
        session.add(Activity(**kept, **by, **stamps, subject=f"Call {len(there) + 1}", planned_time=at))
        return
    call = dice.choice(there)
    call.planned_on, call.planned_time = on, dice.choice(["14:00", None])
    call.done_on, call.removed_at = dice.choice([MONDAY, None]), dice.choice([now, None])


def won(here: Place, session: Session, offer: Offer, dice: random.Random) -> None:
    """The client signs, and the kick-off gets its day, or another one."""
    actor = here.house.person(session, "sales lead")
    stages.sign(session, offer, company=here.company, actor=actor, now=here.time.now(), on=MONDAY)
    offer.kick_off_on = dice.choice([MONDAY + timedelta(days=dice.randint(90, 200)), None])


DEEDS: tuple[Deed, ...] = (renamed, moved, priced, joined, planned, won)
