"""One offer as a card: where it stands, what decides next, who is on it. The same in channel, chat and search."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import action_set, link, more, press
from cards.buyers import buyer_name
from cards.envelope import Card, Part, Refresh, finish
from cards.escape import escape, plain
from cards.formats import day, deadline, hours, listed, local, money, number, when, word
from cards.hours_offer import hours_line
from cards.pieces import (
    ARROW,
    FACT_ROWS,
    band,
    bullets,
    columns,
    facts,
    footer,
    group,
    headline,
    kicker,
    label,
    paragraph,
    small,
    subtitle,
    text,
)
from cards.sync import system_parts
from cards.texts import texts
from cards.verbs import FormCode, ListCode, Verb
from cards.views.offers import Handover, Missing, Review
from cards.words import Outcome, RoundOutcome, TeamRole, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cards.views import OfferLine, OfferView, Reader

OUTCOME_TONES: Final = {
    Outcome.WON: Tone.GOOD,
    Outcome.LOST: Tone.ATTENTION,
    Outcome.NO_GO: Tone.ATTENTION,
    Outcome.ABANDONED: Tone.DEFAULT,
}
VISIBLE: Final = 3
IN_ONE_PLACE: Final = 6
"""Buttons that one row of Teams holds."""
MOST_FACTS: Final = 12
CHIPS: Final = 3
FILLS: Final = {
    Missing.CLIENT: FormCode.THIRD_PARTY,
    Missing.CONTACT: FormCode.THIRD_PARTY,
    Missing.CATEGORY: FormCode.QUALIFICATION,
    Missing.DUE: FormCode.QUALIFICATION,
    Missing.AMOUNT: FormCode.MONEY,
}
"""The dialog that takes what is missing; the team has a verb of its own."""
STEERED: Final = frozenset(
    {
        FormCode.STAGE,
        FormCode.REVIEW_ASK,
        FormCode.REVIEW_WAIVE,
        FormCode.WON,
        FormCode.LOST,
        FormCode.ABANDON,
        FormCode.REOPEN,
    }
)
"""Dialogs of the owner and of those who steer offers; the team may open the others."""
CORRECTED: Final = {
    Outcome.WON: FormCode.WON,
    Outcome.LOST: FormCode.LOST,
    Outcome.ABANDONED: FormCode.ABANDON,
}
"""The dialog that recorded an end also corrects it."""
EDITED: Final = (
    FormCode.IDENTITY,
    FormCode.THIRD_PARTY,
    FormCode.QUALIFICATION,
    FormCode.MONEY,
    FormCode.ORIGIN,
    FormCode.STAGE,
    FormCode.PLAN,
)
ADDED: Final = (
    FormCode.HOURS_LOG,
    FormCode.QUOTE_ADD,
    FormCode.PARTNER_QUOTE_ADD,
    FormCode.COMPETITOR_ADD,
    FormCode.CLARIFICATION_ADD,
    FormCode.POINT_ADD,
    FormCode.ACTIVITY_ADD,
    FormCode.DOCUMENT_ADD,
    FormCode.ASSOCIATION_ADD,
    FormCode.CLIENT_ADD,
    FormCode.CONTACT_ADD,
)
BEFORE_AWARD: Final = frozenset(
    {FormCode.QUOTE_ADD, FormCode.COMPETITOR_ADD, FormCode.CLARIFICATION_ADD, FormCode.POINT_ADD}
)
"""What nobody adds any more once the contract is signed."""


def offer_card(view: OfferView, reader: Reader) -> Card:
    """One offer with what comes next first."""
    t = texts(reader.language)
    ended = view.outcome is not Outcome.OPEN
    state = word(view.outcome, reader.language) if ended else escape(view.stage, 40)
    tone = OUTCOME_TONES[view.outcome] if ended else view.stage_tone
    rows = [row for row in _facts(view, reader) if row[1]]
    body = [
        kicker(t("offers.kind"), view.project_number or view.number or view.reference, state, tone),
        headline(view.title),
        *subtitle(_subtitle(view, reader)),
        _where_it_stands(view, reader),
        *facts(rows),
        *_spent(view, reader),
        *_team(view, reader),
        *_missing(view, reader),
        *system_parts(view.systems, view.offer_id, reader),
        *footer(view.last_change, reader),
    ]
    what = plain(" ".join(part for part in (view.number or view.reference, view.title) if part), 120)
    return finish(
        body,
        _buttons(view, reader, rows[FACT_ROWS:]),
        summary=t("offers.notify", what=what, state=state),
        refresh=Refresh(Verb.REFRESH_OFFER, view.offer_id, view.revision, ()),
    )


def offer_line(line: OfferLine, reader: Reader) -> Part:
    """One offer as two or three lines that open it."""
    state = escape(line.stage, 40) if line.outcome is Outcome.OPEN else word(line.outcome, reader.language)
    client = escape(buyer_name(line.client), 60)
    quiet = " · ".join(part for part in (escape(line.reference, 40), client, state, escape(line.owner, 60)) if part)
    title = " · ".join(part for part in (line.number, line.title) if part)
    due = deadline(line.due_at, reader, year=False) if line.due_at and line.outcome is Outcome.OPEN else ""
    amount = money(line.amount, reader.language) if line.amount else ""
    third = " · ".join(part for part in (due, amount) if part)
    lines = [text(escape(title, 120), bold=True), small(quiet, spacing=Spacing.NONE)]
    if third:
        lines.append(text(third, spacing=Spacing.NONE))
    return group(lines, tap=press(texts(reader.language)("frame.open"), Verb.OFFER_SHOW, line.offer_id))


def _subtitle(view: OfferView, reader: Reader) -> Iterable[str]:
    yield escape(buyer_name(view.client), 120)
    yield escape(view.contact, 80)
    if view.number:
        yield escape(view.reference, 60)
    if view.owner:
        yield texts(reader.language)("decisions.owner", name=escape(view.owner, 80))


# Where it stands


def _where_it_stands(view: OfferView, reader: Reader) -> Part:  # noqa: PLR0911  one line for each part of its life
    t = texts(reader.language)
    if view.outcome is Outcome.NO_GO or (view.decision is RoundOutcome.NO_GO and not view.round_open):
        return band(t("decisions.no_go"), Tone.ATTENTION)
    if view.outcome is Outcome.WON:
        return _won(view, reader)
    if view.outcome is not Outcome.OPEN:
        said = t("offers.ended", outcome=word(view.outcome, reader.language))
        return band(said, OUTCOME_TONES[view.outcome], _end(view, reader))
    if view.round_open:
        return band(t("tenders.voting"), Tone.WARNING)
    if not view.number:
        return band(t("tenders.next_vote" if view.evaluation_done else "tenders.next_evaluation"), Tone.ACCENT)
    if view.review is Review.OPEN:
        roles = listed(tuple(word(role, reader.language) for role in view.review_waits_for), reader.language)
        return band(t("offers.review_waits", roles=roles or "…"), Tone.WARNING, [_before_sending(view, reader)])
    if view.negotiating:
        return _negotiation(view, reader)
    if view.sent:
        return _after_sending(view, reader)
    return _preparing(view, reader)


def _won(view: OfferView, reader: Reader) -> Part:
    t = texts(reader.language)
    said = t("offers.won_on", when=_on(view.signed_on, reader)) if view.signed_on else ""
    name = escape(view.manager, 80) or word(TeamRole.PROJECT_MANAGER, reader.language)
    next_step = t(f"offers.handover_{view.handover.value}", name=name)
    counts = view.counts
    list_left = counts.checklist and counts.checklist_done < counts.checklist
    progress = t("offers.checklist_left", done=counts.checklist_done, all=counts.checklist) if list_left else ""
    ended = t("offers.ended", outcome=word(Outcome.WON, reader.language))
    tone = Tone.WARNING if view.handover is Handover.RETURNED else Tone.GOOD
    return band(said or ended, tone, [next_step, progress])


def _end(view: OfferView, reader: Reader) -> Iterator[str]:
    t = texts(reader.language)
    if view.ended_on:
        yield t("offers.ended_on", when=_on(view.ended_on, reader))
    yield escape(view.end_reason, 200)


def _preparing(view: OfferView, reader: Reader) -> Part:
    t = texts(reader.language)
    if not view.team:
        return band(t("decisions.next_team"), Tone.ACCENT, [_before_sending(view, reader)])
    if view.review is Review.CHANGES:
        return band(t("offers.review_changes"), Tone.WARNING, [_before_sending(view, reader)])
    due = _before_sending(view, reader)
    later = ""
    if view.review is Review.PASSED:
        later = t("offers.review_passed")
    elif view.review_wanted:
        later = t("offers.review_first")
    overdue = view.closes_at is not None and view.closes_at < reader.now
    return band(due or t("offers.preparing"), Tone.ATTENTION if overdue else Tone.ACCENT, [later])


def _before_sending(view: OfferView, reader: Reader) -> str:
    if view.closes_at is None or view.sent:
        return ""
    return texts(reader.language)("offers.send_before", when=deadline(view.closes_at, reader, year=False))


def _after_sending(view: OfferView, reader: Reader) -> Part:
    asked, tone = _clarification(view, reader)
    if asked:
        return band(asked, tone)
    t = texts(reader.language)
    if view.sent_on is None:
        return band(t("offers.waiting_client"), Tone.ACCENT)
    return band(t("offers.sent_on", when=_on(view.sent_on, reader)), Tone.ACCENT, [t("offers.waiting_client")])


def _negotiation(view: OfferView, reader: Reader) -> Part:
    t = texts(reader.language)
    asked, tone = _clarification(view, reader)
    if not view.counts.points:
        return band(t("offers.negotiation_none"), Tone.ACCENT, [asked])
    if not view.counts.open_points:
        return band(t("offers.negotiation_settled"), Tone.GOOD, [asked])
    age = t.n("offers.negotiation_days", view.negotiation_days)
    said = t.n("offers.negotiation", view.counts.open_points, age=age)
    next_move = t("offers.move_ours" if view.our_move else "offers.move_client")
    own = Tone.WARNING if view.our_move else Tone.ACCENT
    return band(said, tone if tone is Tone.ATTENTION else own, [next_move, asked])


def _clarification(view: OfferView, reader: Reader) -> tuple[str, Tone]:
    """The open question that is due first, or nothing."""
    if view.next_clarification is None:
        return "", Tone.ACCENT
    t = texts(reader.language)
    if view.next_clarification_on is None:
        return t("offers.clarification_open", n=view.next_clarification), Tone.WARNING
    late = view.next_clarification_on < local(reader.now, reader).date()
    said = t("offers.clarification_due", n=view.next_clarification, when=_due(view.next_clarification_on, reader))
    return said, Tone.ATTENTION if late else Tone.WARNING


def _on(value: date, reader: Reader) -> str:
    return day(value, reader, year=value.year != local(reader.now, reader).year)


def _due(value: date, reader: Reader) -> str:
    """A day with how far it is: ``jeu. 26 nov. (3 j)``."""
    t = texts(reader.language)
    days = (value - local(reader.now, reader).date()).days
    if days < 0:
        left = t("frame.past")
    elif days > 1:
        left = t.n("frame.days", days)
    else:
        left = t("frame.tomorrow" if days else "frame.today")
    return f"{_on(value, reader)} ({left})"


# Facts


def _facts(view: OfferView, reader: Reader) -> Iterator[tuple[str, str]]:
    """What decides, most telling first; what does not fit waits behind "More…"."""
    t = texts(reader.language)
    if not view.sent and view.outcome in {Outcome.OPEN, Outcome.NO_GO}:
        yield t("offers.fact_due"), deadline(view.closes_at, reader) if view.closes_at else ""
    elif view.outcome is Outcome.WON:
        yield t("offers.fact_signed"), _on(view.signed_on, reader) if view.signed_on else ""
    yield t("offers.fact_price"), _price(view, reader)
    decided = bool(view.number)
    if decided:
        yield t("offers.fact_estimated"), _estimated(view, reader) if view.price is None else ""
        yield t("offers.fact_probability"), _probability(view, reader)
    else:
        clarification = deadline(view.clarification_at, reader) if view.clarification_at else ""
        yield t("tenders.fact_clarification"), clarification
    if view.estimated is None and view.price is None:
        yield t("decisions.fact_budget"), money(view.budget, reader.language) if view.budget else ""
    if not view.spent_hours:
        yield t("offers.fact_hours" if decided else "decisions.fact_effort"), _planned(view, reader, decided=decided)
    if view.decision is not None and view.decided_at is not None:
        said = f"{word(view.decision, reader.language)} · {when(view.decided_at, reader)}"
        yield t("offers.fact_decision"), said
    if view.outcome is Outcome.OPEN:
        closing = _due(view.expected_closing_on, reader) if view.expected_closing_on else ""
        yield t("offers.fact_closing"), closing
    if decided:
        yield t("offers.fact_margin"), _percent(view, reader)
        yield t("offers.fact_weighted"), _three_weights(view, reader)
        yield t("offers.fact_sent"), _on(view.sent_on, reader) if view.sent_on else ""
        if not view.sent and view.clarification_at is not None and view.clarification_at > reader.now:
            yield t("tenders.fact_clarification"), deadline(view.clarification_at, reader)


def _price(view: OfferView, reader: Reader) -> str:
    if view.price is None:
        return ""
    quotes = texts(reader.language).n("offers.quotes", view.sent_quotes)
    return f"{money(view.price, reader.language)} · {quotes}"


def _estimated(view: OfferView, reader: Reader) -> str:
    if view.estimated is None:
        return ""
    amount = money(view.estimated, reader.language)
    weighted = _weighted(view, reader)
    return f"{amount} · {weighted}" if weighted else amount


def _weighted(view: OfferView, reader: Reader) -> str:
    if view.weighted is None:
        return ""
    return texts(reader.language)("offers.weighted", amount=money(view.weighted, reader.language))


def _probability(view: OfferView, reader: Reader) -> str:
    if view.outcome is not Outcome.OPEN:
        return ""
    t = texts(reader.language)
    launch = t("offers.launch", percent=view.launch) if view.launch is not None else ""
    success = t("offers.success", percent=view.success) if view.success is not None else ""
    weighted = _weighted(view, reader) if view.price is not None else ""
    return " · ".join(part for part in (launch, success, weighted) if part)


def _three_weights(view: OfferView, reader: Reader) -> str:
    """The estimated amount by launch, by success, and by both."""
    t = texts(reader.language)
    amounts = {"launch": view.weighted_launch, "success": view.weighted_success, "both": view.weighted}
    said = [
        t(f"offers.weighted_{by}", amount=money(amount, reader.language))
        for by, amount in amounts.items()
        if amount is not None
    ]
    return " · ".join(said)


def _percent(view: OfferView, reader: Reader) -> str:
    if view.margin is None:
        return ""
    return texts(reader.language)("offers.percent", percent=number(view.margin, reader.language))


def _planned(view: OfferView, reader: Reader, *, decided: bool) -> str:
    """What it is planned to take, until the first hours are entered."""
    if not decided:
        return hours(view.effort_hours, reader.language) if view.effort_hours else ""
    if not view.planned_hours:
        return ""
    return texts(reader.language)("offers.hours_planned", hours=hours(view.planned_hours, reader.language))


def _spent(view: OfferView, reader: Reader) -> list[Part]:
    """The hours so far, which open the offer's hours."""
    if not view.spent_hours:
        return []
    return hours_line(view.offer_id, view.spent_hours, view.planned_hours, reader)


