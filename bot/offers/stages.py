"""What moves an offer through its stages: people, a sent quote, an activity, the signature. Stage and outcome are two
axes; here they are kept from contradicting each other. Callers hold the offer's lock (``offers.locked``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot import audit
from bot.config.models import StageType
from bot.errors import Invalid, NotFound, Refused
from bot.offers import rules
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome, StageStep
from bot.quotes.models import Quote
from bot.records import service as records
from bot.sync.ledger import want
from bot.sync.models import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company, Reason
    from bot.people.models import Person
    from bot.records.fields import FieldSpec, Problems

BY_PERSON, BY_QUOTE, BY_ACTIVITY, BY_SIGNATURE = offers.BY_PERSON, "quote", "activity", "signature"
REOPENING = "reopening"
SUBJECT, STEP = "offer", "stage_step"
MOVED, REOPENED = "offer.stage", "offer.reopened"
OF_THE_OFFER = frozenset({"revision", "updated_at", "updated_by_id"})
NOTE_LIMIT = 2000
ENDS = {Outcome.LOST: StageType.LOST, Outcome.ABANDONED: StageType.ABANDONED}


class EndedInNoGo(Refused):
    """This offer is decided. Reopen the decision first."""

    key = "errors.offer_ended"


class Ended(Refused):
    """This offer has ended. Reopen it first."""

    key = "errors.offer_closed"


class NotEnded(Refused):
    """This offer is open: there is nothing to reopen."""

    key = "errors.offer_open"


def today(company: Company, now: datetime) -> date:
    """The day of ``now`` in the company's time zone."""
    return now.astimezone(ZoneInfo(company.holidays.time_zone)).date()


def defaults_of(company: Company, code: str) -> rules.Defaults:
    """The probabilities that a stage gives."""
    stage = company.stages.by_code(code)
    return rules.Defaults(stage.launch, stage.success) if stage else rules.NO_DEFAULTS


def first_stage(company: Company, given: str | None = None) -> str:
    """Where a new offer begins: ``given``, else the first stage of type ``first_stage`` by code.

    Raises :class:`Invalid` at ``stage`` when no stage has the type and none is given, or the given one closes.
    """
    of_type = (stage.code for stage in company.stages.stage if stage.type is StageType.FIRST_STAGE)
    found = rules.first_stage(of_type, given)
    if found is None:
        raise Invalid({"stage": ("errors.required", {})})
    stage = company.stages.by_code(found)
    if stage is None or stage.closes:
        raise Invalid({"stage": ("errors.choice", {})})
    return found


def first_listed(company: Company) -> str:
    """The first stage of the file that does not close: what one click gives where no stage has the type."""
    return next(stage.code for stage in company.stages.stage if not stage.closes)


def was_sent(session: Session, offer_id: int) -> bool:
    """Whether a quote of this offer was sent."""
    statement = sa.select(Quote.id).where(
        Quote.offer_id == offer_id, Quote.sent_at.is_not(None), Quote.removed_at.is_(None)
    )
    return session.scalar(statement.limit(1)) is not None


def enter(
    session: Session,
    offer: Offer,
    stage: str,
    *,
    company: Company,
    now: datetime,
    cause: str,
    actor_id: int | None,
    on: date | None = None,
) -> bool:
    """Move an offer into a stage, with the stage's default probabilities unless they were set by hand; its cards are
    marked. The outcome stays: closing stages are entered by :func:`sign` and :func:`end`.

    ``on``: the day of the event, in the company's time zone; today when not given. False when it was there already.
    """
    moved = offers.enter_stage(
        session,
        offer,
        stage,
        now=now,
        cause=cause,
        actor_id=actor_id,
        on=on or today(company, now),
        defaults=defaults_of(company, stage),
    )
    if moved:
        offers.mark_shared(session, offer, now=now)
    return moved


def after_quote_sent(
    session: Session, offer: Offer, *, company: Company, actor: Person, now: datetime, on: date
) -> None:
    """A quote was sent: the offer enters the ``quote_sent`` stage. A lost or abandoned offer is open again first; a won
    one stays won.

    Raises :class:`EndedInNoGo`: only its round opens such an offer again.
    """
    _refuse_no_go(offer)
    if offer.outcome is Outcome.WON:
        return
    if offer.outcome is not Outcome.OPEN:
        step = _open_again(session, offer, company=company, actor=actor, now=now, on=on, why=BY_QUOTE)
        _tell(session, offer, step, now)
    _enter_type(session, offer, StageType.QUOTE_SENT, company, actor, now, on, BY_QUOTE)


