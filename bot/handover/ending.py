"""How an offer ends: won, lost, abandoned; open again; and what is learned from it.

Each dialog may find that somebody else ended the offer first. Then nothing is overwritten: this person reads who, and
what differs, and decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.config.models import StageType
from bot.decisions.models import Round, RoundState
from bot.errors import Invalid
from bot.handover import amendments
from bot.handover import service as handover
from bot.handover.errors import AlreadyEnded, StillOpen, VoteRunning
from bot.handover.fields import DEBRIEF, LESSONS, PRICE, REOPENING, SIGNATURE, WINNER, WRITTEN, end_fields, in_time
from bot.offers import entries, stages
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome
from bot.people import service as people
from bot.people.models import Person
from bot.quotes.competitors import competitors_of, winner_of
from bot.quotes.models import Certainty, Competitor
from bot.records import service as records
from bot.records.fields import FieldSpec, as_text
from bot.reviews import service as reviews
from bot.reviews.fields import WAIVER
from bot.reviews.models import ReviewKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.records.fields import Problems
    from bot.records.service import Change

ENDED_ON = "ended_on"
MARKERS = {Outcome.WON: "signed_on", Outcome.LOST: "end_note", Outcome.ABANDONED: "end_note"}
"""What each ending writes, and a reopening clears: its trail tells that somebody ended the offer."""
TYPES = {Outcome.LOST: StageType.LOST, Outcome.ABANDONED: StageType.ABANDONED}


@dataclass(frozen=True, slots=True)
class _Merged:
    """What becomes of a value that does not stand on the offer itself: the clash, or the text the form shows next."""

    problems: Problems
    shown: dict[str, str]


def win(
    session: Session,
    offer_id: int,
    typed: Mapping[str, str],
    *,
    base: int,
    company: Company,
    actor: Person,
    now: datetime,
) -> Offer:
    """The client signed: won, with project number, first budget line and checklist; the project manager gets the
    hand-over. A lost or abandoned offer is open again first. On a won offer it corrects what the signature said.

    ``base``: the offer's revision that the dialog was opened on. Raises :class:`~bot.errors.Invalid` at the fields,
    also where the review before signature stands in the way; :class:`~bot.errors.NotAllowed` unless the person owns
    the offer or steers offers; :class:`~bot.offers.stages.EndedInNoGo`.
    """
    offer = _mine(session, offer_id, actor, now)
    today = people.today_of(actor, now)
    values = records.read(
        session,
        (*SIGNATURE, PRICE, WAIVER),
        typed,
        actor,
        lambda read: in_time("signed_on", read, offer.opened_on, today),
    )
    if offer.outcome is Outcome.WON:
        _correct_signature(session, offer, typed, values["price"], base=base, actor=actor, now=now)
    else:
        _sign(session, offer, values, base=base, company=company, actor=actor, now=now)
    handover.keep(session, offer, offer.project_manager_id, actor=actor, now=now)
    entries.changed(session, offer, actor=actor, now=now)
    return offer


def _mine(session: Session, offer_id: int, actor: Person, now: datetime) -> Offer:
    offer = offers.locked(session, offer_id)
    offers.require_part(session, offer, actor, now)
    return offer


def _sign(
    session: Session,
    offer: Offer,
    values: Mapping[str, Any],
    *,
    base: int,
    company: Company,
    actor: Person,
    now: datetime,
) -> None:
    _not_ended_since(session, offer, base, "signed_on", "ending.ended_decide")
    _no_vote(session, offer, "signed_on")
    gate = ReviewKind.SIGNATURE
    reviews.pass_gate(session, offer, gate, values["waiver"], company=company, actor=actor, now=now)
    on = values["signed_on"]
    stages.sign(session, offer, company=company, actor=actor, now=now, on=on)
    written = {spec.name: values[spec.name] for spec in SIGNATURE}
    records.change(session, offer, "offer", written, actor=actor, now=now, specs=SIGNATURE)
    amendments.move(session, offer, values["price"], amendment_id=None, field="price", on=on, actor=actor, now=now)
    handover.start_checklist(session, offer, company)


def _correct_signature(
    session: Session, offer: Offer, typed: Mapping[str, str], price: Decimal, *, base: int, actor: Person, now: datetime
) -> None:
    stored = amendments.price_signed(session, offer.id)
    merged = _merged("price", as_text(stored), as_text(price), _priced_since(session, offer.id, base))
    _save(session, offer, SIGNATURE, typed, merged, base=base, actor=actor, now=now)
    records.change(session, offer, "offer", {ENDED_ON: offer.signed_on}, actor=actor, now=now)
    if not merged.shown and price != stored:
        offers.touch(offer, now=now, actor_id=actor.id)
        on = people.today_of(actor, now)
        amendments.move(session, offer, price, amendment_id=None, field="price", on=on, actor=actor, now=now)


def _merged(name: str, stored: str, mine: str, theirs: Change | None, *, before: bool = True) -> _Merged:
    """Merge one text as ``records.save`` does. Without ``before``, what it was is not known: any difference is asked
    about.
    """
    if theirs is None or mine == stored:
        return _Merged({}, {})
    if before and mine == theirs.before:
        return _Merged({}, {name: stored})
    key = "errors.changed_meanwhile" if stored else "errors.emptied_meanwhile"
    value = {"value": stored} if stored else {}
    return _Merged({name: (key, {"name": theirs.actor, "at": theirs.at, **value})}, {})


def _save(
    session: Session,
    offer: Offer,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    merged: _Merged,
    *,
    base: int,
    actor: Person,
    now: datetime,
) -> None:
    """Write the offer's own fields, merged; a clash anywhere shows every value that others changed."""
    newest = str(offer.revision)
    try:
        records.save(session, offer, "offer", specs, typed, base=base, actor=actor, now=now)
    except Invalid as clash:
        if not clash.shown:
            raise
        raise Invalid({**clash.fields, **merged.problems}, shown={**clash.shown, **merged.shown}) from clash
    if merged.problems:
        raise Invalid(merged.problems, shown={**records.texts_of(session, offer, specs), **merged.shown, "rev": newest})


