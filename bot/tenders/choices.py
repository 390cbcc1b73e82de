"""What people do with a tender: evaluate it, say that it is not for us, take that back, enter a client's request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import audit
from bot.config import Company, StageType
from bot.errors import Invalid, NotAllowed, NotFound, Stale
from bot.offers import service as offers
from bot.offers import stages
from bot.offers.models import Offer
from bot.offers.numbers import take
from bot.people.models import Person
from bot.sync.ledger import redraw, want
from bot.sync.models import Kind
from bot.tenders.models import Source, Tender, TenderChange
from bot.tenders.wording import clean, fold, procurement_clause
from bot.tenders.words import ChangeKind, TenderState

CLIENT_SEQUENCE = "client_rfp"
REASON_LIMIT = 1000
TITLE_LIMIT = 300
CLIENT_LIMIT = 200
REFERENCE_LIMIT = 60
DESCRIPTION_LIMIT = 8000
LINK_LIMIT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRequest:
    """A client's request as somebody typed it in. Times are aware; ``kind`` is ``rfp``, ``rfq``, ``rfi`` or ``itt``."""

    title: str
    client_name: str
    reference: str = ""
    description: str = ""
    closes_at: datetime | None = None
    clarification_at: datetime | None = None
    kind: str = "rfp"
    link: str = ""


def current(session: Session, tender_id: int) -> Tender:
    """The tender as it stands; raises :class:`NotFound`."""
    tender = session.get(Tender, tender_id, populate_existing=True)
    if tender is None:
        raise NotFound
    return tender


def evaluate(session: Session, tender_id: int, actor: Person, now: datetime, company: Company) -> Offer:
    """Pick the tender up: an offer in the first stage, owned by ``actor``.

    Whoever clicks later gets the offer that exists; compare its ``owner_id``. A tender that was put aside comes back.

    Raises:
        NotFound: no such tender.
        NotAllowed: guests may not.
        Stale: the portal cancelled it meanwhile.
    """
    tender = _locked(session, tender_id, actor)
    offer = offers.of_tender(session, tender_id)
    if offer is not None:
        return offer
    if tender.cancelled:
        raise Stale
    first = company.stages.of_type(StageType.FIRST_STAGE)
    stage = first.code if first else stages.first_listed(company)
    offer = offers.open_offer(
        session,
        tender=tender,
        title=tender.title,
        client_name=tender.entity,
        owner=actor,
        now=now,
        first_stage=stage,
        opened_on=stages.today(company, now),
        defaults=stages.defaults_of(company, stage),
        currency=company.lists.currencies[0],
    )
    _decide(session, tender, TenderState.EVALUATING, actor, now, after={"offer": offer.id})
    # Found by a search or in a digest, it may have no message of its own yet: from here on it needs one.
    tender.announced = True
    want(session, Kind.SHARED_CARD, tender.id, now=now)
    return offer


def dismiss(session: Session, tender_id: int, actor: Person, reason: str, now: datetime) -> Tender:
    """Say "not for us", with the reason as people will read it. Repeating it with the same reason changes nothing.

    Raises:
        NotFound: no such tender.
        NotAllowed: guests may not.
        Invalid: at ``reason``.
        Stale: somebody picked it up or put it aside meanwhile.
    """
    reason = clean(reason, lines=True)
    if not reason:
        raise Invalid({"reason": ("errors.required", {})})
    if len(reason) > REASON_LIMIT:
        raise Invalid({"reason": ("errors.too_long", {"limit": REASON_LIMIT})})
    tender = _locked(session, tender_id, actor)
    if tender.state is TenderState.DISMISSED and (tender.state_by_id, tender.dismiss_reason) == (actor.id, reason):
        return tender
    if tender.state is not TenderState.NEW:
        raise Stale
    tender.dismiss_reason = reason
    _decide(session, tender, TenderState.DISMISSED, actor, now, after={"reason": reason})
    redraw(session, Kind.SHARED_CARD, tender.id, now=now)
    return tender


def restore(session: Session, tender_id: int, actor: Person, now: datetime) -> Tender:
    """Take "not for us" back, whoever said it and however long ago; one that is not put aside stays as it is.

    Raises:
        NotFound: no such tender.
        NotAllowed: guests may not.
    """
    tender = _locked(session, tender_id, actor)
    if tender.state is not TenderState.DISMISSED:
        return tender
    before = {"reason": tender.dismiss_reason}
    tender.dismiss_reason = None
    _decide(session, tender, TenderState.NEW, actor, now, before=before)
    redraw(session, Kind.SHARED_CARD, tender.id, now=now)
    return tender