def after_activity(session: Session, offer: Offer, *, company: Company, actor: Person, now: datetime, on: date) -> bool:
    """An appointment, call or task was recorded: an open offer enters the ``negotiation`` stage once it was sent, or at
    once where the company says so. Tells whether it moved.
    """
    if offer.outcome is not Outcome.OPEN:
        return False
    if not (company.rules.stages.negotiation_on_any_activity or _reached_sent(session, offer, company)):
        return False
    return _enter_type(session, offer, StageType.NEGOTIATION, company, actor, now, on, BY_ACTIVITY)


def _reached_sent(session: Session, offer: Offer, company: Company) -> bool:
    """A sent quote, or somebody moved it to the sent stage by hand."""
    codes = [stage.code for stage in company.stages.stage if stage.type is StageType.QUOTE_SENT]
    statement = sa.select(StageStep.id).where(
        StageStep.offer_id == offer.id, StageStep.post_award.is_(False), StageStep.stage.in_(codes)
    )
    return was_sent(session, offer.id) or session.scalar(statement.limit(1)) is not None


def _enter_type(
    session: Session,
    offer: Offer,
    kind: StageType,
    company: Company,
    actor: Person,
    now: datetime,
    on: date,
    cause: str,
) -> bool:
    stage = company.stages.of_type(kind)
    if stage is None:
        return False
    return enter(session, offer, stage.code, company=company, now=now, cause=cause, actor_id=actor.id, on=on)


def sign(session: Session, offer: Offer, *, company: Company, actor: Person, now: datetime, on: date) -> None:
    """The client signed: the offer is won, in the ``won`` stage, with its project number. One that was lost or
    abandoned is open again first; one that has no number yet gets it. Again on a won offer it only moves the day.

    Sets ``signed_on`` and ``ended_on``. Raises :class:`EndedInNoGo`.
    """
    _refuse_no_go(offer)
    first = offer.outcome is not Outcome.WON
    if first and offer.outcome is not Outcome.OPEN:
        _open_again(session, offer, company=company, actor=actor, now=now, on=on, why=BY_SIGNATURE)
    if first:
        _enter_type(session, offer, StageType.WON, company, actor, now, on, BY_SIGNATURE)
        offers.set_outcome(session, offer, Outcome.WON, now=now, actor_id=actor.id, on=on)
        give_project_number(session, offer, company=company, actor=actor, now=now)
    records.change(session, offer, "offer", {"signed_on": on, "ended_on": on}, actor=actor, now=now)
    if first:
        _tell(session, offer, last_step(session, offer.id), now)
    offers.mark_shared(session, offer, now=now)


def give_project_number(session: Session, offer: Offer, *, company: Company, actor: Person, now: datetime) -> str:
    """``S580P``: the offer number, given now if there is none, with the suffix. An earlier one stays."""
    if offer.project_number is not None:
        return offer.project_number
    numbers = company.rules.numbers
    number = offers.allocate_number(
        session, offer.id, now=now, pattern=numbers.pattern, first=numbers.first, actor_id=actor.id
    )
    session.refresh(offer)
    offer.project_number = number + numbers.project_suffix
    offers.touch(offer, now=now, actor_id=actor.id)
    _trail(session, offer, "offer.project_numbered", actor, now, {"project_number": offer.project_number})
    return offer.project_number


def end(  # noqa: PLR0913  an end is said with day, reason and note
    session: Session,
    offer: Offer,
    outcome: Outcome,
    *,
    company: Company,
    actor: Person,
    now: datetime,
    on: date,
    reason: str | None,
    note: str | None,
) -> None:
    """Lost or abandoned, by hand: enters that stage, with a reason out of the stage's list and a note.

    A single configured reason selects itself; where none is configured only the note is asked for. Raises
    :class:`Invalid` at ``reason`` and ``note``, :class:`Ended` for an offer that is not open.
    """
    stage = company.stages.of_type(ENDS[outcome])
    if offer.outcome is not Outcome.OPEN:
        _refuse_no_go(offer)
        raise Ended
    reason, note = _end_said(stage.reasons if stage else (), reason, note)
    if stage is not None:
        _enter_type(session, offer, ENDS[outcome], company, actor, now, on, BY_PERSON)
        step = last_step(session, offer.id)
        step.done, step.reason_code, step.reason_note = True, reason, note
    offers.set_outcome(session, offer, outcome, now=now, actor_id=actor.id, on=on)
    values = {"end_reason": reason, "end_note": note}
    records.change(session, offer, "offer", values, actor=actor, now=now)
    _tell(session, offer, last_step(session, offer.id), now)
    offers.mark_shared(session, offer, now=now)


