"""What can be typed about an offer, as the company configured it. Pure; labels come in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.offers.models import AssociationKind, OriginKind, TeamRole, Weighting
from bot.records.fields import FieldKind, FieldSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.config.models import Lists, Named, PostAwardStep, Reason, Stage, Stages

CATEGORY = "category_"
"""Before the code of an axis it names the field of that axis."""
NOTE_LIMIT = 2000
PLAN_FIELDS = (FieldSpec(name="planned_hours", kind=FieldKind.HOURS),)
MEMBER_FIELDS = (
    FieldSpec(name="role", kind=FieldKind.CHOICE, required=True, enum=TeamRole, default=TeamRole.CONTRIBUTOR),
    FieldSpec(name="joined_on", kind=FieldKind.DAY, required=True),
    FieldSpec(name="left_on", kind=FieldKind.DAY, after="joined_on"),
    FieldSpec(name="planned_hours", kind=FieldKind.HOURS),
)
NEW_MEMBER_FIELDS = (FieldSpec(name="person_id", kind=FieldKind.PERSON, required=True), *MEMBER_FIELDS)
"""What can be typed about somebody on the team, and to add somebody."""

Labels = tuple[tuple[str, str], ...]


def labelled(
    values: Iterable[Named | Reason | Stage | PostAwardStep], language: str, kept: str | None = None
) -> Labels:
    """Codes with their labels; ``kept`` is a stored code that may have left the configuration."""
    found = tuple((one.code, one.label.of(language)) for one in values)
    return found if not kept or any(code == kept for code, _ in found) else (*found, (kept, kept))


def identity(lists: Lists, language: str, site: str | None = None) -> tuple[FieldSpec, ...]:
    """Title, description, reference and, where sites are configured, the site. ``site``: the stored one."""
    sites = labelled(lists.sites, language, site)
    fields = (
        FieldSpec(name="title", required=True, limit=400),
        FieldSpec(name="external_reference", limit=100),
        FieldSpec(name="description", kind=FieldKind.LINES, limit=8000),
    )
    return (*fields, FieldSpec(name="site", kind=FieldKind.CHOICE, choice_labels=sites)) if sites else fields


def qualification(lists: Lists, language: str, categories: Mapping[str, str]) -> tuple[FieldSpec, ...]:
    """Who leads it, its category on each axis, its days. ``categories``: the stored values by axis."""
    axes = (
        FieldSpec(
            name=f"{CATEGORY}{axis.code}",
            kind=FieldKind.CHOICE,
            choice_labels=labelled(axis.values, language, categories.get(axis.code)),
            label=axis.label.of(language),
        )
        for axis in lists.axes
    )
    return (
        FieldSpec(name="owner_id", kind=FieldKind.PERSON, required=True),
        FieldSpec(name="project_manager_id", kind=FieldKind.PERSON),
        *axes,
        FieldSpec(name="submission_due_on", kind=FieldKind.DAY),
        FieldSpec(name="expected_closing_on", kind=FieldKind.DAY),
    )


def money(lists: Lists, currency: str, weighting: Mapping[str, str]) -> tuple[FieldSpec, ...]:
    """Amounts and probabilities. ``currency``: the stored one; ``weighting``: the words for both double weightings."""
    codes = dict.fromkeys((*lists.currencies, currency))
    return (
        FieldSpec(name="estimated_amount", kind=FieldKind.AMOUNT),
        FieldSpec(name="cost_basis", kind=FieldKind.AMOUNT),
        FieldSpec(name="launch_probability", kind=FieldKind.PERCENT),
        FieldSpec(name="success_probability", kind=FieldKind.PERCENT),
        FieldSpec(
            name="weighting",
            kind=FieldKind.CHOICE,
            required=True,
            enum=Weighting,
            choice_labels=tuple((one.value, weighting[one]) for one in Weighting),
        ),
        FieldSpec(
            name="currency",
            kind=FieldKind.CHOICE,
            required=True,
            choice_labels=tuple((code, code) for code in codes),
        ),
    )


def origin(lists: Lists, campaign: str | None, kinds: Mapping[str, str]) -> tuple[FieldSpec, ...]:
    """Where the chance came from. ``campaign``: the stored one; ``kinds``: the words for the kinds of origin."""
    campaigns = dict.fromkeys((*lists.campaigns, *([campaign] if campaign else [])))
    listed = tuple((name, name) for name in campaigns) if lists.campaigns else ()
    return (
        FieldSpec(
            name="origin",
            kind=FieldKind.CHOICE,
            required=True,
            enum=OriginKind,
            choice_labels=tuple((one.value, kinds[one]) for one in OriginKind),
        ),
        FieldSpec(
            name="campaign", kind=FieldKind.CHOICE if listed else FieldKind.WORDS, limit=100, choice_labels=listed
        ),
        FieldSpec(name="operation", limit=100),
    )


def stage_change(stages: Stages, language: str) -> tuple[FieldSpec, ...]:
    """Into which stage, on which day, and whether that step is done already, with which reason.

    Reasons stand as ``<stage>.<reason>``, because the stage is chosen in the same form.
    """
    listed = [stage for stage in stages.stage if not stage.closes]
    reasons = tuple(
        (f"{stage.code}.{reason.code}", f"{stage.short.of(language)} – {reason.label.of(language)}")
        for stage in listed
        for reason in stage.reasons
    )
    return (
        FieldSpec(name="stage", kind=FieldKind.CHOICE, required=True, choice_labels=labelled(listed, language)),
        FieldSpec(name="entered_on", kind=FieldKind.DAY, required=True),
        FieldSpec(name="done", kind=FieldKind.YES_NO),
        *_reason(reasons),
    )


def step_done(reasons: Sequence[Reason], language: str, kept: str | None) -> tuple[FieldSpec, ...]:
    """Whether a step is done, with a reason out of its list where one is configured. ``kept``: the stored reason."""
    return (FieldSpec(name="done", kind=FieldKind.YES_NO), *_reason(labelled(reasons, language, kept)))


def _reason(reasons: Labels) -> tuple[FieldSpec, ...]:
    """No list where no reason is configured; free text always."""
    note = FieldSpec(name="reason_note", kind=FieldKind.LINES, limit=NOTE_LIMIT)
    if not reasons:
        return (note,)
    return FieldSpec(name="reason_code", kind=FieldKind.CHOICE, choice_labels=reasons), note


def post_award(stages: Stages, language: str) -> tuple[FieldSpec, ...]:
    """Which step after the signature, and its day."""
    return (
        FieldSpec(
            name="step", kind=FieldKind.CHOICE, required=True, choice_labels=labelled(stages.post_award, language)
        ),
        FieldSpec(name="day", kind=FieldKind.DAY, required=True),
    )


def association(kinds: Mapping[str, str]) -> tuple[FieldSpec, ...]:
    """Which other offer, and why they belong together. ``kinds``: the words for the reasons."""
    return (
        FieldSpec(name="other_id", kind=FieldKind.OFFER, required=True),
        FieldSpec(
            name="kind",
            kind=FieldKind.CHOICE,
            required=True,
            enum=AssociationKind,
            choice_labels=tuple((one.value, kinds[one]) for one in AssociationKind),
        ),
        FieldSpec(name="note", limit=200),
    )
