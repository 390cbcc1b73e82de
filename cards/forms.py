"""Dialogs of the way to a decision: not for us, evaluation, ballots that need words, reopening."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive_cards.types import Spacing

from cards.buttons import action_set, submit, toggle
from cards.envelope import Part, finish
from cards.escape import escape, plain
from cards.fields import CONDITION_ROWS, Field, row
from cards.formats import say, when, word
from cards.inputs import Dialog, Form
from cards.pieces import band, columns, folded, headline, paragraph, small, text
from cards.texts import texts
from cards.verbs import Verb
from cards.words import Choice, RiskKind, RiskLevel, Tone

if TYPE_CHECKING:
    from cards.views import DismissFormView, EvaluationFormView, Reader, ReasonChoice, ReopenFormView, VoteFormView

_RISKS = {
    RiskKind.TECHNICAL: (Field.RISK_TECHNICAL_LEVEL, Field.RISK_TECHNICAL_TEXT),
    RiskKind.COMMERCIAL: (Field.RISK_COMMERCIAL_LEVEL, Field.RISK_COMMERCIAL_TEXT),
    RiskKind.FINANCIAL: (Field.RISK_FINANCIAL_LEVEL, Field.RISK_FINANCIAL_TEXT),
}


def dialog(title: str, body: list[Part], actions: list[Part], *, height: str = "medium") -> Dialog:
    """Close the envelope around a form."""
    return Dialog(title, finish(body, actions, summary=title), height=height)


def dismiss_form(view: DismissFormView, reader: Reader) -> Dialog:
    """Why a tender is not for us."""
    t = texts(reader.language)
    form = Form(reader, view.values, view.errors)
    body = [
        headline(view.title),
        *([small(escape(view.number, 60), spacing=Spacing.NONE)] if view.number.strip() else []),
        *form.problems(),
        *_reason(form, view.reasons),
        small(t("forms.dismiss_hint")),
    ]
    action = submit(t("forms.dismiss_button"), Verb.TENDER_DISMISS, view.tender_id, rev=view.revision)
    return dialog(t("forms.dismiss_title"), body, [action])


def _reason(form: Form, reasons: tuple[ReasonChoice, ...]) -> list[Part]:
    if not reasons:
        return form.words(Field.NOTE, "forms.reason", required=True, error="forms.error_reason", lines=True, limit=500)
    only = reasons[0].code if len(reasons) == 1 else ""
    choices = [(one.code, one.label) for one in reasons]
    return [
        *form.choice(Field.REASON, "forms.reason", choices, required=True, expanded=len(reasons) <= 7, default=only),  # noqa: PLR2004
        *form.words(Field.NOTE, "forms.note", lines=True, limit=500),
    ]


def evaluation_form(view: EvaluationFormView, reader: Reader) -> Dialog:
    """The sign-off evaluation, or the one-line summary with the rest folded away."""
    t = texts(reader.language)
    form = Form(reader, view.values, view.errors)
    head: list[Part] = [headline(view.title), *_evaluation_notes(view, reader), *form.problems()]
    label = "forms.summary_required"
    summary = form.words(Field.SUMMARY, label, hint="forms.summary_hint", lines=True, limit=1000)
    rest = _evaluation_rest(form, view)
    if not view.required:
        shown = bool(view.errors) or _any_rest(view)
        rest = [action_set([toggle(t("forms.evaluation_more"), "rest")]), folded("rest", rest, visible=shown)]
    actions: list[Part] = [
        submit(t("forms.evaluation_submit"), Verb.EVALUATION_SUBMIT, view.offer_id),
        submit(t("forms.save_draft"), Verb.EVALUATION_SAVE_DRAFT, view.offer_id, main=False),
    ]
    title = t("forms.evaluation_title" if view.required else "forms.summary_title")
    return dialog(title, [*head, *summary, *rest], actions, height="large" if view.required else "medium")


def _any_rest(view: EvaluationFormView) -> bool:
    return any(value for field, value in view.values if field != Field.SUMMARY)


def _evaluation_notes(view: EvaluationFormView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    parts = [escape(view.reference, 60), t("forms.version", version=view.version)]
    if view.saved_at is not None:
        parts.append(t("forms.draft_saved", when=when(view.saved_at, reader, year=False)))
    out: list[Part] = [small(" · ".join(part for part in parts if part), spacing=Spacing.NONE)]
    if view.required_because is not None:
        out.append(text(say(view.required_because, reader)))
    if view.vote_open:
        out.append(band(t("forms.vote_open"), Tone.WARNING))
    return out


def _evaluation_rest(form: Form, view: EvaluationFormView) -> list[Part]:
    currency = plain(view.currency, 3)
    out: list[Part] = []
    out.extend(form.number(Field.BUDGET, "forms.budget", currency=currency))
    out.extend(form.number(Field.EFFORT_HOURS, "forms.effort"))
    for kind, (level, words) in _RISKS.items():
        out.extend(_risk(form, kind, level, words))
    out.extend(form.words(Field.RESOURCES, "forms.resources", hint="forms.resources_hint", lines=True))
    out.extend(form.words(Field.CONDITIONS, "forms.conditions", hint="forms.conditions_hint", lines=True))
    return out


def _risk(form: Form, kind: RiskKind, level: Field, words: Field) -> list[Part]:
    levels = [(one.value, word(one, form.language)) for one in RiskLevel]
    return [
        *form.choice(level, f"forms.risk_{kind}", levels),
        *form.words(words, f"forms.risk_{kind}_text", hint="forms.risk_hint", limit=500, lines=True),
    ]


def vote_form(view: VoteFormView, reader: Reader) -> Dialog:
    """The words a ballot needs. Every one of them names the deadline, so nobody wonders whether it still counts."""
    t = texts(reader.language)
    form = Form(reader, view.values, view.errors)
    body: list[Part] = [
        headline(view.title),
        small(t("forms.vote_until", when=when(view.closes_at, reader)), spacing=Spacing.NONE),
    ]
    if view.acting_for:
        body.append(small(t("forms.acting_for", name=escape(view.acting_for, 80))))
    body.extend(form.problems())
    if view.choice is Choice.NO_GO:
        body.extend(_reason(form, view.reasons))
        verb, key = Verb.ROUND_NO_GO, "no_go"
    elif view.choice is Choice.NEED_INFO:
        body.extend(_question(form, view, reader))
        verb, key = Verb.ROUND_NEED_INFO, "need_info"
    else:
        body.extend(_conditions(form, view, reader))
        verb, key = Verb.ROUND_GO_WITH_CONDITIONS, "go_with_conditions"
    action = submit(t(f"forms.{key}_button"), verb, view.round_id, rev=view.revision, q=view.seat)
    return dialog(
        t(f"forms.{key}_title"),
        body,
        [action],
        height="large" if view.choice is Choice.GO_WITH_CONDITIONS else "medium",
    )


def _question(form: Form, view: VoteFormView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    asked = t("forms.question_to", name=escape(view.owner, 80)) if view.owner else ""
    return [
        *form.words(
            Field.QUESTION, "forms.question", required=True, error="forms.error_question", lines=True, limit=500
        ),
        *([small(asked)] if asked else []),
    ]


def _conditions(form: Form, view: VoteFormView, reader: Reader) -> list[Part]:
    """The first row in sight, the others one tap away: most Go ballots carry one condition."""
    t = texts(reader.language)
    rows = {number: _condition_row(form, view, number, reader) for number in range(1, CONDITION_ROWS + 1)}
    used = any(name[-1:].isdigit() and int(name[-1]) > 1 for name in form.filled())
    others = [one for number in range(2, CONDITION_ROWS + 1) for one in rows[number]]
    return [
        small(t("forms.conditions_note")),
        *rows[1],
        action_set([toggle(t("forms.conditions_more"), "others")]),
        folded("others", others, visible=used),
    ]


def _condition_row(form: Form, view: VoteFormView, number: int, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    first = number == 1
    owner, due, words = (
        row(field, number) for field in (Field.CONDITION_OWNER, Field.CONDITION_DUE, Field.CONDITION_TEXT)
    )
    people = [(one.value, one.name) for one in view.people]
    error = "forms.error_condition"
    named = t("forms.condition_number", n=number)
    what = form.words(words, "forms.condition_text", shown_label=named, required=first, error=error, limit=300)
    if people:
        who = form.choice(owner, "forms.condition_owner", people, required=first, filtered=True)
    else:
        who = form.words(owner, "forms.condition_owner", required=first, error="forms.error_owner", limit=100)
    by = form.date(due, "forms.condition_due", required=first)
    return [*what, columns((("stretch", who), ("stretch", by)), spacing=Spacing.SMALL, top=True)]


def reopen_form(view: ReopenFormView, reader: Reader) -> Dialog:
    """Why a decided round is opened again."""
    t = texts(reader.language)
    form = Form(reader, view.values, view.errors)
    kept = t("forms.reopen_number", number=escape(view.offer_number, 20)) if view.offer_number else ""
    body = [
        headline(view.title),
        *form.problems(),
        *paragraph(t("forms.reopen_what"), kept or t("forms.reopen_hint")),
        *form.words(Field.REASON, "forms.reason", required=True, error="forms.error_reason", lines=True, limit=500),
    ]
    action = submit(t("forms.reopen_button"), Verb.ROUND_REOPEN, view.round_id, rev=view.revision)
    return dialog(t("forms.reopen_title"), body, [action])