def _end_said(reasons: tuple[Reason, ...], reason: str | None, note: str | None) -> tuple[str | None, str]:
    problems: dict[str, tuple[str, dict[str, Any]]] = {}
    codes = [one.code for one in reasons]
    reason = reason or (codes[0] if len(codes) == 1 else None)
    note = (note or "").strip()
    if codes and reason is None:
        problems["reason"] = ("errors.required", {})
    elif reason is not None and reason not in codes:
        problems["reason"] = ("errors.choice", {})
    if not note:
        problems["note"] = ("errors.required", {})
    elif len(note) > NOTE_LIMIT:
        problems["note"] = ("errors.too_long", {"limit": NOTE_LIMIT})
    if problems:
        raise Invalid(problems)
    return reason, note


def reopen(session: Session, offer: Offer, *, company: Company, actor: Person, now: datetime, reason: str) -> None:
    """Open a won, lost or abandoned offer again, in the last stage that does not close. Numbers and history stay; what
    the end said is cleared.

    Raises :class:`Invalid` at ``reason`` when it is empty, :class:`NotEnded`, :class:`EndedInNoGo`.
    """
    _refuse_no_go(offer)
    if offer.outcome is Outcome.OPEN:
        raise NotEnded
    reason = reason.strip()
    if not reason:
        raise Invalid({"reason": ("errors.required", {})})
    if len(reason) > NOTE_LIMIT:
        raise Invalid({"reason": ("errors.too_long", {"limit": NOTE_LIMIT})})
    on = today(company, now)
    step = _open_again(session, offer, company=company, actor=actor, now=now, on=on, why=BY_PERSON, reason=reason)
    _tell(session, offer, step, now)


def _open_again(
    session: Session,
    offer: Offer,
    *,
    company: Company,
    actor: Person,
    now: datetime,
    on: date,
    why: str,
    reason: str | None = None,
) -> StageStep:
    going_on = {stage.code for stage in company.stages.stage if not stage.closes}
    history = [step.stage for step in presales(session, offer.id)]
    first = rules.first_stage(stage.code for stage in company.stages.stage if stage.type is StageType.FIRST_STAGE)
    stage = rules.stage_to_reopen(history, going_on, first) or first_listed(company)
    offers.set_outcome(session, offer, Outcome.OPEN, now=now, actor_id=actor.id)
    cleared = dict.fromkeys(("end_reason", "end_note", "signed_on", "debrief_due_on"))
    records.change(session, offer, "offer", cleared, actor=actor, now=now)
    enter(session, offer, stage, company=company, now=now, cause=REOPENING, actor_id=actor.id, on=on)
    step = last_step(session, offer.id)
    _trail(session, offer, REOPENED, actor, now, {"step": step.id, "why": why, "reason": reason})
    offers.mark_shared(session, offer, now=now)
    return step


def move(
    session: Session,
    offer_id: int,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    *,
    base: int,
    company: Company,
    actor: Person,
    now: datetime,
) -> tuple[Offer, bool]:
    """Move an open offer by hand into a stage that does not close, as ``fields.stage_change`` was typed; tells whether
    it moved. Somebody who opened the dialog before another move is asked first.

    The owner and those who steer offers may. Raises :class:`Invalid` at ``stage``, ``entered_on``, ``reason_code``,
    ``done``, :class:`Ended`, :class:`EndedInNoGo`.
    """
    offer = offers.locked(session, offer_id)
    offers.require_part(session, offer, actor, now)
    require_open(offer)

    def check(values: Mapping[str, Any]) -> Problems:
        return _move_problems(session, offer, values, company, now)

    values = records.read(session, specs, typed, actor, check)
    _ask_after_another_move(session, offer, values["stage"], base, company, actor)
    moved = enter(
        session,
        offer,
        values["stage"],
        company=company,
        now=now,
        cause=BY_PERSON,
        actor_id=actor.id,
        on=values["entered_on"],
    )
    if values["done"]:
        step = last_step(session, offer.id)
        said = {"done": True, "reason_code": _reason_of(values, company), "reason_note": values["reason_note"]}
        records.change(session, StepRecord(step, offer), STEP, said, actor=actor, now=now)
        offers.mark_shared(session, offer, now=now)
    return offer, moved


