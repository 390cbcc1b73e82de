"""The stages of an offer: moving it by hand, marking a step done, steps after the award, and the history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.errors import NotAllowed
from bot.offers import fields, rules, stages
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome, StageStep
from bot.records import service as records
from bot.teams.dialogs.base import OfferDialog, Opened
from bot.teams.dialogs.listing import may_write, names_of, page_of, to_read, to_write
from cards.verbs import FormCode, ListCode, Verb
from cards.views.reader import Sentence, sentence
from cards.views.records import Press, RecordLine, RecordListView
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.config.models import PostAwardStep, Stage
    from bot.records.fields import FieldSpec
    from bot.teams.context import Turn


def _place(turn: Turn, step: StageStep) -> Stage | PostAwardStep | None:
    known = turn.company.stages
    return known.step_by_code(step.stage) if step.post_award else known.by_code(step.stage)


def _label(turn: Turn, step: StageStep) -> str:
    """The configured name of what a step entered; its code once the company removed it."""
    place = _place(turn, step)
    return place.label.of(turn.reader.language) if place else step.stage


# moving by hand


def _stage_fields(turn: Turn, _offer_id: int) -> Sequence[FieldSpec]:
    return fields.stage_change(turn.company.stages, turn.reader.language)


def _open_stage(turn: Turn, offer_id: int) -> Opened:
    offer = offers.by_id(turn.session, offer_id)
    offers.require_part(turn.session, offer, turn.person, turn.now)
    stages.require_open(offer)
    step = stages.last_step(turn.session, offer_id)
    note = sentence("stages.now_in", stage=_label(turn, step))
    today = stages.today(turn.company, turn.now).isoformat()
    return Opened(offer=offer.full_name, values={"entered_on": today}, revision=offer.revision, notes=(note,))


def _move(turn: Turn, offer_id: int, typed: Mapping[str, str], base: int) -> tuple[Offer, bool]:
    return stages.move(
        turn.session,
        offer_id,
        _stage_fields(turn, offer_id),
        typed,
        base=base,
        company=turn.company,
        actor=turn.person,
        now=turn.now,
    )


def _said_moved(turn: Turn, result: tuple[Offer, bool] | None) -> Sentence:
    if result is None:
        return sentence("stages.saved")
    offer, moved = result
    label = _label(turn, stages.last_step(turn.session, offer.id))
    return sentence("stages.moved" if moved else "stages.already_there", stage=label)


# a step is done


def _step_fields(turn: Turn, step_id: int) -> Sequence[FieldSpec]:
    step = stages.step_of(turn.session, step_id)
    reasons = stages.reasons_of(turn.company, step)
    return fields.step_done(reasons, turn.reader.language, step.reason_code)


def _open_step(turn: Turn, step_id: int) -> Opened:
    step = stages.step_of(turn.session, step_id)
    offer = to_write(turn, step.offer_id)
    values = records.texts_of(turn.session, step, _step_fields(turn, step_id))
    only = stages.only_reason(stages.reasons_of(turn.company, step))
    if not step.done:
        values |= {"done": "true"} | ({"reason_code": only} if only else {})
    note = sentence("stages.step_of", stage=_label(turn, step))
    return Opened(offer=offer.full_name, values=values, revision=offer.revision, notes=(note,))


def _finish(turn: Turn, step_id: int, typed: Mapping[str, str], base: int) -> tuple[Offer, StageStep]:
    return stages.finish(
        turn.session,
        step_id,
        _step_fields(turn, step_id),
        typed,
        base=base,
        company=turn.company,
        actor=turn.person,
        now=turn.now,
    )


def _said_finished(turn: Turn, result: tuple[Offer, StageStep] | None) -> Sentence:
    if result is None:
        return sentence("stages.saved")
    _offer, step = result
    return sentence("stages.finished" if step.done else "stages.not_finished", stage=_label(turn, step))


# steps after the award


def _post_award_fields(turn: Turn, _offer_id: int) -> Sequence[FieldSpec]:
    return fields.post_award(turn.company.stages, turn.reader.language)


def _open_post_award(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id)
    today = stages.today(turn.company, turn.now).isoformat()
    note = sentence("stages.post_award_informs")
    return Opened(offer=offer.full_name, values={"day": today}, revision=offer.revision, notes=(note,))


def _enter_post_award(turn: Turn, offer_id: int, typed: Mapping[str, str], _base: int) -> tuple[Offer, StageStep]:
    return stages.enter_post_award(
        turn.session,
        offer_id,
        _post_award_fields(turn, offer_id),
        typed,
        company=turn.company,
        actor=turn.person,
        now=turn.now,
    )


def _said_post_award(turn: Turn, result: tuple[Offer, StageStep] | None) -> Sentence:
    if result is None:
        return sentence("stages.saved")
    _offer, step = result
    return sentence("stages.post_award_noted", step=_label(turn, step), day=step.entered_on or "")


# the history


def show(turn: Turn, offer_id: int, page: int) -> RecordListView:
    """Every step of an offer, newest first: since when, how long, who or what, why."""
    offer = to_read(turn, offer_id)
    presales, after = stages.presales(turn.session, offer_id), stages.post_award_of(turn.session, offer_id)
    lasted = _lasted(turn, offer, presales)
    found = page_of([*reversed(after), *reversed(presales)], page)
    names = names_of(turn, (step.actor_id for step in found.items))
    writes, reasons = may_write(turn, offer), _reopened_because(turn, offer_id)
    current = presales[-1].id if presales else 0
    lines = []
    for step in found.items:
        said = (_since(turn, step, lasted.get(step.id)), _because(step, names))
        line = _line(turn, step, said, reasons.get(step.id, ""), current=step.id == current)
        buttons = _line_buttons(turn, offer, step, current=step.id == current) if writes else ()
        lines.append(replace(line, buttons=buttons))
    return RecordListView(
        code=ListCode.STAGES,
        offer_id=offer_id,
        offer=offer.full_name,
        title="stages.list_title",
        empty="stages.empty",
        lines=tuple(lines),
        total=found.total,
        page=found.number,
        pages=found.pages,
        summary=_summary(turn, offer, presales, lasted),
        buttons=_buttons(turn, offer, writes=writes),
    )


def _lasted(turn: Turn, offer: Offer, presales: Sequence[StageStep]) -> dict[int, int]:
    """Days in each stage by step; the last stage of an ended offer does not go on."""
    days = [step.entered_on or stages.today(turn.company, step.entered_at) for step in presales]
    going_on = offer.outcome is Outcome.OPEN or not days
    until = stages.today(turn.company, turn.now) if going_on else (offer.ended_on or days[-1])
    return dict(zip((step.id for step in presales), rules.durations(days, until), strict=True))


def _summary(turn: Turn, offer: Offer, presales: Sequence[StageStep], lasted: Mapping[int, int]) -> Sentence | None:
    if not presales:
        return None
    step = presales[-1]
    if offer.outcome is Outcome.OPEN:
        return sentence("stages.summary", count=lasted[step.id], stage=_label(turn, step))
    return sentence("stages.summary_ended", stage=_label(turn, step))


def _buttons(turn: Turn, offer: Offer, *, writes: bool) -> tuple[Press, ...]:
    """What comes next: another stage, or once it has ended a step after the award."""
    if offer.outcome is not Outcome.OPEN:
        return _post_award(turn, offer) if writes else ()
    if not _may_move(turn, offer):
        return ()
    return (Press(label="stages.move", verb=Verb.FORM_OPEN, id=offer.id, q=FormCode.STAGE.value, main=True),)


def _post_award(turn: Turn, offer: Offer) -> tuple[Press, ...]:
    if not turn.company.stages.post_award or offer.outcome is Outcome.NO_GO:
        return ()
    return (Press(label="stages.post_award", verb=Verb.FORM_OPEN, id=offer.id, q=FormCode.POST_AWARD.value),)


def _may_move(turn: Turn, offer: Offer) -> bool:
    try:
        offers.require_part(turn.session, offer, turn.person, turn.now)
    except NotAllowed:
        return False
    return True


def _reopened_because(turn: Turn, offer_id: int) -> dict[int, str]:
    """The reason of each reopening by its step, out of the trail."""
    statement = sa.select(AuditEvent.after).where(
        AuditEvent.subject == "offer", AuditEvent.subject_id == offer_id, AuditEvent.action == stages.REOPENED
    )
    found = (after or {} for after in turn.session.scalars(statement))
    return {int(after["step"]): str(after.get("reason") or "") for after in found if "step" in after}


def _line(turn: Turn, step: StageStep, lines: tuple[Sentence, ...], reopened: str, *, current: bool) -> RecordLine:
    state, tone = None, Tone.DEFAULT
    if step.done:
        state, tone = sentence("stages.state_done"), Tone.GOOD
    elif current:
        state, tone = sentence("stages.state_now"), Tone.ACCENT
    return RecordLine(
        title=_label(turn, step),
        state=state,
        tone=tone,
        lines=lines,
        text=" – ".join(part for part in (_reason(turn, step), step.reason_note or "", reopened) if part),
    )


def _line_buttons(turn: Turn, offer: Offer, step: StageStep, *, current: bool) -> tuple[Press, ...]:
    """A step is done or corrected where it stands; steps after the award can be noted while the offer is open."""
    label = "stages.correct" if step.done else "stages.mark_done"
    done = Press(label=label, verb=Verb.FORM_OPEN, id=step.id, q=FormCode.STEP_DONE.value)
    offered = (done,) if step.done or step.post_award or current else ()
    return (*offered, *_post_award(turn, offer)) if current and offer.outcome is Outcome.OPEN else offered


def _since(turn: Turn, step: StageStep, lasted: int | None) -> Sentence:
    day = step.entered_on or stages.today(turn.company, step.entered_at)
    if lasted is None:
        return sentence("stages.on", day=day)
    return sentence("stages.since", count=lasted, day=day)


def _because(step: StageStep, names: Mapping[int, str]) -> Sentence:
    name = names.get(step.actor_id) if step.actor_id is not None else None
    if name is None:
        return sentence(f"stages.cause_{step.cause}")
    return sentence(f"stages.cause_{step.cause}_by", name=name)


def _reason(turn: Turn, step: StageStep) -> str:
    listed = (one for one in stages.reasons_of(turn.company, step) if one.code == step.reason_code)
    found = next(listed, None)
    return found.label.of(turn.reader.language) if found else step.reason_code or ""


DIALOGS = {
    FormCode.STAGE: OfferDialog(
        domain="stages",
        title="move_title",
        button="move",
        fields=_stage_fields,
        opened=_open_stage,
        save=_move,
        said=_said_moved,
    ),
    FormCode.STEP_DONE: OfferDialog(
        domain="stages",
        title="done_title",
        button="save",
        fields=_step_fields,
        opened=_open_step,
        save=_finish,
        said=_said_finished,
    ),
    FormCode.POST_AWARD: OfferDialog(
        domain="stages",
        title="post_award_title",
        button="save",
        fields=_post_award_fields,
        opened=_open_post_award,
        save=_enter_post_award,
        said=_said_post_award,
    ),
}
LISTS = {ListCode.STAGES: show}
