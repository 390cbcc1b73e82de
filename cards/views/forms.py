"""Views of dialogs. Typed values are kept as the strings that came in, so that a form with an error loses nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cards.views.reader import Sentence
from cards.words import Choice, Language, TenderType


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong with one input (``cards.fields`` id, or a row id) and what to type instead."""

    field: str
    what: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonChoice:
    """A configured reason: its code and its label in the reader's language."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChoice:
    """A person to choose: ``value`` comes back (a person id as text), ``name`` is shown."""

    value: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientChoice:
    """A client to choose from the known ones."""

    value: str
    name: str


Typed = tuple[tuple[str, str], ...]
"""Values to show in the inputs: (input id, text as typed or stored)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissFormView:
    """Not for us: a reason from the list (when the company configured one) and a note."""

    tender_id: int
    revision: int
    number: str
    title: str
    reasons: tuple[ReasonChoice, ...] = ()
    values: Typed = ()
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationFormView:
    """The sign-off evaluation. ``required`` False shows the one-line summary first and the rest behind "More".

    ``version``: the version being written (1 for the first). ``vote_open``: an edit now is shown to the voters.
    ``saved_at``: when the draft was last saved. ``required_because``: what made the long form necessary.
    """

    offer_id: int
    title: str
    reference: str = ""
    required: bool = True
    required_because: Sentence | None = None
    version: int = 1
    currency: str = "EUR"
    vote_open: bool = False
    saved_at: datetime | None = None
    values: Typed = ()
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteFormView:
    """The text a ballot needs: a reason (NO_GO), conditions (GO_WITH_CONDITIONS) or a question (NEED_INFO).

    ``people``: who can own a condition. ``reasons``: configured No-Go reasons. ``seat``: the role this ballot is
    for. ``acting_for``: set for a deputy.
    """

    round_id: int
    revision: int
    choice: Choice
    title: str
    closes_at: datetime
    seat: str = ""
    acting_for: str = ""
    owner: str = ""
    reasons: tuple[ReasonChoice, ...] = ()
    people: tuple[PersonChoice, ...] = ()
    values: Typed = ()
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenFormView:
    """Reopen a decided round: a reason. ``offer_number``: kept when the first decision was a Go."""

    round_id: int
    revision: int
    title: str
    offer_number: str = ""
    values: Typed = ()
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFormView:
    """Who prepares the offer: up to five people with a role each. The people picker gives Entra object ids.

    ``shown`` comes back with the form: whose rows it had. ``others``: how many more are on the team.
    """

    offer_id: int
    title: str
    offer_number: str = ""
    shown: str = ""
    others: int = 0
    values: Typed = ()
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RfpFormView:
    """A client's request typed in by hand. ``types``: kinds offered. ``clients``: known ones, free text otherwise."""

    types: tuple[TenderType, ...] = (TenderType.RFP, TenderType.RFQ, TenderType.RFI, TenderType.ITT)
    clients: tuple[ClientChoice, ...] = ()
    values: Typed = ()
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesFormView:
    """Give or take a role (admin). ``saved``: what the last save did, shown at the top."""

    values: Typed = ()
    errors: tuple[FieldError, ...] = ()
    saved: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeputyChoice:
    """A deputy named before: ``value`` comes back; both days are included."""

    value: str
    name: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DeputyFormView:
    """Who stands in for the reader, from when until when (days). ``for_person``: the principal an admin names.

    ``standing``: who was named before and can be withdrawn, today's and later ones; they may overlap.
    """

    for_person: str = ""
    standing: tuple[DeputyChoice, ...] = ()
    values: Typed = ()
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFormView:
    """The reader's own language, time zone (IANA names) and country (ISO 3166-1) of public holidays."""

    name: str
    language: Language
    time_zone: str
    time_zones: tuple[str, ...] = (
        "Europe/Paris",
        "Europe/Brussels",
        "Europe/Zurich",
        "Europe/London",
        "America/Cayenne",
    )
    country: str = "FR"
    countries: tuple[str, ...] = ("FR",)
    errors: tuple[FieldError, ...] = ()
