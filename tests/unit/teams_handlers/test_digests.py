"""The digests as people read them: in their own language, with what they may know, from the figures of the reports."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import config
from bot.clarifications.models import Clarification
from bot.decisions.models import Round, RuleKind
from bot.decisions.words import RoundOutcome, RoundState, Why
from bot.digests.monthly import month_figures
from bot.hours.models import EntryKind, HourlyRate, HoursEntry, HoursWeek
from bot.offers.models import Offer, Outcome, TeamMember, TeamRole
from bot.people.models import Person
from bot.people.service import set_roles
from bot.quotes.models import Quote
from bot.reports.catalogue import kind_of, run
from bot.reports.shape import ReportQuery
from bot.sync.ledger import want_once
from bot.sync.models import CHANNEL, Kind, LedgerRow, LedgerState, System, person_target
from bot.teams.context import reader_of, shared_reader
from bot.teams.presenters.messages import DRAW
from bot.teams.replies import CardReply, TextReply
from cards.check import check
from cards.verbs import Verb
from tests.unit.teams_handlers.desk import MONDAY, Desk, text_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

OCTOBER = 202610
WEEK = 20261123
OFFERS: tuple[tuple[Outcome, int, date, date | None], ...] = (
    (Outcome.WON, 300_000, date(2026, 5, 4), date(2026, 10, 20)),
    (Outcome.LOST, 100_000, date(2026, 6, 1), date(2026, 10, 31)),
    (Outcome.WON, 55_000, date(2026, 6, 1), date(2026, 9, 30)),
    (Outcome.OPEN, 70_000, date(2026, 10, 1), None),
)


def french(desk: Desk) -> bool:
    return desk.language == "fr"


def _offer(session: Session, desk: Desk, number: int) -> Offer:
    outcome, amount, opened_on, ended_on = OFFERS[number]
    offer = Offer(
        chrono=number + 1,
        number=f"S58{number}",
        title=f"Shield {number}",
        search_text="",
        owner_id=desk.person(session, "sales lead").id,
        stage="PRE" if outcome is Outcome.OPEN else outcome.value[:3].upper(),
        outcome=outcome,
        currency="EUR",
        estimated_amount=Decimal(amount),
        launch_probability=50,
        success_probability=40,
        expected_closing_on=date(2026, 11, 16) if outcome is Outcome.OPEN else None,
        opened_at=MONDAY,
        opened_on=opened_on,
        ended_on=ended_on,
        updated_at=MONDAY,
    )
    session.add(offer)
    session.flush()
    return offer


def _worked(session: Session, desk: Desk, offer: Offer, day: date, quarters: int) -> None:
    person = desk.person(session, "engineer")
    week = HoursWeek(
        person_id=person.id,
        week_on=day - timedelta(days=day.weekday()),
        quarters=quarters,
        final=True,
        was_final=False,
        revision=1,
        withheld=[],
    )
    session.add(week)
    session.flush()
    session.add(
        HoursEntry(
            week_id=week.id,
            person_id=person.id,
            offer_id=offer.id,
            part_on=day,
            quarters=quarters,
            kind=EntryKind.ENTRY,
            revision=1,
            entered_by_id=person.id,
            entered_at=MONDAY,
        )
    )


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """October brought something of everything, September some."""
    desk.tender("1-1", published_at=datetime(2026, 9, 30, 22, 30, tzinfo=UTC))
    desk.tender("1-2", published_at=datetime(2026, 10, 31, 22, 30, tzinfo=UTC), matched=False)
    desk.tender("1-3", published_at=datetime(2026, 10, 31, 23, 30, tzinfo=UTC))

    def work(session: Session) -> None:
        offers = [_offer(session, desk, number) for number in range(len(OFFERS))]
        owner = offers[0].owner_id
        session.add(
            Quote(
                offer_id=offers[3].id,
                number=1,
                price=Decimal("72000.50"),
                currency="EUR",
                sent_on=date(2026, 10, 12),
                sent_at=MONDAY,
                created_at=MONDAY,
                updated_at=MONDAY,
                created_by_id=owner,
                updated_by_id=owner,
            )
        )
        for place, outcome in ((3, RoundOutcome.GO), (1, RoundOutcome.NO_GO)):
            session.add(
                Round(
                    offer_id=offers[place].id,
                    sequence=1,
                    rule=RuleKind.MAJORITY,
                    seats=["cto"],
                    veto_seats=[],
                    quorum=1,
                    state=RoundState.CLOSED,
                    outcome=outcome,
                    opened_at=datetime(2026, 10, 5, 9, tzinfo=UTC),
                    opened_by_id=owner,
                    closes_at=datetime(2026, 10, 7, 9, tzinfo=UTC),
                    decided_at=datetime(2026, 10, 6, 9, tzinfo=UTC),
                    why=Why.MAJORITY,
                    evaluation_version=1,
                )
            )
        engineer = desk.person(session, "engineer")
        session.add(
            HourlyRate(
                person_id=engineer.id,
                valid_from=date(2026, 1, 1),
                cents=10_000,
                set_by_id=engineer.id,
                set_at=MONDAY,
            )
        )
        _worked(session, desk, offers[3], date(2026, 10, 5), 123)
        _worked(session, desk, offers[3], date(2026, 9, 14), 80)

    desk.write(work)
    return desk


def drawn(desk: Desk, kind: Kind, subject: int, name: str | None = None) -> dict[str, Any] | None:
    """The message as it would be sent now."""

    def work(session: Session) -> dict[str, Any] | None:
        person = desk.person(session, name) if name is not None else None
        reader = reader_of(person, desk.now) if person is not None else shared_reader(desk.around, desk.now)
        return DRAW[kind](session, subject, person, reader, desk.around)

    card = desk.read(work)
    assert card is None or check(card, desk.schema) == []
    return card


def month_of(desk: Desk, name: str) -> str:
    card = drawn(desk, Kind.MONTHLY_DIGEST, OCTOBER, name)
    assert card is not None
    return text_of(card)


def test_a_month_says_what_the_reports_say(busy: Desk) -> None:
    said = month_of(busy, "key user")
    expected = (
        (
            "Bilan : octobre 2026",
            "2 (veille : 1)",
            "2, dont 1 Go",
            "1 · 72 000,50 €",
            "1 · 300 000 €",
            "1 · 100 000 €",
            "50 % en nombre · 75 % en montant",
            "30,75 h (septembre : 20 h)",
            "3 075 € (septembre : 2 000 €)",
            "1 · 70 000 €",
            "14 000 €",
            "1 échéance est dépassée",
        )
        if french(busy)
        else (
            "Digest of October 2026",
            "2 (matching: 1)",
            "2, of which 1 Go",
            "1 · €72,000.50",
            "1 · €300,000",
            "1 · €100,000",
            "50% by count · 75% by amount",
            "30.75 h (September: 20 h)",
            "€3,075 (September: €2,000)",
            "1 · €70,000",
            "€14,000",
            "1 deadline has passed",
        )
    )
    assert [part for part in expected if part not in said] == []


def test_the_figures_are_those_of_the_reports(busy: Desk) -> None:
    company, month = config.default(), date(2026, 10, 1)

    def look(session: Session) -> None:
        found = month_figures(session, month, company, busy.now, cost=True)
        for code, column, figure in (
            ("tenders", "tenders", found.tenders),
            ("origins", "offers_opened", found.opened),
            ("decisions", "decided", found.decided),
            ("sent", "submitted", found.submitted[0]),
            ("success", "worth_won", found.worth_won[0]),
            ("success", "win_rate_amount", found.win_rate_amount),
            ("hours", "hours", found.worked.hours),
            ("hours", "cost", found.worked.cost),
        ):
            report = run(session, kind_of(code), ReportQuery(2026, month=10), company, busy.now)
            assert report.totals[0][report.place(column)] == figure, (code, column)
        assert found.overdue == 1
        assert not found.quiet

    busy.read(look)


def test_a_director_reads_no_cost_and_no_report(busy: Desk) -> None:
    said = month_of(busy, "CEO")
    assert ("30,75 h" if french(busy) else "30.75 h") in said
    assert "300" in said
    for cost in ("3 075", "3,075", "2 000 €", "€2,000", "Coût", "Cost"):
        assert cost not in said
    card = drawn(busy, Kind.MONTHLY_DIGEST, OCTOBER, "CEO")
    assert card is not None
    assert verbs_of(card) == {Verb.DEADLINES_SHOW.value, Verb.OFFER_LIST.value}
    of_key_user = drawn(busy, Kind.MONTHLY_DIGEST, OCTOBER, "key user")
    assert of_key_user is not None
    assert verbs_of(of_key_user) == {Verb.DEADLINES_SHOW.value, Verb.REPORT_OPEN.value}


async def test_every_button_opens_something(busy: Desk) -> None:
    for name in ("key user", "CTO"):
        card = drawn(busy, Kind.MONTHLY_DIGEST, OCTOBER, name)
        for verb, question in _pressed(card):
            reply = await busy.press(name, Verb(verb), q=question)
            assert isinstance(reply, CardReply), (name, verb, question)
            if question.endswith(".m10"):
                assert ("octobre 2026" if french(busy) else "October 2026") in text_of(reply)


def _pressed(node: object) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if isinstance(node, dict):
        if node.get("type") == "Action.Execute":
            found.append((str(node["verb"]), str(node["data"].get("q", ""))))
        for key, inner in node.items():
            found += _pressed(inner) if key != "fallback" else []
    elif isinstance(node, list):
        for inner in node:
            found += _pressed(inner)
    return found


def test_each_reads_their_own_language(busy: Desk) -> None:
    other = "en" if french(busy) else "fr"
    mine = sa.update(Person).where(Person.id == busy.person_id("CPO")).values(language=other)
    busy.write(lambda session: session.execute(mine))
    title = {"fr": "Bilan : octobre 2026", "en": "Digest of October 2026"}
    assert title[other] in month_of(busy, "CPO")
    assert title[busy.language] in month_of(busy, "CTO")


def test_a_month_in_which_nothing_happened_says_so(desk: Desk) -> None:
    said = month_of(desk, "key user")
    assert ("Il ne s’est rien passé ce mois-là" if french(desk) else "Nothing happened that month") in said
    assert ("Rien n’est en retard" if french(desk) else "Nothing is overdue") in said
    assert ("Gagnées" if french(desk) else "Lost") not in said


def test_hours_without_rates_have_no_cost(busy: Desk) -> None:
    busy.write(lambda session: session.execute(sa.delete(HourlyRate)))
    said = month_of(busy, "key user")
    assert "h (" in said
    assert ("Coût" if french(busy) else "Cost") not in said


def test_who_lost_the_role_and_an_older_month_get_nothing(desk: Desk) -> None:
    assert drawn(desk, Kind.MONTHLY_DIGEST, OCTOBER, "engineer") is None
    assert drawn(desk, Kind.MONTHLY_DIGEST, 202609, "CTO") is None

    def dismiss(session: Session) -> None:
        set_roles(session, person=desk.person(session, "CTO"), roles=(), now=desk.now, actor=None)

    assert drawn(desk, Kind.MONTHLY_DIGEST, OCTOBER, "CTO") is not None
    desk.write(dismiss)
    assert drawn(desk, Kind.MONTHLY_DIGEST, OCTOBER, "CTO") is None


async def test_the_digest_is_had_at_any_time_by_who_may(busy: Desk) -> None:
    for name in ("key user", "CTO", "CPO", "CEO"):
        for typed in ("digest", "bilan", "Monthly digest"):
            reply = await busy.say(name, typed)
            assert isinstance(reply, CardReply)
            assert "2026" in text_of(reply)
    for name in ("engineer", "sales lead", "project manager", "admin"):
        assert isinstance(await busy.say(name, "digest"), TextReply)
    assert ("bilan" if french(busy) else "digest") in text_of(await busy.say("CEO", "aide"))
    assert "**bilan**" not in text_of(await busy.say("engineer", "aide"))
    assert "**digest**" not in text_of(await busy.say("engineer", "aide"))


# The week


def week_of(desk: Desk) -> dict[str, Any]:
    card = drawn(desk, Kind.WEEKLY_DIGEST, WEEK)
    assert card is not None
    return card


def test_a_week_in_which_nothing_waits_says_so_in_one_line(desk: Desk) -> None:
    card = week_of(desk)
    assert ("Rien n’attend personne" if french(desk) else "Nothing waits for anybody") in text_of(card)
    assert verbs_of(card) == set()
    assert "entities" not in card["msteams"]


def _question(desk: Desk, offer_id: int, due_on: date, owner: str) -> None:
    def work(session: Session) -> None:
        person = desk.person(session, owner)
        session.add(
            Clarification(
                offer_id=offer_id,
                number=(session.scalar(sa.select(sa.func.count()).select_from(Clarification)) or 0) + 1,
                question="How thick?",
                asked_on=due_on - timedelta(days=9),
                due_on=due_on,
                owner_id=person.id,
                created_at=MONDAY,
                updated_at=MONDAY,
                created_by_id=person.id,
                updated_by_id=person.id,
            )
        )

    desk.write(work)


async def test_a_week_names_who_is_waited_for_and_for_what(desk: Desk) -> None:
    await desk.round(desk.tender())
    busy = desk.write(lambda session: _offer(session, desk, 3).id)
    _question(desk, busy, date(2026, 11, 20), "engineer")
    _question(desk, busy, date(2026, 11, 29), "project manager")
    _question(desk, busy, date(2026, 11, 30), "CPO")
    # So that a vote waits for two of the three.
    await desk.press("CPO", Verb.ROUND_GO, _round(desk))
    card = week_of(desk)
    said = text_of(card)
    mentioned = [entity["mentioned"]["name"] for entity in card["msteams"]["entities"]]
    # The overdue one first, then by what is due first; of next week nothing is said.
    assert mentioned[:2] == ["sales lead", "engineer"]
    assert set(mentioned) == {"engineer", "CTO", "CEO", "sales lead", "project manager"}
    assert ("en retard depuis le" if french(desk) else "late since") in said
    assert ("Vote Go/No-Go" if french(desk) else "Go/No-Go vote") in said
    assert ("Votre vote" if french(desk) else "Your Go") not in said
    assert ("Semaine 48, du 23 au 29 nov." if french(desk) else "Week 48, 23 to 29 Nov") in said
    assert verbs_of(card) == {Verb.PENDING_SHOW.value, Verb.DEADLINES_SHOW.value}
    for verb, question in _pressed(card):
        assert isinstance(await desk.press("engineer", Verb(verb), channel=True, q=question), CardReply)


def _round(desk: Desk) -> int:
    return desk.read(lambda session: session.scalars(sa.select(Round.id)).one())


def test_a_week_has_room_for_fifteen_lines_and_counts_the_rest(desk: Desk) -> None:
    offer_id = desk.write(lambda session: _offer(session, desk, 3).id)
    for name in ("CTO", "CPO", "CEO", "engineer", "admin", "key user"):
        for _number in range(5):
            _question(desk, offer_id, date(2026, 11, 26), name)
    card = week_of(desk)
    said = text_of(card)
    # Four people of four lines, of which the last has room for two; the sales lead's own two come first.
    assert said.count("Clarification") == 13
    assert ("et 1 autre" if french(desk) else "and 1 more") in said
    assert ("32 points en attente" if french(desk) else "32 things wait") in said


def test_two_people_of_one_name_are_named_not_mentioned(french: Desk) -> None:
    offer_id = french.write(lambda session: _offer(session, french, 3).id)
    for name in ("CTO", "CPO", "CEO"):
        _question(french, offer_id, date(2026, 11, 26), name)
    same = sa.update(Person).where(Person.id.in_([french.person_id("CTO"), french.person_id("CPO")]))
    french.write(lambda session: session.execute(same.values(name="A *double*")))
    card = week_of(french)
    assert {entity["mentioned"]["name"] for entity in card["msteams"]["entities"]} == {"CEO", "sales lead"}
    assert "A \\\\*double\\\\*" in text_of(card)


def test_what_stands_wrong_in_other_systems_waits_for_the_key_user(desk: Desk) -> None:
    def work(session: Session) -> None:
        want_once(session, Kind.LEAD_CARD, [(1, CHANNEL)], now=MONDAY)
        session.execute(sa.update(LedgerRow).values(state=LedgerState.MANUAL))

    desk.write(work)
    card = week_of(desk)
    assert [entity["mentioned"]["name"] for entity in card["msteams"]["entities"]] == ["key user"]
    assert ("1 fiche à régler" if french(desk) else "1 record to settle") in text_of(card)


def test_missing_hours_wait_for_who_worked(desk: Desk) -> None:
    def work(session: Session) -> None:
        offer = _offer(session, desk, 3)
        engineer = desk.person(session, "engineer")
        session.add(
            TeamMember(
                offer_id=offer.id, person_id=engineer.id, role=TeamRole.CONTRIBUTOR, joined_on=date(2026, 11, 16)
            )
        )
        session.add(
            HoursWeek(
                person_id=engineer.id,
                week_on=date(2026, 11, 16),
                quarters=0,
                final=False,
                was_final=False,
                revision=0,
                withheld=[],
                prompted_at=MONDAY,
            )
        )

    desk.write(work)
    card = week_of(desk)
    assert "engineer" in {entity["mentioned"]["name"] for entity in card["msteams"]["entities"]}
    assert ("Heures de la semaine 47" if french(desk) else "Hours of week 47") in text_of(card)


def test_a_week_that_is_over_is_not_posted_late(french: Desk) -> None:
    french.now = datetime(2026, 11, 29, 22, 30, tzinfo=UTC)
    assert drawn(french, Kind.WEEKLY_DIGEST, WEEK) is not None
    french.now = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)
    assert drawn(french, Kind.WEEKLY_DIGEST, WEEK) is None


def test_both_kinds_are_messages_of_teams(french: Desk) -> None:
    def work(session: Session) -> list[int]:
        given = [
            want_once(session, Kind.MONTHLY_DIGEST, [(OCTOBER, person_target(1))], now=MONDAY),
            want_once(
                session, Kind.MONTHLY_DIGEST, [(OCTOBER, person_target(1)), (OCTOBER, person_target(2))], now=MONDAY
            ),
            want_once(session, Kind.WEEKLY_DIGEST, [], now=MONDAY),
        ]
        assert set(session.scalars(sa.select(LedgerRow.system))) == {System.TEAMS}
        return given

    assert french.write(work) == [1, 1, 0]
