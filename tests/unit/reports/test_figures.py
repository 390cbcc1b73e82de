"""The definitions and their page."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from bot.offers.models import Outcome
from bot.reports.definitions import FIGURES, document
from bot.reports.figures import Grouping, Spent, all_for_nothing_per_won, lost_per_won

PAGE = Path(__file__).resolve().parents[3] / "docs" / "figures.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == document(), "write it anew with bot.reports.definitions.document()"


def test_each_figure_is_defined_once_and_every_breakdown_has_its_definition() -> None:
    codes = [figure.code for figure in FIGURES]
    assert len(set(codes)) == len(codes)
    assert {grouping.value for grouping in Grouping} - {Grouping.OFFER.value} <= set(codes)
    assert all(figure.formula and figure.unit and figure.excluded for figure in FIGURES)


def test_a_quarter_of_an_hour_at_an_odd_rate_is_exact() -> None:
    spent = Spent(3, 3 * 3333, 0) + Spent(1, 0, 1)
    assert (spent.hours, spent.cost, spent.unrated_hours) == (Decimal(1), Decimal("24.9975"), Decimal("0.25"))


def test_the_ratios_tell_lost_from_all_that_led_to_no_contract() -> None:
    spent = {Outcome.WON: Spent(40), Outcome.LOST: Spent(80), Outcome.NO_GO: Spent(20), Outcome.OPEN: Spent(400)}
    assert (lost_per_won(spent), all_for_nothing_per_won(spent)) == (Decimal(2), Decimal("2.5"))
    assert lost_per_won({Outcome.LOST: Spent(4)}) is None
    assert all_for_nothing_per_won({}) is None
