"""Which tenders interest us, and why."""

from __future__ import annotations

import pytest

from bot.config import Watch, WatchRule, default
from bot.tenders.matching import Match, Reason, match
from tests.unit.tenders.portal import Record


def matched(word: str, text: str) -> bool:
    """Is the word found in a description?"""
    watch = Watch(threshold=1, rule=(WatchRule(code="r", words=(word,), weight=1),))
    return match(watch, Record("1", raw_title="", description=text), "esa").matched


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("RF", "an RF, simulator"),
        ("rf", "(RF)"),
        ("antenna", "ANTENNAS"),
        ("antenne", "Réseau d'antennes"),
        ("déployable", "DEPLOYABLE MAST"),
        ("deployable", "mât déployable"),
        ("heat pipe", "HEAT-PIPE"),
        ("heat pipe", "heatpipes"),
        ("heat pipe", "heat\npipe"),
        ("technique", "TECHNIQUESFOR"),
        ("based", "basedon a study"),
        ("thermal", "forthermal control"),
        ("insulation", "insulationmaterials"),
        ("on-board computer", "onboard computer"),
        ("CO2", "CO2 scrubbing"),
    ],
)
def test_found(word: str, text: str) -> None:
    assert matched(word, text)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("RF", "surface"),
        ("RF", "RFID"),
        ("ground", "background"),
        ("structure", "infrastructure"),
        ("charge", "discharge"),
        ("pipe", "pipeline"),
        ("heat pipe", "heat in a pipe"),
        ("---", "---"),
    ],
)
def test_not_found(word: str, text: str) -> None:
    assert not matched(word, text)


def judge(rule: WatchRule, record: Record, *, source: str = "esa_non_esa", threshold: int = 1) -> Match:
    """One rule against one record."""
    return match(Watch(threshold=threshold, rule=(rule,)), record, source)


RECORD = Record("1", countries=("DE", "FR"), products=(5,), technologies=(7,), price_range="200-500 KEURO")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (WatchRule(code="r", technologies=(1, 7)), ("technology", "7")),
        (WatchRule(code="r", products=(5,)), ("product", "5")),
        (WatchRule(code="r", countries=("FR",)), ("country", "FR")),
        (WatchRule(code="r", types=(5,)), ("type", "5")),
        (WatchRule(code="r", price_keuro=500), ("price", "200-500 KEURO")),
        (WatchRule(code="r", sources=("esa_non_esa",)), ("source", "esa_non_esa")),
        (WatchRule(code="r", words=("thermal",), countries=("FR",)), ("word", "thermal")),
    ],
)
def test_each_criterion_says_why(rule: WatchRule, reason: tuple[str, str]) -> None:
    verdict = judge(rule, RECORD)
    assert verdict.matched
    assert [(one.kind, one.found) for one in verdict.reasons] == [reason]


@pytest.mark.parametrize(
    "rule",
    [
        WatchRule(code="r", technologies=(1,)),
        WatchRule(code="r", words=("thermal",), countries=("ES",)),
        WatchRule(code="r", words=("cheese",), countries=("FR",)),
        WatchRule(code="r", price_keuro=501),
        WatchRule(code="r", sources=("esa",)),
        WatchRule(code="r", types=(7,)),
    ],
)
def test_every_criterion_must_hold(rule: WatchRule) -> None:
    assert not judge(rule, RECORD).matched


def test_a_record_without_type_has_none() -> None:
    assert not judge(WatchRule(code="r", types=(5,)), RECORD.but(type_id=None)).matched


def test_weights_add_up_to_the_threshold_heaviest_first() -> None:
    watch = Watch(
        threshold=10,
        rule=(
            WatchRule(code="a", words=("thermal",), weight=4),
            WatchRule(code="b", countries=("FR",), weight=6),
            WatchRule(code="c", words=("cheese",), weight=100),
        ),
    )
    verdict = match(watch, RECORD, "esa")
    assert (verdict.matched, verdict.score) == (True, 10)
    assert verdict.reasons == (Reason("b", "country", "FR", 6), Reason("a", "word", "thermal", 4))


def test_a_negative_weight_speaks_against() -> None:
    watch = Watch(
        threshold=10,
        rule=(
            WatchRule(code="a", words=("thermal",), weight=10),
            WatchRule(code="b", words=("lander",), weight=-5),
        ),
    )
    assert not match(watch, RECORD, "esa").matched


def test_nothing_met_is_no_match_even_at_threshold_zero() -> None:
    assert not match(Watch(threshold=0), RECORD, "esa").matched


def test_the_built_in_rules_know_their_trade() -> None:
    watch = default().watch
    assert match(watch, Record("1", raw_title="DEPLOYABLE RADIATOR"), "esa").matched
    assert not match(watch, Record("1", raw_title="TEACHING MATERIAL ABOUT ANTENNAS", description=""), "esa").matched
