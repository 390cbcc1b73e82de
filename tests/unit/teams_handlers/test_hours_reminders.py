"""Missing hours through the whole bot: the clock's tick, the cards it sends, and what people press on them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.config import default
from bot.decisions.policy import decision_rules
from bot.duties import Duties
from bot.hours import service as hours
from bot.hours.models import HoursDigest, HoursReminder, HoursWeek
from bot.offers.models import Offer, TeamMember, TeamRole
from bot.settings import Settings
from bot.sync.models import Kind, LedgerRow
from bot.teams.context import reader_of
from bot.teams.presenters.messages import DRAW
from bot.teams.replies import TextReply
from cards.check import check
from cards.formats import NO_BREAK
from cards.texts import texts
from cards.verbs import Verb
from tests.unit.teams_handlers.desk import MONDAY, Desk, text_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WEEK = MONDAY.date()
FRIDAY = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)
REMINDED = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
DAY = timedelta(hours=23)
TOLD = datetime(2026, 12, 3, 6, 0, tzinfo=UTC)


async def tick(desk: Desk, now: datetime) -> None:
    """The clock ticks."""
    desk.now = now
    company = default()
    nobody: Any = None
    duties = Duties(
        desk.database,
        nobody,
        [],
        settings=Settings(),
        company=company,
        rules=decision_rules(company),
        now=lambda: desk.now,
        changed=lambda: None,
    )
    await duties.mind_hours()


def offer_of_team(desk: Desk, number: str, *team: str, opened_on: date = WEEK) -> int:
    """An offer of the sales lead with these people on its team, open in the tested week alone."""

    def work(session: Session) -> int:
        chrono = (session.scalar(sa.select(sa.func.max(Offer.chrono))) or 0) + 1
        offer = Offer(
            chrono=chrono,
            number=number,
            title="Hatch *seal*",
            search_text=number,
            owner_id=desk.person(session, "sales lead").id,
            stage="PRE",
            opened_at=MONDAY,
            opened_on=opened_on,
            updated_at=MONDAY,
            outcome="lost",
            ended_on=WEEK + timedelta(days=4),
        )
        session.add(offer)
        session.flush()
        for name in team:
            person = desk.person(session, name)
            member = TeamMember(offer_id=offer.id, person_id=person.id, role=TeamRole.CONTRIBUTOR, joined_on=opened_on)
            session.add(member)
        return offer.id

    return desk.write(work)


def drawn(desk: Desk, kind: Kind, subject: int, name: str) -> dict[str, Any] | None:
    """The message as it would be sent or edited now; it must be wanted."""
    assert (kind.value, subject, f"person:{desk.person_id(name)}") in desk.ledger()

    def work(session: Session) -> dict[str, Any] | None:
        person = desk.person(session, name)
        return DRAW[kind](session, subject, person, reader_of(person, desk.now), desk.around)

    card = desk.read(work)
    assert card is None or check(card, desk.schema) == []
    return card


def sent(desk: Desk) -> None:
    """Every message that is wanted stands in Teams now."""
    remote = {"conversation": "a:1", "activity": "1"}
    desk.write(lambda session: session.execute(sa.update(LedgerRow).values(remote=remote)))


def ids(desk: Desk, model: type[Any]) -> list[int]:
    """The keys of a table, oldest first."""
    return desk.read(lambda session: list(session.scalars(sa.select(model.id).order_by(model.id))))


def digest_of(desk: Desk, name: str) -> int:
    """Somebody's digest."""
    mine = sa.select(HoursDigest.id).where(HoursDigest.recipient_id == desk.person_id(name))
    return desk.read(lambda session: session.scalars(mine).one())


def said(desk: Desk, key: str, **values: Any) -> str:  # noqa: ANN401  what the sentence names
    """A sentence in the language of the desk, with plain spaces."""
    return texts(desk.language)(f"hours_reminders.{key}", **values).replace(NO_BREAK, " ")


async def test_a_reminder_is_settled_with_one_press(desk: Desk) -> None:
    offer_of_team(desk, "S580", "engineer")
    await tick(desk, FRIDAY)
    await tick(desk, REMINDED)
    (reminder,) = ids(desk, HoursReminder)
    card = drawn(desk, Kind.HOURS_REMINDER, reminder, "engineer")
    assert card is not None
    assert "48" in card["fallbackText"]
    assert "S580 Hatch" in text_of(card)
    # Nothing was worked the week before, so there is nothing to repeat.
    assert verbs_of(card) == {"hours.none", "hours.show"}
    sent(desk)
    monday = WEEK.isoformat()
    await desk.card("engineer", Verb.HOURS_NONE, desk.person_id("engineer"), q=monday)
    assert desk.count(HoursWeek, final=True) == 1
    done = drawn(desk, Kind.HOURS_REMINDER, reminder, "engineer")
    assert said(desk, "done_none") in text_of(done)
    assert verbs_of(done or {}) == {"hours.show"}
    assert desk.ledger()["hours_reminder", reminder, f"person:{desk.person_id('engineer')}"].wanted_version == 2


