"""What a company may configure. Frozen: a running Offerdesk never changes its rules, it is started with other ones."""

from __future__ import annotations

import string
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bot.decisions.models import RuleKind
from bot.people.models import Role

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


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
        approvers = {Role.CTO, Role.CPO, Role.CEO}
        if len(set(self.seats)) != len(self.seats) or not set(self.seats) <= approvers:
            message = "seats takes each of cto, cpo and ceo at most once."
            raise ValueError(message)
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


class TenderRules(_Frozen):
    """How new tenders are announced."""

    digest_above: Annotated[int, Field(ge=0, le=100)] = 5
    backfill_days: Annotated[int, Field(ge=1, le=3650)] = 30
    undo_minutes: Annotated[int, Field(ge=0, le=1440)] = 5


class Rules(_Frozen):
    """``rules.toml``."""

    evaluation: EvaluationRules = EvaluationRules()
    round: RoundRules = RoundRules()
    reminders: ReminderRules = ReminderRules()
    numbers: NumberRules = NumberRules()
    tenders: TenderRules = TenderRules()


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


class Stage(_Frozen):
    """One stage of an offer."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,9}$")]
    label: Label
    short: Label
    closes: bool
    type: StageType = StageType.NONE


class Stages(_Frozen):
    """``stages.toml``."""

    stage: Annotated[tuple[Stage, ...], Field(min_length=1)]

    def of_type(self, kind: StageType) -> Stage | None:
        """The stage of this type; of several, the first by ascending code."""
        return min((stage for stage in self.stage if stage.type is kind), key=lambda stage: stage.code, default=None)

    def by_code(self, code: str) -> Stage | None:
        """The stage with this code; None when the company removed it since."""
        return next((stage for stage in self.stage if stage.code == code), None)


class Reason(_Frozen):
    """One reason to choose."""

    code: Code
    label: Label


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
        import holidays  # noqa: PLC0415  slow to import; the built-in calendar needs no check

        try:
            holidays.country_holidays(self.country, subdiv=self.subdivision or None)
        except NotImplementedError as error:
            place = f"{self.country!r} {self.subdivision!r}" if self.subdivision else repr(self.country)
            message = f"No public holidays are known for {place}."
            raise ValueError(message) from error
        return self


class Company(_Frozen):
    """Everything a company configures."""

    watch: Watch
    rules: Rules
    stages: Stages
    reasons: Reasons
    holidays: Holidays