def enter_rfp(session: Session, actor: Person, request: ClientRequest, now: datetime) -> Tender:
    """Enter a client's request by hand; the channel gets its card at once.

    Raises:
        NotAllowed: guests may not.
        Invalid: at the fields named as in ``cards.fields``: ``title``, ``client``, ``reference``, ``closes_on`` …
    """
    _require_colleague(actor)
    texts = _checked(session, request, now)
    description, title = texts["description"], texts["title"]
    tender = Tender(
        source=Source.CLIENT,
        native_id=str(take(session, CLIENT_SEQUENCE, 1)),
        number=texts["reference"] or None,
        raw_title=title,
        title=title,
        tags=[],
        description=description,
        search_text=fold(f"{texts['reference']} {title} {texts['client']} {description}"),
        published_at=now,
        closes_at=request.closes_at,
        clarification_at=request.clarification_at,
        countries=[],
        products=[],
        technologies=[],
        clause=procurement_clause(description),
        entity=texts["client"],
        url=texts["link"] or None,
        raw={"type": request.kind},
        content_hash="",
        matched=True,
        match_reasons=[],
        announced=True,
        state_by_id=actor.id,
        first_seen_at=now,
        changed_at=now,
    )
    session.add(tender)
    session.flush()
    session.add(TenderChange(tender_id=tender.id, kind=ChangeKind.PUBLISHED, after=now.isoformat(), at=now))
    audit.record(
        session,
        now=now,
        action="tender.entered",
        subject="tender",
        subject_id=tender.id,
        actor_id=actor.id,
        after={"title": title, "client": tender.entity, "reference": tender.number},
    )
    want(session, Kind.SHARED_CARD, tender.id, now=now)
    return tender


def _checked(session: Session, request: ClientRequest, now: datetime) -> dict[str, str]:
    """The texts, cleaned; raises :class:`Invalid` with every field that cannot be accepted."""
    texts = {
        "title": clean(request.title),
        "client": clean(request.client_name),
        "reference": clean(request.reference),
        "description": clean(request.description, lines=True),
        "link": clean(request.link),
    }
    limits = (TITLE_LIMIT, CLIENT_LIMIT, REFERENCE_LIMIT, DESCRIPTION_LIMIT, LINK_LIMIT)
    fields: dict[str, tuple[str, dict[str, Any]]] = {
        name: ("errors.too_long", {"limit": limit})
        for (name, text), limit in zip(texts.items(), limits, strict=True)
        if len(text) > limit
    }
    fields |= {name: ("errors.required", {}) for name in ("title", "client") if not texts[name]}
    if texts["link"] and not texts["link"].lower().startswith("https://"):
        fields["link"] = ("errors.link", {})
    if request.closes_at is not None and request.closes_at <= now:
        fields["closes_on"] = ("errors.date_past", {})
    if request.closes_at and request.clarification_at and request.clarification_at > request.closes_at:
        fields["clarification_on"] = ("errors.date_order", {})
    if texts["reference"] and _exists(session, texts["client"], texts["reference"]):
        fields.setdefault("reference", ("errors.rfp_exists", {"reference": texts["reference"]}))
    if fields:
        raise Invalid(fields)
    return texts


def _exists(session: Session, client: str, reference: str) -> bool:
    statement = sa.select(Tender.id).where(
        Tender.source == Source.CLIENT,
        sa.func.lower(Tender.number) == reference.lower(),
        sa.func.lower(Tender.entity) == client.lower(),
    )
    return session.execute(statement.limit(1)).first() is not None


def _locked(session: Session, tender_id: int, actor: Person) -> Tender:
    """The tender, which nobody else changes until this transaction ends."""
    _require_colleague(actor)
    tender = session.get(Tender, tender_id, populate_existing=True, with_for_update=True)
    if tender is None:
        raise NotFound
    return tender


def _require_colleague(actor: Person) -> None:
    if actor.guest:
        raise NotAllowed(roles=("colleague",))


def _decide(
    session: Session,
    tender: Tender,
    state: TenderState,
    actor: Person,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Note who put the tender into a state."""
    left, tender.state = tender.state, state
    tender.state_by_id, tender.state_at = actor.id, now
    if state is not TenderState.DISMISSED:
        tender.dismiss_reason = None
    tender.revision += 1
    session.flush()
    audit.record(
        session,
        now=now,
        action=f"tender.{'restored' if state is TenderState.NEW else state.value}",
        subject="tender",
        subject_id=tender.id,
        actor_id=actor.id,
        before={"state": left.value, **(before or {})},
        after={"state": state.value, **(after or {})},
    )
