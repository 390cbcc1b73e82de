"""Somebody's place on a team, as they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.offers import service as offers
from bot.offers import team
from cards import words
from cards.formats import hours
from cards.notices import notice_card
from cards.verbs import ListCode, Verb
from cards.views.notices import FollowUp, NoticeView
from cards.views.reader import sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.offers.models import TeamMember
    from bot.people.models import Person
    from bot.teams.context import Surroundings
    from cards.views.reader import Reader, Sentence


def team_notice(
    session: Session, member_id: int, _person: Person | None, reader: Reader, _around: Surroundings
) -> dict[str, Any]:
    """That somebody is on a team, or no longer: whichever is true when it is sent."""
    stay = team.by_id(session, member_id)
    offer = offers.by_id(session, stay.offer_id)
    return notice_card(
        NoticeView(
            tone=words.Tone.DEFAULT if stay.gone else words.Tone.ACCENT,
            title=sentence("team.told_left" if stay.gone else "team.told_joined"),
            subject=offer.full_name,
            text=_text(stay, reader),
            follow_ups=(
                FollowUp(label="offers.button_offer", verb=Verb.OFFER_SHOW, id=offer.id),
                FollowUp(label="team.list_title", verb=Verb.RECORDS_SHOW, id=offer.id, words=ListCode.TEAM.value),
            ),
        ),
        reader,
    )


def _text(stay: TeamMember, reader: Reader) -> Sentence:
    """From when until when, in which role, with how many hours."""
    days: dict[str, Any] = {"first": stay.joined_on} | ({"last": stay.left_on} if stay.left_on is not None else {})
    if stay.gone:
        return sentence("team.told_gone", **days)
    known = "until" if stay.left_on is not None else "since"
    role = words.TeamRole(stay.role.value)
    if stay.planned_hours is None:
        return sentence(f"team.told_{known}", role=role, **days)
    planned = hours(stay.planned_hours, reader.language)
    return sentence(f"team.told_{known}_planned", role=role, planned=planned, **days)