def _priced_since(session: Session, offer_id: int, base: int) -> Change | None:
    """What happened to the price of the signature after a revision of the offer."""
    statement = (
        sa.select(AuditEvent, Person.name)
        .outerjoin(Person, Person.id == AuditEvent.actor_id)
        .where(AuditEvent.subject == "offer", AuditEvent.subject_id == offer_id)
        .where(AuditEvent.action == amendments.MOVED)
        .order_by(AuditEvent.id)
    )
    found: Change | None = None
    for event, name in session.execute(statement):
        after, before = event.after or {}, event.before or {}
        if after.get("amendment") is None and int(after.get("revision", 0)) > base:
            first = found.before if found is not None else str(before.get("amount") or "")
            found = records.Change(first, name or "", event.at)
    return found


def _ended_since(session: Session, offer: Offer, base: int) -> Change | None:
    """Who ended the offer after a revision of it, or changed what was said about its end."""
    marker = MARKERS.get(offer.outcome)
    return records.changes_since(session, "offer", offer.id, base).get(marker) if marker is not None else None


def refuse_while_voting(session: Session, offer_id: int) -> None:
    """Raise :class:`VoteRunning`: an end said by hand would contradict what the approvers are deciding."""
    if _vote_runs(session, offer_id):
        raise VoteRunning


def _vote_runs(session: Session, offer_id: int) -> bool:
    running = sa.select(Round.id).where(Round.offer_id == offer_id, Round.state != RoundState.CLOSED)
    return session.scalars(running).first() is not None


def _no_vote(session: Session, offer: Offer, field: str) -> None:
    """As :func:`refuse_while_voting`, at a field, so that nothing that was typed is lost. The offer is locked: no round
    opens meanwhile.
    """
    if _vote_runs(session, offer.id):
        raise Invalid({field: (VoteRunning.key, {})})