def require_open(offer: Offer) -> None:
    """Raise :class:`EndedInNoGo` or :class:`Ended` unless the offer is open."""
    _refuse_no_go(offer)
    if offer.outcome is not Outcome.OPEN:
        raise Ended


def _move_problems(
    session: Session, offer: Offer, values: Mapping[str, Any], company: Company, now: datetime
) -> Problems:
    problems: Problems = {}
    day, latest = values["entered_on"], offers.latest_day(session, offer.id)
    if day > today(company, now):
        problems["entered_on"] = ("errors.date_future", {})
    elif latest is not None and day < latest:
        problems["entered_on"] = ("errors.step_before", {"day": latest})
    reason, note = values.get("reason_code"), values.get("reason_note")
    if reason and reason.partition(".")[0] != values["stage"]:
        problems["reason_code"] = ("errors.reason_of_stage", {})
    elif (reason or note) and not values["done"]:
        problems["reason_code" if reason else "reason_note"] = ("errors.reason_of_done", {})
    return problems


def _reason_of(values: Mapping[str, Any], company: Company) -> str | None:
    """The reason given with a move; a single configured one selects itself."""
    if values.get("reason_code"):
        return str(values["reason_code"]).partition(".")[2]
    stage = company.stages.by_code(values["stage"])
    return only_reason(stage.reasons if stage else ())


def only_reason(reasons: Sequence[Reason]) -> str | None:
    """The reason that selects itself because no other is configured."""
    return reasons[0].code if len(reasons) == 1 else None


def _ask_after_another_move(
    session: Session, offer: Offer, wanted: str, base: int, company: Company, actor: Person
) -> None:
    """Raise :class:`Invalid` at ``stage`` when somebody moved the offer since revision ``base``, to somewhere else."""
    change = records.changes_since(session, SUBJECT, offer.id, base, action=MOVED).get("stage")
    if change is None or wanted == offer.stage:
        return
    stage = company.stages.by_code(offer.stage)
    value = stage.label.of(actor.language) if stage else offer.stage
    said = {"name": change.actor or "Offerdesk", "at": change.at, "value": value}
    raise Invalid({"stage": ("errors.changed_meanwhile", said)}, shown={"rev": str(offer.revision)})


class StepRecord:
    """A step as the dialog on it edits it: with the revision of its offer."""

    id: Any
    revision: Any
    updated_at: Any

    def __init__(self, step: StageStep, offer: Offer) -> None:
        """Keep both."""
        self.__dict__.update(_step=step, _offer=offer)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  any field of the step
        """A field of the step, or what tells who changed the offer last."""
        return getattr(self._offer if name in OF_THE_OFFER else self._step, name)

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401  any field of the step
        """Write it where it is stored."""
        setattr(self._offer if name in OF_THE_OFFER else self._step, name, value)


def step_of(session: Session, step_id: int) -> StageStep:
    """The step with this id; raises :class:`NotFound`."""
    step = session.get(StageStep, step_id, populate_existing=True)
    if step is None:
        raise NotFound
    return step


def reasons_of(company: Company, step: StageStep) -> tuple[Reason, ...]:
    """The reasons configured for the stage or post-award step that a step entered."""
    place = company.stages.step_by_code(step.stage) if step.post_award else company.stages.by_code(step.stage)
    return place.reasons if place else ()


def finish(
    session: Session,
    step_id: int,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    *,
    base: int,
    company: Company,
    actor: Person,
    now: datetime,
) -> tuple[Offer, StageStep]:
    """Mark a step done with its reason, as ``fields.step_done`` was typed, or not done; merged with what others said.

    A single configured reason selects itself. The owner, the team and those who steer offers may. Raises
    :class:`Invalid` at ``reason_code``, ``reason_note``.
    """
    offer = offers.locked(session, step_of(session, step_id).offer_id)
    offers.require_part(session, offer, actor, now, team=True)
    step = step_of(session, step_id)
    only = only_reason(reasons_of(company, step))
    if typed.get("done") == "true" and only and not typed.get("reason_code"):
        typed = {**typed, "reason_code": only}
    record = StepRecord(step, offer)
    names = records.save(
        session, record, STEP, specs, typed, base=base, actor=actor, now=now, check=_only_done_has_reasons
    )
    if names:
        offers.mark_shared(session, offer, now=now)
    return offer, step


