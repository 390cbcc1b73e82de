"""The star schema, counted again from the raw rows, on both databases."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot import config
from bot.config.models import Lists
from bot.offers.models import Offer, OfferCategory, Outcome, Weighting
from bot.offers.rules import weigh
from bot.reports import star_schema
from bot.reports.labels import refresh, shifts
from bot.reports.models import Label, LabelKind, ZoneShift
from bot.reports.star_columns import Kind
from bot.sync.models import Kind as LedgerKind
from bot.sync.models import LedgerRow, LedgerState, Mapping, System, TheirRecord
from tests.unit.reports.history import NOW, History, make

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.database import Database

COMPANY = config.default()
Rows = list[dict[str, Any]]


@pytest.fixture
def history(database: Database) -> History:
    made = database.write_now(lambda session: make(session, 11))
    database.write_now(lambda session: refresh(session, COMPANY))
    return made


def rows(database: Database, name: str) -> Rows:
    """Every row of a view, as somebody reads it who knows its columns."""
    view = star_schema.by_name(name)
    assert view is not None
    names = [column.name for column in view.columns]
    return [
        dict(zip(names, row, strict=True))
        for row in database.read_now(lambda session: session.execute(view.read()).all())
    ]


TYPES: dict[Kind, type] = {
    Kind.TEXT: str,
    Kind.HOURS: Decimal,
    Kind.MONEY: Decimal,
    Kind.COST: Decimal,
    Kind.DAY: date,
    Kind.MOMENT: datetime,
    Kind.FLAG: bool,
}


def test_every_column_is_read_as_its_kind_and_every_key_is_unique(database: Database, history: History) -> None:
    for view in star_schema.VIEWS:
        found = rows(database, view.name)
        for row in found:
            for column in view.columns:
                value = row[column.name]
                assert value is None or type(value) is TYPES.get(column.kind, int), (view.name, column.name, value)
                assert column.kind is not Kind.MOMENT or getattr(value, "tzinfo", None) is None
        keys = [row[view.columns[0].name] for row in found]
        if view.name != "bi_v1_bridge_offer_category":
            assert len(set(keys)) == len(keys)
            assert None not in keys


def test_hours_by_offer_person_and_week_are_the_sums_of_the_entries(database: Database, history: History) -> None:
    found: dict[tuple[int, int, int, int], Fraction] = defaultdict(Fraction)
    for row in rows(database, "bi_v1_fact_hours"):
        found[row["offer_key"], row["person_key"], row["iso_year"], row["iso_week"]] += Fraction(row["hours"])
        assert (row["iso_year"], row["iso_week"]) == row["date"].isocalendar()[:2]
    expected: dict[tuple[int, int, int, int], Fraction] = defaultdict(Fraction)
    for person_id, offer_id, part_on, quarters in history.entries:
        expected[offer_id, person_id, *part_on.isocalendar()[:2]] += Fraction(quarters, 4)
    assert found == expected


def test_cost_is_exact_and_empty_without_a_rate(database: Database, history: History) -> None:
    found = rows(database, "bi_v1_fact_hours_cost")
    assert len(found) == len(history.entries)
    for row, (person_id, _offer_id, part_on, quarters) in zip(found, history.entries, strict=True):
        cents = history.cents(person_id, part_on)
        assert row["cost"] == (None if cents is None else Decimal(quarters * cents) / 400)
        assert row["hourly_rate"] == (None if cents is None else Decimal(cents) / 100)
        assert row["currency"] == "EUR"
    assert [view.name for view in star_schema.VIEWS if view.cost] == ["bi_v1_fact_hours_cost"]


def test_hours_lost_for_each_hour_won_come_out_of_facts_and_dimensions(database: Database, history: History) -> None:
    outcome_of = {row["offer_key"]: row["outcome_key"] for row in rows(database, "bi_v1_dim_offer")}
    nothing = {row["outcome_key"] for row in rows(database, "bi_v1_dim_outcome") if row["for_nothing"]}
    found: dict[str, Fraction] = defaultdict(Fraction)
    for row in rows(database, "bi_v1_fact_hours"):
        found[outcome_of[row["offer_key"]]] += Fraction(row["hours"])
    counted = history.counted(0, lambda *_entry: "")
    assert found == {outcome: sums[0] for (_key, outcome), sums in counted.items()}
    assert nothing == {"lost", "no_go", "abandoned"}


def test_the_client_tree_has_the_way_down_at_each_node(database: Database, history: History) -> None:
    found = {row["client_key"]: row for row in rows(database, "bi_v1_dim_client")}
    assert {key: (row["group_name"], row["entity_name"] or row["group_name"]) for key, row in found.items()} == (
        history.clients
    )
    department = next(row for row in found.values() if row["level"] == "department")
    assert department["department_name"] == department["name"]
    assert found[department["entity_key"]]["level"] == "entity"
    assert found[department["group_key"]]["level"] == "client"


def test_the_calendar_has_each_day_once_and_python_agrees(database: Database, history: History) -> None:
    found = rows(database, "bi_v1_dim_date")
    days = [row["date"] for row in found]
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    assert (days[0].month, days[0].day, days[-1].month, days[-1].day) == (1, 1, 12, 31)
    everything = [part_on for _person, _offer, part_on, _quarters in history.entries]
    assert days[0] <= min(everything)
    assert max(everything) <= days[-1]
    for row in found:
        day = row["date"]
        year, week, weekday = day.isocalendar()
        assert (row["iso_year"], row["iso_week"], row["weekday"]) == (year, week, weekday)
        assert row["iso_week_text"] == f"{year}-W{week:02}"
        assert (row["year"], row["quarter"], row["month"]) == (day.year, (day.month + 2) // 3, day.month)
        assert row["month_on"] == day.replace(day=1)
        assert row["week_on"] == day - timedelta(days=weekday - 1)


def test_a_slip_of_the_finger_does_not_make_a_calendar_of_millennia(database: Database, history: History) -> None:
    def slip(session: Session) -> None:
        offer_id = min(history.offers)
        values = {"expected_closing_on": date(9999, 12, 1), "opened_on": date(1026, 1, 1)}
        session.execute(sa.update(Offer).where(Offer.id == offer_id).values(values))

    database.write_now(slip)
    found = rows(database, "bi_v1_dim_date")
    assert (found[0]["date"], found[-1]["date"]) == (date(2000, 1, 1), date(2199, 12, 31))


def test_weighted_amounts_are_those_of_the_cards(database: Database, history: History) -> None:
    cases = [
        (Decimal("1000.05"), 50, 30, Weighting.CUMULATIVE),
        (Decimal("1.05"), 50, 10, Weighting.AVERAGE),
        (Decimal("333333.33"), 33, 67, Weighting.CUMULATIVE),
        (Decimal("0.15"), 70, None, Weighting.CUMULATIVE),
        (None, 70, 30, Weighting.AVERAGE),
        (Decimal("9999999999999.99"), 99, 99, Weighting.CUMULATIVE),
    ]

    def weight(session: Session) -> None:
        for offer_id, (amount, launch, success, how) in zip(sorted(history.offers), cases, strict=False):
            values = {"estimated_amount": amount, "launch_probability": launch, "success_probability": success}
            session.execute(sa.update(Offer).where(Offer.id == offer_id).values(weighting=how, **values))

    database.write_now(weight)
    found = {row["offer_key"]: row for row in rows(database, "bi_v1_dim_offer")}
    for offer_id, (amount, launch, success, how) in zip(sorted(history.offers), cases, strict=False):
        expected = weigh(amount, launch, success, average=how is Weighting.AVERAGE)
        row = found[offer_id]
        assert row["weighted_by_launch"] == expected.launch
        assert row["weighted_by_success"] == expected.success
        assert row["weighted_twice"] == expected.double


def test_offers_carry_their_category_plan_and_ids_in_the_other_systems(database: Database, history: History) -> None:
    offer_id, client_id, person_id = min(history.offers), min(history.clients), min(history.people)

    def connect(session: Session) -> None:
        for kind, system, remote in (
            (LedgerKind.DEAL, System.PIPEDRIVE, "71"),
            (LedgerKind.OPPORTUNITY, System.BUSINESS_CENTRAL, "b0-1"),
            (LedgerKind.FOLDER, System.SHAREPOINT, "f"),
        ):
            row = LedgerRow(
                system=system,
                kind=kind,
                subject_id=offer_id,
                target="record",
                wanted_version=1,
                state=LedgerState.OK,
                not_before=NOW,
                updated_at=NOW,
                remote={"id": remote, "url": f"https://example.test/{remote}"},
            )
            session.add(row)
        for system, name, remote in (
            (System.PIPEDRIVE, f"client:{client_id}", "500"),
            (System.BUSINESS_CENTRAL, f"client:{client_id}", "CT000040"),
            (System.BUSINESS_CENTRAL, f"person:{person_id}", "SL"),
            (System.PIPEDRIVE, f"person:{person_id}", ""),
        ):
            session.add(Mapping(system=system, name=name, remote=remote, updated_at=NOW))
        session.add(
            TheirRecord(
                system=System.BUSINESS_CENTRAL,
                kind="customer",
                remote_id="C00010",
                name="Group",
                search_text="",
                data={},
                seen_at=NOW,
                ours=f"client:{client_id}",
            )
        )

    database.write_now(connect)
    offers = {row["offer_key"]: row for row in rows(database, "bi_v1_dim_offer")}
    for key, made in history.offers.items():
        row = offers[key]
        assert row["category_key"] == (f"product:{made['category']}" if made["category"] else None)
        assert (row["planned_hours"], row["outcome_key"]) == (made["planned"], made["outcome"].value)
        assert (row["opened_on"], row["ended_on"], row["client_key"]) == (
            made["opened_on"],
            made["ended_on"],
            made["client_id"],
        )
    assert (offers[offer_id]["pipedrive_deal_id"], offers[offer_id]["bc_opportunity_id"]) == ("71", "b0-1")
    assert offers[offer_id]["sharepoint_url"] == "https://example.test/f"
    assert offers[offer_id]["bc_project_id"] is None
    client = next(row for row in rows(database, "bi_v1_dim_client") if row["client_key"] == client_id)
    assert (client["pipedrive_organization_id"], client["bc_contact_number"], client["bc_customer_number"]) == (
        "500",
        "CT000040",
        "C00010",
    )
    person = next(row for row in rows(database, "bi_v1_dim_person") if row["person_key"] == person_id)
    assert (person["bc_salesperson_code"], person["pipedrive_user_id"]) == ("SL", None)


def test_every_key_of_an_offer_is_in_its_dimension(database: Database, history: History) -> None:
    keys = {
        name: {row[column] for row in rows(database, f"bi_v1_dim_{name}")}
        for name, column in (
            ("stage", "stage_key"),
            ("outcome", "outcome_key"),
            ("origin", "origin_key"),
            ("category", "category_key"),
            ("client", "client_key"),
        )
    }
    for row in rows(database, "bi_v1_dim_offer"):
        for name, known in keys.items():
            assert row[f"{name}_key"] is None or row[f"{name}_key"] in known


def test_labels_follow_the_configuration_and_old_ones_stay(database: Database, history: History) -> None:
    assert not database.write_now(lambda session: refresh(session, COMPANY))
    axes = COMPANY.lists.axes
    fewer = axes[0].model_copy(update={"values": axes[0].values[:1]})
    lists = Lists(currencies=("CHF",), axes=(fewer,))
    hours = COMPANY.rules.hours.model_copy(update={"currency": "CHF"})
    rules = COMPANY.rules.model_copy(update={"hours": hours})
    changed = COMPANY.model_copy(update={"lists": lists, "rules": rules})
    assert database.write_now(lambda session: refresh(session, changed))
    found = {row["code"]: row for row in rows(database, "bi_v1_dim_category")}
    assert found["structures"]["active"]
    assert not found["thermal"]["active"]
    assert found["thermal"]["label_fr"] == "Thermique"
    # A value that no configuration ever named is known by its code.
    assert (found["antenna"]["label_en"], found["antenna"]["active"]) == ("antenna", False)
    assert {row["currency"] for row in rows(database, "bi_v1_fact_hours_cost")} == {"CHF"}
    assert database.write_now(lambda session: refresh(session, COMPANY))
    assert {row["active"] for row in rows(database, "bi_v1_dim_category") if row["code"] == "thermal"} == {True}


def test_stages_of_both_kinds_never_share_a_key(database: Database, history: History) -> None:
    found = {row["stage_key"]: row for row in rows(database, "bi_v1_dim_stage")}
    assert [key for key, row in found.items() if row["post_award"]] == [
        "post:DELIV",
        "post:INV",
        "post:KICK",
        "post:PLAN",
    ]
    assert (found["SNT"]["type"], found["SNT"]["label_fr"]) == ("quote_sent", "Envoyée")
    kept = database.read_now(
        lambda session: session.scalars(sa.select(Label).where(Label.kind == LabelKind.STAGE)).all()
    )
    assert len(kept) == len(found)


def test_days_are_those_of_the_companys_clocks(database: Database, history: History) -> None:
    """A few minutes before and after midnight in Paris, in winter and in summer, and at both changes of the clocks."""
    moments = [
        datetime(2026, 1, 10, 22, 59, 59, tzinfo=UTC),
        datetime(2026, 1, 10, 23, 0, tzinfo=UTC),
        datetime(2026, 7, 10, 21, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 7, 10, 22, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
        datetime(2026, 3, 29, 22, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 22, 59, tzinfo=UTC),
        datetime(2026, 10, 25, 23, 1, tzinfo=UTC),
    ]

    def set_due(session: Session) -> None:
        for offer_id, moment in zip(sorted(history.offers), moments, strict=False):
            session.execute(sa.update(Offer).where(Offer.id == offer_id).values(submission_due_at=moment))

    database.write_now(set_due)
    found = {row["offer_key"]: row for row in rows(database, "bi_v1_dim_offer")}
    for offer_id, moment in zip(sorted(history.offers), moments, strict=False):
        assert found[offer_id]["submission_due_at_utc"] == moment.replace(tzinfo=None)
        assert found[offer_id]["submission_due_on"] == moment.astimezone(ZoneInfo("Europe/Paris")).date()


def test_another_time_zone_replaces_the_first(database: Database, history: History) -> None:
    holidays = COMPANY.holidays.model_copy(update={"time_zone": "America/Cayenne"})
    assert database.write_now(lambda session: refresh(session, COMPANY.model_copy(update={"holidays": holidays})))
    kept = database.read_now(lambda session: session.scalars(sa.select(ZoneShift)).all())
    assert {(row.seconds, row.zone) for row in kept} == {(-3 * 3600, "America/Cayenne")}


def test_shifts_are_found_to_the_second() -> None:
    paris = dict(shifts(ZoneInfo("Europe/Paris")))
    assert paris[datetime(2026, 3, 29, 1, 0, tzinfo=UTC)] == 7200
    assert paris[datetime(2026, 10, 25, 1, 0, tzinfo=UTC)] == 3600
    assert len(paris) == 201


def test_several_axes_stand_in_the_bridge(database: Database, history: History) -> None:
    offer_id = next(key for key, made in history.offers.items() if made["category"])

    def add(session: Session) -> None:
        session.add(OfferCategory(offer_id=offer_id, axis="market", value="science"))

    database.write_now(add)
    found = [row for row in rows(database, "bi_v1_bridge_offer_category") if row["offer_key"] == offer_id]
    assert {row["category_key"] for row in found} == {
        f"product:{history.offers[offer_id]['category']}",
        "market:science",
    }
    offers = {row["offer_key"]: row["category_key"] for row in rows(database, "bi_v1_dim_offer")}
    assert offers[offer_id] == f"product:{history.offers[offer_id]['category']}"
    assert {made["outcome"] for made in history.offers.values()} <= set(Outcome)