def _not_ended_since(session: Session, offer: Offer, base: int, field: str, key: str) -> None:
    """Raise :class:`~bot.errors.Invalid` at ``field`` when somebody ended the offer while the dialog was open."""
    theirs = _ended_since(session, offer, base)
    if theirs is not None:
        shown = {"rev": str(offer.revision)}
        raise Invalid({field: (key, {"name": theirs.actor, "at": theirs.at})}, shown=shown)


def fields_of_end(company: Company, outcome: Outcome, language: str) -> tuple[FieldSpec, ...]:
    """What is asked when an offer is lost or abandoned; labels of configured reasons in ``fr`` or ``en``."""
    stage = company.stages.of_type(TYPES[outcome])
    reasons = [(one.code, one.label.of(language)) for one in stage.reasons] if stage else []
    more = (*WINNER, LESSONS, DEBRIEF) if outcome is Outcome.LOST else (LESSONS,)
    return (*end_fields(reasons), *more)


def end(
    session: Session,
    offer_id: int,
    outcome: Outcome,
    typed: Mapping[str, str],
    *,
    base: int,
    company: Company,
    actor: Person,
    now: datetime,
) -> Offer:
    """The offer is lost or abandoned: why, on which day, and what is learned; a lost one also says who won and for how
    much. On an offer that ended so it corrects what was said.

    Raises as :func:`win`, and :class:`AlreadyEnded` for an offer that ended otherwise.
    """
    offer = _mine(session, offer_id, actor, now)
    specs = fields_of_end(company, outcome, actor.language)
    texts = {**typed, **_only_reason(specs, typed)}
    today = people.today_of(actor, now)
    values = records.read(session, specs, texts, actor, lambda read: _end_problems(read, offer.opened_on, today))
    if offer.outcome is outcome:
        _correct_end(session, offer, specs, texts, values, base=base, company=company, actor=actor, now=now)
        return offer
    if offer.outcome in MARKERS:
        _not_ended_since(session, offer, base, "end_note", "ending.ended_meanwhile")
        raise AlreadyEnded
    _no_vote(session, offer, "end_note")
    stages.end(
        session,
        offer,
        outcome,
        company=company,
        actor=actor,
        now=now,
        on=values[ENDED_ON],
        reason=values.get("end_reason"),
        note=values["end_note"],
    )
    written = {LESSONS.name: values[LESSONS.name]}
    records.change(session, offer, "offer", written, actor=actor, now=now)
    _after_loss(session, offer, outcome, values, company=company, actor=actor, now=now)
    entries.changed(session, offer, actor=actor, now=now)
    return offer


def _only_reason(specs: Sequence[FieldSpec], typed: Mapping[str, str]) -> dict[str, str]:
    """Exactly one configured reason selects itself."""
    codes = next((spec.codes for spec in specs if spec.name == "end_reason"), ())
    return {"end_reason": codes[0]} if len(codes) == 1 and not typed.get("end_reason", "").strip() else {}


def _end_problems(values: Mapping[str, Any], opened_on: date | None, today: date) -> Problems:
    problems = in_time(ENDED_ON, values, opened_on, today)
    if values.get("winner_price") is not None and not values.get("winner"):
        problems["winner"] = ("ending.whose_price", {})
    return problems


def _correct_end(  # noqa: PLR0913  as end, on what was said before
    session: Session,
    offer: Offer,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    values: Mapping[str, Any],
    *,
    base: int,
    company: Company,
    actor: Person,
    now: datetime,
) -> None:
    theirs = _ended_since(session, offer, base)
    loss = loss_texts(session, offer) if offer.outcome is Outcome.LOST else {}
    merged = _Merged({}, {})
    for name, text in {**loss, ENDED_ON: as_text(offer.ended_on)}.items():
        one = _merged(name, text, as_text(values[name]), theirs, before=False)
        merged = _Merged({**merged.problems, **one.problems}, {})
    own = [spec for spec in specs if spec.name not in loss]
    _save(session, offer, own, typed, merged, base=base, actor=actor, now=now)
    step = stages.last_step(session, offer.id)
    if step.done:
        step.reason_code, step.reason_note = offer.end_reason, offer.end_note
    _after_loss(session, offer, offer.outcome, values, company=company, actor=actor, now=now)
    entries.changed(session, offer, actor=actor, now=now)