# People, what is missing, other systems


def _team(view: OfferView, reader: Reader) -> list[Part]:
    members = [(word(member.role, reader.language), member.name) for member in view.team]
    if view.manager and all(member.name != view.manager for member in view.team):
        members.append((word(TeamRole.PROJECT_MANAGER, reader.language), view.manager))
    if not members:
        return []
    lines = [text(f"**{role}** {escape(name, 80)}", spacing=Spacing.NONE) for role, name in members]
    t = texts(reader.language)
    planned = hours(view.team_hours, reader.language) if view.team_hours else ""
    return [label(t("offers.team_planned", hours=planned) if planned else t("offers.team")), *lines]


def _missing(view: OfferView, reader: Reader) -> list[Part]:
    """What is missing; touching a word opens the dialog that takes it."""
    if not view.missing:
        return []
    t = texts(reader.language)
    if not view.works:
        names = listed(tuple(t(f"offers.missing_{one.value}") for one in view.missing), reader.language)
        return [small(t("offers.missing", what=names), spacing=Spacing.MEDIUM)]
    chips = [_chip(view, one, reader) for one in view.missing]
    rows = [chips[start : start + CHIPS] for start in range(0, len(chips), CHIPS)]
    return [
        label(t("offers.missing_title")),
        *(
            columns([("stretch", row[place : place + 1]) for place in range(CHIPS)], spacing=Spacing.SMALL)
            for row in rows
        ),
    ]


