"""What a company may configure. Frozen: a running Offerdesk never changes its rules, it is started with other ones."""

from __future__ import annotations

import re
import string
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bot.config.public_holidays import library
from bot.decisions.models import RuleKind
from bot.people.models import Role

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
StageCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,9}$")]
Percent = Annotated[int, Field(ge=0, le=100)]
APPROVERS = frozenset({Role.CTO, Role.CPO, Role.CEO})


class _Frozen(BaseModel):
    # `extra`: a misspelt key is an error, never a rule that silently does not hold.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Label(_Frozen):
    """A name in both languages."""

    fr: Word
    en: Word

    def of(self, language: str) -> str:
        """The name in ``fr`` or ``en``."""
        return self.fr if language == "fr" else self.en


class WatchRule(_Frozen):
    """One reason for interest. Every criterion that is not empty must be met; one hit meets a criterion.

    ``countries`` are ISO codes, ``technologies``, ``products`` and ``types`` the portal's ids. ``price_keuro`` is the
    least price in thousands of euros that the upper end of a tender's price range must reach.
    """

    code: Code
    words: tuple[Word, ...] = ()
    technologies: tuple[int, ...] = ()
    products: tuple[int, ...] = ()
    countries: tuple[Country, ...] = ()
    types: tuple[int, ...] = ()
    price_keuro: Annotated[int, Field(ge=0)] | None = None
    sources: tuple[Literal["esa", "esa_non_esa"], ...] = ()
    weight: Annotated[int, Field(ge=-1000, le=1000)] = 10

    @model_validator(mode="after")
    def _names_something(self) -> WatchRule:
        given = (self.words, self.technologies, self.products, self.countries, self.types, self.sources)
        if not any(given) and self.price_keuro is None:
            message = (
                "A rule needs a criterion: words, technologies, products, countries, types, price_keuro or sources."
            )
            raise ValueError(message)
        return self


class Watch(_Frozen):
    """``watch.toml``: which tenders are posted."""

    threshold: int = 10
    acronyms: tuple[Word, ...] = ()
    rule: tuple[WatchRule, ...] = ()


