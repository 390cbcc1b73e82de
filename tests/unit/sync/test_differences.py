"""The three-way comparison: nothing of anybody is overwritten silently, and nothing is written twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.sync.differences import Difference, Memory, compare, nothing_to_do, settled

VALUES = st.sampled_from([None, "", "S580", "S581", 0, 1.5, 2])
NAMES = st.sampled_from(["title", "value", "stage"])
RECORDS = st.dictionaries(NAMES, VALUES)


def memory(agreed: dict[str, object], given_way: dict[str, object] | None = None) -> Memory:
    return Memory("7", None, agreed, given_way or {})


def test_ours_replaces_what_was_agreed_and_fills_what_is_empty() -> None:
    found = compare({"title": "new", "value": 5.0}, memory({"title": "old"}), {"title": "old", "value": None})

    assert found.changes == {"title": "new", "value": 5.0}
    assert found.agreed == {"title": "new", "value": 5.0}
    assert found.differences == ()


def test_what_somebody_changed_is_a_difference_until_it_equals_ours() -> None:
    known = memory({"value": 1.5})

    assert compare({"value": 2}, known, {"value": 9}).differences == (Difference("value", 2, 9),)
    assert compare({"value": 9}, known, {"value": 9}).agreed == {"value": 9}


def test_what_stood_there_before_we_came_is_a_difference() -> None:
    assert compare({"title": "S580"}, memory({}), {"title": "Old deal"}).differences == (
        Difference("title", "S580", "Old deal"),
    )


def test_a_choice_is_kept_until_ours_changes() -> None:
    known = memory({"value": 1.5})

    ours = settled(known, "value", ours=2, theirs=9, keep_ours=True)
    assert compare({"value": 2}, ours, {"value": 9}).changes == {"value": 2}

    theirs = settled(known, "value", ours=2, theirs=9, keep_ours=False)
    assert nothing_to_do({"value": 2}, theirs)
    assert compare({"value": 2}, theirs, {"value": 9}).changes == {}
    assert compare({"value": 3}, theirs, {"value": 9}).changes == {"value": 3}


@given(wanted=RECORDS, agreed=RECORDS, theirs=RECORDS, held=st.sets(NAMES))
def test_every_field_is_agreed_written_shown_or_left_alone(
    wanted: dict[str, object], agreed: dict[str, object], theirs: dict[str, object], held: set[str]
) -> None:
    found = compare(wanted, memory(agreed), theirs, held)
    shown = {one.field for one in found.differences}

    assert not (found.changes.keys() | shown) & held
    assert not found.changes.keys() & shown
    for name, ours in wanted.items():
        if name in found.changes:
            # Nobody's value is lost: it was ours before, or nothing.
            assert theirs.get(name) == agreed[name] if name in agreed else not theirs.get(name)
        elif name not in shown and name not in held:
            assert theirs.get(name) == ours


@given(wanted=RECORDS, agreed=RECORDS, theirs=RECORDS)
def test_once_written_there_is_nothing_left_to_do(
    wanted: dict[str, object], agreed: dict[str, object], theirs: dict[str, object]
) -> None:
    found = compare(wanted, memory(agreed), theirs)
    waiting = {one.field for one in found.differences}
    after = Memory("7", None, found.agreed)

    assert nothing_to_do(wanted, after, waiting)
    again = compare(wanted, after, {**theirs, **found.changes}, waiting)
    assert (again.changes, again.differences) == ({}, ())


def test_memory_survives_the_ledger() -> None:
    known = Memory("7", "https://e.example/7", {"a": 1}, {"b": None}, {"note": 3})

    assert Memory.of(known.as_remote()) == known
    assert Memory.of(None) is None
    assert Memory.of({"conversation": "19:c"}) is None