def _chip(view: OfferView, one: Missing, reader: Reader) -> Part:
    name = texts(reader.language)(f"offers.missing_{one.value}")
    if one is Missing.TEAM:
        tap = press(name, Verb.TEAM_OPEN, view.offer_id)
    else:
        tap = press(name, Verb.FORM_OPEN, view.offer_id, q=FILLS[one].value)
    return {"type": "Container", "items": [text(f"{name} {ARROW}", tone=Tone.ACCENT)], "selectAction": tap}


# Buttons


def _buttons(view: OfferView, reader: Reader, facts_left: Sequence[tuple[str, str]]) -> list[Part]:
    t = texts(reader.language)
    likely = _likely(view, reader)
    if view.outcome is Outcome.OPEN and (len(likely) < VISIBLE or not view.number):
        likely += _form(view, reader, FormCode.HOURS_LOG)
    first, later = likely[:VISIBLE], likely[VISIBLE:]
    if first and view.outcome is not Outcome.NO_GO:
        first[0] = {**first[0], "style": ActionStyle.POSITIVE.value}
    seen = {_key(one) for one in likely}
    rest = [one for one in _endings(view, reader) if _key(one) not in seen]
    added = [
        one
        for code in ADDED
        if view.outcome is not Outcome.WON or code not in BEFORE_AWARD
        for one in _form(view, reader, code)
        if _key(one) not in seen
    ]
    details = [
        *facts(facts_left, MOST_FACTS),
        *paragraph(t("decisions.conditions"), bullets(escape(one, 200) for one in view.conditions)),
        *(_records(view, reader) if view.number or view.outcome is not Outcome.OPEN else []),
        *([label(t("offers.adds")), *_rows(added)] if view.number and added else []),
        *_edits(view, reader),
        *_decision(view, reader),
    ]
    kept = [*later, *rest, *link(t("tenders.button_portal"), view.portal_url)]
    return [*first, *more(reader, details, kept[:IN_ONE_PLACE])]


