"""Any text becomes a name SharePoint takes, always the same one, and a name stays what it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.microsoft_graph import check_name, folder_name
from integrations.sandbox.graph.naming import refuse_illegal
from integrations.sandbox.graph.refusals import RefusedError

RESERVED = ["CON", "con", "LPT1", "COM¹", ".lock", "desktop.ini", "Forms", "_vti_", "~$"]
ODD = ["\u200b", "\u200d", "\ud800", "\x00", "\x85", "\u00a0", "e\u0301", "🛰️", "𝔖", ".docx", "x" * 40]
NASTY = st.sampled_from([*RESERVED, *ODD, *'~. -/\\"*:<>?|'])
TEXTS = st.one_of(st.text(max_size=300), st.lists(NASTY, max_size=60).map("".join))


@given(text=TEXTS, longest=st.integers(32, 255))
def test_a_name_is_legal_short_enough_and_its_own_name(text: str, longest: int) -> None:
    name = folder_name(text, longest=longest)
    assert refuse_illegal(name, at_root=True) == name
    assert len(name.encode("utf-16-le")) // 2 <= longest
    assert not name.startswith(" ")
    assert folder_name(name, longest=longest) == name == check_name(name)


@given(text=TEXTS)
def test_what_is_checked_as_legal_is_taken(text: str) -> None:
    try:
        check_name(text)
    except ValueError:
        return
    assert refuse_illegal(text, at_root=True) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("S580 Mooring buoy", "S580 Mooring buoy"),
        ("S580 A/B: «étude» n°3 #1 100 % sûr?", "S580 A-B- «étude» n°3 #1 100 % sûr-"),
        ("  two\n lines \t", "two lines"),
        ("..hidden..", "hidden"),
        ("~$draft", "$draft"),
        ("CON", "CON-"),
        ("con.txt", "con-.txt"),
        ("console", "console"),
        ("LPT0", "LPT0-"),
        ("Forms", "Forms-"),
        ("Forms 2026", "Forms 2026"),
        ("desktop.ini", "desktop-.ini"),
        ("a_VTI_b", "a-vti-b"),
        ("cafe\u0301", "café"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("", "untitled"),
        (" . ", "untitled"),
        ("🛰️", "🛰️"),
    ],
)
def test_examples(text: str, name: str) -> None:
    assert folder_name(text) == name


def test_what_is_too_long_keeps_its_file_type() -> None:
    name = folder_name("Quote " + "x" * 300 + ".docx", longest=64)
    assert (len(name), name[-6:]) == (64, "x.docx")


def test_no_character_is_cut_in_two() -> None:
    assert folder_name("x" * 31 + "🛰" * 20, longest=32) == "x" * 31


@pytest.mark.parametrize("longest", [0, 31, 256])
def test_limits_that_make_no_sense_are_refused(longest: int) -> None:
    with pytest.raises(ValueError, match="longest"):
        folder_name("x", longest=longest)


@pytest.mark.parametrize("name", ["a/b", "CON", " a", "a.", "~$a", "x" * 256, "", "."])
def test_a_name_that_is_not_legal_is_not_checked_through(name: str) -> None:
    with pytest.raises(ValueError, match="folder_name"):
        check_name(name)


@pytest.mark.parametrize("name", ["con", "x" * 256, "a:b", "Forms", "", 7])
def test_the_oracle_of_these_tests_refuses(name: object) -> None:
    with pytest.raises(RefusedError):
        refuse_illegal(name, at_root=True)