class RiskThreshold(StrEnum):
    """From which risk level on the evaluation is required."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    NEVER = "never"


class EvaluationRules(_Frozen):
    """When the sign-off evaluation is required: any of the three."""

    budget: Annotated[Decimal, Field(ge=0)] = Decimal(50000)
    """EUR."""
    risk: RiskThreshold = RiskThreshold.HIGH
    effort_hours: Annotated[Decimal, Field(ge=0)] = Decimal(80)


def _each_once(seats: tuple[Role, ...]) -> None:
    if len(set(seats)) != len(seats) or not set(seats) <= APPROVERS:
        message = "seats takes each of cto, cpo and ceo at most once."
        raise ValueError(message)


class RoundRules(_Frozen):
    """How a Go/No-Go round runs. ``seats`` are the roles that vote."""

    rule: RuleKind = RuleKind.MAJORITY
    seats: Annotated[tuple[Role, ...], Field(min_length=1)] = (Role.CTO, Role.CPO, Role.CEO)
    veto_seats: tuple[Role, ...] = (Role.CEO,)
    quorum: Annotated[int, Field(ge=1)] = 2
    closing_days: Annotated[int, Field(ge=1, le=60)] = 3
    """Working days."""
    clarification_margin_days: Annotated[int, Field(ge=0, le=60)] = 2
    minimum_hours: Annotated[int, Field(ge=0, le=240)] = 4

    @model_validator(mode="after")
    def _fits(self) -> RoundRules:
        _each_once(self.seats)
        if not set(self.veto_seats) <= set(self.seats):
            message = "veto_seats may only name roles that stand in seats."
            raise ValueError(message)
        if self.quorum > len(self.seats):
            message = f"quorum is {self.quorum}, but only {len(self.seats)} seats vote."
            raise ValueError(message)
        if self.rule is RuleKind.CEO and Role.CEO not in self.seats:
            message = "With the rule ceo, seats must name ceo."
            raise ValueError(message)
        return self


class ReminderRules(_Frozen):
    """When those who have not voted are reminded, privately."""

    half_time: bool = True
    hours_before_close: tuple[Annotated[int, Field(ge=1, le=720)], ...] = (24,)


def _pattern(value: str) -> str:
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(value) if name is not None]
    except ValueError:
        fields = []
    if fields != ["number"]:
        message = "The pattern must contain {number} once, and no other braces."
        raise ValueError(message)
    return value


class NumberRules(_Frozen):
    """Offer and project numbers: ``S580``, ``S580P``."""

    first: Annotated[int, Field(ge=1)] = 580
    pattern: Annotated[str, StringConstraints(max_length=15), AfterValidator(_pattern)] = "S{number}"
    project_suffix: Annotated[str, StringConstraints(min_length=1, max_length=3)] = "P"


class DealRules(_Frozen):
    """Deals that somebody makes in Pipedrive by hand: whether they get an opportunity in Business Central, and how its
    number is made of the deal's.
    """

    opportunity: bool = True
    pattern: Annotated[str, StringConstraints(max_length=15), AfterValidator(_pattern)] = "PD{number}"


class TenderRules(_Frozen):
    """How new tenders are announced."""

    digest_above: Annotated[int, Field(ge=0, le=100)] = 5
    backfill_days: Annotated[int, Field(ge=1, le=3650)] = 30
    undo_minutes: Annotated[int, Field(ge=0, le=1440)] = 5


class StageRules(_Frozen):
    """What moves an offer by itself, beyond the types of the stages."""

    negotiation_on_any_activity: bool = False
    """Any appointment, call or task enters the negotiation stage; otherwise only once the offer was sent."""


class ReviewRules(_Frozen):
    """The review meeting. ``seats`` are the roles that are asked; ``stage`` is the code of the stage it enters, which
    a company need not have.
    """

    before_sending: bool = True
    before_signature: bool = False
    seats: Annotated[tuple[Role, ...], Field(min_length=1)] = (Role.CTO, Role.CEO)
    working_days: Annotated[int, Field(ge=1, le=60)] = 1
    """How long the reviewers have."""
    stage: StageCode = "REV"

    @model_validator(mode="after")
    def _fits(self) -> ReviewRules:
        _each_once(self.seats)
        return self


MORNING, EVENING = "07:00", "20:00"
"""Nobody is written to by the clock before and after."""


def _time_of_day(value: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        message = f"{value!r} is not a time of day; write one such as 08:30."
        raise ValueError(message)
    return value


class DeadlineRules(_Frozen):
    """When people are reminded: ``08:30`` in their own time zone."""

    morning: Annotated[str, StringConstraints(max_length=20), AfterValidator(_time_of_day)] = "08:30"


def _time_of_work(value: str) -> str:
    if not MORNING <= _time_of_day(value) < EVENING:
        message = f"{value!r} is at night; write a time from {MORNING} on and before {EVENING}."
        raise ValueError(message)
    return value


class DigestRules(_Frozen):
    """What a month brought, to key users and directors on the first day of a month that they work, at that time of
    their own day; what waits for whom, to the tender channel on the first working day of a week, in the company's zone.
    """

    monthly: bool = True
    monthly_time: Annotated[str, StringConstraints(max_length=20), AfterValidator(_time_of_work)] = "09:00"
    weekly: bool = True
    weekly_time: Annotated[str, StringConstraints(max_length=20), AfterValidator(_time_of_work)] = "08:30"


class DebriefRules(_Frozen):
    """A debrief can be asked for this many days after an offer was lost."""

    days: Annotated[int, Field(ge=1, le=365)] = 30


class HoursRules(_Frozen):
    """The weekly question. Times of day are the person's own; days are ISO numbers, 1 is Monday."""

    prompt_day: Annotated[int, Field(ge=1, le=7)] = 5
    """Of the week that is asked about; the last working day before it where it is a day off."""
    prompt_time: Annotated[str, StringConstraints(max_length=20), AfterValidator(_time_of_day)] = "14:00"
    reminder_day: Annotated[int, Field(ge=1, le=7)] = 1
    """Of the following week."""
    reminder_time: Annotated[str, StringConstraints(max_length=20), AfterValidator(_time_of_day)] = "09:00"
    reminder_hours: Annotated[int, Field(ge=1, le=168)] = 23
    reminders: Annotated[int, Field(ge=0, le=10)] = 3
    catch_up_weeks: Annotated[int, Field(ge=1, le=10)] = 4
    """So many past weeks are still asked about after a standstill."""
    lock_working_day: Annotated[int, Field(ge=1, le=20)] = 5
    """Of the next month: the last day on which a month's hours can be changed."""
    undo_minutes: Annotated[int, Field(ge=0, le=1440)] = 5
    team_hint_above: Annotated[int, Field(ge=1, le=100)] = 5
    """A larger team is allowed, with a hint."""
    currency: Currency = "EUR"
    """Of the hourly rates."""