def _key(button: Part) -> str:
    data = button.get("data", {})
    return f"{data.get('verb')} {data.get('q', '')}"


def _likely(view: OfferView, reader: Reader) -> list[Part]:
    """What one probably wants now, most likely first."""
    if view.round_open or (not view.number and view.outcome is Outcome.OPEN):
        return _before_go(view, reader)
    if view.outcome is Outcome.WON:
        return _after_award(view, reader)
    if view.outcome is Outcome.NO_GO:
        return _round(view, reader)
    if view.outcome is not Outcome.OPEN:
        return [*_form(view, reader, FormCode.REOPEN), *_form(view, reader, FormCode.LESSONS)]
    if view.negotiating:
        forms = (FormCode.POINT_ADD, FormCode.WON, FormCode.LOST, FormCode.CLARIFICATION_ADD)
    elif view.sent:
        forms = (FormCode.CLARIFICATION_ADD, FormCode.POINT_ADD, FormCode.WON, FormCode.LOST)
    else:
        return _in_preparation(view, reader)
    return [*_reviewing(view, reader), *(part for code in forms for part in _form(view, reader, code))]


def _before_go(view: OfferView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    evaluation = press(t("offers.button_evaluation"), Verb.EVALUATION_OPEN, view.offer_id)
    if view.round_open and view.round_id is not None:
        vote = press(t("tenders.button_vote"), Verb.ROUND_SHOW, view.round_id)
        return [vote, *([evaluation] if view.works else [])]
    first = []
    if view.can_open_round:
        first = [press(t("offers.button_open_round"), Verb.ROUND_OPEN, view.offer_id)]
    return [*first, *([evaluation] if view.works else []), *_round(view, reader)]


def _in_preparation(view: OfferView, reader: Reader) -> list[Part]:
    made = [] if view.team else _team_button(view, reader)
    made += _reviewing(view, reader)
    if view.review_wanted and view.review is not Review.OPEN:
        made += _form(view, reader, FormCode.REVIEW_ASK)
    made += _form(view, reader, FormCode.QUOTE_SENT)
    made += _form(view, reader, FormCode.CLARIFICATION_ADD)
    return made


def _after_award(view: OfferView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    asked = view.handover in {Handover.NONE, Handover.RETURNED}
    made = _form(view, reader, FormCode.HANDOVER_PROPOSE) if asked else []
    if not made:
        made = [press(t("offers.button_handover"), Verb.HANDOVER_SHOW, view.offer_id)]
    made.append(_list(view, reader, ListCode.CHECKLIST, _progress(view)))
    return [*made, *_form(view, reader, FormCode.AMENDMENT_ADD)]


def _progress(view: OfferView) -> str:
    return f"{view.counts.checklist_done}/{view.counts.checklist}" if view.counts.checklist else ""


def _reviewing(view: OfferView, reader: Reader) -> list[Part]:
    if view.review is not Review.OPEN or view.review_id is None:
        return []
    return [press(texts(reader.language)("offers.button_review"), Verb.REVIEW_SHOW, view.review_id)]


def _round(view: OfferView, reader: Reader) -> list[Part]:
    if view.round_id is None or view.round_open:
        return []
    return [press(texts(reader.language)("decisions.button_show"), Verb.ROUND_SHOW, view.round_id)]


def _team_button(view: OfferView, reader: Reader) -> list[Part]:
    """Names the first people; once there are some, the list takes its place."""
    if not view.steers:
        return []
    return [press(texts(reader.language)("offers.button_team"), Verb.TEAM_OPEN, view.offer_id)]


def _form(view: OfferView, reader: Reader, code: FormCode) -> list[Part]:
    """The button of a dialog, or nothing for somebody who may not."""
    if not (view.steers if code in STEERED else view.works):
        return []
    name = code.value.replace(".", "_")
    return [press(texts(reader.language)(f"offers.do_{name}"), Verb.FORM_OPEN, view.offer_id, q=code.value)]


def _form_of(code: FormCode, number: int, reader: Reader) -> Part:
    """The button of a dialog about something else than the offer itself."""
    name = code.value.replace(".", "_")
    return press(texts(reader.language)(f"offers.do_{name}"), Verb.FORM_OPEN, number, q=code.value)


def _list(view: OfferView, reader: Reader, code: ListCode, much: str) -> Part:
    name = texts(reader.language)(f"offers.list_{code.value}")
    title = f"{name} ({much})" if much and much != "0" else name
    return press(title, Verb.RECORDS_SHOW, view.offer_id, q=code.value)


def _endings(view: OfferView, reader: Reader) -> Iterator[Part]:
    """What ends it or asks for more care than the likely buttons."""
    if view.outcome is Outcome.OPEN and view.number:
        if view.team:
            yield _list(view, reader, ListCode.TEAM, str(len(view.team)))
        if view.review_wanted or view.review is Review.OPEN:
            yield from _form(view, reader, FormCode.REVIEW_WAIVE)
        for code in (FormCode.QUOTE_SENT, FormCode.WON, FormCode.LOST, FormCode.ABANDON):
            yield from _form(view, reader, code)
    elif view.outcome in CORRECTED:
        if view.outcome is Outcome.WON:
            yield from _form(view, reader, FormCode.POST_AWARD)
            yield from _form(view, reader, FormCode.LESSONS)
        if view.debrief_due_on is not None and view.works:
            yield press(texts(reader.language)("offers.do_debrief"), Verb.DEBRIEF_DONE, view.offer_id)
        if view.steers:
            code = CORRECTED[view.outcome]
            yield press(texts(reader.language)("offers.do_correct"), Verb.FORM_OPEN, view.offer_id, q=code.value)


def _records(view: OfferView, reader: Reader) -> list[Part]:
    """Each list of the offer with how many it holds, and what of them is open."""
    t = texts(reader.language)
    counts = view.counts
    held = [
        (ListCode.QUOTES, counts.quotes),
        (ListCode.CLARIFICATIONS, counts.clarifications),
        (ListCode.POINTS, counts.points),
        (ListCode.PARTNER_QUOTES, counts.partner_quotes),
        (ListCode.COMPETITORS, counts.competitors),
        (ListCode.ACTIVITIES, counts.activities),
        (ListCode.DOCUMENTS, counts.documents),
        (ListCode.REVIEWS, counts.reviews),
        (ListCode.ASSOCIATIONS, counts.associations),
        *([(ListCode.AMENDMENTS, counts.amendments)] if view.outcome is Outcome.WON else []),
        *([(ListCode.TEAM, len(view.team))] if view.outcome is not Outcome.OPEN else []),
        (ListCode.STAGES, 0),
    ]
    buttons = [_list(view, reader, code, str(much)) for code, much in held]
    buttons.append(press(t("offers.fact_hours"), Verb.HOURS_OFFER, view.offer_id))
    buttons.append(press(t("offers.list_history"), Verb.OFFER_HISTORY, view.offer_id))
    waiting = _waiting(view, reader)
    return [label(t("offers.records")), *([small(waiting, spacing=Spacing.NONE)] if waiting else []), *_rows(buttons)]


def _waiting(view: OfferView, reader: Reader) -> str:
    t, counts = texts(reader.language), view.counts
    said = (
        ("offers.open_clarifications", counts.open_clarifications),
        ("offers.open_points", counts.open_points),
        ("offers.open_partner_quotes", counts.open_partner_quotes),
        ("offers.open_activities", counts.open_activities),
    )
    return " · ".join(t.n(key, much) for key, much in said if much)


def _edits(view: OfferView, reader: Reader) -> list[Part]:
    if not view.works:
        return []
    t = texts(reader.language)
    buttons = [part for code in EDITED for part in _form(view, reader, code)]
    known = ((FormCode.CLIENT_EDIT, view.client_id), (FormCode.CONTACT_EDIT, view.contact_id))
    buttons += [_form_of(code, number, reader) for code, number in known if number is not None]
    if view.number and not view.round_open:
        buttons.append(press(t("offers.button_evaluation"), Verb.EVALUATION_OPEN, view.offer_id))
    return [label(t("offers.edits")), *_rows(buttons)]


def _decision(view: OfferView, reader: Reader) -> list[Part]:
    """The vote that decided, with its history and its sheet."""
    if view.round_id is None or view.round_open:
        return []
    t = texts(reader.language)
    buttons = [
        *_round(view, reader),
        press(t("decisions.button_history"), Verb.ROUND_SHOW_HISTORY, view.round_id),
        press(t("decisions.button_sheet"), Verb.ROUND_SHEET, view.round_id),
    ]
    return [label(t("offers.fact_decision")), *_rows(buttons)]


def _rows(buttons: Sequence[Part]) -> list[Part]:
    return [action_set(buttons[start : start + IN_ONE_PLACE]) for start in range(0, len(buttons), IN_ONE_PLACE)]
