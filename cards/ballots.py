"""The people of a vote: one line per seat with role, name and answer (a word with a sign), and the conditions set."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from adaptive_cards.types import Spacing

from cards.escape import escape
from cards.formats import day, local, word
from cards.pieces import bullets, label, sides, small, text
from cards.texts import texts
from cards.words import Choice, Language, RoundOutcome, RoundState, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cards.envelope import Part
    from cards.views import Ballot, Condition, Reader, RoundView, Seat

SIGNS: Final = {
    Choice.GO: "✓",
    Choice.GO_WITH_CONDITIONS: "✓",
    Choice.NO_GO: "✕",
    Choice.ABSTAIN: "–",
    Choice.NEED_INFO: "?",
}
TONES: Final = {
    Choice.GO: Tone.GOOD,
    Choice.GO_WITH_CONDITIONS: Tone.GOOD,
    Choice.NO_GO: Tone.ATTENTION,
    Choice.ABSTAIN: Tone.DEFAULT,
    Choice.NEED_INFO: Tone.WARNING,
}
WAITING: Final = "○"


def choice_of(ballot: Ballot) -> Choice:
    """The answer; a Go that carries conditions is one of its own."""
    return Choice.GO_WITH_CONDITIONS if ballot.choice is Choice.GO and ballot.conditions else ballot.choice


def choice_word(ballot: Ballot, reader: Reader) -> str:
    """The answer as a word."""
    return word(choice_of(ballot), reader.language)


def waiting_roles(view: RoundView) -> tuple[str, ...]:
    """Upper-case names of the roles whose answer is still wanted; a question asked is not an answer yet."""
    return tuple(
        seat.role.upper() for seat in view.seats if seat.ballot is None or seat.ballot.choice is Choice.NEED_INFO
    )


def cast_by(seat: Seat, reader: Reader) -> str:
    """Who answered or is asked: the principal, and the deputy when one clicked or stands in."""
    if seat.ballot is not None:
        return _clicked(seat.role.upper(), seat.ballot.by, seat.ballot.for_principal, reader.language)
    return _asked_for(seat.role.upper(), seat.principal, seat.deputy, reader.language)


@lru_cache(256)
def _clicked(role: str, by: str, for_principal: str, language: Language) -> str:
    t = texts(language)
    by, principal = _name(by, role), _name(for_principal, role)
    if principal:
        return t("decisions.seat_by_deputy", by=by, principal=principal)
    return t("decisions.seat_by", by=by) if for_principal else by


@lru_cache(256)
def _asked_for(role: str, principal: str, deputy: str, language: Language) -> str:
    t = texts(language)
    if not principal:
        return t("decisions.seat_vacant")
    stand_in = t("decisions.seat_deputy", deputy=_name(deputy, role)) if deputy else ""
    return " · ".join(one for one in (_name(principal, role), stand_in) if one)


def _name(name: str, role: str) -> str:
    """A demo or a small company names people by their role; saying it twice helps nobody."""
    return "" if name.upper() == role else escape(name, 60)


def seats(view: RoundView, reader: Reader) -> list[Part]:
    """One line per seat, the words behind an answer under it, and the conditions of all Go ballots."""
    out: list[Part] = []
    open_still = view.state is not RoundState.CLOSED
    for index, seat in enumerate(view.seats):
        out.extend(_seat(seat, reader, first=index == 0, open_still=open_still))
    wanted = [one for seat in view.seats if seat.ballot for one in seat.ballot.conditions]
    if wanted and view.outcome is not RoundOutcome.NO_GO:
        out.append(label(texts(reader.language)("decisions.conditions")))
        out.append(text(conditions(wanted, reader), spacing=Spacing.NONE))
    return out


def conditions(wanted: Iterable[Condition], reader: Reader) -> str:
    """Conditions as a list: what, who, until when."""
    return bullets(
        " · ".join(
            part
            for part in (
                escape(one.text, 160),
                escape(one.owner, 60),
                day(one.due, reader, year=one.due.year != local(reader.now, reader).year) if one.due else "",
            )
            if part
        )
        for one in wanted
    )


def _seat(seat: Seat, reader: Reader, *, first: bool, open_still: bool) -> Iterable[Part]:
    ballot = seat.ballot
    if ballot is None:
        answer = texts(reader.language)("decisions.seat_waiting" if open_still else "decisions.seat_silent")
        yield _asked(seat.role.upper(), cast_by(seat, reader), answer, first)
        return
    yield _answered(seat.role.upper(), cast_by(seat, reader), choice_of(ballot), reader.language, first)
    said = ballot.reason or ballot.question
    if said:
        yield small(escape(said, 240), spacing=Spacing.NONE)


@lru_cache(512)
def _asked(role: str, who: str, answer: str, first: bool) -> Part:  # noqa: FBT001  lru_cache is quicker so
    return _line(role, who, text(f"{WAITING} {answer}", subtle=True, right=True), first=first)


@lru_cache(512)
def _answered(role: str, who: str, choice: Choice, language: Language, first: bool) -> Part:  # noqa: FBT001
    answer = text(f"{SIGNS[choice]} {word(choice, language)}", tone=TONES[choice], bold=True, right=True)
    return _line(role, who, answer, first=first)


def _line(role: str, who: str, answer: Part, *, first: bool) -> Part:
    left = text(f"**{role}** {who}".rstrip())
    return sides(left, answer, spacing=Spacing.MEDIUM if first else Spacing.SMALL, separator=first)