def _only_done_has_reasons(values: Mapping[str, Any]) -> Problems:
    if values["done"]:
        return {}
    return {name: ("errors.reason_of_done", {}) for name in ("reason_code", "reason_note") if values.get(name)}


def enter_post_award(
    session: Session,
    offer_id: int,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    *,
    company: Company,
    actor: Person,
    now: datetime,
) -> tuple[Offer, StageStep]:
    """Note a step after the award and its day, as ``fields.post_award`` was typed; a step that is noted already gets
    the new day. It moves nothing.

    The day must not stand before the latest pre-sales step; for a step that may start in pre-sales, not before the
    offer was opened. Raises :class:`Invalid` at ``day``, :class:`EndedInNoGo`.
    """
    offer = offers.locked(session, offer_id)
    offers.require_part(session, offer, actor, now, team=True)
    _refuse_no_go(offer)

    def check(values: Mapping[str, Any]) -> Problems:
        place = company.stages.step_by_code(values["step"])
        earliest = rules.earliest_post_award(
            may_start_in_presales=place is not None and place.may_start_in_presales,
            latest_presales=offers.latest_day(session, offer.id),
            opened_on=offer.opened_on or today(company, offer.opened_at),
        )
        return {"day": ("errors.step_before", {"day": earliest})} if values["day"] < earliest else {}

    values = records.read(session, specs, typed, actor, check)
    code, day = values["step"], values["day"]
    statement = sa.select(StageStep).where(
        StageStep.offer_id == offer.id, StageStep.post_award.is_(True), StageStep.stage == code
    )
    step = session.scalars(statement).first()
    if step is None:
        step = StageStep(
            offer_id=offer.id,
            stage=code,
            entered_at=now,
            entered_on=day,
            cause=BY_PERSON,
            actor_id=actor.id,
            post_award=True,
        )
        session.add(step)
        offers.touch(offer, now=now, actor_id=actor.id)
        _trail(session, offer, "offer.post_award", actor, now, {"step": code, "day": day.isoformat()})
    else:
        records.change(session, StepRecord(step, offer), STEP, {"entered_on": day}, actor=actor, now=now)
    offers.mark_shared(session, offer, now=now)
    return offer, step


def post_award_of(session: Session, offer_id: int) -> list[StageStep]:
    """The steps after the award by their days."""
    statement = sa.select(StageStep).where(StageStep.offer_id == offer_id, StageStep.post_award.is_(True))
    return list(session.scalars(statement.order_by(StageStep.entered_on, StageStep.id)))


def presales(session: Session, offer_id: int) -> list[StageStep]:
    """The pre-sales steps in the order in which they were entered."""
    statement = sa.select(StageStep).where(StageStep.offer_id == offer_id, StageStep.post_award.is_(False))
    return list(session.scalars(statement.order_by(StageStep.id)))


def last_step(session: Session, offer_id: int) -> StageStep:
    """The pre-sales step that an offer is in."""
    statement = sa.select(StageStep).where(StageStep.offer_id == offer_id, StageStep.post_award.is_(False))
    found = session.scalars(statement.order_by(StageStep.id.desc()).limit(1)).first()
    if found is None:
        raise NotFound
    return found


def _refuse_no_go(offer: Offer) -> None:
    if offer.outcome is Outcome.NO_GO:
        raise EndedInNoGo


def _tell(session: Session, offer: Offer, step: StageStep, now: datetime) -> None:
    """Say it in the tender's thread."""
    session.flush()
    if offer.tender_id is not None:
        want(session, Kind.END_REPLY, step.id, now=now)


def _trail(session: Session, offer: Offer, action: str, actor: Person, now: datetime, after: dict[str, Any]) -> None:
    session.flush()
    audit.record(session, now=now, action=action, subject="offer", subject_id=offer.id, actor_id=actor.id, after=after)