class Rules(_Frozen):
    """``rules.toml``."""

    evaluation: EvaluationRules = EvaluationRules()
    round: RoundRules = RoundRules()
    reminders: ReminderRules = ReminderRules()
    numbers: NumberRules = NumberRules()
    deals: DealRules = DealRules()
    tenders: TenderRules = TenderRules()
    stages: StageRules = StageRules()
    review: ReviewRules = ReviewRules()
    deadlines: DeadlineRules = DeadlineRules()
    digests: DigestRules = DigestRules()
    debrief: DebriefRules = DebriefRules()
    hours: HoursRules = HoursRules()


class StageType(StrEnum):
    """What enters a stage by itself."""

    FIRST_STAGE = "first_stage"
    NONE = "none"
    GO = "go"
    QUOTE_SENT = "quote_sent"
    NEGOTIATION = "negotiation"
    WON = "won"
    LOST = "lost"
    ABANDONED = "abandoned"


ENDING_TYPES = frozenset({StageType.WON, StageType.LOST, StageType.ABANDONED})
"""They say how an offer ended; exactly these close it."""


class Reason(_Frozen):
    """One reason to choose."""

    code: Code
    label: Label


class Stage(_Frozen):
    """One stage of an offer. ``launch`` and ``success`` are the probabilities in percent that an offer gets when it
    enters; None leaves it the ones it has. ``reasons`` may be given once a step in this stage is done.
    """

    code: StageCode
    label: Label
    short: Label
    closes: bool
    type: StageType = StageType.NONE
    launch: Percent | None = None
    success: Percent | None = None
    reasons: tuple[Reason, ...] = Field(default=(), alias="reason")

    @model_validator(mode="after")
    def _ends_or_not(self) -> Stage:
        if self.type in ENDING_TYPES and not self.closes:
            message = f"A stage of type {self.type} ends the offer: write closes = true, or another type."
            raise ValueError(message)
        if self.closes and self.type not in ENDING_TYPES:
            message = "A stage that closes says how the offer ended: give it the type won, lost or abandoned."
            raise ValueError(message)
        return self


class PostAwardStep(_Frozen):
    """A step after the signature; it only informs. ``may_start_in_presales``: its day may stand before the last
    pre-sales step.
    """

    code: StageCode
    label: Label
    short: Label
    may_start_in_presales: bool = False
    reasons: tuple[Reason, ...] = Field(default=(), alias="reason")


class Stages(_Frozen):
    """``stages.toml``."""

    stage: tuple[Stage, ...]
    post_award: tuple[PostAwardStep, ...] = ()

    @model_validator(mode="after")
    def _somewhere_to_be(self) -> Stages:
        if all(stage.closes for stage in self.stage):
            message = "No stage leaves the offer open; at least one needs closes = false."
            raise ValueError(message)
        return self

    def of_type(self, kind: StageType) -> Stage | None:
        """The stage of this type; of several, the first by ascending code."""
        return min((stage for stage in self.stage if stage.type is kind), key=lambda stage: stage.code, default=None)

    def by_code(self, code: str) -> Stage | None:
        """The stage with this code; None when the company removed it since."""
        return next((stage for stage in self.stage if stage.code == code), None)

    def step_by_code(self, code: str) -> PostAwardStep | None:
        """The post-award step with this code; None when the company removed it since."""
        return next((step for step in self.post_award if step.code == code), None)


class Reasons(_Frozen):
    """``reasons.toml``: choices offered beside free text."""

    not_for_us: tuple[Reason, ...] = ()
    no_go: tuple[Reason, ...] = ()


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"{value!r} is not a time zone; write one such as Europe/Paris."
        raise ValueError(message) from error
    return value


class Holidays(_Frozen):
    """``holidays.toml``: the company's working days and time zone."""

    time_zone: Annotated[str, AfterValidator(_zone)] = "Europe/Paris"
    country: Country = "FR"
    subdivision: str = ""
    weekend: tuple[Annotated[int, Field(ge=1, le=7)], ...] = (6, 7)
    extra: tuple[date, ...] = ()
    worked: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _somebody_works(self) -> Holidays:
        if len(set(self.weekend)) == 7:  # noqa: PLR2004  the days of a week
            message = "weekend names all seven days; at least one day must be worked."
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _known(self) -> Holidays:
        if (self.country, self.subdivision) == ("FR", ""):
            return self
        # The library is slow to import; the built-in calendar needs no check.
        try:
            library().country_holidays(self.country, subdiv=self.subdivision or None)
        except NotImplementedError as error:
            place = f"{self.country!r} {self.subdivision!r}" if self.subdivision else repr(self.country)
            message = f"No public holidays are known for {place}."
            raise ValueError(message) from error
        return self


