"""What is due, as people read it: how long, of which offer, and what touching it does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cards.check import check
from cards.deadlines import deadlines_card, morning_card
from cards.envelope import Card, nodes
from cards.samples import NOW
from cards.verbs import FormCode, Verb
from cards.views.deadlines import DeadlineGroup, DeadlineLine, DeadlinesView, MorningView
from cards.views.reader import Reader, sentence
from cards.views.records import Press

TODAY = NOW.date()
LONG = "**Bold** [link](https://evil.example) <at>all</at> é" * 4


def line(days: int = 3, **more: object) -> DeadlineLine:
    given: dict[str, object] = {
        "what": sentence("deadlines.kind_clarification"),
        "title": "How thick is the insulation?",
        "offer": "S580 Thermal protection",
        "due_on": TODAY + timedelta(days=days),
        "tap": Press(label="frame.open", verb=Verb.FORM_OPEN, id=7, q=FormCode.CLARIFICATION_ANSWER.value),
    }
    return DeadlineLine(**(given | more))  # type: ignore[arg-type]


def listed(*lines: DeadlineLine, mine: bool = True, **more: object) -> DeadlinesView:
    groups = (DeadlineGroup(title="deadlines.week", lines=lines),) if lines else ()
    given: dict[str, object] = {"groups": groups, "mine": mine, "total": len(lines), "days": 30}
    return DeadlinesView(**(given | more))  # type: ignore[arg-type]


def words(card: Card) -> str:
    return json.dumps(card, ensure_ascii=False).replace("\u00a0", " ").replace("\u202f", " ")


def buttons(card: Card) -> list[dict[str, object]]:
    return [action["data"] for action in card.get("actions", [])]


@pytest.mark.parametrize(
    ("days", "french", "english", "color"),
    [
        (-3, "3 j de retard", "3 days late", "attention"),
        (-1, "1 j de retard", "1 day late", "attention"),
        (0, "aujourd’hui", "today", "warning"),
        (1, "demain", "tomorrow", "warning"),
        (12, "12 j", "12 days", None),
    ],
)
def test_says_how_long_with_a_word_and_a_colour(
    reader: Reader, days: int, french: str, english: str, color: str | None
) -> None:
    card = deadlines_card(listed(line(days)), reader)
    wanted = french if reader.language == "fr" else english
    found = [node for node in nodes(card) if str(node.get("text", "")).replace("\u00a0", " ") == wanted]
    assert [node.get("color") for node in found] == [color]


def test_a_line_opens_what_settles_it(reader: Reader) -> None:
    card = deadlines_card(listed(line()), reader)
    taps = [node["selectAction"]["data"] for node in nodes(card) if "selectAction" in node]
    assert taps == [
        {"msteams": {"type": "task/fetch"}, "verb": "form.open", "id": 7, "q": FormCode.CLARIFICATION_ANSWER.value}
    ]


def test_others_lines_name_their_owner_and_times_are_the_readers(reader: Reader) -> None:
    moment = datetime(TODAY.year, TODAY.month, TODAY.day, 12, 0, tzinfo=UTC) + timedelta(days=1)
    card = deadlines_card(listed(line(1, due_at=moment, owner="The engineer"), mine=False), reader)
    assert "The engineer" in words(card)
    assert "13:00" in words(card)
    assert "12:00" in words(deadlines_card(listed(line(1, due_at=moment)), replace(reader, time_zone="UTC")))
    assert "14:30" in words(deadlines_card(listed(line(time="14:30")), reader))


def test_the_year_stands_where_it_is_another(english: Reader) -> None:
    far = line(due_on=date(TODAY.year + 1, 3, 2))
    assert f"Mar {TODAY.year + 1}" in words(deadlines_card(listed(far), english))
    assert f"{TODAY.year}" not in words(deadlines_card(listed(line()), english)).replace('"version"', "")


def test_pages_and_whose_can_be_changed(reader: Reader) -> None:
    middle = deadlines_card(listed(line(), page=1, pages=3, total=20), reader)
    assert [(data["id"], data["q"]) for data in buttons(middle)] == [(2, "mine"), (0, "mine"), (0, "all")]
    every = deadlines_card(listed(line(), mine=False), reader)
    assert [(data["id"], data["q"]) for data in buttons(every)] == [(0, "mine")]
    assert check(middle) == check(every) == []


def test_an_empty_list_says_what_comes_next_or_what_to_do(french: Reader, english: Reader) -> None:
    following = line(40)
    assert "Next: Clarification, S580 Thermal protection, on" in words(deadlines_card(listed(next=following), english))
    assert "Ensuite : Clarification, S580 Thermal protection, le" in words(
        deadlines_card(listed(next=following), french)
    )
    assert "Give offers their dates" in words(deadlines_card(listed(), english))
    assert "Ajoutez des dates aux offres" in words(deadlines_card(listed(), french))
    assert check(deadlines_card(listed(), english)) == []


def test_a_morning_counts_also_what_it_does_not_show(reader: Reader) -> None:
    groups = (
        DeadlineGroup(title="deadlines.overdue", lines=tuple(line(-2) for _number in range(6))),
        DeadlineGroup(title="deadlines.coming", lines=tuple(line(1) for _number in range(6))),
    )
    card = morning_card(MorningView(groups=groups, hidden=58), reader)
    assert "70" in card["fallbackText"]
    assert "58" in words(card)
    assert [data["verb"] for data in buttons(card)] == ["deadlines.show"]


def test_the_largest_cards_stay_small_and_harmless(
    reader: Reader, official_schema: Callable[[Card], Iterable[str]]
) -> None:
    ugly = line(title=LONG, offer=LONG, owner=LONG, time="14:30")
    groups = tuple(DeadlineGroup(title=f"deadlines.{name}", lines=(ugly,) * 6) for name in ("overdue", "coming"))
    for card in (
        morning_card(MorningView(groups=groups, hidden=1), reader),
        deadlines_card(listed(*(ugly,) * 8, page=1, pages=3), reader),
    ):
        assert check(card, official_schema) == []
        assert "<at>" not in words(card)
        assert "[link](" not in words(card)