def loss_texts(session: Session, offer: Offer) -> dict[str, str]:
    """Who won, for how much, and whether a debrief is wanted, as the texts of the dialog."""
    winner = winner_of(session, offer.id)
    return {
        "winner": winner.name if winner else "",
        "winner_price": as_text(winner.amount) if winner else "",
        "debrief": as_text(offer.debrief_due_on is not None),
    }


def _after_loss(
    session: Session,
    offer: Offer,
    outcome: Outcome,
    values: Mapping[str, Any],
    *,
    company: Company,
    actor: Person,
    now: datetime,
) -> None:
    """Who won instead, and until when a debrief can be asked for."""
    if outcome is not Outcome.LOST or offer.ended_on is None:
        return
    due = offer.ended_on + timedelta(days=company.rules.debrief.days) if values["debrief"] else None
    records.change(session, offer, "offer", {"debrief_due_on": due}, actor=actor, now=now)
    _name_winner(session, offer, values["winner"], values["winner_price"], actor=actor, now=now)


def _name_winner(
    session: Session, offer: Offer, name: str | None, price: Decimal | None, *, actor: Person, now: datetime
) -> None:
    """Mark the competitor of this name as the winner, entered now if nobody had; nobody else is."""
    known = competitors_of(session, offer.id)
    wanted = (name or "").casefold()
    found = next((one for one in known if wanted and one.name.casefold() == wanted), None)
    for one in known:
        said: dict[str, object] = {"winner": one is found}
        if one is found:
            said |= {"certainty": Certainty.CONFIRMED, "amount": price if price is not None else one.amount}
        records.change(session, one, Competitor.__tablename__, said, actor=actor, now=now)
    if name and found is None:
        given = (FieldSpec(name="name", required=True),)
        entries.add(
            session,
            Competitor,
            offer.id,
            given,
            {"name": name},
            actor=actor,
            now=now,
            amount=price,
            winner=True,
            certainty=Certainty.CONFIRMED,
        )


def reopen(
    session: Session, offer_id: int, typed: Mapping[str, str], *, company: Company, actor: Person, now: datetime
) -> Offer:
    """Open an offer again that was won, lost or abandoned. Raises :class:`~bot.errors.Invalid` without a reason,
    :class:`~bot.offers.stages.NotEnded`, :class:`~bot.offers.stages.EndedInNoGo`.
    """
    offer = _mine(session, offer_id, actor, now)
    reason = records.read(session, REOPENING, typed, actor)["reason"]
    stages.reopen(session, offer, company=company, actor=actor, now=now, reason=reason)
    handover.stale(session, offer.id, now=now)
    return offer


def learn(
    session: Session, offer_id: int, typed: Mapping[str, str], *, base: int, actor: Person, now: datetime
) -> Offer:
    """Write down what is learned from an offer that has ended, and when the client's debrief took place.

    Raises :class:`StillOpen`, :class:`~bot.errors.Invalid`, :class:`~bot.errors.NotAllowed` unless the person works
    on the offer.
    """
    offer = entries.part_of(session, offer_id, actor, now)
    if offer.outcome is Outcome.OPEN:
        raise StillOpen
    today = people.today_of(actor, now)
    names = records.save(
        session,
        offer,
        "offer",
        WRITTEN,
        typed,
        base=base,
        actor=actor,
        now=now,
        check=lambda read: in_time("debrief_done_on", read, offer.opened_on, today),
    )
    if names:
        entries.changed(session, offer, actor=actor, now=now)
    return offer


def debriefed(session: Session, offer_id: int, *, actor: Person, now: datetime) -> Offer:
    """The debrief took place today, where the person is. Again keeps the first day. Raises as :func:`learn`."""
    offer = entries.part_of(session, offer_id, actor, now)
    if offer.outcome is Outcome.OPEN:
        raise StillOpen
    if offer.debrief_done_on is None:
        done = {"debrief_done_on": people.today_of(actor, now)}
        records.change(session, offer, "offer", done, actor=actor, now=now)
        entries.changed(session, offer, actor=actor, now=now)
    return offer