class Named(_Frozen):
    """A value to choose: stored by its code, shown by its label."""

    code: Code
    label: Label


class Axis(_Frozen):
    """One way to sort offers, such as the product category; an offer has at most one value of each."""

    code: Code
    label: Label
    values: tuple[Named, ...]

    @model_validator(mode="after")
    def _offers_something(self) -> Axis:
        if not self.values:
            message = "An axis needs at least one value to choose."
            raise ValueError(message)
        return self


def _no_doubles(values: tuple[str, ...]) -> tuple[str, ...]:
    doubled = next((value for place, value in enumerate(values) if value in values[:place]), None)
    if doubled is not None:
        message = f"{doubled!r} stands twice."
        raise ValueError(message)
    return values


class Lists(_Frozen):
    """``lists.toml``: what people choose from on the offer."""

    currencies: Annotated[tuple[Currency, ...], Field(min_length=1), AfterValidator(_no_doubles)] = ("EUR",)
    campaigns: Annotated[tuple[Word, ...], AfterValidator(_no_doubles)] = ()
    sites: tuple[Named, ...] = ()
    axes: tuple[Axis, ...] = ()


class Checklist(_Frozen):
    """``checklist.toml``: what is done before the project of a won offer starts."""

    item: tuple[Named, ...] = ()


class ActivityTypes(_Frozen):
    """The keys of Pipedrive's activity types that ours become, as its settings (Activities) name them."""

    appointment: Word = "meeting"
    call: Word = "call"
    task: Word = "task"


class PipedriveMap(_Frozen):
    """``pipeline``: by its name, None for the first one. ``stages``: our stage codes and the names of theirs.
    ``archive_dropped_leads``: a lead that is not for us is archived over there.
    ``activities``: which of their types our activities have.
    """

    pipeline: Word | None = None
    archive_dropped_leads: bool = True
    stages: dict[StageCode, Word] = Field(default_factory=dict)
    activities: ActivityTypes = ActivityTypes()
    collect_minutes: Annotated[int, Field(ge=0, le=1440)] = 10
    """How long changes of the team, the hours, the folder's link and the note wait for more of them."""
    wait_days: Annotated[int, Field(ge=0, le=28)] = 7
    """How long after a month's lock team, hours and the folder's link of an open offer wait for another change."""
    note_days: Annotated[int, Field(ge=0, le=365)] = 90
    """How old stage and hours in the pinned note may become; the deal's own fields show them."""


class BusinessCentralMap(_Frozen):
    """``mandatory``: what must be known before anything is written: ``contact``, ``salesperson``, ``title``,
    ``category`` (a value of any axis), or the code of one axis of ``lists.toml``.
    """

    mandatory: Annotated[tuple[Code, ...], AfterValidator(_no_doubles)] = (
        "contact",
        "salesperson",
        "title",
        "category",
    )


FolderName = Annotated[Word, StringConstraints(pattern=r'^[^"*:<>?/\\|]+$')]
"""A name that SharePoint takes."""


class FolderTemplate(_Frozen):
    """The folders of each offer; ``evaluation`` and ``handover`` are those that get the sheets."""

    folders: Annotated[tuple[FolderName, ...], AfterValidator(_no_doubles)] = ()
    evaluation: FolderName = "02 Evaluation"
    handover: FolderName = "07 Hand-over"

    @model_validator(mode="after")
    def _has_them(self) -> FolderTemplate:
        if self.folders and not {self.evaluation, self.handover} <= set(self.folders):
            message = "evaluation and handover name folders that are not in folders."
            raise ValueError(message)
        return self


class CalendarRules(_Frozen):
    """Meetings in the calendar: how long they last, and when a kick-off begins on its day, in the company's zone."""

    review_minutes: Annotated[int, Field(ge=5, le=480)] = 60
    kick_off_time: Annotated[str, AfterValidator(_time_of_day)] = "10:00"
    kick_off_minutes: Annotated[int, Field(ge=5, le=480)] = 60


class Systems(_Frozen):
    """``systems.toml``: how the other systems are kept."""

    pipedrive: PipedriveMap = PipedriveMap()
    business_central: BusinessCentralMap = BusinessCentralMap()
    sharepoint: FolderTemplate = FolderTemplate()
    calendar: CalendarRules = CalendarRules()


class Company(_Frozen):
    """Everything a company configures."""

    watch: Watch
    rules: Rules
    stages: Stages
    reasons: Reasons
    holidays: Holidays
    lists: Lists
    checklist: Checklist
    systems: Systems