async def test_same_as_last_week_says_what_it_would_enter(desk: Desk) -> None:
    before = WEEK - timedelta(days=7)
    offer_id = offer_of_team(desk, "S580", "engineer", opened_on=before)
    desk.now = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)

    def work(session: Session) -> None:
        engineer = desk.person(session, "engineer")
        hours.save(
            session,
            engineer.id,
            before,
            {(offer_id, None): 30},
            actor=engineer,
            now=desk.now,
            company=default(),
            final=True,
        )

    desk.write(work)
    await tick(desk, FRIDAY)
    await tick(desk, REMINDED)
    (reminder,) = ids(desk, HoursReminder)
    card = drawn(desk, Kind.HOURS_REMINDER, reminder, "engineer")
    assert card is not None
    assert verbs_of(card) == {"hours.same", "hours.none", "hours.show"}
    assert ("S580 7,5 h" if desk.language == "fr" else "S580 7.5 h") in text_of(card)
    sent(desk)
    await desk.card("engineer", Verb.HOURS_SAME, desk.person_id("engineer"), q=WEEK.isoformat())
    done = drawn(desk, Kind.HOURS_REMINDER, reminder, "engineer")
    assert said(desk, "done", hours="7,5 h" if desk.language == "fr" else "7.5 h") in text_of(done)
    assert Decimal(30) == sum(desk.read(lambda session: session.scalars(sa.select(HoursWeek.quarters)).all())[1:])


async def test_nothing_is_sent_that_is_settled_before_it_goes_out(french: Desk) -> None:
    offer_of_team(french, "S580", "engineer")
    await tick(french, FRIDAY)
    for number in range(3):
        await tick(french, REMINDED + number * DAY)
    await tick(french, TOLD)
    await french.card("engineer", Verb.HOURS_NONE, french.person_id("engineer"), q=WEEK.isoformat())
    for reminder in ids(french, HoursReminder):
        assert drawn(french, Kind.HOURS_REMINDER, reminder, "engineer") is None
    assert drawn(french, Kind.HOURS_DIGEST, digest_of(french, "key user"), "key user") is None


async def test_the_digest_from_the_first_look_to_the_last_answer(desk: Desk) -> None:
    offer_of_team(desk, "S580", "engineer", "CTO")
    await tick(desk, FRIDAY)
    for number in range(3):
        await tick(desk, REMINDED + number * DAY)
    await tick(desk, TOLD)
    sent(desk)
    leads, key_users = digest_of(desk, "sales lead"), digest_of(desk, "key user")
    of_lead = drawn(desk, Kind.HOURS_DIGEST, leads, "sales lead")
    assert of_lead is not None
    assert verbs_of(of_lead) == {"hours.remind"}
    assert "engineer" in text_of(of_lead)
    assert "S580" in text_of(of_lead)
    of_key_user = drawn(desk, Kind.HOURS_DIGEST, key_users, "key user")
    assert of_key_user is not None
    assert verbs_of(of_key_user) == {"hours.remind", "hours.show"}

    first = await desk.card("sales lead", Verb.HOURS_REMIND, leads)
    assert texts(desk.language).n("hours_reminders.reminded", 2).replace(NO_BREAK, " ") in text_of(first)
    await desk.again()
    assert desk.count(HoursReminder) == 8, "three for each and one more, however often it is delivered"
    second = await desk.card("key user", Verb.HOURS_REMIND, key_users)
    at = "jeu. 3 déc. 08:00" if desk.language == "fr" else "Thu 3 Dec 08:00"
    assert said(desk, "reminded_lately", until=at) in text_of(second)
    asked = drawn(desk, Kind.HOURS_REMINDER, ids(desk, HoursReminder)[-1], "engineer")
    assert said(desk, "asked_by", name="sales lead") in text_of(asked)

    monday = WEEK.isoformat()
    await desk.card("CTO", Verb.HOURS_NONE, desk.person_id("CTO"), q=monday)
    assert "CTO" not in text_of(drawn(desk, Kind.HOURS_DIGEST, leads, "sales lead"))
    week = await desk.card("key user", Verb.HOURS_SHOW, desk.person_id("engineer"), q=monday)
    assert "engineer" in text_of(week)
    await desk.card("key user", Verb.HOURS_NONE, desk.person_id("engineer"), q=monday)
    for digest, name in ((leads, "sales lead"), (key_users, "key user")):
        done = drawn(desk, Kind.HOURS_DIGEST, digest, name)
        assert said(desk, "digest_done") in text_of(done)
        assert verbs_of(done or {}) == set()
    late = await desk.card("sales lead", Verb.HOURS_REMIND, leads)
    assert said(desk, "digest_done") in text_of(late)
    assert desk.count(HoursReminder) == 8


async def test_others_and_unknown_digests_are_refused_in_words(desk: Desk) -> None:
    offer_of_team(desk, "S580", "engineer")
    await tick(desk, FRIDAY)
    for number in range(3):
        await tick(desk, REMINDED + number * DAY)
    await tick(desk, TOLD)
    for name, number in (("engineer", digest_of(desk, "sales lead")), ("newcomer", digest_of(desk, "key user"))):
        reply = await desk.press(name, Verb.HOURS_REMIND, number)
        assert isinstance(reply, TextReply)
        assert "key user" in reply.text.lower() or "utilisateur" in reply.text.lower()
    assert isinstance(await desk.press("key user", Verb.HOURS_REMIND, 999), TextReply)
    assert desk.count(HoursReminder) == 3


async def test_pending_names_the_weeks_that_lack_hours(desk: Desk) -> None:
    offer_of_team(desk, "S580", "engineer")
    desk.now = FRIDAY - timedelta(hours=1)
    before = text_of(await desk.say("engineer", "pending"))
    assert "S580" not in before
    await tick(desk, FRIDAY)
    reply = await desk.say("engineer", "pending")
    assert "S580" in text_of(reply)
    assert f'"q": "{WEEK.isoformat()}"' in text_of(reply)
    until = "lun. 7 déc." if desk.language == "fr" else "Mon 7 Dec"
    assert said(desk, "pending", week=48, until=until) in text_of(reply)
    await desk.card("engineer", Verb.HOURS_NONE, desk.person_id("engineer"), q=WEEK.isoformat())
    assert "S580" not in text_of(await desk.say("engineer", "pending"))
